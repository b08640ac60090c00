"""What a worker does with a point: claim, look again, compute, write, log."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pyscales._threads import single_threaded_blas
from pyscales.errors import PyscalesError
from pyscales.sweep import claims
from pyscales.sweep.folder import SweepFolder
from pyscales.sweep.journal import note
from pyscales.sweep.points import Point, relevant_versions
from pyscales.sweep.record import problem, read_point, write_point

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class Outcome:
    """What became of a point.

    Attributes
    ----------
    key : str
    state : str
        'computed', 'kept' (finished before), 'busy' (another worker has it) or 'failed'.
    seconds : float
    message : str
        Why it failed, or which damaged file was computed again.
    exit_code : int
        Of the error, 0 without one.
    converged : bool
    """

    key: str
    state: str
    seconds: float = 0.0
    message: str = ""
    exit_code: int = 0
    converged: bool = True


def compute_point(path: str, point: Point, kind: str) -> Outcome:
    """Compute a point of the sweep in a folder unless it is finished or being computed.

    Errors become outcomes: one bad point does not stop the others.
    """
    folder = SweepFolder(path)
    if not problem(folder, point.key):
        return _kept(folder, point)
    claim = claims.take(folder.claims, point.key, kind)
    if claim is None:
        return Outcome(point.key, "busy")
    try:
        why = problem(folder, point.key)
        if not why:
            return _kept(folder, point)
        return _compute(folder, point, "" if why == "missing" else why)
    finally:
        claim.release()


def compute_points(path: str, points: Sequence[Point], kind: str) -> list[Outcome]:
    """`compute_point` for several points, one after the other."""
    return [compute_point(path, point, kind) for point in points]


def _kept(folder: SweepFolder, point: Point) -> Outcome:
    dataset = read_point(folder, point.key)
    flags = [bool(v) for k, v in dataset.data_vars.items() if str(k).endswith("_converged")]
    return Outcome(point.key, "kept", converged=all(flags))


def _compute(folder: SweepFolder, point: Point, damage: str) -> Outcome:
    message = ""
    if damage:
        message = f"{folder.file_of(point).name} was damaged ({damage}) and is computed again"
        note(folder.log, "damaged", point.key, reason=damage)
    for leftover in folder.points.glob(f".{point.key}.*.part"):
        leftover.unlink(missing_ok=True)
    start = time.perf_counter()
    note(folder.log, "started", point.key)
    try:
        here = relevant_versions()
        if point.versions != here:
            raise PyscalesError(f"this worker has {here}, the plan was made with {point.versions}")
        dataset, converged = evaluate(point, folder.parts / point.key)
        write_point(folder, point, dataset)
    except Exception as error:
        text = f"{point.label()}: {error if isinstance(error, PyscalesError) else repr(error)}"
        note(folder.log, "failed", point.key, message=text)
        return Outcome(
            point.key,
            "failed",
            time.perf_counter() - start,
            text,
            getattr(error, "exit_code", 1) if isinstance(error, PyscalesError) else 1,
            False,
        )
    seconds = time.perf_counter() - start
    note(folder.log, "finished", point.key, seconds=round(seconds, 4))
    shutil.rmtree(folder.parts / point.key, ignore_errors=True)
    return Outcome(point.key, "computed", seconds, message, converged=converged)


@single_threaded_blas
def evaluate(point: Point, parts: Path | None = None) -> tuple[xr.Dataset, bool]:
    """The jobs of a point; their summary, and whether all converged."""
    from pyscales.config import build_config, make_model, make_simulation
    from pyscales.study.jobs import run_jobs
    from pyscales.sweep.summary import summarise

    config = build_config(
        {
            name: section | {"workers": 1} if "workers" in section else section
            for name, section in point.config.items()
        }
    )
    model, _ = make_model(config)
    several = config.simulation.n_networks > 1
    results = run_jobs(
        config.model_dump(),
        model,
        make_simulation(config),
        parts if several else None,
        lambda label, fraction: None,
    )
    converged = all(bool(d.attrs.get("converged", 1)) for d in results.values())
    return summarise(results, point.keep, config.run.seed), converged
