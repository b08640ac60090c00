"""Engines behind one protocol; `choose_engine` picks one by name and size of the job."""

from pyscales.engines.base import (
    Eigenvalues,
    Engine,
    FixedPoint,
    Integration,
    LyapunovExponents,
    SamplingPlan,
    SolverStatus,
    TangentPlan,
)
from pyscales.engines.choice import (
    ENGINE_NAMES,
    EngineChoice,
    choose_engine,
    get_engine,
    integration_seconds,
    memory_seconds,
)

__all__ = [
    "ENGINE_NAMES",
    "Eigenvalues",
    "Engine",
    "EngineChoice",
    "FixedPoint",
    "Integration",
    "LyapunovExponents",
    "SamplingPlan",
    "SolverStatus",
    "TangentPlan",
    "choose_engine",
    "get_engine",
    "integration_seconds",
    "memory_seconds",
]
