"""The engine boundary: plain arrays in, plain arrays out.

An engine integrates a network, finds fixed points and eigenvalues, and solves the mean-field
equations. It reads no configuration and knows no model; nothing above it knows which engine ran.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from pyscales.degrees import DegreeLaw
from pyscales.theory.fixed_points import FixedPointState
from pyscales.theory.memory import MapMaker
from pyscales.theory.memory_solver import MemoryOptions
from pyscales.theory.memory_state import MemoryState
from pyscales.theory.stationary import StationaryState

FloatArray = NDArray[np.float64]
Matrix = Any
Progress = Callable[[float], None]


@dataclass(frozen=True)
class SolverStatus:
    """How a solver ended.

    Attributes
    ----------
    success : bool
    retcode : str
        'success', 'max_iterations', 'diverged', 'unstable', 'interrupted'.
    message : str
        What happened and what to try.
    iterations, evaluations : int
        Steps taken, and evaluations of the right-hand side (or matrix-vector products).
    residual : float
        Size of what should be zero, or an error of the steps; NaN where the job has none.
    method : str
        The algorithm that ran, as its engine calls it.
    """

    success: bool
    retcode: str
    message: str
    iterations: int = 0
    evaluations: int = 0
    residual: float = np.nan
    method: str = ""


@dataclass(frozen=True)
class SamplingPlan:
    """What an integration keeps. Times in membrane time constants.

    Attributes
    ----------
    transient : float
        Discarded at the start.
    duration : float
        Observed after the transient.
    sample_interval : float
        Distance of the samples that enter the statistics.
    n_lags : int
        Lags 0 .. n_lags - 1 (in samples) of the autocorrelations; 0 for none.
    autocorrelation_neurons : ndarray of int or None
        Neurons whose autocorrelation is accumulated; None for all.
    record_neurons : ndarray of int
        Neurons whose sampled states are returned.
    """

    transient: float
    duration: float
    sample_interval: float
    n_lags: int = 0
    autocorrelation_neurons: NDArray[np.int64] | None = None
    record_neurons: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    @property
    def n_samples(self) -> int:
        """Samples after the transient."""
        return int(np.floor(self.duration / self.sample_interval + 1e-9))


@dataclass(frozen=True)
class Integration:
    """Result of `Engine.integrate`; shapes with n neurons, m trials, l lags, r recorded neurons.

    Attributes
    ----------
    mean_x, mean_square_x, mean_square_phi : ndarray, shape (m, n)
        Averages over the observed samples.
    population_square_x, population_square_phi : ndarray, shape (m, samples)
        Averages over the neurons at each sample.
    autocorrelation_x, autocorrelation_phi : ndarray, shape (neurons kept, l)
        <x(t) x(t + lag)>, averaged over samples and trials, means not subtracted.
    autocorrelation_population_x, autocorrelation_population_phi : ndarray, shape (m, l)
        The same averaged over the neurons kept, trial by trial.
    recorded : ndarray, shape (m, samples, r)
    final_state : ndarray, shape (m, n)
    status : SolverStatus
    """

    mean_x: FloatArray
    mean_square_x: FloatArray
    mean_square_phi: FloatArray
    population_square_x: FloatArray
    population_square_phi: FloatArray
    autocorrelation_x: FloatArray
    autocorrelation_phi: FloatArray
    autocorrelation_population_x: FloatArray
    autocorrelation_population_phi: FloatArray
    recorded: FloatArray
    final_state: FloatArray
    status: SolverStatus


@dataclass(frozen=True)
class FixedPoint:
    """A state with -x + W tanh(x) = 0: `x` of shape (n,) and how it was reached."""

    x: FloatArray
    status: SolverStatus


@dataclass(frozen=True)
class Eigenvalues:
    """Eigenvalues (k,), right eigenvectors (n, k), residuals |W v - lambda v| (k,), status."""

    values: NDArray[np.complex128]
    vectors: NDArray[np.complex128]
    residuals: FloatArray
    status: SolverStatus


@dataclass(frozen=True)
class TangentPlan:
    """How Lyapunov exponents are measured. Times in membrane time constants.

    Attributes
    ----------
    n_exponents : int
        The first m exponents; 1 needs one tangent vector per trial.
    transient : float
        Discarded at the start; in its second half the tangent vectors already turn.
    duration : float
        Observed after the transient.
    interval : float
        Time between two orthonormalisations.
    dt : float
        Step of the fourth-order Runge-Kutta method, shortened to divide the interval.
    """

    n_exponents: int = 1
    transient: float = 100.0
    duration: float = 400.0
    interval: float = 1.0
    dt: float = 0.1

    @property
    def n_intervals(self) -> int:
        """Intervals observed after the transient."""
        return max(1, int(round(self.duration / self.interval)))


@dataclass(frozen=True)
class LyapunovExponents:
    """Result of `Engine.lyapunov`.

    Attributes
    ----------
    exponents : ndarray, shape (trials, m)
        Per membrane time, in the order of the orthonormalisation: descending but for noise.
    growth : ndarray, shape (trials, intervals, m)
        Growth rates of the single intervals, whose mean they are.
    mean_square_x : ndarray, shape (trials,)
        Population and time average of x^2 along the same trajectory.
    final_state : ndarray, shape (trials, n)
    status : SolverStatus
    """

    exponents: FloatArray
    growth: FloatArray
    mean_square_x: FloatArray
    final_state: FloatArray
    status: SolverStatus


class Engine(Protocol):
    """What every engine does."""

    name: str
    memory_maps: MapMaker | None
    """Maps of the mean-field equations with memory, if the engine has its own."""

    def integrate(
        self,
        weights: Matrix,
        x0: FloatArray,
        plan: SamplingPlan,
        *,
        solver: str = "auto",
        method: str = "auto",
        time_constants: FloatArray | None = None,
        rtol: float = 1e-4,
        atol: float = 1e-6,
        dt: float = 0.1,
        precision: str = "double",
        workers: int = 1,
        progress: Progress | None = None,
    ) -> Integration:
        """Integrate tau dx/dt = -x + W tanh(x) from x0 (trials, n) and stream statistics."""
        ...

    def fixed_point(
        self, weights: Matrix, x0: FloatArray, *, tolerance: float = 1e-10
    ) -> FixedPoint:
        """Solve -x + W tanh(x) = 0 near x0 (n,)."""
        ...

    def eigenvalues(
        self,
        matrix: Matrix,
        *,
        k: int | None = None,
        which: str = "LR",
        seed: int = 0,
        workers: int = 1,
    ) -> Eigenvalues:
        """All eigenvalues (k None, dense) or the k rightmost ('LR') or largest ('LM') ones."""
        ...

    def lyapunov(
        self,
        weights: Matrix,
        x0: FloatArray,
        plan: TangentPlan,
        *,
        time_constants: FloatArray | None = None,
        seed: int = 0,
        workers: int = 1,
        progress: Progress | None = None,
    ) -> LyapunovExponents:
        """First exponents of tau dx/dt = -x + W tanh(x) from x0 (trials, n), tangent dynamics."""
        ...

    def stationary(
        self, relative_degree: FloatArray, weight: FloatArray, gain: float
    ) -> StationaryState:
        """Mean-field stationary state at symmetry 0 for size-biased degree nodes."""
        ...

    def static_state(
        self,
        law: DegreeLaw,
        gain: float,
        symmetry: float,
        *,
        rule: str = "outer",
        tolerance: float = 1e-10,
    ) -> FixedPointState:
        """q, chi and Lambda of the distribution of fixed points of a degree law."""
        ...

    def solve_memory(
        self,
        relative_degree: FloatArray,
        weight: FloatArray,
        gain: float,
        symmetry: float,
        *,
        options: MemoryOptions | None = None,
        seed: int | np.random.SeedSequence = 0,
        progress: Progress | None = None,
    ) -> MemoryState:
        """Mean-field stationary C and G with memory for size-biased degree nodes."""
        ...
