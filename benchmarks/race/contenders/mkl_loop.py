"""A loop written by hand on MKL's threaded sparse product (sparse_dot_mkl)."""

from __future__ import annotations

import os
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix

from benchmarks.race.contenders.base import HandWritten


class Contender(HandWritten):
    """NumPy around `dot_product_mkl`."""

    version = version("sparse_dot_mkl")

    def prepare(self) -> None:
        for found in sorted(Path(sys.prefix, "lib").glob("libmkl_rt.so*")):
            os.environ.setdefault("MKL_RT", str(found))
        from sparse_dot_mkl import dot_product_mkl, mkl_set_num_threads

        mkl_set_num_threads(self.threads)
        p = self.problem
        self.w = csr_matrix((p.data.astype(self.dtype), p.indices, p.indptr), shape=(p.n, p.n))
        self.dot = dot_product_mkl
        self.start()

    def product(self, y: np.ndarray) -> np.ndarray:
        if y.shape[1] == 1:
            return self.dot(self.w, y[:, 0])[:, None]
        return self.dot(self.w, y)
