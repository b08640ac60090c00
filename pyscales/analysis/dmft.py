"""Dynamical mean-field theory of a model at symmetry 0 as a Dataset."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pyscales._threads import single_threaded_blas
from pyscales.analysis.theory_degrees import theory_degrees
from pyscales.engines import get_engine
from pyscales.errors import InputError
from pyscales.model import Model
from pyscales.results import make_dataset
from pyscales.theory.lyapunov import lyapunov_max_stationary
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


@dataclass(frozen=True)
class DmftSolution:
    """Stationary state at symmetry 0: numbers, curves and how they were found.

    Attributes
    ----------
    scalars : dict of float
        `d0`, `variance_x`, `variance_phi`, `lyapunov_max`, `timescale_*`.
    lag : ndarray, shape (l,)
    relative_degree : ndarray, shape (r,)
        Degrees with a phi autocorrelation of their own.
    curves : dict of ndarray, shape (l,) or (l, r)
        Autocorrelations by name.
    attrs : dict
        Phase, status, model.
    """

    scalars: dict[str, float]
    lag: FloatArray
    relative_degree: FloatArray
    curves: dict[str, FloatArray]
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
        variables["variance_x_of_degree"] = (("relative_degree",), u * self.scalars["d0"])
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
    engine: str = "auto",
    seed: int = 0,
) -> DmftSolution:
    """Exact stationary mean-field theory at symmetry 0.

    Parameters
    ----------
    model : Model
        With symmetry 0.
    max_lag : float, optional
        Longest lag returned; default ten asymptotic decay times.
    n_lags : int
    n_nodes : int
        Degree nodes of the averages.
    n_degrees : int
        Degrees with a phi autocorrelation of their own, spread over the law.
    engine : str

    Returns
    -------
    DmftSolution
        Scalars `d0`, `variance_x`, `variance_phi`, `lyapunov_max`, `timescale_*`, curves over
        `lag`, per-degree curves over `relative_degree`; attrs `phase`, `converged`, `residual`,
        `message`. In the silent state all variances are 0 and the timescales NaN.

    Raises
    ------
    InputError
        Symmetry other than 0.
    """
    if model.symmetry != 0:
        raise InputError(
            "symmetry",
            model.symmetry,
            "0 for the mean-field theory of this version",
            "Simulate for symmetry != 0, or use critical-gain, which takes every symmetry.",
        )
    chosen = theory_degrees(model, seed=seed)
    runner = get_engine(engine)
    nodes = chosen.law.nodes(n_nodes, size_bias=1.0)
    state = runner.stationary(nodes.relative_degree, nodes.weight, chosen.gain)
    u = _curve_degrees(chosen.law.quantile(np.linspace(0.02, 0.98, n_degrees)))
    attrs = {
        "job": "dmft",
        "model": model.parameters(),
        "engine": runner.name,
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
    names = (
        "autocorrelation_x",
        "autocorrelation",
        "autocorrelation_phi_population",
        "autocorrelation_phi_of_degree",
    )
    return DmftSolution(scalars, lag, u, dict(zip(names, curves, strict=True)), attrs)


def _curve_degrees(u: FloatArray) -> FloatArray:
    u = np.unique(u[u > 0])
    return u if u.size else np.ones(1)
