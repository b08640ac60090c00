"""Phase diagram on a grid: theory lines, and the simulated f and m2 on demand."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pyscales.analysis.critical_gain import critical_gain
from pyscales.degrees import Lognormal
from pyscales.errors import InputError
from pyscales.model import Model
from pyscales.results import Store, make_dataset
from pyscales.simulation import Simulation, phase_label, simulate

if TYPE_CHECKING:
    import xarray as xr

FloatArray = NDArray[np.float64]


def critical_line(
    model: Model, axis: str, values: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Critical gain, static critical gain and frequency along `axis` ('sigma' or 'symmetry')."""
    lines = np.array(
        [
            (r.critical_gain, r.critical_gain_static, r.frequency)
            for r in (critical_gain(_at(model, axis, float(v))) for v in values)
        ]
    ).reshape(-1, 3)
    return lines[:, 0], lines[:, 1], lines[:, 2]


def phase_diagram(
    model: Model,
    axis: str,
    values: FloatArray,
    gains: FloatArray,
    *,
    simulation: Simulation | None = None,
    seed: int = 0,
    engine: str = "auto",
    store: Store | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> xr.Dataset:
    """Theory on a grid of gain x (sigma or symmetry), simulated at each point if asked.

    Parameters
    ----------
    model : Model
        Its gain, and its sigma or symmetry, are replaced by the grid's.
    axis : {'sigma', 'symmetry'}
        Second axis; 'sigma' needs the lognormal law.
    values, gains : ndarray
        The grid.
    simulation : Simulation, optional
        If given, every point is simulated (needs `n`).

    Returns
    -------
    xarray.Dataset
        `critical_gain`, `critical_gain_static`, `frequency` over the axis; with a simulation
        `temporal_variance`, `static_power` over the grid and `phase` labels. Theory phases are
        'silent' below the critical gain and 'active' (frozen or chaotic) above.

    Notes
    -----
    Points of one axis value share their network (same seed), so a line of the diagram is a cut
    through one realisation.
    """
    if axis not in ("sigma", "symmetry"):
        raise InputError("axis", axis, "sigma or symmetry")
    values = np.asarray(values, dtype=float)
    gains = np.asarray(gains, dtype=float)
    if gains.size == 0 or values.size == 0:
        raise InputError("gains", gains.size, "at least one gain and one axis value")
    line, static, frequency = critical_line(model, axis, values)
    variables: dict[str, tuple[tuple[str, ...], Any]] = {
        "critical_gain": ((axis,), line),
        "critical_gain_static": ((axis,), static),
        "frequency": ((axis,), frequency),
    }
    theory_phase = np.where(gains[None, :] < line[:, None], "silent", "active")
    simulated_phase = None
    if simulation is not None:
        shape = (values.size, gains.size)
        f, m2 = np.zeros(shape), np.zeros(shape)
        simulated_phase = np.empty(shape, dtype="U8")
        store = store or Store(None)
        for i, v in enumerate(values):
            for j, g in enumerate(gains):
                point = _at(model, axis, float(v)).with_(gain=float(g))
                folder = store.folder and store.folder / f"point-{i:03d}-{j:03d}"
                result = simulate(point, simulation, seed=seed, engine=engine, store=Store(folder))
                f[i, j] = float(result["temporal_variance"].mean())
                m2[i, j] = float(result["static_power"].mean())
                simulated_phase[i, j] = phase_label(f[i, j], m2[i, j])
                if progress is not None:
                    progress("phase diagram", (i * gains.size + j + 1) / (values.size * gains.size))
        variables |= {
            "temporal_variance": ((axis, "gain"), f),
            "static_power": ((axis, "gain"), m2),
        }
    dataset = make_dataset(
        variables,
        {axis: ((axis,), values), "gain": (("gain",), gains)},
        {"job": "phase-diagram", "model": model.parameters(), "axis": axis, "seed": seed},
    )
    dataset["phase_theory"] = ((axis, "gain"), theory_phase)
    if simulated_phase is not None:
        dataset["phase_simulated"] = ((axis, "gain"), simulated_phase)
    return dataset


def _at(model: Model, axis: str, value: float) -> Model:
    if axis == "symmetry":
        return model.with_(symmetry=value)
    if not isinstance(model.degrees, Lognormal):
        raise InputError(
            "axis", axis, "symmetry for this degree law", "Only the lognormal law has a sigma."
        )
    law = model.degrees
    return model.with_(degrees=Lognormal(law.mean_degree, value, law.k_max))
