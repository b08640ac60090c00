"""Race of the Chung-Lu sampler against networkx.expected_degree_graph, in one run.

Run ``python benchmarks/sampler.py``. Both samplers draw from the same law (clipped, undirected, no
self-loops). Ours is timed from degrees to a sorted CSR matrix, networkx from degrees to its graph
object, without the conversion to a matrix. Repeats are interleaved, so that both meet the same
load. The edge counts of every graph are checked against the exact expectation.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import networkx as nx
import numpy as np
from scipy.stats import norm

from pyscales.network import expected_realised_degrees, sample_adjacency

MEAN_DEGREE = 100.0


def lognormal_degrees(n: int, sigma: float) -> np.ndarray:
    """Shuffled lognormal quantile sequence of mean 100; constant at sigma = 0."""
    u = np.exp(sigma * norm.ppf((np.arange(n) + 0.5) / n))
    return np.random.default_rng(0).permutation(MEAN_DEGREE * u / u.mean())


def ours(degrees: np.ndarray, seed: int) -> int:
    """Number of edges of one graph of our sampler, built as a CSR matrix."""
    return sample_adjacency(degrees, np.random.default_rng(seed)).nnz // 2


def networkx_graph(degrees: np.ndarray, seed: int) -> int:
    """Number of edges of one graph of networkx."""
    graph = nx.expected_degree_graph(degrees, seed=seed, selfloops=False)
    return graph.number_of_edges()


def timed(sampler: Callable[[np.ndarray, int], int], degrees: np.ndarray, seed: int) -> tuple:
    """Seconds and edges of one call."""
    start = time.perf_counter()
    edges = sampler(degrees, seed)
    return time.perf_counter() - start, edges


def race(n: int, sigma: float, repeats: int, ours_per_repeat: int) -> str:
    """Race at one size; a row of the table."""
    degrees = lognormal_degrees(n, sigma)
    mean = expected_realised_degrees(degrees).sum() / 2
    times: dict[str, list[float]] = {"ours": [], "networkx": []}
    worst = {"ours": 0.0, "networkx": 0.0}
    for repeat in range(repeats):
        plan = [("networkx", networkx_graph)] + [("ours", ours)] * ours_per_repeat
        for k, (name, sampler) in enumerate(plan):
            seconds, edges = timed(sampler, degrees, 1000 * repeat + k)
            times[name].append(seconds)
            # sqrt(mean) bounds the standard deviation of the edges from above.
            worst[name] = max(worst[name], abs(edges - mean) / np.sqrt(mean))
    for name, deviation in worst.items():
        if deviation > 4.0:
            raise SystemExit(f"{name}: edges {deviation:.1f} standard deviations off at N = {n}")
    a, b = statistics.median(times["ours"]), statistics.median(times["networkx"])
    return (
        f"| {n} | {sigma:g} | {mean:.3g} | {b:.3f} | {a:.4f} | {b / a:.0f} | "
        f"{worst['networkx']:.1f} | {worst['ours']:.1f} |"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3, help="repeats of each sampler")
    parser.add_argument("--quick", action="store_true", help="5e5 edges only")
    options = parser.parse_args()
    print("| N | sigma | edges | networkx (s) | pyscales (s) | ratio | max dev. nx | max dev. ps |")
    print("|---|---|---|---|---|---|---|---|")
    for n in (10_000,) if options.quick else (10_000, 100_000):
        for sigma in (0.0, 1.0):
            print(race(n, sigma, options.repeats, 3), flush=True)
    print(
        f"\nMean degree {MEAN_DEGREE:g}; medians of {options.repeats} networkx and "
        f"{3 * options.repeats} pyscales runs, interleaved; deviations of the edge counts from "
        "their exact mean, in bounds of their standard deviation."
    )


if __name__ == "__main__":
    main()
