"""Test-retest reliability, and the correlation that noise-free timescales would have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyscales.connectome.statistics.resampling import interval
from pyscales.errors import InputError

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Reliability:
    """How well a timescale repeats, and what that does to a correlation.

    Attributes
    ----------
    half : float
        Spearman correlation between the two measurements.
    full : float
        Reliability of their average, 2 r / (1 + r) (Spearman-Brown).
    rho : float
        Spearman correlation of the averaged value with degree.
    corrected, low, high : float
        rho / sqrt(full) (Spearman 1904) with its bootstrap interval. Never larger than one in
        magnitude; NaN where the reliability is not positive.
    n : int
        Cells with both measurements.
    """

    half: float
    full: float
    rho: float
    corrected: float
    low: float
    high: float
    n: int


def reliability(
    first: Any,
    second: Any,
    degrees: Any,
    *,
    n_bootstrap: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> Reliability:
    """Reliability from two measurements per cell, and the correlation with degree corrected for it.

    Parameters
    ----------
    first, second : array_like, shape (cells,)
        Log timescales from two scans, or two halves of the windows; NaN where missing.
    degrees : array_like, shape (cells,)

    Notes
    -----
    Degrees are taken as exact, so only the noise of the timescale is corrected for. The two
    measurements must have independent noise; a shared bias (signal to noise, kernel) counts as
    signal and is not removed. Cost O(bootstraps n log n).
    """
    from scipy.stats import rankdata

    a, b, k = (np.asarray(v, dtype=np.float64) for v in (first, second, degrees))
    if a.ndim != 1 or a.shape != b.shape or a.shape != k.shape:
        raise InputError("first, second, degrees", (a.shape, b.shape, k.shape), "equal lengths")
    good = np.isfinite(a) & np.isfinite(b) & np.isfinite(k)
    a, b, k = a[good], b[good], k[good]
    n = int(a.size)
    if n < 5:
        return Reliability(*(np.nan,) * 6, n)

    def once(rows: Any) -> tuple[float, float, float, float]:
        x, y, z = (rankdata(v[rows]) for v in (a, b, k))
        half = _pearson(x, y)
        full = 2 * half / (1 + half) if half > 0 else np.nan
        rho = _pearson(rankdata(a[rows] + b[rows]), z)
        corrected = float(np.clip(rho / np.sqrt(full), -1.0, 1.0)) if full > 0 else np.nan
        return half, full, rho, corrected

    rng = np.random.default_rng(seed)
    samples = np.array([once(rng.integers(0, n, n))[3] for _ in range(n_bootstrap)])
    low, high = interval(samples, confidence)
    return Reliability(*once(np.arange(n)), low, high, n)


def _pearson(x: FloatArray, y: FloatArray) -> float:
    x, y = x - x.mean(), y - y.mean()
    scale = float(np.sqrt((x @ x) * (y @ y)))
    return float(x @ y) / scale if scale > 0 else np.nan
