"""Timescales of recorded traces: windows, blocks, jackknife, kernels, bias."""

from __future__ import annotations

import numpy as np
import pytest

from pyscales.errors import InputError
from pyscales.timescales import (
    EstimatorSettings,
    Quality,
    autocorrelation,
    bias_curve,
    detection_floor,
    timescale_ar1,
    timescale_two_exponentials,
    trace_timescales,
)
from pyscales.timescales.synthetic import exponential_kernel, ornstein_uhlenbeck
from pyscales.timescales.windows import block_sums, split_windows

FS = 6.3009


def ou(tau, frames=6000, seed=0):
    return ornstein_uhlenbeck(np.asarray(tau, dtype=float), FS, frames, np.random.default_rng(seed))


# --- sums over blocks -------------------------------------------------------------------------


def test_one_block_equals_the_autocorrelation():
    x = ou([0.5, 2.0], 500)
    sums = block_sums(x, [(0, 500)], 40)
    expected = autocorrelation(x.T, 40, normalise=False)
    np.testing.assert_allclose(sums.covariance(), expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("without", [None, 0, 2])
def test_blocks_equal_a_direct_sum_over_pairs(without):
    x = ou([1.0], 300)[:, 0] + 5.0
    blocks = [(0, 80), (80, 170), (200, 300)]
    found = block_sums(x[:, None], blocks, 12).covariance(without)[0]
    used = [b for i, b in enumerate(blocks) if i != without]
    mean = np.concatenate([x[a:b] for a, b in used]).mean()
    for lag in range(13):
        pairs = np.concatenate([(x[a : b - lag] - mean) * (x[a + lag : b] - mean) for a, b in used])
        assert found[lag] == pytest.approx(pairs.mean(), rel=1e-9, abs=1e-12)


def test_blocks_do_not_cross_windows_and_are_long_enough():
    blocks = split_windows([(0, 100), (150, 1000)], 8, 60)
    assert all(b - a >= 60 for a, b in blocks)
    assert sum(b - a for a, b in blocks) == 950
    assert (100, 150) not in blocks
    assert all(not (a < 100 < b) and not (a < 150 < b) for a, b in blocks)


def test_float32_and_hdf5_like_traces_agree_with_float64():
    x = 200 + ou([0.5, 1.0, 3.0], 2000)
    settings = EstimatorSettings(max_lag=8.0)
    one = trace_timescales(x, FS, settings)["fit"].value
    two = trace_timescales(x.astype(np.float32), FS, settings)["fit"].value
    np.testing.assert_allclose(one, two, rtol=1e-3)


def test_groups_of_units_do_not_change_the_result(monkeypatch):
    x = ou(np.full(7, 1.0), 800)
    whole = trace_timescales(x, FS, EstimatorSettings(n_blocks=4))["fit"]
    monkeypatch.setattr("pyscales.timescales.windows._CHUNK_SAMPLES", 1700)
    parts = trace_timescales(x, FS, EstimatorSettings(n_blocks=4))["fit"]
    for name in ("value", "quality", "corrected", "log_error"):
        np.testing.assert_allclose(getattr(whole, name), getattr(parts, name))


# --- closed forms -----------------------------------------------------------------------------

LAGS = np.arange(80) / FS


def kernel_rho(tau, decay):
    """Autocorrelation of an Ornstein-Uhlenbeck signal behind an exponential kernel."""
    return (tau * np.exp(-LAGS / tau) - decay * np.exp(-LAGS / decay)) / (tau - decay)


@pytest.mark.parametrize("tau", [0.4, 2.0, 4.0])
def test_two_exponentials_recover_the_signal_behind_a_kernel(tau):
    rho = 0.6 * kernel_rho(tau, 1.2) + 0.1 * np.exp(-LAGS / 1.2) + 0.05
    rho[0] = 1.0
    value, quality = timescale_two_exponentials(rho[None], 1 / FS, fast=1.2)
    if tau > 1.2:
        assert value[0] == pytest.approx(tau, rel=2e-3)
        assert quality[0] in (Quality.OK, Quality.SHORT_WINDOW)
    else:  # the signal is the faster of the two: its amplitude is negative
        assert quality[0] == Quality.POOR_FIT


def test_kernel_of_the_simulation_has_that_autocorrelation():
    x = exponential_kernel(ou(np.full(40, 2.0), 40_000), FS, 1.2)
    rho = autocorrelation(x.T, 79).mean(axis=0)
    np.testing.assert_allclose(rho, kernel_rho(2.0, 1.2), atol=0.02)
    mixed = exponential_kernel(ou(np.full(2, 2.0), 500), FS, np.array([1.2, 0.8]))
    alone = exponential_kernel(ou(np.full(2, 2.0), 500), FS, 0.8)
    np.testing.assert_allclose(mixed[:, 1], alone[:, 1])


def test_ar1_with_and_without_noise():
    rho = np.exp(-LAGS / 1.5)[None]
    assert timescale_ar1(rho, 1 / FS, noise=False)[0][0] == pytest.approx(1.5)
    noisy = 0.4 * rho
    noisy[:, 0] = 1.0
    assert timescale_ar1(noisy, 1 / FS)[0][0] == pytest.approx(1.5)
    assert timescale_ar1(noisy, 1 / FS, noise=False)[0][0] < 0.2
    white = np.zeros((1, 10))
    white[:, 0] = 1.0
    assert timescale_ar1(white, 1.0)[1][0] == Quality.NOT_REACHED


def test_ar1_correction_is_that_of_marriott_and_pope():
    """Mean of phi over short traces, against phi - (1 + 3 phi) / n and corrected.

    Sums over n - 1 pairs divided by n - 1, those of lag 0 by n.
    """
    phi, n = 0.8, 100
    x = ornstein_uhlenbeck(np.full(4000, -1 / np.log(phi)), 1.0, n, np.random.default_rng(0))
    x = x - x.mean(axis=0)
    rho = np.stack([(x**2).mean(0), (x[1:] * x[:-1]).mean(0)], axis=1)
    rho /= rho[:, :1].copy()
    value, _ = timescale_ar1(rho, 1.0, noise=False)
    plain = np.exp(-1 / value).mean()
    value, _ = timescale_ar1(rho, 1.0, noise=False, n_samples=n)
    corrected = np.exp(-1 / value[np.isfinite(value)]).mean()
    assert plain == pytest.approx(phi - (1 + 3 * phi) / n, abs=0.006)
    assert corrected == pytest.approx(phi, abs=0.006)


# --- estimates --------------------------------------------------------------------------------


def test_every_method_recovers_a_clean_signal():
    tau = 2.0
    x = ou(np.full(30, tau), 40_000)
    methods = ("fit", "ar1", "hwhm", "efold", "integral", "rho2")
    found = trace_timescales(x, FS, EstimatorSettings(methods=methods, max_lag=14.0))
    expected = {"hwhm": tau * np.log(2), "rho2": tau / 2}
    for method in methods:
        median = np.median(found[method].value)
        assert median == pytest.approx(expected.get(method, tau), rel=0.05), method


def test_white_noise_moves_the_half_width_and_not_the_fit():
    x = ou(np.full(30, 2.0), 20_000)
    noisy = x + np.random.default_rng(1).standard_normal(x.shape)
    settings = EstimatorSettings(methods=("fit", "hwhm"))
    clean, found = trace_timescales(x, FS, settings), trace_timescales(noisy, FS, settings)
    assert np.median(found["fit"].value) == pytest.approx(np.median(clean["fit"].value), rel=0.06)
    assert np.median(found["hwhm"].value) < 0.3 * np.median(clean["hwhm"].value)


def test_jackknife_removes_bias():
    x = ou(np.full(1000, 1.0), 500, seed=4)
    settings = EstimatorSettings(methods=("efold",), max_lag=6.0, n_blocks=5)
    found = trace_timescales(x, FS, settings)["efold"]
    bias, left = np.nanmean(np.log(found.value)), np.nanmean(np.log(found.corrected))
    assert bias < -0.025
    assert abs(left) < 0.5 * abs(bias)


def test_jackknife_interval_covers():
    """About 92 of 100 intervals of 95 % at 1000 frames, the error of the right size."""
    found = trace_timescales(
        ou(np.full(400, 1.0), 1000, seed=4), FS, EstimatorSettings(max_lag=6.0, n_blocks=8)
    )["fit"]
    covered = np.mean((found.low <= 1.0) & (found.high >= 1.0))
    assert 0.88 <= covered <= 0.98
    assert np.mean(found.log_error) == pytest.approx(np.std(np.log(found.corrected)), rel=0.3)


def test_windows_leave_the_rest_out():
    x = ou(np.full(5, 1.0), 3000)
    x[1000:2000] = 1e3 * np.random.default_rng(0).standard_normal((1000, 5))
    settings = EstimatorSettings(max_lag=5.0)
    part = trace_timescales(x, FS, settings, windows=[(0, 1000), (2000, 3000)])["fit"].value
    assert np.median(part) == pytest.approx(1.0, rel=0.35)
    x[1000:2000] = np.nan
    again = trace_timescales(x, FS, settings, windows=[(0, 1000), (2000, 3000)])["fit"].value
    np.testing.assert_array_equal(part, again)


def test_drift_is_removed_by_block_means():
    x = ou(np.full(20, 0.7), 4000) + 5 * np.linspace(-1, 1, 4000)[:, None]
    kept = trace_timescales(x, FS, EstimatorSettings(max_lag=6.0))["fit"].value
    blocks = [(a, a + 500) for a in range(0, 4000, 500)]
    centred = trace_timescales(
        x, FS, EstimatorSettings(max_lag=6.0, center="block"), windows=blocks
    )["fit"].value
    # The offset of the fit absorbs a level; the block means also keep the amplitude.
    assert abs(np.median(centred) - 0.7) < 0.15
    assert np.isfinite(kept).all()


def test_bias_curve_undoes_the_bias_of_short_recordings():
    settings = EstimatorSettings(methods=("efold",), max_lag=12.0)
    curve = bias_curve(
        FS, 300, settings=settings, truths=np.geomspace(0.3, 6, 8), n_traces=300, seed=2
    )
    assert (np.diff(curve.estimate) >= 0).all()
    x = ou(np.full(600, 2.0), 300, seed=9)
    value = trace_timescales(x, FS, settings)["efold"].value
    assert np.median(value) < 1.8
    corrected = np.nanmedian(curve.correct(value))
    assert corrected == pytest.approx(2.0, rel=0.1)
    assert np.isnan(curve.correct([1e6])[0])


def test_floor():
    assert detection_floor(6.3) == pytest.approx(2 / 6.3)
    assert detection_floor(6.3, 1.2) == pytest.approx(2 / 6.3)
    assert detection_floor(6.3, 2.0) == pytest.approx(0.5)


# --- refusals ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [
        {"methods": ("fitted",)},
        {"methods": ()},
        {"methods": ("two_exponentials",)},
        {"max_lag": 0.0},
        {"max_lag": np.nan},
        {"n_blocks": 2},
        {"first_lag": -1},
        {"confidence": 1.0},
    ],
)
def test_bad_settings(options):
    with pytest.raises(InputError):
        EstimatorSettings(**options)


@pytest.mark.parametrize(
    ("windows", "options"),
    [
        ([(0, 0)], {}),
        ([(0, 50), (40, 90)], {}),
        ([(0, 5000)], {}),
        ([(-5, 100)], {}),
        ([], {}),
        ([(0, 40)], {}),
        ([(0, 300)], {"n_blocks": 5}),
    ],
)
def test_bad_windows(windows, options):
    with pytest.raises(InputError):
        trace_timescales(
            ou([1.0], 2000), FS, EstimatorSettings(max_lag=10.0, **options), windows=windows
        )


def test_bad_traces():
    x = ou([1.0, 1.0], 400)
    x[3, 1] = np.nan
    with pytest.raises(InputError, match="unit 1"):
        trace_timescales(x, FS)
    with pytest.raises(InputError):
        trace_timescales(x[:, 0], FS)
    with pytest.raises(InputError):
        trace_timescales(x, 0.0)
    with pytest.raises(InputError):
        bias_curve(FS, 500, truths=[1.0, -1.0])
