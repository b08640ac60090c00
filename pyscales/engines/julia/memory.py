"""The map of the mean-field equations with memory in Julia (`pyscales.theory.memory`)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyscales.engines.julia import session
from pyscales.engines.julia.arrays import address, floats
from pyscales.theory.memory import MemoryNumbers, MemoryPlan, Sweep

FloatArray = NDArray[np.float64]


class JuliaMemoryMap:
    """`memory_map` of one plan and its random numbers, which are handed over once.

    Parameters
    ----------
    plan : MemoryPlan
    numbers : MemoryNumbers
    workers : int
        Threads of Julia if this starts it; the result does not depend on it.
    """

    def __init__(self, plan: MemoryPlan, numbers: MemoryNumbers, workers: int) -> None:
        self.plan = plan
        u, weight = floats(plan.relative_degree), floats(plan.weight)
        count = np.ascontiguousarray(plan.count, dtype=np.int64)
        noise = np.ascontiguousarray(numbers.noise, dtype=np.complex128)
        probe = floats(numbers.probe)
        self._core: Any = session.core(workers)
        with session.julia_errors("solve_memory"):
            self._map = self._core.memory_start(
                u.size,
                address(u, np.float64),
                address(weight, np.float64),
                address(count, np.int64),
                float(plan.gain),
                float(plan.symmetry),
                float(plan.dt),
                plan.n_steps,
                plan.n_burn,
                plan.n_lags,
                address(noise, np.complex128),
                address(probe, np.float64),
            )

    def __call__(
        self, autocorrelation: FloatArray, response: FloatArray, keep_x: bool = False
    ) -> Sweep:
        """One sweep; <x x> is computed when `keep_x` is set."""
        c, g = floats(autocorrelation), floats(response)
        rows, nodes = self.plan.n_lags + 1, self.plan.count.size
        if c.shape != (rows,) or g.shape != (rows - 1,):
            raise ValueError(f"expected C at {rows} lags and G in {rows - 1} cells")
        shapes = ((rows,), (rows - 1,), (rows, nodes), (rows, nodes), (nodes,), (nodes,))
        out = [np.zeros(shape) for shape in shapes]
        with session.julia_errors("solve_memory"):
            self._core.memory_map_b(
                self._map,
                address(c, np.float64),
                address(g, np.float64),
                keep_x,
                *(address(a, np.float64) for a in out),
            )
        if not keep_x:
            out[3] = np.zeros((0, nodes))
        return Sweep(*out)
