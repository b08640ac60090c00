"""A stationary state with memory, its numbers and their errors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pyscales.theory.memory import MemoryPlan

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class MemoryState:
    """Stationary state with memory; S seeds, L lags, J degree nodes. Membrane times.

    Attributes
    ----------
    gain, symmetry : float
    relative_degree, weight : ndarray, shape (J,)
        Size-biased degree nodes.
    lag : ndarray, shape (L + 1,)
    autocorrelation : ndarray, shape (S, L + 1)
        C of every seed; average over seeds for the result, `stated` for its error.
    response_lag : ndarray, shape (L,)
        Centres of the cells of G.
    response : ndarray, shape (S, L)
    autocorrelation_of_node, autocorrelation_x_of_node : ndarray, shape (S, L + 1, J)
        <phi phi> and <x x>.
    slope_of_node : ndarray, shape (S, J)
        <phi'(x)>.
    before : tuple of ndarray
        autocorrelation, response and autocorrelation_x_of_node where the iteration of each seed
        started.
    remaining : ndarray, shape (S,)
        Share of the change since then by which a seed may still be off (`stated`).
    plan : MemoryPlan
        Of every seed.
    phase : str
        'chaotic' (decaying C), 'silent', or 'not stationary' (C does not decay in `max_window`).
    converged : bool
    retcode, message : str
    residual : float
        Largest over the seeds, of the best point each has reached; its averages are taken there or
        a step further on.
    residual_history : list of list of float
        Rough stages first, then the model, then the seeds.
    sweeps : int
        Evaluations of the map.
    samples_left_out : int
        Samples whose response hung on a single trajectory (`memory_ensemble`).
    effective_samples : float
        Independent samples behind the averages: trajectories x period / (2 int rho^2), all seeds,
        with the nodes' trajectories counted by weight.
    """

    gain: float
    symmetry: float
    relative_degree: FloatArray
    weight: FloatArray
    lag: FloatArray
    autocorrelation: FloatArray
    response_lag: FloatArray
    response: FloatArray
    autocorrelation_of_node: FloatArray
    autocorrelation_x_of_node: FloatArray
    slope_of_node: FloatArray
    before: tuple[FloatArray, FloatArray, FloatArray]
    remaining: FloatArray
    plan: MemoryPlan
    phase: str
    converged: bool
    retcode: str
    message: str
    residual: float
    residual_history: list[list[float]]
    sweeps: int
    samples_left_out: int
    effective_samples: float

    @property
    def susceptibility(self) -> FloatArray:
        """chi of every seed, shape (S,)."""
        return self.response.sum(axis=1) * self.plan.dt

    @property
    def variance_x(self) -> FloatArray:
        """Population mean of <x^2> of every seed, shape (S,)."""
        return self.autocorrelation_x_of_node[:, 0] @ (self.weight / self.relative_degree)


def mean_and_error(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean over seeds (axis 0) and its standard error, NaN for one seed."""
    mean = values.mean(axis=0)
    if values.shape[0] < 2:
        return mean, np.full_like(mean, np.nan)
    return mean, values.std(axis=0, ddof=1) / np.sqrt(values.shape[0])


def stated(
    state: MemoryState,
    quantity: Callable[[MemoryState], FloatArray],
    scale: float | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Mean over seeds of a quantity of C, G and <x x>, shape (S, ...), and its stated error.

    In quadrature: the standard error over seeds; what an iteration that stops at a residual r may
    still change, the root mean square over seeds of its change since residual r_0 times
    r/(r_0 - r); and r itself times `scale` (by default the value), below which nothing is known. r
    is relative to C(0) and chi. NaN for one seed. Errors of the step dt and of the window are not
    contained.
    """
    c, g, x = state.before
    earlier = replace(state, autocorrelation=c, response=g, autocorrelation_x_of_node=x)
    values = quantity(state)
    mean, error = mean_and_error(values)
    changed = (values - quantity(earlier)).T * state.remaining
    iteration = np.sqrt((changed.T**2).mean(axis=0))
    floor = state.residual * (np.abs(mean) if scale is None else scale)
    return mean, np.sqrt(error**2 + iteration**2 + floor**2)


def half_width(lag: FloatArray, c: FloatArray) -> float:
    """First lag at which c falls to half its value at 0; NaN if it does not."""
    below = np.nonzero(c < 0.5 * c[0])[0]
    if below.size == 0:
        return np.nan
    i = int(below[0])
    return float(lag[i - 1] + (lag[i] - lag[i - 1]) * (c[i - 1] - 0.5 * c[0]) / (c[i - 1] - c[i]))
