"""Chung-Lu random graphs with given expected degrees, sampled in O(N + edges).

Nodes i and j are joined with probability p(k_i k_j / sum(k)), independently over pairs; p is the
cap of `pyscales.network.connection_probability`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from pyscales.network.connection_probability import (
    Cap,
    FloatArray,
    cap_probability,
    check_cap,
    check_degrees,
    chung_lu_weights,
)
from pyscales.network.sparse_assembly import join_triangles, sorted_csr

IndexArray = npt.NDArray[Any]

_BUCKET_RATIO = 2.0**0.5
_BOTTOM_FRACTION = 0.05
_CHUNK = 1 << 15


class _Bucket(NamedTuple):
    """Nodes of similar degree: their labels (int) and their weights, ascending."""

    nodes: IndexArray
    weights: FloatArray


def _buckets(degrees: FloatArray) -> list[_Bucket]:
    """Split the nodes of positive degree into geometric buckets of ascending degree.

    Degrees below a small fraction of the mean share the lowest bucket: the proposals they waste are
    at most that fraction of the edges, and the number of buckets stays O(log N) for any degrees.
    """
    weights = chung_lu_weights(degrees)
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
    bound = float(cap_probability(first.weights[-1] * second.weights[-1], cap))
    lowest = float(cap_probability(first.weights[0] * second.weights[0], cap))
    if bound <= 0.0:
        return
    locate, columns = cells
    for position in _positions(total, bound, rng):
        i, j = locate(position, columns)
        if lowest < bound:
            p = cap_probability(first.weights[i] * second.weights[j], cap)
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
