"""pyscales: either engine, called as the package calls it, statistics included."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import csr_array

from benchmarks.race.contenders.base import Base


class Engine(Base):
    """`integrate` with samples at each unit of time; `recording` keeps the states themselves."""

    engine = "scipy"
    recording = False

    def prepare(self) -> None:
        import pyscales

        self.version = pyscales.__version__
        p = self.problem
        data = p.data.astype(self.dtype)
        self.w = csr_array((data, p.indices, p.indptr), shape=(p.n, p.n))
        self.x = p.states
        self.runner = self.make()

    def make(self) -> Any:
        """The engine."""
        from pyscales.engines import get_engine

        return get_engine("scipy")

    def advance(self, units: int) -> Any:
        from pyscales.engines import SamplingPlan

        record = np.arange(self.problem.n if self.recording else 0)
        plan = SamplingPlan(0.0, float(units), 1.0, record_neurons=record)
        adaptive = self.method.startswith("RK45")
        options = {"rtol": self.step, "atol": 1e-2 * self.step} if adaptive else {"dt": self.step}
        found = self.runner.integrate(
            self.w,
            self.x,
            plan,
            method=self.method,
            precision=self.precision,
            workers=self.threads,
            **options,
        )
        if not found.status.success:
            raise RuntimeError(found.status.message)
        self.evaluations = found.status.evaluations
        self.x = found.final_state
        return found

    def numpy(self, states: Any) -> np.ndarray:
        return states.recorded.transpose(1, 0, 2)


class Contender(Engine):
    """The embedded engine."""
