"""Engines behind one protocol; `get_engine` picks one by name."""

from __future__ import annotations

from pyscales.engines.base import (
    Eigenvalues,
    Engine,
    FixedPoint,
    Integration,
    SamplingPlan,
    SolverStatus,
)
from pyscales.errors import EngineError, InputError

ENGINE_NAMES = ("auto", "scipy", "julia")


def get_engine(name: str = "auto") -> Engine:
    """The engine called `name`; 'auto' takes the embedded one.

    Raises
    ------
    InputError
        Unknown name.
    EngineError
        The engine is not available in this installation.
    """
    if name not in ENGINE_NAMES:
        raise InputError("engine", name, "one of " + ", ".join(ENGINE_NAMES))
    if name == "julia":
        raise EngineError(
            "engine = 'julia': this version of pyscales has no Julia engine. "
            "Use --engine scipy (or auto), which does every job."
        )
    from pyscales.engines.embedded import EmbeddedEngine

    return EmbeddedEngine()


__all__ = [
    "ENGINE_NAMES",
    "Eigenvalues",
    "Engine",
    "FixedPoint",
    "Integration",
    "SamplingPlan",
    "SolverStatus",
    "get_engine",
]
