"""Chung-Lu random graphs with given expected degrees, sampled in O(N + edges).

Nodes i and j are joined with probability p(q_ij), q_ij = k_i k_j / sum(k), independently over
pairs. Two maps from q to a probability are offered: ``clip``, p = min(1, q) (Chung & Lu 2002, PNAS
99:15879), and ``norros-reittu``, p = 1 - exp(-q) (Norros & Reittu 2006, Adv. Appl. Probab. 38:59).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array, csr_array

from pyscales.errors import InputError

Cap = Literal["clip", "norros-reittu"]
FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[Any]

CAPS: tuple[str, ...] = get_args(Cap)

_BUCKET_RATIO = 2.0**0.5
_BOTTOM_FRACTION = 0.05
_CHUNK = 1 << 15
_TAYLOR_ORDER = 26
_QUERY_CHUNK = 1 << 14
_MATRIX_LIMIT = 5000
_INT32_MAX = int(np.iinfo(np.int32).max)
_NODE_LIMIT = 1 << 26


def check_cap(cap: str) -> None:
    """Refuse a `cap` other than the names in ``CAPS``.

    Raises
    ------
    InputError
        If the name is unknown.
    """
    if cap not in CAPS:
        raise InputError("cap", cap, "'clip' or 'norros-reittu'")


def check_degrees(expected_degrees: npt.ArrayLike) -> FloatArray:
    """Return the expected degrees as a float64 vector, or say what is wrong with them.

    Parameters
    ----------
    expected_degrees : array_like, shape (N,)
        Expected degrees, N >= 1, finite and not negative; zeros are allowed.

    Returns
    -------
    ndarray, shape (N,)

    Raises
    ------
    InputError
        If the array is empty, not one-dimensional, not numeric, or has a negative or non-finite
        entry, or if it sums to more than a float can hold, or has more than 2**26 entries.
    """
    try:
        degrees = np.asarray(expected_degrees, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError("expected_degrees", expected_degrees, "an array of numbers") from None
    if degrees.ndim != 1:
        raise InputError("expected_degrees", degrees.shape, "a one-dimensional array, shape (N,)")
    if degrees.size == 0:
        raise InputError("expected_degrees", [], "one degree per node, at least one node")
    if degrees.size > _NODE_LIMIT:
        raise InputError("len(expected_degrees)", degrees.size, f"at most {_NODE_LIMIT} nodes")
    bad = np.flatnonzero(~np.isfinite(degrees) | (degrees < 0.0))
    if bad.size:
        first = int(bad[0])
        raise InputError(
            f"expected_degrees[{first}]", float(degrees[first]), "a finite number >= 0"
        )
    largest = float(degrees.max())
    if largest > np.finfo(np.float64).max / degrees.size:
        raise InputError("expected_degrees", largest, "degrees with a finite sum")
    return degrees


def connection_probability(q: npt.ArrayLike, cap: Cap) -> FloatArray:
    """Probability of an edge whose nominal probability is `q`.

    ``clip`` gives p = min(1, q), ``norros-reittu`` gives p = 1 - exp(-q).

    Parameters
    ----------
    q : array_like
        k_i k_j / sum(k), >= 0, any shape.
    cap : {"clip", "norros-reittu"}
        How q is kept below one.

    Returns
    -------
    ndarray
        Probabilities, the shape of `q`.

    Raises
    ------
    InputError
        If `cap` is unknown.

    References
    ----------
    Chung & Lu 2002, PNAS 99:15879; Norros & Reittu 2006, Adv. Appl. Probab. 38:59.
    """
    check_cap(cap)
    nominal = np.asarray(q, dtype=np.float64)
    return np.asarray(_probability(nominal, cap))


def _probability(q: Any, cap: Cap) -> Any:
    if cap == "clip":
        return np.minimum(q, 1.0)
    return -np.expm1(-q)


def _weights(degrees: FloatArray) -> FloatArray:
    """w_i = k_i / sqrt(sum k), so that q_ij = w_i w_j."""
    total = float(degrees.sum())
    if total == 0.0:
        return np.zeros_like(degrees)
    return degrees / np.sqrt(total)


class _Bucket(NamedTuple):
    """Nodes of similar degree: their labels (int) and their weights, ascending."""

    nodes: IndexArray
    weights: FloatArray


def _buckets(degrees: FloatArray) -> list[_Bucket]:
    """Split the nodes of positive degree into geometric buckets of ascending degree.

    Degrees below a small fraction of the mean share the lowest bucket: the proposals they waste are
    at most that fraction of the edges, and the number of buckets stays O(log N) for any degrees.
    """
    weights = _weights(degrees)
    order = np.argsort(weights, kind="stable")
    sorted_weights = weights[order]
    skipped = int(np.searchsorted(sorted_weights, 0.0, side="right"))
    order, sorted_weights = order[skipped:], sorted_weights[skipped:]
    if order.size == 0:
        return []
    order = order.astype(np.int32)
    floor = max(_BOTTOM_FRACTION * float(weights.mean()), float(sorted_weights[0]))
    octave = np.log(np.maximum(sorted_weights, floor) / floor) / np.log(_BUCKET_RATIO)
    # The shift keeps degrees that differ by rounding out of separate buckets.
    index = np.floor(octave + 1e-9).astype(np.int64)
    starts = np.flatnonzero(np.diff(index)) + 1
    edges = [0, *starts.tolist(), order.size]
    return [_Bucket(order[low:high], sorted_weights[low:high]) for low, high in pairwise(edges)]


def _positions(total: int, probability: float, rng: np.random.Generator) -> Iterator[IndexArray]:
    """Yield, in chunks, the successes of `total` independent trials, ascending.

    Gaps between successes are geometric: floor(E / -log(1 - p)) + 1 with E a unit exponential. They
    are summed as float64, exact for whole numbers below 2**53.
    """
    if probability >= 1.0:
        for start in range(0, total, _CHUNK):
            yield np.arange(start, min(start + _CHUNK, total), dtype=np.int64)
        return
    # A slower rate would jump past the end all the same, but could overflow.
    rate = max(-math.log1p(-probability), 1e-250)
    last = -1.0
    while True:
        mean = (total - 1 - last) * probability
        size = min(_CHUNK, int(mean + 4.0 * math.sqrt(mean)) + 4)
        steps = rng.standard_exponential(size)
        steps /= rate
        np.floor(steps, out=steps)
        steps += 1.0
        steps[0] += last
        steps.cumsum(out=steps)
        last = float(steps[-1])
        if last >= total:
            yield steps[: steps.searchsorted(total)].astype(np.int64)
            return
        yield steps.astype(np.int64)


def _rectangle(position: IndexArray, columns: int) -> tuple[IndexArray, IndexArray]:
    """Cells of a row-major block."""
    i = position // columns
    return i, position - i * columns


def _off_diagonal(position: IndexArray, n: int) -> tuple[IndexArray, IndexArray]:
    """Cells of an n x n block without its diagonal."""
    i, j = _rectangle(position, n - 1)
    j += j >= i
    return i, j


def _pairs(position: IndexArray, n: int) -> tuple[IndexArray, IndexArray]:
    """Unordered pairs of n nodes, each once, for positions 0 .. n(n-1)/2 - 1.

    Position s stands for the nodes i = s mod n and i + 1 + s // n (mod n): around a ring, distances
    1 to n/2 meet every pair once. Whole-number arithmetic only, so no square root to correct.
    """
    distance = position // n
    i = position - distance * n
    j = i + distance
    j += 1
    j -= n * (j >= n)
    return i, j


Cells = Callable[[IndexArray, int], tuple[IndexArray, IndexArray]]


def _block(
    first: _Bucket,
    second: _Bucket,
    total: int,
    cells: tuple[Cells, int],
    rng: np.random.Generator,
    cap: Cap,
) -> Iterator[tuple[IndexArray, IndexArray]]:
    """Yield the edges of one block: geometric skipping at its bound, then thinning."""
    bound = float(_probability(first.weights[-1] * second.weights[-1], cap))
    lowest = float(_probability(first.weights[0] * second.weights[0], cap))
    if bound <= 0.0:
        return
    locate, columns = cells
    for position in _positions(total, bound, rng):
        i, j = locate(position, columns)
        if lowest < bound:
            p = _probability(first.weights[i] * second.weights[j], cap)
            trial = rng.random(i.size)
            trial *= bound
            kept = (trial < p).nonzero()[0]
            i, j = i[kept], j[kept]
        yield first.nodes[i], second.nodes[j]


def _blocks(
    buckets: list[_Bucket], rng: np.random.Generator, directed: bool, cap: Cap
) -> Iterator[tuple[IndexArray, IndexArray]]:
    for a, first in enumerate(buckets):
        n = first.nodes.size
        if n > 1 and directed:
            yield from _block(first, first, n * (n - 1), (_off_diagonal, n), rng, cap)
        elif n > 1:
            yield from _block(first, first, n * (n - 1) // 2, (_pairs, n), rng, cap)
        for b, second in enumerate(buckets):
            if b > a or (directed and b < a):
                m = second.nodes.size
                yield from _block(first, second, n * m, (_rectangle, m), rng, cap)


def sample_edges(
    expected_degrees: npt.ArrayLike,
    rng: np.random.Generator,
    *,
    directed: bool = False,
    cap: Cap = "clip",
) -> tuple[IndexArray, IndexArray]:
    """Sample the edges of a Chung-Lu graph from its exact distribution.

    Every pair is joined independently with p_ij = p(k_i k_j / sum(k)), see
    `connection_probability`. There are no self-loops and no repeated edges.

    Parameters
    ----------
    expected_degrees : array_like, shape (N,)
        Expected degrees k_i >= 0 (in and out degrees alike when directed).
    rng : numpy.random.Generator
        Source of randomness.
    directed : bool
        If false each pair i < j is drawn once; if true the ordered pairs (i, j) and (j, i) are
        drawn independently.
    cap : {"clip", "norros-reittu"}
        How nominal probabilities above one are treated.

    Returns
    -------
    row, col : ndarray of int32, shape (E,)
        One entry per edge, in no useful order. Undirected: row < col.

    Raises
    ------
    InputError
        If the degrees or the cap cannot be used.

    Notes
    -----
    Nodes are put in buckets of similar degree; in the block of two buckets, candidates are drawn by
    geometric skipping with the probability of the largest degrees, then kept with probability
    p_ij / p_max. Cost O(N log N) for one sort plus O(edges) draws, with at most O(log(N)^2) blocks.
    Geometric skipping as in Miller & Hagberg 2011 (WAW, LNCS 6732:115), who skip along one row at a
    time; blocks of buckets let whole arrays be drawn at once.
    """
    check_cap(cap)
    degrees = check_degrees(expected_degrees)
    rows: list[IndexArray] = []
    cols: list[IndexArray] = []
    for row, col in _blocks(_buckets(degrees), rng, directed, cap):
        if not directed:
            row, col = np.minimum(row, col), np.maximum(row, col)
        rows.append(row)
        cols.append(col)
    if not rows:
        return np.empty(0, dtype=np.int32), np.empty(0, dtype=np.int32)
    row = np.concatenate(rows)
    rows.clear()
    return row, np.concatenate(cols)


def sorted_csr(row: IndexArray, col: IndexArray, n: int) -> csr_array:
    """CSR pattern (int8 ones) with sorted indices, of distinct entries in any order.

    Two linear passes: a scatter into the rows of the transpose, then its transposition, which
    leaves the indices in order. No comparison sort.

    Parameters
    ----------
    row, col : ndarray of int, shape (E,)
        Distinct entries.
    n : int
        Number of nodes; the result has shape (n, n).

    Returns
    -------
    csr_array, shape (n, n), int8
        Cost O(n + E).
    """
    flipped = coo_array((np.ones(row.size, dtype=np.int8), (col, row)), shape=(n, n))
    # Promised by the caller; without it scipy would sort the rows to look for duplicates.
    flipped.has_canonical_format = True
    pattern = csr_array(flipped.tocsr().tocsc().T)
    pattern.has_canonical_format = True
    return pattern


def join_triangles(lower: csr_array, upper: csr_array) -> csr_array:
    """Sum of a strictly lower and a strictly upper triangular matrix, explicit zeros kept.

    Parameters
    ----------
    lower, upper : csr_array, shape (N, N)
        Both with sorted indices and the same dtype.

    Returns
    -------
    csr_array, shape (N, N)
        Sorted indices. Cost O(N + entries): each row is the lower row followed by the upper one.
    """
    n = upper.shape[0]
    entries = lower.nnz + upper.nnz
    index_dtype = np.int32 if max(entries, n) <= _INT32_MAX else np.int64
    counts = np.empty(2 * n, dtype=np.int64)
    counts[0::2] = np.diff(lower.indptr)
    counts[1::2] = np.diff(upper.indptr)
    from_lower = np.repeat(np.tile(np.array([True, False]), n), counts)
    indptr = np.zeros(n + 1, dtype=index_dtype)
    np.cumsum(counts[0::2] + counts[1::2], out=indptr[1:])
    indices = np.empty(entries, dtype=index_dtype)
    data = np.empty(entries, dtype=upper.dtype)
    np.place(indices, from_lower, lower.indices)
    np.place(data, from_lower, lower.data)
    from_upper = np.logical_not(from_lower, out=from_lower)
    np.place(indices, from_upper, upper.indices)
    np.place(data, from_upper, upper.data)
    joined = csr_array((data, indices, indptr), shape=(n, n))
    joined.has_canonical_format = True
    return joined


def sample_adjacency(
    expected_degrees: npt.ArrayLike,
    rng: np.random.Generator,
    *,
    directed: bool = False,
    cap: Cap = "clip",
) -> csr_array:
    """Sample a Chung-Lu graph as a sparse adjacency matrix, sorted and without self-loops.

    Parameters
    ----------
    expected_degrees, rng, directed, cap
        As for `sample_edges`. Directed: entry (i, j) is the edge from j to i.

    Returns
    -------
    csr_array, shape (N, N), int8
        Ones at the edges; symmetric when undirected. Cost O(N log N + edges).

    Raises
    ------
    InputError
        If the degrees or the cap cannot be used.
    """
    degrees = check_degrees(expected_degrees)
    row, col = sample_edges(degrees, rng, directed=directed, cap=cap)
    pattern = sorted_csr(row, col, degrees.size)
    if directed:
        return pattern
    return join_triangles(csr_array(pattern.tocsc().T), pattern)


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
    weights = _weights(check_degrees(expected_degrees))
    full = _row_sums(weights, cap)
    return np.maximum(full - _probability(weights * weights, cap), 0.0)


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
    weights = _weights(check_degrees(expected_degrees))
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
    weights = np.sort(_weights(check_degrees(expected_degrees)))
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
    weights = _weights(check_degrees(expected_degrees))
    if weights.size > _MATRIX_LIMIT:
        raise InputError(
            "len(expected_degrees)",
            weights.size,
            f"at most {_MATRIX_LIMIT} nodes for a dense matrix",
            "Use expected_realised_degrees for its row sums.",
        )
    matrix = np.asarray(_probability(np.outer(weights, weights), cap))
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
