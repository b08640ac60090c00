"""Eigenvalues of sampled matrices against the theory of the bulk, with their scaling in N.

Run with ``python benchmarks/spectrum_boundary.py`` (about an hour of one core); ``--sizes`` and
``--samples`` make it shorter, ``--cache FOLDER`` keeps the eigenvalues of every sample. Matrices
are dense surrogates W_ij = sqrt(u_i u_j/N) J_ij with the quantile degrees of the law, theory uses
the same degrees, gain 1.

Boundary: the share of eigenvalues beyond the theoretical boundary in their direction and the
largest relative excess of a matrix, mean and standard error over matrices (for fewer than five with
the scatter of the size before), and the exponents of their fall with N. Radial law:
Kolmogorov-Smirnov distance of |lambda| within one matrix to theory, mean and standard error over
matrices.
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


def errors(values: list[np.ndarray]) -> np.ndarray:
    """Relative standard errors of the means over matrices, one per size.

    Fewer than five matrices say little about their scatter: that of the size before is taken.
    """
    scatter = [v.std(ddof=1) / max(v.mean(), 1e-300) if v.size > 4 else np.nan for v in values]
    for i in range(1, len(scatter)):
        scatter[i] = scatter[i] if np.isfinite(scatter[i]) else scatter[i - 1]
    return np.array(scatter) / np.sqrt([v.size for v in values])


def fitted_exponent(sizes: list[int], values: list[np.ndarray]) -> str:
    """Slope of ln(mean over matrices) on ln N and its standard error, weighted."""
    weight = errors(values) ** -2.0
    if len(sizes) < 2 or not np.isfinite(weight).all():
        return "-"
    x = np.log(sizes) - np.average(np.log(sizes), weights=weight)
    total = np.sum(weight * x**2)
    slope = np.sum(weight * x * np.log([v.mean() for v in values])) / total
    return f"{slope:.2f} ± {1 / np.sqrt(total):.2f}"


def with_errors(values: list[np.ndarray], digits: int) -> str:
    """Cells with mean and standard error."""
    cells = zip(values, errors(values), strict=True)
    return " | ".join(f"{v.mean():.{digits}f} ± {e * v.mean():.{digits}f}" for v, e in cells)


def beyond(z: np.ndarray, radius: np.ndarray) -> tuple[float, float, float]:
    """Share of eigenvalues beyond the boundary, largest relative excess, share on the real axis."""
    angle = np.arctan2(np.abs(z.imag), np.abs(z.real))
    excess = np.abs(z) / np.interp(angle, ANGLES, radius) - 1
    on_axis = np.sum((excess > 0) & (z.imag == 0)) / z.size
    return float(np.mean(excess > 0)), float(excess.max()), float(on_axis)


def boundary_table(sizes: list[int], samples: dict[int, int], cache: str | None) -> None:
    """Share outside and largest excess for every symmetry, sigma and size."""
    print(
        "| symmetry | sigma | "
        + " | ".join(f"outside %: N = {n}" for n in sizes)
        + " | exponent | of these on the real axis % | "
        + " | ".join(f"largest excess %: N = {n}" for n in sizes)
        + " | exponent | largest of all % |\n"
        + "|---" * (6 + 2 * len(sizes))
        + "|"
    )
    for symmetry in SYMMETRIES:
        for sigma in SIGMAS:
            law = Lognormal(100.0, sigma)
            found = []
            for n in sizes:
                u, w = nodes_of(law, n)
                radius = np.array([boundary_radius(u, w, symmetry, a) for a in ANGLES])
                drawn = (
                    eigenvalues(law, f"lognormal{sigma:g}", n, symmetry, seed, cache)
                    for seed in range(samples[n])
                )
                found.append(100 * np.array([beyond(z, radius) for z in drawn]))
            share, largest = ([f[:, i] for f in found] for i in (0, 1))
            of_these = found[-1][:, 2].mean() / max(share[-1].mean(), 1e-300)
            print(
                f"| {symmetry:g} | {sigma:g} | {with_errors(share, 2)} "
                f"| {fitted_exponent(sizes, share)} | {100 * of_these:.0f} "
                f"| {with_errors(largest, 1)} | {fitted_exponent(sizes, largest)} "
                f"| {max(v.max() for v in largest):.1f} |",
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
    print("\n| degrees | " + " | ".join(f"N = {n}" for n in sizes) + " | exponent |")
    print("|---" * (len(sizes) + 2) + "|")
    grid = np.linspace(0, 1, 401)
    for title, label, law, symmetry in cases:
        row: list[np.ndarray] = []
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
            row.append(np.array(distance))
        slope = fitted_exponent(sizes, row)
        print(f"| {title} | {with_errors(row, 4)} | {slope} |", flush=True)


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
