"""Code blocks of the documents, and smaller versions of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]

SIMULATION = (
    "--set simulation.transient=5 --set simulation.duration=30 --set simulation.max_lag=10 "
    "--set simulation.n_trials=1"
)

SMALLER: tuple[tuple[str, str], ...] = (
    (r"python3 -m venv \S+ && \S*pip install \S+ && ", ""),
    (r"\.venv/bin/", ""),
    (r"(pyscales reproduce)", r"\1 --preset smoke"),
    (r" --preset (quick|paper)", ""),
    (r"--n (\d{4,})(?!.*mean-degree)", "--n 150 --mean-degree 15"),
    (r"--n \d{4,}", "--n 150"),
    (r"(pyscales (simulate|timescales --)\b)(.*)", rf"\1\3 {SIMULATION}"),
    (r"--duration \d+ ", ""),
    (
        r"(pyscales (dmft|self-couplings) .*--symmetry 0\.\d+)",
        r"\1 --set dmft.n_seeds=2 --set dmft.trajectories=150 --set dmft.tolerance=1e-2",
    ),
    (r"(pyscales run )", rf"\1{SIMULATION} --set model.n=150 --set degrees.mean_degree=15 "),
    (r"(pyscales sweep run plan\.toml)", rf"\1 {SIMULATION} --set simulation.max_lag=0"),
    (r"(python docs/gallery/\S+)", r"\1 --tiny"),
    (r"n=2000", "n=300"),
    (
        r"Simulation\(n_networks=2\)",
        "Simulation(n_networks=2, transient=5, duration=40, max_lag=15)",
    ),
)


@dataclass(frozen=True)
class Block:
    """A fenced block of a document."""

    language: str
    text: str
    line: int


def blocks(document: Path) -> list[Block]:
    """Fenced blocks in order."""
    found, start, language, lines = [], 0, "", []
    for number, line in enumerate(document.read_text(encoding="utf-8").splitlines(), 1):
        fence = re.match(r"\s*```(\w*)", line)
        if fence and not start:
            start, language, lines = number, fence[1], []
        elif fence:
            found.append(Block(language, "\n".join(lines) + "\n", start))
            start = 0
        elif start:
            lines.append(line)
    assert not start, f"{document.name}: block of line {start} does not end"
    return found


def smaller(text: str) -> str:
    """The same commands at a size for tests."""
    for pattern, replacement in SMALLER:
        text = re.sub(pattern, replacement, text)
    return text
