"""A million neurons of mean degree 100: sampled, simulated for 20 time units, statistics streamed.

    python -m benchmarks.million [--engine scipy|julia] [--precision double|single] [--json FILE]

Says how long each part took, the peak of resident memory (of this process, Julia included) and what
share of the machine's copy bandwidth the products reach. The least traffic of a product is one read
of the couplings and column indices and four states per neuron and trial.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.race.drive import copy_bandwidth
from pyscales import Lognormal, Model
from pyscales.engines import SamplingPlan, choose_engine


def peak_memory() -> float:
    """Largest resident set so far, bytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return unit * float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Sample, integrate, measure."""
    row: dict[str, Any] = {k: getattr(options, k) for k in ("n", "engine", "precision", "trials")}
    row["copy bandwidth (GB/s)"] = copy_bandwidth(options.threads) / 1e9
    model = Model(Lognormal(options.mean_degree, 0.5), gain=1.5, n=options.n)
    start = time.perf_counter()
    w = model.sample(np.random.SeedSequence(1)).scaled(model.gain)
    row["sampling (s)"] = time.perf_counter() - start
    row["couplings"] = int(w.nnz)
    row["weights (GB)"] = (w.data.nbytes + w.indices.nbytes + w.indptr.nbytes) / 1e9
    row["peak after sampling (GB)"] = peak_memory() / 1e9
    engine = choose_engine(options.engine).engine
    kept = np.linspace(0, options.n - 1, 2000).astype(np.int64)
    plan = SamplingPlan(0.0, options.duration, 0.5, 21, kept)
    x0 = np.random.default_rng(2).standard_normal((options.trials, options.n))
    warm = np.zeros((options.trials, options.n))
    settings = {
        "method": "ETD3",
        "dt": 0.25,
        "precision": options.precision,
        "workers": options.threads,
    }
    engine.integrate(w, warm, SamplingPlan(0.0, 0.5, 0.5), **settings)
    start = time.perf_counter()
    found = engine.integrate(w, x0, plan, **settings)
    seconds = time.perf_counter() - start
    size = 4 if options.precision == "single" else 8
    moved = (4.0 + size) * w.nnz + 4 * 8.0 * options.n * options.trials
    speed = moved * found.status.evaluations / seconds / 1e9
    row |= {
        "simulating (s)": seconds,
        "time units": options.duration,
        "products": found.status.evaluations,
        "status": found.status.retcode,
        "local error": found.status.residual,
        "GB/s": speed,
        "share of the copy bandwidth": speed / row["copy bandwidth (GB/s)"],
        "peak (GB)": peak_memory() / 1e9,
        "variance at the end": float(found.population_square_x[:, -1].mean()),
    }
    return row


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=1_000_000)
    parser.add_argument("--mean-degree", type=float, default=100.0)
    parser.add_argument("--duration", type=float, default=20.0)
    parser.add_argument("--trials", type=int, default=1)
    parser.add_argument("--engine", default="scipy", choices=["scipy", "julia"])
    parser.add_argument("--precision", default="double", choices=["double", "single"])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", type=Path, help="file for the numbers")
    options = parser.parse_args()
    row = run(options)
    for name, value in row.items():
        print(f"{name:<30} {value:.4g}" if isinstance(value, float) else f"{name:<30} {value}")
    if options.json:
        options.json.write_text(json.dumps(row, indent=1))


if __name__ == "__main__":
    main()
