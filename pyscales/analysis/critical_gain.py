"""Critical gain of a model: the onset of instability of x = 0."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from pyscales._threads import single_threaded_blas
from pyscales.analysis.theory_degrees import require_undirected, theory_degrees
from pyscales.degrees import DegreeLaw, DegreeSequence
from pyscales.model import Model
from pyscales.theory.spectrum.boundary import rightmost_point
from pyscales.theory.spectrum.hubs import hub_edge
from pyscales.theory.stability import (
    StaticEdge,
    static_edge_nonpositive,
    static_edge_positive,
)

_MANY_ATOMS = 3000
_COMPRESSED = 300


@dataclass(frozen=True)
class CriticalGain:
    """Onset of instability of x = 0.

    Attributes
    ----------
    critical_gain : float
        Where the rightmost point of the Jacobian's spectrum crosses zero, oscillatory onset and
        hub modes included; 0 when hubs without bound destabilise any gain, `inf` when no gain does.
    critical_gain_static : float
        The condition on the real axis with the degrees as a continuum; NaN where it has no
        solution.
    frequency : float
        Angular frequency at onset, radians per membrane time constant.
    status : str
        'converged', 'unbounded_degrees' or 'always_stable'.
    message : str
        What the number means and what to do.
    branch : str
        'static', 'oscillatory', 'hub' or 'none'.
    susceptibility : float
        chi at the static critical gain.
    hub_pole : float
        1 / (eigenvalue of W carried by the largest hub at gain 1); NaN without one.
    n_hubs : int
        Neurons with an isolated mode of their own.
    degrees : str
        Degrees used: nominal, finite, capped or realised.
    """

    critical_gain: float
    critical_gain_static: float
    frequency: float
    status: str
    message: str
    branch: str
    susceptibility: float
    hub_pole: float
    n_hubs: int
    degrees: str

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


@single_threaded_blas
def critical_gain(model: Model, *, seed: int = 0) -> CriticalGain:
    """Critical gain of the model's degrees and symmetry; its gain is not used.

    Symmetry 0: E[u^2]^(-1/2). Symmetry < 0: the rightmost point of the bulk may leave the real
    axis. Symmetry > 0: the larger of bulk edge and hub pole for a finite network; an unbounded law
    has no critical gain, since hubs of any size destabilise x = 0.

    Raises
    ------
    InputError
        Directed graph with symmetry != 0.

    Notes
    -----
    Cost O(n) for n degrees, a few ms for a continuous law; 'capped' solves the node-resolved
    resolvent in 160 classes, up to a few seconds for symmetry < 0.
    """
    require_undirected(model)
    if model.theory_degrees == "capped" and model.kind != "dense":
        return _capped(model)
    chosen = theory_degrees(model.with_(gain=1.0), seed=seed)
    result = critical_gain_of_law(chosen.law, model.symmetry)
    scale = 1.0 / chosen.gain
    return CriticalGain(
        **(
            asdict(result)
            | {
                "critical_gain": result.critical_gain * scale,
                "critical_gain_static": result.critical_gain_static * scale,
                "hub_pole": result.hub_pole * scale,
                "degrees": chosen.choice,
            }
        )
    )


def critical_gain_of_law(law: DegreeLaw, symmetry: float) -> CriticalGain:
    """Critical gain for a degree law and symmetry in [-1, 1]."""
    if symmetry == 0:
        value = law.moment(2) ** -0.5
        return _result(value, value, "static", susceptibility=1.0)
    if symmetry < 0:
        return _negative(law, symmetry)
    if not law.bounded:
        return CriticalGain(
            0.0,
            np.nan,
            0.0,
            "unbounded_degrees",
            f"With symmetry > 0 and the unbounded {law.name} law x = 0 is unstable at any gain: "
            "rare hubs carry modes ~ gain sqrt(symmetry u). Give --n N for the quantiles of a "
            "finite network or --k-max K for a largest degree.",
            "none",
            np.nan,
            np.nan,
            0,
            "nominal",
        )
    if isinstance(law, DegreeSequence):
        hubs = hub_edge(law.relative_degrees, symmetry)
        branch = "hub" if hubs.pole == hubs.edge else "static"
        return _result(
            1.0 / hubs.edge,
            hubs.static.critical_gain_static,
            branch,
            susceptibility=hubs.static.susceptibility,
            hub_pole=1.0 / hubs.pole,
            n_hubs=hubs.n_hubs,
            message="The largest hub carries the first unstable mode."
            if branch == "hub"
            else "converged",
        )
    edge = static_edge_positive(law.edge_nodes(), symmetry)
    return _result(
        edge.critical_gain_static,
        edge.critical_gain_static,
        "static",
        susceptibility=edge.susceptibility,
    )


def _result(
    value: float,
    static: float,
    branch: str,
    *,
    frequency: float = 0.0,
    susceptibility: float = np.nan,
    hub_pole: float = np.nan,
    n_hubs: int = 0,
    message: str = "converged",
) -> CriticalGain:
    return CriticalGain(
        float(value),
        float(static),
        float(frequency),
        "converged",
        message,
        branch,
        float(susceptibility),
        float(hub_pole),
        n_hubs,
        "nominal",
    )


def _negative(law: DegreeLaw, symmetry: float) -> CriticalGain:
    if symmetry == -1:
        return CriticalGain(
            np.inf,
            np.inf,
            0.0,
            "always_stable",
            "At symmetry -1 W is antisymmetric: its spectrum is imaginary and x = 0 stable.",
            "none",
            np.nan,
            np.nan,
            0,
            "nominal",
        )
    nodes = law.fine_nodes()
    if law.n_atoms is not None and len(nodes) > _MANY_ATOMS:
        nodes = law.nodes(_COMPRESSED)
    static: StaticEdge = static_edge_nonpositive(nodes, symmetry)
    point = rightmost_point(nodes.relative_degree, nodes.weight, symmetry)
    oscillates = point.imaginary > 0
    return _result(
        1.0 / point.real if oscillates else static.critical_gain_static,
        static.critical_gain_static,
        "oscillatory" if oscillates else "static",
        frequency=point.imaginary / point.real if oscillates else 0.0,
        susceptibility=static.susceptibility,
        message="The first unstable mode oscillates." if oscillates else "converged",
    )


def _capped(model: Model) -> CriticalGain:
    from pyscales.network import connection_probability
    from pyscales.theory.spectrum.variance_profile import (
        profile_boundary_radius,
        profile_rightmost,
        variance_profile,
    )

    profile = variance_profile(
        model.finite_degrees().degrees,
        lambda q: connection_probability(q, model.cap),  # type: ignore[arg-type]
    )
    if model.symmetry == -1:
        return _negative(model.degrees, -1.0)
    static = 1.0 / profile_boundary_radius(profile, model.symmetry, 0.0)
    point = profile_rightmost(profile, model.symmetry)
    result = _result(
        1.0 / point.real,
        static,
        "oscillatory" if point.imaginary > 0 else "static",
        frequency=point.imaginary / point.real,
        message="Node-resolved edge with the connection probabilities of the finite graph.",
    )
    return CriticalGain(**(asdict(result) | {"degrees": "capped"}))
