"""Graphs of given expected degrees: pyscales' sampler beside the generators of graph libraries.

    python -m benchmarks.race.samplers [--json FILE] [--large]

Needs networkx; igraph and networkit take part if they are installed. Ours is timed from degrees to
a sorted CSR matrix, the others from degrees to their graph object. igraph and networkit truncate
weights to whole numbers, so all get whole ones. Repeats take turns; edges are counted.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import norm


def ours(degrees: np.ndarray, seed: int) -> int:
    """Edges of a graph of pyscales."""
    from pyscales.network import sample_adjacency

    return sample_adjacency(degrees, np.random.default_rng(seed)).nnz // 2


def of_networkx(degrees: np.ndarray, seed: int) -> int:
    """Edges of `expected_degree_graph`."""
    import networkx

    graph = networkx.expected_degree_graph(degrees, seed=seed, selfloops=False)
    return graph.number_of_edges()


def of_igraph(degrees: np.ndarray, seed: int) -> int:
    """Edges of `Graph.Chung_Lu`, its original variant, without loops."""
    import random

    import igraph

    igraph.set_random_number_generator(random.Random(seed))
    weights = degrees.astype(int).tolist()
    return igraph.Graph.Chung_Lu(weights, loops=False, variant="original").ecount()


def of_networkit(degrees: np.ndarray, seed: int) -> int:
    """Edges of `ChungLuGenerator`."""
    import networkit

    networkit.setSeed(seed, False)
    generator = networkit.generators.ChungLuGenerator(degrees.astype(int).tolist())
    return generator.generate().numberOfEdges()


SAMPLERS: dict[str, Callable[[np.ndarray, int], int]] = {
    "pyscales": ours,
    "networkx": of_networkx,
    "igraph": of_igraph,
    "networkit": of_networkit,
}


def degrees_of(n: int, sigma: float) -> np.ndarray:
    """Lognormal quantiles of mean 100, rounded, shuffled."""
    u = np.exp(sigma * norm.ppf((np.arange(n) + 0.5) / n))
    return np.random.default_rng(0).permutation(np.maximum(1.0, np.rint(100.0 * u / u.mean())))


def race(n: int, sigma: float, repeats: int) -> dict[str, Any]:
    """Medians of all samplers at one size, with the mean deviation of their edge counts."""
    from pyscales.network import expected_realised_degrees

    degrees = degrees_of(n, sigma)
    expected = float(expected_realised_degrees(degrees).sum()) / 2
    seconds: dict[str, list[float]] = {}
    edges: dict[str, list[int]] = {}
    missing = {}
    for name in SAMPLERS:
        if name == "networkx" and n > 10_000:
            continue  # some 20 s each
        try:
            if name != "pyscales":
                import_module(name)
            seconds[name], edges[name] = [], []
        except ImportError as error:
            missing[name] = str(error)
    for repeat in range(repeats + 1):
        for name in seconds:
            start = time.perf_counter()
            edges[name].append(SAMPLERS[name](degrees, repeat + 1))
            if repeat:  # the first one warms up
                seconds[name].append(time.perf_counter() - start)
    return {
        "n": n,
        "sigma": sigma,
        "expected edges": expected,
        "missing": missing,
        "seconds": {name: statistics.median(values) for name, values in seconds.items()},
        "deviation": {
            name: (float(np.mean(values)) / expected - 1, len(values))
            for name, values in edges.items()
        },
    }


def table(rows: list[dict[str, Any]]) -> list[str]:
    """Markdown."""
    lines = [
        "| N | sigma | edges | sampler | s | pyscales faster by | edges off by (bound of error) |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        own = row["seconds"]["pyscales"]
        for name, seconds in row["seconds"].items():
            off, count = row["deviation"][name]
            error = 1 / (row["expected edges"] * count) ** 0.5
            lines.append(
                f"| {row['n']} | {row['sigma']:g} | {row['expected edges']:.3g} | {name} | "
                f"{seconds:.3g} | {seconds / own:.2f} | {off:+.2%} ({error:.2%}) |"
            )
    return lines


def main() -> None:
    """Race and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--large", action="store_true", help="100 000 nodes, too")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    rows = []
    for n in (10_000, 100_000) if options.large else (10_000,):
        for sigma in (0.0, 0.5):
            rows.append(race(n, sigma, options.repeats))
    print("\n".join(table(rows)))
    for name, reason in rows[0]["missing"].items():
        print(f"{name} did not take part: {reason}")
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
