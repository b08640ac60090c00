"""Trajectories of the effective process with memory in Julia (steps 3 to 6 of `memory_map`)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyscales.engines.julia import session
from pyscales.engines.julia.arrays import address, floats
from pyscales.theory.memory import MemoryNumbers, MemoryPlan, ProbeField, frequencies
from pyscales.theory.memory_averages import LinearCopy

FloatArray = NDArray[np.float64]

_LANES = 8
_SUMS = (
    ("power", float),
    ("power_linear", float),
    ("cross", float),
    ("noise", complex),
    ("noise_linear", complex),
    ("probe", complex),
    ("probe_square", float),
    ("power_x", float),
)


class JuliaTrajectories:
    """Sums over all trajectories of a sweep, as `memory_trajectories.advance` returns them.

    The random numbers of a seed stay the same in all its sweeps: they are laid out for Julia, in
    batches of 8 trajectories side by side, once.
    """

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._numbers: MemoryNumbers | None = None
        self._batches: tuple[NDArray[Any], ...] = ()

    def __call__(
        self,
        plan: MemoryPlan,
        numbers: MemoryNumbers,
        probe: ProbeField,
        spectrum: FloatArray,
        kernel: FloatArray,
        copy: LinearCopy,
        keep_x: bool,
    ) -> dict[str, Any]:
        if numbers is not self._numbers:
            self._batches = tuple(
                _in_batches(a) for a in (numbers.noise, probe.leaked, probe.transform)
            )
            self._numbers = numbers
        noise, leaked, transform = self._batches
        node = np.ascontiguousarray(plan.node, dtype=np.int64)
        scale = floats(plan.gain * np.sqrt(plan.relative_degree))
        coefficient = floats(plan.symmetry * plan.gain**2 * plan.relative_degree)
        slope, lags = floats(copy.slope), floats(kernel)
        leak = np.sqrt(plan.n_steps * spectrum) / (1 + 1j * frequencies(plan))
        kernel_transform = np.ascontiguousarray(copy.kernel_transform, dtype=np.complex128)
        shape = (spectrum.size, plan.count.size)
        sums = {name: np.zeros(shape, dtype=kind) for name, kind in _SUMS}
        core = session.core(self._workers)
        with session.julia_errors("solve_memory"):
            core.memory_sums_b(
                plan.n_steps,
                plan.n_burn,
                plan.n_trajectories,
                address(node, np.int64),
                plan.count.size,
                address(scale, np.float64),
                address(coefficient, np.float64),
                address(slope, np.float64),
                address(leak, np.complex128),
                lags.size,
                address(lags, np.float64),
                address(kernel_transform, np.complex128),
                address(noise, np.complex128),
                address(leaked, np.float64),
                address(transform, np.complex128),
                keep_x,
                *(address(sums[name], kind) for name, kind in _SUMS),
            )
        if not keep_x:
            del sums["power_x"]
        return sums


def _in_batches(values: NDArray[Any]) -> NDArray[Any]:
    """Shape (rows, n) to (batches, rows, 8), filled up with zeros."""
    rows, n = values.shape
    batches = -(-n // _LANES)
    padded = np.zeros((rows, batches * _LANES), dtype=values.dtype)
    padded[:, :n] = values
    return np.ascontiguousarray(padded.reshape(rows, batches, _LANES).transpose(1, 0, 2))
