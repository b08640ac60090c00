"""Resampling of whole clusters, and permutation inside strata."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyscales.errors import InputError

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.intp]


def codes_of(field: str, labels: Any, n: int) -> IndexArray:
    """Labels as numbers 0, 1, ...; one row may hold several labels, shape (n, m)."""
    import pandas as pd

    frame = pd.DataFrame(np.asarray(labels, dtype=object))
    if len(frame) != n:
        raise InputError(field, len(frame), f"one label per value ({n})")
    return np.asarray(frame.groupby(list(frame.columns), dropna=False).ngroup(), dtype=np.intp)


class Clusters:
    """Rows grouped so that a resample takes all rows of a cluster together."""

    def __init__(self, codes: IndexArray) -> None:
        self.order = np.argsort(codes, kind="stable")
        self.count = np.bincount(codes)
        self.count = self.count[self.count > 0]
        self.start = np.concatenate([[0], np.cumsum(self.count)[:-1]])

    @property
    def n(self) -> int:
        """Number of clusters."""
        return int(self.count.size)

    def resample(self, rng: np.random.Generator) -> IndexArray:
        """Rows of as many clusters as there are, drawn with replacement."""
        drawn = rng.integers(0, self.n, self.n)
        size = self.count[drawn]
        ends = np.cumsum(size)
        inside = np.arange(int(ends[-1])) - np.repeat(ends - size, size)
        return self.order[np.repeat(self.start[drawn], size) + inside]


class Strata:
    """Permutations that move values only among rows of the same stratum."""

    def __init__(self, codes: IndexArray) -> None:
        self.codes = codes
        self.rows = np.argsort(codes, kind="stable")

    @property
    def sizes(self) -> IndexArray:
        """Rows per stratum."""
        return np.asarray(np.bincount(self.codes)[np.unique(self.codes)], dtype=np.intp)

    def permute(self, rng: np.random.Generator) -> IndexArray:
        """An index array p: row i receives the value of row p[i]."""
        shuffled = np.lexsort((rng.random(self.codes.size), self.codes))
        out = np.empty_like(self.rows)
        out[self.rows] = shuffled
        return out


def p_value(observed: float, null: FloatArray) -> float:
    """Two-sided permutation p-value, the observed value counted as one of the permutations."""
    extreme = np.count_nonzero(np.abs(null) >= abs(observed) * (1 - 1e-12))
    return float((1 + extreme) / (1 + null.size))


def interval(samples: FloatArray, confidence: float) -> tuple[float, float]:
    """Percentile interval of the finite samples; NaN with fewer than ten."""
    good = samples[np.isfinite(samples)]
    if good.size < 10:
        return np.nan, np.nan
    tail = 0.5 * (1.0 - confidence)
    low, high = np.quantile(good, [tail, 1.0 - tail])
    return float(low), float(high)
