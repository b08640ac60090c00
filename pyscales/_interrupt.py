"""Ctrl-C that is not lost.

Python drops a KeyboardInterrupt that is raised while it cleans up an object; a run of many small
pieces spends much of its time there. The interrupt is remembered and raised again at the next one.
A file that is being written or read is finished first: `shielded`.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

_asked = False
_shields = 0
_others = sys.__unraisablehook__


def watch() -> None:
    """Remember interrupts from now on, where they are neither ignored nor handled by others."""
    global _asked, _others
    _asked = False
    if threading.current_thread() is not threading.main_thread():
        return
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _remember)
    if sys.unraisablehook is not _not_lost:
        _others = sys.unraisablehook
        sys.unraisablehook = _not_lost


def check() -> None:
    """Raise KeyboardInterrupt if one was asked for since `watch`."""
    if _asked:
        raise KeyboardInterrupt


@contextmanager
def shielded() -> Iterator[None]:
    """Let a first interrupt wait until the block is done; a second one is raised at once.

    Holds only where `watch` is in force and in the main thread, the one that gets signals.
    """
    global _shields
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    asked_before = _asked
    _shields += 1
    try:
        yield
    finally:
        _shields -= 1
    if _asked and not asked_before:
        check()


def _remember(number: int, frame: FrameType | None) -> None:
    global _asked
    again, _asked = _asked, True
    if again or not _shields:
        raise KeyboardInterrupt


def _not_lost(unraisable: Any) -> None:
    """Say nothing of an interrupt that a clean-up dropped: it is remembered."""
    if not (_asked and unraisable.exc_type is KeyboardInterrupt):
        _others(unraisable)
