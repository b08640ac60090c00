"""Two-time solution: silent closed form, stationary limit, a transient against networks."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import iv

from pyscales import Homogeneous, Lognormal, Model
from pyscales.theory.two_time import solve_two_time

ONE = np.ones(1)


def test_small_states_decay_with_the_silent_response():
    gain, symmetry = 0.6, 0.5
    found = solve_two_time(
        ONE, ONE, gain, symmetry, duration=12.0, initial_scale=1e-3, trajectories=3000, seed=1
    )
    assert found.variance_x[-1] < 0.2 * found.variance_x[0]
    last = found.time.size - 1
    lag = found.time[last] - found.time[:last] - 0.05
    rate = gain * np.sqrt(symmetry)
    exact = np.exp(-lag) * iv(1, 2 * rate * lag) / (rate * lag)
    # Probe noise: sd 0.01 per entry. First-order step: 0.5 dt relative.
    assert np.abs(found.response[last, :last] - exact).mean() < 0.015
    chi = 0.1 * found.response[last].sum()
    exact_chi = (1 - np.sqrt(1 - 4 * rate**2)) / (2 * rate**2)
    assert chi == pytest.approx(exact_chi, rel=0.05)
    assert np.all(np.triu(found.response) == 0)


def test_without_symmetry_it_ends_in_the_stationary_state():
    found = solve_two_time(
        ONE, ONE, 1.5, 0.0, duration=50.0, dt=0.15, initial_scale=0.8, trajectories=2000, seed=2
    )
    late = np.diagonal(found.autocorrelation)[-120:]
    assert late.mean() == pytest.approx(0.3420935, rel=0.04)
    assert found.variance_x[-120:].mean() == pytest.approx(0.7476864, rel=0.05)
    half = found.autocorrelation[-1, -1 - int(7.548 / 0.15)] / found.autocorrelation[-1, -1]
    assert half == pytest.approx(0.5, abs=0.08)


def test_same_seed_same_result_and_symmetric_correlation():
    nodes = Lognormal(100.0, 0.5).nodes(5, size_bias=1.0)
    first, second = (
        solve_two_time(
            nodes.relative_degree, nodes.weight, 1.5, 0.3, duration=5.0, trajectories=200, seed=3
        )
        for _ in range(2)
    )
    np.testing.assert_array_equal(first.response, second.response)
    np.testing.assert_array_equal(first.autocorrelation, first.autocorrelation.T)


@pytest.mark.slow
def test_transient_of_networks():
    # Dense networks of 1500 neurons from the same kind of initial state, RK4 step 0.05.
    gain, symmetry, duration, step = 1.5, 0.5, 10.0, 0.05
    curves = []
    for k in range(3):
        model = Model(Homogeneous(100.0), gain, symmetry, n=1500, kind="dense")
        weights = gain * np.asarray(model.sample(k).weights)
        x = np.random.default_rng(k).standard_normal((1500, 4))
        curve = [np.mean(np.tanh(x) ** 2)]

        def f(x, weights=weights):
            return weights @ np.tanh(x) - x

        for _ in range(int(duration / step)):
            a = f(x)
            b = f(x + step / 2 * a)
            c = f(x + step / 2 * b)
            x = x + step / 6 * (a + 2 * b + 2 * c + f(x + step * c))
            curve.append(np.mean(np.tanh(x) ** 2))
        curves.append(curve)
    network = np.array(curves)
    found = solve_two_time(
        ONE, ONE, gain, symmetry, duration=duration, dt=0.05, trajectories=4000, seed=4
    )
    at = np.arange(0, 201, 20)
    theory = np.diagonal(found.autocorrelation)[at]
    error = np.hypot(network.std(axis=0, ddof=1) / np.sqrt(3), found.autocorrelation_error)[at]
    assert np.all(np.abs(network.mean(axis=0)[at] - theory) < 4 * error + 0.012)
