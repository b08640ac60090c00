"""The map of the mean-field equations with memory in Julia (`pyscales.theory.memory`)."""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyscales.engines.julia import session
from pyscales.engines.julia.arrays import address, floats
from pyscales.theory.anderson import AndersonResult, Secants
from pyscales.theory.memory import MemoryNumbers, MemoryPlan, Sweep

FloatArray = NDArray[np.float64]

_IDLE = 2


class JuliaMaps:
    """Makes maps (a `MapMaker`); the room of a map no longer used serves the next of its plan."""

    def __init__(self) -> None:
        self._idle: list[tuple[MemoryPlan, Any]] = []

    def __call__(self, plan: MemoryPlan, numbers: MemoryNumbers, workers: int) -> JuliaMap:
        """The map of a plan and its random numbers, of which Julia keeps a copy in its own layout.

        `workers` sets the threads of Julia if this starts it; the result does not depend on it.
        """
        core = session.core(workers)
        kept = next((k for k, (p, _) in enumerate(self._idle) if p is plan), None)
        with session.julia_errors("solve_memory"):
            room = _room(core, plan) if kept is None else self._idle.pop(kept)[1]
            noise = np.ascontiguousarray(numbers.noise, dtype=np.complex128)
            probe = floats(numbers.probe)
            core.memory_numbers_b(room, address(noise, np.complex128), address(probe, np.float64))
        made = JuliaMap(core, room, plan)
        weakref.finalize(made, self._take_back, plan, room).atexit = False
        return made

    def _take_back(self, plan: MemoryPlan, room: Any) -> None:
        self._idle = [*self._idle, (plan, room)][-_IDLE:]


def _room(core: Any, plan: MemoryPlan) -> Any:
    u, weight = floats(plan.relative_degree), floats(plan.weight)
    count = np.ascontiguousarray(plan.count, dtype=np.int64)
    return core.memory_start(
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
    )


class JuliaMap:
    """`memory_map` with all but C and G fixed."""

    def __init__(self, core: Any, room: Any, plan: MemoryPlan) -> None:
        self._core, self._room, self._plan = core, room, plan

    def __call__(
        self, autocorrelation: FloatArray, response: FloatArray, keep_x: bool = False
    ) -> Sweep:
        """One sweep; <x x> is kept when `keep_x` is set."""
        c, g = floats(autocorrelation), floats(response)
        rows, nodes = self._plan.n_lags + 1, self._plan.count.size
        if c.shape != (rows,) or g.shape != (rows - 1,):
            raise ValueError(f"expected C at {rows} lags and G in {rows - 1} cells")
        shapes = ((rows,), (rows - 1,), (rows, nodes), (rows, nodes), (nodes,), (nodes,))
        out = [np.zeros(shape) for shape in shapes]
        with session.julia_errors("solve_memory"):
            self._core.memory_map_b(
                self._room,
                address(c, np.float64),
                address(g, np.float64),
                *(address(a, np.float64) for a in out),
            )
        if not keep_x:
            out[3] = np.zeros((0, nodes))
        return Sweep(*out)

    def root(
        self,
        start: FloatArray,
        unit: FloatArray,
        shift: FloatArray,
        tolerance: float,
        max_sweeps: int,
    ) -> AndersonResult:
        """v = map(v) + shift by Newton's method with Krylov solves (NonlinearSolve)."""
        v, units, shifts = np.array(start, dtype=np.float64), floats(unit), floats(shift)
        with session.julia_errors("solve_memory"):
            evaluations, retcode, residuals = self._core.memory_root_b(
                self._room,
                v.size,
                address(v, np.float64),
                address(units, np.float64),
                address(shifts, np.float64),
                float(tolerance),
                max_sweeps,
            )
            history = [float(r) for r in residuals]
        converged = str(retcode) == "success"
        return AndersonResult(v, v, history, converged, False, Secants(), int(evaluations), v)
