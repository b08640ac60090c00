"""Studies small enough for tests: lognormal, measured degrees, and one where nothing is known."""

from __future__ import annotations

import copy
import functools
from dataclasses import replace

import numpy as np

from pyscales.analysis.lyapunov import LyapunovSettings
from pyscales.analysis.network_timescales import timescale_by_degree
from pyscales.degrees import DegreeSequence
from pyscales.simulation import Simulation
from pyscales.study import Preset, Study, reproduce
from pyscales.timescales import Quality

N = 160

PRESET = Preset(
    name="tiny",
    n=N,
    mean_degree=16.0,
    sigma=0.5,
    sigmas=(0.3, 0.8),
    symmetries=(-0.5, 0.0, 0.5),
    diagram_n=N,
    comparison_n=N,
    diagram_ratios=(0.6, 2.0),
    comparison_ratios=(1.8, 2.2),
    comparison_sigmas=(0.5,),
    spectrum_n=N,
    outlier_sizes=(60, N),
    outlier_networks=2,
    positive_symmetry=0.25,
    timescale_ratio=2.2,
    diagram=Simulation(transient=20.0, duration=20.0, max_lag=0.0),
    comparison=Simulation(
        n_networks=2, n_trials=2, transient=20.0, duration=60.0, max_lag=20.0, workers=1
    ),
    timescale=Simulation(
        n_networks=1, n_trials=3, transient=30.0, duration=100.0, max_lag=40.0, record=5, workers=1
    ),
)


@functools.cache
def lognormal_study() -> Study:
    return reproduce(PRESET, seed=3, notes=["A note of the test & its <brackets>."])


@functools.cache
def memory_study() -> Study:
    """With the pieces that need the mean field with memory."""
    preset = replace(
        PRESET,
        theory_trajectories=100,
        lyapunov_n=80,
        lyapunov_ratios=(0.6, 1.5, 2.2),
        lyapunov=LyapunovSettings(
            n_networks=2, n_trials=1, transient=20.0, duration=30.0, dt=0.25, workers=1
        ),
    )
    return reproduce(preset, seed=3)


@functools.cache
def measured_study() -> Study:
    degrees = np.random.default_rng(7).gamma(2.0, 8.0, N).round()
    return reproduce(PRESET, degrees=DegreeSequence(degrees, source="test"), seed=3)


@functools.cache
def frozen_study() -> Study:
    """As `measured_study`, with everything missing that can be: frozen, NaN, not converged."""
    study = copy.deepcopy(measured_study())
    diagram = study.pieces["phase_diagram"]
    diagram["critical_gain"][:] = np.nan
    diagram["critical_gain_static"][:] = np.nan
    diagram["temporal_variance"][:] = 0.0
    diagram["phase_simulated"][:] = "frozen"
    for name in ("zero", "positive"):
        study.pieces[f"simulation_{name}"].attrs["phase"] = "frozen"
        study.pieces[f"simulation_{name}"]["recorded_x"][:] = 0.0
        found = study.pieces[f"timescales_{name}"]
        for quantity in ("timescale_hwhm", "timescale_hwhm_phi"):
            found[quantity][:] = np.nan
            found[f"{quantity}_quality"][:] = int(Quality.NOT_REACHED)
            study.by_degree[name][quantity] = timescale_by_degree(found, quantity)
    for record in study.critical.values():
        record["critical_gain"] = float("nan")
    for i in range(len(study.cases)):
        theory = study.pieces[f"theory_{i}"]
        for name in theory.data_vars:
            theory[name] = theory[name] * (np.nan if "timescale" in str(name) else 0.0)
        study.pieces[f"simulation_{i}"].attrs["phase"] = "frozen"
    study.comparison = [
        row | {"theory": 0.0, "relative_difference": np.nan, "standard_errors": np.nan}
        for row in study.comparison
        if row["quantity"] == "variance_x"
    ]
    study.pieces["spectrum_zero"].attrs |= {"converged": 0, "message": "gave up"}
    return study


STUDIES = {
    "lognormal": lognormal_study,
    "measured": measured_study,
    "frozen": frozen_study,
}
