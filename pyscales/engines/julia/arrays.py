"""Memory handed to Julia as addresses: plain arrays both ways, nothing copied.

The caller keeps every array alive while Julia may touch it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, issparse

from pyscales.errors import EngineError

FloatArray = NDArray[np.float64]


def address(array: NDArray[Any], dtype: type) -> int:
    """Address of a C-contiguous array of the dtype Julia expects; 0 for an empty one."""
    if array.dtype != np.dtype(dtype) or not array.flags.c_contiguous:
        raise TypeError(f"expected a contiguous {np.dtype(dtype)} array")
    return int(array.ctypes.data) if array.size else 0


def floats(values: Any) -> FloatArray:
    """As contiguous float64, copied only if it is not."""
    return np.ascontiguousarray(values, dtype=np.float64)


@dataclass(frozen=True)
class Weights:
    """A network in the form Julia takes.

    A sparse W is its CSR arrays, values and column indices shared with SciPy's (32-bit indices,
    counted from 0; Julia adds 1 as it reads); only the n + 1 row starts are widened to 64 bits.
    A dense W is its memory, which Julia reads as the transpose.

    Attributes
    ----------
    n : int
    sparse : bool
    starts : ndarray of int64, shape (n + 1,)
    columns : ndarray of int32, shape (nnz,)
    values : ndarray, shape (nnz,) or (n, n)
        float64, or float32 for single precision.
    """

    n: int
    sparse: bool
    starts: NDArray[np.int64]
    columns: NDArray[np.int32]
    values: NDArray[Any]

    def arguments(self) -> tuple[int, bool, int, int, int, int]:
        """(n, sparse, nnz, address of starts, of columns, of values)."""
        return (
            self.n,
            self.sparse,
            int(self.values.size),
            address(self.starts, np.int64),
            address(self.columns, np.int32),
            address(self.values, self.values.dtype.type),
        )


def share_weights(weights: Any, precision: str = "double") -> Weights:
    """Hand a csr_array or ndarray over; the values of a csr_array in either precision."""
    if not issparse(weights):
        dense = floats(weights)
        return Weights(dense.shape[0], False, np.zeros(0, np.int64), np.zeros(0, np.int32), dense)
    w = csr_array(weights)
    if w.shape[0] >= 2**31:
        raise EngineError("The Julia engine takes fewer than 2^31 neurons.")
    return Weights(
        int(w.shape[0]),
        True,
        np.ascontiguousarray(w.indptr, dtype=np.int64),
        np.ascontiguousarray(w.indices, dtype=np.int32),
        np.ascontiguousarray(w.data, dtype=np.float32 if precision == "single" else np.float64),
    )
