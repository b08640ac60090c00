"""torchdiffeq's odeint on a sparse CSR tensor of PyTorch."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import numpy as np
import torch
from torchdiffeq import odeint

from benchmarks.race.contenders.base import Base


class Contender(Base):
    """`method` is one of odeint's; `step` its step, or rtol for dopri5."""

    version = f"{version('torchdiffeq')}, torch {torch.__version__}"

    def prepare(self) -> None:
        torch.set_num_threads(self.threads)
        p = self.problem
        kind = torch.float32 if self.precision == "single" else torch.float64
        self.kind = kind
        self.w = torch.sparse_csr_tensor(
            torch.from_numpy(p.indptr.astype(np.int32)),
            torch.from_numpy(p.indices.astype(np.int32)),
            torch.from_numpy(p.data).to(kind),
            (p.n, p.n),
        )
        states = p.states[0] if p.states.shape[0] == 1 else np.ascontiguousarray(p.states.T)
        self.x = torch.from_numpy(states).to(kind)

    def advance(self, units: int) -> Any:
        self.evaluations = 0
        options: dict[str, Any] = {"options": {"step_size": self.step}}
        if self.method == "dopri5":
            options = {"rtol": self.step, "atol": 1e-2 * self.step}

        def f(t: Any, x: Any) -> Any:
            self.evaluations += 1
            return self.w @ torch.tanh(x) - x

        with torch.inference_mode():
            times = torch.arange(units + 1, dtype=self.kind)
            states = odeint(f, self.x, times, method=self.method, **options)
        self.x = states[-1]
        return states[1:]

    def numpy(self, states: Any) -> np.ndarray:
        found = states.numpy()
        return found[:, None, :] if found.ndim == 2 else found.transpose(0, 2, 1)
