"""Sections of the results beside the race of integrators: samplers, a million neurons, the rest."""

from __future__ import annotations

import json
from pathlib import Path

ELSEWHERE = """## Timescales and mean-field codes

Timescale estimators race in `benchmarks/estimators.py`, a code that solves two-time mean-field
equations in `benchmarks/two_time_race.py`; both engines of pyscales on other jobs in
`benchmarks/engines.py`."""


def samplers(folder: Path) -> list[str]:
    """Table of `benchmarks.race.samplers`, if it was measured (`samplers.json`)."""
    path = folder / "samplers.json"
    if not path.exists():
        return []
    from benchmarks.race.samplers import table

    rows = json.loads(path.read_text())
    return [
        "",
        "## Graphs of given expected degrees",
        "",
        "`python -m benchmarks.race.samplers --large`: from whole degrees of mean 100 to a sorted",
        "CSR matrix (pyscales) or to a graph object; medians, taking turns. The bound is that",
        "of the standard error of the mean number of edges.",
        "",
        *table(rows),
        "",
        "graph-tool is not on PyPI and did not take part.",
    ]


def million(folder: Path) -> list[str]:
    """Table of `benchmarks.million`, if it was measured (`million-*.json`)."""
    found = [json.loads(p.read_text()) for p in sorted(folder.glob("million-*.json"))]
    if not found:
        return []
    lines = [
        "",
        "## A million neurons",
        "",
        "`python -m benchmarks.million`: mean degree 100, one trial, 20 time units with ETD3 at a",
        "step of 1/4, statistics of 40 samples streamed (means of every neuron, autocorrelations",
        "of 2000). GB/s are the least bytes of the products over the time of the simulation.",
        "",
        "| engine | precision | couplings | sampling (s) | simulating (s) | peak memory (GB) | "
        "GB/s (share of copy) |",
        "|---|---|---|---|---|---|---|",
    ]
    for r in found:
        lines.append(
            f"| {r['engine']} | {r['precision']} | {r['couplings']:.3g} "
            f"| {r['sampling (s)']:.1f} | "
            f"{r['simulating (s)']:.1f} | {r['peak (GB)']:.1f} | {r['GB/s']:.1f} "
            f"({r['share of the copy bandwidth']:.0%}) |"
        )
    return lines
