"""NEST: `tanh_rate_ipn` without noise, instantaneous rate connections. One trial.

The rates are advanced by the exponential Euler method at NEST's resolution.
"""

from __future__ import annotations

from typing import Any

import nest
import numpy as np

from benchmarks.race.contenders.base import Base


class Contender(Base):
    """Rates recorded by a multimeter at each unit of time (1 ms stands for one)."""

    version = nest.__version__
    batched = False

    def prepare(self) -> None:
        nest.set_verbosity("M_ERROR")
        nest.ResetKernel()
        nest.resolution = 1.0 / self.steps_per_unit
        nest.local_num_threads = self.threads
        nest.use_wfr = False
        p = self.problem
        self.neurons = nest.Create(
            "tanh_rate_ipn",
            p.n,
            params={
                "tau": 1.0,
                "lambda": 1.0,
                "sigma": 0.0,
                "mu": 0.0,
                "g": 1.0,
                "theta": 0.0,
                "linear_summation": False,
                "rectify_output": False,
            },
        )
        self.neurons.rate = p.states[0]
        first = int(self.neurons[0].global_id)
        rows = np.repeat(np.arange(p.n), np.diff(p.indptr))
        nest.Connect(
            p.indices.astype(np.int64) + first,
            rows.astype(np.int64) + first,
            conn_spec="one_to_one",
            syn_spec={
                "synapse_model": "rate_connection_instantaneous",
                "weight": p.data,
            },
        )
        self.meter = nest.Create(
            "multimeter", params={"record_from": ["rate"], "interval": 1.0, "record_to": "memory"}
        )
        nest.Connect(self.meter, self.neurons)

    def advance(self, units: int) -> Any:
        self.meter.n_events = 0
        nest.Simulate(float(units))
        self.evaluations = units * self.steps_per_unit
        return None

    def numpy(self, states: Any) -> np.ndarray:
        events = self.meter.events
        order = np.lexsort((events["senders"], events["times"]))
        return events["rate"][order].reshape(-1, 1, self.problem.n)
