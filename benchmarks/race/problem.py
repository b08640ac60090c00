"""The network all contenders integrate: dx/dt = -x + W tanh(x), Chung-Lu, lognormal degrees.

This file and all contenders but pyscales' own run in interpreters that may lack pyscales.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

MEAN_DEGREE = 100.0
SIGMA = 0.5
GAIN = 1.5
SETTLED = 40.0
TRIALS = 8


@dataclass(frozen=True)
class Problem:
    """W in compressed rows and settled states of shape (trials, n)."""

    n: int
    indptr: np.ndarray
    indices: np.ndarray
    data: np.ndarray
    states: np.ndarray

    @property
    def nnz(self) -> int:
        """Stored couplings."""
        return int(self.data.size)


def load(path: Path, trials: int = TRIALS) -> Problem:
    """Read a problem, with the first `trials` states."""
    with np.load(path) as found:
        return Problem(
            int(found["n"]),
            found["indptr"],
            found["indices"],
            found["data"],
            np.ascontiguousarray(found["states"][:trials]),
        )


def make(path: Path, n: int) -> None:
    """Sample the network and let states settle; needs pyscales."""
    from pyscales import Lognormal, Model
    from pyscales.engines import SamplingPlan, get_engine

    model = Model(Lognormal(MEAN_DEGREE, SIGMA), gain=GAIN, n=n)
    w = model.sample(np.random.SeedSequence(1)).scaled(model.gain)
    x0 = np.random.default_rng(2).standard_normal((TRIALS, n))
    settled = get_engine("scipy").integrate(
        w, x0, SamplingPlan(0.0, SETTLED, SETTLED), method="ETD3", dt=0.2, workers=2
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(
        path,
        n=n,
        indptr=w.indptr,
        indices=w.indices,
        data=w.data,
        states=settled.final_state,
    )
