"""Values, such as timescales, in bins of degree with bootstrap confidence intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pyscales.timescales._checks import (
    FloatArray,
    check_choice,
    check_fraction,
    check_integer,
)
from pyscales.timescales._units import ACCEPTED, percentile_interval, select_units

IntArray = npt.NDArray[np.int64]
SPACINGS = ("quantile", "log")
_CHUNK_SAMPLES = 2**21


@dataclass(frozen=True)
class DegreeBins:
    """Values in bins of degree, made by :func:`bin_by_degree`.

    Attributes
    ----------
    edges : ndarray, shape (bins + 1,)
        Bin i holds degrees in [edges[i], edges[i + 1]), the last one its upper edge too.
    degree : ndarray, shape (bins,)
        Geometric mean of the degrees used.
    count, count_excluded : ndarray of int, shape (bins,)
        Units used, and units of that degree left out because of their value or quality; those
        with a degree beyond the edges count in the nearest bin. Units slower than the window are
        left out, so a large share is a warning that the averages are too small.
    median, median_low, median_high, mean, mean_low, mean_high : ndarray, shape (bins,)
        Estimates with the ends of their bootstrap percentile intervals.
    n_used, n_excluded : int
        Units used, and units left out for any reason.
    n_zero_degree : int
        Units left out because their degree is zero.
    confidence : float
        Coverage of the intervals.
    """

    edges: FloatArray
    degree: FloatArray
    count: IntArray
    count_excluded: IntArray
    median: FloatArray
    median_low: FloatArray
    median_high: FloatArray
    mean: FloatArray
    mean_low: FloatArray
    mean_high: FloatArray
    n_used: int
    n_excluded: int
    n_zero_degree: int
    confidence: float


def bin_by_degree(
    values: npt.ArrayLike,
    degrees: npt.ArrayLike,
    n_bins: int = 8,
    *,
    quality: npt.ArrayLike | None = None,
    accept: Sequence[int] = ACCEPTED,
    spacing: str = "quantile",
    min_count: int = 10,
    confidence: float = 0.95,
    n_bootstrap: int = 1000,
    seed: int = 0,
) -> DegreeBins:
    """Median and mean of values in bins of degree, with bootstrap confidence intervals.

    Units of degree zero, with a value that is NaN or infinite, or with a quality that is not
    accepted are left out and counted. Bins with fewer than `min_count` units are merged with
    their right neighbour, the last with its left one.

    Parameters
    ----------
    values : array_like, shape (units,)
        For example timescales, in any unit.
    degrees : array_like, shape (units,)
        Degrees, zero or positive.
    n_bins : int
        Bins before merging.
    quality : array_like of int, shape (units,), optional
        Codes of :class:`Quality`.
    accept : sequence of int
        Codes to keep; OK and SHORT_WINDOW by default, because leaving out the slow units would
        bias the averages.
    spacing : {"quantile", "log"}
        Equal counts, or equal widths on a logarithmic axis.
    min_count : int
        Smallest number of units in a bin.
    confidence : float
        Coverage of the percentile intervals, between 0 and 1.
    n_bootstrap : int
        Resamples per bin.
    seed : int
        Seed of the resampling; equal seeds give equal results.

    Returns
    -------
    DegreeBins
        In the unit of `values`; without any bin if no unit can be used.

    Raises
    ------
    InputError
        If the arrays do not match, a degree is negative or not finite, or an option is out of its
        range.

    Notes
    -----
    Time O(units n_bootstrap) for the means; the bootstrap of a median needs only its order
    statistics, O(n_bootstrap) per bin. The work memory is bounded.
    """
    n_bins = check_integer("n_bins", n_bins, 1)
    min_count = check_integer("min_count", min_count, 1)
    check_choice("spacing", spacing, SPACINGS)
    confidence = check_fraction("confidence", confidence)
    n_bootstrap = check_integer("n_bootstrap", n_bootstrap, 1)
    rng = np.random.default_rng(check_integer("seed", seed, 0))
    chosen = select_units(values, degrees, quality, accept)
    v, k = chosen.values, chosen.degrees
    edges = _merge(_edges(k, n_bins, spacing), k, min_count)
    members = _assign(k, edges)
    n_final = max(edges.size - 1, 0)
    columns = np.empty((7, n_final))
    for i in range(n_final):
        inside = np.sort(v[members == i])
        median = _median_interval(inside, confidence, n_bootstrap, rng)
        mean = _mean_interval(inside, confidence, n_bootstrap, rng)
        columns[:, i] = (np.exp(np.log(k[members == i]).mean()), *median, *mean)
    left_out = _assign(chosen.left_out, edges)
    return DegreeBins(
        edges=edges,
        degree=columns[0],
        count=np.bincount(members, minlength=n_final).astype(np.int64),
        count_excluded=np.bincount(left_out, minlength=n_final).astype(np.int64),
        median=columns[1],
        median_low=columns[2],
        median_high=columns[3],
        mean=columns[4],
        mean_low=columns[5],
        mean_high=columns[6],
        n_used=chosen.n_used,
        n_excluded=chosen.n_excluded,
        n_zero_degree=chosen.n_zero_degree,
        confidence=confidence,
    )


def _edges(k: FloatArray, n_bins: int, spacing: str) -> FloatArray:
    """Edges of the bins before merging, empty without units."""
    if k.size == 0:
        return np.empty(0)
    low, high = k.min(), k.max()
    if low == high:
        return np.array([low, high])
    if spacing == "quantile":
        return np.unique(np.quantile(k, np.linspace(0.0, 1.0, n_bins + 1)))
    edges = np.geomspace(low, high, n_bins + 1)
    edges[0], edges[-1] = low, high
    return edges


def _assign(k: FloatArray, edges: FloatArray) -> npt.NDArray[np.intp]:
    """Bin of each degree, the nearest one for degrees outside; nothing without any bin."""
    if edges.size == 0:
        return np.empty(0, dtype=np.intp)
    return np.searchsorted(edges[1:-1], k, side="right")


def _merge(edges: FloatArray, k: FloatArray, min_count: int) -> FloatArray:
    """Edges after merging the bins that hold fewer than `min_count` units."""
    if edges.size == 0:
        return edges
    counts = np.bincount(_assign(k, edges), minlength=edges.size - 1)
    kept = [edges[0]]
    collected = 0
    for upper, count in zip(edges[1:], counts, strict=True):
        collected += int(count)
        if collected >= min_count:
            kept.append(upper)
            collected = 0
    if kept[-1] != edges[-1] or len(kept) == 1:
        kept = [*kept[: max(1, len(kept) - 1)], edges[-1]]
    return np.array(kept)


def _median_interval(
    ordered: FloatArray, confidence: float, n_bootstrap: int, rng: np.random.Generator
) -> tuple[float, float, float]:
    """Median of sorted values and its bootstrap interval.

    The order statistics of a resample are those of uniform variates mapped to indices, and these
    are beta distributed, so that no resample has to be drawn.
    """
    n = ordered.size
    rank = (n + 1) // 2
    first = rng.beta(rank, n + 1 - rank, n_bootstrap)
    second = first
    if n % 2 == 0:
        second = first + (1.0 - first) * rng.beta(1, n - rank, n_bootstrap)
    index = [np.minimum((u * n).astype(np.intp), n - 1) for u in (first, second)]
    samples = 0.5 * (ordered[index[0]] + ordered[index[1]])
    return float(np.median(ordered)), *percentile_interval(samples, confidence)


def _mean_interval(
    values: FloatArray, confidence: float, n_bootstrap: int, rng: np.random.Generator
) -> tuple[float, float, float]:
    """Mean and its bootstrap interval."""
    n = values.size
    samples = np.empty(n_bootstrap)
    chunk = max(1, _CHUNK_SAMPLES // n)
    for start in range(0, n_bootstrap, chunk):
        part = samples[start : start + chunk]
        part[:] = values[rng.integers(0, n, (part.size, n))].mean(axis=1)
    return float(values.mean()), *percentile_interval(samples, confidence)
