"""q and chi of static states in Julia (`pyscales.theory.fixed_points`)."""

from __future__ import annotations

import numpy as np

from pyscales.degrees import DegreeLaw
from pyscales.engines.julia import session
from pyscales.engines.julia.arrays import address, floats
from pyscales.theory.fixed_points import (
    StaticRoot,
    base_nodes,
    density_range,
    has_density,
    law_nodes,
    panels,
)


def static_root(
    law: DegreeLaw, gain: float, symmetry: float, rule: str, tolerance: float
) -> StaticRoot:
    """The root with the largest q; a `RootFinder`."""
    if has_density(law):
        density, (low, high), terms = True, density_range(law), law.log_density_terms
        u = weight = np.zeros(0)
    else:
        density, (low, high), terms = False, (0.0, 0.0), (0.0, 0.0, 0.0)
        u, weight = (floats(a) for a in law_nodes(law, 0.0))
    base = [floats(a) for a in base_nodes()]
    rule_x = [floats(a) for a in panels()]
    core = session.core()
    with session.julia_errors("static_state"):
        q, chi, evaluations, retcode, _ = core.static_state(
            u.size,
            address(u, np.float64),
            address(weight, np.float64),
            density,
            float(low),
            float(high),
            *(float(t) for t in terms),
            base[0].size,
            *(address(a, np.float64) for a in base),
            rule_x[0].size,
            *(address(a, np.float64) for a in rule_x),
            float(gain),
            float(symmetry),
            rule == "equal",
            float(tolerance),
        )
        return StaticRoot(float(q), float(chi), int(evaluations), str(retcode))
