"""Products W v in threads of Julia, for iterations that run in Python."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyscales.engines.base import Matrix
from pyscales.engines.julia import session
from pyscales.engines.julia.arrays import address, floats, share_weights


class JuliaProduct:
    """Callable `product(v)` = W v for v of shape (n,) or (n, m).

    Parameters
    ----------
    matrix : csr_array or ndarray, shape (n, n)
        Shared with Julia, not copied.
    workers : int
        Threads of Julia if this starts it. Rows are shared between them: the numbers do not
        depend on it.
    """

    def __init__(self, matrix: Matrix, workers: int = 1) -> None:
        self._shared = share_weights(matrix)
        self._core = session.core(workers)
        self._network = self._core.product_start(*self._shared.arguments())

    def __call__(self, v: NDArray[Any]) -> NDArray[np.float64]:
        v = floats(v)
        out = np.empty_like(v)
        m = 1 if v.ndim == 1 else v.shape[1]
        self._core.product_at_b(self._network, address(v, np.float64), address(out, np.float64), m)
        return out
