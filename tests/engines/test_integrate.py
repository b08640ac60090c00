"""Integration of the network: right-hand side, trajectories, statistics."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.linalg import expm
from scipy.sparse import csr_array, random_array

from pyscales.engines import SamplingPlan, choose_engine, get_engine, integration_seconds
from pyscales.engines.embedded.right_hand_side import RightHandSide
from pyscales.engines.embedded.stiff import NewtonKrylovBDF
from pyscales.engines.embedded.streaming import LaggedProducts
from pyscales.engines.methods import choose_method
from pyscales.errors import EngineError, InputError

ENGINE = get_engine()


def network(n=30, gain=1.8, seed=0):
    return gain * np.random.default_rng(seed).standard_normal((n, n)) / np.sqrt(n)


def start(n=30, trials=2, seed=1):
    return np.random.default_rng(seed).standard_normal((trials, n))


@pytest.mark.parametrize("kind", [np.asarray, csr_array])
def test_right_hand_side_is_the_formula(kind):
    w, x = network(), start().T
    f = RightHandSide(kind(w), 2)
    expected = np.array(
        [
            [-x[i, m] + sum(w[i, j] * np.tanh(x[j, m]) for j in range(30)) for m in range(2)]
            for i in range(30)
        ]
    )
    before = x.copy()
    np.testing.assert_allclose(f(x), expected, rtol=1e-12, atol=1e-13)
    np.testing.assert_array_equal(x, before)
    flat = f.flat(x.shape)(0.0, x.ravel())
    np.testing.assert_allclose(flat.reshape(x.shape), expected, rtol=1e-12, atol=1e-13)
    assert f.evaluations == 2
    f.close()


def test_number_of_workers_does_not_change_a_bit():
    rng = np.random.default_rng(0)
    w = random_array((4000, 4000), density=0.07, rng=rng, format="csr")
    w.data -= 0.5
    assert w.nnz > 1_000_000
    x = rng.standard_normal((4000, 3))
    results = []
    for workers in (1, 2, 5):
        f = RightHandSide(w, workers)
        assert len(f._blocks) == min(workers, w.nnz // 300_000)
        results.append(f(x))
        f.close()
    np.testing.assert_array_equal(results[0], results[1])
    np.testing.assert_array_equal(results[0], results[2])
    np.testing.assert_allclose(results[0], w @ np.tanh(x) - x, rtol=1e-12, atol=1e-12)


def test_blocks_survive_a_row_that_holds_everything():
    n = 1_000_000
    rows = csr_array((np.ones(n), (np.zeros(n, int), np.arange(n))), shape=(n, n))
    f = RightHandSide(rows, 3)
    out = f(np.ones((n, 1)))
    f.close()
    assert out[0, 0] == pytest.approx(n * np.tanh(1.0) - 1, rel=1e-10)
    np.testing.assert_array_equal(out[1:], -1.0)


@pytest.mark.parametrize("method", ["RK45", "DOP853", "RK23"])
@pytest.mark.parametrize("kind", [np.asarray, csr_array])
def test_trajectory_is_that_of_an_implicit_multistep_solver(method, kind):
    w, x0 = network(), start()
    plan = SamplingPlan(1.5, 4.0, 0.5, record_neurons=np.arange(30))
    rtol = 1e-7 if method == "RK23" else 1e-10
    run = ENGINE.integrate(kind(w), x0, plan, method=method, rtol=rtol, atol=rtol)
    times = 1.5 + 0.5 * np.arange(1, 9)
    assert run.recorded.shape == (2, 8, 30)
    for trial in range(2):
        direct = solve_ivp(
            lambda t, x: w @ np.tanh(x) - x,
            (0, times[-1]),
            x0[trial],
            method="LSODA",
            t_eval=times,
            rtol=1e-11,
            atol=1e-11,
        )
        np.testing.assert_allclose(run.recorded[trial], direct.y.T, atol=300 * rtol)
        np.testing.assert_allclose(run.final_state[trial], direct.y[:, -1], atol=300 * rtol)
    assert run.status.success
    assert run.status.evaluations > run.status.iterations > 5


@pytest.mark.parametrize(("method", "order"), [("RK4", 4), ("Euler", 1)])
def test_order_of_the_fixed_steps(method, order):
    w, x0 = network(), start()
    plan = SamplingPlan(0.0, 2.0, 1.0)
    exact = ENGINE.integrate(w, x0, plan, method="DOP853", rtol=1e-13, atol=1e-13).final_state
    errors = [
        np.abs(ENGINE.integrate(w, x0, plan, method=method, dt=dt).final_state - exact).max()
        for dt in (0.1, 0.05, 0.025)
    ]
    rates = np.log2(np.array(errors[:-1]) / errors[1:])
    np.testing.assert_allclose(rates, order, atol=0.25)


def test_decay_without_couplings():
    x0 = start()
    plan = SamplingPlan(1.0, 3.0, 1.0, record_neurons=np.array([4]))
    zero = csr_array((30, 30))
    run = ENGINE.integrate(zero, x0, plan, rtol=1e-11, atol=1e-13)
    for i, t in enumerate((2.0, 3.0, 4.0)):
        np.testing.assert_allclose(run.recorded[:, i, 0], x0[:, 4] * np.exp(-t), rtol=1e-9)
    euler = ENGINE.integrate(zero, x0, plan, method="Euler", dt=0.25)
    np.testing.assert_allclose(euler.final_state, x0 * 0.75**16, rtol=1e-12)
    rk4 = ENGINE.integrate(zero, x0, plan, method="RK4", dt=0.25)
    h = 0.25
    factor = 1 - h + h**2 / 2 - h**3 / 6 + h**4 / 24
    np.testing.assert_allclose(rk4.final_state, x0 * factor**16, rtol=1e-12)
    assert rk4.status.iterations == 16
    assert rk4.status.evaluations == 64


def test_small_states_follow_the_matrix_exponential():
    w, x0 = network(gain=0.7), 1e-6 * start()
    run = ENGINE.integrate(w, x0, SamplingPlan(0.0, 3.0, 1.0), rtol=1e-11, atol=1e-18)
    expected = x0 @ expm(3.0 * (w - np.eye(30))).T
    np.testing.assert_allclose(run.final_state, expected, rtol=1e-7, atol=1e-15)


def test_step_is_shortened_to_meet_the_samples():
    plan = SamplingPlan(0.7, 1.05, 0.35)
    run = ENGINE.integrate(np.zeros((2, 2)), np.ones((1, 2)), plan, method="Euler", dt=0.2)
    assert run.status.iterations == 10
    np.testing.assert_allclose(run.final_state, (1 - 0.175) ** 10, rtol=1e-12)


def lagged(series, n_lags):
    """Mean of s(t) s(t + lag) over all pairs, by a double loop; NaN where there is no pair."""
    t = len(series)
    return np.array(
        [
            sum(series[i] * series[i + lag] for i in range(t - lag)) / (t - lag)
            if lag < t
            else np.nan
            for lag in range(n_lags)
        ]
    )


@pytest.mark.parametrize("samples", [1, 3, 7, 8, 9, 15, 16, 17, 40, 61])
def test_lagged_products_against_a_double_loop(samples):
    n_lags = 8
    data = np.random.default_rng(samples).standard_normal((samples, 3)) + 0.5
    products = LaggedProducts(3, n_lags)
    for row in data:
        products.add(row)
    found = products.finish()
    expected = np.array([lagged(data[:, j], n_lags) for j in range(3)])
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)
    np.testing.assert_array_equal(products.finish(), found)


def test_lagged_products_of_many_columns_and_one_lag():
    data = np.random.default_rng(0).standard_normal((5, 9000))
    one, three = LaggedProducts(9000, 1), LaggedProducts(9000, 3)
    for row in data:
        one.add(row)
        three.add(row)
    np.testing.assert_allclose(one.finish()[:, 0], (data**2).mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(
        three.finish()[:, 2], (data[:-2] * data[2:]).mean(axis=0), rtol=1e-9, atol=1e-12
    )


@pytest.mark.parametrize("method", ["RK45", "RK4"])
def test_statistics_are_those_of_the_recorded_trajectory(method):
    w, x0 = network(12), start(12, 3)
    chosen = np.array([7, 2, 11])
    plan = SamplingPlan(2.0, 6.4, 0.3, 6, chosen, np.arange(12))
    assert plan.n_samples == 21
    run = ENGINE.integrate(w, x0, plan, method=method)
    x = run.recorded
    phi = np.tanh(x)
    assert x.shape == (3, 21, 12)
    np.testing.assert_allclose(run.mean_x, x.mean(axis=1), atol=1e-13)
    np.testing.assert_allclose(run.mean_square_x, (x**2).mean(axis=1), rtol=1e-12)
    np.testing.assert_allclose(run.mean_square_phi, (phi**2).mean(axis=1), rtol=1e-12)
    np.testing.assert_allclose(run.population_square_x, (x**2).mean(axis=2), rtol=1e-12)
    np.testing.assert_allclose(run.population_square_phi, (phi**2).mean(axis=2), rtol=1e-12)
    for signal, per_neuron, per_trial in (
        (x, run.autocorrelation_x, run.autocorrelation_population_x),
        (phi, run.autocorrelation_phi, run.autocorrelation_population_phi),
    ):
        table = np.array([[lagged(signal[m, :, i], 6) for i in chosen] for m in range(3)])
        np.testing.assert_allclose(per_neuron, table.mean(axis=0), atol=1e-12)
        np.testing.assert_allclose(per_trial, table.mean(axis=1), atol=1e-12)
    full = ENGINE.integrate(w, x0, SamplingPlan(2.0, 6.4, 0.3, 6), method=method)
    assert full.autocorrelation_x.shape == (12, 6)
    np.testing.assert_allclose(full.autocorrelation_x[chosen], run.autocorrelation_x, atol=1e-12)
    assert full.recorded.shape == (3, 21, 0)


def test_nothing_asked_nothing_kept():
    seen = []
    run = ENGINE.integrate(network(), start(), SamplingPlan(1.0, 0.0, 0.5), progress=seen.append)
    assert run.recorded.shape == (2, 0, 0)
    assert run.autocorrelation_x.size == 0
    assert run.population_square_x.shape == (2, 0)
    assert seen[-1] == pytest.approx(1.0)
    assert np.all(np.diff(seen) > 0)
    for method in ("RK45", "RK4"):
        still = ENGINE.integrate(
            network(), start(), SamplingPlan(0.0, 0.0, 0.5), method=method, progress=seen.append
        )
        np.testing.assert_array_equal(still.final_state, start())


def test_the_same_run_twice_and_with_more_workers():
    w = csr_array(network(40))
    runs = [
        ENGINE.integrate(w, start(40), SamplingPlan(5.0, 5.0, 0.5, 4), workers=k) for k in (1, 1, 3)
    ]
    for other in runs[1:]:
        np.testing.assert_array_equal(runs[0].final_state, other.final_state)
        np.testing.assert_array_equal(runs[0].autocorrelation_phi, other.autocorrelation_phi)


@pytest.mark.parametrize("method", ["RK45", "RK23", "DOP853", "RK4", "Euler"])
@pytest.mark.parametrize("where", ["weights", "start"])
def test_numbers_that_are_not_finite_end_the_run(method, where):
    w, x0 = network(), start()
    (w if where == "weights" else x0)[0, 0] = np.nan
    run = ENGINE.integrate(w, x0, SamplingPlan(1.0, 2.0, 0.5), method=method)
    assert not run.status.success
    assert run.status.retcode == "diverged"


def test_divergence_of_a_coarse_step_is_reported():
    # Euler multiplies by -4 each step: the state overflows before the first sample.
    plan = SamplingPlan(0.0, 5000.0, 5000.0)
    with np.errstate(over="ignore", invalid="ignore"):
        run = ENGINE.integrate(np.zeros((2, 2)), np.ones((1, 2)), plan, method="Euler", dt=5.0)
    assert not run.status.success
    assert "lower dt" in run.status.message


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"method": "LSODA"}, "method"),
        ({"solver": "fast"}, "solver"),
        ({"solver": "stiff", "method": "RK45"}, "method"),
        ({"solver": "nonstiff", "method": "BDF"}, "method"),
    ],
)
def test_unknown_method(options, field):
    with pytest.raises(InputError) as caught:
        ENGINE.integrate(network(), start(), SamplingPlan(1.0, 1.0, 0.5), **options)
    assert caught.value.field == field


def test_the_automatic_method_follows_the_time_constants():
    assert choose_method("auto", "auto", None) == "RK45"
    assert choose_method("auto", "auto", np.array([0.05, 1.0, 1.0])) == "RK45"
    assert choose_method("auto", "auto", np.array([0.02, 1.0, 1.0])) == "BDF"
    assert choose_method("nonstiff", "auto", np.array([0.02, 1.0, 1.0])) == "RK45"
    assert choose_method("stiff", "auto", None) == "BDF"
    assert choose_method("auto", "RK4", np.array([0.02, 1.0, 1.0])) == "RK4"


@pytest.mark.parametrize("method", ["RK45", "BDF", "RK4"])
@pytest.mark.parametrize("kind", [np.asarray, csr_array])
@pytest.mark.parametrize("n", [30, 200])
def test_time_constants_against_another_solver(method, kind, n):
    w, x0 = network(n), start(n)
    tau = 10.0 ** np.linspace(-1.0, 1.0, n)
    plan = SamplingPlan(0.5, 3.0, 0.5, record_neurons=np.arange(n))
    options = {"rtol": 1e-8, "atol": 1e-10} if method != "RK4" else {"dt": 0.005}
    run = ENGINE.integrate(kind(w), x0, plan, method=method, time_constants=tau, **options)
    assert run.status.success
    assert run.status.method == method
    for trial in range(2):
        direct = solve_ivp(
            lambda t, x: (w @ np.tanh(x) - x) / tau,
            (0, 3.5),
            x0[trial],
            method="LSODA",
            t_eval=0.5 + 0.5 * np.arange(1, 7),
            rtol=1e-11,
            atol=1e-11,
        )
        np.testing.assert_allclose(run.recorded[trial], direct.y.T, atol=2e-6)


def test_stiff_steps_are_not_held_back_by_the_fastest_neuron():
    # Relaxation to x = 0 with one neuron a thousand times faster than the others.
    tau = np.ones(200)
    tau[0] = 1e-3
    plan = SamplingPlan(0.0, 20.0, 1.0)
    w, x0 = csr_array(network(200, gain=0.5)), start(200)
    stiff = ENGINE.integrate(w, x0, plan, time_constants=tau)
    explicit = ENGINE.integrate(w, x0, plan, time_constants=tau, solver="nonstiff")
    assert (stiff.status.method, explicit.status.method) == ("BDF", "RK45")
    assert explicit.status.evaluations > 20_000
    assert stiff.status.evaluations < 1_000
    np.testing.assert_allclose(stiff.final_state, explicit.final_state, atol=1e-4)


@pytest.mark.parametrize("solver", ["stiff", "nonstiff"])
def test_evaluations_count_every_product_with_the_couplings(monkeypatch, solver):
    products = []
    product = RightHandSide.product

    def counted(self, y):
        products.append(y.shape)
        return product(self, y)

    monkeypatch.setattr(RightHandSide, "product", counted)
    tau = 10.0 ** np.linspace(-1.0, 1.0, 220)
    found = ENGINE.integrate(
        csr_array(network(220)),
        start(220),
        SamplingPlan(0.0, 2.0, 1.0),
        time_constants=tau,
        solver=solver,
    )
    assert found.status.evaluations == len(products) > 10


@pytest.mark.parametrize("n", [40, 220])
def test_newton_steps_of_both_kinds_solve_the_linear_system(n):
    w, x0 = csr_array(network(n)), start(n).T
    tau = 10.0 ** np.linspace(-2.0, 1.0, n)
    f = RightHandSide(w, 1, tau)
    solver = NewtonKrylovBDF(f, x0, 1.0, 1e-6, 1e-8)
    c = 0.7
    b = np.random.default_rng(5).standard_normal(x0.shape)
    found = solver.solve_lu(solver.lu(solver.I - np.float64(c) * solver.J), b.ravel())
    for trial in range(2):
        slope = 1 - np.tanh(x0[:, trial]) ** 2
        jacobian = (w.toarray() * slope - np.eye(n)) / tau[:, None]
        exact = np.linalg.solve(np.eye(n) - c * jacobian, b[:, trial])
        error = np.linalg.norm(found.reshape(x0.shape)[:, trial] - exact)
        assert error < (1e-10 if n == 40 else 0.5) * np.linalg.norm(exact)
    if n == 220:
        assert 1 < solver.krylov < 40


def test_engines_by_name(monkeypatch, tmp_path):
    monkeypatch.setenv("PYSCALES_CACHE", str(tmp_path))
    monkeypatch.delenv("PYTHON_JULIACALL_PROJECT", raising=False)
    assert get_engine("auto").name == get_engine("scipy").name == "scipy"
    with pytest.raises(EngineError, match="Julia") as caught:
        get_engine("julia")
    assert caught.value.exit_code == 4
    with pytest.raises(InputError) as refused:
        get_engine("matlab")
    assert refused.value.field == "engine"
    assert refused.value.exit_code == 2


def test_small_jobs_stay_embedded_and_say_why():
    small = choose_engine("auto", job="the simulation", seconds=0.1)
    assert small.engine.name == "scipy"
    assert small.reason == "auto: the simulation is too small to gain from starting Julia"
    assert choose_engine("scipy", seconds=1e9).reason == "asked for"
    assert integration_seconds(1_000_000, 8, 1000.0) > 100


def test_engine_solves_the_stationary_theory():
    state = ENGINE.stationary(np.ones(1), np.ones(1), 1.5)
    assert state.d0 == pytest.approx(0.7476863806, abs=1e-8)
