"""Simulation of models: reproducible, resumable, in agreement with theory and with the phases."""

from __future__ import annotations

import numpy as np
import pytest

from pyscales import Lognormal, Model, Simulation, Store, dmft, simulate
from pyscales.degrees import Homogeneous
from pyscales.simulation import (
    error_from_blocks,
    estimate_over_networks,
    phase_label,
    static_power,
    temporal_variance,
)

SHORT = Simulation(n_networks=2, n_trials=2, transient=20.0, duration=40.0, max_lag=10.0, record=3)


def equal(a, b):
    for name in a.data_vars:
        np.testing.assert_array_equal(a[name].values, b[name].values, err_msg=str(name))


def test_same_seed_same_result_whatever_the_workers():
    model = Model(Lognormal(40.0, 0.5), 1.8, 0.2, n=400)
    first = simulate(model, SHORT, seed=5)
    equal(first, simulate(model, SHORT, seed=5))
    equal(first, simulate(model, Simulation(**(vars(SHORT) | {"workers": 1})), seed=5))
    other = simulate(model, SHORT, seed=6)
    assert not np.array_equal(first["mean_x"], other["mean_x"])


def test_an_interrupted_simulation_goes_on_and_ends_the_same(tmp_path):
    model = Model(Lognormal(20.0, 0.4), 1.8, n=150)
    whole = simulate(model, SHORT, seed=2)
    first = Store(tmp_path)
    one = Simulation(**(vars(SHORT) | {"n_networks": 1}))
    simulate(model, one, seed=2, store=first)
    second = Store(tmp_path)
    resumed = simulate(model, SHORT, seed=2, store=second)
    equal(whole, resumed)
    assert len(second.computed) == 2
    third = Store(tmp_path)
    equal(whole, simulate(model, SHORT, seed=2, store=third))
    assert len(third.reused) == 2


def test_statistics_are_those_of_the_recorded_traces():
    model = Model(Lognormal(20.0, 0.4), 1.8, n=120)
    found = simulate(model, SHORT, seed=3)
    pick = found["recorded_neuron"].values
    x = found["recorded_x"].values
    np.testing.assert_allclose(x.mean(axis=2), found["mean_x"].values[..., pick], atol=1e-12)
    np.testing.assert_allclose(
        (x**2).mean(axis=2), found["mean_square_x"].values[..., pick], atol=1e-12
    )
    lag = 5
    direct = (x[:, :, lag:] * x[:, :, :-lag]).mean(axis=(1, 2))
    np.testing.assert_allclose(found["autocorrelation_x"].values[:, pick, lag], direct, atol=1e-10)


def test_silent_frozen_and_chaotic_networks_get_their_names():
    run = Simulation(n_trials=2, transient=200.0, duration=60.0, max_lag=0.0)
    law = Lognormal(30.0, 0.3)
    assert simulate(Model(law, 0.5, n=200), run, seed=1).attrs["phase"] == "silent"
    frozen = simulate(Model(law, 1.2, 1.0, n=200), run, seed=1)
    assert frozen.attrs["phase"] == "frozen"
    assert float(frozen["static_power"].min()) > 0.1
    chaotic = simulate(Model(law, 3.0, n=400), run, seed=1)
    assert chaotic.attrs["phase"] == "chaotic"


def test_phase_thresholds():
    assert phase_label(0.0, 0.0) == "silent"
    assert phase_label(9e-5, 1e-4) == "frozen"
    assert phase_label(1e-4, 0.0) == "chaotic"


def test_observables_by_hand():
    mean, square = np.array([[1.0, 0.0]]), np.array([[1.5, 2.0]])
    assert temporal_variance(mean, square) == pytest.approx([1.25])
    assert static_power(mean) == pytest.approx([0.5])


def test_errors_over_networks_and_blocks():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(400, 1)) + rng.normal(size=(400, 3)) * 0.1
    found = estimate_over_networks(values)
    assert found.over == "networks"
    assert found.error == pytest.approx(1 / 20, rel=0.15)
    assert estimate_over_networks(values[:1]).over == "trials"
    assert np.isnan(estimate_over_networks(values[:1, :1]).error)
    blocks = np.mean([error_from_blocks(rng.normal(size=1000)) for _ in range(200)])
    assert blocks == pytest.approx(1000**-0.5, rel=0.1)


def test_a_diverging_fixed_step_is_reported():
    run = Simulation(transient=0.0, duration=400.0, max_lag=0.0, method="Euler", dt=0.5)
    calm = simulate(Model(Homogeneous(20.0), 1.0, n=50), run, seed=1)
    assert calm.attrs["converged"] == 1
    wild = Simulation(**(vars(run) | {"sample_interval": 50.0, "dt": 50.0, "duration": 2e4}))
    found = simulate(Model(Homogeneous(20.0), 1.0, n=50), wild, seed=1)
    assert found.attrs["converged"] == 0
    assert "dt" in found.attrs["message"]


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "n"), [("chung-lu", 2500), ("dense", 1000)])
def test_variance_agrees_with_theory(kind, n):
    model = Model(Lognormal(100.0, 0.5), 2.0, n=n, kind=kind)
    run = Simulation(n_networks=5, n_trials=2, transient=80.0, duration=150.0, max_lag=0.0)
    found = estimate_over_networks(simulate(model, run, seed=8)["variance_x"].values)
    theory = float(dmft(model)["variance_x"])
    finite_size = 50 / n * theory
    assert abs(found.mean - theory) < 3 * found.error + finite_size
    assert found.error < 0.05 * theory
