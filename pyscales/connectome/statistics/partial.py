"""Spearman and partial Spearman correlation with permutation and clustered bootstrap."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pyscales.connectome.ledger import Ledger, Sieve
from pyscales.connectome.statistics.covariates import make_covariates
from pyscales.connectome.statistics.resampling import (
    Clusters,
    Strata,
    codes_of,
    interval,
    p_value,
)
from pyscales.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class PartialSpearman:
    """Rank correlation of two variables, covariates taken out of both.

    Attributes
    ----------
    rho, low, high : float
        Correlation of the rank residuals, percentile bootstrap over clusters.
    p_value : float
        Two-sided; ranks of the first variable permuted inside the strata.
    n, n_clusters, n_strata : int
        Rows, clusters and strata of two or more rows used.
    covariates : tuple of str
    ledger : Ledger
    """

    rho: float
    low: float
    high: float
    p_value: float
    n: int
    n_clusters: int
    n_strata: int
    covariates: tuple[str, ...] = ()
    ledger: Ledger = field(default_factory=lambda: Ledger("values", 0))


def partial_spearman(
    values: Any,
    degrees: Any,
    *,
    covariates: pd.DataFrame | None = None,
    powers: int = 1,
    strata: Any = None,
    clusters: Any = None,
    n_permutations: int = 2000,
    n_bootstrap: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> PartialSpearman:
    """Partial Spearman correlation; plain Spearman without covariates.

    Both variables are ranked, their least-squares fits on the covariates (ranks of numbers,
    indicators of categories) are taken out, and the residuals are correlated. The permutation
    moves residuals of the values inside strata of labels (area x layer x scan), so differences
    between strata cannot make the p-value small (Freedman & Lane 1983); with strata, the p-value
    is of the correlation within them: the stratum means are taken out first.

    Parameters
    ----------
    values, degrees : array_like, shape (n,)
        NaN rows are left out and counted.
    covariates : DataFrame, optional
    powers : int
        Powers of the covariate ranks taken out: 1 is the textbook partial Spearman, 3 also removes
        what a covariate does on a bend.
    strata : array_like, shape (n,) or (n, m), optional
    clusters : array_like, shape (n,), optional
        Rows of one cluster (nucleus) are resampled together.
    n_permutations, n_bootstrap : int
    confidence : float
    seed : int

    Returns
    -------
    PartialSpearman
        NaN where fewer than four rows or no variance remain. Cost O((permutations + bootstraps)
        n log n), times columns^2 for covariates.

    Raises
    ------
    InputError
        Lengths that differ, counts below 1.
    """
    from scipy.stats import rankdata

    v = np.asarray(values, dtype=np.float64)
    k = np.asarray(degrees, dtype=np.float64)
    if v.ndim != 1 or k.shape != v.shape:
        raise InputError("degrees", k.shape, f"one per value {v.shape}")
    if powers not in (1, 2, 3, 4, 5):
        raise InputError("powers", powers, "a whole number from 1 to 5")
    if n_permutations < 1 or n_bootstrap < 1 or not 0 < confidence < 1:
        raise InputError(
            "n_permutations, n_bootstrap, confidence",
            (n_permutations, n_bootstrap, confidence),
            "counts >= 1 and a confidence between 0 and 1",
        )
    n = v.size
    stratum = None if strata is None else codes_of("strata", strata, n)
    cluster = np.arange(n) if clusters is None else codes_of("clusters", clusters, n)
    sieve = Sieve("values", n)
    sieve.drop(~np.isfinite(v), "without a value")
    sieve.drop(~np.isfinite(k), "without a degree")
    table = covariates.reset_index(drop=True) if covariates is not None else None
    if table is not None and len(table) != n:
        raise InputError("covariates", len(table), f"one row per value ({n})")
    if table is not None:
        kept = table[sieve.keep]
        complete = make_covariates(kept, len(kept)).complete
        bad = np.zeros(n, dtype=bool)
        bad[np.flatnonzero(sieve.keep)[~complete]] = True
        sieve.drop(bad, "without a covariate")
    keep = sieve.keep
    m = int(keep.sum())
    design = make_covariates(None if table is None else table[keep], m, powers)
    grouping = Clusters(cluster[keep])
    layers = Strata(np.zeros(m, dtype=np.intp) if stratum is None else stratum[keep])
    n_strata = int((layers.sizes >= 2).sum()) if m else 0
    nothing = PartialSpearman(
        np.nan, np.nan, np.nan, np.nan, m, grouping.n, n_strata, design.names, sieve.ledger()
    )
    if m < 4:
        return nothing
    a, b = rankdata(v[keep]), rankdata(k[keep])
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        return nothing
    a, b = design.residual(a), design.residual(b)
    rho = _correlate(a, b)
    rng = np.random.default_rng(seed)
    within_a, within_b = a, b
    if stratum is not None:
        within_a, within_b = _less_means(a, layers.codes), _less_means(b, layers.codes)
    observed = _correlate(within_a, within_b)
    null = np.array(
        [_correlate(within_a[layers.permute(rng)], within_b) for _ in range(n_permutations)]
    )
    p = p_value(observed, null) if np.isfinite(observed) else np.nan
    samples = np.empty(n_bootstrap)
    vv, kk = v[keep], k[keep]
    for i in range(n_bootstrap):
        rows = grouping.resample(rng)
        again = design.rows(rows)
        one, other = rankdata(vv[rows]), rankdata(kk[rows])
        samples[i] = _correlate(again.residual(one), again.residual(other))
    low, high = interval(samples, confidence)
    return PartialSpearman(rho, low, high, p, m, grouping.n, n_strata, design.names, sieve.ledger())


def _less_means(values: FloatArray, codes: NDArray[np.intp]) -> FloatArray:
    """Values less the mean of their stratum."""
    count = np.maximum(np.bincount(codes), 1)
    return np.asarray(values - (np.bincount(codes, weights=values) / count)[codes])


def _correlate(a: FloatArray, b: FloatArray) -> float:
    a, b = a - a.mean(), b - b.mean()
    scale = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / scale if scale > 1e-12 * a.size else np.nan
