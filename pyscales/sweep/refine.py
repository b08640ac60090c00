"""Adaptive refinement: grid cells whose corners differ are divided, level by level.

The points of every level follow from the results of the levels before, so any worker that finds
those finished finds the same points: nothing but the point files is kept.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pyscales.errors import InputError
from pyscales.sweep.axes import overlaid
from pyscales.sweep.plan import Plan
from pyscales.sweep.points import lookup

Node = tuple[int, ...]
Label = Callable[[dict[str, Any]], str | None]


@dataclass(frozen=True)
class Exploration:
    """Points known so far.

    Attributes
    ----------
    settings : list of dict
        Swept values of every point, grid first, then by level.
    levels : list of int
    complete : bool
        False while a level waits for results of the last one listed.
    boundary : list of (centre, half width)
        Pairs of neighbours at the finest spacing that differ: swept values at their middle, and
        half their distance (0 on all axes but one). Only when complete.
    """

    settings: list[dict[str, Any]]
    levels: list[int]
    complete: bool
    boundary: list[tuple[dict[str, Any], dict[str, float]]]


def explore(plan: Plan, label: Label) -> Exploration:
    """The points that results so far call for.

    Parameters
    ----------
    plan : Plan
        With `refine`; nothing is refined without.
    label : callable
        Label of the point with these swept values; None while it is not finished.

    Notes
    -----
    Cost per level: the cells on the boundary times 2^d for d refined axes.
    """
    if plan.refine is None:
        settings = list(plan.settings())
        return Exploration(settings, [0] * len(settings), True, [])
    lattice = _Lattice(plan)
    known: dict[Node, str | None] = {}
    order: list[Node] = []
    levels: list[int] = []

    def add(nodes: list[Node], level: int) -> bool:
        """Add points; True if all of them have a label."""
        for node in nodes:
            if node not in known:
                known[node] = label(lattice.setting(node))
                order.append(node)
                levels.append(level)
        return all(known[node] is not None for node in nodes)

    def result(complete: bool, cells: list[Node], step: int) -> Exploration:
        edges = lattice.crossings(cells, step, known) if complete else []
        return Exploration([lattice.setting(n) for n in order], levels, complete, edges)

    step = lattice.unit
    if not add(lattice.grid(), 0):
        return result(False, [], step)
    cells = lattice.cells()
    for level in range(1, plan.refine.levels + 1):
        active = [c for c in cells if len({known[n] for n in lattice.corners(c, step)}) > 1]
        step //= 2
        cells = [child for c in active for child in lattice.corners(c, step)]
        new = sorted({n for c in cells for n in lattice.corners(c, step)} - set(known))
        if not add(new, level):
            return result(False, [], step)
    return result(True, cells, step)


def refined_axes(plan: Plan) -> tuple[int, ...]:
    """Axes that can be divided: numbers with a fraction, at least two, in order.

    Raises
    ------
    InputError
        There is none.
    """
    from pyscales.config import build_config

    first = build_config(overlaid(plan.base, next(iter(plan.settings())))).model_dump()
    found = []
    for i, axis in enumerate(plan.axes):
        if len(axis.values) < 2 or not isinstance(lookup(first, axis.key), float):
            continue
        steps = [b - a for a, b in itertools.pairwise(axis.values)]
        if not (all(s > 0 for s in steps) or all(s < 0 for s in steps)):
            raise InputError(
                f"sweep.over.{axis.key}", list(axis.values), "values in order for refinement"
            )
        found.append(i)
    if not found:
        raise InputError(
            "sweep.refine", [a.key for a in plan.axes], "at least one axis of real numbers"
        )
    return tuple(found)


class _Lattice:
    """Points as integers: 2^levels units per cell on refined axes, list positions on others."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.axes = refined_axes(plan)
        self.unit = 1 << (plan.refine.levels if plan.refine else 0)

    def grid(self) -> list[Node]:
        """The grid of the plan."""
        ranges = [
            range(0, len(a.values) * self.unit, self.unit)
            if i in self.axes
            else range(len(a.values))
            for i, a in enumerate(self.plan.axes)
        ]
        return list(itertools.product(*ranges))

    def cells(self) -> list[Node]:
        """Lower corners of the cells of the grid."""
        last = [(len(a.values) - 1) * self.unit for a in self.plan.axes]
        return [n for n in self.grid() if all(n[i] < last[i] for i in self.axes)]

    def corners(self, cell: Node, step: int) -> list[Node]:
        """Corners of a cell; also the lower corners of its parts when it is 2 steps wide."""
        moves = [(0, step) if i in self.axes else (0,) for i in range(len(cell))]
        return [
            tuple(c + m for c, m in zip(cell, move, strict=True))
            for move in itertools.product(*moves)
        ]

    def setting(self, node: Node) -> dict[str, Any]:
        """Swept values of a point."""
        return {a.key: self.value(i, node[i]) for i, a in enumerate(self.plan.axes)}

    def value(self, axis: int, position: int) -> Any:
        """Value on an axis, linear between the grid's; the grid's own are exact."""
        values = self.plan.axes[axis].values
        if axis not in self.axes:
            return values[position]
        cell, part = divmod(position, self.unit)
        if part == 0:
            return values[cell]
        return values[cell] + (values[cell + 1] - values[cell]) * (part / self.unit)

    def crossings(
        self, cells: list[Node], step: int, known: dict[Node, str | None]
    ) -> list[tuple[dict[str, Any], dict[str, float]]]:
        """Middles of the edges whose two ends differ."""
        edges = sorted(
            {
                (node, axis)
                for cell in cells
                for node in self.corners(cell, step)
                for axis in self.axes
                if _moved(node, axis, step) in known
            }
        )
        found = []
        for node, axis in edges:
            other = _moved(node, axis, step)
            if known[node] == known[other]:
                continue
            here, there = self.setting(node), self.setting(other)
            key = self.plan.axes[axis].key
            half = {self.plan.axes[i].key: 0.0 for i in self.axes}
            half[key] = abs(there[key] - here[key]) / 2
            found.append((here | {key: (here[key] + there[key]) / 2}, half))
        return found


def _moved(node: Node, axis: int, step: int) -> Node:
    return (*node[:axis], node[axis] + step, *node[axis + 1 :])
