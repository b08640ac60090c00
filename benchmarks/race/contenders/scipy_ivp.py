"""scipy's solve_ivp on a CSR matrix, all trials in one system."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy
from scipy.integrate import solve_ivp
from scipy.sparse import csr_matrix

from benchmarks.race.contenders.base import Base


class Contender(Base):
    """`method` is one of solve_ivp's, `step` its rtol."""

    version = scipy.__version__

    def prepare(self) -> None:
        p = self.problem
        self.w = csr_matrix((p.data, p.indices, p.indptr), shape=(p.n, p.n))
        self.x = np.ascontiguousarray(p.states.T)

    def advance(self, units: int) -> Any:
        shape = self.x.shape

        def f(t: float, flat: np.ndarray) -> np.ndarray:
            y = flat.reshape(shape)
            return (self.w @ np.tanh(y) - y).ravel()

        found = solve_ivp(
            f,
            (0.0, float(units)),
            self.x.ravel(),
            method=self.method,
            t_eval=np.arange(1.0, units + 1),
            rtol=self.step,
            atol=1e-2 * self.step,
        )
        self.evaluations = found.nfev
        self.x = found.y[:, -1].reshape(shape)
        return found.y

    def numpy(self, states: Any) -> np.ndarray:
        return states.T.reshape(-1, *self.x.shape).transpose(0, 2, 1)
