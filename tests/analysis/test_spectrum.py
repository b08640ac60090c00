"""Spectra of sampled networks at the origin, along trajectories, at fixed points."""

from __future__ import annotations

import numpy as np
import pytest

from pyscales import Homogeneous, InputError, Lognormal, Model, critical_gain, dmft, spectrum
from pyscales.theory.spectrum.state import chaotic_state_nodes, state_radius


def test_dense_and_arnoldi_agree_on_everything():
    model = Model(Lognormal(20.0, 0.6), 1.0, 0.4, n=400)
    every = spectrum(model, seed=2, method="dense")
    few = spectrum(model, seed=2, method="arnoldi", k=6, left=True)
    assert few.attrs["converged"]
    for name in (
        "eigenvalue_real",
        "degree_localisation",
        "left_degree_localisation",
        "inverse_participation",
        "dominant_share",
        "condition_number",
    ):
        np.testing.assert_allclose(few[name], every[name][:6], rtol=1e-6, err_msg=name)
    assert float(few["numerical_abscissa"]) == pytest.approx(
        float(every["numerical_abscissa"]), abs=1e-8
    )
    assert "condition_number" not in spectrum(model, seed=2, method="arnoldi", k=2)


def test_measures_of_eigenvectors_in_known_cases():
    normal = spectrum(Model(Lognormal(20.0, 0.5), 1.0, 1.0, n=60, kind="dense"))
    np.testing.assert_allclose(normal["condition_number"], 1.0, atol=1e-6)
    np.testing.assert_allclose(
        normal["left_degree_localisation"], normal["degree_localisation"], rtol=1e-6
    )
    # For a normal matrix the numerical abscissa is the rightmost eigenvalue.
    assert float(normal["numerical_abscissa"]) == pytest.approx(normal.attrs["rightmost"])
    ipr = normal["inverse_participation"].values
    assert np.all((ipr >= 1 / 60) & (ipr <= 1))
    assert np.mean(ipr) == pytest.approx(3 / 62, rel=0.4)  # 3/(n + 2) for Gaussian vectors


def test_theory_alone_needs_no_network():
    found = spectrum(Model(Lognormal(100.0, 0.5), 0.8), method="theory")
    assert "eigenvalue" not in found.sizes
    assert float(found["spectral_radius"]) == pytest.approx(0.8 * np.exp(0.125), rel=1e-9)
    grid = found["eigenvalue_density"].values
    area = float(
        (found["grid_real"][1] - found["grid_real"][0])
        * (found["grid_imag"][1] - found["grid_imag"][0])
    )
    assert 4 * area * grid.sum() == pytest.approx(1.0, abs=0.02)
    one = spectrum(Model(Homogeneous(50.0), 1.0, 1.0), method="theory")
    dx = float(one["axis"][1] - one["axis"][0])
    assert dx * float(one["axis_density"].sum()) == pytest.approx(1.0, abs=0.02)


def test_critical_gain_is_where_the_theoretical_boundary_touches_zero():
    for symmetry in (-0.8, -0.3, 0.0, 0.3):
        model = Model(Lognormal(100.0, 0.4), 1.0, symmetry, n=500)
        g = critical_gain(model).critical_gain
        found = spectrum(model.with_(gain=g), method="theory")
        rightmost = float(found["boundary_real"].max())
        hubs = found["hub_eigenvalue"].values - 1.0
        top = max([rightmost, *hubs]) if symmetry > 0 else rightmost
        assert top == pytest.approx(0.0, abs=0.05 if symmetry > 0 else 2e-3)


def test_expected_rightmost_eigenvalue_of_a_network():
    model = Model(Lognormal(50.0, 1.0), 0.3, 0.5, n=2000)
    found = spectrum(model, method="theory")
    top, spread = float(found["hub_eigenvalue"][0]) - 1.0, float(found["rightmost_spread"])
    assert float(found["rightmost_expected"]) == pytest.approx(top, abs=0.3 * spread)
    assert spread == pytest.approx(float(found["hub_spread"][0]), rel=0.3)
    assert "rightmost_expected" not in spectrum(model.with_(symmetry=-0.5), method="theory")


