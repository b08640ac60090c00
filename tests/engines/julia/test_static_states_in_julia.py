"""q and chi of static states: both engines find the same root, in the same branch."""

from __future__ import annotations

import numpy as np
import pytest

from pyscales import Lognormal, Model, fixed_points
from pyscales.degrees import DegreeSequence, Gamma, Homogeneous, PowerLaw
from pyscales.engines import get_engine
from pyscales.engines.julia.engine import JuliaEngine

pytestmark = pytest.mark.julia

CASES = [
    # Frozen with bistable hubs, frozen close to the onset, unstable, silent, symmetry <= 0, atoms.
    (Lognormal(100.0, 1.0), 0.35, 0.5, "outer"),
    (Lognormal(100.0, 1.0), 0.35, 0.5, "equal"),
    (Lognormal(100.0, 0.5), 0.48, 0.5, "outer"),
    (Lognormal(100.0, 0.5), 0.6, 0.5, "outer"),
    (Lognormal(100.0, 0.5), 0.3, 0.5, "outer"),
    (Lognormal(100.0, 0.5), 2.0, -0.5, "outer"),
    (Lognormal(100.0, 0.5), 1.5, 0.0, "outer"),
    (Gamma(100.0, 2.0), 0.6, 0.5, "outer"),
    (PowerLaw(100.0, 3.5, 2000.0), 0.6, 0.5, "equal"),
    (Homogeneous(100.0), 0.9, 0.5, "outer"),
    (Homogeneous(100.0), 1.2, 1.0, "equal"),
    (DegreeSequence(np.array([40.0, 100.0, 100.0, 160.0])), 0.9, 0.5, "outer"),
]


@pytest.mark.parametrize(("law", "gain", "symmetry", "rule"), CASES)
def test_roots_agree(law, gain, symmetry, rule):
    one, two = (
        engine.static_state(law, gain, symmetry, rule=rule)
        for engine in (get_engine("scipy"), JuliaEngine())
    )
    assert two.retcode == "success"
    assert two.converged
    assert two.region == one.region
    assert two.q == pytest.approx(one.q, rel=1e-8, abs=1e-12)
    assert two.chi == pytest.approx(one.chi, rel=1e-8)
    assert two.residual < 1e-8
    assert two.instability == pytest.approx(one.instability, rel=1e-6)
    assert 0 < two.iterations < 2000


def test_the_public_function_says_which_engine_found_it():
    model = Model(Lognormal(50.0, 0.5), gain=0.6, symmetry=0.5)
    found = fixed_points(model, engine="julia")
    attrs = found.to_dataset().attrs
    assert attrs["engine"] == "julia"
    assert attrs["retcode"] == "success"
    assert fixed_points(model).to_dataset().attrs["engine"] == "scipy"
