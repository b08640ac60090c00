"""Hub outliers: theory against Arnoldi iteration as sigma, symmetry and N grow.

Run with ``python benchmarks/spectrum_hubs.py`` (about 20 minutes). Sparse Chung-Lu graphs of mean
degree 50 with quantile degrees, gain 1. The critical gain of a sampled network is one over its
rightmost eigenvalue; theory takes the larger of bulk edge and hub pole. The excess is how far that
lies beyond the edge of the bulk without isolated hubs. Largest of all hubs: expectation and scatter
of the largest mode when all neurons compete, and how far the mean of the sampled networks is off in
units of that scatter over the root of their number (z). Every row has networks of its own.
"""

from __future__ import annotations

import argparse
import sys
import time
from typing import Any

import numpy as np
from points import point

from pyscales import Lognormal, Model
from pyscales.analysis.outliers import hub_outliers
from pyscales.theory.spectrum.largest_mode import largest_mode


def one(model: Model, size: int, networks: int, seed: int) -> dict[str, Any]:
    """Theory and sampled networks at one size."""
    found = hub_outliers(model, [size], n_networks=networks, seed=seed, workers=1)
    row = {str(k): np.asarray(v.values[0]).tolist() for k, v in found.data_vars.items()}
    return {"row": row, "converged": found.attrs["converged"], "message": found.attrs["message"]}


def largest(model: Model, size: int) -> tuple[float, float]:
    """Expectation and scatter of the largest of all modes at one size."""
    law = model.with_(n=size).finite_degrees()
    sparse = np.inf if model.kind == "dense" else law.mean_degree
    found = largest_mode(law.relative_degrees, model.symmetry, mean_degree=sparse)
    scale = float(np.sqrt(law.mean_degree / model.degrees.mean_degree))
    return scale * found.mean, scale * found.spread


def number(value: float, digits: int = 3) -> str:
    """A number of the table, "-" where there is none."""
    return f"{value:.{digits}f}" if np.isfinite(value) else "-"


def main() -> None:
    """One row per sigma, symmetry and size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 10_000, 100_000])
    parser.add_argument("--networks", type=int, nargs="+", default=[40, 40, 8])
    parser.add_argument("--mean-degree", type=float, default=50.0)
    parser.add_argument("--kind", choices=("chung-lu", "dense"), default="chung-lu")
    parser.add_argument("--points", default=None, help="Folder that keeps every row.")
    options = parser.parse_args()
    start, seed = time.perf_counter(), 0
    print(
        "| sigma | symmetry | N | k_max | cap % | static edge | bulk without hubs | hub pole ",
        end="",
    )
    print(
        "(sd) | largest of all hubs (sd) | rightmost eigenvalue (s.e.) | networks | z ",
        end="",
    )
    print(
        "| on the largest hub | its share: theory | sampled ",
        end="",
    )
    print("| excess over the bulk %: theory | sampled | critical gain: theory | sampled |")
    print("|---" * 19 + "|")
    for sigma in (0.5, 0.75, 1.0):
        for symmetry in (0.25, 0.5, 1.0):
            model = Model(Lognormal(options.mean_degree, sigma), 1.0, symmetry, kind=options.kind)
            for size, networks in zip(options.sizes, options.networks, strict=True):
                seed += 1
                name = f"hubs_{options.kind}_{options.mean_degree:g}_{sigma:g}_{symmetry:g}_{size}"
                found = point(
                    options.points,
                    f"{name}_{networks}_{seed}",
                    lambda args=(model, size, networks, seed): one(*args),
                )
                row = {k: np.array(v, dtype=float) for k, v in found["row"].items()}
                value = row["rightmost_eigenvalue"]
                error = value.std(ddof=1) / np.sqrt(value.size) if value.size > 1 else np.nan
                edge = np.fmax(row["hub_pole"], row["bulk_edge"])
                excess = 100 * (np.array([edge, value.mean()]) / row["bulk_edge"] - 1)
                expected, scatter = largest(model, size)
                z = (value.mean() - expected) / scatter * np.sqrt(value.size)
                print(
                    f"| {sigma:g} | {symmetry:g} | {size} | {row['degree_max']:.0f} "
                    f"| {100 * row['clipped_mass']:.2g} | {row['static_edge']:.3f} "
                    f"| {row['bulk_edge']:.3f} "
                    f"| {row['hub_pole']:.3f} ({number(row['hub_spread'])}) "
                    f"| {expected:.3f} ({scatter:.3f}) "
                    f"| {value.mean():.3f} ({number(error)}) | {value.size} | {z:.1f} "
                    f"| {np.mean(row['dominant_rank'] == 0):.2f} "
                    f"| {number(row['hub_share'])} | {row['dominant_share'].mean():.3f} "
                    f"| {excess[0]:.1f} | {excess[1]:.1f} "
                    f"| {row['critical_gain']:.4f} | {np.mean(1 / value):.4f} |",
                    flush=True,
                )
                if not found["converged"]:
                    print(f"not verified: {found['message']}", file=sys.stderr)
    print(f"\n{time.perf_counter() - start:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
