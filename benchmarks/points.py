"""Points of a long measurement, each kept in a file of its own so that a stop loses nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any


def point(folder: str | None, name: str, measure: Callable[[], Any]) -> Any:
    """What `measure` returns, read back from ``folder/name.json`` where it is there; no None."""
    if folder is None:
        return measure()
    file = Path(folder) / f"{name}.json"
    if file.exists():
        return json.loads(file.read_text())
    found = measure()
    if found is None:
        return None
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(".part")
    part.write_text(json.dumps(found))
    part.replace(file)
    return found
