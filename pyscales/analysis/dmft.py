"""Dynamical mean-field theory of a model as a Dataset."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pyscales._threads import single_threaded_blas
from pyscales.analysis.dmft_memory import (
    by_degree,
    curves_of,
    memory_attrs,
    memory_curves,
    memory_scalars,
    silent_parts,
    solve_chosen,
    static_parts,
    static_state,
)
from pyscales.analysis.theory_degrees import TheoryDegrees, require_undirected, theory_degrees
from pyscales.engines import EngineChoice, choose_engine, memory_seconds
from pyscales.model import Model
from pyscales.results import make_dataset
from pyscales.theory.lyapunov import lyapunov_max_stationary
from pyscales.theory.memory_solver import MemoryOptions
from pyscales.theory.stationary import (
    correlation_phi,
    correlation_phi_of_degree,
    odd_series,
    population_coefficients_phi,
    solve_trajectory,
)
from pyscales.theory.stationary_timescales import timescales_phi, timescales_x

if TYPE_CHECKING:
    import xarray as xr

FloatArray = NDArray[np.float64]

_ZERO = (
    "timescale_hwhm",
    "timescale_efold",
    "timescale_integral",
    "timescale_rho2",
    "timescale_asymptotic",
    "timescale_hwhm_phi",
    "timescale_efold_phi",
    "timescale_integral_phi",
    "timescale_rho2_phi",
)
_CURVES = ("autocorrelation_x", "autocorrelation", "autocorrelation_phi_population")


@dataclass(frozen=True)
class DmftSolution:
    """Stationary state: numbers, curves and how they were found.

    Attributes
    ----------
    scalars : dict of float
        `d0` (symmetry 0), `variance_x`, `variance_phi`, `lyapunov_max` (symmetry 0),
        `susceptibility`, `timescale_*`; with memory each has an `*_error`.
    lag : ndarray, shape (l,)
    relative_degree : ndarray, shape (r,)
        Degrees with a phi autocorrelation of their own.
    curves : dict of ndarray, shape (l,) or (l, r)
        Autocorrelations and responses by name.
    of_degree : dict of ndarray, shape (r,)
        Numbers per degree.
    attrs : dict
        Phase, status, model.
    """

    scalars: dict[str, float]
    lag: FloatArray
    relative_degree: FloatArray
    curves: dict[str, FloatArray]
    of_degree: dict[str, FloatArray]
    attrs: dict[str, Any]

    def to_dataset(self) -> xr.Dataset:
        """The solution as a Dataset over `lag` and `relative_degree`."""
        u = self.relative_degree
        variables: dict[str, tuple[tuple[str, ...], Any]] = {
            k: ((), v) for k, v in self.scalars.items()
        }
        variables |= {
            k: (("lag",) if v.ndim == 1 else ("lag", "relative_degree"), v)
            for k, v in self.curves.items()
        }
        variables |= {k: (("relative_degree",), v) for k, v in self.of_degree.items()}
        return make_dataset(
            variables,
            {"lag": (("lag",), self.lag), "relative_degree": (("relative_degree",), u)},
            self.attrs,
        )


def dmft(
    model: Model,
    *,
    max_lag: float | None = None,
    n_lags: int = 401,
    n_nodes: int = 48,
    n_degrees: int = 9,
    trajectories: int = 700,
    n_seeds: int = 4,
    replicas: int = 5,
    tolerance: float = 5e-4,
    root: str = "anderson",
    workers: int = 2,
    engine: str = "auto",
    seed: int = 0,
) -> xr.Dataset:
    """`solve_dmft` as a Dataset; same parameters, same errors."""
    return solve_dmft(
        model,
        max_lag=max_lag,
        n_lags=n_lags,
        n_nodes=n_nodes,
        n_degrees=n_degrees,
        trajectories=trajectories,
        n_seeds=n_seeds,
        replicas=replicas,
        tolerance=tolerance,
        root=root,
        workers=workers,
        engine=engine,
        seed=seed,
    ).to_dataset()


@single_threaded_blas
def solve_dmft(
    model: Model,
    *,
    max_lag: float | None = None,
    n_lags: int = 401,
    n_nodes: int = 48,
    n_degrees: int = 9,
    trajectories: int = 700,
    n_seeds: int = 4,
    replicas: int = 5,
    tolerance: float = 5e-4,
    root: str = "anderson",
    workers: int = 2,
    engine: str = "auto",
    seed: int = 0,
) -> DmftSolution:
    """Stationary mean-field theory: exact at symmetry 0, sampled with memory otherwise.

    Parameters
    ----------
    model : Model
    max_lag : float, optional
        Longest lag returned; default ten asymptotic decay times (symmetry 0), or the window of the
        solver.
    n_lags : int
    n_nodes : int
        Degree nodes of the averages at symmetry 0; with memory there are 9.
    n_degrees : int
        Degrees with autocorrelations of their own, spread over the law.
    trajectories, n_seeds, replicas, tolerance, root : int, int, int, float, str
        Symmetry != 0: see `pyscales.theory.memory_solver.MemoryOptions`.
    workers : int
        Threads; the result does not depend on it.
    engine : str
    seed : int
        Same seed, same result.

    Returns
    -------
    DmftSolution
        Scalars `d0`, `variance_x`, `variance_phi`, `lyapunov_max`, `susceptibility`,
        `timescale_*`, curves over `lag`, per-degree curves and numbers over `relative_degree`;
        attrs `phase`, `converged`, `residual`, `message`. In the silent state all variances are 0
        and the timescales NaN. With memory `timescale_*` are those of the population mean
        autocorrelation of x and, with `_phi`, of the size-biased one of phi; every number has an
        `*_error`, what sampling and the iteration leave (`memory_state.stated`), numbers of a
        degree the standard error over `n_seeds` solutions alone; `d0`, `lyapunov_max` and
        `timescale_asymptotic` are NaN.

    Raises
    ------
    InputError
        Directed graph with symmetry != 0; root 'newton' without the Julia engine.
    """
    require_undirected(model)
    chosen = theory_degrees(model, seed=seed)
    seconds = memory_seconds(n_seeds, replicas, trajectories) if model.symmetry != 0 else 0.0
    choice = choose_engine(engine, job="the mean-field theory", seconds=seconds)
    if model.symmetry != 0:
        options = MemoryOptions(
            trajectories=trajectories,
            n_seeds=n_seeds,
            replicas=replicas,
            tolerance=tolerance,
            root=root,
            workers=workers,
        )
        return _with_memory(model, chosen, choice, options, max_lag, n_lags, n_degrees, seed)
    nodes = chosen.law.nodes(n_nodes, size_bias=1.0)
    state = choice.engine.stationary(nodes.relative_degree, nodes.weight, chosen.gain)
    u = _curve_degrees(chosen.law.quantile(np.linspace(0.02, 0.98, n_degrees)))
    attrs = {
        "job": "dmft",
        "model": model.parameters(),
        "engine": choice.engine.name,
        "engine_reason": choice.reason,
        "theory_degrees": chosen.choice,
        "theory_gain": chosen.gain,
        "phase": state.phase,
        "converged": state.converged,
        "residual": state.residual,
        "iterations": state.iterations,
        "mehler_truncation": state.truncation,
        "message": state.message,
    }
    if state.d0 == 0:
        lag = np.linspace(0.0, max_lag or 10.0, n_lags)
        zero = np.zeros(n_lags)
        scalars = {"d0": 0.0, "variance_x": 0.0, "variance_phi": 0.0}
        scalars |= dict.fromkeys(_ZERO, np.nan)
        scalars["lyapunov_max"] = -1.0 + model.gain * np.sqrt(chosen.law.moment(2)) * (
            chosen.gain / model.gain if model.gain else 1.0
        )
        curves = (zero, zero, zero, np.zeros((n_lags, u.size)))
    else:
        trajectory = solve_trajectory(state)
        lag = np.linspace(0.0, max_lag or 10.0 * trajectory.timescale_asymptotic, n_lags)
        rho = trajectory.rho_at(lag)
        lyapunov = lyapunov_max_stationary(state, trajectory)
        attrs["lyapunov_zero_mode"] = lyapunov.zero_mode
        scalars = {
            "d0": state.d0,
            "variance_x": state.d0,
            "variance_phi": state.autocorrelation_phi0,
            "lyapunov_max": lyapunov.lyapunov_max,
            **timescales_x(trajectory),
            **timescales_phi(state, trajectory),
        }
        curves = (
            state.d0 * rho,
            correlation_phi(state, rho),
            odd_series(rho, population_coefficients_phi(state)),
            correlation_phi_of_degree(u, state.d0, rho),
        )
    names = (*_CURVES, "autocorrelation_phi_of_degree")
    of_degree = {"variance_x_of_degree": u * scalars["d0"]}
    return DmftSolution(scalars, lag, u, dict(zip(names, curves, strict=True)), of_degree, attrs)


def _with_memory(
    model: Model,
    chosen: TheoryDegrees,
    choice: EngineChoice,
    options: MemoryOptions,
    max_lag: float | None,
    n_lags: int,
    n_degrees: int,
    seed: int,
) -> DmftSolution:
    attrs = {
        "job": "dmft",
        "model": model.parameters(),
        "engine": choice.engine.name,
        "engine_reason": choice.reason,
        "theory_degrees": chosen.choice,
        "theory_gain": chosen.gain,
    }
    u = _curve_degrees(chosen.law.quantile(np.linspace(0.02, 0.98, n_degrees)))
    unknown = {"d0": np.nan, "lyapunov_max": np.nan, "timescale_asymptotic": np.nan}
    static = static_state(chosen, model.symmetry, choice.engine)
    frozen = static is not None and static.region == "frozen"
    state = None if frozen else solve_chosen(chosen, model.symmetry, choice.engine, options, seed)
    if static is not None and (frozen or (state is not None and state.phase != "chaotic")):
        lag = np.linspace(0.0, max_lag or 10.0, n_lags)
        scalars, curves, per_degree = static_parts(static, u, n_lags)
        attrs |= {
            "phase": "frozen",
            "converged": static.converged,
            "residual": static.residual,
            "iterations": static.iterations,
            "message": static.message
            if frozen
            else "C does not decay: the state is frozen or slower than the longest window. The "
            "numbers are those of the typical static state, which is itself unstable here "
            "(static_instability >= 1).",
        }
        scalars = dict.fromkeys(_ZERO, np.nan) | unknown | scalars
        return DmftSolution(scalars, lag, u, curves, per_degree, attrs)
    if state is None:
        lag = np.linspace(0.0, max_lag or 10.0, n_lags)
        scalars, curves = silent_parts(chosen, model.symmetry, lag)
        scalars = dict.fromkeys(_ZERO, np.nan) | unknown | scalars
        scalars |= {"d0": 0.0, "variance_x": 0.0, "variance_phi": 0.0}
        zero = dict.fromkeys(_CURVES, np.zeros(n_lags))
        per_degree = {"autocorrelation_phi_of_degree": np.zeros((n_lags, u.size))}
        attrs |= {"phase": "silent", "converged": True, "residual": 0.0, "iterations": 0}
        attrs["message"] = "below the critical gain: x = 0 is stable"
        return DmftSolution(
            scalars,
            lag,
            u,
            zero | curves | per_degree,
            {"variance_x_of_degree": np.zeros(u.size)},
            attrs,
        )
    lag = np.linspace(0.0, max_lag or float(state.lag[-1]), n_lags)
    degrees = curves_of(state, u, seed, options.workers, maps=choice.engine.memory_maps)
    return DmftSolution(
        unknown | memory_scalars(state),
        lag,
        u,
        memory_curves(state, degrees, lag),
        by_degree(degrees),
        attrs | memory_attrs(state),
    )


def _curve_degrees(u: FloatArray) -> FloatArray:
    u = np.unique(u[u > 0])
    return u if u.size else np.ones(1)
