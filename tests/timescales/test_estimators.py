"""Timescale estimators against closed forms, simulation and an independent fit."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import curve_fit, least_squares
from scipy.signal import lfilter

from pyscales.errors import InputError
from pyscales.timescales import (
    METHODS,
    Quality,
    autocorrelation,
    count_quality,
    estimate_timescales,
    timescale_efold,
    timescale_fit,
    timescale_hwhm,
    timescale_integral,
    timescale_rho2,
)

STEP = 0.05
LAGS = STEP * np.arange(2001)
RATES = np.array([0.25, 0.5, 1.0, 2.0])
EXPONENTIAL = np.exp(-RATES[:, None] * LAGS)
SECH = 1 / np.cosh(RATES[:, None] * LAGS)
SIMPLE = (timescale_hwhm, timescale_efold, timescale_integral, timescale_rho2)
ALL = (*SIMPLE, timescale_fit)


@pytest.mark.parametrize(
    ("estimator", "rho", "constant"),
    [
        (timescale_hwhm, EXPONENTIAL, np.log(2)),
        (timescale_efold, EXPONENTIAL, 1.0),
        (timescale_integral, EXPONENTIAL, 1.0),
        (timescale_rho2, EXPONENTIAL, 0.5),
        (timescale_hwhm, SECH, np.arccosh(2)),
        (timescale_efold, SECH, np.arccosh(np.e)),
        (timescale_integral, SECH, np.pi / 2),
        (timescale_rho2, SECH, 1.0),
    ],
)
def test_closed_forms(estimator, rho, constant):
    value, quality = estimator(rho, STEP)
    np.testing.assert_allclose(value, constant / RATES, rtol=2e-5)
    assert (quality == Quality.OK).all()
    assert quality.dtype == np.int8


@pytest.mark.parametrize("estimator", [timescale_hwhm, timescale_efold])
def test_cubic_is_of_fourth_order_and_linear_of_second(estimator):
    """Halving the step divides the worst error by about 2^4 and 2^2."""
    level = 0.5 if estimator is timescale_hwhm else np.exp(-1)
    rates = np.linspace(0.8, 1.2, 101)

    def error(step: float, interpolation: str) -> float:
        rho = 1 / np.cosh(rates[:, None] * step * np.arange(200))
        value, _ = estimator(rho, step, interpolation=interpolation)
        return float(np.abs(value - np.arccosh(1 / level) / rates).max())

    assert error(0.2, "cubic") / error(0.1, "cubic") == pytest.approx(16, rel=0.3)
    assert error(0.2, "linear") / error(0.1, "linear") == pytest.approx(4, rel=0.3)


def test_linear_crossing_by_hand():
    rho = np.array([[1.0, 0.8, 0.4, 0.0]])
    assert timescale_hwhm(rho, 2.0, interpolation="linear")[0][0] == pytest.approx(2 * 1.75)
    assert timescale_hwhm(rho[:, :3], 2.0, interpolation="linear")[0][0] == pytest.approx(3.5)


def test_first_of_several_crossings():
    rho = np.array([[1.0, 0.75, 0.25, 0.75, 0.25, 0.0]])
    assert timescale_hwhm(rho, interpolation="linear")[0][0] == pytest.approx(1.5)


def test_two_lags_suffice():
    value, _ = timescale_hwhm([[1.0, 0.0]], 1.0)
    assert value[0] == pytest.approx(0.5)
    assert timescale_integral([[1.0, -1.0]])[0][0] == pytest.approx(0.25)


@pytest.mark.parametrize("rule", ["simpson", "trapezoid"])
def test_integral_stops_at_the_first_zero(rule):
    """cos(w t) integrates to 1 / w up to its first zero."""
    rho = np.cos(RATES[:, None] * LAGS)
    value, quality = timescale_integral(rho, STEP, rule=rule)
    np.testing.assert_allclose(value, 1 / RATES, rtol=1e-5 if rule == "simpson" else 1e-3)
    assert (quality == Quality.OK).all()


def test_rho2_counts_negative_parts():
    """int_0^inf exp(-2 a t) cos^2(w t) dt = 1 / (4 a) + a / (4 (a^2 + w^2))."""
    a, w = 0.3, 1.7
    rho = (np.exp(-a * LAGS) * np.cos(w * LAGS))[None]
    expected = 1 / (4 * a) + a / (4 * (a**2 + w**2))
    assert timescale_rho2(rho, STEP)[0][0] == pytest.approx(expected, rel=1e-5)


def test_fit_is_exact_for_exponential_with_offset():
    tau = np.array([0.3, 1.0, 3.0, 20.0])
    rho = 0.8 * np.exp(-LAGS / tau[:, None]) + 0.2
    for first_lag in (0, 1, 5):
        fit = timescale_fit(rho, STEP, first_lag=first_lag)
        np.testing.assert_allclose(fit.value, tau, rtol=1e-9)
        np.testing.assert_allclose(fit.amplitude, 0.8, rtol=1e-9)
        np.testing.assert_allclose(fit.offset, 0.2, rtol=1e-9)
        np.testing.assert_allclose(fit.r2, 1.0)
        assert (fit.quality == Quality.OK).all()


def test_fit_leaves_out_white_noise_at_lag_zero():
    rho = 0.6 * np.exp(-LAGS / 2.0)[None]
    rho[:, 0] = 1.0
    fit = timescale_fit(rho, STEP)
    assert fit.value[0] == pytest.approx(2.0, rel=1e-9)
    assert fit.amplitude[0] == pytest.approx(0.6, rel=1e-9)


def noisy_rows(n_rows: int, noise: float, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    tau = rng.uniform(0.5, 6.0, (n_rows, 1))
    amplitude = rng.uniform(0.5, 1.0, (n_rows, 1))
    rho = amplitude * np.exp(-0.1 * np.arange(200) / tau) + rng.uniform(0, 0.3, (n_rows, 1))
    rho += noise * rng.standard_normal(rho.shape)
    rho[:, 0] = 1.0
    return rho


def reference_fit(t: np.ndarray, y: np.ndarray, step: float) -> np.ndarray:
    """A, B, tau of the best of several runs of a bounded least-squares solver."""
    low, high = np.log(step / 5), np.log(10 * t[-1])
    best = None
    for start in np.linspace(low + 0.1, high - 0.1, 8):
        design = np.stack([np.exp(-t / np.exp(start)), np.ones_like(t)], axis=1)
        linear = np.linalg.lstsq(design, y)[0]
        run = least_squares(
            lambda p: p[0] * np.exp(-t / np.exp(p[2])) + p[1] - y,
            [*linear, start],
            bounds=([-np.inf, -np.inf, low], [np.inf, np.inf, high]),
            xtol=1e-15,
            ftol=1e-15,
            gtol=1e-15,
        )
        if best is None or run.cost < best.cost:
            best = run
    assert best is not None
    return np.array([best.x[0], best.x[1], np.exp(best.x[2])])


@pytest.mark.parametrize("noise", [0.01, 0.1])
def test_fit_agrees_with_least_squares(noise):
    rho = noisy_rows(12, noise, seed=4)
    t = 0.1 * np.arange(200)
    fit = timescale_fit(rho, 0.1)
    for i in range(rho.shape[0]):
        expected = reference_fit(t[1:], rho[i, 1:], 0.1)
        found = np.array([fit.amplitude[i], fit.offset[i], fit.value[i]])
        np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_fit_agrees_with_curve_fit():
    rho = noisy_rows(10, 0.02, seed=8)
    t = 0.1 * np.arange(200)
    fit = timescale_fit(rho, 0.1, first_lag=2, last_lag=150)
    for i in range(rho.shape[0]):
        (a, tau, b), _ = curve_fit(
            lambda s, a, tau, b: a * np.exp(-s / tau) + b,
            t[2:151],
            rho[i, 2:151],
            p0=[0.8, 2.0, 0.1],
            xtol=1e-14,
            ftol=1e-14,
        )
        found = [fit.amplitude[i], fit.value[i], fit.offset[i]]
        # The place of a minimum is known to the square root of the rounding, 1.5e-8, only.
        np.testing.assert_allclose(found, [a, tau, b], rtol=1e-6, atol=1e-7)


def test_fit_finds_the_global_minimum_of_pure_noise():
    """No tau on a fine grid does better, although the cost has several minima."""
    rng = np.random.default_rng(2)
    rho = rng.standard_normal((300, 12))
    rho[:, 0] = 1.0
    fit = timescale_fit(rho, first_lag=0)
    t = np.arange(12.0)
    y = rho - rho.mean(axis=1, keepdims=True)
    best = np.zeros(300)
    for tau in np.geomspace(0.2, 110, 4000):
        e = np.exp(-t / tau)
        e = (e - e.mean()) / np.linalg.norm(e - e.mean())
        best = np.maximum(best, (y @ e) ** 2 / (y**2).sum(axis=1))
    assert (fit.r2 >= best - 1e-3).all()
    assert np.mean(fit.r2 >= best - 1e-9) > 0.98


def test_fit_near_equal_minima_beyond_a_hump():
    """The bracket search ends at a point of zero slope for every kind of row."""
    rng = np.random.default_rng(9)
    rho = rng.standard_normal((200, 8))
    rho[:, 0] = 1.0
    fit = timescale_fit(rho, first_lag=0)
    t = np.arange(8.0)
    inner = fit.quality != Quality.AT_BOUND
    assert inner.any()
    for i in np.flatnonzero(inner):
        e = np.exp(-t / fit.value[i])
        residual = rho[i] - fit.amplitude[i] * e - fit.offset[i]
        assert abs(residual.sum()) < 1e-9
        assert abs(residual @ e) < 1e-9
        assert abs(fit.amplitude[i] * (residual @ (e * t / fit.value[i]))) < 1e-6


def test_ornstein_uhlenbeck_process():
    """Every estimator meets the known timescale within three standard errors."""
    tau, n_units, n_time = 10.0, 100, 40_000
    noise = np.random.default_rng(21).standard_normal((n_units, n_time + 200))
    traces = lfilter([1.0], [1.0, -np.exp(-1 / tau)], noise, axis=1)[:, 200:]
    rho = autocorrelation(traces, 100, mean="keep")
    result = estimate_timescales(rho, np.arange(101), ("hwhm", "efold", "fit", "rho2"))
    constants = {"hwhm": np.log(2), "efold": 1.0, "fit": 1.0, "rho2": 0.5}
    for method, constant in constants.items():
        value = result[f"timescale_{method}"]
        error = value.std(ddof=1) / np.sqrt(n_units)
        assert error < 0.02 * tau
        assert abs(value.mean() - constant * tau) < 3 * error, method


# --- quality ---------------------------------------------------------------------------------


def test_quality_texts():
    assert all(code.text.endswith(".") for code in Quality)
    assert len({code.text for code in Quality}) == len(Quality)
    counts = count_quality(np.array([0, 0, 3], dtype=np.int8))
    assert counts["OK"] == 2
    assert counts["AT_BOUND"] == 1
    assert sum(counts.values()) == 3


@pytest.mark.parametrize("estimator", [timescale_hwhm, timescale_efold])
def test_not_reached(estimator):
    value, quality = estimator(np.exp(-LAGS / 1000)[None], STEP)
    assert quality[0] == Quality.NOT_REACHED
    assert np.isnan(value[0])


def test_flat_row_is_not_reached_by_the_fit():
    fit = timescale_fit(np.ones((1, 50)))
    assert fit.quality[0] == Quality.NOT_REACHED
    assert np.isnan(fit.value[0])


@pytest.mark.parametrize("estimator", ALL)
def test_no_variance_and_not_finite(estimator):
    rho = np.repeat(np.exp(-LAGS / 2)[None], 6, axis=0)
    rho[0] = np.nan
    rho[1] = 0.0
    rho[2, 0] = -1.0
    rho[3, 7] = np.nan
    rho[4, 9] = np.inf
    value, quality = estimator(rho, STEP)[:2]
    none, bad = Quality.NO_VARIANCE, Quality.NOT_FINITE
    assert quality.tolist() == [none, none, none, bad, bad, Quality.OK]
    assert np.isnan(value[:5]).all()
    assert value[5] == estimator(rho[5:], STEP)[0][0]


def test_constant_trace_gives_no_variance():
    traces = np.random.default_rng(0).standard_normal((2, 500))
    traces[0] = 0.7
    for normalise in (True, False):
        rho = autocorrelation(traces, 30, normalise=normalise)
        for estimator in ALL:
            assert estimator(rho, 1.0)[1][0] == Quality.NO_VARIANCE


def test_at_bound():
    lags = np.arange(101)
    straight = 1 - lags / 100
    delta = np.where(lags == 0, 1.0, 0.0)
    fit = timescale_fit(np.stack([straight, delta]), 0.5, first_lag=0)
    assert (fit.quality == Quality.AT_BOUND).all()
    np.testing.assert_allclose(fit.value, [10 * 100 * 0.5, 0.5 / 5])


def test_poor_fit_for_low_r2_and_for_rising_rows():
    lags = np.arange(100)
    wave = 0.5 * np.exp(-lags / 10) + 0.5 * np.cos(2.5 * lags)
    rising = 1.0 - np.exp(-lags / 10)
    rising[0] = 1.0
    fit = timescale_fit(np.stack([wave, rising]))
    assert (fit.quality == Quality.POOR_FIT).all()
    assert fit.r2[0] < 0.5
    assert fit.r2[1] > 0.99
    assert fit.amplitude[1] < 0
    strict = timescale_fit(noisy_rows(5, 0.1, seed=1), 0.1, min_r2=0.999)
    assert (strict.quality == Quality.POOR_FIT).all()


@pytest.mark.parametrize("estimator", ALL)
def test_short_window(estimator):
    """Slow rows are flagged and keep a value."""
    lags = np.arange(60)
    slow = np.exp(-lags / 50) if estimator is timescale_fit else 1 - (lags / 59) ** 4
    rho = np.stack([slow, np.exp(-lags / 3)])
    value, quality = estimator(rho, 1.0)[:2]
    assert quality.tolist() == [Quality.SHORT_WINDOW, Quality.OK]
    assert np.isfinite(value).all()


def test_truncated_tail_is_flagged():
    rho = np.exp(-np.arange(31) / 10.0)[None]
    assert timescale_integral(rho)[1][0] == Quality.SHORT_WINDOW
    assert timescale_integral(rho, tail_tolerance=0.1)[1][0] == Quality.OK
    assert timescale_rho2(rho)[1][0] == Quality.OK


# --- estimate_timescales ---------------------------------------------------------------------


def test_estimate_collects_all_methods():
    result = estimate_timescales(EXPONENTIAL, LAGS, suffix="_phi")
    names = [f"timescale_{m}_phi" for m in METHODS]
    assert sorted(result) == sorted(names + [f"{name}_quality" for name in names])
    for estimator, method in zip((*SIMPLE,), ("hwhm", "efold", "integral", "rho2"), strict=True):
        value, quality = estimator(EXPONENTIAL, STEP)
        np.testing.assert_allclose(result[f"timescale_{method}_phi"], value, rtol=1e-12)
        np.testing.assert_array_equal(result[f"timescale_{method}_phi_quality"], quality)


def test_estimate_in_groups_and_order_of_units(monkeypatch):
    rho = noisy_rows(9, 0.02, seed=5)
    lags = 0.1 * np.arange(200)
    whole = estimate_timescales(rho, lags)
    monkeypatch.setattr(sys.modules["pyscales.timescales.estimate"], "_CHUNK_SAMPLES", 400)
    monkeypatch.setattr(sys.modules["pyscales.timescales.exponential_fit"], "_CHUNK_SAMPLES", 1)
    parts = estimate_timescales(rho[::-1], lags)
    for name, array in whole.items():
        np.testing.assert_allclose(parts[name][::-1], array, rtol=1e-9, err_msg=name)


def test_estimate_is_deterministic():
    rho = noisy_rows(20, 0.1, seed=6)
    first, second = (estimate_timescales(rho, 0.1 * np.arange(200)) for _ in range(2))
    for name, array in first.items():
        np.testing.assert_array_equal(second[name], array)


def test_estimate_passes_on_the_options_of_the_fit():
    rho = noisy_rows(5, 0.05, seed=7)
    result = estimate_timescales(rho, 0.1 * np.arange(200), "fit", first_lag=4, min_r2=0.9999)
    expected = timescale_fit(rho, 0.1, first_lag=4, min_r2=0.9999)
    np.testing.assert_allclose(result["timescale_fit"], expected.value, rtol=1e-9)
    assert (result["timescale_fit_quality"] == Quality.POOR_FIT).all()


def test_no_units():
    result = estimate_timescales(np.empty((0, 20)), np.arange(20))
    assert all(array.shape == (0,) for array in result.values())


# --- properties ------------------------------------------------------------------------------

ROWS = st.integers(0, 100_000).map(lambda seed: noisy_rows(2, 0.02, seed))


@settings(max_examples=25, deadline=None)
@given(rho=ROWS, scale=st.floats(1e-8, 1e8), stretch=st.floats(1e-4, 1e4))
def test_scale_and_time(rho, scale, stretch):
    """The scale of rho does not matter; stretching time stretches every timescale."""
    for estimator in ALL:
        value, quality = estimator(rho, 0.1)[:2]
        scaled, scaled_quality = estimator(scale * rho, 0.1 * stretch)[:2]
        np.testing.assert_allclose(scaled, stretch * value, rtol=1e-7)
        np.testing.assert_array_equal(scaled_quality, quality)


@settings(max_examples=25, deadline=None)
@given(tau=st.floats(1.0, 20.0), factor=st.floats(1.05, 2.0))
def test_slower_decay_gives_longer_timescales(tau, factor):
    rho = np.exp(-np.arange(400) / (tau * np.array([[1.0], [factor]])))
    for estimator in ALL:
        value = estimator(rho, 1.0)[0]
        assert value[1] > value[0]


@settings(max_examples=30, deadline=None)
@given(
    tau=st.floats(0.5, 30.0),
    amplitude=st.floats(0.05, 1.0),
    offset=st.floats(-0.5, 0.5),
)
def test_fit_recovers_parameters(tau, amplitude, offset):
    rho = amplitude * np.exp(-np.arange(150) / tau)[None] + offset
    rho[:, 0] = 1.0
    fit = timescale_fit(rho)
    assert fit.value[0] == pytest.approx(tau, rel=1e-6)
    assert fit.amplitude[0] == pytest.approx(amplitude, rel=1e-6)
    assert fit.offset[0] == pytest.approx(offset, abs=1e-7)


# --- refusals --------------------------------------------------------------------------------

RHO = np.exp(-np.arange(20) / 4.0)[None]


@pytest.mark.parametrize("estimator", ALL)
@pytest.mark.parametrize(
    ("rho", "step"),
    [
        (RHO[0], 1.0),
        (RHO[None], 1.0),
        (RHO[:, :1], 1.0),
        (RHO.astype(complex), 1.0),
        (RHO, 0.0),
        (RHO, -1.0),
        (RHO, np.nan),
        (RHO, np.inf),
        (RHO, "a"),
    ],
)
def test_bad_rho_or_step(estimator, rho, step):
    with pytest.raises(InputError):
        estimator(rho, step)


@pytest.mark.parametrize(
    ("estimator", "options"),
    [
        (timescale_hwhm, {"interpolation": "spline"}),
        (timescale_efold, {"interpolation": ""}),
        (timescale_integral, {"rule": "midpoint"}),
        (timescale_integral, {"tail_tolerance": 0.0}),
        (timescale_rho2, {"tail_tolerance": 1.5}),
        (timescale_fit, {"first_lag": -1}),
        (timescale_fit, {"first_lag": 17}),
        (timescale_fit, {"first_lag": 1.5}),
        (timescale_fit, {"last_lag": 20}),
        (timescale_fit, {"last_lag": 3}),
        (timescale_fit, {"min_r2": 1.0}),
        (timescale_fit, {"min_r2": "high"}),
    ],
)
def test_bad_options(estimator, options):
    with pytest.raises(InputError):
        estimator(RHO, 1.0, **options)


@pytest.mark.parametrize(
    ("lags", "methods"),
    [
        (np.arange(19), METHODS),
        (np.arange(1, 21), METHODS),
        (np.geomspace(1, 20, 20) - 1, METHODS),
        (-np.arange(20), METHODS),
        (np.zeros(20), METHODS),
        (np.r_[0:19, np.nan], METHODS),
        (np.arange(20)[None], METHODS),
        (np.arange(20), ("hwhm", "median")),
        (np.arange(20), ()),
    ],
)
def test_bad_lags_or_methods(lags, methods):
    with pytest.raises(InputError):
        estimate_timescales(RHO, lags, methods)
