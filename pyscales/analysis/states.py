"""States of a sampled network at which its Jacobian is taken."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyscales.engines import Engine, SamplingPlan

FloatArray = NDArray[np.float64]

_PATIENCE = 3


@dataclass(frozen=True)
class NetworkStates:
    """m states of one network.

    Attributes
    ----------
    x, slope : ndarray, shape (m, n)
        x and phi'(x) = 1 - tanh(x)^2.
    time : ndarray, shape (m,)
        After the transient, in membrane times.
    success, message : bool, str
        Of the integration and, for a fixed point, of Newton's method.
    residual : float
        max |-x + W tanh(x)| of a fixed point; NaN otherwise.
    """

    x: FloatArray
    slope: FloatArray
    time: FloatArray
    success: bool = True
    message: str = "converged"
    residual: float = np.nan


def network_states(
    weights: Any,
    at: str,
    engine: Engine,
    seed: np.random.SeedSequence,
    *,
    transient: float,
    count: int,
    interval: float,
    workers: int = 1,
) -> NetworkStates:
    """x = 0, states along a trajectory from a random start, or the fixed point it leads to.

    A fixed point that Newton's method does not find, although the network relaxed for up to 13
    transients (it is chaotic), comes back with `success` False and the state closest to one.
    """
    n = weights.shape[0]
    if at == "origin":
        return NetworkStates(np.zeros((1, n)), np.ones((1, n)), np.zeros(1))
    x0 = np.random.default_rng(seed).standard_normal((1, n))
    kept = count if at == "trajectory" else 0
    plan = SamplingPlan(
        transient,
        kept * interval,
        interval,
        autocorrelation_neurons=np.zeros(0, dtype=np.int64),
        record_neurons=np.arange(n) if kept else np.zeros(0, dtype=np.int64),
    )
    run = engine.integrate(weights, x0, plan, workers=workers)
    if at == "trajectory":
        x = run.recorded[0]
        time = interval * np.arange(1, x.shape[0] + 1)
        return NetworkStates(x, slope(x), time, run.status.success, run.status.message)
    found = engine.fixed_point(weights, run.final_state[0])
    for _ in range(_PATIENCE):
        if found.status.success:
            break
        longer = replace(plan, transient=4 * transient)
        run = engine.integrate(weights, run.final_state, longer, workers=workers)
        found = engine.fixed_point(weights, run.final_state[0])
    x = found.x[None]
    return NetworkStates(
        x,
        slope(x),
        np.zeros(1),
        found.status.success,
        found.status.message,
        found.status.residual,
    )


def slope(x: FloatArray) -> FloatArray:
    """phi'(x) for phi = tanh, without cancellation at large |x|."""
    return 1.0 / np.cosh(np.minimum(np.abs(x), 350.0)) ** 2
