"""CSR matrices put together in linear time from distinct entries, without a comparison sort."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array, csr_array

IndexArray = npt.NDArray[Any]

_INT32_MAX = int(np.iinfo(np.int32).max)


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
