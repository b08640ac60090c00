"""Datasets of units with coloured noise, the map, and units of a model."""

from __future__ import annotations

import json

import numpy as np
import pytest

from pyscales import (
    Homogeneous,
    InputError,
    Lognormal,
    Model,
    Sampling,
    load_dataset,
    save_dataset,
    ucna,
    ucna_map,
    ucna_of_model,
)
from pyscales.analysis.degree_units import MeanFieldCurves, degree_units, mean_field_curves
from pyscales.analysis.dmft import solve_dmft


def test_dataset_of_units(tmp_path):
    found = ucna([0.0, 1.5, 2.0], [0.5, 0.5, 1.0], [1.0, 1.0, 2.0])
    assert dict(found.sizes) == {"point": 3, "form": 3, "x": 801}
    assert all({"units", "long_name"} <= set(v.attrs) for v in found.variables.values())
    np.testing.assert_allclose(found["variance_x_exact"][:2], [0.125, 1.755741], rtol=1e-5)
    np.testing.assert_allclose(found["variance_x_form"].sel(form="ucna")[0], 0.125, rtol=1e-9)
    np.testing.assert_allclose(found["variance_x_form"].sel(form="slide")[0], 0.25, rtol=1e-9)
    np.testing.assert_allclose(found["l1"].sel(form="ucna"), [0, 0.0495, 0.0629], atol=2e-4)
    step = float(found["x"][1] - found["x"][0])
    np.testing.assert_allclose(found["density_exact"].sum("x") * step, 1, atol=1e-6)
    assert json.loads(found.attrs["slide_normalisable"]) == [True, True, False]
    assert found["kl"].sel(form="ucna").values[2] == np.inf
    assert found["well_depth"].sel(form="ucna").values[2] == np.inf
    assert float(found["mode"].sel(form="white")[1]) == pytest.approx(
        float(found["well"][1]), abs=1e-5
    )
    assert "lower estimate" in found.attrs["switching_time_ucna_is"]
    assert np.isnan(found["switching_time"][0])
    assert (found["switching_time_ucna"] < found["switching_time"]).values[1:].all()
    again = load_dataset(save_dataset(found, tmp_path / "ucna.nc"))
    np.testing.assert_array_equal(again["density"], found["density"])
    assert [str(f) for f in again["form"].values] == ["ucna", "slide", "white"]


def test_sampled_walkers_in_the_dataset():
    sampling = Sampling(n_walkers=400, duration=200, seed=3)
    found = ucna([1.5, 1.5], 0.5, 1.0, sampling=sampling)
    z = (found["variance_x_sampled"] - found["variance_x_exact"]) / found[
        "variance_x_sampled_error"
    ]
    assert np.abs(z).max() < 4
    assert z[0] != z[1]
    to_exact, to_ucna = (found["l1_sampled"].sel(reference_form=f) for f in ("exact", "ucna"))
    assert (to_exact < to_ucna).all()
    error = found["l1_sampled_error"].sel(reference_form="ucna")
    assert np.abs((to_ucna - found["l1"].sel(form="ucna")) / error).max() < 4
    assert found["density_sampled"].shape == (2, 80)
    same = ucna([1.5, 1.5], 0.5, 1.0, sampling=sampling)
    np.testing.assert_array_equal(same["density_sampled"], found["density_sampled"])


def test_map_says_where_the_approximation_holds():
    found = ucna_map([0.0, 1.5, 3.0], [0.1, 1.9, 4.0], noise_strength=1.0)
    l1 = found["l1"].sel(form="ucna").values
    assert l1.shape == (3, 3)
    assert l1[0].max() < 1e-6
    assert l1[1, 0] < 0.005
    assert l1[1, 1] == pytest.approx(0.1462, abs=2e-4)
    assert l1[2, 2] < 0.01
    assert (found["l1"].sel(form="slide").values[2, 1:] == 2.0).all()
    assert found.attrs["share_good"] == pytest.approx((l1 < 0.05).mean())
    ratio = found["switching_ratio"].values
    assert np.isnan(ratio[0]).all()
    assert ratio[1, 1] == pytest.approx(13.25 / 19.643, rel=1e-3)
    assert found["support_edge"].values[2, 0] == 0 < found["support_edge"].values[2, 1]


def test_units_of_a_model_without_symmetry():
    """s = 0: x is linear in the noise, so the true C gives the exact mean-field variance u D(0)."""
    model = Model(Lognormal(100.0, 0.5), 1.5)
    u = np.array([0.5, 2.0])
    found = ucna_of_model(
        model, relative_degree=u, sampling=Sampling(n_walkers=400, duration=200, seed=2)
    )
    np.testing.assert_array_equal(found["self_coupling"], 0)
    np.testing.assert_array_equal(found["relative_degree_of_point"], u)
    theory = solve_dmft(model)
    exact = u * theory.scalars["d0"]
    z = (found["variance_x_sampled"].values - exact) / found["variance_x_sampled_error"].values
    assert np.abs(z).max() < 4
    # The Ornstein-Uhlenbeck noise of equal strength and time is not the true one.
    np.testing.assert_allclose(found["variance_x_exact"] / exact, 0.92, atol=0.02)
    tau = theory.scalars["timescale_integral_phi"]
    c0 = theory.scalars["variance_phi"]
    np.testing.assert_allclose(found["noise_time"], tau, rtol=1e-3)
    np.testing.assert_allclose(found["noise_strength"], 2 * 2.25 * u * c0 * tau, rtol=1e-3)


def test_curves_of_a_model():
    curves = mean_field_curves(Model(Homogeneous(50.0), 2.0))
    assert curves.autocorrelation[0] == pytest.approx(0.5131780660, rel=1e-6)
    assert np.diff(curves.lag) == pytest.approx(0.05, abs=1e-9)
    given = MeanFieldCurves(curves.lag, curves.autocorrelation, 0.476, 2.0, True, "")
    units = degree_units(given, 0.25, np.array([1.0, 3.0]))
    np.testing.assert_allclose(units.self_coupling, [0.476, 1.428])


def test_default_degrees_are_quantiles():
    found = ucna_of_model(Model(Lognormal(100.0, 0.5), 2.0))
    np.testing.assert_allclose(
        found["relative_degree_of_point"], np.exp(0.5 * np.array([-1.28155, 0, 1.28155]) - 0.125),
        rtol=1e-4,
    )  # fmt: skip


@pytest.mark.parametrize(
    "call",
    [
        lambda: ucna(np.ones((2, 2)), 1.0, 1.0),
        lambda: ucna([], 1.0, 1.0),
        lambda: ucna(1.0, -1.0, 1.0),
        lambda: ucna(1.0, 1.0, 1.0, n_x=1),
        lambda: ucna(1.0, 1.0, 1.0, noises=[]),
        lambda: ucna_of_model(Model(Homogeneous(20.0), 0.5)),
        lambda: ucna_of_model(Model(Homogeneous(20.0), 1.5), relative_degree=[-1.0]),
    ],
)
def test_calls_that_cannot_be_used(call):
    with pytest.raises(InputError):
        call()
