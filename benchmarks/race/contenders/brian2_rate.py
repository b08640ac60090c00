"""Brian2: rate neurons, input through a summed variable of the synapses, its Cython target.

Input is held over a step and the leak is exact, so this is the exponential Euler method. One trial.
"""

from __future__ import annotations

from typing import Any

import brian2
import numpy as np

from benchmarks.race.contenders.base import Base


class Contender(Base):
    """A network with a state monitor at each unit of time (1 ms stands for one)."""

    version = brian2.__version__
    batched = False

    def prepare(self) -> None:
        brian2.prefs.codegen.target = "cython"
        kind = np.float32 if self.precision == "single" else np.float64
        brian2.prefs.core.default_float_dtype = kind
        p = self.problem
        ms = brian2.ms
        brian2.defaultclock.dt = ms / self.steps_per_unit
        neurons = brian2.NeuronGroup(
            p.n,
            """dx/dt = (-x + u) / (1*ms) : 1
            u : 1
            phi = tanh(x) : 1""",
            method="exact",
        )
        couplings = brian2.Synapses(
            neurons,
            neurons,
            """w : 1 (constant)
            u_post = w * phi_pre : 1 (summed)""",
        )
        rows = np.repeat(np.arange(p.n, dtype=np.int32), np.diff(p.indptr))
        couplings.connect(i=p.indices, j=rows)
        couplings.w = p.data
        neurons.x = p.states[0]
        self.monitor = brian2.StateMonitor(neurons, "x", record=True, dt=ms, when="start")
        self.network = brian2.Network(neurons, couplings, self.monitor)
        self.seen = 0

    def advance(self, units: int) -> Any:
        self.network.run(units * brian2.ms)
        self.evaluations = units * self.steps_per_unit
        states = self.monitor.x[:, self.seen :]
        self.seen = self.monitor.x.shape[1]
        return states

    def numpy(self, states: Any) -> np.ndarray:
        return states.T[:, None, :]
