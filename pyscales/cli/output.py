"""Data on stdout, progress and remarks on stderr."""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any


def plain(value: Any) -> Any:
    """Values JSON can hold: NaN and infinities become null, arrays lists."""
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def emit(values: dict[str, Any], as_json: bool) -> None:
    """Print a record: one JSON object, or one `name = value` line per entry."""
    values = plain(values)
    if as_json:
        print(json.dumps(values, indent=2))
        return
    width = max((len(k) for k in values), default=0)
    for name, value in values.items():
        shown = f"{value:.8g}" if isinstance(value, float) else value
        print(f"{name:<{width}} = {'-' if shown is None else shown}")


@dataclass
class _State:
    """What the options of the command at hand say."""

    quiet: bool = False
    kept_in: Path | None = None


_state = _State()


def set_quiet(quiet: bool) -> None:
    """Silence progress and remarks, or not."""
    _state.quiet = quiet


def quieter(quiet: bool) -> bool:
    """`--quiet` after the name of a command; one before it stays."""
    _state.quiet = _state.quiet or quiet
    return _state.quiet


def keep_in(folder: Path | None) -> Path | None:
    """Where finished parts are kept: told to a user who interrupts."""
    _state.kept_in = folder
    return folder


def interrupted() -> str:
    """What to say on Ctrl-C."""
    if _state.kept_in is None:
        return "interrupted; nothing was kept. With --out FOLDER finished parts are."
    return (
        f"interrupted; what was finished is kept in {_state.kept_in}, and the same command goes on "
        "from there."
    )


def remark(text: str) -> None:
    """A line for the reader, on stderr; none when quiet."""
    if not _state.quiet:
        warn(text)


def warn(text: str) -> None:
    """What a reader must not miss, on stderr, always."""
    print(text, file=sys.stderr)


@contextmanager
def progress(quiet: bool) -> Iterator[Callable[[str, float], None]]:
    """A progress bar per label on a terminal; one line per label elsewhere."""
    if quiet or _state.quiet:
        yield lambda label, fraction: None
        return
    if not sys.stderr.isatty():
        yield _lines()
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    bar = Progress(
        TextColumn("{task.description:<26}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
    tasks: dict[str, Any] = {}
    with bar:

        def update(label: str, fraction: float) -> None:
            if label not in tasks:
                tasks[label] = bar.add_task(label, total=1.0)
            bar.update(tasks[label], completed=fraction)

        yield update


def _lines(every: float = 10.0) -> Callable[[str, float], None]:
    """One line when a label begins, then its share and the time left, at most every 10 s."""
    begun: dict[str, tuple[float, float]] = {}
    last: dict[str, float] = {}

    def note(label: str, fraction: float) -> None:
        now = time.monotonic()
        if label not in begun:
            begun[label] = (now, fraction)
            last[label] = now
            remark(f"{label} ...")
            return
        start, first = begun[label]
        if now - last[label] < every or fraction <= first:
            return
        last[label] = now
        left = (now - start) * max(0.0, 1.0 - fraction) / (fraction - first)
        remark(f"{label}: {100 * fraction:.0f} %, about {_duration(left)} left")

    return note


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


def scalars(dataset: Any) -> dict[str, Any]:
    """The scalar variables of a Dataset as plain numbers."""
    return {str(k): float(v) for k, v in dataset.data_vars.items() if v.ndim == 0}
