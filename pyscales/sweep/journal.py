"""The log of a sweep: one append-only file per worker process, one JSON line per event.

Events: `started`, `finished`, `failed`, `damaged` (a file that could not be trusted). Logs of dead
workers may end within a line; such a line counts for nothing.
"""

from __future__ import annotations

import json
import os
import socket
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

EVENTS = ("started", "finished", "failed", "damaged")


def note(folder: Path, event: str, key: str, **facts: Any) -> None:
    """Append one event."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{socket.gethostname()}-{os.getpid()}.jsonl"
    line = json.dumps({"event": event, "point": key, "time": round(time.time(), 3)} | facts)
    with open(path, "ab") as file:
        torn = file.tell() > 0 and not _ends_with_newline(path)
        file.write((b"\n" if torn else b"") + line.encode() + b"\n")


@dataclass
class History:
    """How often each event happened to each point."""

    started: Counter[str] = field(default_factory=Counter)
    finished: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    damaged: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    last_error: dict[str, str] = field(default_factory=dict)


def history(folder: Path) -> History:
    """Count the events of all workers."""
    out = History()
    for event in _events(folder):
        counts: Counter[str] = getattr(out, event["event"])
        counts[event["point"]] += 1
        out.seconds += float(event.get("seconds", 0.0))
        if event["event"] == "failed":
            out.last_error[event["point"]] = str(event.get("message", ""))
    return out


def _events(folder: Path) -> Iterator[dict[str, Any]]:
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_bytes().splitlines():
            try:
                event = json.loads(line)
            except ValueError:
                continue
            if isinstance(event, dict) and event.get("event") in EVENTS and "point" in event:
                yield event


def _ends_with_newline(path: Path) -> bool:
    with open(path, "rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"
