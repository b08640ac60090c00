"""Theil-Sen slope of log timescale on log degree, interval over whole cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyscales.connectome.statistics.resampling import Clusters, codes_of, interval

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class ClusteredSlope:
    """Slope d ln tau / d ln k with its bootstrap interval, and the intercept at ln k = 0."""

    slope: float
    low: float
    high: float
    intercept: float
    n: int


def clustered_slope(
    values: Any,
    degrees: Any,
    *,
    clusters: Any = None,
    n_bootstrap: int = 300,
    max_pairs: int = 200_000,
    confidence: float = 0.95,
    seed: int = 0,
) -> ClusteredSlope:
    """Median slope over pairs of cells with positive value and degree.

    Above `max_pairs` pairs, that many random ones are used; the intercept is the median of
    ln tau - slope ln k. NaN with fewer than four cells or equal degrees. Cost O(bootstraps
    max_pairs).
    """
    v, k = np.asarray(values, dtype=np.float64), np.asarray(degrees, dtype=np.float64)
    good = np.isfinite(v) & (v > 0) & np.isfinite(k) & (k > 0)
    codes = np.arange(v.size) if clusters is None else codes_of("clusters", clusters, v.size)
    y, x = np.log(v[good]), np.log(k[good])
    n = int(good.sum())
    if n < 4 or np.ptp(x) == 0:
        return ClusteredSlope(np.nan, np.nan, np.nan, np.nan, n)
    rng = np.random.default_rng(seed)
    slope = _slope(y, x, max_pairs, rng)
    grouping = Clusters(codes[good])
    samples = np.array(
        [
            _slope(y[rows], x[rows], max(1000, max_pairs // 10), rng)
            for rows in (grouping.resample(rng) for _ in range(n_bootstrap))
        ]
    )
    low, high = interval(samples, confidence)
    return ClusteredSlope(slope, low, high, float(np.median(y - slope * x)), n)


def _slope(y: FloatArray, x: FloatArray, max_pairs: int, rng: np.random.Generator) -> float:
    n = y.size
    if n * (n - 1) // 2 <= max_pairs:
        i, j = np.triu_indices(n, 1)
    else:
        i, j = rng.integers(0, n, (2, max_pairs))
    dx = x[i] - x[j]
    use = dx != 0
    return float(np.median((y[i] - y[j])[use] / dx[use])) if use.any() else np.nan
