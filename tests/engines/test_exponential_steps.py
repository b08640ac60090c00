"""Exponential Adams-Bashforth steps: coefficients, order, fixed points, warnings."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.linalg import expm
from scipy.sparse import csr_array

from pyscales.engines import SamplingPlan, get_engine
from pyscales.engines.embedded.exponential import step_coefficients

ENGINE = get_engine()


def network(n=30, gain=1.8, seed=0):
    return gain * np.random.default_rng(seed).standard_normal((n, n)) / np.sqrt(n)


def start(n=30, trials=2, seed=1):
    return np.random.default_rng(seed).standard_normal((trials, n))


@pytest.mark.parametrize("z", [1e-9, 1e-3, 0.2, 1.0, 1.0001, 7.0, 300.0])
def test_coefficients_are_the_integrals_they_stand_for(z):
    found = step_coefficients(0.5, np.array([[z / 0.5]]))
    moments = [
        quad(lambda s, k=k: z * np.exp(-z * (1 - s)) * s**k, 0, 1, epsabs=0, epsrel=1e-11)[0]
        for k in range(3)
    ]
    expected = [np.exp(-z), moments[0], moments[1], (moments[1] + moments[2]) / 2]
    got = [found.decay, found.first, found.slope, found.curvature]
    np.testing.assert_allclose(np.ravel(got), expected, rtol=1e-9)


def answer(weights, decay, theta):
    """What a step makes of the input e^(i theta n), after all else has decayed."""
    z = np.exp(-1j * np.asarray(theta))
    return z * np.polynomial.polynomial.polyval(z, weights) / (1 - decay * z)


@pytest.mark.parametrize("step", [1e-3, 0.1, 0.25, 0.5, 1.0, 3.0, 30.0])
def test_damped_steps_answer_alike_to_the_two_fastest_inputs(step):
    c = step_coefficients(step, np.ones((1, 1)))
    decay, first, slope, curvature, d = (
        float(v.item()) for v in (c.decay, c.first, c.slope, c.curvature, c.damping)
    )
    third_order = np.array([first + slope + curvature, -slope - 2 * curvature, curvature, 0.0])
    damped = third_order - d * np.array([1.0, -3.0, 3.0, -1.0])
    theta = np.linspace(0.0, np.pi, 2000)
    sizes = np.abs(answer(damped, decay, [np.pi / 2, np.pi]))
    assert sizes[0] == pytest.approx(sizes[1], rel=1e-9)
    assert d > 0
    # Less than undamped, and near the least greatest value that any d has.
    fast = theta > 0.8
    peak = [
        np.abs(answer(third_order - e * d * np.array([1, -3, 3, -1]), decay, theta))[fast].max()
        for e in (0.0, *np.linspace(0.2, 2.0, 37), 1.0)
    ]
    assert peak[-1] < 0.97 * peak[0]
    assert peak[-1] < 1.07 * min(peak)
    # Slow inputs: 1/(1 + i w) to third order.
    slow = np.array([0.06, 0.03])
    errors = np.abs(answer(damped, decay, slow) * (1 + 1j * slow / step) - 1)
    assert 7.0 < errors[0] / errors[1] < 9.0


def simulated(method, dt, w, x0, plan):
    run = ENGINE.integrate(w, x0, plan, method=method, dt=dt)
    assert run.status.success
    return run


def reciprocal(gain, symmetry, n):
    a, b = np.random.default_rng(5).standard_normal((2, n, n)) / np.sqrt(n)
    upper = np.triu(a, 1)
    lower = symmetry * upper + np.sqrt(1 - symmetry**2) * np.triu(b, 1)
    return gain * (upper + lower.T)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("gain", "symmetry", "dt"),
    [(1.5, 0.0, 0.5), (2.0, 0.0, 0.5), (3.0, 0.0, 1 / 3), (2.0, 0.5, 0.5), (2.5, -0.4, 0.25)],
)
def test_damped_steps_keep_the_statistics(gain, symmetry, dt):
    n, trials = 400, 16
    w = reciprocal(gain, symmetry, n)
    plan = SamplingPlan(60.0, 600.0, 1.0, 4, np.arange(n))
    damped, exact = (
        ENGINE.integrate(w, start(n, trials, seed), plan, method=method, dt=step)
        for method, step, seed in (("ETD3D", dt, 2), ("RK4", 0.2, 3))
    )
    assert damped.status.success
    # Trials explore the same attractor: their scatter is the error of each mean.
    one, other = damped.autocorrelation_population_x, exact.autocorrelation_population_x
    error = np.sqrt((one.var(axis=0, ddof=1) + other.var(axis=0, ddof=1)) / trials)
    difference = one.mean(axis=0) - other.mean(axis=0)
    assert np.all(np.abs(difference) < 3.5 * error)
    assert error[0] < 0.03 * other.mean(axis=0)[0]


@pytest.mark.parametrize(("gain", "symmetry"), [(5.0, 0.0), (2.5, -0.4)])
def test_damped_steps_that_change_the_statistics_say_so(gain, symmetry):
    run = ENGINE.integrate(
        reciprocal(gain, symmetry, 200),
        start(200, 4, 2),
        SamplingPlan(40.0, 40.0, 1.0),
        method="ETD3D",
        dt=0.5,
    )
    assert run.status.retcode == "unstable"


@pytest.mark.parametrize("method", ["ETD3", "ETD3D"])
@pytest.mark.parametrize("spread", [False, True])
@pytest.mark.parametrize("kind", [np.asarray, csr_array])
def test_third_order(kind, spread, method):
    w, x0 = kind(network()), start()
    tau = 10.0 ** np.linspace(-0.5, 0.5, 30) if spread else None
    plan = SamplingPlan(0.0, 3.0, 1.0)
    exact = ENGINE.integrate(
        w, x0, plan, method="DOP853", rtol=1e-12, atol=1e-13, time_constants=tau
    )
    runs = [
        ENGINE.integrate(w, x0, plan, method=method, dt=dt, time_constants=tau)
        for dt in (0.05, 0.025, 0.0125)
    ]
    errors = [np.abs(run.final_state - exact.final_state).max() for run in runs]
    rates = np.log2(np.array(errors[:-1]) / errors[1:])
    np.testing.assert_allclose(rates, 3.0, atol=0.35)
    # One product per step, and one more at the start.
    assert [run.status.evaluations for run in runs] == [61, 121, 241]
    # The local error it reports is that of the second order: three powers of the step.
    reported = np.array([run.status.residual for run in runs])
    np.testing.assert_allclose(np.log2(reported[:-1] / reported[1:]), 3.0, atol=0.35)


@pytest.mark.parametrize("spread", [False, True])
def test_first_order_holds_the_input(spread):
    w, x0 = network(), start()
    tau = 10.0 ** np.linspace(-0.5, 0.5, 30) if spread else np.ones(30)
    run = ENGINE.integrate(
        w, x0, SamplingPlan(0.5, 1.0, 0.5), method="ETD1", dt=0.25, time_constants=tau
    )
    x = x0
    for _ in range(6):
        decay = np.exp(-0.25 / tau)
        x = decay * x + (1 - decay) * (np.tanh(x) @ w.T)
    np.testing.assert_allclose(run.final_state, x, rtol=1e-11, atol=1e-13)
    assert run.status.evaluations == 6
    assert np.isnan(run.status.residual)


def test_a_change_of_the_step_keeps_the_order():
    w, x0 = network(), start()
    plan = SamplingPlan(0.77, 2.0, 0.5)  # the transient ends within an interval
    exact = ENGINE.integrate(w, x0, plan, method="DOP853", rtol=1e-12, atol=1e-13).final_state
    errors = [
        np.abs(ENGINE.integrate(w, x0, plan, method="ETD3", dt=dt).final_state - exact).max()
        for dt in (0.01, 0.005, 0.0025)
    ]
    np.testing.assert_allclose(np.log2(np.array(errors[:-1]) / errors[1:]), 3.0, atol=0.35)


def test_decay_is_exact_for_any_step_and_time_constant():
    tau = 10.0 ** np.linspace(-3.0, 2.0, 30)
    run = ENGINE.integrate(
        csr_array((30, 30)),
        start(),
        SamplingPlan(0.0, 4.0, 2.0),
        method="ETD3",
        dt=2.0,
        time_constants=tau,
    )
    np.testing.assert_allclose(run.final_state, start() * np.exp(-4.0 / tau), rtol=1e-12)
    assert run.status.success


def test_linear_motion_is_that_of_the_matrix_exponential():
    w, x0 = network(gain=0.7), 1e-6 * start()
    run = ENGINE.integrate(w, x0, SamplingPlan(0.0, 3.0, 1.0), method="ETD3", dt=0.002)
    np.testing.assert_allclose(run.final_state, x0 @ expm(3 * (w - np.eye(30))).T, rtol=1e-5)


def test_fixed_points_are_kept_by_large_steps():
    w = 2.0 * np.eye(30)
    found = ENGINE.fixed_point(w, np.full(30, 1.9)).x
    run = ENGINE.integrate(
        w, found[None], SamplingPlan(0.0, 50.0, 1.0), method="ETD3", dt=1.0
    ).final_state
    np.testing.assert_allclose(run[0], found, rtol=1e-9)


def test_a_step_that_is_too_large_is_reported():
    # An inhibitory loop of -6: stable, but the steps alternate and grow until tanh holds them.
    w = -6.0 * np.eye(4)
    plan = SamplingPlan(10.0, 20.0, 1.0)
    good = ENGINE.integrate(w, 0.1 * start(4), plan, method="ETD3", dt=0.05)
    bad = ENGINE.integrate(w, 0.1 * start(4), plan, method="ETD3", dt=0.5)
    assert good.status.success
    assert bad.status.retcode == "unstable"
    assert "lower dt" in bad.status.message
    assert np.abs(bad.final_state).max() > 0.1
    np.testing.assert_allclose(good.final_state, 0.0, atol=1e-10)


def test_the_same_whatever_the_workers():
    rng = np.random.default_rng(0)
    n = 3000
    w = csr_array((rng.standard_normal(700_000), rng.integers(0, n, (2, 700_000))), shape=(n, n))
    w = w * (1.5 / np.sqrt(w.nnz / n))
    plan = SamplingPlan(1.0, 2.0, 0.5, 3)
    runs = [ENGINE.integrate(w, start(n), plan, method="ETD3", dt=0.25, workers=k) for k in (1, 2)]
    np.testing.assert_array_equal(runs[0].final_state, runs[1].final_state)
