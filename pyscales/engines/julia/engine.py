"""The Julia engine: each job one coarse call, arrays handed over by address."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

from pyscales.degrees import DegreeLaw
from pyscales.engines.base import (
    Eigenvalues,
    FixedPoint,
    Integration,
    LyapunovExponents,
    Matrix,
    Progress,
    SamplingPlan,
    SolverStatus,
    TangentPlan,
)
from pyscales.engines.embedded.eigenvalues import eigenvalues
from pyscales.engines.julia import session
from pyscales.engines.julia.arrays import address, floats, share_weights
from pyscales.engines.julia.memory import JuliaMaps
from pyscales.engines.julia.products import JuliaProduct
from pyscales.engines.julia.static_states import static_root
from pyscales.engines.methods import check_precision, choose_method
from pyscales.theory.fixed_points import FixedPointState, solve_fixed_points
from pyscales.theory.memory import MapMaker
from pyscales.theory.memory_solver import MemoryOptions, solve_memory
from pyscales.theory.memory_state import MemoryState
from pyscales.theory.stationary import StationaryState, solve_stationary

FloatArray = NDArray[np.float64]

_CHUNK_SECONDS = 0.2


class JuliaEngine:
    """Implements `pyscales.engines.Engine` on DifferentialEquations.jl and NonlinearSolve.jl.

    Starts Julia on the first job. Same arguments and results as the embedded engine.
    """

    name = "julia"

    def __init__(self) -> None:
        self.memory_maps: MapMaker | None = JuliaMaps()

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
        """Integrate tau dx/dt = -x + W tanh(x), all trials in one system, and stream statistics.

        Methods by their shared names run as: RK45 Tsit5, DOP853 Vern8, RK23 BS3, BDF FBDF with
        Newton-Krylov steps (small networks: a factorised sparse Jacobian), ETD3, ETD3D, ETD1, RK4
        and Euler with fixed steps; `status.method` gives the name in Julia. `workers` sets the
        threads of Julia if this job starts it; results do not depend on it. Between chunks of 0.2 s
        Python is back in charge, so that progress shows and Ctrl-C works.
        """
        method = choose_method(solver, method, time_constants)
        check_precision(precision, method, rtol, issparse(weights))
        start = floats(x0)
        trials, n = start.shape
        shared = share_weights(weights, precision)
        tau = np.zeros(0) if time_constants is None else floats(time_constants)
        kept = _indices(plan.autocorrelation_neurons, n)
        record = _indices(plan.record_neurons, n)
        n_kept = kept.size if plan.n_lags else 0
        samples = plan.n_samples
        shapes: dict[str, tuple[int, ...]] = {
            "mean_x": (trials, n),
            "mean_square_x": (trials, n),
            "mean_square_phi": (trials, n),
            "population_square_x": (trials, samples),
            "population_square_phi": (trials, samples),
            "autocorrelation_x": (n_kept, plan.n_lags),
            "autocorrelation_phi": (n_kept, plan.n_lags),
            "autocorrelation_population_x": (trials, plan.n_lags),
            "autocorrelation_population_phi": (trials, plan.n_lags),
            "recorded": (trials, samples, record.size),
            "final_state": (trials, n),
        }
        out = {name: np.zeros(shape) for name, shape in shapes.items()}
        core = session.core(workers)
        with session.julia_errors("integrate"):
            run = core.integrate_start(
                *shared.arguments(),
                trials,
                address(start, np.float64),
                address(tau, np.float64),
                method,
                float(rtol),
                float(atol),
                float(dt),
                float(plan.transient),
                float(plan.sample_interval),
                samples,
                plan.n_lags,
                kept.size,
                address(kept, np.int64),
                record.size,
                address(record, np.int64),
                precision == "single",
            )
            _advance(core, run, progress)
            taken = int(
                core.integrate_finish_b(run, *(address(a, np.float64) for a in out.values()))
            )
            status = _status(core.integrate_status(run))
        if taken < samples:
            for name in ("population_square_x", "population_square_phi", "recorded"):
                out[name] = out[name][:, :taken]
        return Integration(**out, status=status)

    def fixed_point(
        self, weights: Matrix, x0: FloatArray, *, tolerance: float = 1e-10
    ) -> FixedPoint:
        """Solve -x + W tanh(x) = 0 near x0 by Newton's method: LU, or GMRES beyond 300 neurons."""
        shared = share_weights(weights)
        x = np.array(x0, dtype=np.float64)
        core = session.core()
        with session.julia_errors("fixed_point"):
            found = core.fixed_point_b(
                *shared.arguments(), address(x, np.float64), float(tolerance)
            )
            return FixedPoint(x, _status(found))

    def eigenvalues(
        self,
        matrix: Matrix,
        *,
        k: int | None = None,
        which: str = "LR",
        seed: int = 0,
        workers: int = 1,
    ) -> Eigenvalues:
        """As the embedded engine, with the iteration's products in threads of Julia.

        All eigenvalues (`k` None) come from LAPACK, which gains nothing from Julia.
        """
        if k is None:
            return eigenvalues(matrix, which=which, seed=seed)
        with session.julia_errors("eigenvalues"):
            product = JuliaProduct(matrix, workers)
            return eigenvalues(matrix, k=k, which=which, seed=seed, product=product)

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
        """First exponents of tau dx/dt = -x + W tanh(x), per trial: the embedded algorithm."""
        start = floats(x0)
        trials, n = start.shape
        m = min(plan.n_exponents, n)
        shared = share_weights(weights)
        tau = np.zeros(0) if time_constants is None else floats(time_constants)
        rng = np.random.default_rng(seed)
        tangents = floats(np.linalg.qr(rng.standard_normal((trials, n, m)))[0])
        growth = np.full((trials, plan.n_intervals, m), np.nan)
        squares, final = np.zeros(trials), np.zeros((trials, n))
        steps = max(1, int(np.ceil(plan.interval / plan.dt - 1e-9)))
        core = session.core(workers)
        with session.julia_errors("lyapunov"):
            run = core.lyapunov_start(
                *shared.arguments(),
                trials,
                m,
                address(start, np.float64),
                address(tangents, np.float64),
                address(tau, np.float64),
                float(plan.interval),
                steps,
                int(np.ceil(plan.transient / plan.interval)),
                plan.n_intervals,
            )
            _advance(core, run, progress)
            found = core.lyapunov_finish_b(
                run,
                address(growth, np.float64),
                address(squares, np.float64),
                address(final, np.float64),
            )
        return LyapunovExponents(
            growth.mean(axis=1), growth, squares / plan.n_intervals, final, _status(found)
        )

    def stationary(
        self, relative_degree: FloatArray, weight: FloatArray, gain: float
    ) -> StationaryState:
        """Stationary state at symmetry 0, its root D(0) found by NonlinearSolve's ITP method."""
        return solve_stationary(relative_degree, weight, gain, find_root=_d0_root)

    def static_state(
        self,
        law: DegreeLaw,
        gain: float,
        symmetry: float,
        *,
        rule: str = "outer",
        tolerance: float = 1e-10,
    ) -> FixedPointState:
        """Static state: brackets select the branch, NonlinearSolve solves for q and chi."""
        return solve_fixed_points(
            law, gain, symmetry, rule=rule, tolerance=tolerance, find_root=static_root
        )

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
        """Stationary C and G with memory: the map in Julia, the iteration (Anderson) that of the
        embedded engine, so that both end in the same numbers.
        """
        return solve_memory(
            relative_degree,
            weight,
            gain,
            symmetry,
            options=options,
            seed=seed,
            progress=progress,
            maps=self.memory_maps,
        )


def _advance(core: Any, run: Any, progress: Progress | None) -> None:
    """Run to the end in chunks; signals reach Python between them."""
    running = True
    while running:
        fraction, running = core.integrate_advance_b(run, _CHUNK_SECONDS)
        if progress is not None:
            progress(float(fraction))


def _d0_root(
    u: FloatArray, w: FloatArray, gain: float, low: float, high: float
) -> tuple[float, int, bool]:
    u, w = floats(u), floats(w)
    core = session.core()
    with session.julia_errors("stationary"):
        root, evaluations, converged = core.d0_root(
            u.size, address(u, np.float64), address(w, np.float64), float(gain), low, high
        )
    return float(root), int(evaluations), bool(converged)


def _indices(neurons: NDArray[np.int64] | None, n: int) -> NDArray[np.int64]:
    if neurons is None:
        return np.arange(n, dtype=np.int64)
    return np.ascontiguousarray(neurons, dtype=np.int64)


def _status(found: Any) -> SolverStatus:
    success, retcode, message, iterations, evaluations, residual, method = found
    return SolverStatus(
        bool(success),
        str(retcode),
        str(message),
        int(iterations),
        int(evaluations),
        float(residual),
        str(method),
    )
