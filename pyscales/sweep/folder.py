"""Layout of a sweep's folder, and its plan: an old plan and another one never mix."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pyscales.errors import InputError
from pyscales.results.store import write_text_atomic
from pyscales.sweep.plan import Plan
from pyscales.sweep.points import Point

_SHOWN = 8


class SweepFolder:
    """Where a sweep keeps its things.

    ``plan.json`` the plan; ``points/<key>.nc`` one file per finished point; ``claims/`` who
    computes what now; ``log/`` what every worker did, append-only; ``parts/`` finished networks
    of points in progress; ``merged.nc`` the result.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.points = self.path / "points"
        self.claims = self.path / "claims"
        self.log = self.path / "log"
        self.parts = self.path / "parts"
        self.plan_file = self.path / "plan.json"
        self.merged = self.path / "merged.nc"

    def file_of(self, point: Point | str) -> Path:
        """The file of a point."""
        key = point if isinstance(point, str) else point.key
        return self.points / f"{key}.nc"

    def load_plan(self) -> Plan:
        """The plan of this folder."""
        try:
            return Plan.from_dict(json.loads(self.plan_file.read_text(encoding="utf-8")))
        except FileNotFoundError:
            raise InputError(
                "folder",
                str(self.path),
                "a folder with a sweep",
                "Make one with: pyscales sweep plan PLAN --out FOLDER",
            ) from None
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(
                "plan.json", str(self.plan_file), "a plan written by pyscales", str(error)
            ) from None

    def adopt(self, plan: Plan, *, extend: bool = False) -> None:
        """Write the plan, or check that it is the one already there.

        Parameters
        ----------
        plan : Plan
        extend : bool
            Accept another plan if it has every point of the old one: more values, more repeats.

        Raises
        ------
        InputError
            Another plan: what differs is named.
        """
        if self.plan_file.exists():
            old = self.load_plan()
            changes = differences(old.to_dict(), plan.to_dict())
            if not changes:
                return
            if not extend:
                self._refuse(changes, "Use another --out, or --extend to add points to this sweep.")
            lost = {p.key for p in old.points()} - {p.key for p in plan.points()}
            if lost:
                self._refuse(changes, f"--extend only adds; {len(lost)} old points would be lost.")
        write_text_atomic(self.plan_file, json.dumps(plan.to_dict(), indent=1, default=str) + "\n")

    def _refuse(self, changes: list[str], fix: str) -> None:
        shown = "; ".join(changes[:_SHOWN])
        more = f"; and {len(changes) - _SHOWN} more" if len(changes) > _SHOWN else ""
        raise InputError(
            "plan", f"differs from that of {self.path}", f"the same plan. {shown}{more}", fix
        )


def differences(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """What differs between two plans, one text per key: ``base.model.n: 500 -> 600``."""
    before, after = _leaves(_plain(old)), _leaves(_plain(new))
    return [
        f"{key}: {_text(before, key)} -> {_text(after, key)}"
        for key in dict.fromkeys([*before, *after])
        if before.get(key, _ABSENT) != after.get(key, _ABSENT)
    ]


_ABSENT = object()


def _plain(value: Any) -> Any:
    return json.loads(json.dumps(value, default=str))


def _leaves(value: Any, prefix: str = "") -> dict[str, Any]:
    if not isinstance(value, dict):
        return {prefix: value}
    out: dict[str, Any] = {}
    for key, v in value.items():
        out |= _leaves(v, f"{prefix}.{key}" if prefix else str(key))
    return out


def _text(leaves: dict[str, Any], key: str) -> str:
    if key not in leaves:
        return "absent"
    text = json.dumps(leaves[key])
    return text if len(text) <= 60 else text[:57] + "..."
