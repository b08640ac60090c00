"""The jobs of a configuration file, one Dataset each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pyscales.analysis.critical_gain import critical_gain
from pyscales.analysis.degree_units import ucna_of_model
from pyscales.analysis.dmft import dmft
from pyscales.analysis.lyapunov import LyapunovSettings, lyapunov
from pyscales.analysis.network_timescales import network_timescales
from pyscales.analysis.phase_diagram import phase_diagram
from pyscales.analysis.spectrum import spectrum
from pyscales.analysis.ucna import Sampling
from pyscales.model import Model
from pyscales.results import Store, make_dataset
from pyscales.simulation import Simulation, simulate

if TYPE_CHECKING:
    import xarray as xr


def run_jobs(
    config: dict[str, Any],
    model: Model,
    simulation: Simulation,
    folder: Path | None,
    progress: Callable[[str, float], None],
) -> dict[str, xr.Dataset]:
    """Run ``config['run']['jobs']`` in order; simulations keep finished networks in `folder`,
    if there is one.
    """
    seed, engine = config["run"]["seed"], config["run"]["engine"]
    results: dict[str, xr.Dataset] = {}

    def simulated() -> xr.Dataset:
        if "simulation" not in results:
            results["simulation"] = simulate(
                model,
                simulation,
                seed=seed,
                engine=engine,
                store=Store(folder and folder / "parts" / "simulation"),
                progress=progress,
            )
        return results["simulation"]

    for job in config["run"]["jobs"]:
        progress(job, 0.0)
        if job == "critical-gain":
            results["critical_gain"] = _critical_gain(model, seed)
        elif job == "dmft":
            results["dmft"] = dmft(model, engine=engine, seed=seed, **config["dmft"])
        elif job == "simulate":
            simulated()
        elif job == "timescales":
            section = config["timescales"]
            results["timescales"] = network_timescales(
                simulated(), methods=tuple(section["methods"]), mean=section["mean"]
            )
        elif job == "spectrum":
            results["spectrum"] = spectrum(model, seed=seed, engine=engine, **config["spectrum"])
        elif job == "lyapunov":
            section = dict(config["lyapunov"])
            gains = section.pop("gains")
            results["lyapunov"] = lyapunov(
                model,
                LyapunovSettings(**section),
                gains=None if gains is None else np.array(gains),
                seed=seed,
                engine=engine,
                store=Store(folder and folder / "parts" / "lyapunov"),
                progress=progress,
            )
        elif job == "ucna":
            section = config["ucna"]
            classes = section["relative_degree"]
            results["ucna"] = ucna_of_model(
                model,
                relative_degree=None if classes is None else np.array(classes),
                sampling=Sampling(seed=seed) if section["sample"] else None,
                seed=seed,
                engine=engine,
            )
        else:
            section = config["phase_diagram"]
            results["phase_diagram"] = phase_diagram(
                model,
                section["axis"],
                np.array(section["values"]),
                np.array(section["gains"]),
                simulation=simulation if section["simulate"] else None,
                seed=seed,
                engine=engine,
                store=Store(folder and folder / "parts" / "phase_diagram"),
                progress=progress,
            )
        progress(job, 1.0)
    return results


def _critical_gain(model: Model, seed: int) -> xr.Dataset:
    result = critical_gain(model, seed=seed)
    return make_dataset(
        {
            "critical_gain": ((), result.critical_gain),
            "critical_gain_static": ((), result.critical_gain_static),
            "frequency": ((), result.frequency),
        },
        attrs={
            "job": "critical-gain",
            "model": model.parameters(),
            "status": result.status,
            "message": result.message,
            "branch": result.branch,
        },
    )
