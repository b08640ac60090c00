"""Timescale against degree and its distribution over the network, from theory, for x and phi(x)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pyscales._threads import single_threaded_blas
from pyscales.analysis.dmft_memory import curves_of, memory_attrs, solve_chosen
from pyscales.analysis.theory_degrees import TheoryDegrees, require_undirected, theory_degrees
from pyscales.engines import get_engine
from pyscales.errors import InputError
from pyscales.model import Model
from pyscales.results import make_dataset
from pyscales.theory.memory_solver import MemoryOptions
from pyscales.theory.memory_state import mean_and_error
from pyscales.theory.stationary import correlation_phi_of_degree, solve_trajectory
from pyscales.timescales import estimate_timescales

if TYPE_CHECKING:
    import xarray as xr

FloatArray = NDArray[np.float64]

_EXTREME = 2e-3
_NODES = 48


@single_threaded_blas
def theory_timescales(
    model: Model,
    *,
    n_degrees: int = 14,
    n_quantiles: int = 400,
    trajectories_per_degree: int = 64,
    trajectories: int = 700,
    n_seeds: int = 4,
    tolerance: float = 5e-4,
    workers: int = 2,
    engine: str = "auto",
    seed: int = 0,
) -> xr.Dataset:
    """Half widths of the autocorrelations of x and of phi(x) by degree.

    Parameters
    ----------
    model : Model
    n_degrees : int
        Degrees solved, logarithmically spaced over the law (its largest one included if bounded).
    n_quantiles : int
        Neurons of the distribution, the quantiles of the law.
    trajectories_per_degree : int
        Symmetry != 0: sampled for each degree and seed.
    trajectories, n_seeds, tolerance, workers, engine, seed
        As in `pyscales.dmft`.

    Returns
    -------
    Dataset
        Over `relative_degree`: `timescale_hwhm_of_degree` (x) and `timescale_hwhm_phi_of_degree`.
        Over `quantile` (of the neurons, ascending timescale): `timescale_hwhm_of_neuron`,
        `timescale_hwhm_phi_of_neuron`. Scalars: `degree_slope`, the least-squares slope of
        ln timescale on ln degree over the neurons, and `log_spread`, the standard deviation of
        ln timescale over them, with `_phi` for phi. Everything has an `*_error`, the standard error
        over seeds (0 where theory is exact).

    Raises
    ------
    InputError
        The state is silent or frozen: nothing fluctuates.

    Notes
    -----
    At symmetry 0 the half width of x is the same at every degree.
    """
    require_undirected(model)
    chosen = theory_degrees(model, seed=seed)
    u = _degrees(chosen, n_degrees)
    if model.symmetry == 0:
        x, phi, attrs = _exact(chosen, u, get_engine(engine))
    else:
        options = MemoryOptions(
            trajectories=trajectories, n_seeds=n_seeds, tolerance=tolerance, workers=workers
        )
        solver = get_engine(engine)
        state = solve_chosen(chosen, model.symmetry, solver, options, seed)
        if state is None or state.phase != "chaotic":
            raise _nothing_moves(model, "silent" if state is None else state.phase)
        curves = curves_of(state, u, seed, workers, trajectories_per_degree, solver.memory_maps)
        x, phi = (_half_widths(c, curves.lag) for c in (curves.x, curves.phi))
        attrs = memory_attrs(state)
    p = (np.arange(n_quantiles) + 0.5) / n_quantiles
    neurons = chosen.law.quantile(p)
    neurons = np.clip(neurons, u[0], u[-1])
    variables: dict[str, tuple[tuple[str, ...], Any]] = {}

    def put(name: str, dims: tuple[str, ...], values: FloatArray) -> None:
        mean, error = mean_and_error(values)
        if model.symmetry == 0:
            error = np.zeros_like(mean)
        variables[name], variables[f"{name}_error"] = (dims, mean), (dims, error)

    for suffix, widths in (("", x), ("_phi", phi)):
        tau = np.stack([np.interp(np.log(neurons), np.log(u), w) for w in widths])
        log_tau, log_u = np.log(tau), np.log(neurons)
        centred = log_u - log_u.mean()
        spread = max(float(centred @ centred), 1e-300)
        put(f"timescale_hwhm{suffix}_of_degree", ("relative_degree",), widths)
        put(f"timescale_hwhm{suffix}_of_neuron", ("quantile",), np.sort(tau, axis=1))
        put(f"degree_slope{suffix}", (), log_tau @ centred / spread)
        put(f"log_spread{suffix}", (), log_tau.std(axis=1))
    return make_dataset(
        variables,
        {"relative_degree": (("relative_degree",), u), "quantile": (("quantile",), p)},
        {"job": "theory-timescales", "model": model.parameters()} | attrs,
    )


def _degrees(chosen: TheoryDegrees, count: int) -> FloatArray:
    low, high = chosen.law.quantile(np.array([_EXTREME, 1 - _EXTREME]))
    if chosen.law.bounded:
        high = chosen.law.u_max
    low = max(float(low), 1e-3 * float(high))
    return np.unique(np.geomspace(low, float(high), count))


def _half_widths(curves: FloatArray, lag: FloatArray) -> FloatArray:
    seeds, n_lags, n_degrees = curves.shape
    rows = curves.transpose(0, 2, 1).reshape(-1, n_lags)
    return estimate_timescales(rows, lag, ("hwhm",))["timescale_hwhm"].reshape(seeds, n_degrees)


def _exact(
    chosen: TheoryDegrees, u: FloatArray, engine: Any
) -> tuple[FloatArray, FloatArray, dict[str, Any]]:
    nodes = chosen.law.nodes(_NODES, size_bias=1.0)
    state = engine.stationary(nodes.relative_degree, nodes.weight, chosen.gain)
    if state.d0 == 0:
        raise InputError("gain", chosen.gain, "above the critical gain", "The state is silent.")
    trajectory = solve_trajectory(state)
    lag = np.linspace(0.0, 6.0 * trajectory.timescale_asymptotic, 1201)
    phi = correlation_phi_of_degree(u, state.d0, trajectory.rho_at(lag))
    x = np.full((1, u.size), trajectory.lag_at(0.5))
    attrs = {
        "phase": state.phase,
        "converged": state.converged,
        "residual": state.residual,
        "message": state.message,
    }
    return x, _half_widths(phi[None], lag), attrs


def _nothing_moves(model: Model, phase: str) -> InputError:
    return InputError(
        "gain",
        model.gain,
        "a gain of the chaotic phase",
        f"The state is {phase}: it has no stationary autocorrelation that decays.",
    )
