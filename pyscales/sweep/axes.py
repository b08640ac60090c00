"""From the tables of a plan to axes: any configuration key, listed or spaced values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pyscales.errors import InputError

_SPACED = {"start", "stop", "count", "spacing"}


@dataclass(frozen=True)
class Axis:
    """A configuration key and the values it takes."""

    key: str
    values: tuple[Any, ...]


def read_axes(over: dict[str, Any]) -> tuple[Axis, ...]:
    """Axes in the order of the file.

    A value is a list, or a table with `start`, `stop`, `count` and `spacing` ('linear' or 'log').
    """
    axes = tuple(Axis(key, _values(key, value)) for key, value in flat(over).items())
    for axis in axes:
        shown = [repr(v) for v in axis.values]
        if len(set(shown)) < len(shown):
            raise InputError(f"sweep.over.{axis.key}", list(axis.values), "different values")
    return axes


def flat(table: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested tables as dotted keys; a spaced axis stays one value."""
    out: dict[str, Any] = {}
    for key, value in table.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict) and not ("start" in value and set(value) <= _SPACED):
            out |= flat(value, f"{name}.")
        else:
            out[name] = value
    return out


def nested(values: dict[str, Any]) -> dict[str, Any]:
    """Dotted keys as nested tables."""
    out: dict[str, Any] = {}
    for key, value in values.items():
        *sections, last = key.split(".")
        target = out
        for section in sections:
            target = target.setdefault(section, {})
        target[last] = value
    return out


def overlaid(base: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """A copy of nested tables with dotted keys replaced."""
    out = {k: dict(v) if isinstance(v, dict) else v for k, v in base.items()}
    for section, table in nested(values).items():
        if isinstance(table, dict) and isinstance(out.get(section), dict):
            out[section] |= table
        else:
            out[section] = table
    return out


def _values(key: str, value: Any) -> tuple[Any, ...]:
    field = f"sweep.over.{key}"
    if isinstance(value, list):
        if not value:
            raise InputError(field, value, "at least one value")
        return tuple(value)
    if not isinstance(value, dict):
        raise InputError(
            field, value, "a list of values, or { start = a, stop = b, count = n }", "Add brackets."
        )
    missing = [k for k in ("start", "stop", "count") if k not in value]
    if missing:
        raise InputError(field, value, "start, stop and count", f"Add {missing[0]}.")
    start, stop, count = value["start"], value["stop"], value["count"]
    spacing = value.get("spacing", "linear")
    if not all(isinstance(v, (int, float)) and np.isfinite(v) for v in (start, stop)):
        raise InputError(field, value, "numbers for start and stop")
    if not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= 1_000_000:
        raise InputError(f"{field}.count", count, "a whole number from 1 to 1e6")
    if spacing == "linear":
        return tuple(float(v) for v in np.linspace(start, stop, count))
    if spacing == "log":
        if not (start > 0 and stop > 0):
            raise InputError(field, value, "start and stop > 0 for log spacing")
        return tuple(float(v) for v in np.geomspace(start, stop, count))
    raise InputError(f"{field}.spacing", spacing, "linear or log")
