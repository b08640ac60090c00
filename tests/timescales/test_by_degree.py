"""Bins of degree, rank correlation and slope, with their intervals."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr, theilslopes

from pyscales.errors import InputError
from pyscales.timescales import Quality, bin_by_degree, degree_correlation


def power_law(n: int, exponent: float = 0.5, noise: float = 0.3, seed: int = 0):
    rng = np.random.default_rng(seed)
    degrees = rng.lognormal(3.0, 0.8, n)
    return degrees**exponent * np.exp(noise * rng.standard_normal(n)), degrees


def same(first, second) -> bool:
    return all(
        np.array_equal(getattr(first, f.name), getattr(second, f.name))
        for f in dataclasses.fields(first)
    )


# --- bins ------------------------------------------------------------------------------------


@pytest.mark.parametrize("spacing", ["quantile", "log"])
def test_bins_equal_a_direct_computation(spacing):
    values, degrees = power_law(500)
    bins = bin_by_degree(values, degrees, 6, spacing=spacing, min_count=5)
    assert bins.edges[0] == degrees.min()
    assert bins.edges[-1] == degrees.max()
    assert bins.count.sum() == bins.n_used == 500
    assert (bins.count >= 5).all()
    for i, upper in enumerate(bins.edges[1:]):
        inside = (degrees >= bins.edges[i]) & (degrees < upper)
        if i == bins.count.size - 1:
            inside |= degrees == upper
        assert bins.count[i] == inside.sum()
        assert bins.median[i] == pytest.approx(np.median(values[inside]))
        assert bins.mean[i] == pytest.approx(values[inside].mean())
        assert bins.degree[i] == pytest.approx(np.exp(np.log(degrees[inside]).mean()))
    assert (bins.median_low <= bins.median).all()
    assert (bins.median <= bins.median_high).all()
    assert (bins.mean_low <= bins.mean).all()
    assert (bins.mean <= bins.mean_high).all()
    assert (np.diff(bins.median) > 0).all()


def test_quantile_bins_have_equal_counts():
    values, degrees = power_law(800)
    assert bin_by_degree(values, degrees, 8).count.tolist() == [100] * 8


def test_sparse_bins_are_merged():
    degrees = np.r_[np.full(50, 1.0), np.full(3, 10.0), np.full(50, 100.0), 1000.0]
    bins = bin_by_degree(degrees, degrees, 10, spacing="log", min_count=10)
    assert bins.count.tolist() == [50, 54]
    alone = bin_by_degree([1.0, 2.0, 3.0], [1, 2, 3], 3, min_count=10)
    assert alone.count.tolist() == [3]


def test_equal_degrees_make_one_bin():
    bins = bin_by_degree(np.arange(20.0), np.full(20, 7.0))
    assert bins.count.tolist() == [20]
    assert bins.edges.tolist() == [7.0, 7.0]
    assert bins.median[0] == 9.5


def test_exclusions_are_counted():
    values, degrees = power_law(100)
    quality = np.zeros(100, dtype=np.int8)
    degrees[:5] = 0
    values[5:8] = np.nan
    values[8] = np.inf
    quality[9:13] = Quality.POOR_FIT
    quality[13:20] = Quality.SHORT_WINDOW
    bins = bin_by_degree(values, degrees, 4, quality=quality)
    assert (bins.n_used, bins.n_excluded, bins.n_zero_degree) == (87, 13, 5)
    assert bins.count_excluded.sum() == 8
    strict = bin_by_degree(values, degrees, 4, quality=quality, accept=[Quality.OK])
    assert strict.n_used == 80
    correlation = degree_correlation(values, degrees, quality=quality, n_bootstrap=20)
    assert (correlation.n_used, correlation.n_excluded) == (87, 13)
    assert correlation.n_zero_degree == 5


def test_hubs_left_out_count_in_the_last_bin():
    values, degrees = np.arange(40.0), np.arange(1.0, 41.0)
    values[-6:] = np.nan
    bins = bin_by_degree(values, degrees, 2)
    assert bins.edges[-1] == 34
    assert bins.count_excluded.tolist() == [0, 6]


def test_nothing_to_use():
    bins = bin_by_degree([np.nan, 1.0], [3, 0])
    assert bins.count.size == bins.edges.size == bins.median.size == 0
    assert (bins.n_used, bins.n_excluded, bins.n_zero_degree) == (0, 2, 1)
    result = degree_correlation([np.nan, 1.0], [3, 0])
    assert np.isnan([result.spearman, result.p_value, result.slope, result.slope_low]).all()


@pytest.mark.parametrize("n", [9, 10])
def test_median_interval_equals_a_drawn_bootstrap(n):
    """The order-statistics shortcut has the distribution of drawn resamples."""
    values = np.random.default_rng(1).lognormal(0, 1, n)
    bins = bin_by_degree(values, np.ones(n), confidence=0.8, n_bootstrap=200_000, seed=5)
    rng = np.random.default_rng(2)
    drawn = np.median(values[rng.integers(0, n, (200_000, n))], axis=1)
    low, high = np.quantile(drawn, [0.1, 0.9])
    spread = np.ptp(values) * 0.01
    assert bins.median_low[0] == pytest.approx(low, abs=spread)
    assert bins.median_high[0] == pytest.approx(high, abs=spread)


def test_mean_interval_has_the_width_of_the_normal_one():
    values = np.random.default_rng(3).standard_normal(400)
    bins = bin_by_degree(values, np.ones(400), n_bootstrap=4000)
    width = 2 * 1.96 * values.std() / 20
    assert bins.mean_high[0] - bins.mean_low[0] == pytest.approx(width, rel=0.06)


def test_median_interval_covers():
    """About 90 of 100 intervals of 90 % contain the true median."""
    rng = np.random.default_rng(8)
    hits = 0
    for seed in range(200):
        values = rng.exponential(1.0, 40)
        bins = bin_by_degree(values, np.ones(40), confidence=0.9, n_bootstrap=400, seed=seed)
        hits += bool(bins.median_low[0] <= np.log(2) <= bins.median_high[0])
    assert 165 <= hits <= 195


def test_bins_are_deterministic_and_frozen():
    values, degrees = power_law(200)
    first = bin_by_degree(values, degrees, seed=4)
    assert same(first, bin_by_degree(values, degrees, seed=4))
    assert not same(first, bin_by_degree(values, degrees, seed=5))
    with pytest.raises(dataclasses.FrozenInstanceError):
        first.n_used = 3


# --- correlation and slope -------------------------------------------------------------------


def test_correlation_equals_scipy():
    values, degrees = power_law(300)
    degrees = np.ceil(degrees)
    result = degree_correlation(values, degrees, n_bootstrap=200)
    expected = spearmanr(values, degrees)
    assert result.spearman == pytest.approx(expected.statistic, rel=1e-12)
    assert result.p_value == pytest.approx(expected.pvalue, rel=1e-9)
    line = theilslopes(np.log(values), np.log(degrees))
    assert result.slope == pytest.approx(line.slope)
    assert (result.slope_low, result.slope_high) == (line.low_slope, line.high_slope)
    assert result.intercept == pytest.approx(line.intercept)
    assert result.slope_low < 0.5 < result.slope_high


def test_bootstrap_of_ranks_equals_a_drawn_one():
    """Counting ranks with ties gives the correlation of each resample."""
    rng = np.random.default_rng(0)
    values, degrees = rng.integers(0, 6, 30).astype(float), rng.integers(1, 8, 30).astype(float)
    result = degree_correlation(values, degrees, n_bootstrap=300, seed=9)
    again = np.random.default_rng(9)
    samples = []
    for _ in range(300):
        rows = again.integers(0, 30, 30)
        samples.append(spearmanr(values[rows], degrees[rows]).statistic)
    low, high = np.quantile(samples, [0.025, 0.975])
    assert result.spearman_low == pytest.approx(low, abs=1e-12)
    assert result.spearman_high == pytest.approx(high, abs=1e-12)


def test_both_intervals_agree_for_many_units():
    values, degrees = power_law(2000, noise=1.0)
    drawn = degree_correlation(values, degrees, n_bootstrap=500)
    normal = degree_correlation(values, degrees, interval="fisher")
    assert drawn.spearman == normal.spearman
    assert drawn.spearman_low == pytest.approx(normal.spearman_low, abs=0.01)
    assert drawn.spearman_high == pytest.approx(normal.spearman_high, abs=0.01)


@pytest.mark.parametrize("interval", ["bootstrap", "fisher"])
def test_perfect_order(interval):
    degrees = np.arange(1.0, 30.0)
    result = degree_correlation(degrees**-2, degrees, interval=interval, n_bootstrap=50)
    assert result.spearman == pytest.approx(-1.0)
    assert result.spearman_low == pytest.approx(-1.0)
    assert result.spearman_high == pytest.approx(-1.0)
    assert result.slope == pytest.approx(-2.0)
    assert result.intercept == pytest.approx(0.0, abs=1e-12)


def test_slope_of_many_units_uses_an_even_subsample():
    values, degrees = power_law(20_000)
    result = degree_correlation(values, degrees, interval="fisher", max_slope_points=500)
    assert result.n_slope == 500
    assert result.n_used == 20_000
    assert result.slope_low < 0.5 < result.slope_high
    assert same(
        result, degree_correlation(values, degrees, interval="fisher", max_slope_points=500)
    )


def test_slope_leaves_out_values_without_logarithm():
    values, degrees = power_law(50)
    values[:3] = [-1.0, 0.0, -2.0]
    result = degree_correlation(values, degrees, n_bootstrap=20)
    assert (result.n_used, result.n_slope) == (50, 47)


def test_no_dependence_is_undefined_for_constants_and_few_units():
    constant = degree_correlation(np.ones(20), np.arange(1, 21))
    assert np.isnan([constant.spearman, constant.spearman_low, constant.p_value]).all()
    assert constant.slope == 0.0
    regular = degree_correlation(np.arange(1, 21), np.ones(20))
    assert np.isnan([regular.spearman, regular.slope, regular.intercept]).all()
    few = degree_correlation([1.0, 2.0, 3.0], [1, 2, 3])
    assert np.isnan([few.spearman, few.slope]).all()
    assert few.n_used == 3


def test_independent_values_are_not_significant():
    rng = np.random.default_rng(12)
    result = degree_correlation(rng.exponential(1, 500), rng.lognormal(2, 1, 500))
    assert result.spearman_low < 0 < result.spearman_high
    assert result.p_value > 0.05


# --- properties ------------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    n=st.integers(4, 120),
    n_bins=st.integers(1, 12),
    min_count=st.integers(1, 30),
    spacing=st.sampled_from(["quantile", "log"]),
)
def test_bins_partition_the_units(seed, n, n_bins, min_count, spacing):
    rng = np.random.default_rng(seed)
    degrees = rng.integers(0, 12, n).astype(float)
    values = np.where(rng.random(n) < 0.2, np.nan, rng.random(n))
    bins = bin_by_degree(
        values, degrees, n_bins, spacing=spacing, min_count=min_count, n_bootstrap=5
    )
    assert bins.count.sum() == bins.n_used
    assert bins.n_used + bins.n_excluded == n
    assert bins.count.size <= n_bins
    assert (bins.count >= min(min_count, bins.n_used)).all()
    if bins.n_used:
        assert bins.n_zero_degree + bins.count_excluded.sum() == bins.n_excluded


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), scale=st.floats(1e-3, 1e3), exponent=st.floats(0.2, 3.0))
def test_ranks_and_slope_under_rescaling(seed, scale, exponent):
    """A monotone map keeps the ranks; a power multiplies the slope."""
    values, degrees = power_law(40, seed=seed)
    before = degree_correlation(values, degrees, n_bootstrap=20)
    after = degree_correlation(scale * values**exponent, degrees, n_bootstrap=20)
    assert after.spearman == pytest.approx(before.spearman, abs=1e-12)
    assert after.spearman_low == pytest.approx(before.spearman_low, abs=1e-12)
    assert after.slope == pytest.approx(exponent * before.slope, rel=1e-7)


# --- refusals --------------------------------------------------------------------------------

V, K = power_law(30)


@pytest.mark.parametrize(
    ("values", "degrees", "options"),
    [
        (V[None], K, {}),
        (V, K[:-1], {}),
        (V, -K, {}),
        (V, np.full(30, np.nan), {}),
        (V, np.full(30, np.inf), {}),
        (V.astype(complex), K, {}),
        (V, K, {"quality": np.zeros(29)}),
        (V, K, {"accept": 0}),
        (V, K, {"confidence": 1.0}),
        (V, K, {"confidence": "high"}),
        (V, K, {"n_bootstrap": 0}),
        (V, K, {"seed": -1}),
        (V, K, {"seed": 0.5}),
    ],
)
def test_bad_input_of_both(values, degrees, options):
    for function in (bin_by_degree, degree_correlation):
        with pytest.raises(InputError):
            function(values, degrees, **options)


@pytest.mark.parametrize(
    "options", [{"n_bins": 0}, {"n_bins": 2.5}, {"min_count": 0}, {"spacing": "linear"}]
)
def test_bad_bins(options):
    with pytest.raises(InputError):
        bin_by_degree(V, K, **options)


@pytest.mark.parametrize("options", [{"interval": "jackknife"}, {"max_slope_points": 3}])
def test_bad_correlation(options):
    with pytest.raises(InputError):
        degree_correlation(V, K, **options)
