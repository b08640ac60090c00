"""Read a plan and make its points."""

from __future__ import annotations

import itertools
import json
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pyscales.errors import InputError
from pyscales.sweep.axes import Axis, flat, overlaid, read_axes
from pyscales.sweep.points import Point, lookup, make_point, relevant_versions

MOST_POINTS = 1_000_000


@dataclass(frozen=True)
class Refine:
    """Divide grid cells along a boundary: where a label changes or a number crosses `threshold`."""

    quantity: str
    threshold: float | None
    levels: int


@dataclass(frozen=True)
class Plan:
    """What a sweep computes.

    Attributes
    ----------
    base : dict
        Configuration common to all points, as given (nested plain values).
    axes : tuple of Axis
        Grid; empty for a list of points.
    listed : tuple of dict
        Points by dotted keys; empty for a grid.
    repeats : int
    seeds : {'independent', 'shared'}
    keep : tuple of str
    refine : Refine, optional
    versions : dict
    """

    base: dict[str, Any]
    axes: tuple[Axis, ...] = ()
    listed: tuple[dict[str, Any], ...] = ()
    repeats: int = 1
    seeds: str = "independent"
    keep: tuple[str, ...] = ()
    refine: Refine | None = None
    versions: dict[str, str] = field(default_factory=relevant_versions)

    @property
    def swept(self) -> tuple[str, ...]:
        """Dotted keys that vary, in the order of the plan."""
        if self.axes:
            return tuple(axis.key for axis in self.axes)
        return tuple(dict.fromkeys(k for point in self.listed for k in point))

    @property
    def shape(self) -> tuple[int, ...]:
        """Points along each axis (grid), or the length of the list."""
        return tuple(len(a.values) for a in self.axes) if self.axes else (len(self.listed),)

    def settings(self) -> Iterable[dict[str, Any]]:
        """The swept values of every point of the grid or list, repeats not counted."""
        if not self.axes:
            yield from self.listed
            return
        keys = [a.key for a in self.axes]
        for values in itertools.product(*(a.values for a in self.axes)):
            yield dict(zip(keys, values, strict=True))

    def points(self, settings: Iterable[dict[str, Any]] | None = None) -> list[Point]:
        """The points of the plan, or of other settings of its keys; repeats run fastest.

        Raises
        ------
        InputError
            A setting that the configuration refuses, named.
        """
        from pyscales.config import build_config
        from pyscales.engines import get_engine

        engine = ""
        made = []
        for values in self.settings() if settings is None else settings:
            try:
                config = build_config(overlaid(self.base, values))
            except InputError as error:
                where = ", ".join(f"{k} = {v!r}" for k, v in values.items())
                raise InputError(
                    error.field, error.value, error.allowed, f"{error.fix} (at {where})".strip()
                ) from None
            if config.run.engine == "auto":
                engine = engine or get_engine("auto").name
                config.run.engine = engine  # type: ignore[assignment]
            resolved, given = config.model_dump(), config.model_dump(exclude_defaults=True)
            for repeat in range(self.repeats):
                made.append(
                    make_point(
                        resolved,
                        given,
                        self.swept,
                        repeat,
                        seeds=self.seeds,
                        keep=self.keep,
                        versions=self.versions,
                    )
                )
        return made

    def to_dict(self) -> dict[str, Any]:
        """Plain values; `from_dict` reads them back."""
        return {
            "base": self.base,
            "over": {a.key: list(a.values) for a in self.axes},
            "points": list(self.listed),
            "repeats": self.repeats,
            "seeds": self.seeds,
            "keep": list(self.keep),
            "refine": None if self.refine is None else vars(self.refine),
            "versions": self.versions,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Plan:
        """A plan from plain values."""
        return cls(
            base=data["base"],
            axes=tuple(Axis(k, tuple(v)) for k, v in data["over"].items()),
            listed=tuple(data["points"]),
            repeats=data["repeats"],
            seeds=data["seeds"],
            keep=tuple(data["keep"]),
            refine=None if data["refine"] is None else Refine(**data["refine"]),
            versions=data["versions"],
        )


def read_plan(path: str | Path, overrides: list[str] | None = None) -> Plan:
    """Read a plan: a configuration file with a section `[sweep]`.

    Parameters
    ----------
    path : path
        TOML file; data files named in it are taken relative to it.
    overrides : list of str
        ``section.key=value``.

    Raises
    ------
    InputError
        Missing or broken file, unknown key, a value the configuration refuses.
    """
    path = Path(path)
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            "plan",
            str(path),
            "a readable TOML file",
            f"Make one with: pyscales sweep init ({error})",
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise InputError("plan", str(path), "valid TOML", str(error)) from None
    return make_plan(data, overrides, beside=path.parent)


def make_plan(
    data: dict[str, Any], overrides: list[str] | None = None, *, beside: Path | None = None
) -> Plan:
    """A plan from nested plain values: a configuration and its section `sweep`."""
    from pyscales.config.load import apply_override
    from pyscales.config.messages import input_error_from
    from pyscales.sweep.schema import PlanFile

    data = json.loads(json.dumps(data, default=str))
    for text in overrides or []:
        apply_override(data, text)
    try:
        section = PlanFile.model_validate({"sweep": data.pop("sweep", {})}).sweep
    except ValidationError as error:
        raise input_error_from(error, PlanFile) from None
    axes = read_axes(section.over)
    listed = tuple(flat(point) for point in section.points)
    if bool(axes) == bool(listed):
        raise InputError(
            "sweep",
            "both over and points" if axes else "neither over nor points",
            "either [sweep.over] (grid) or [[sweep.points]] (list)",
        )
    plan = Plan(
        base=_absolute_files(data, beside),
        axes=tuple(Axis(a.key, tuple(_absolute(a.key, v, beside) for v in a.values)) for a in axes),
        listed=tuple({k: _absolute(k, v, beside) for k, v in p.items()} for p in listed),
        repeats=section.repeats,
        seeds=section.seeds,
        keep=tuple(section.keep),
        refine=None
        if section.refine is None
        else Refine(section.refine.quantity, section.refine.threshold, section.refine.levels),
    )
    _check(plan)
    return plan


def _check(plan: Plan) -> None:
    """Refuse early what every worker would meet later."""
    from pyscales.config import build_config, make_model, make_simulation

    count = plan.repeats
    for size in plan.shape:
        count *= size
    if count > MOST_POINTS:
        raise InputError("sweep", f"{count} points", f"at most {MOST_POINTS} points")
    seen: set[str] = set()
    for values in plan.settings():
        config = build_config(overlaid(plan.base, values))
        for key in plan.swept:
            lookup(config.model_dump(), key)
        if "phase-diagram" in config.run.jobs:
            raise InputError(
                "run.jobs",
                "phase-diagram",
                "jobs of a single point",
                "A sweep over model.gain and a second key is a phase diagram.",
            )
        once = json.dumps([config.degrees.model_dump(), config.model.n], default=str)
        if once not in seen and len(seen) < 1000:
            seen.add(once)
            make_model(config)
        make_simulation(config)
    if plan.refine is not None:
        if not plan.axes:
            raise InputError("sweep.refine", "a list of points", "a grid, [sweep.over]")
        from pyscales.sweep.refine import refined_axes

        refined_axes(plan)


def _absolute(key: str, value: Any, beside: Path | None) -> Any:
    if beside is None or not key.endswith(".file") or not isinstance(value, str):
        return value
    path = beside / value
    return str(path.resolve()) if path.exists() else value


def _absolute_files(data: dict[str, Any], beside: Path | None) -> dict[str, Any]:
    return {
        name: {k: _absolute(f"{name}.{k}", v, beside) for k, v in section.items()}
        if isinstance(section, dict)
        else section
        for name, section in data.items()
    }
