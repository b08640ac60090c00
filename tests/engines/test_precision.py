"""Single precision: the same statistics where it is allowed, refused where it is not."""

from __future__ import annotations

import numpy as np
import pytest

from pyscales import Lognormal, Model, Simulation, simulate
from pyscales.engines import SamplingPlan, get_engine
from pyscales.errors import InputError
from pyscales.network import sample_network

ENGINE = get_engine()
MODEL = Model(Lognormal(40.0, 0.5), 2.5, n=600)


def network(n=400, gain=1.8):
    return sample_network(np.full(n, 30.0), symmetry=0.0, seed=0).scaled(gain)


@pytest.mark.parametrize("method", ["RK45", "ETD3", "RK4"])
def test_products_lose_a_part_in_ten_million(method):
    w = network()
    x0 = np.random.default_rng(1).standard_normal((3, 400))
    plan = SamplingPlan(0.5, 1.0, 0.5, record_neurons=np.arange(5))
    double, single = (
        ENGINE.integrate(w, x0, plan, method=method, precision=p) for p in ("double", "single")
    )
    difference = np.abs(double.final_state - single.final_state).max()
    assert 1e-9 < difference < 3e-6
    assert single.final_state.dtype == single.mean_square_x.dtype == np.float64
    assert w.dtype == np.float64


@pytest.mark.slow
def test_statistics_agree_within_their_error():
    # Chaos parts the two trajectories, so their averages over 8 trials are independent estimates.
    settings = {"n_trials": 8, "transient": 50.0, "duration": 400.0, "max_lag": 5.0}
    found = {
        (method, precision): simulate(
            MODEL, Simulation(method=method, dt=0.1, precision=precision, **settings), seed=1
        )
        for method, precision in (("RK45", "double"), ("RK45", "single"), ("ETD3", "single"))
    }
    exact = found.pop(("RK45", "double"))
    for other in found.values():
        assert other.attrs["converged"]
        for name, pick in (("variance_x", {}), ("autocorrelation_x_population", {"lag": 4})):
            a, b = (d[name].isel(network=0, **pick).values for d in (exact, other))
            error = np.sqrt((a.var(ddof=1) + b.var(ddof=1)) / 8)
            assert not np.array_equal(a, b)
            assert abs(a.mean() - b.mean()) < 3.5 * error
            assert error < 0.03 * abs(a.mean())


@pytest.mark.parametrize(
    "options",
    [
        {"precision": "half"},
        {"precision": "single", "solver": "stiff"},
        {"precision": "single", "rtol": 1e-7},
    ],
)
def test_refused_in_the_settings(options):
    with pytest.raises(InputError) as caught:
        Simulation(**options)
    assert caught.value.field == "simulation.precision"


def test_refused_by_the_engine():
    plan = SamplingPlan(1.0, 1.0, 0.5)
    x0 = np.ones((1, 400))
    tau = np.ones(400)
    tau[0] = 1e-3  # 'auto' is stiff
    for weights, options in ((network(), {"time_constants": tau}), (np.eye(400), {})):
        with pytest.raises(InputError) as caught:
            ENGINE.integrate(weights, x0, plan, precision="single", **options)
        assert caught.value.field == "precision"
