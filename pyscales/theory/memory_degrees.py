"""Neurons of given degrees in a stationary state with memory."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pyscales.theory.memory import (
    MapMaker,
    MemoryPlan,
    draw_numbers,
    embedded_map,
    frequencies,
    noise_spectrum,
    probe_field,
)
from pyscales.theory.memory_state import MemoryState
from pyscales.theory.memory_trajectories import memory_kernel, volterra

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class DegreeCurves:
    """Autocorrelations of neurons of K degrees in S independent solutions.

    Attributes
    ----------
    relative_degree : ndarray, shape (K,)
    lag : ndarray, shape (L + 1,)
    x, phi : ndarray, shape (S, L + 1, K)
        <x x> and <phi phi>; the scatter over S holds the error of C and G and that of the sampling.
    """

    relative_degree: FloatArray
    lag: FloatArray
    x: FloatArray
    phi: FloatArray


def degree_curves(
    state: MemoryState,
    relative_degree: FloatArray,
    *,
    trajectories: int = 64,
    seed: int | np.random.SeedSequence = 0,
    workers: int = 1,
    maps: MapMaker | None = None,
) -> DegreeCurves:
    """Sample the effective process of given degrees with the C and G of a solution.

    Each seed of the solution is used with random numbers of its own, and the maps of another engine
    if given. Cost: that of one sweep with `trajectories` per degree for each seed.
    """
    u = np.asarray(relative_degree, dtype=float)
    plan = _plan(state, u, trajectories)
    root = seed if isinstance(seed, np.random.SeedSequence) else np.random.SeedSequence(seed)
    x, phi = [], []
    for c, g, stream in zip(
        state.autocorrelation,
        state.response,
        root.spawn(state.autocorrelation.shape[0]),
        strict=True,
    ):
        out = (maps or embedded_map)(plan, draw_numbers(plan, stream), workers)(c, g, True)
        x.append(out.autocorrelation_x_of_node)
        phi.append(out.autocorrelation_of_node)
    return DegreeCurves(u, state.lag, np.stack(x), np.stack(phi))


def degree_paths(
    state: MemoryState,
    relative_degree: FloatArray,
    *,
    trajectories: int = 64,
    seed: int | np.random.SeedSequence = 0,
) -> FloatArray:
    """Sampled x(t) of neurons of given degrees, such as for their densities.

    Returns
    -------
    ndarray, shape (S, n_steps, K, trajectories)
        One set per seed of the solution, steps of `state.plan.dt`, periodic noise. x comes from
        tanh x, so |x| is cut at 18.
    """
    from scipy import fft

    u = np.asarray(relative_degree, dtype=float)
    plan = _plan(state, u, trajectories)
    root = seed if isinstance(seed, np.random.SeedSequence) else np.random.SeedSequence(seed)
    n_steps = plan.n_steps
    of_column = u[plan.node]
    out = np.empty((state.autocorrelation.shape[0], n_steps, u.size, trajectories))
    for k, (c, g, stream) in enumerate(
        zip(
            state.autocorrelation,
            state.response,
            root.spawn(state.autocorrelation.shape[0]),
            strict=True,
        )
    ):
        numbers = draw_numbers(plan, stream)
        leak = np.sqrt(n_steps * noise_spectrum(c, n_steps)) / (1 + 1j * frequencies(plan))
        amplitude = plan.gain * np.sqrt(of_column)
        field = fft.irfft(numbers.noise * leak[:, None] * amplitude, n_steps, axis=0)
        phi, _ = volterra(
            field,
            probe_field(plan, numbers).leaked,
            plan.symmetry * plan.gain**2 * of_column,
            memory_kernel(g, plan.dt),
            plan.n_burn,
        )
        edge = np.tanh(18.0)
        out[k] = np.arctanh(np.clip(phi, -edge, edge)).reshape(n_steps, u.size, trajectories)
    return out


def degree_slopes(
    state: MemoryState,
    relative_degree: FloatArray,
    *,
    n_slopes: int = 40,
    trajectories: int = 16,
    seed: int | np.random.SeedSequence = 0,
) -> FloatArray:
    """phi'(x) of neurons of given degrees: equally likely values, ascending, shape (K, n_slopes).

    Means of phi' = 1 - tanh(x)^2 over the `n_slopes` quantile groups of `degree_paths`, taken every
    membrane time, all seeds of the solution together.
    """
    x = degree_paths(state, relative_degree, trajectories=trajectories, seed=seed)
    x = x[:, :: max(1, int(round(1.0 / state.plan.dt)))]
    slope = 1.0 - np.tanh(x.transpose(2, 0, 1, 3).reshape(x.shape[2], -1)) ** 2
    slope.sort(axis=1)
    edges = np.linspace(0, slope.shape[1], n_slopes + 1).astype(int)
    return np.asarray(np.add.reduceat(slope, edges[:-1], axis=1) / np.diff(edges))


def _plan(state: MemoryState, u: FloatArray, trajectories: int) -> MemoryPlan:
    return replace(
        state.plan,
        relative_degree=u,
        weight=np.full(u.size, 1.0 / u.size),
        count=np.full(u.size, trajectories, dtype=np.int64),
        single=False,
    )
