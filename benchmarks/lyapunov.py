"""Largest Lyapunov exponent: networks by tangent dynamics against mean-field theory.

Run with ``python benchmarks/lyapunov.py``. Part `theory`: directed graphs (no O(1/<k>) shift at
symmetry 0) at four gains and several sizes; z is the difference in standard errors over networks,
and the last line of a gain is the intercept of a straight line in 1/N.
Part `symmetry`: how the exponent moves with the correlation of reciprocal couplings. Part
`spectrum`: all exponents of small networks, whose sum must be -N. The onset of chaos has its own
script, `onset.py`.
"""

from __future__ import annotations

import argparse
import sys
import time

import numpy as np

from pyscales import Homogeneous, Lognormal, LyapunovSettings, Model, lyapunov


def against_theory(
    sizes: list[int], networks: int, gains: list[float], sigma: float, kind: str
) -> None:
    """One line per gain and size, and the intercept of a line in 1/N through the sizes."""
    settings = LyapunovSettings(
        n_networks=networks, n_trials=1, transient=100.0, duration=200.0, dt=0.25, workers=1
    )
    print("| gain, sigma | N | theory | network | s.e. | difference | z |\n" + "|---" * 7 + "|")
    for gain in gains:
        rows = []
        for n in sizes:
            model = Model(
                Lognormal(100.0, sigma),
                gain,
                n=n,
                kind="dense" if kind == "dense" else "chung-lu",
                directed=kind == "directed",
            )
            found = lyapunov(model, settings, seed=21)
            rows.append(
                [
                    float(found[k][0])
                    for k in ("lyapunov_max_theory", "lyapunov_max", "lyapunov_max_error")
                ]
            )
            show(f"{gain:g}, {sigma:g}", f"{n}", *rows[-1])
        if len(sizes) > 2:
            values, inverse = np.array(rows), 1 / np.array(sizes)
            # Few networks give rough errors: pool them, as they fall with N^(-1/2).
            pooled = np.sqrt((values[:, 2] ** 2 / inverse).mean() * inverse)
            fit, covariance = np.polyfit(inverse, values[:, 1], 1, w=1 / pooled, cov="unscaled")
            # The quantiles of the largest network stand for the law.
            show(f"{gain:g}, {sigma:g}", "to inf", values[-1, 0], fit[1], covariance[1, 1] ** 0.5)


def show(label: str, size: str, theory: float, mean: float, error: float) -> None:
    """One table line."""
    print(
        f"| {label} | {size} | {theory:.5f} | {mean:.5f} | {error:.5f} "
        f"| {mean - theory:+.5f} | {(mean - theory) / error:+.1f} |",
        flush=True,
    )


def against_symmetry(n: int, networks: int) -> None:
    """Exponent of undirected graphs for several symmetries, at one gain and at one g/g_c."""
    settings = LyapunovSettings(
        n_networks=networks, n_trials=1, transient=300.0, duration=400.0, dt=0.2, workers=1
    )
    print(f"\n| symmetry (N = {n}, <k> = 100, sigma 0) | gain | lambda_max | s.e. | variance x |")
    print("|---" * 5 + "|")
    for ratio in (False, True):
        for symmetry in (-0.5, -0.25, 0.0, 0.25, 0.5, 0.75, 1.0):
            gain = 2.0 / (1 + symmetry) if ratio else 2.0
            found = lyapunov(Model(Homogeneous(100.0), gain, symmetry, n=n), settings, seed=22)
            print(
                f"| {symmetry:+g} | {gain:.4g}{' = 2 g_c' if ratio else ''} "
                f"| {float(found['lyapunov_max'][0]):+.5f} "
                f"| {float(found['lyapunov_max_error'][0]):.5f} "
                f"| {float(found['variance_x'].mean()):.3f} |",
                flush=True,
            )


def whole_spectrum() -> None:
    """Sum rule, dimension and entropy of small dense networks."""
    print("\n| N (dense, gain 3) | lambda_1 | sum / N | dimension / N | entropy / N |")
    print("|---" * 5 + "|")
    for n in (100, 200, 400):
        settings = LyapunovSettings(
            n_trials=1, n_exponents=n, transient=100.0, duration=200.0, workers=1
        )
        found = lyapunov(Model(Homogeneous(50.0), 3.0, n=n, kind="dense"), settings, seed=23)
        values = found["lyapunov_exponent"].values[0, 0, 0]
        print(
            f"| {n} | {values[0]:.4f} | {values.sum() / n:.6f} "
            f"| {float(found['kaplan_yorke_dimension'][0]) / n:.4f} "
            f"| {float(found['entropy_rate'][0]) / n:.5f} |",
            flush=True,
        )


def main() -> None:
    """The parts asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=("theory", "symmetry", "spectrum", "all"), default="all")
    parser.add_argument("--kind", choices=("directed", "dense"), default="directed")
    parser.add_argument("--sizes", type=int, nargs="+", default=[500, 1000, 2000, 4000])
    parser.add_argument("--gains", type=float, nargs="+", default=[1.5, 2.0, 3.0, 5.0])
    parser.add_argument("--sigma", type=float, default=0.0)
    parser.add_argument("--networks", type=int, default=6)
    options = parser.parse_args()
    start = time.perf_counter()
    if options.part in ("theory", "all"):
        against_theory(options.sizes, options.networks, options.gains, options.sigma, options.kind)
    if options.part in ("symmetry", "all"):
        against_symmetry(2000, options.networks)
    if options.part in ("spectrum", "all"):
        whole_spectrum()
    print(f"\n{time.perf_counter() - start:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
