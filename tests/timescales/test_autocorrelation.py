"""Autocorrelation against direct sums, its statistics, and its refusals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import lfilter

from pyscales.errors import InputError
from pyscales.timescales import autocorrelation as public_function
from pyscales.timescales.autocorrelation import autocorrelation


def direct(traces: np.ndarray, max_lag: int, subtract: bool) -> np.ndarray:
    """Unbiased autocovariance by a double loop."""
    result = np.zeros((traces.shape[0], max_lag + 1))
    for i, x in enumerate(traces):
        x = x - x.mean() if subtract else x
        for lag in range(max_lag + 1):
            products = [x[t] * x[t + lag] for t in range(x.size - lag)]
            result[i, lag] = sum(products) / len(products)
    return result


@pytest.fixture
def traces() -> np.ndarray:
    return np.random.default_rng(3).normal(1.5, 2.0, (4, 37))


@pytest.mark.parametrize("mean", ["subtract", "keep"])
@pytest.mark.parametrize("max_lag", [0, 1, 10, 36])
def test_equals_double_loop(traces, mean, max_lag):
    expected = direct(traces, max_lag, mean == "subtract")
    result = autocorrelation(traces, max_lag, mean=mean, normalise=False)
    np.testing.assert_allclose(result, expected, atol=1e-12)
    rho = autocorrelation(traces, max_lag, mean=mean)
    np.testing.assert_allclose(rho, expected / expected[:, :1], atol=1e-12)


def test_equals_numpy_correlate(traces):
    x = traces[0] - traces[0].mean()
    full = np.correlate(x, x, mode="full")[x.size - 1 :] / (x.size - np.arange(x.size))
    result = autocorrelation(traces[:1], x.size - 1, normalise=False)
    np.testing.assert_allclose(result[0], full, atol=1e-12)


def test_trials_average_covariances(traces):
    trials = np.stack([traces, 3 * traces[:, ::-1] ** 2])
    expected = np.mean([direct(t, 5, True) for t in trials], axis=0)
    np.testing.assert_allclose(autocorrelation(trials, 5, normalise=False), expected, rtol=1e-10)
    rho = autocorrelation(trials, 5)
    np.testing.assert_allclose(rho, expected / expected[:, :1], atol=1e-12)


def test_chunks_do_not_change_the_result(traces, monkeypatch):
    import sys

    whole = autocorrelation(traces, 8)
    module = sys.modules["pyscales.timescales.autocorrelation"]
    monkeypatch.setattr(module, "_CHUNK_SAMPLES", 1)
    np.testing.assert_array_equal(autocorrelation(traces, 8), whole)


def test_no_variance():
    traces = np.full((2, 1000), 0.1)
    traces[1] = np.sin(np.arange(1000))
    rho = autocorrelation(traces, 3)
    assert np.isnan(rho[0]).all()
    assert np.isfinite(rho[1]).all()
    assert (autocorrelation(traces, 3, normalise=False)[0] == 0).all()
    np.testing.assert_allclose(autocorrelation(traces, 3, mean="keep")[0], 1.0)


def test_integers_and_single_precision(traces):
    counts = np.random.default_rng(0).poisson(3.0, (2, 50))
    expected = autocorrelation(counts.astype(float), 5)
    np.testing.assert_array_equal(autocorrelation(counts, 5), expected)
    np.testing.assert_array_equal(autocorrelation(counts.astype(np.float32), 5), expected)


def test_input_is_not_changed(traces):
    before = traces.copy()
    autocorrelation(traces, 5)
    np.testing.assert_array_equal(traces, before)


def test_public_name():
    assert public_function is autocorrelation


def test_autoregressive_process():
    """E rho(l) = a^l; the spread over units gives the standard error."""
    a, n_units, n_time = np.exp(-1 / 5), 200, 10_000
    noise = np.random.default_rng(11).standard_normal((n_units, n_time + 100))
    traces = lfilter([1.0], [1.0, -a], noise, axis=1)[:, 100:]
    rho = autocorrelation(traces, 20, mean="keep")
    error = rho.std(axis=0, ddof=1) / np.sqrt(n_units)
    deviation = np.abs(rho.mean(axis=0) - a ** np.arange(21))
    assert (deviation[1:] < 3 * error[1:]).all()


def test_subtracting_the_mean_biases_by_two_tau_over_duration():
    a, n_units, n_time = np.exp(-1 / 5), 2000, 200
    noise = np.random.default_rng(5).standard_normal((n_units, n_time + 100))
    traces = lfilter([1.0], [1.0, -a], noise, axis=1)[:, 100:]
    covariance = autocorrelation(traces, 60, normalise=False).mean(axis=0) * (1 - a**2)
    assert covariance[60] == pytest.approx(-2 * 5 / n_time, rel=0.3)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    scale=st.floats(1e-6, 1e6),
    shift=st.floats(-10, 10),
    n_time=st.integers(3, 60),
)
def test_invariances(seed, scale, shift, n_time):
    """rho does not change with scale, sign, offset or reversal of time, and is 1 at lag 0."""
    traces = np.random.default_rng(seed).standard_normal((2, n_time))
    lag = n_time // 2
    rho = autocorrelation(traces, lag)
    np.testing.assert_allclose(rho[:, 0], 1.0)
    for other in (scale * traces, -traces, traces + shift, traces[:, ::-1]):
        np.testing.assert_allclose(autocorrelation(other, lag), rho, atol=1e-9)


GOOD = np.zeros((2, 10))


@pytest.mark.parametrize(
    ("traces", "max_lag", "options"),
    [
        (np.zeros(10), 2, {}),
        (np.zeros((1, 1, 2, 10)), 2, {}),
        (np.zeros((3, 1)), 0, {}),
        (np.zeros((0, 10)), 2, {}),
        (np.zeros((0, 2, 10)), 2, {}),
        (np.array([[0.0, 1.0, np.nan]]), 1, {}),
        (np.array([[0.0, 1.0, -np.inf]]), 1, {}),
        (np.array([[0.0, 1.0, 1e200]]), 1, {}),
        (GOOD.astype(complex), 2, {}),
        (np.array([["a", "b"]]), 1, {}),
        ([[1.0, 2.0], [1.0]], 1, {}),
        (GOOD, 10, {}),
        (GOOD, -1, {}),
        (GOOD, 2.5, {}),
        (GOOD, 2, {"mean": "remove"}),
    ],
)
def test_bad_input(traces, max_lag, options):
    with pytest.raises(InputError):
        autocorrelation(traces, max_lag, **options)


def test_message_names_the_unit():
    traces = np.ones((5, 10))
    traces[3, 4] = np.nan
    with pytest.raises(InputError, match="unit 3"):
        autocorrelation(traces, 2)
