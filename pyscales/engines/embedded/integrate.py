"""Integration of the network with streamed statistics."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

from pyscales.engines.base import Integration, Matrix, Progress, SamplingPlan, SolverStatus
from pyscales.engines.embedded.exponential import LARGEST_ERROR, ExponentialAdams
from pyscales.engines.embedded.right_hand_side import RightHandSide
from pyscales.engines.embedded.streaming import StreamingStatistics
from pyscales.engines.methods import FIXED, STIFF, check_precision, choose_method

FloatArray = NDArray[np.float64]


def integrate(
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
    products: Callable[[Any, int], Callable[[Any], Any]] | None = None,
) -> Integration:
    """Integrate tau dx/dt = -x + W tanh(x), all trials in one system, and stream its statistics.

    Parameters
    ----------
    weights : csr_array or ndarray, shape (n, n)
        W, gain included; W_ij acts from j on i.
    x0 : ndarray, shape (trials, n)
    plan : SamplingPlan
    solver : {'auto', 'nonstiff', 'stiff'}
        Family of methods; 'auto' by the time constants (`pyscales.engines.methods`).
    method : str
        'auto': 'RK45' or 'BDF' by the family. Adaptive 'RK45', 'DOP853', 'RK23' (scipy's steppers;
        the error norm is taken over all trials), 'BDF' (stiff, Newton-Krylov), or fixed-step
        'ETD3', 'ETD3D', 'ETD1' (`exponential`), 'RK4', 'Euler'.
    time_constants : ndarray, shape (n,), optional
        tau_i; None for all one.
    rtol, atol : float
        Tolerances of the adaptive methods.
    dt : float
        Step of the fixed methods, membrane time constants; shortened to divide the sampling
        interval.
    precision : {'double', 'single'}
        Of W and tanh(x) in the products; states and statistics are always double.
    workers : int
        Threads over rows; the result does not depend on it.
    progress : callable, optional
        Called with the fraction done.
    products : callable, optional
        Maker of another sparse product, see `RightHandSide`.

    Returns
    -------
    Integration

    Notes
    -----
    One evaluation costs nnz(W) x trials multiplications and n x trials values of tanh; memory is
    about ten states plus 4 n_lags x trials values per neuron with an autocorrelation.
    """
    method = choose_method(solver, method, time_constants)
    check_precision(precision, method, rtol, issparse(weights))
    trials, n = x0.shape
    statistics = StreamingStatistics(
        n, trials, plan.n_lags, plan.autocorrelation_neurons, plan.record_neurons
    )
    times = np.asarray(
        plan.transient + plan.sample_interval * np.arange(1, plan.n_samples + 1), dtype=float
    )
    f = RightHandSide(weights, workers, time_constants, precision, products)
    try:
        runner = _run_fixed if method in FIXED else _run_adaptive
        with np.errstate(over="ignore", invalid="ignore"):
            x, status = runner(
                f,
                np.ascontiguousarray(x0.T),
                times,
                plan,
                statistics,
                method,
                (rtol, atol, dt),
                progress,
            )
    finally:
        f.close()
    count = max(statistics.count, 1)
    autocorrelations = statistics.autocorrelations()
    return Integration(
        statistics.sum_x.T / count,
        statistics.sum_x2.T / count,
        statistics.sum_phi2.T / count,
        _stack(statistics.population_x2, trials),
        _stack(statistics.population_phi2, trials),
        *autocorrelations,
        np.array(statistics.recorded).transpose(1, 0, 2)
        if statistics.recorded
        else np.zeros((trials, statistics.count, 0)),
        np.ascontiguousarray(x.T),
        replace(status, method=method),
    )


def _stack(rows: list[FloatArray], trials: int) -> FloatArray:
    return np.array(rows).T if rows else np.zeros((trials, 0))


def _status(f: RightHandSide, steps: int, x: FloatArray) -> SolverStatus:
    if not np.isfinite(x).all():
        return SolverStatus(
            False,
            "diverged",
            "The state is not finite: lower dt or use an adaptive method.",
            steps,
            f.evaluations,
        )
    return SolverStatus(True, "success", "reached the end", steps, f.evaluations)


def _run_adaptive(
    f: RightHandSide,
    x: FloatArray,
    times: FloatArray,
    plan: SamplingPlan,
    statistics: StreamingStatistics,
    method: str,
    numbers: tuple[float, float, float],
    progress: Progress | None,
) -> tuple[FloatArray, SolverStatus]:
    import scipy.integrate

    shape = x.shape
    if not np.isfinite(f(x)).all():
        return x, SolverStatus(
            False, "diverged", "The weights or the start are not finite.", 0, f.evaluations
        )
    end = float(times[-1]) if times.size else plan.transient
    stepper: Any
    if method in STIFF:
        from pyscales.engines.embedded.stiff import NewtonKrylovBDF

        stepper = NewtonKrylovBDF(f, x, end, numbers[0], numbers[1])
    else:
        stepper = getattr(scipy.integrate, method)(
            f.flat(shape), 0.0, x.ravel(), end, rtol=numbers[0], atol=numbers[1]
        )
    steps = taken = 0
    while stepper.status == "running":
        message = stepper.step()
        steps += 1
        if stepper.status == "failed":
            return stepper.y.reshape(shape), SolverStatus(
                False,
                "unstable",
                f"{message} Loosen rtol or check the weights.",
                steps,
                f.evaluations,
            )
        if taken < times.size and times[taken] <= stepper.t:
            dense = stepper.dense_output()
            while taken < times.size and times[taken] <= stepper.t:
                statistics.add(dense(times[taken]).reshape(shape))
                taken += 1
        if progress is not None:
            progress(stepper.t / end if end > 0 else 1.0)
    y = stepper.y.reshape(shape)
    return y, _status(f, steps, y)


def _run_fixed(
    f: RightHandSide,
    x: FloatArray,
    times: FloatArray,
    plan: SamplingPlan,
    statistics: StreamingStatistics,
    method: str,
    numbers: tuple[float, float, float],
    progress: Progress | None,
) -> tuple[FloatArray, SolverStatus]:
    adams = None
    if method.startswith("ETD"):
        adams = ExponentialAdams(f, int(method[3]), damped=method.endswith("D"))
    steps = 0
    error = np.nan if method == "ETD1" else 0.0
    for start, stop, sample in _segments(plan, times):
        n_steps = max(1, int(np.ceil((stop - start) / numbers[2] - 1e-9)))
        h = (stop - start) / n_steps
        for _ in range(n_steps):
            x = adams(x, h) if adams else (_rk4 if method == "RK4" else _euler)(f, x, h)
            steps += 1
        if not np.isfinite(x).all():
            break
        if sample:
            statistics.add(x)
            if adams:
                error = max(error, adams.local_error(x))
        if progress is not None:
            progress(stop / (float(times[-1]) if times.size else plan.transient))
    status = _status(f, steps, x)
    if adams:
        status = replace(status, residual=error)
        if status.success and error > LARGEST_ERROR:
            message = f"The steps differ by {error:.2g} of x between orders: lower dt."
            status = replace(status, success=False, retcode="unstable", message=message)
    return x, status


def _segments(plan: SamplingPlan, times: FloatArray) -> list[tuple[float, float, bool]]:
    edges = list(np.arange(0.0, plan.transient, plan.sample_interval)) + [plan.transient]
    transient = [(a, b, False) for a, b in zip(edges[:-1], edges[1:], strict=True) if b > a]
    starts = np.concatenate([[plan.transient], times[:-1]]) if times.size else times
    return transient + [(float(a), float(b), True) for a, b in zip(starts, times, strict=True)]


def _rk4(f: RightHandSide, x: FloatArray, h: float) -> FloatArray:
    k1 = f(x)
    k2 = f(x + 0.5 * h * k1)
    k3 = f(x + 0.5 * h * k2)
    k4 = f(x + h * k3)
    return x + (h / 6) * (k1 + 2 * (k2 + k3) + k4)


def _euler(f: RightHandSide, x: FloatArray, h: float) -> FloatArray:
    return x + h * f(x)
