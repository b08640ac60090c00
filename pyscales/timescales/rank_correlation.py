"""Rank correlation of values with degree, and the slope of their logarithms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pyscales.timescales._checks import FloatArray, check_choice, check_fraction, check_integer
from pyscales.timescales._units import ACCEPTED, percentile_interval, select_units

INTERVALS = ("bootstrap", "fisher")


@dataclass(frozen=True)
class DegreeCorrelation:
    """Dependence of values on degree, made by :func:`degree_correlation`.

    Attributes
    ----------
    spearman, spearman_low, spearman_high : float
        Rank correlation and the ends of its interval.
    p_value : float
        Two-sided, for no correlation.
    slope, slope_low, slope_high : float
        Theil-Sen slope of log(value) on log(degree) with its interval: the exponent of a power
        law.
    intercept : float
        Of the same line, natural logarithms.
    n_used, n_excluded, n_zero_degree : int
        Units used, left out for any reason, and left out because of degree zero.
    n_slope : int
        Units used for the slope: positive values, at most `max_slope_points`.
    confidence : float
        Coverage of the intervals.
    interval : str
        "bootstrap" or "fisher".
    """

    spearman: float
    spearman_low: float
    spearman_high: float
    p_value: float
    slope: float
    slope_low: float
    slope_high: float
    intercept: float
    n_used: int
    n_excluded: int
    n_zero_degree: int
    n_slope: int
    confidence: float
    interval: str


def degree_correlation(
    values: npt.ArrayLike,
    degrees: npt.ArrayLike,
    *,
    quality: npt.ArrayLike | None = None,
    accept: Sequence[int] = ACCEPTED,
    interval: str = "bootstrap",
    confidence: float = 0.95,
    n_bootstrap: int = 1000,
    seed: int = 0,
    max_slope_points: int = 3000,
) -> DegreeCorrelation:
    """Spearman correlation of values with degree, and Theil-Sen slope of their logarithms.

    Parameters
    ----------
    values, degrees, quality, accept
        As in :func:`bin_by_degree`; the same units are left out and counted.
    interval : {"bootstrap", "fisher"}
        Percentile bootstrap over units, or Fisher's z with the variance (1 + r^2 / 2) / (n - 3)
        of Bonett and Wright, which is fast for many units.
    confidence : float
        Coverage of both intervals, between 0 and 1.
    n_bootstrap : int
        Resamples of units.
    seed : int
        Seed of the resampling; equal seeds give equal results.
    max_slope_points : int
        Above this number of units the slope uses units evenly spaced in the order of degree.

    Returns
    -------
    DegreeCorrelation
        Fields are NaN where undefined: fewer than four units, or all values or degrees equal.

    Raises
    ------
    InputError
        If the arrays do not match, a degree is negative or not finite, or an option is out of its
        range.

    Notes
    -----
    Time O(units n_bootstrap) for the bootstrap, O(units log units) otherwise, and
    O(max_slope_points^2), in time and memory, for the slope. The p-value uses the t distribution
    with n - 2 degrees of freedom, which needs about ten units.

    References
    ----------
    Bonett and Wright (2000), Psychometrika 65:23. Sen (1968), J. Am. Stat. Assoc. 63:1379.
    """
    check_choice("interval", interval, INTERVALS)
    confidence = check_fraction("confidence", confidence)
    n_bootstrap = check_integer("n_bootstrap", n_bootstrap, 1)
    max_slope_points = check_integer("max_slope_points", max_slope_points, 4)
    rng = np.random.default_rng(check_integer("seed", seed, 0))
    chosen = select_units(values, degrees, quality, accept)
    v, k = chosen.values, chosen.degrees
    spearman = p_value = low = high = np.nan
    if _varied(v, k):
        spearman, p_value = _spearman(v, k)
        if interval == "fisher":
            low, high = _fisher_interval(spearman, v.size, confidence)
        else:
            low, high = _spearman_bootstrap(v, k, confidence, n_bootstrap, rng)
    slope, n_slope = _log_slope(v, k, confidence, max_slope_points)
    return DegreeCorrelation(
        spearman=spearman,
        spearman_low=low,
        spearman_high=high,
        p_value=p_value,
        slope=slope[0],
        slope_low=slope[1],
        slope_high=slope[2],
        intercept=slope[3],
        n_used=chosen.n_used,
        n_excluded=chosen.n_excluded,
        n_zero_degree=chosen.n_zero_degree,
        n_slope=n_slope,
        confidence=confidence,
        interval=interval,
    )


def _varied(*arrays: FloatArray) -> bool:
    """Whether there are four units or more and no array is constant."""
    return all(a.size >= 4 and bool(np.ptp(a) > 0) for a in arrays)


def _spearman(v: FloatArray, k: FloatArray) -> tuple[float, float]:
    from scipy.stats import spearmanr

    result = spearmanr(v, k)
    return float(result.statistic), float(result.pvalue)


def _fisher_interval(r: float, n: int, confidence: float) -> tuple[float, float]:
    from scipy.special import ndtri

    if abs(r) >= 1.0:
        return r, r
    half = ndtri(0.5 + 0.5 * confidence) * np.sqrt((1.0 + 0.5 * r * r) / (n - 3))
    centre = np.arctanh(r)
    return float(np.tanh(centre - half)), float(np.tanh(centre + half))


def _spearman_bootstrap(
    v: FloatArray, k: FloatArray, confidence: float, n_bootstrap: int, rng: np.random.Generator
) -> tuple[float, float]:
    """Interval of the rank correlation over resamples of units.

    A resample is a count per unit; counts summed over the groups of equal values give the ranks,
    so that every resample costs O(n) and no sort.
    """
    n = v.size
    _, group_v = np.unique(v, return_inverse=True)
    _, group_k = np.unique(k, return_inverse=True)
    samples = np.full(n_bootstrap, np.nan)
    for i in range(n_bootstrap):
        count = np.bincount(rng.integers(0, n, n), minlength=n).astype(np.float64)
        a, b = _centred_ranks(group_v, count), _centred_ranks(group_k, count)
        scale = np.sqrt((count @ a**2) * (count @ b**2))
        if scale > 0:
            samples[i] = (count * a) @ b / scale
    defined = samples[np.isfinite(samples)]
    return percentile_interval(defined, confidence) if defined.size else (np.nan, np.nan)


def _centred_ranks(group: npt.NDArray[np.intp], count: FloatArray) -> FloatArray:
    """Mid-ranks less their mean, each unit occurring `count` times."""
    weight = np.bincount(group, weights=count)
    rank = np.cumsum(weight) - 0.5 * weight
    return rank[group] - 0.5 * count.sum()


def _log_slope(
    v: FloatArray, k: FloatArray, confidence: float, max_points: int
) -> tuple[tuple[float, float, float, float], int]:
    """Theil-Sen slope, its interval, intercept; and the number of units used."""
    from scipy.stats import theilslopes

    positive = v > 0
    v, k = v[positive], k[positive]
    if v.size > max_points:
        spaced = np.linspace(0, v.size - 1, max_points).round().astype(np.intp)
        order = np.argsort(k, kind="stable")[spaced]
        v, k = v[order], k[order]
    if not _varied(k) or v.size < 4:
        return (np.nan, np.nan, np.nan, np.nan), int(v.size)
    fit = theilslopes(np.log(v), np.log(k), alpha=confidence, method="separate")
    slope = float(fit.slope), float(fit.low_slope), float(fit.high_slope), float(fit.intercept)
    return slope, int(v.size)
