"""Rank statistics: closed forms, size and power, controls that remove what they should."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr, theilslopes

from pyscales.connectome.statistics import (
    clustered_bins,
    clustered_slope,
    make_covariates,
    partial_spearman,
    reliability,
)
from pyscales.connectome.statistics.resampling import Clusters, Strata
from pyscales.errors import InputError

FAST = {"n_permutations": 200, "n_bootstrap": 200}


def correlated(n, rho, seed=0):
    rng = np.random.default_rng(seed)
    a = rng.standard_normal(n)
    return a, rho * a + np.sqrt(1 - rho**2) * rng.standard_normal(n)


def test_without_covariates_it_is_spearman():
    a, b = correlated(200, 0.4)
    b = np.round(b, 1)
    found = partial_spearman(a, b, **FAST)
    assert found.rho == pytest.approx(spearmanr(a, b).statistic)
    assert found.low < found.rho < found.high
    assert found.p_value == pytest.approx(1 / 201)


def test_partial_equals_the_textbook_formula():
    """One covariate: (r_ab - r_ac r_bc) / sqrt((1 - r_ac^2)(1 - r_bc^2)) of the ranks."""
    rng = np.random.default_rng(1)
    c = rng.standard_normal(150)
    a, b = c + rng.standard_normal(150), -c + rng.standard_normal(150)
    r = spearmanr(np.column_stack([a, b, c])).statistic
    expected = (r[0, 1] - r[0, 2] * r[1, 2]) / np.sqrt((1 - r[0, 2] ** 2) * (1 - r[1, 2] ** 2))
    found = partial_spearman(a, b, covariates=pd.DataFrame({"c": c}), **FAST)
    assert found.rho == pytest.approx(expected)
    assert found.covariates == ("c",)


def test_a_confound_is_removed():
    rng = np.random.default_rng(2)
    snr = rng.standard_normal(300)
    tau = snr + 0.7 * rng.standard_normal(300)
    k = snr + 0.7 * rng.standard_normal(300)
    plain = partial_spearman(tau, k, **FAST)
    partial = partial_spearman(tau, k, covariates=pd.DataFrame({"snr": snr}), **FAST)
    assert plain.low > 0.4
    assert partial.low < 0 < partial.high
    assert partial.p_value > 0.05


def test_strata_absorb_differences_between_areas():
    rng = np.random.default_rng(3)
    area = np.repeat(["V1", "LM", "RL"], 80)
    shift = np.repeat([0.0, 3.0, 6.0], 80)
    a, b = shift + rng.standard_normal(240), shift + rng.standard_normal(240)
    assert partial_spearman(a, b, **FAST).p_value < 0.01
    within = partial_spearman(a, b, strata=area, **FAST)
    assert within.p_value > 0.05
    assert within.n_strata == 3
    as_covariate = partial_spearman(a, b, covariates=pd.DataFrame({"area": area}), **FAST)
    assert abs(as_covariate.rho) < 0.15
    assert as_covariate.covariates == ("area = RL", "area = V1")


def test_p_values_are_uniform_without_dependence():
    rng = np.random.default_rng(4)
    p = [
        partial_spearman(
            rng.standard_normal(40),
            rng.standard_normal(40),
            covariates=pd.DataFrame({"c": rng.standard_normal(40)}),
            strata=rng.integers(0, 3, 40),
            n_permutations=99,
            n_bootstrap=1,
            seed=i,
        ).p_value
        for i in range(200)
    ]
    assert 0.02 <= np.mean(np.array(p) <= 0.1) <= 0.18
    assert 0.4 <= np.mean(p) <= 0.6


def test_clusters_widen_the_interval():
    """Four copies of every cell must not count as four cells."""
    a, b = correlated(60, 0.3, seed=5)
    alone = partial_spearman(a, b, **FAST)
    rows = np.repeat(np.arange(60), 4)
    naive = partial_spearman(a[rows], b[rows], **FAST)
    grouped = partial_spearman(a[rows], b[rows], clusters=rows, **FAST)
    assert naive.high - naive.low < 0.6 * (alone.high - alone.low)
    assert grouped.high - grouped.low == pytest.approx(alone.high - alone.low, rel=0.2)
    assert grouped.n_clusters == 60


def test_resamples_take_whole_clusters_and_permutations_stay_inside():
    rng = np.random.default_rng(0)
    codes = np.array([2, 0, 1, 2, 0, 2])
    for _ in range(20):
        rows = Clusters(codes).resample(rng)
        count = np.bincount(rows, minlength=6)
        for c in range(3):
            assert np.unique(count[codes == c]).size == 1
        assert (codes[Strata(codes).permute(rng)] == codes).all()
    seen = {tuple(Strata(codes).permute(rng)) for _ in range(400)}
    assert len(seen) == 12  # 3! x 2! x 1!


def test_missing_rows_are_counted_by_reason():
    a, b = correlated(50, 0.5)
    a[:3] = np.nan
    b[2:6] = np.nan
    table = pd.DataFrame({"x": np.arange(50.0), "area": ["V1"] * 50})
    table.loc[8, "x"] = np.nan
    table.loc[9, "area"] = ""
    found = partial_spearman(a, b, covariates=table, **FAST)
    assert found.ledger.excluded == {
        "without a value": 3,
        "without a degree": 3,
        "without a covariate": 2,
    }
    assert found.n == 42


def test_covariates_of_one_level_and_too_many():
    design = make_covariates(pd.DataFrame({"a": [1.0] * 30, "b": ["x"] * 30}), 30)
    assert design.names == ()
    with pytest.raises(InputError, match="tenth"):
        make_covariates(pd.DataFrame({"a": [str(i) for i in range(30)]}), 30)


def test_nothing_to_correlate_is_nan():
    found = partial_spearman(np.ones(20), np.arange(20), **FAST)
    assert np.isnan([found.rho, found.p_value, found.low]).all()
    assert np.isnan(partial_spearman([1.0, 2.0], [1.0, 2.0], **FAST).rho)


def test_same_seed_same_result():
    a, b = correlated(80, 0.2)
    one, two = (partial_spearman(a, b, seed=3, **FAST) for _ in range(2))
    assert (one.low, one.high, one.p_value) == (two.low, two.high, two.p_value)


def test_slope_equals_scipy_and_covers():
    rng = np.random.default_rng(6)
    k = rng.lognormal(3, 0.8, 120)
    v = k**0.4 * np.exp(0.5 * rng.standard_normal(120))
    found = clustered_slope(v, k)
    line = theilslopes(np.log(v), np.log(k))
    assert found.slope == pytest.approx(line.slope)
    assert found.low < 0.4 < found.high
    assert found.high - found.low == pytest.approx(line.high_slope - line.low_slope, rel=0.35)
    assert np.isnan(clustered_slope(v, np.ones(120)).slope)


def test_bins_with_and_without_clusters():
    rng = np.random.default_rng(7)
    k = rng.lognormal(3, 0.8, 60)
    v = k**0.5 * np.exp(0.3 * rng.standard_normal(60))
    rows = np.repeat(np.arange(60), 5)
    alone = clustered_bins(v, k, n_bins=4)
    many = clustered_bins(v[rows], k[rows], clusters=rows, n_bins=4)
    naive = clustered_bins(v[rows], k[rows], n_bins=4)
    assert (np.diff(alone.median) > 0).all()
    assert (alone.low <= alone.median).all()
    assert (alone.median <= alone.high).all()
    width, wide, narrow = ((b.high - b.low).mean() for b in (alone, many, naive))
    assert wide == pytest.approx(width, rel=0.35)
    assert narrow < 0.75 * width
    assert clustered_bins([np.nan], [1.0]).count.size == 0


def test_attenuation_recovers_the_noise_free_correlation():
    rng = np.random.default_rng(8)
    n = 4000
    truth = rng.standard_normal(n)
    k = 0.6 * truth + 0.8 * rng.standard_normal(n)
    first, second = (truth + rng.standard_normal(n) for _ in range(2))
    found = reliability(first, second, k, n_bootstrap=200)
    clean = spearmanr(truth, k).statistic
    assert found.half == pytest.approx(0.48, abs=0.04)
    assert found.full == pytest.approx(2 * found.half / (1 + found.half))
    assert found.rho < 0.9 * clean
    assert found.corrected == pytest.approx(clean, abs=0.03)
    assert found.low < clean < found.high
    noise = reliability(rng.standard_normal(30), rng.standard_normal(30), k[:30], n_bootstrap=50)
    assert noise.half <= 0 or abs(noise.corrected) <= 1
    assert np.isnan(reliability([1.0], [1.0], [1.0]).corrected)


@pytest.mark.parametrize(
    "options",
    [
        {"n_permutations": 0},
        {"n_bootstrap": 0},
        {"confidence": 1.0},
        {"strata": [1, 2]},
        {"clusters": [1]},
        {"covariates": pd.DataFrame({"a": [1.0]})},
    ],
)
def test_bad_options(options):
    with pytest.raises(InputError):
        partial_spearman(np.arange(10.0), np.arange(10.0), **options)


def test_powers_remove_a_confound_that_acts_on_a_bend():
    rng = np.random.default_rng(9)
    c = rng.uniform(-1, 1, 500)
    a = c**2 + 0.1 * rng.standard_normal(500)
    b = c**2 + 0.1 * rng.standard_normal(500)
    table = pd.DataFrame({"c": c})
    straight = partial_spearman(a, b, covariates=table, **FAST)
    bent = partial_spearman(a, b, covariates=table, powers=3, **FAST)
    assert straight.rho > 0.6
    assert bent.rho < 0.3 * straight.rho
    assert bent.covariates == ("c", "c^2", "c^3")
    with pytest.raises(InputError):
        partial_spearman(a, b, powers=0)
