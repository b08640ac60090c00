"""Gaussian couplings on a graph, with an exact correlation between the two directions of an edge.

Couplings are stored at unit gain: W_ij = J_ij / sqrt(<k>) weights the input from node j to node i,
with J_ij ~ N(0, 1) and corr(J_ij, J_ji) = `symmetry`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array, issparse

from pyscales.errors import InputError
from pyscales.network.sparse_assembly import IndexArray, join_triangles, sorted_csr

RealArray = npt.NDArray[Any]

DTYPES: tuple[str, ...] = ("float64", "float32")


def check_symmetry(symmetry: float) -> float:
    """Return `symmetry` as a float in [-1, 1].

    Raises
    ------
    InputError
        If it is not a number in that range.
    """
    return _check_number("symmetry", symmetry, -1.0, 1.0, "a number in [-1, 1]")


def check_mean_degree(mean_degree: float) -> float:
    """Return `mean_degree` as a positive finite float.

    Raises
    ------
    InputError
        If it is not one.
    """
    smallest = float(np.finfo(np.float64).tiny)
    largest = float(np.finfo(np.float64).max)
    return _check_number("mean_degree", mean_degree, smallest, largest, "a finite number > 0")


def check_dtype(dtype: npt.DTypeLike) -> np.dtype[Any]:
    """Return `dtype` as float32 or float64.

    Raises
    ------
    InputError
        If it is any other type.
    """
    try:
        checked = np.dtype(dtype)
    except TypeError:
        raise InputError("dtype", dtype, "'float64' or 'float32'") from None
    if checked.name not in DTYPES:
        raise InputError("dtype", checked.name, "'float64' or 'float32'")
    return checked


def _check_number(field: str, value: Any, low: float, high: float, allowed: str) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise InputError(field, value, allowed) from None
    if not low <= number <= high:
        raise InputError(field, value, allowed)
    return number


def mixing_coefficients(symmetry: float) -> tuple[float, float]:
    """Coefficients a, b that turn two independent normals into a correlated pair.

    With z, z' independent N(0, 1), the pair (a z + b z', a z' + b z) has unit variances
    (a^2 + b^2 = 1) and correlation `symmetry` (2 a b). At +-1, a = +-b and the two are equal, or
    opposite, to the last bit.

    Parameters
    ----------
    symmetry : float
        Correlation in [-1, 1].

    Returns
    -------
    a, b : float
    """
    plus, minus = float(np.sqrt(1.0 + symmetry)), float(np.sqrt(1.0 - symmetry))
    return 0.5 * (plus + minus), 0.5 * (plus - minus)


def _correlated(
    first: RealArray, second: RealArray, symmetry: float, scale: float
) -> tuple[RealArray, RealArray]:
    """Correlated pairs from independent ones, times `scale`; reuses the memory of `second`."""
    a, b = mixing_coefficients(symmetry)
    mixed = first * (a * scale)
    mixed += second * (b * scale)
    second *= a * scale
    second += first * (b * scale)
    return mixed, second


def sample_couplings(
    row: IndexArray,
    col: IndexArray,
    n: int,
    rng: np.random.Generator,
    *,
    symmetry: float,
    mean_degree: float,
    directed: bool = False,
    dtype: npt.DTypeLike = "float64",
) -> csr_array:
    """Draw the coupling matrix of a graph at unit gain.

    W_ij = J_ij / sqrt(mean_degree), J_ij ~ N(0, 1), independent but for corr(J_ij, J_ji) =
    `symmetry` over pairs joined in both directions.

    Parameters
    ----------
    row, col : ndarray of int, shape (E,)
        Distinct edges without self-loops. Undirected: row < col, each edge gives two entries.
        Directed: the edge from node col to node row, one entry.
    n : int
        Number of nodes.
    rng : numpy.random.Generator
        Source of randomness.
    symmetry : float
        Correlation in [-1, 1]; at 1 the matrix of an undirected graph is exactly symmetric, at -1
        exactly antisymmetric.
    mean_degree : float
        <k> in the variance 1 / <k>, > 0.
    directed : bool
        How to read the edges.
    dtype : {"float64", "float32"}
        Type of the entries.

    Returns
    -------
    csr_array, shape (n, n)
        Sorted indices, one stored entry per edge and direction. Cost O(n + E); peak memory about
        2.5 times the matrix when undirected, four times when directed.

    Raises
    ------
    InputError
        If `symmetry`, `mean_degree` or `dtype` cannot be used.

    References
    ----------
    Sommers, Crisanti, Sompolinsky & Stein 1988, PRL 60:1895 (partly symmetric couplings).
    """
    symmetry = check_symmetry(symmetry)
    scale = 1.0 / float(np.sqrt(check_mean_degree(mean_degree)))
    kind = check_dtype(dtype)
    pattern = sorted_csr(row, col, n)
    if directed:
        return _directed(pattern, rng, symmetry, scale, kind)
    return _undirected(pattern, rng, symmetry, scale, kind)


def _normals(size: int, rng: np.random.Generator, kind: np.dtype[Any]) -> RealArray:
    if kind == np.float32:
        return rng.standard_normal(size, dtype=np.float32)
    return rng.standard_normal(size)


def _like(pattern: csr_array, data: RealArray) -> csr_array:
    """A matrix of the same sorted pattern with other entries, sharing the indices."""
    matrix = csr_array((data, pattern.indices, pattern.indptr), shape=pattern.shape)
    matrix.has_canonical_format = True
    return matrix


def _transposed(matrix: csr_array) -> csr_array:
    """Transpose in CSR form, indices sorted, in linear time."""
    return csr_array(matrix.tocsc().T)


def _undirected(
    upper: csr_array, rng: np.random.Generator, symmetry: float, scale: float, kind: np.dtype[Any]
) -> csr_array:
    first = _normals(upper.nnz, rng, kind)
    second = _normals(upper.nnz, rng, kind)
    first, second = _correlated(first, second, symmetry, scale)
    lower = _transposed(_like(upper, second))
    del second
    return join_triangles(lower, _like(upper, first))


def _directed(
    pattern: csr_array, rng: np.random.Generator, symmetry: float, scale: float, kind: np.dtype[Any]
) -> csr_array:
    one, other = reciprocal_positions(pattern)
    data = _normals(pattern.nnz, rng, kind)
    pair = _correlated(data[one], data[other], symmetry, scale)
    data *= scale
    data[one], data[other] = pair
    return _like(pattern, data)


def reciprocal_positions(matrix: csr_array) -> tuple[IndexArray, IndexArray]:
    """Where the two directions of every reciprocated pair are stored.

    Parameters
    ----------
    matrix : csr_array, shape (N, N)
        In canonical format (sorted indices, no duplicates). Stored zeros count as entries.

    Returns
    -------
    one, other : ndarray of int, shape (pairs,)
        Positions in ``matrix.data`` of (i, j) and of (j, i), i < j, for all pairs with both
        entries. Cost O(N + entries).
    """
    tag_type = np.int32 if matrix.nnz < np.iinfo(np.int32).max else np.int64
    # From 1 on: scipy drops the products that are zero.
    tags = _transposed(_like(matrix, np.arange(1, matrix.nnz + 1, dtype=tag_type)))
    partner = csr_array(_like(matrix, np.ones(matrix.nnz, dtype=tag_type)).multiply(tags))
    del tags
    own = _transposed(partner)
    own.sort_indices()
    partner.sort_indices()
    rows = np.repeat(np.arange(own.shape[0]), np.diff(own.indptr))
    above = own.indices > rows
    return own.data[above] - 1, partner.data[above] - 1


def measure_symmetry(matrix: csr_array | RealArray) -> tuple[float, float]:
    """Correlation between the two directions of the reciprocated pairs of a matrix.

    With m the mean over reciprocated entries and a = W_ij - m, b = W_ji - m,
    r = 2 sum ab / sum (a^2 + b^2) over pairs i < j, the correlation that does not depend on which
    entry of a pair comes first.

    Parameters
    ----------
    matrix : csr_array or ndarray, shape (N, N)
        Couplings; zeros of an ndarray are taken as absent, the diagonal is left out.

    Returns
    -------
    correlation : float
        In [-1, 1]; NaN with fewer than two reciprocated pairs or with equal entries only.
    standard_error : float
        Linearised from the spread over pairs, so also right for entries of unequal variance; for
        normal entries of equal variance it is (1 - r^2) / sqrt(pairs).

    Raises
    ------
    InputError
        If the matrix is not square.

    Notes
    -----
    Cost O(N + entries), a few times the memory of the matrix.
    """
    canonical = _canonical(matrix)
    one, other = reciprocal_positions(canonical)
    if one.size < 2:
        return float("nan"), float("nan")
    a = canonical.data[one].astype(np.float64)
    b = canonical.data[other].astype(np.float64)
    mean = 0.5 * (a.mean() + b.mean())
    a -= mean
    b -= mean
    square = 0.5 * (a * a + b * b)
    power = float(square.sum())
    if power == 0.0:
        return float("nan"), float("nan")
    product = a * b
    correlation = float(product.sum()) / power
    residual = product - correlation * square
    error = float(np.sqrt(np.sum(residual * residual))) / power
    return min(max(correlation, -1.0), 1.0), error


def reciprocity(matrix: csr_array | RealArray) -> float:
    """Fraction of the directed edges whose opposite edge is present too.

    Parameters
    ----------
    matrix : csr_array or ndarray, shape (N, N)
        Any weights; stored entries of a sparse matrix and non-zero ones of an ndarray are edges,
        the diagonal is left out.

    Returns
    -------
    float
        In [0, 1], 1 for an undirected graph; NaN without edges. Cost O(N + entries).

    Raises
    ------
    InputError
        If the matrix is not square.
    """
    canonical = _canonical(matrix)
    rows = np.repeat(np.arange(canonical.shape[0]), np.diff(canonical.indptr))
    edges = int(np.count_nonzero(canonical.indices != rows))
    if edges == 0:
        return float("nan")
    one, _ = reciprocal_positions(canonical)
    return 2.0 * one.size / edges


def _canonical(matrix: csr_array | RealArray) -> csr_array:
    """The matrix in canonical CSR form, without touching the caller's."""
    shape = np.shape(matrix) if not issparse(matrix) else matrix.shape
    if len(shape) != 2 or shape[0] != shape[1]:
        raise InputError("matrix", tuple(shape), "a square matrix, shape (N, N)")
    sparse = csr_array(matrix)
    if not sparse.has_canonical_format:
        sparse = sparse.copy()
        sparse.sum_duplicates()
    return sparse
