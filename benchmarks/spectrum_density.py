"""Density of eigenvalues and localisation of large networks without eigenvalues.

Run with ``python benchmarks/spectrum_density.py`` (a few minutes). Random probes on the Hermitised
problem against the theory smoothed at the same width; errors over the probes.
"""

from __future__ import annotations

import argparse
import resource
import time

from pyscales import Lognormal, Model, spectrum


def main() -> None:
    """One table row per size and point."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--points", type=int, default=6)
    parser.add_argument("--probes", type=int, default=2)
    parser.add_argument("--width", type=float, default=0.15)
    parser.add_argument("--symmetry", type=float, default=0.3)
    options = parser.parse_args()
    print("| N | point of W | density: probes | theory | f_k/<k>: probes | theory |")
    print("|---" * 6 + "|")
    times = []
    for n in options.sizes:
        model = Model(Lognormal(100.0, 0.5), 1.0, options.symmetry, n=n)
        start = time.perf_counter()
        found = spectrum(
            model,
            method="stochastic",
            points=options.points,
            width=options.width,
            probes=options.probes,
            seed=1,
        )
        seconds = time.perf_counter() - start
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        for i in range(options.points):
            p = found.isel(point=i)
            print(
                f"| {n} | {float(p['point_real']) + 1:.2f} + {float(p['point_imag']):.2f} i "
                f"| {float(p['density_estimate']):.4f} ± {float(p['density_estimate_error']):.4f} "
                f"| {float(p['density_smoothed']):.4f} "
                f"| {float(p['localisation_estimate']) / 100:.4f} "
                f"± {float(p['localisation_estimate_error']) / 100:.4f} "
                f"| {float(p['localisation_smoothed']) / 100:.4f} |",
                flush=True,
            )
        times.append((n, seconds, memory, found.attrs["products"]))
    print("\n| N | time s | peak memory MB | products with one vector |\n" + "|---" * 4 + "|")
    for n, seconds, memory, products in times:
        print(f"| {n} | {seconds:.0f} | {memory:.0f} | {products} |")


if __name__ == "__main__":
    main()
