"""Measured wiring and activity: readers, degrees, symmetry, signals, statistics, comparison.

Names are loaded on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyscales._lazy import lazy_names

if TYPE_CHECKING:
    from pyscales.connectome.containers import Connectome, Traces, make_connectome, make_traces
    from pyscales.connectome.degree_fits import DegreeFit, fit_degrees
    from pyscales.connectome.fixtures import Fixture, FixtureSettings, make_fixture
    from pyscales.connectome.ledger import Ledger
    from pyscales.connectome.matching import Matching, match, name_units
    from pyscales.connectome.model_on_wiring import (
        WiringResult,
        WiringRun,
        run_on_wiring,
        wiring_weights,
    )
    from pyscales.connectome.observation import Observation, observe
    from pyscales.connectome.outputs import write_pipeline
    from pyscales.connectome.pipeline import run_pipeline
    from pyscales.connectome.pipeline_config import PipelineConfig, load_pipeline
    from pyscales.connectome.pipeline_result import PipelineResult
    from pyscales.connectome.readers.activity import read_traces
    from pyscales.connectome.readers.edge_lists import read_connectome
    from pyscales.connectome.readers.nwb import NwbScan, open_nwb
    from pyscales.connectome.reciprocity import Reciprocity, effective_symmetry
    from pyscales.connectome.signals import resting_windows
    from pyscales.connectome.statistics import partial_spearman, reliability
    from pyscales.connectome.theory_on_wiring import (
        WiringTheory,
        memory_theory_of_wiring,
        theory_of_wiring,
    )
    from pyscales.connectome.wiring import summarise_degrees, wiring_degrees

_WHERE = {
    "pyscales.connectome.containers": (
        "Connectome",
        "Traces",
        "make_connectome",
        "make_traces",
    ),
    "pyscales.connectome.degree_fits": ("DegreeFit", "fit_degrees"),
    "pyscales.connectome.fixtures": ("Fixture", "FixtureSettings", "make_fixture"),
    "pyscales.connectome.ledger": ("Ledger",),
    "pyscales.connectome.matching": ("Matching", "match", "name_units"),
    "pyscales.connectome.model_on_wiring": (
        "WiringResult",
        "WiringRun",
        "run_on_wiring",
        "wiring_weights",
    ),
    "pyscales.connectome.observation": ("Observation", "observe"),
    "pyscales.connectome.outputs": ("write_pipeline",),
    "pyscales.connectome.pipeline": ("run_pipeline",),
    "pyscales.connectome.pipeline_result": ("PipelineResult",),
    "pyscales.connectome.pipeline_config": ("PipelineConfig", "load_pipeline"),
    "pyscales.connectome.readers.activity": ("read_traces",),
    "pyscales.connectome.readers.edge_lists": ("read_connectome",),
    "pyscales.connectome.readers.nwb": ("NwbScan", "open_nwb"),
    "pyscales.connectome.reciprocity": ("Reciprocity", "effective_symmetry"),
    "pyscales.connectome.signals": ("resting_windows",),
    "pyscales.connectome.statistics": ("partial_spearman", "reliability"),
    "pyscales.connectome.theory_on_wiring": (
        "WiringTheory",
        "memory_theory_of_wiring",
        "theory_of_wiring",
    ),
    "pyscales.connectome.wiring": ("summarise_degrees", "wiring_degrees"),
}
__all__ = [
    "Connectome",
    "DegreeFit",
    "Fixture",
    "FixtureSettings",
    "Ledger",
    "Matching",
    "NwbScan",
    "Observation",
    "PipelineConfig",
    "PipelineResult",
    "Reciprocity",
    "Traces",
    "WiringResult",
    "WiringRun",
    "WiringTheory",
    "effective_symmetry",
    "fit_degrees",
    "load_pipeline",
    "make_connectome",
    "make_fixture",
    "make_traces",
    "match",
    "memory_theory_of_wiring",
    "name_units",
    "observe",
    "open_nwb",
    "partial_spearman",
    "read_connectome",
    "read_traces",
    "reliability",
    "resting_windows",
    "run_on_wiring",
    "run_pipeline",
    "summarise_degrees",
    "theory_of_wiring",
    "wiring_degrees",
    "wiring_weights",
    "write_pipeline",
]

__getattr__ = lazy_names(__name__, _WHERE)
