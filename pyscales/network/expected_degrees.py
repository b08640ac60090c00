"""Degrees and edges a Chung-Lu graph has on average once its probabilities are capped."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from pyscales.errors import InputError
from pyscales.network.connection_probability import (
    Cap,
    FloatArray,
    cap_probability,
    check_cap,
    check_degrees,
    chung_lu_weights,
)

IndexArray = npt.NDArray[np.int64]

_BUCKET_RATIO = 2.0**0.5
_TAYLOR_ORDER = 26
_QUERY_CHUNK = 1 << 14
_MATRIX_LIMIT = 5000


def expected_realised_degrees(expected_degrees: npt.ArrayLike, cap: Cap = "clip") -> FloatArray:
    """Mean degree each node really gets, kappa'_i = sum over j != i of p_ij.

    Below k_i because of the cap and of the missing self-loops. For a directed graph these are the
    mean in-degrees and the mean out-degrees.

    Parameters
    ----------
    expected_degrees : array_like, shape (N,)
        Nominal degrees k_i.
    cap : {"clip", "norros-reittu"}
        How nominal probabilities above one are treated.

    Returns
    -------
    ndarray, shape (N,)

    Raises
    ------
    InputError
        If the degrees or the cap cannot be used.

    Notes
    -----
    Cost O(N log N) and O(N) memory. ``clip`` uses sorted prefix sums. ``norros-reittu`` expands
    exp(-q) in moments of the degrees in each geometric bucket, to the accuracy of float64.
    """
    check_cap(cap)
    weights = chung_lu_weights(check_degrees(expected_degrees))
    full = _row_sums(weights, cap)
    return np.maximum(full - cap_probability(weights * weights, cap), 0.0)


def clipped_mass(expected_degrees: npt.ArrayLike, cap: Cap = "clip") -> float:
    """Fraction of the edges lost to the cap, 1 - sum_ij p_ij / sum_ij q_ij.

    The sums run over all i and j, the diagonal included, so that sum_ij q_ij = sum(k) and the loss
    is that of the cap alone.

    Parameters
    ----------
    expected_degrees : array_like, shape (N,)
        Nominal degrees k_i.
    cap : {"clip", "norros-reittu"}
        How nominal probabilities above one are treated.

    Returns
    -------
    float
        Between 0 and 1; zero for an empty graph. Cost O(N log N).

    Raises
    ------
    InputError
        If the degrees or the cap cannot be used.
    """
    check_cap(cap)
    weights = chung_lu_weights(check_degrees(expected_degrees))
    nominal = float(weights.sum()) ** 2
    largest = float(weights.max())
    if nominal == 0.0 or (cap == "clip" and largest * largest <= 1.0):
        return 0.0
    return min(max(1.0 - float(_row_sums(weights, cap).sum()) / nominal, 0.0), 1.0)


def capped_mass(expected_degrees: npt.ArrayLike) -> float:
    """Share of the nominal edges that falls on pairs at the cap, sum_{q_ij > 1} q_ij / sum_ij q_ij.

    How much of the graph the cap touches, larger than the share it removes (`clipped_mass`). The
    sums run over all i and j, the diagonal included.

    Parameters
    ----------
    expected_degrees : array_like, shape (N,)
        Nominal degrees k_i.

    Returns
    -------
    float
        Between 0 and 1; zero for an empty graph. Cost O(N log N).

    Raises
    ------
    InputError
        If the degrees cannot be used.
    """
    weights = np.sort(chung_lu_weights(check_degrees(expected_degrees)))
    mass = np.concatenate([[0.0], np.cumsum(weights)])
    if mass[-1] == 0.0:
        return 0.0
    below = np.searchsorted(weights, _inverse(weights), side="right")
    return float(np.dot(weights, mass[-1] - mass[below]) / mass[-1] ** 2)


def probability_matrix(expected_degrees: npt.ArrayLike, cap: Cap = "clip") -> FloatArray:
    """Dense matrix of the connection probabilities p_ij, with a zero diagonal.

    Parameters
    ----------
    expected_degrees : array_like, shape (N,)
        Nominal degrees k_i, N <= 5000.
    cap : {"clip", "norros-reittu"}
        How nominal probabilities above one are treated.

    Returns
    -------
    ndarray, shape (N, N)
        Symmetric. Cost O(N^2) time and memory.

    Raises
    ------
    InputError
        If the degrees or the cap cannot be used, or N > 5000.
    """
    check_cap(cap)
    weights = chung_lu_weights(check_degrees(expected_degrees))
    if weights.size > _MATRIX_LIMIT:
        raise InputError(
            "len(expected_degrees)",
            weights.size,
            f"at most {_MATRIX_LIMIT} nodes for a dense matrix",
            "Use expected_realised_degrees for its row sums.",
        )
    matrix = np.asarray(cap_probability(np.outer(weights, weights), cap))
    np.fill_diagonal(matrix, 0.0)
    return matrix


def _row_sums(weights: FloatArray, cap: Cap) -> FloatArray:
    """sum_j p(w_i w_j) over all j, the diagonal included."""
    values, inverse, counts = np.unique(weights, return_inverse=True, return_counts=True)
    if cap == "clip":
        return _clip_sums(values, counts)[inverse]
    return _norros_reittu_sums(values, counts)[inverse]


def _inverse(values: FloatArray) -> FloatArray:
    """1 / w, infinite where w is zero."""
    limit = np.full(values.size, np.inf)
    with np.errstate(over="ignore"):
        np.divide(1.0, values, out=limit, where=values > 0.0)
    return limit


def _clip_sums(values: FloatArray, counts: IndexArray) -> FloatArray:
    """sum_j min(1, w_i w_j) over ascending distinct weights with multiplicities."""
    mass = np.concatenate([[0.0], np.cumsum(values * counts)])
    nodes = np.concatenate([[0], np.cumsum(counts)])
    below = np.searchsorted(values, _inverse(values), side="left")
    return values * mass[below] + (nodes[-1] - nodes[below])


def _norros_reittu_sums(values: FloatArray, counts: IndexArray) -> FloatArray:
    """sum_j (1 - exp(-w_i w_j)), by a Taylor expansion around the centre c of each bucket.

    With r the half width of the bucket and M_m = sum_j ((w_j - c) / r)^m,
    sum_j exp(-w w_j) = exp(-w c) sum_m (-w r)^m M_m / m!.
    """
    total = np.zeros(values.size)
    for low, high in _expansion_edges(values):
        part, weight = values[low:high], counts[low:high].astype(np.float64)
        centre = 0.5 * float(part[0] + part[-1])
        radius = 0.5 * float(part[-1] - part[0])
        moments = _moments(part, weight, centre, radius)
        # Beyond it exp(-w c) is zero, and the powers in front of it could overflow.
        farthest = 800.0 / centre if centre > 0.0 else np.inf
        for start in range(0, values.size, _QUERY_CHUNK):
            query = np.minimum(values[start : start + _QUERY_CHUNK], farthest)
            rest = np.zeros(query.size)
            for order in range(_TAYLOR_ORDER, 0, -1):
                rest += moments[order]
                rest *= query * (-radius / order)
            rest *= np.exp(-centre * query)
            rest += moments[0] * np.expm1(-centre * query)
            total[start : start + _QUERY_CHUNK] -= rest
    return total


def _expansion_edges(values: FloatArray) -> list[tuple[int, int]]:
    """Buckets on which the expansion converges for every query.

    Weights w with w * w_max <= 1 need a single bucket whatever their ratio; those above have
    relative half width below 0.18, so the remainder is below (0.18 / 0.82)^order.
    """
    largest = float(values[-1])
    if largest * largest <= 1.0:
        return [(0, values.size)]
    low = int(np.searchsorted(values, 1.0 / largest, side="right"))
    index = np.floor(np.log(values[low:] * largest) / np.log(_BUCKET_RATIO)).astype(np.int64)
    starts = (np.flatnonzero(np.diff(index)) + 1 + low).tolist()
    edges = [0, low, *starts, values.size]
    return [(a, b) for a, b in pairwise(edges) if b > a]


def _moments(
    values: FloatArray, weight: FloatArray, centre: float, radius: float
) -> npt.NDArray[np.float64]:
    """M_m = sum_j weight_j ((w_j - centre) / radius)^m for m = 0 .. order."""
    scaled = (values - centre) / radius if radius > 0.0 else np.zeros_like(values)
    moments = np.empty(_TAYLOR_ORDER + 1)
    power = weight.copy()
    for order in range(_TAYLOR_ORDER + 1):
        moments[order] = power.sum()
        power *= scaled
    return moments
