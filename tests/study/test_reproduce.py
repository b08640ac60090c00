"""The study end to end, small: all pieces, resumed without recomputing, on measured degrees."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from pyscales.degrees import DegreeSequence
from pyscales.results import Store
from pyscales.simulation import Simulation
from pyscales.study import PRESETS, reproduce
from pyscales.study.comparison import compare

RUN = Simulation(n_networks=2, n_trials=2, transient=30.0, duration=60.0, max_lag=20.0, record=2)
TINY = replace(
    PRESETS["quick"],
    n=200,
    mean_degree=20.0,
    sigmas=(0.0, 0.5),
    symmetries=(0.0, 0.5),
    diagram_n=100,
    comparison_n=100,
    diagram_ratios=(0.5, 2.0),
    spectrum_n=120,
    outlier_sizes=(60, 120),
    outlier_networks=1,
    diagram=Simulation(n_trials=1, transient=20.0, duration=20.0, max_lag=0.0),
    comparison=RUN,
    timescale=RUN,
)


def test_all_pieces_are_there_and_a_second_run_reuses_them(tmp_path, monkeypatch):
    study = reproduce(TINY, folder=tmp_path, seed=3)
    assert {
        "degrees",
        "phase_diagram",
        "spectrum_zero",
        "spectrum_positive",
        "spectrum_state",
        "hub_outliers",
        "theory_0",
        "simulation_0",
        "simulation_1",
        "timescales_zero",
        "timescales_positive",
    } <= set(study.pieces)
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert len(summary["comparison"]) == len(study.comparison) >= 2
    assert json.loads((tmp_path / "provenance.json").read_text())["seed"] == 3

    computed = []
    original = Store.get

    def watched(self, name, recipe, compute):
        def counted():
            computed.append(name)
            return compute()

        return original(self, name, recipe, counted)

    monkeypatch.setattr(Store, "get", watched)
    again = reproduce(TINY, folder=tmp_path, seed=3)
    assert computed == []
    assert again.comparison == study.comparison
    reproduce(replace(TINY, comparison_ratios=(1.5, 2.0)), folder=tmp_path, seed=3)
    assert "simulation_0" in computed
    assert "spectrum_zero" not in computed


def test_measured_degrees_use_the_symmetry_axis():
    rng = np.random.default_rng(1)
    law = DegreeSequence(np.round(rng.lognormal(2.5, 0.6, 150)) + 1, source="test")
    study = reproduce(TINY, degrees=law, seed=2)
    assert study.pieces["phase_diagram"].attrs["axis"] == "symmetry"
    assert study.model.n_neurons == 150
    assert np.isfinite([row["theory"] for row in study.comparison]).all()


def test_comparison_rows_by_hand():
    import xarray as xr

    lag = np.array([0.0, 1.0, 2.0])
    theory = xr.Dataset(
        {
            "variance_x": ((), 2.0),
            "d0": ((), 2.0),
            "autocorrelation_x": (("lag",), [2.0, 1.0, 0.4]),
        },
        {"lag": lag},
    )
    simulated = xr.Dataset(
        {
            "variance_x": (("network", "trial"), [[2.0, 2.2], [2.2, 2.4]]),
            "autocorrelation_x_population": (
                ("network", "trial", "lag"),
                np.array([[[2.0, 1.2, 0.4]] * 2, [[2.0, 1.0, 0.4]] * 2]),
            ),
        },
        {"lag": lag},
    )
    rows = compare(theory, simulated, {"gain": 1.0})
    first = rows[0]
    assert first["simulation"] == pytest.approx(2.2)
    assert first["error"] == pytest.approx(0.1)
    assert first["standard_errors"] == pytest.approx(2.0)
    half = next(r for r in rows if r["theory"] == pytest.approx(0.5))
    assert half["simulation"] == pytest.approx(0.55)
    assert half["relative_difference"] == pytest.approx(0.1)


def test_comparison_with_a_silent_theory():
    import xarray as xr

    theory = xr.Dataset({"variance_x": ((), 0.0), "d0": ((), 0.0)})
    simulated = xr.Dataset(
        {
            "variance_x": (("network", "trial"), [[0.0], [1e-8]]),
            "autocorrelation_x_population": (("network", "trial", "lag"), np.zeros((2, 1, 3))),
        }
    )
    (row,) = compare(theory, simulated, {"gain": 0.5})
    assert row["simulation"] == pytest.approx(5e-9)
    assert np.isnan(row["relative_difference"])
