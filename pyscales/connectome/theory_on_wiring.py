"""Mean-field theory with the degrees of a measured wiring diagram."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyscales.connectome.containers import Connectome
from pyscales.connectome.wiring import wiring_degrees
from pyscales.errors import InputError
from pyscales.theory.memory_solver import MemoryOptions, solve_memory
from pyscales.theory.memory_state import MemoryState, mean_and_error

FloatArray = NDArray[np.float64]


def wiring_nodes(connectome: Connectome) -> tuple[FloatArray, FloatArray]:
    """Relative in-degrees u = k_in / <k> and their weights in C.

    A neuron receives noise in proportion to its in-degree and counts in the average by its
    out-degree: weight of u is the share of k_out on nodes of in-degree u <k>. Shapes (J,).
    """
    k_in, k_out = wiring_degrees(connectome, "in"), wiring_degrees(connectome, "out")
    pair = np.unique(np.column_stack([k_in, k_out]), axis=0, return_counts=True)
    (values, counts) = pair
    weight = values[:, 1] * counts / k_out.sum()
    good = (values[:, 0] > 0) & (weight > 0)
    u, inverse = np.unique(values[good, 0] / k_in.mean(), return_inverse=True)
    w = np.asarray(np.bincount(inverse, weights=weight[good]), dtype=np.float64)
    return u, w


def grouped_nodes(
    relative_degree: FloatArray, weight: FloatArray, n_groups: int
) -> tuple[FloatArray, FloatArray]:
    """Fewer nodes with the same sum of weights and the same mean degree.

    Groups of neighbouring degrees with nearly equal weight; a degree heavier than a group stays
    alone. Ascending input.
    """
    middle = np.cumsum(weight) - 0.5 * weight
    group = np.minimum((n_groups * middle / weight.sum()).astype(np.int64), n_groups - 1)
    _, index = np.unique(group, return_inverse=True)
    w = np.asarray(np.bincount(index, weights=weight), dtype=np.float64)
    return np.bincount(index, weights=weight * relative_degree) / w, w


def theory_of_wiring(connectome: Connectome, gain: float) -> dict[str, float]:
    """Mean-field timescales at symmetry 0 with the measured in- and out-degrees.

    The nodes are those of `wiring_nodes`. At symmetry 0 the timescale of x is the same at every
    degree.

    Returns
    -------
    dict of str to float
        variance_x, the population mean; timescale_hwhm, timescale_efold, ... of x, membrane time
        constants, NaN when silent.
    """
    from pyscales.theory.stationary import solve_stationary, solve_trajectory
    from pyscales.theory.stationary_timescales import timescales_x

    state = solve_stationary(*wiring_nodes(connectome), gain)
    if state.phase == "silent":
        names = ("timescale_hwhm", "timescale_efold", "timescale_integral")
        return {"variance_x": 0.0} | dict.fromkeys(names, np.nan)
    return {"variance_x": state.d0} | timescales_x(solve_trajectory(state))


@dataclass(frozen=True, eq=False)
class WiringTheory:
    """Timescales of neurons of given in-degree, by theory with memory; membrane time constants.

    Attributes
    ----------
    phase : str
        'chaotic', 'silent' or 'not stationary'; curves are NaN unless chaotic.
    relative_degree : ndarray, shape (K,)
    timescale_efold, timescale_efold_error : ndarray, shape (K,)
        Lag at which <x x> falls to 1/e, and its standard error over independent solutions.
    variance_x, variance_x_error : ndarray, shape (K,)
    converged : bool
    residual : float
    message : str
    """

    phase: str
    relative_degree: FloatArray
    timescale_efold: FloatArray
    timescale_efold_error: FloatArray
    variance_x: FloatArray
    variance_x_error: FloatArray
    converged: bool
    residual: float
    message: str


def memory_theory_of_wiring(
    connectome: Connectome,
    gain: float,
    symmetry: float,
    relative_degree: FloatArray,
    *,
    options: MemoryOptions | None = None,
    n_groups: int = 24,
    seed: int = 0,
) -> WiringTheory:
    """Timescale against in-degree at symmetry != 0 with the degrees of a graph.

    Exact in the mean-field limit where every edge has its opposite. With one-way edges the past
    of a neuron comes back through its reciprocated partners only; give the effective symmetry
    (`effective_symmetry`), which takes their number in proportion to the in-degree.

    Parameters
    ----------
    connectome : Connectome
    gain, symmetry : float
        g of couplings of variance g^2 / <k>, <k> edges per node; correlation of J_ij and J_ji.
    relative_degree : ndarray, shape (K,)
        k_in / <k> of the neurons asked for.
    options : MemoryOptions
    n_groups : int
        Degree nodes of the theory.

    Returns
    -------
    WiringTheory

    Raises
    ------
    InputError
        symmetry 0: `theory_of_wiring` is exact there.

    Notes
    -----
    Cost: that of `solve_memory`, and one more sweep for the K degrees.
    """
    if symmetry == 0:
        raise InputError("symmetry", symmetry, "not 0", "Use theory_of_wiring.")
    u = np.asarray(relative_degree, dtype=np.float64)
    nodes, weight = grouped_nodes(*wiring_nodes(connectome), n_groups)
    chosen = options or MemoryOptions()
    state = solve_memory(nodes, weight, gain, symmetry, options=chosen, seed=seed)
    if state.phase != "chaotic":
        none = np.full(u.size, np.nan)
        scales, variances = (none, none), (none, none)
    else:
        scales, variances = _by_degree(state, u, seed, chosen.workers)
    return WiringTheory(
        state.phase, u, *scales, *variances, state.converged, state.residual, state.message
    )


def _by_degree(
    state: MemoryState, relative_degree: FloatArray, seed: int, workers: int
) -> tuple[tuple[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]:
    from pyscales.theory.memory_degrees import degree_curves
    from pyscales.timescales import estimate_timescales

    curves = degree_curves(state, relative_degree, seed=seed, workers=workers)
    each = np.stack(
        [estimate_timescales(c.T, curves.lag, ("efold",))["timescale_efold"] for c in curves.x]
    )
    return mean_and_error(each), mean_and_error(curves.x[:, 0, :])
