"""Run a sweep: all points or one shard of them, here or elsewhere, any number of times."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pyscales.errors import InputError
from pyscales.sweep.claims import claim_kind
from pyscales.sweep.executors import Executor, outcomes
from pyscales.sweep.folder import SweepFolder
from pyscales.sweep.known_points import PointFinder
from pyscales.sweep.plan import Plan
from pyscales.sweep.points import Point
from pyscales.sweep.worker import Outcome

Progress = Callable[[str, float], None]


@dataclass
class SweepResult:
    """What one call did.

    Attributes
    ----------
    total : int
        Points known, refinement included.
    mine : int
        Of these, in this shard.
    computed, kept : int
        Computed by this call; finished before, or meanwhile by another worker.
    failed : list of Outcome
    damaged : list of str
        Files that could not be trusted, and were computed again.
    unconverged : int
        Finished without convergence.
    complete : bool
        Every point of the sweep is finished.
    waiting : bool
        Refinement waits for points of other shards.
    """

    total: int = 0
    mine: int = 0
    computed: int = 0
    kept: int = 0
    failed: list[Outcome] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    unconverged: int = 0
    complete: bool = False
    waiting: bool = False


def run_sweep(
    plan: Plan | None,
    folder: str | Path,
    *,
    executor: Executor | None = None,
    shard: tuple[int, int] = (1, 1),
    claims: str = "auto",
    extend: bool = False,
    progress: Progress | None = None,
) -> SweepResult:
    """Compute the points of a plan that are not finished yet.

    Any number of calls may run at once, on any machines that share the folder: each point is
    computed by one of them. A call can be killed at any moment; the next one goes on.

    Parameters
    ----------
    plan : Plan, optional
        None for the plan already in the folder.
    folder : path
    executor : Executor, optional
        Default: this process.
    shard : (int, int)
        (i, n): the i-th of n equal parts, i from 1.
    claims : {'auto', 'lock', 'lease'}
        How workers agree (see `pyscales.sweep.claims`).
    extend : bool
        Accept a plan that only adds points to the one in the folder.
    progress : callable, optional
        Called with (label, fraction of this shard's known points).

    Raises
    ------
    InputError
        Another plan in the folder: what differs is named.
    EngineError
        The executor's package is missing, or a worker was killed.
    """
    executor = executor or Executor()
    executor.check()
    index, count = shard
    if not 1 <= index <= count:
        raise InputError("--shard", f"{index}/{count}", "i/n with 1 <= i <= n")
    home = SweepFolder(folder)
    if plan is None:
        plan = home.load_plan()
    home.adopt(plan, extend=extend)
    home.points.mkdir(parents=True, exist_ok=True)
    kind = claim_kind(home.claims, claims)
    finder = PointFinder(home, plan)
    result = SweepResult()
    settled: set[str] = set()
    while True:
        known = finder.find()
        stage = [p for p in known.points if p.key not in settled]
        if not stage:
            break
        settled |= {p.key for p in stage}
        _stage(result, executor, home, stage[index - 1 :: count], kind, progress)
        if known.exploration.complete or result.failed:
            break
        if count > 1 and not all(home.file_of(p).exists() for p in stage):
            result.waiting = True
            break
    known = finder.find()
    result.total = len(known.points)
    result.complete = known.exploration.complete and all(
        home.file_of(p).exists() for p in known.points
    )
    return result


def _stage(
    result: SweepResult,
    executor: Executor,
    home: SweepFolder,
    points: Sequence[Point],
    kind: str,
    progress: Progress | None,
) -> None:
    """Compute these points; those of other workers are waited for."""
    result.mine += len(points)
    pending = sorted(points, key=lambda p: not home.file_of(p).exists())
    pause = 0.05
    while pending:
        busy: set[str] = set()
        for outcome in outcomes(executor, home.path, pending, kind):
            if outcome.state == "busy":
                busy.add(outcome.key)
                continue
            _count(result, outcome)
            if progress is not None:
                done = result.computed + result.kept + len(result.failed)
                progress("sweep", done / result.mine)
        pending = [p for p in pending if p.key in busy]
        if pending:
            time.sleep(pause)
            pause = min(2 * pause, 5.0)


def _count(result: SweepResult, outcome: Outcome) -> None:
    if outcome.state == "failed":
        result.failed.append(outcome)
        return
    result.unconverged += not outcome.converged
    if outcome.state == "kept":
        result.kept += 1
        return
    result.computed += 1
    if outcome.message:
        result.damaged.append(outcome.message)


def parse_shard(text: str | None) -> tuple[int, int]:
    """(i, n) from 'i/n'."""
    if text is None:
        return 1, 1
    try:
        index, count = (int(part) for part in text.split("/"))
    except ValueError:
        raise InputError("--shard", text, "i/n with 1 <= i <= n", "Example: --shard 2/8") from None
    if not 1 <= index <= count:
        raise InputError("--shard", text, "i/n with 1 <= i <= n", "Example: --shard 2/8")
    return index, count
