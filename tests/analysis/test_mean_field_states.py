"""Spectrum at the states of mean-field theory against networks at their own states."""

from __future__ import annotations

import numpy as np
import pytest

from pyscales import Homogeneous, Lognormal, Model, critical_gain, spectrum
from pyscales.analysis.mean_field_states import mean_field_state_theory
from pyscales.engines import get_engine
from pyscales.theory.fixed_points import solve_fixed_points
from pyscales.theory.memory_solver import MemoryOptions

ENGINE = get_engine("scipy")
FEW = MemoryOptions(trajectories=300, n_seeds=2, tolerance=1e-3)


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


@pytest.mark.slow
@pytest.mark.parametrize(("gain", "symmetry"), [(2.0, 0.25), (2.2, -0.4)])
def test_eigenvalues_at_a_trajectory_state(gain, symmetry):
    n = 2000
    model = Model(Lognormal(100.0, 0.5), gain, symmetry, n=n, kind="dense")
    theory, attrs = mean_field_state_theory(model, "trajectory", ENGINE, options=FEW, seed=1)
    assert attrs["phase"] == "chaotic"
    found = spectrum(
        model, at="trajectory", snapshots=2, interval=30.0, method="dense", left=False, seed=3
    )
    z = (found["eigenvalue_real"].values + 1 + 1j * found["eigenvalue_imag"].values).ravel()

    # The law of phi' itself, and the boundary with the network's own slopes.
    assert theory["slope_mean"][1] == pytest.approx(float(found["slope"].mean()), rel=0.06)
    outline = [np.hypot(theory["boundary_real"][1] + 1, theory["boundary_imag"][1])]
    outline.append(np.hypot(found["boundary_real"].values + 1, found["boundary_imag"].values))
    curve = np.arctan2(theory["boundary_imag"][1], theory["boundary_real"][1] + 1)
    broad = (curve > 0.15) & (curve < np.pi / 2 - 0.15)  # the needle's tip is the top hub's
    np.testing.assert_allclose(outline[0][broad], outline[1][broad], rtol=0.04)

    # Eigenvalues inside the boundary that mean-field theory draws, up to its edge.
    angle = np.arctan2(np.abs(z.imag), np.abs(z.real))
    order = np.argsort(curve)
    reach = np.abs(z) / np.interp(angle, curve[order], outline[0][order])
    assert np.mean(reach > 1) < 0.02
    assert 0.97 < np.quantile(reach, 0.998) < 1.05

    # Their number per area on the grid of the theory.
    x, y = theory["grid_real"][1] + 1, theory["grid_imag"][1]
    density = theory["eigenvalue_density"][1]
    area = (x[1] - x[0]) * (y[1] - y[0])
    for low, high in ((0.1, 0.4), (0.4, 0.8)):
        box = (np.abs(z.real) < high * x[-1]) & (np.abs(z.imag) < high * y[-1])
        box &= (np.abs(z.imag) > low * y[-1]) & (np.abs(z.real) > low * x[-1])
        grid = (x < high * x[-1])[None] & (y < high * y[-1])[:, None]
        grid &= (x > low * x[-1])[None] & (y > low * y[-1])[:, None]
        expected = 4 * density[grid].sum() * area
        assert np.mean(box) == pytest.approx(expected, rel=0.12)
