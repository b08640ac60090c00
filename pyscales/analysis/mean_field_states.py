"""Spectrum of the Jacobian at the states of mean-field theory: P_k(x) without any network."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyscales._threads import single_threaded_blas
from pyscales.analysis.bulk_theory import Variables, state_theory
from pyscales.analysis.dmft_memory import solve_chosen, static_state
from pyscales.analysis.theory_degrees import TheoryDegrees, require_undirected, theory_degrees
from pyscales.engines import Engine
from pyscales.model import Model
from pyscales.theory.fixed_points import SILENT_Q
from pyscales.theory.memory_degrees import degree_slopes
from pyscales.theory.memory_solver import MemoryOptions
from pyscales.theory.spectrum.state import (
    StateNodes,
    chaotic_state_nodes,
    sampled_state_nodes,
    static_state_nodes,
)

FloatArray = NDArray[np.float64]

_DEGREES = 24
_FIELDS = 20
_STATIC = (60, 40)  # bistable neurons put a pole at the edge


@single_threaded_blas
def mean_field_state_theory(
    model: Model,
    at: str,
    engine: Engine,
    *,
    options: MemoryOptions | None = None,
    seed: int = 0,
) -> tuple[Variables, dict[str, Any]]:
    """`state_theory` with the joint law of degree and slope of mean-field theory.

    On a trajectory: x = sqrt(u D(0)) z at symmetry 0; with memory x is sampled from the effective
    process of each degree with the C and G of the solution; where that is frozen, as at a fixed
    point: the static state x = s_u tanh(x) + g sqrt(u q) z. x = 0 where nothing moves.

    Returns
    -------
    variables, attrs
        `state_theory`, and `slope_mean`, the average of phi'; attrs `phase`, `converged`,
        `message`.
    """
    require_undirected(model)
    chosen = theory_degrees(model, seed=seed)
    if at == "fixed-point":
        nodes, scalars, attrs = _static(chosen, model.symmetry, engine)
    elif model.symmetry == 0:
        nodes, scalars, attrs = _gaussian(chosen, engine)
    else:
        nodes, scalars, attrs = _with_memory(chosen, model.symmetry, engine, options, seed)
    variables = state_theory(
        nodes, model.symmetry, chosen.gain, chosen.law.mean_degree, finite=False
    )
    variables["slope_mean"] = ((), float(nodes.weight @ nodes.slope))
    variables |= {name: ((), value) for name, value in scalars.items()}
    return variables, attrs | {"theory_degrees": chosen.choice}


_State = tuple[StateNodes, dict[str, float], dict[str, Any]]


def _law(chosen: TheoryDegrees, n: int = _DEGREES) -> tuple[FloatArray, FloatArray]:
    nodes = chosen.law.nodes(n)
    keep = nodes.relative_degree > 0
    return nodes.relative_degree[keep], nodes.weight[keep]


def _silent(chosen: TheoryDegrees, message: str) -> _State:
    u, w = _law(chosen)
    attrs = {"phase": "silent", "converged": True, "message": message}
    return StateNodes(u, np.ones_like(u), w), {}, attrs


def _gaussian(chosen: TheoryDegrees, engine: Engine) -> _State:
    biased = chosen.law.nodes(48, size_bias=1.0)
    state = engine.stationary(biased.relative_degree, biased.weight, chosen.gain)
    attrs = {"phase": state.phase, "converged": state.converged, "message": state.message}
    return chaotic_state_nodes(*_law(chosen), state.d0, _FIELDS), {"d0": state.d0}, attrs


def _static(chosen: TheoryDegrees, symmetry: float, engine: Engine) -> _State:
    state = engine.static_state(chosen.law, chosen.gain, symmetry)
    if state.q < SILENT_Q:
        return _silent(chosen, state.message)
    attrs = {"phase": state.region, "converged": state.converged, "message": state.message}
    nodes = static_state_nodes(*_law(chosen, _STATIC[0]), state, _STATIC[1])
    scalars = {"order_parameter_q": state.q, "static_instability": state.instability}
    return nodes, scalars, attrs


def _with_memory(
    chosen: TheoryDegrees,
    symmetry: float,
    engine: Engine,
    options: MemoryOptions | None,
    seed: int,
) -> _State:
    static = static_state(chosen, symmetry, engine)
    if static is not None and static.region == "frozen":
        return _static(chosen, symmetry, engine)
    state = solve_chosen(chosen, symmetry, engine, options or MemoryOptions(), seed)
    if state is None:
        return _silent(chosen, "below the critical gain: x = 0 is stable")
    if static is not None and state.phase != "chaotic":
        return _static(chosen, symmetry, engine)
    u, w = _law(chosen)
    slopes = degree_slopes(state, u, seed=np.random.SeedSequence(seed, spawn_key=(42,)))
    attrs = {"phase": state.phase, "converged": state.converged, "message": state.message}
    return sampled_state_nodes(u, w, slopes), {"variance_x": float(state.variance_x.mean())}, attrs
