"""Spectrum at the states of mean-field theory against networks at their own states."""

from __future__ import annotations

import numpy as np
import pytest

from pyscales import Homogeneous, Lognormal, Model, critical_gain, spectrum
from pyscales.theory.fixed_points import solve_fixed_points


@pytest.mark.parametrize(("gain", "symmetry"), [(1.5, 0.0), (0.9, 0.5)])
def test_static_edge_is_where_lambda_says(gain, symmetry):
    # Lambda = g^2 E[u^2 (phi'/(1 - s phi'))^2] < 1 exactly where the edge lies left of 0.
    model = Model(Homogeneous(50.0), gain, symmetry)
    found = spectrum(model, at="fixed-point", method="theory")
    state = solve_fixed_points(model.degrees, gain, symmetry)
    assert float(found["order_parameter_q"]) == pytest.approx(state.q, rel=1e-9)
    assert (state.instability < 1) == (float(found["rightmost_theory"]) < 0)
    if symmetry == 0:
        assert float(found["rightmost_theory"]) == pytest.approx(
            np.sqrt(state.instability) - 1, rel=1e-6
        )


def test_bistable_neurons_leave_a_static_state_marginal():
    # Outer roots have s phi' < 1, arbitrarily close to 1 at s = 1: the needle of the spectrum ends
    # at 0 in the stable state (Lambda = 0.84) and beyond it in the unstable one (Lambda = 1.15).
    law, symmetry = Lognormal(50.0, 0.75), 0.75
    for gain in (0.36, 0.5):
        found = spectrum(Model(law, gain, symmetry), at="fixed-point", method="theory")
        assert (float(found["static_instability"]) < 1) == (gain < 0.4)
        assert float(found["rightmost_theory"]) == pytest.approx(0.0, abs=0.01)
    # Without them the edge of an unstable state lies beyond 0.
    found = spectrum(Model(Lognormal(50.0, 0.25), 0.8, 0.25), at="fixed-point", method="theory")
    assert float(found["static_instability"]) > 1
    assert float(found["rightmost_theory"]) == pytest.approx(0.001313, abs=1e-5)


def test_silent_states_are_the_origin():
    for symmetry, at in ((-0.4, "trajectory"), (0.0, "fixed-point"), (0.3, "trajectory")):
        model = Model(Homogeneous(50.0), 0.5, symmetry)
        assert critical_gain(model).critical_gain > 0.5
        found = spectrum(model, at=at, method="theory")
        origin = spectrum(model, method="theory")
        assert found.attrs["phase"] == "silent"
        assert float(found["slope_mean"]) == pytest.approx(1.0)
        np.testing.assert_allclose(
            found["boundary_real"], origin["boundary_real"], atol=1e-9, equal_nan=True
        )
