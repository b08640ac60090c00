"""Neurons of networks against units of their degree."""

from __future__ import annotations

import numpy as np
import pytest

from pyscales import InputError, Lognormal, Model, Simulation
from pyscales.analysis.degree_units import mean_field_curves
from pyscales.analysis.unit_network import degree_traces, ucna_against_network
from pyscales.theory.effective_process import sample_coloured, unit_from_traces

QUICK = Simulation(
    n_networks=2, n_trials=1, transient=20.0, duration=60.0, max_lag=0.0, rtol=1e-3, workers=1
)


def test_traces_belong_to_their_degrees():
    model = Model(Lognormal(30.0, 0.6), 2.0, n=400, kind="dense")
    small, large = degree_traces(model, np.array([0.4, 3.0]), QUICK, neurons_per_class=15, seed=1)
    assert small.shape == (30, 120)
    assert large.shape[1] == 120
    assert (large**2).mean() > 2 * (small**2).mean()
    again = degree_traces(model, np.array([0.4]), QUICK, neurons_per_class=15, seed=1)[0]
    np.testing.assert_allclose(again, small, rtol=1e-9)


def test_unit_from_traces_agrees_with_the_sampler_of_its_traces():
    rng = np.random.default_rng(0)
    level = np.repeat([1.0, 2.0], 100)[rng.permutation(200)]
    traces = level[:, None] * np.sign(rng.standard_normal((200, 50)))
    found = unit_from_traces(traces, 0.5, 0.0, noise_time=1.0)
    assert found.variance == pytest.approx(2.5)
    assert found.counts.sum() == 200 * 50
    assert found.samples == 10_000
    assert np.isnan(found.switching_time)


def test_switching_read_off_telegraph_traces():
    """Two states, rate 1/T each: <s s> decays at 2/T, T = 40."""
    rng = np.random.default_rng(1)
    step, dwell = 0.5, 40.0
    flips = rng.random((600, 1200)) < 0.5 * -np.expm1(-2 * step / dwell)
    sign = np.cumprod(np.where(flips, -1.0, 1.0), axis=1)
    found = unit_from_traces(2.0 * sign, step, 2.0, noise_time=1.0)
    assert found.switching_time == pytest.approx(dwell, abs=4 * found.switching_time_error)
    assert found.switching_time_error < 0.1 * dwell
    assert found.n_switches == pytest.approx(flips[:, 1:].sum(), abs=1)


def test_network_at_symmetry_zero():
    model = Model(Lognormal(30.0, 0.4), 3.0, n=600, kind="dense")
    found = ucna_against_network(
        model, relative_degree=[0.6, 1.5], simulation=QUICK, neurons_per_class=40, seed=4
    )
    assert found.attrs["sampled_from"] == "network"
    assert dict(found.sizes)["reference_form"] == 4
    ratio = found["variance_x_sampled"].values / found["variance_x_exact"].values
    # Ornstein-Uhlenbeck noise in the place of the true one costs 5 % here; N = 600 scatters.
    assert (np.abs(ratio - 1.05) < 0.2).all()
    assert (found["l1_sampled"].sel(reference_form="white") > 0.4).all()
    assert (found["l1_sampled"].sel(reference_form="ucna") < 0.25).all()


def test_needs_a_size_and_enough_traces():
    with pytest.raises(InputError, match="--n"):
        degree_traces(Model(Lognormal(30.0, 0.4), 3.0), np.ones(1), QUICK)
    model = Model(Lognormal(30.0, 0.4), 3.0, n=100, kind="dense")
    with pytest.raises(InputError, match="within 10 %"):
        degree_traces(model, np.array([9.0]), QUICK)
    with pytest.raises(InputError, match="traces"):
        unit_from_traces(np.ones((10, 5)), 0.5, 0.0, noise_time=1.0)
    lag = np.arange(0, 5, 0.1)
    assert sample_coloured(0, lag, np.exp(-lag), n_walkers=20, duration=10).samples > 0


@pytest.mark.slow
def test_units_of_a_model_with_memory():
    """Gain 2, symmetry 0.25, sigma 0.5: chi 0.454(3), C(0) 0.6728(5); small degrees agree."""
    model = Model(Lognormal(100.0, 0.5), 2.0, 0.25, n=1000, kind="dense")
    curves = mean_field_curves(model, seed=1)
    assert curves.converged
    assert curves.susceptibility == pytest.approx(0.454, abs=0.012)
    assert curves.autocorrelation[0] == pytest.approx(0.6728, abs=0.006)
    u = np.array([0.4, 2.0])
    simulation = Simulation(
        n_networks=2, n_trials=2, transient=60.0, duration=150.0, max_lag=0.0, rtol=1e-3, workers=1
    )
    found = ucna_against_network(
        model, relative_degree=u, curves=curves, simulation=simulation, neurons_per_class=40, seed=3
    )
    np.testing.assert_allclose(
        found["self_coupling"], 0.25 * curves.gain**2 * u * curves.susceptibility
    )
    exact, simulated, error = (
        found[k].values
        for k in ("variance_x_exact", "variance_x_sampled", "variance_x_sampled_error")
    )
    # What is left out: the true noise and the retarded memory, 10 % together, and finite size.
    assert (np.abs(simulated / exact - 1) < 0.1 + 4 * error / exact).all()
    l1 = found["l1_sampled"]
    assert (l1.sel(reference_form="white") > 0.8).all()
    assert float(l1.sel(reference_form="ucna")[0]) < 0.12
    # The delta-shaped memory digs too deep a gap at larger self-couplings.
    assert float(l1.sel(reference_form="ucna")[1]) > float(l1.sel(reference_form="exact")[1])
