"""What was left out and why: every row that is not used is counted once, under one reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Ledger:
    """Counts of rows left out of `total`, by reason, in the order of the checks.

    Attributes
    ----------
    what : str
        What the rows are: 'units', 'synapses', 'nuclei' ...
    total : int
        Rows before any check.
    excluded : dict of str to int
        Rows left out under each reason; a row counts under the first reason that hits it.
    merged : dict of str to int
        Rows that were joined with others rather than left out, by what they were joined into.
    """

    what: str
    total: int
    excluded: Mapping[str, int] = field(default_factory=dict)
    merged: Mapping[str, int] = field(default_factory=dict)

    @property
    def kept(self) -> int:
        """Rows that are used."""
        return self.total - sum(self.excluded.values())

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON and tables."""
        return {
            "what": self.what,
            "total": self.total,
            "kept": self.kept,
            "excluded": dict(self.excluded),
            "merged": dict(self.merged),
        }

    def sentence(self) -> str:
        """One line for people."""
        text = f"{self.kept} of {self.total} {self.what} used"
        if self.excluded:
            text += "; left out: " + ", ".join(f"{n} {why}" for why, n in self.excluded.items())
        if self.merged:
            text += "; merged: " + ", ".join(f"{n} {why}" for why, n in self.merged.items())
        return text + "."


class Sieve:
    """A mask of rows that narrows check by check and remembers the counts."""

    def __init__(self, what: str, total: int) -> None:
        self.what, self.total = what, total
        self.keep: NDArray[np.bool_] = np.ones(total, dtype=bool)
        self.excluded: dict[str, int] = {}
        self.merged: dict[str, int] = {}

    def drop(self, bad: NDArray[np.bool_], reason: str) -> None:
        """Leave out the rows of `bad` that are still in, under `reason` (kept even when zero)."""
        hit = self.keep & np.asarray(bad, dtype=bool)
        self.excluded[reason] = self.excluded.get(reason, 0) + int(hit.sum())
        self.keep &= ~hit

    def join(self, count: int, into: str) -> None:
        """Note rows merged into others."""
        self.merged[into] = self.merged.get(into, 0) + int(count)

    def ledger(self) -> Ledger:
        """The counts so far, zero counts left out."""
        return Ledger(
            self.what,
            self.total,
            {k: v for k, v in self.excluded.items() if v},
            {k: v for k, v in self.merged.items() if v},
        )