def test_chaotic_trajectory_against_the_mean_field_state():
    model = Model(Lognormal(50.0, 0.5), 2.0, n=600, kind="dense")
    found = spectrum(model, at="trajectory", snapshots=3, transient=60.0, seed=1)
    assert found["eigenvalue_real"].dims == ("time", "eigenvalue")
    np.testing.assert_allclose(found["time"], [10.0, 20.0, 30.0])
    radius = np.hypot(found["eigenvalue_real"] + 1, found["eigenvalue_imag"]).values.max(axis=1)
    assert radius.mean() == pytest.approx(float(found["spectral_radius"]), rel=0.06)
    law = model.finite_degrees()
    u = law.nodes(30)
    d0 = float(dmft(model)["d0"])
    expected = 2.0 * state_radius(chaotic_state_nodes(u.relative_degree, u.weight, d0))
    assert float(found["spectral_radius"]) == pytest.approx(expected, rel=0.06)
    assert radius.mean() > 1.0  # instantaneously unstable, as chaos must be somewhere
    f = found["degree_localisation"].values.ravel()
    r = np.hypot(found["eigenvalue_real"] + 1, found["eigenvalue_imag"]).values.ravel()
    ring = (r > 0.3) & (r < 0.6) & (np.abs(found["eigenvalue_imag"].values.ravel()) > 0.1)
    theory = np.interp(r[ring], found["radius"], found["degree_localisation_theory"])
    assert f[ring].mean() == pytest.approx(theory.mean(), rel=0.04)


def test_fixed_point_of_a_gradient_network():
    model = Model(Lognormal(50.0, 0.3), 1.0, 1.0, n=300, kind="dense")
    found = spectrum(model, at="fixed-point", transient=200.0)
    assert found.attrs["converged"]
    assert found.attrs["fixed_point_residual"] < 1e-9
    assert found.attrs["rightmost"] < 0  # a minimum of the energy
    x = found["state"].values
    assert np.abs(x).max() > 0.3
    np.testing.assert_allclose(found["slope"], 1 - np.tanh(x) ** 2, rtol=1e-6)
    silent = spectrum(model.with_(gain=0.3), at="fixed-point", transient=60.0)
    np.testing.assert_allclose(silent["state"], 0.0, atol=1e-8)


def test_a_chaotic_network_has_no_fixed_point_nearby():
    model = Model(Lognormal(50.0, 0.3), 3.0, n=200, kind="dense")
    found = spectrum(model, at="fixed-point", transient=5.0, method="arnoldi", k=1)
    assert not found.attrs["converged"]
    assert "chaotic" in found.attrs["message"]
    assert "rightmost_theory" in found


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"at": "home"}, "at"),
        ({"method": "guess"}, "method"),
        ({"snapshots": 0}, "snapshots"),
        ({"transient": -1.0}, "transient"),
        ({"interval": 0.0}, "interval"),
        ({"which": "SM"}, "which"),
        ({"k": 0}, "k"),
    ],
)
def test_bad_input(change, field):
    with pytest.raises(InputError, match=field):
        spectrum(Model(Lognormal(20.0, 0.5), 1.0, n=100), **change)


def test_states_need_a_network():
    with pytest.raises(InputError, match="n"):
        spectrum(Model(Lognormal(20.0, 0.5), 1.0), at="fixed-point")
    with pytest.raises(InputError, match="n"):
        spectrum(Model(Lognormal(20.0, 0.5), 1.0, 0.3), at="trajectory", method="arnoldi")


def test_mean_field_state_without_a_network():
    model = Model(Lognormal(100.0, 0.5), 2.0)
    found = spectrum(model, at="trajectory", method="theory")
    d0 = float(dmft(model)["d0"])
    u = model.degrees.nodes(60)
    expected = 2.0 * state_radius(chaotic_state_nodes(u.relative_degree, u.weight, d0, 60))
    assert float(found["spectral_radius"]) == pytest.approx(expected, rel=1e-5)
    assert float(found["rightmost_theory"]) == pytest.approx(expected - 1, rel=1e-4)
    assert float(found["radial_distribution"][-1]) == pytest.approx(1.0, abs=0.03)
    # Silent below the critical gain: the state is the origin.
    silent = spectrum(model.with_(gain=0.5), at="trajectory", method="theory")
    origin = spectrum(model.with_(gain=0.5), method="theory")
    assert silent.attrs["phase"] == "silent"
    assert float(silent["spectral_radius"]) == pytest.approx(float(origin["spectral_radius"]))
