"""tau dx/dt = -x + W tanh(x) for many trials at once, by rows in threads."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, issparse

FloatArray = NDArray[np.float64]

_WORTH_A_THREAD = 300_000


class RightHandSide:
    """Callable f(x) for states of shape (n, trials).

    Rows are split into blocks of equal numbers of nonzeros that share the arrays of W; each block
    is one scipy product, which releases the interpreter lock. The result does not depend on the
    number of workers.

    Attributes
    ----------
    evaluations : int
        Calls so far, and products spent by a linear solver on the same network.
    single : bool
        Products in single precision.
    rate : ndarray, shape (n, 1), or (1, 1) when all are equal
        1 / tau_i.

    Notes
    -----
    With single precision W and tanh(x) are float32 in the products, whose result has a relative
    error near 1e-7; x, its differences and all sums over time stay double. `products(w, workers)`
    makes another implementation of the products of a sparse W.
    """

    def __init__(
        self,
        weights: Any,
        workers: int = 1,
        time_constants: FloatArray | None = None,
        precision: str = "double",
        products: Callable[[Any, int], Callable[[Any], Any]] | None = None,
    ) -> None:
        self.evaluations = 0
        self.single = precision == "single"
        self._product: Callable[[Any], Any] | None = None
        self.rate = np.ones((1, 1)) if time_constants is None else 1.0 / time_constants[:, None]
        self._pool: ThreadPoolExecutor | None = None
        self._blocks: list[tuple[slice, Any]] = []
        if not issparse(weights):
            self._blocks = [(slice(0, weights.shape[0]), np.ascontiguousarray(weights))]
            return
        w = csr_array(weights, dtype=np.float32 if self.single else None)
        if products is not None:
            self._product = products(w, workers)
            return
        n_blocks = min(workers, max(1, w.nnz // _WORTH_A_THREAD))
        targets = np.linspace(0, w.nnz, n_blocks + 1)[1:-1]
        cuts = np.concatenate([[0], np.searchsorted(w.indptr, targets), [w.shape[0]]])
        for a, b in zip(cuts[:-1], cuts[1:], strict=True):
            lo, hi = w.indptr[a], w.indptr[b]
            block = csr_array(
                (w.data[lo:hi], w.indices[lo:hi], w.indptr[a : b + 1] - lo),
                shape=(int(b - a), w.shape[1]),
            )
            self._blocks.append((slice(int(a), int(b)), block))
        if n_blocks > 1:
            self._pool = ThreadPoolExecutor(n_blocks)

    def __call__(self, x: FloatArray) -> FloatArray:
        out = self.input(x)
        if self.single:
            out = out.astype(np.float64)
        out -= x
        if self.rate.size > 1:
            out *= self.rate
        return out

    def input(self, x: FloatArray) -> Any:
        """W tanh(x), counted as one evaluation; float32 in single precision."""
        self.evaluations += 1
        return self.product(np.tanh(x.astype(np.float32) if self.single else x))

    def product(self, y: Any) -> Any:
        """W y for y of shape (n, trials), in the precision of y and W."""
        if self._product is not None:
            return self._product(y)
        if self._pool is None:
            return np.asarray(self._blocks[0][1] @ y)
        out = np.empty_like(y)

        def work(job: tuple[slice, Any]) -> None:
            rows, block = job
            out[rows] = block @ y

        list(self._pool.map(work, self._blocks))
        return out

    def flat(self, shape: tuple[int, int]) -> Callable[[float, FloatArray], FloatArray]:
        """The same for scipy's solvers: f(t, y) with y of length n * trials."""

        def f(t: float, y: FloatArray) -> FloatArray:
            return self(y.reshape(shape)).ravel()

        return f

    def close(self) -> None:
        """Release the threads."""
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None
