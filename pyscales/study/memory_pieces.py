"""Pieces of the study about feedback: self-couplings, units against UCNA, Lyapunov exponents."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pyscales.analysis.fixed_points import self_coupling
from pyscales.analysis.lyapunov import lyapunov
from pyscales.analysis.unit_network import ucna_against_network
from pyscales.degrees import DegreeSequence
from pyscales.errors import InputError
from pyscales.model import Model
from pyscales.results import Store

if TYPE_CHECKING:
    import xarray as xr

    from pyscales.study.reproduce import Study

FloatArray = NDArray[np.float64]
Keep = Callable[[str, dict[str, Any], Callable[[], "xr.Dataset"]], None]

CLASSES = (0.1, 0.5, 0.85, 0.97)
_TRACES = 20


def add_memory_pieces(
    study: Study,
    keep: Keep,
    identity: dict[str, Any],
    *,
    engine: str,
    substore: Callable[[str], Store],
    progress: Callable[[str, float], None],
) -> None:
    """Add 'self_couplings', 'ucna' and 'lyapunov' to the pieces of a study.

    The first two at the positive symmetry and the gain of the timescales; left out, with a note,
    where that state is silent or frozen. `identity` tells degree sequences apart in the store.
    """
    preset = study.preset
    active = study.model.with_(
        symmetry=preset.positive_symmetry, gain=preset.timescale_ratio * study.model.gain
    )
    sampling = {"trajectories": preset.theory_trajectories, "n_seeds": 2}
    runs = replace(preset.timescale, max_lag=0.0, record=0)
    classes = _classes(active, runs.n_networks * runs.n_trials)
    progress("units", 0.0)
    try:
        keep(
            "self_couplings",
            active.parameters() | identity | sampling,
            lambda: self_coupling(active, seed=study.seed, engine=engine, **sampling),
        )
        keep(
            "ucna",
            active.parameters()
            | identity
            | {"classes": classes.tolist(), "simulation": asdict(replace(runs, workers=1))},
            lambda: ucna_against_network(
                active,
                relative_degree=classes,
                simulation=runs,
                seed=study.seed,
                engine=engine,
                progress=lambda _, fraction: progress("units", fraction),
            ),
        )
    except InputError as error:
        study.notes.append(f"No units with coloured noise at this point: {error}")
    size = study.model.n if isinstance(study.model.degrees, DegreeSequence) else preset.lyapunov_n
    base = study.model.with_(n=size)
    gains = study.model.gain * np.array(preset.lyapunov_ratios)
    settings = preset.lyapunov
    keep(
        "lyapunov",
        base.parameters()
        | identity
        | {"gains": gains.tolist(), "settings": asdict(replace(settings, workers=1))},
        lambda: lyapunov(
            base,
            settings,
            gains=gains,
            seed=study.seed,
            engine=engine,
            store=substore("lyapunov"),
            progress=progress,
        ),
    )


def _classes(model: Model, trials: int) -> FloatArray:
    """Relative degrees at the quantiles of `CLASSES` with enough neurons within 10 %."""
    n = model.n_neurons or 1
    u = model.finite_degrees().quantile((np.arange(n) + 0.5) / n)
    wanted = np.unique(model.degrees.quantile(np.array(CLASSES)))
    near = (np.abs(np.log(np.maximum(u, 1e-300)[None, :] / wanted[:, None])) < 0.1).sum(axis=1)
    return wanted[near * trials >= _TRACES]
