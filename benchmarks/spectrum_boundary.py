"""Eigenvalues of sampled matrices against the theory of the bulk, with their scaling in N.

Run with ``python benchmarks/spectrum_boundary.py`` (about an hour of one core); ``--sizes`` and
``--samples`` make it shorter, ``--cache FOLDER`` keeps the eigenvalues of every sample. Matrices
are dense surrogates W_ij = sqrt(u_i u_j/N) J_ij with the quantile degrees of the law, theory uses
the same degrees, gain 1.

Boundary: the share of eigenvalues beyond the theoretical boundary in their direction, and the
largest relative excess. Radial law: Kolmogorov-Smirnov distance of |lambda| within one matrix to
theory, mean and standard error over matrices.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np

from pyscales.degrees import DegreeLaw, DegreeSequence, Gamma, Lognormal
from pyscales.network import sample_network
from pyscales.theory.spectrum.boundary import boundary_radius
from pyscales.theory.spectrum.resolvent import modulus_distribution

SYMMETRIES = (-0.8, -0.4, 0.0, 0.4, 0.8)
SIGMAS = (0.0, 0.5, 1.0)
ANGLES = np.linspace(0, np.pi / 2, 181)


def eigenvalues(law: DegreeLaw, label: str, n: int, symmetry: float, seed: int, cache: str | None):
    """All eigenvalues of one sampled matrix, read back from the cache where they are there."""
    file = None if cache is None else Path(cache) / f"{label}_{n}_{symmetry:g}_{seed}.npy"
    if file is not None and file.exists():
        return np.load(file)
    degrees = law.finite(n).degrees
    matrix = sample_network(degrees, symmetry=symmetry, kind="dense", seed=1000 * seed + 7).weights
    values = np.linalg.eigvals(matrix)
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        np.save(file, values)
    return values


def nodes_of(law: DegreeLaw, n: int) -> tuple[np.ndarray, np.ndarray]:
    """The degrees of the network as nodes."""
    fine = law.finite(n).fine_nodes()
    return fine.relative_degree, fine.weight


def boundary_table(sizes: list[int], samples: dict[int, int], cache: str | None) -> None:
    """Share outside and largest excess for every symmetry, sigma and size."""
    print(
        "| symmetry | sigma | N | samples | outside % | s.e. | largest excess % "
        "| mean largest per matrix % | of these on the real axis % |\n" + "|---" * 9 + "|"
    )
    for symmetry in SYMMETRIES:
        for sigma in SIGMAS:
            law = Lognormal(100.0, sigma)
            for n in sizes:
                u, w = nodes_of(law, n)
                radius = np.array([boundary_radius(u, w, symmetry, a) for a in ANGLES])
                share, largest, on_axis = [], [], []
                for seed in range(samples[n]):
                    z = eigenvalues(law, f"lognormal{sigma:g}", n, symmetry, seed, cache)
                    angle = np.arctan2(np.abs(z.imag), np.abs(z.real))
                    excess = np.abs(z) / np.interp(angle, ANGLES, radius) - 1
                    share.append(np.mean(excess > 0))
                    on_axis.append(np.sum((excess > 0) & (z.imag == 0)) / z.size)
                    largest.append(excess.max())
                error = np.std(share, ddof=1) / np.sqrt(len(share)) if len(share) > 1 else np.nan
                percent = 100 * np.array([np.mean(share), error, max(largest), np.mean(largest)])
                print(
                    f"| {symmetry:g} | {sigma:g} | {n} | {len(share)} | {percent[0]:.3f} "
                    f"| {percent[1]:.3f} | {percent[2]:.2f} | {percent[3]:.2f} "
                    f"| {100 * np.mean(on_axis):.3f} |",
                    flush=True,
                )


def measured_law() -> DegreeSequence:
    """Degrees of a measured graph with ties (co-appearances in Les Miserables, 77 nodes)."""
    import networkx as nx

    return DegreeSequence([d for _, d in nx.les_miserables_graph().degree], source="networkx")


def radial_table(sizes: list[int], samples: dict[int, int], cache: str | None) -> None:
    """Kolmogorov-Smirnov distance of |lambda| to theory."""
    cases: list[tuple[str, str, DegreeLaw, float]] = [
        ("lognormal, sigma 0.5", "lognormal0.5", Lognormal(100.0, 0.5), 0.0),
        ("lognormal, sigma 1", "lognormal1", Lognormal(100.0, 1.0), 0.0),
        ("gamma, shape 2", "gamma2", Gamma(100.0, 2.0), 0.0),
        ("measured degrees", "measured", measured_law(), 0.0),
    ]
    cases += [
        (f"lognormal, sigma 0.5, symmetry {s:g}", "lognormal0.5", Lognormal(100.0, 0.5), s)
        for s in (-0.4, 0.4)
    ]
    print("\n| degrees | " + " | ".join(f"N = {n}" for n in sizes) + " |")
    print("|---" * (len(sizes) + 1) + "|")
    grid = np.linspace(0, 1, 401)
    for title, label, law, symmetry in cases:
        row = []
        for n in sizes:
            finite = law.finite(n).nodes(300)
            u, w = finite.relative_degree, finite.weight
            top = 1.6 * max(boundary_radius(u, w, symmetry, a) for a in (0.0, np.pi / 2))
            theory = modulus_distribution(u, w, symmetry, top * grid)
            distance = []
            for seed in range(samples[n]):
                r = np.sort(np.abs(eigenvalues(law, label, n, symmetry, seed, cache)))
                f = np.interp(r, top * grid, theory)
                steps = np.arange(1, r.size + 1) / r.size
                distance.append(max(np.max(steps - f), np.max(f - steps + 1 / r.size)))
            spread = np.std(distance, ddof=1) / np.sqrt(len(distance)) if len(distance) > 1 else 0
            row.append(f"{np.mean(distance):.4f} ± {spread:.4f}")
        print(f"| {title} | " + " | ".join(row) + " |", flush=True)


def main() -> None:
    """Both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=("boundary", "radial", "all"), default="all")
    parser.add_argument("--sizes", type=int, nargs="+", default=[500, 1000, 2000, 4000])
    parser.add_argument("--samples", type=int, default=20, help="Matrices up to N = 2000.")
    parser.add_argument("--samples-large", type=int, default=4, help="Matrices above N = 2000.")
    parser.add_argument("--cache", default=None)
    options = parser.parse_args()
    samples = {n: options.samples if n <= 2000 else options.samples_large for n in options.sizes}
    start = time.perf_counter()
    if options.part in ("boundary", "all"):
        boundary_table(options.sizes, samples, options.cache)
    if options.part in ("radial", "all"):
        radial_table(options.sizes, samples, options.cache)
    print(f"\n{time.perf_counter() - start:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
