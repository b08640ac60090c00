"""The points of a sweep as far as results call for them, refinement included."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pyscales.errors import InputError
from pyscales.sweep.folder import SweepFolder
from pyscales.sweep.plan import Plan
from pyscales.sweep.points import Point
from pyscales.sweep.record import read_point
from pyscales.sweep.refine import Exploration, explore

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class KnownPoints:
    """Points of the grid or list and of the levels reached.

    Attributes
    ----------
    points : list of Point
        Repeats of one setting follow each other.
    exploration : Exploration
    """

    points: list[Point]
    exploration: Exploration


class PointFinder:
    """Finds the points of a folder's plan, again and again while results come in."""

    def __init__(self, folder: SweepFolder, plan: Plan) -> None:
        self.folder = folder
        self.plan = plan
        self.made: dict[str, list[Point]] = {}
        self.labels: dict[str, str] = {}

    def find(self) -> KnownPoints:
        """All points known now."""
        if self.plan.refine is None:
            found = explore(self.plan, lambda setting: None)
            if not self.made:
                self.made["all"] = self.plan.points()
            return KnownPoints(self.made["all"], found)
        found = explore(self.plan, self._label)
        return KnownPoints([p for s in found.settings for p in self._points(s)], found)

    def _points(self, setting: dict[str, Any]) -> list[Point]:
        name = repr(setting)
        if name not in self.made:
            self.made[name] = self.plan.points([setting])
        return self.made[name]

    def _label(self, setting: dict[str, Any]) -> str | None:
        name = repr(setting)
        if name not in self.labels:
            datasets = []
            for point in self._points(setting):
                try:
                    datasets.append(read_point(self.folder, point.key))
                except InputError:
                    return None
            self.labels[name] = self._label_of(datasets)
        return self.labels[name]

    def _label_of(self, datasets: list[xr.Dataset]) -> str:
        refine = self.plan.refine
        if refine is None:
            return ""
        if refine.quantity not in datasets[0]:
            known = [str(k) for k, v in datasets[0].data_vars.items() if v.ndim == 0]
            raise InputError("sweep.refine.quantity", refine.quantity, "one of " + ", ".join(known))
        values = [d[refine.quantity].values[()] for d in datasets]
        if isinstance(values[0], str):
            counts = Counter(sorted(map(str, values)))
            return counts.most_common(1)[0][0]
        if refine.threshold is None:
            raise InputError(
                "sweep.refine.threshold", None, f"a number, since {refine.quantity} is one"
            )
        mean = float(np.mean(values))
        return "above" if mean >= refine.threshold else "below" if np.isfinite(mean) else "none"
