"""Engines behind one protocol; `choose_engine` picks one by name and size of the job."""

from pyscales.engines.base import (
    Eigenvalues,
    Engine,
    FixedPoint,
    Integration,
    SamplingPlan,
    SolverStatus,
)
from pyscales.engines.choice import (
    ENGINE_NAMES,
    EngineChoice,
    choose_engine,
    get_engine,
    integration_seconds,
)

__all__ = [
    "ENGINE_NAMES",
    "Eigenvalues",
    "Engine",
    "EngineChoice",
    "FixedPoint",
    "Integration",
    "SamplingPlan",
    "SolverStatus",
    "choose_engine",
    "get_engine",
    "integration_seconds",
]
