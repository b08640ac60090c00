"""Which engine does a job, and why."""

from __future__ import annotations

from dataclasses import dataclass

from pyscales.engines.base import Engine
from pyscales.errors import EngineError, InputError

ENGINE_NAMES = ("auto", "scipy", "julia", "mkl")

WORTH_JULIA = 30.0
WORTH_MKL = 2.0
MANY_TRIALS = 4
LARGE_PRODUCT = 500_000


@dataclass(frozen=True)
class EngineChoice:
    """An engine and the reason it was taken, in words for the result."""

    engine: Engine
    reason: str


def choose_engine(
    name: str = "auto",
    *,
    job: str = "",
    seconds: float = 0.0,
    entries: int = 0,
    trials: int = 1,
) -> EngineChoice:
    """The engine for a job.

    'auto' takes Julia when it is ready on this machine and the embedded engine would need more
    than about 30 s, several times the start of Julia; else the embedded one, for four trials or
    more of a network of some size with MKL's products where the extra is installed. Readiness of
    Julia is looked up in files: nothing is started, and nothing is downloaded.

    Parameters
    ----------
    name : {'auto', 'scipy', 'julia', 'mkl'}
    job : str
        What is to be done, for the reason given.
    seconds : float
        Estimated time of the embedded engine.
    entries, trials : int
        Couplings of an integration, and how many states it advances at once.

    Raises
    ------
    InputError
        Unknown name.
    EngineError
        The engine asked for is not ready; the message names the command that makes it so.
    """
    if name not in ENGINE_NAMES:
        raise InputError("engine", name, "one of " + ", ".join(ENGINE_NAMES))
    if name == "scipy":
        return EngineChoice(_embedded(), "asked for")
    if name == "mkl":
        return EngineChoice(_mkl(), "asked for")
    if name == "julia":
        readiness = _julia_readiness()
        if readiness:
            raise EngineError(
                f"engine = 'julia': {readiness} "
                "Use --engine scipy (or auto), which does every job without it."
            )
        return EngineChoice(_julia(), "asked for")
    what = job or "the job"
    readiness = _julia_readiness() if seconds >= WORTH_JULIA else ""
    if seconds >= WORTH_JULIA and not readiness:
        return EngineChoice(_julia(), f"auto: Julia is ready and {what} is large")
    many = trials >= MANY_TRIALS and entries * trials >= LARGE_PRODUCT
    if many and seconds >= WORTH_MKL and _mkl_is_ready():
        return EngineChoice(_mkl(), f"auto: {what} has {trials} trials at once, MKL is installed")
    why = readiness or f"{what} is too small to gain from starting Julia"
    return EngineChoice(_embedded(), f"auto: {why}")


def get_engine(name: str = "auto") -> Engine:
    """The engine called `name`; 'auto' takes the embedded one. See `choose_engine`."""
    return choose_engine(name).engine


def integration_seconds(
    entries: int, trials: int, duration: float, time_constants_min: float = 1.0
) -> float:
    """Rough time of the embedded engine: 8 evaluations per unit of time, 2 ns per product."""
    evaluations = duration * max(8.0, min(2.4 / time_constants_min, 80.0))
    return 2e-9 * evaluations * entries * trials


def memory_seconds(n_seeds: int, replicas: int, trajectories: int) -> float:
    """Rough time of the embedded engine for the stationary theory with memory: 0.7 ms a sample."""
    return 7e-4 * n_seeds * replicas * trajectories


def _embedded() -> Engine:
    from pyscales.engines.embedded import EmbeddedEngine

    return EmbeddedEngine()


def _mkl() -> Engine:
    from pyscales.engines.embedded.mkl import MklEngine, readiness

    reason = readiness()
    if reason:
        raise EngineError(
            f"engine = 'mkl': {reason} Install the extra (pip install 'pyscales[mkl]') or use "
            "--engine scipy (or auto)."
        )
    return MklEngine()


def _mkl_is_ready() -> bool:
    from pyscales.engines.embedded.mkl import readiness

    return not readiness()


def _julia() -> Engine:
    from pyscales.engines.julia.engine import JuliaEngine

    return JuliaEngine()


def _julia_readiness() -> str:
    from pyscales.engines.julia import readiness

    return readiness()
