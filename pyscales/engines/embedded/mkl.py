"""The embedded engine with the threaded sparse products of Intel's MKL (an extra).

Sums within a row are taken in another order than SciPy's, so results agree to rounding only, and
chaotic trajectories part: this is an engine of its own, which results name. `auto` takes it for
many trials at once, where SciPy's product is slow, if the extra is installed.
"""

from __future__ import annotations

import ctypes
import os
import sys
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from pyscales.engines.embedded import EmbeddedEngine
from pyscales.engines.embedded.integrate import integrate


def readiness() -> str:
    """Why MKL cannot be used; empty if it can."""
    if find_spec("sparse_dot_mkl") is None:
        return "sparse_dot_mkl is not installed."
    try:
        _library()
    except ImportError as error:
        return str(error).splitlines()[0]
    return ""


def mkl_product(weights: Any, workers: int) -> Any:
    """A callable y -> W y for a csr_array W and y of shape (n, trials), in `workers` threads."""
    library = _library()
    w = csr_matrix((weights.data, weights.indices, weights.indptr), shape=weights.shape)

    def product(y: NDArray[Any]) -> NDArray[Any]:
        # Another job of this process may have set its own number.
        library.mkl_set_num_threads(workers)
        try:
            return np.asarray(library.dot_product_mkl(w, y))
        except ctypes.ArgumentError as error:
            # What ctypes makes of Ctrl-C while it converts arguments.
            if "KeyboardInterrupt" in str(error):
                raise KeyboardInterrupt from None
            raise

    return product


def _library() -> Any:
    """sparse_dot_mkl, told where the wheel of MKL put its library."""
    found = sorted(Path(sys.prefix, "lib").glob("libmkl_rt.so*"))
    if found:
        os.environ.setdefault("MKL_RT", str(found[0]))
    import sparse_dot_mkl

    return sparse_dot_mkl


class MklEngine(EmbeddedEngine):
    """`EmbeddedEngine`, whose integrations take their products from MKL."""

    name = "mkl"

    integrate = staticmethod(partial(integrate, products=mkl_product))
