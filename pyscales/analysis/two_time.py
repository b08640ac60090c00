"""Mean-field theory of a model in time, from an initial state, as a Dataset."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pyscales._threads import single_threaded_blas
from pyscales.analysis.dmft_memory import N_NODES
from pyscales.analysis.theory_degrees import require_undirected, theory_degrees
from pyscales.errors import InputError
from pyscales.model import Model
from pyscales.results import make_dataset
from pyscales.theory.two_time import solve_two_time

if TYPE_CHECKING:
    import xarray as xr

_MOST_STEPS = 4000


@single_threaded_blas
def dmft_two_time(
    model: Model,
    *,
    duration: float = 30.0,
    dt: float = 0.1,
    initial_mean: float = 0.0,
    initial_scale: float = 1.0,
    trajectories: int = 3000,
    seed: int = 0,
) -> xr.Dataset:
    """C(t, t') and G(t, t') of a model whose neurons start from independent Gaussian states.

    Valid in every phase, the silent and the frozen one included, where `pyscales.dmft` has no
    stationary C to offer.

    Parameters
    ----------
    model : Model
    duration, dt : float
        Membrane times; at most 4000 steps.
    initial_mean, initial_scale : float
        Of the initial state.
    trajectories : int
        Sampled effective neurons, all degrees together.

    Returns
    -------
    Dataset
        Over `time` and `earlier_time`: `autocorrelation_two_time`, `response_two_time`; over
        `time`: `variance_x_in_time`; over `time` and `relative_degree` (the solver's nodes):
        `variance_x_in_time_of_degree`, `mean_x_in_time_of_degree`.

    Raises
    ------
    InputError
        A value outside its range; directed graph with symmetry != 0.
    """
    require_undirected(model)
    for name, value in (("duration", duration), ("dt", dt)):
        if not (np.isfinite(value) and value > 0):
            raise InputError(name, value, "a finite number > 0")
    if duration / dt > _MOST_STEPS:
        raise InputError(
            "duration", duration, f"at most {_MOST_STEPS} steps of dt", "Shorten it or raise dt."
        )
    if not (np.isfinite(initial_scale) and initial_scale >= 0):
        raise InputError("initial_scale", initial_scale, "a finite number >= 0")
    if not 50 <= trajectories <= 1_000_000:
        raise InputError("trajectories", trajectories, "a whole number from 50 to 1e6")
    chosen = theory_degrees(model, seed=seed)
    nodes = chosen.law.nodes(N_NODES, size_bias=1.0)
    found = solve_two_time(
        nodes.relative_degree,
        nodes.weight,
        chosen.gain,
        model.symmetry,
        duration=duration,
        dt=dt,
        initial_mean=initial_mean,
        initial_scale=initial_scale,
        trajectories=trajectories,
        seed=np.random.SeedSequence(seed, spawn_key=(42,)),
    )
    both = ("time", "earlier_time")
    return make_dataset(
        {
            "autocorrelation_two_time": (both, found.autocorrelation),
            "response_two_time": (both, found.response),
            "variance_x_in_time": (("time",), found.variance_x),
            "variance_phi_in_time_error": (("time",), found.autocorrelation_error),
            "variance_x_in_time_of_degree": (("time", "relative_degree"), found.variance_x_of_node),
            "mean_x_in_time_of_degree": (("time", "relative_degree"), found.mean_x_of_node),
        },
        {
            "time": (("time",), found.time),
            "earlier_time": (("earlier_time",), found.time),
            "relative_degree": (("relative_degree",), nodes.relative_degree),
        },
        {
            "job": "dmft-two-time",
            "model": model.parameters(),
            "dt": dt,
            "trajectories": found.trajectories,
            "initial_mean": initial_mean,
            "initial_scale": initial_scale,
        },
    )
