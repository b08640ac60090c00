"""How far a sweep is, which files cannot be trusted, how often each point was computed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pyscales.sweep.claims import claim_kind, is_claimed
from pyscales.sweep.folder import SweepFolder
from pyscales.sweep.journal import history
from pyscales.sweep.known_points import PointFinder
from pyscales.sweep.record import problem


@dataclass(frozen=True)
class SweepStatus:
    """State of a sweep.

    Attributes
    ----------
    total : int
        Points known; with `refining`, more follow.
    finished, missing, running : int
    damaged : dict
        File name to reason.
    failed : dict
        Point to the message of its last failure, for points that are not finished.
    computed_once, computed_again : int
        Finished points computed exactly once, and more often than damage of their file explains.
    interrupted : int
        Computations begun and not brought to an end.
    seconds : float
        Computing time of all finished points.
    refining : bool
    """

    total: int
    finished: int
    missing: int
    running: int
    damaged: dict[str, str]
    failed: dict[str, str]
    computed_once: int
    computed_again: int
    interrupted: int
    seconds: float
    refining: bool

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def sweep_status(folder: str | Path) -> SweepStatus:
    """Read every point file of a sweep and the logs of its workers.

    Raises
    ------
    InputError
        No sweep in this folder.
    """
    home = SweepFolder(folder)
    plan = home.load_plan()
    known = PointFinder(home, plan).find()
    past = history(home.log)
    kind = claim_kind(home.claims)
    damaged: dict[str, str] = {}
    finished: list[str] = []
    missing: list[str] = []
    for point in known.points:
        why = problem(home, point.key)
        if not why:
            finished.append(point.key)
            continue
        missing.append(point.key)
        if why != "missing":
            damaged[home.file_of(point).name] = why
    running = [k for k in missing if is_claimed(home.claims, k, kind)]
    again = sum(past.finished[k] > 1 + past.damaged[k] for k in finished)
    keys = {p.key for p in known.points}
    ended = sum((past.finished[k] + past.failed[k]) for k in keys)
    return SweepStatus(
        total=len(known.points),
        finished=len(finished),
        missing=len(missing),
        running=len(running),
        damaged=damaged,
        failed={k: past.last_error[k] for k in missing if k in past.last_error},
        computed_once=sum(past.finished[k] <= 1 for k in finished),
        computed_again=again,
        interrupted=max(0, sum(past.started[k] for k in keys) - ended - len(running)),
        seconds=round(past.seconds, 3),
        refining=not known.exploration.complete,
    )
