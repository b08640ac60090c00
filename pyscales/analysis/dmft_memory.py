"""Mean-field theory of a model at symmetry != 0, as the solution `pyscales.dmft` returns."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyscales.analysis.critical_gain import critical_gain_of_law
from pyscales.analysis.theory_degrees import TheoryDegrees
from pyscales.engines import Engine
from pyscales.theory.fixed_points import (
    SILENT_Q,
    FixedPointState,
)
from pyscales.theory.memory import MapMaker
from pyscales.theory.memory_degrees import DegreeCurves, degree_curves
from pyscales.theory.memory_solver import MemoryOptions
from pyscales.theory.memory_state import MemoryState, mean_and_error, stated
from pyscales.theory.silent_response import silent_response, silent_transform
from pyscales.theory.static_density import static_moments
from pyscales.timescales import estimate_timescales

FloatArray = NDArray[np.float64]

METHODS = ("hwhm", "efold", "integral", "rho2")
N_NODES = 9
_SILENT_NODES = 96


def solve_chosen(
    chosen: TheoryDegrees,
    symmetry: float,
    engine: Engine,
    options: MemoryOptions,
    seed: int,
) -> MemoryState | None:
    """The stationary state, or None where x = 0 is stable (gain below a known critical gain)."""
    critical = critical_gain_of_law(chosen.law, symmetry).critical_gain
    if chosen.gain <= critical:
        return None
    nodes = chosen.law.nodes(N_NODES, size_bias=1.0)
    state = engine.solve_memory(
        nodes.relative_degree,
        nodes.weight,
        chosen.gain,
        symmetry,
        options=options,
        seed=np.random.SeedSequence(seed, spawn_key=(40,)),
    )
    return None if state.phase == "silent" else state


def static_state(chosen: TheoryDegrees, symmetry: float, engine: Engine) -> FixedPointState | None:
    """The static state with q >= 1e-4, if there is one (symmetry > 0)."""
    if symmetry <= 0:
        return None
    found = engine.static_state(chosen.law, chosen.gain, symmetry)
    return found if found.converged and found.q >= SILENT_Q else None


def static_parts(
    state: FixedPointState, u: FloatArray, n_lags: int
) -> tuple[dict[str, float], dict[str, FloatArray], dict[str, FloatArray]]:
    """Scalars, curves (constant in time) and numbers per degree of a frozen state."""
    x2, phi2 = static_moments(state, u)
    flat = np.ones(n_lags)
    scalars = {
        "variance_x": state.variance_x,
        "variance_phi": state.q,
        "susceptibility": state.chi,
        "order_parameter_q": state.q,
        "static_instability": state.instability,
    }
    curves = {
        "autocorrelation_x": state.variance_x * flat,
        "autocorrelation": state.q * flat,
        "autocorrelation_phi_of_degree": phi2 * flat[:, None],
        "autocorrelation_x_of_degree": x2 * flat[:, None],
    }
    return scalars, curves, {"variance_x_of_degree": x2}


def silent_parts(
    chosen: TheoryDegrees, symmetry: float, lag: FloatArray
) -> tuple[dict[str, float], dict[str, FloatArray]]:
    """chi and G(t) of the silent state."""
    nodes = chosen.law.nodes(_SILENT_NODES, size_bias=1.0)
    arguments = (nodes.relative_degree, nodes.weight, chosen.gain, symmetry)
    period = max(400.0, 4.0 * float(lag[-1]))
    return (
        {"susceptibility": float(silent_transform(np.zeros(1), *arguments)[0].real)},
        {"response": silent_response(lag, *arguments, period=period)},
    )


def memory_scalars(state: MemoryState) -> dict[str, float]:
    """Variances, susceptibility and timescales, each with its stated error."""
    names = tuple(_scalars_of_seeds(state))

    def values(s: MemoryState) -> FloatArray:
        return np.stack(list(_scalars_of_seeds(s).values()), axis=1)

    mean, error = stated(state, values)
    out = dict(zip(names, mean.tolist(), strict=True))
    return out | {f"{n}_error": e for n, e in zip(names, error.tolist(), strict=True)}


def _scalars_of_seeds(state: MemoryState) -> dict[str, FloatArray]:
    x = state.autocorrelation_x_of_node @ (state.weight / state.relative_degree)
    return {
        "variance_x": x[:, 0],
        "variance_phi": state.autocorrelation[:, 0],
        "susceptibility": state.susceptibility,
        **_timescales(x, state.lag, ""),
        **_timescales(state.autocorrelation, state.lag, "_phi"),
    }


def _timescales(c: FloatArray, lag: FloatArray, suffix: str) -> dict[str, FloatArray]:
    found = estimate_timescales(c, lag, METHODS, suffix)
    return {k: v for k, v in found.items() if not k.endswith("_quality")}


def memory_curves(
    state: MemoryState, degrees: DegreeCurves, lag: FloatArray
) -> dict[str, FloatArray]:
    """Mean curves at the wanted lags (0 beyond the window), with the errors of C and G."""
    population = state.weight / state.relative_degree

    def at(curve: FloatArray, where: FloatArray = state.lag) -> FloatArray:
        return np.interp(lag, where, curve, right=0.0)

    c, c_error = stated(
        state, lambda s: s.autocorrelation, float(state.autocorrelation[:, 0].mean())
    )
    g, g_error = stated(state, lambda s: s.response)
    # G at lag 0+ by a straight line through the first two cells.
    cells = np.concatenate([[0.0], state.response_lag])
    g = np.concatenate([[1.5 * g[0] - 0.5 * g[1]], g])
    g_error = np.concatenate([[g_error[0]], g_error])
    of_degree = [
        np.stack([at(v) for v in curve.mean(axis=0).T], axis=1)
        for curve in (degrees.x, degrees.phi)
    ]
    return {
        "autocorrelation_x": at((state.autocorrelation_x_of_node @ population).mean(axis=0)),
        "autocorrelation": at(c),
        "autocorrelation_error": at(c_error),
        "autocorrelation_phi_population": at(
            (state.autocorrelation_of_node @ population).mean(axis=0)
        ),
        "response": at(g, cells),
        "response_error": at(g_error, cells),
        "autocorrelation_x_of_degree": of_degree[0],
        "autocorrelation_phi_of_degree": of_degree[1],
    }


def by_degree(degrees: DegreeCurves) -> dict[str, FloatArray]:
    """Variance of x and half widths of x and phi at every degree, with errors, shape (K,)."""
    seeds, n_lags, n_degrees = degrees.x.shape
    out: dict[str, FloatArray] = {}
    found: dict[str, FloatArray] = {"variance_x_of_degree": degrees.x[:, 0]}
    for suffix, curves in (("", degrees.x), ("_phi", degrees.phi)):
        rows = curves.transpose(0, 2, 1).reshape(-1, n_lags)
        widths = estimate_timescales(rows, degrees.lag, ("hwhm",), suffix)
        found[f"timescale_hwhm{suffix}_of_degree"] = widths[f"timescale_hwhm{suffix}"].reshape(
            seeds, n_degrees
        )
    for name, values in found.items():
        out[name], out[f"{name}_error"] = mean_and_error(values)
    return out


def memory_attrs(state: MemoryState) -> dict[str, Any]:
    """How the solution was found."""
    plan = state.plan
    return {
        "phase": state.phase,
        "converged": state.converged,
        "residual": state.residual,
        "iterations": state.sweeps,
        "residual_history": state.residual_history,
        "effective_samples": state.effective_samples,
        "samples_left_out": state.samples_left_out,
        "trajectories": plan.n_trajectories,
        "n_seeds": state.autocorrelation.shape[0],
        "dt": plan.dt,
        "window": plan.n_lags * plan.dt,
        "period": plan.n_steps * plan.dt,
        "message": state.message,
    }


def curves_of(
    state: MemoryState,
    u: FloatArray,
    seed: int,
    workers: int,
    trajectories: int = 64,
    maps: MapMaker | None = None,
) -> DegreeCurves:
    """`degree_curves` with the streams of the analysis."""
    return degree_curves(
        state,
        u,
        trajectories=trajectories,
        seed=np.random.SeedSequence(seed, spawn_key=(41,)),
        workers=workers,
        maps=maps,
    )
