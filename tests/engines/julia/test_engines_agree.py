"""Both engines on the same job: same numbers, same layout."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse import eye_array as sparse_eye

from pyscales import Lognormal, Model, Simulation, simulate
from pyscales.engines import SamplingPlan, TangentPlan, get_engine
from pyscales.engines.julia.engine import JuliaEngine
from pyscales.engines.julia.products import JuliaProduct
from pyscales.network import sample_network
from pyscales.time_constants import TimeConstants

pytestmark = pytest.mark.julia

SCIPY = get_engine("scipy")
JULIA = JuliaEngine()
TIGHT = {"rtol": 1e-9, "atol": 1e-11}


def network(n=300, gain=1.5, seed=0, mean=20.0):
    return sample_network(np.full(n, mean), symmetry=0.3, seed=seed).scaled(gain)


def start(n=300, trials=3, seed=1):
    return np.random.default_rng(seed).standard_normal((trials, n))


def same(a, b, tolerance):
    for field in fields(a):
        if field.name == "status":
            continue
        one, other = getattr(a, field.name), getattr(b, field.name)
        assert one.shape == other.shape, field.name
        np.testing.assert_allclose(one, other, atol=tolerance, rtol=0, err_msg=field.name)


@pytest.mark.parametrize("trials", [1, 2, 3, 8, 11])
@pytest.mark.parametrize("kind", [np.asarray, csr_array])
def test_trajectories_and_statistics(kind, trials):
    w = network()
    w = w if kind is csr_array else w.toarray()
    plan = SamplingPlan(0.7, 4.0, 0.25, 6, np.array([7, 2, 299]), np.array([0, 100]))
    runs = [engine.integrate(w, start(trials=trials), plan, **TIGHT) for engine in (SCIPY, JULIA)]
    same(*runs, 1e-7)
    assert runs[1].status.success
    assert runs[1].status.method == "Tsit5"


@pytest.mark.parametrize(("n", "trials"), [(20, 2), (300, 2)])
@pytest.mark.parametrize("solver", ["nonstiff", "stiff"])
def test_time_constants_over_three_decades(solver, n, trials):
    w = network(n, mean=min(20.0, n / 4))
    tau = 10.0 ** np.linspace(-1.5, 1.5, n)
    plan = SamplingPlan(0.0, 3.0, 0.5, 0, None, np.arange(n))
    options = {"time_constants": tau, **TIGHT}
    direct = SCIPY.integrate(w, start(n, trials), plan, method="DOP853", **options)
    found = JULIA.integrate(w, start(n, trials), plan, solver=solver, **options)
    same(direct, found, 1e-6 if solver == "stiff" else 1e-8)
    expected = {"nonstiff": "Tsit5", "stiff": "FBDF, KLU" if n == 20 else "FBDF, Newton-Krylov"}
    assert found.status.method == expected[solver]


@pytest.mark.parametrize("method", ["DOP853", "RK23"])
def test_other_adaptive_methods(method):
    plan = SamplingPlan(0.0, 3.0, 0.5, 0, None, np.arange(300))
    tolerance = 1e-7 if method == "RK23" else 1e-10
    runs = [
        engine.integrate(network(), start(), plan, method=method, rtol=tolerance, atol=tolerance)
        for engine in (SCIPY, JULIA)
    ]
    same(*runs, 300 * tolerance)


@pytest.mark.parametrize("spread", [False, True])
@pytest.mark.parametrize("method", ["RK4", "Euler", "ETD3", "ETD3D", "ETD1"])
def test_fixed_steps_are_the_same_to_rounding(method, spread):
    plan = SamplingPlan(0.7, 3.0, 0.3, 4, None, np.array([5]))
    tau = 10.0 ** np.linspace(-0.5, 2.0, 300) if spread else None
    runs = [
        engine.integrate(network(), start(), plan, method=method, dt=0.07, time_constants=tau)
        for engine in (SCIPY, JULIA)
    ]
    same(*runs, 1e-11)
    assert runs[0].status.method == runs[1].status.method
    np.testing.assert_allclose(runs[0].status.residual, runs[1].status.residual, rtol=1e-6)
    assert runs[0].status.iterations == runs[1].status.iterations
    assert runs[0].status.evaluations == runs[1].status.evaluations


@pytest.mark.parametrize("precision", ["double", "single"])
@pytest.mark.parametrize("trials", [8, 11])
def test_long_runs_of_large_states_go_by_tiles(trials, precision):
    n = 12_000
    rng = np.random.default_rng(3)
    w = csr_array((rng.standard_normal(20 * n), rng.integers(0, n, (2, 20 * n))), shape=(n, n))
    w = w * (1.5 / np.sqrt(20.0))
    plan = SamplingPlan(0.0, 4.2, 4.2, 0, None, np.arange(n))
    for method, dt in (("ETD3", 0.02), ("RK4", 0.07)):
        runs = [
            engine.integrate(w, start(n, trials), plan, method=method, dt=dt, precision=precision)
            for engine in (SCIPY, JULIA)
        ]
        same(*runs, 1e-4 if precision == "single" else 1e-11)


@pytest.mark.parametrize("trials", [1, 2, 3, 8, 11])
@pytest.mark.parametrize("method", ["RK45", "ETD3"])
def test_single_precision(method, trials):
    plan = SamplingPlan(0.5, 2.0, 0.5, 3)
    x0 = start(trials=trials)
    single = [
        engine.integrate(network(), x0, plan, method=method, precision="single")
        for engine in (SCIPY, JULIA)
    ]
    double = JULIA.integrate(network(), x0, plan, method=method)
    tolerance = 1e-5 if method == "ETD3" else 2e-3  # RK45: two solvers at their rtol of 1e-4
    same(*single, tolerance)
    difference = np.abs(single[1].final_state - double.final_state).max()
    assert 1e-9 < difference < (1e-5 if method == "ETD3" else 1e-4)


def test_a_step_that_is_too_large_is_reported_by_both():
    plan = SamplingPlan(10.0, 20.0, 1.0)
    for engine in (SCIPY, JULIA):
        run = engine.integrate(-6.0 * np.eye(4), start(4), plan, method="ETD3", dt=0.5)
        assert run.status.retcode == "unstable"
        assert "lower dt" in run.status.message


def test_nothing_asked_nothing_kept():
    plan = SamplingPlan(1.0, 0.0, 0.5)
    same(*(e.integrate(network(), start(), plan, **TIGHT) for e in (SCIPY, JULIA)), 1e-7)
    still = JULIA.integrate(network(), start(), SamplingPlan(0.0, 0.0, 0.5))
    np.testing.assert_array_equal(still.final_state, start())


def test_the_same_run_twice_is_the_same():
    plan = SamplingPlan(5.0, 20.0, 0.5, 8)
    one, two = (JULIA.integrate(network(), start(), plan) for _ in range(2))
    same(one, two, 0.0)


@pytest.mark.parametrize("where", ["weights", "start"])
@pytest.mark.parametrize("method", ["RK45", "BDF", "RK4"])
def test_numbers_that_are_not_finite(method, where):
    w, x0 = network(40, mean=10.0).toarray(), start(40)
    (w if where == "weights" else x0)[0, 0] = np.nan
    found = JULIA.integrate(w, x0, SamplingPlan(1.0, 2.0, 0.5), method=method)
    assert not found.status.success
    assert found.status.retcode == "diverged"


def test_divergence_of_a_coarse_step():
    plan = SamplingPlan(0.0, 5000.0, 5000.0)
    found = JULIA.integrate(np.zeros((2, 2)), np.ones((1, 2)), plan, method="Euler", dt=5.0)
    assert "lower dt" in found.status.message


def test_progress_grows_to_one():
    seen = []
    JULIA.integrate(network(), start(), SamplingPlan(1.0, 4.0, 0.5), progress=seen.append)
    assert seen[-1] == pytest.approx(1.0)
    assert np.all(np.diff(seen) >= 0)


def test_chaotic_statistics_agree_within_their_error():
    model = Model(Lognormal(40.0, 0.5), 2.0, n=600)
    run = Simulation(n_networks=1, n_trials=8, transient=80.0, duration=400.0, max_lag=10.0)
    one, two = (simulate(model, run, seed=3, engine=name) for name in ("scipy", "julia"))
    assert (one.attrs["engine"], two.attrs["engine"]) == ("scipy", "julia")
    assert two.attrs["engine_reason"] == "asked for"
    assert set(one.data_vars) == set(two.data_vars)
    for name in ("variance_x", "temporal_variance"):
        a, b = one[name].values[0], two[name].values[0]
        error = np.sqrt(a.var(ddof=1) / 8 + b.var(ddof=1) / 8)
        assert abs(a.mean() - b.mean()) < 4 * error
    c, d = (x["autocorrelation_x_population"].values[0] for x in (one, two))
    error = np.sqrt(c.var(axis=0, ddof=1) / 8 + d.var(axis=0, ddof=1) / 8)
    assert (np.abs(c.mean(axis=0) - d.mean(axis=0)) < 5 * error).all()


def test_a_simulation_with_spread_time_constants():
    model = Model(
        Lognormal(20.0, 0.3), 1.5, n=200, time_constants=TimeConstants("log-uniform", 4.0)
    )
    run = Simulation(
        n_trials=2,
        transient=0.0,
        duration=2.0,
        sample_interval=0.25,
        max_lag=0.0,
        rtol=1e-8,
        atol=1e-10,
    )
    one, two = (simulate(model, run, seed=3, engine=name) for name in ("scipy", "julia"))
    assert one.attrs["method"] == "BDF"
    assert two.attrs["method"] == "FBDF, Newton-Krylov"
    np.testing.assert_allclose(one["mean_x"].values, two["mean_x"].values, atol=1e-5)


@pytest.mark.parametrize("n", [200, 1800])
@pytest.mark.parametrize("kind", [np.asarray, csr_array])
def test_fixed_points(kind, n):
    # Bistable neurons, weakly coupled: every choice of signs has its fixed point.
    couplings = sample_network(np.full(n, 20.0), symmetry=0.5, seed=2).scaled(0.1)
    w = csr_array(2.5 * sparse_eye(n) + couplings)
    relaxed = 2.4 * np.sign(start(n, 1)[0])
    w = w if kind is csr_array else w.toarray()
    found = [engine.fixed_point(w, relaxed) for engine in (SCIPY, JULIA)]
    assert found[0].status.success
    assert found[1].status.success
    assert np.abs(found[0].x).max() > 0.5
    np.testing.assert_allclose(found[0].x, found[1].x, atol=1e-8)
    residual = np.abs(w @ np.tanh(found[1].x) - found[1].x).max()
    assert found[1].status.residual == pytest.approx(residual, abs=1e-13)
    assert JULIA.fixed_point(w, np.zeros(n)).status.iterations == 0


def test_a_fixed_point_that_is_not_found_is_reported():
    w = network(200, gain=40.0)
    found = JULIA.fixed_point(w, np.full(200, np.nan))
    assert not found.status.success
    assert "relax" in found.status.message


@pytest.mark.parametrize("gain", [0.9, 1.05, 1.5, 3.0])
def test_stationary_theory(gain):
    nodes = Lognormal(100.0, 0.5).nodes(24, size_bias=1.0)
    arguments = (nodes.relative_degree, nodes.weight, gain)
    one, two = SCIPY.stationary(*arguments), JULIA.stationary(*arguments)
    assert two.converged == one.converged
    assert two.phase == one.phase
    assert two.d0 == pytest.approx(one.d0, rel=1e-8)
    np.testing.assert_allclose(two.c, one.c, rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize("m", [1, 3])
@pytest.mark.parametrize("kind", [np.asarray, csr_array])
def test_lyapunov_exponents(kind, m):
    w = network(120, gain=2.0)
    w = w if kind is csr_array else w.toarray()
    tau = 10.0 ** np.linspace(-0.3, 0.3, 120)
    plan = TangentPlan(m, 4.0, 6.0, 0.5, 0.1)
    one, two = (
        engine.lyapunov(w, start(120, 2), plan, time_constants=tau, seed=5)
        for engine in (SCIPY, JULIA)
    )
    same(one, two, 1e-9)
    assert one.status.evaluations == two.status.evaluations
    wild = JULIA.lyapunov(w, start(120, 2), TangentPlan(1, 0.0, 4000.0, 20.0, 20.0))
    assert not wild.status.success


@pytest.mark.parametrize("which", ["LR", "LM"])
@pytest.mark.parametrize("kind", [np.asarray, csr_array])
@pytest.mark.parametrize("symmetry", [-0.8, 0.0, 0.4])
def test_eigenvalues(symmetry, kind, which):
    n = 300
    w = sample_network(np.full(n, 20.0), symmetry=symmetry, seed=2).weights
    w = w if kind is csr_array else w.toarray()
    one, two = (engine.eigenvalues(w, k=4, which=which, seed=1) for engine in (SCIPY, JULIA))
    np.testing.assert_allclose(two.values, one.values, rtol=0, atol=1e-8)
    assert two.status.success
    assert two.residuals.max() < 1e-8
    assert two.status.method == one.status.method
    dense = np.linalg.eigvals(w if kind is np.asarray else w.toarray())
    size = np.sort(dense.real if which == "LR" else np.abs(dense))[::-1][:4]
    mine = np.sort(two.values.real if which == "LR" else np.abs(two.values))[::-1]
    np.testing.assert_allclose(mine, size, rtol=0, atol=1e-8)


def test_products_of_an_iteration():
    w, y = network(400, mean=30.0), np.random.default_rng(0).standard_normal((400, 5))
    for matrix in (w, w.toarray()):
        product = JuliaProduct(matrix)
        np.testing.assert_allclose(product(y), w @ y, rtol=0, atol=1e-12)
        np.testing.assert_allclose(product(y[:, 0]), w @ y[:, 0], rtol=0, atol=1e-12)
        assert product(y[:, 0]).shape == (400,)


def test_every_eigenvalue_comes_from_lapack():
    w = network(60)
    one, two = (engine.eigenvalues(w) for engine in (SCIPY, JULIA))
    np.testing.assert_array_equal(two.values, one.values)
    assert two.status.method == "LAPACK"
