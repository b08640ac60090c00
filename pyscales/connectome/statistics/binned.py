"""Medians in bins of degree with intervals that resample whole cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyscales.connectome.statistics.resampling import Clusters, codes_of, interval
from pyscales.errors import InputError
from pyscales.timescales.by_degree import bin_by_degree

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class ClusteredBins:
    """Medians of values in quantile bins of degree, arrays of shape (bins,).

    Attributes
    ----------
    degree : ndarray
        Geometric mean degree.
    median, low, high : ndarray
        With percentile bootstrap over clusters.
    count : ndarray of int
    edges : ndarray, shape (bins + 1,)
    """

    degree: FloatArray
    median: FloatArray
    low: FloatArray
    high: FloatArray
    count: NDArray[np.intp]
    edges: FloatArray


def clustered_bins(
    values: Any,
    degrees: Any,
    *,
    clusters: Any = None,
    n_bins: int = 8,
    min_count: int = 10,
    n_bootstrap: int = 500,
    confidence: float = 0.95,
    seed: int = 0,
) -> ClusteredBins:
    """Medians in bins of equal count of degree, k > 0.

    The bins are those of `bin_by_degree`; their intervals resample clusters (nuclei), so that
    repeated measurements of one cell do not count as independent. Cost O(bootstraps n log n).
    """
    v, k = np.asarray(values, dtype=np.float64), np.asarray(degrees, dtype=np.float64)
    bins = bin_by_degree(v, k, n_bins, min_count=min_count, n_bootstrap=1, seed=seed)
    good = np.isfinite(v) & np.isfinite(k) & (k > 0)
    codes = np.arange(v.size) if clusters is None else codes_of("clusters", clusters, v.size)
    if not 0 < confidence < 1 or n_bootstrap < 1:
        raise InputError("confidence, n_bootstrap", (confidence, n_bootstrap), "0..1, >= 1")
    n = bins.count.size
    if n == 0:
        empty = np.zeros(0)
        return ClusteredBins(empty, empty, empty, empty, bins.count, bins.edges)
    vv, kk = v[good], k[good]
    label = np.clip(np.searchsorted(bins.edges, kk, side="right") - 1, 0, n - 1)
    grouping = Clusters(codes[good])
    rng = np.random.default_rng(seed)
    samples = np.full((n_bootstrap, n), np.nan)
    for i in range(n_bootstrap):
        rows = grouping.resample(rng)
        order = np.lexsort((vv[rows], label[rows]))
        sorted_values, sorted_label = vv[rows][order], label[rows][order]
        edges = np.searchsorted(sorted_label, np.arange(n + 1))
        for j in range(n):
            a, b = edges[j], edges[j + 1]
            if b > a:
                samples[i, j] = 0.5 * (
                    sorted_values[(a + b - 1) // 2] + sorted_values[(a + b) // 2]
                )
    ends = np.array([interval(samples[:, j], confidence) for j in range(n)])
    return ClusteredBins(bins.degree, bins.median, ends[:, 0], ends[:, 1], bins.count, bins.edges)
