"""Distances between even densities on the line, given as functions or as sampled histograms.

L1 = int |P - Q| in 0..2 and the Kullback-Leibler divergence KL(P || Q) = int P ln(P/Q) in nats. For
a histogram over independent groups both are jackknifed over the groups: that gives the standard
error and takes away the leading part of the upward bias that counting noise adds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyscales.theory.ucna import composite_nodes

FloatArray = NDArray[np.float64]
Density = Callable[[FloatArray], FloatArray]

_PANELS = 400
_FLOOR = 1e-13


@dataclass(frozen=True)
class Distance:
    """L1 distance and divergence KL(reference || approximation), with standard errors.

    Errors are 0 where both densities are known functions. `kl` is infinite where the approximation
    forbids a region that the reference visits; `kl_reverse`, KL(approximation || reference), is
    finite there. It is not computed from counts (NaN).
    """

    l1: float
    kl: float
    l1_error: float = 0.0
    kl_error: float = 0.0
    kl_reverse: float = np.nan


def distance(
    reference: Density, approximation: Density, end: float, kinks: tuple[float, ...] = ()
) -> Distance:
    """Distances of two normalised even densities.

    Parameters
    ----------
    reference, approximation : callable
        P and Q; vectorised.
    end : float
        Both are negligible beyond |x| = end.
    kinks : tuple of float
        Points x >= 0 where a density is not smooth, such as the edge of a support.

    Returns
    -------
    Distance
        L1 = 2 and KL infinite where the approximation is not normalisable (NaN): all its mass
        then sits in points.
    """
    inner = [k for k in kinks if 0 < k < end]
    x, w = composite_nodes(np.union1d(np.linspace(0.0, end, _PANELS + 1), inner))
    p, q = reference(x), approximation(x)
    if np.isnan(q).any():
        return Distance(2.0, np.inf)
    l1 = 2 * float(w @ np.abs(p - q))
    # Below the floor the reference is rounding noise of its solver.
    floor = _FLOOR * p.max()
    kl, reverse = _divergence(w, p, q, floor), _divergence(w, q, np.maximum(p, floor), 0.0)
    return Distance(l1, kl, kl_reverse=reverse)


def _divergence(w: FloatArray, p: FloatArray, q: FloatArray, floor: float) -> float:
    seen = p > floor
    if float(2 * w @ np.where(seen & (q <= 0), p, 0.0)) > 1e-9:
        return np.inf
    both = seen & (q > 0)
    value = 2 * float(w[both] @ (p[both] * np.log(p[both] / q[both])))
    return max(value, 0.0) if value > -1e-9 else value


def bin_probabilities(
    density: Density, edges: FloatArray, kinks: tuple[float, ...] = ()
) -> FloatArray:
    """Probability of |x| in each bin between ascending `edges` >= 0; shape (bins,)."""
    fine = np.union1d(edges, [k for k in kinks if edges[0] < k < edges[-1]])
    x, w = composite_nodes(fine)
    per_panel = 2 * (w * density(x)).reshape(fine.size - 1, -1).sum(axis=1)
    owner = np.searchsorted(edges, fine[:-1], side="right") - 1
    return np.asarray(np.bincount(owner, per_panel, minlength=edges.size - 1), dtype=float)


def distance_from_counts(counts: FloatArray, probabilities: FloatArray) -> Distance:
    """Distances of a sampled histogram (the reference) to given bin probabilities.

    Parameters
    ----------
    counts : ndarray, shape (groups, bins)
        Of |x|, from independent groups of equal size.
    probabilities : ndarray, shape (bins,)
        Of the approximation.
    """
    if np.isnan(probabilities).any():
        return Distance(2.0, np.inf)
    total = counts.sum(axis=0)
    groups = counts.shape[0]
    whole = np.array(_of_histogram(total, probabilities))
    if groups < 2:
        return Distance(float(whole[0]), float(whole[1]), np.nan, np.nan)
    left_out = np.array([_of_histogram(total - row, probabilities) for row in counts])
    if not np.isfinite(left_out[:, 1]).all() or not np.isfinite(whole[1]):
        left_out[:, 1], whole[1] = np.inf, np.inf
        spread = groups - 1
        mean = left_out[:, 0].mean()
        error = np.sqrt(spread / groups * ((left_out[:, 0] - mean) ** 2).sum())
        return Distance(float(groups * whole[0] - spread * mean), np.inf, float(error), np.nan)
    mean = left_out.mean(axis=0)
    value = groups * whole - (groups - 1) * mean
    error = np.sqrt((groups - 1) / groups * ((left_out - mean) ** 2).sum(axis=0))
    return Distance(float(value[0]), float(value[1]), float(error[0]), float(error[1]))


def _of_histogram(counts: FloatArray, q: FloatArray) -> tuple[float, float]:
    p = counts / counts.sum()
    l1 = float(np.abs(p - q).sum() + max(0.0, 1.0 - q.sum()))
    seen = p > 0
    if (q[seen] <= 0).any():
        return l1, np.inf
    return l1, float(p[seen] @ np.log(p[seen] / q[seen]))
