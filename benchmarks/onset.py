"""Onset of chaos in finite networks: largest Lyapunov exponent around the critical gain.

Run with ``python benchmarks/onset.py --points DIR``; a stopped run goes on where it was, and with
``--points`` several may share the work. ``--tables`` prints from what is there. Dense networks
W_ij = g sqrt(1/N) J_ij without graph effects, one trajectory and one tangent vector per gain; all
gains of a network share its products, which are in single precision (states, tangents and sums in
double).

A bounded trajectory that does not end in a fixed point has an exponent that is at least 0 (the
flow's own direction), so the exponent alone tells three kinds of attractor apart: at rest (below
-0.001), cycle (0 within 0.001 or two standard errors of time), chaos (above).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from points import point
from scipy.stats import binomtest, fisher_exact

from pyscales import Homogeneous, Model, solve_dmft
from pyscales.engines import TangentPlan
from pyscales.engines.embedded.lyapunov import lyapunov
from pyscales.simulation.observables import error_from_blocks
from pyscales.theory.lyapunov_spectrum import kind_of_attractor, onset_of_chaos, sign_change

# Gain over critical gain.
RATIOS = {
    0.0: (0.9, 1.0, 1.05, 1.1, 1.15, 1.2, 1.3, 1.4, 1.5, 2.0),
    -0.5: (0.9, 1.05, 1.1, 1.2, 1.3, 1.4, 1.5, 2.0),
    0.25: (0.9, 1.1, 1.2, 1.3, 1.4, 1.5, 1.75, 2.0),
    0.5: (0.9, 1.1, 1.2, 1.3, 1.5, 1.75, 2.0, 2.5),
    0.75: (0.9, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0),
}
# Networks per symmetry and size.
NETWORKS = {
    -0.5: {1000: 12, 2000: 6},
    0.0: {500: 12, 1000: 24, 2000: 12, 4000: 6},
    0.25: {1000: 12, 2000: 6},
    0.5: {1000: 12, 2000: 6},
    0.75: {1000: 8},
}
SEED = 24
CHECKED = ((0.0, 500),)


def critical(symmetry: float) -> float:
    """Critical gain of the dense network, N to infinity."""
    return 1 / (1 + symmetry)


def measure(
    symmetry: float, n: int, network: int, step: float = 0.5, precision: str = "single"
) -> dict[str, Any]:
    """Exponents of one network at all gains."""
    begin = time.process_time()
    root = np.random.SeedSequence(SEED, spawn_key=(network,))
    for_network, for_states, for_tangents = root.spawn(3)
    model = Model(Homogeneous(100.0), 1.0, symmetry, n=n, kind="dense")
    ratios = np.array(RATIOS[symmetry])
    x0 = np.random.default_rng(for_states).standard_normal((ratios.size, n))
    long = n <= 1000
    plan = TangentPlan(
        1,
        transient=500.0 if long else 300.0,
        duration=1000.0 if long else 600.0,
        dt=step / 2 if symmetry < 0 else step,
    )
    found = lyapunov(
        model.sample(for_network).scaled(1.0),
        x0,
        plan,
        seed=int(for_tangents.generate_state(1)[0]),
        factors=ratios * critical(symmetry),
        precision=precision,
    )
    if not found.status.success:
        raise RuntimeError(found.status.message)
    growth = found.growth[:, :, 0]
    half = growth.shape[1] // 2
    return {
        "exponent": found.exponents[:, 0].tolist(),
        "error": [error_from_blocks(g) for g in growth],
        "drift": (growth[:, half:].mean(axis=1) - growth[:, :half].mean(axis=1)).tolist(),
        "variance_x": found.mean_square_x.tolist(),
        "seconds": time.process_time() - begin,
    }


def jobs(sizes: list[int], symmetries: list[float]) -> Iterator[tuple[float, int, int]]:
    """Points in the order of the work, every symmetry and size growing alike."""
    for part in range(4):
        for n in sizes:
            for symmetry in symmetries:
                count = NETWORKS[symmetry].get(n, 0)
                for network in range(count * part // 4, count * (part + 1) // 4):
                    yield symmetry, n, network


def name(symmetry: float, n: int, network: int, prefix: str = "onset") -> str:
    """File name of a point."""
    return f"{prefix}-{symmetry:+g}-{n}-{network:02d}"


@dataclass(frozen=True)
class Networks:
    """Exponents and kinds of attractor of the networks of one symmetry and size."""

    exponent: np.ndarray  # networks x gains
    kind: np.ndarray
    drift: np.ndarray

    @property
    def mean(self) -> np.ndarray:
        return self.exponent.mean(axis=0)

    @property
    def error(self) -> np.ndarray:
        return self.exponent.std(axis=0, ddof=1) / np.sqrt(len(self.exponent))


def read(folder: Path, symmetry: float, n: int, prefix: str = "onset") -> Networks | None:
    """The points there are; None below four networks."""
    files = sorted(folder.glob(f"{prefix}-{symmetry:+g}-{n}-*.json"))
    if len(files) < 4:
        return None
    rows = [json.loads(f.read_text()) for f in files]
    exponent, error, drift = (
        np.array([r[k] for r in rows]) for k in ("exponent", "error", "drift")
    )
    return Networks(exponent, kind_of_attractor(exponent, error), drift)


def theory(ratio: float) -> float:
    """Mean-field exponent at symmetry 0."""
    if ratio <= 1:
        return ratio - 1
    return float(solve_dmft(Model(Homogeneous(100.0), ratio), n_lags=2).scalars["lyapunov_max"])


def crossing(gains: np.ndarray, values: np.ndarray) -> tuple[float, float]:
    """Gain where the mean of (networks, gains) crosses 0, and its error.

    Bootstrap over networks, and a standard deviation of the step of gains / sqrt(12), since within
    a step the curve need not be straight.
    """
    rng = np.random.default_rng(0)
    pick = rng.integers(0, len(values), (2000, len(values)))
    drawn = sign_change(gains, values[pick].mean(axis=1))
    between = float(sign_change(gains, values.mean(axis=0)))
    if not np.isfinite(between):
        return np.nan, np.nan
    i = min(int(np.searchsorted(gains, between)), gains.size - 1)
    step = gains[i] - gains[i - 1]
    return between, float(np.sqrt(np.nanvar(drawn) + step**2 / 12))


def half_chaotic(kind: np.ndarray) -> tuple[int, int]:
    """Last gain with a minority and first with a lasting majority of chaos, sign test at 5 %.

    -1 or the number of gains where there is none.
    """
    chaotic = (kind > 0).sum(axis=0)
    sure = np.array([binomtest(int(k), len(kind)).pvalue < 0.05 for k in chaotic])
    few, many = sure & (2 * chaotic < len(kind)), sure & (2 * chaotic > len(kind))
    last = np.nonzero(few)[0]
    not_yet = np.nonzero(~many)[0]
    return int(last[-1]) if last.size else -1, int(not_yet[-1]) + 1 if not_yet.size else 0


def line(x: np.ndarray, y: np.ndarray, error: np.ndarray) -> tuple[float, float, float]:
    """Intercept of a weighted straight line, its error and chi^2 per degree of freedom."""
    fit, covariance = np.polyfit(x, y, 1, w=1 / error, cov="unscaled")
    chi2 = float((((np.polyval(fit, x) - y) / error) ** 2).sum())
    return (
        float(fit[1]),
        float(covariance[1, 1] ** 0.5),
        chi2 / (x.size - 2) if x.size > 2 else np.nan,
    )


def exponents(folder: Path, symmetry: float) -> None:
    """Exponents and kinds over gain and size; at symmetry 0 the limit of large N."""
    found = {n: data for n in NETWORKS[symmetry] if (data := read(folder, symmetry, n))}
    if not found:
        return
    sizes = " | ".join(f"N = {n}, {len(d.exponent)} networks" for n, d in found.items())
    exact = symmetry == 0
    print(f"\n| g/g_c, symmetry {symmetry:g} | {sizes} | to inf |" + " theory | z |" * exact)
    print("|---" * (2 + len(found) + 2 * exact) + "|")
    for j, ratio in enumerate(RATIOS[symmetry]):
        cells = [
            f"{d.mean[j]:+.4f} ± {d.error[j]:.4f} ({counts(d.kind[:, j])})" for d in found.values()
        ]
        # Below a majority of chaos the mean is that of cycles and states at rest.
        use = [n for n, d in found.items() if n >= 1000 and (d.kind[:, j] > 0).mean() > 0.5]
        value = error = np.nan
        if len(use) > 1:
            y = np.array([found[n].mean[j] for n in use])
            value, error, _ = line(1 / np.array(use), y, pooled(found, use, j))
        known = np.isfinite(value)
        cells.append(f"{value:+.4f} ± {error:.4f}" if known else "")
        if exact:
            limit = theory(ratio)
            cells += [f"{limit:+.4f}", f"{(value - limit) / error:+.1f}" if known else ""]
        print(f"| {ratio:g} | " + " | ".join(cells) + " |")


def pooled(found: dict[int, Networks], sizes: list[int], j: int) -> np.ndarray:
    """Errors at gain j; few networks give rough ones: pool a variance that falls like 1/N."""
    count = np.array([len(found[n].exponent) for n in sizes])
    scaled = np.array([found[n].error[j] ** 2 * len(found[n].exponent) * n for n in sizes])
    variance = (scaled * (count - 1)).sum() / (count - 1).sum()
    return np.sqrt(variance / (count * np.array(sizes)))


def counts(kinds: np.ndarray) -> str:
    """Networks at rest/in a cycle/in chaos."""
    return "/".join(str(int((kinds == k).sum())) for k in (-1, 0, 1))


def onsets(folder: Path) -> None:
    """Where the mean exponent changes sign and where half of the networks are chaotic."""
    print(
        "\n| symmetry | N | networks | mean exponent changes sign at g/g_c | undecided gains "
        "| status | half of the networks chaotic at g/g_c |"
    )
    print("|---" * 7 + "|")
    limits = []
    for symmetry, sizes in NETWORKS.items():
        gains = np.array(RATIOS[symmetry])
        rows = []
        for n in sizes:
            data = read(folder, symmetry, n)
            if data is None:
                continue
            onset = onset_of_chaos(gains, data.mean, data.error)
            zero = crossing(gains, data.exponent)
            half = crossing(gains, (data.kind > 0) - 0.5)
            low, high = half_chaotic(data.kind)
            ends = (f"{gains[i]:g}" if 0 <= i < gains.size else "-" for i in (low, high))
            print(
                f"| {symmetry:+g} | {n} | {len(data.exponent)} | {zero[0]:.3f} ± {zero[1]:.3f} "
                f"[{onset.low:g}, {onset.high:g}] | {onset.undecided} | {onset.status} "
                f"| {half[0]:.3f} ± {half[1]:.3f} [{', '.join(ends)}] |"
            )
            rows.append((n, *zero, *half))
        if len(rows) > 2:
            n, zero, zero_error, half, half_error = np.array(rows).T
            limits.append(
                f"| {symmetry:+g} | "
                + " | ".join(
                    "{:.3f} ± {:.3f} ({:.1f})".format(*line(n**-0.5, y, e))
                    for y, e in ((zero, zero_error), (half, half_error))
                )
                + " |"
            )
    print("\n| symmetry | sign change, N to inf (chi^2 per dof) | half chaotic, N to inf |")
    print("|---|---|---|", *limits, sep="\n")


def cycles(folder: Path) -> None:
    """Mean exponents of the networks that neither rest nor are chaotic, symmetry 0."""
    ratios = (1.05, 1.1, 1.15, 1.2)
    print("\n| cycles, symmetry 0 | " + " | ".join(f"{r:g} g_c" for r in ratios) + " |")
    print("|---" * (1 + len(ratios)) + "|")
    for n in NETWORKS[0.0]:
        data = read(folder, 0.0, n)
        if data is None:
            continue
        cells = []
        for ratio in ratios:
            j = RATIOS[0.0].index(ratio)
            x = data.exponent[data.kind[:, j] == 0, j]
            error = f" ± {x.std(ddof=1) / x.size**0.5:.4f}" if x.size > 1 else ""
            cells.append(f"{x.mean():+.4f}{error} ({x.size})" if x.size else "")
        print(f"| N = {n} (networks) | " + " | ".join(cells) + " |")
    print("| theory | " + " | ".join(f"{theory(r):+.4f}" for r in ratios) + " |")


def weakening(folder: Path, n: int) -> None:
    """Exponents at equal gain/critical gain against those of the next lower symmetry.

    Networks in chaos at 1.3 g_c with Fisher's exact test against symmetry 0.
    """
    found = {s: data for s in NETWORKS if (data := read(folder, s, n))}
    if len(found) < 2:
        return
    print(
        f"\n| symmetry (N = {n}) | 1.5 g_c | z | 2 g_c | z | in chaos at 1.3 g_c | p |\n"
        + "|---" * 7
        + "|"
    )
    before: dict[float, tuple[float, float]] = {}
    for symmetry, data in found.items():
        cells = []
        for ratio in (1.5, 2.0):
            j = RATIOS[symmetry].index(ratio)
            value, error = float(data.mean[j]), float(data.error[j])
            z = ""
            if ratio in before:
                old = before[ratio]
                z = f"{(value - old[0]) / np.hypot(error, old[1]):+.1f}"
            before[ratio] = value, error
            cells += [f"{value:+.4f} ± {error:.4f}", z]
        cells += ["", ""]
        if 1.3 in RATIOS[symmetry]:
            here, zero = ([*chaotic_at(found[s], s, 1.3)] for s in (symmetry, 0.0))
            cells[-2] = f"{here[0]} of {sum(here)}"
            if symmetry != 0:
                cells[-1] = f"{fisher_exact([here, zero]).pvalue:.2g}"
        print(f"| {symmetry:+g} | " + " | ".join(cells) + " |")


def chaotic_at(data: Networks, symmetry: float, ratio: float) -> tuple[int, int]:
    """Networks in chaos and others."""
    chaotic = int((data.kind[:, RATIOS[symmetry].index(ratio)] > 0).sum())
    return chaotic, len(data.kind) - chaotic


def checks(folder: Path) -> None:
    """Second half of the run against the first; half the step in double precision."""
    print("\n| symmetry | N | second half less first, moving networks |\n|---|---|---|")
    for symmetry, sizes in NETWORKS.items():
        for n in sizes:
            data = read(folder, symmetry, n)
            if data is None:
                continue
            moving = np.where(data.kind >= 0, data.drift, np.nan)[:, np.array(RATIOS[symmetry]) > 1]
            mean = moving[~np.isnan(moving)]
            error = mean.std(ddof=1) / mean.size**0.5
            print(f"| {symmetry:+g} | {n} | {mean.mean():+.5f} ± {error:.5f} |")
    print("\n| symmetry | N | g/g_c | half the step, in double precision, less the above |")
    print("|---" * 4 + "|")
    for symmetry, n in CHECKED:
        fine = read(folder, symmetry, n, "check")
        data = read(folder, symmetry, n)
        if fine is None or data is None:
            continue
        for j, ratio in enumerate(RATIOS[symmetry]):
            change = fine.exponent[:, j] - data.exponent[: len(fine.exponent), j]
            error = change.std(ddof=1) / change.size**0.5
            print(f"| {symmetry:+g} | {n} | {ratio:g} | {change.mean():+.6f} ± {error:.6f} |")


def main() -> None:
    """Measure what is not there yet, then the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", default="onset-points", help="folder of the points")
    parser.add_argument("--sizes", type=int, nargs="+", default=[500, 1000, 2000, 4000])
    parser.add_argument("--symmetries", type=float, nargs="+", default=list(NETWORKS))
    parser.add_argument("--tables", action="store_true", help="only the tables")
    options = parser.parse_args()
    folder = Path(options.points)
    if not options.tables:
        for job in jobs(options.sizes, options.symmetries):
            done = point(options.points, name(*job), lambda job=job: measure(*job))
            print(name(*job), f"{done['seconds']:.1f} s", file=sys.stderr, flush=True)
        for symmetry, n in CHECKED:
            for k in range(8):
                point(
                    options.points,
                    name(symmetry, n, k, "check"),
                    lambda s=symmetry, n=n, k=k: measure(s, n, k, 0.25, "double"),
                )
    for symmetry in options.symmetries:
        exponents(folder, symmetry)
    cycles(folder)
    onsets(folder)
    for n in options.sizes:
        weakening(folder, n)
    checks(folder)


if __name__ == "__main__":
    main()
