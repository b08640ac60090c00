"""How sparse graphs approach theory: the difference against 1/<k>, at fixed N.

Run with ``python benchmarks/memory_mean_degree.py DIR`` on the files of ``memory_vs_network.py``,
made with ``--kind chung-lu --mean-degree`` 25, 50, 100, 200 (and ``--theory-of`` for the theory of
one mean degree: without a cap its relative degrees are those of all). Per point and quantity: the
relative difference of networks from theory in percent (of the rate: theory's half width over that
of networks), its standard error from the scatter of networks pooled over the mean degrees, and
weighted fits of b + 100 a/<k> and of b + 100 a/<k> + c/<k>^2. z is that of the intercept b; the
error of theory is common to all mean degrees and enters b alone.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from memory_tables import CURVES, SCALARS, Point, load, values, window_factor, with_error

DEGREES = (25, 50, 100, 200, 400)


def weighted_fit(
    x: np.ndarray, y: np.ndarray, error: np.ndarray, order: int
) -> tuple[np.ndarray, np.ndarray, float]:
    """Coefficients of x^0, x^1, ..., their covariance, chi^2."""
    design = np.vander(x, order + 1, increasing=True) / error[:, None]
    covariance = np.linalg.inv(design.T @ design)
    fit = covariance @ design.T @ (y / error)
    return fit, covariance, float(((design @ fit - y / error) ** 2).sum())


def differences(
    entries: list[dict[str, Any]], name: str, inverse: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Relative differences from theory in percent and their standard errors, one per entry."""
    power = -1.0 if inverse else 1.0
    found = [100 * ((values(e, name) / e["theory"][name]) ** power - 1) for e in entries]
    freedom = sum(v.size - 1 for v in found)
    scatter = np.sqrt(sum(float(((v - v.mean()) ** 2).sum()) for v in found) / freedom)
    return (
        np.array([v.mean() for v in found]),
        scatter / np.sqrt([v.size for v in found]),
    )


def described(fit: np.ndarray, covariance: np.ndarray, misfit: float, theory: float, n: int) -> str:
    """a, b with z, chi^2 per degree of freedom."""
    error = np.sqrt(np.diag(covariance))
    z = fit[0] / np.hypot(error[0], theory)
    return (
        f"{with_error(fit[1] / 100, error[1] / 100)} | {with_error(fit[0], error[0])} "
        f"(z {z:+.1f}) | {misfit:.1f} / {n - fit.size}"
    )


def table(folder: Path, n: int, degrees: tuple[int, ...], theory_of: str) -> None:
    """All points with at least three mean degrees."""
    loaded = {k: load(folder, f"chung-lu-{n}-{k}", theory_of) for k in degrees}
    counted: dict[Point, list[int]] = {}
    for k, points in loaded.items():
        for point in points:
            counted.setdefault(point, []).append(k)
    print(
        "| symmetry, sigma, gain | quantity | "
        + " | ".join(f"<k> = {k}" for k in degrees)
        + " | a: line | b, % | chi^2 / freedom | a: parabola | b, % | chi^2 / freedom |"
    )
    print("|---" * (8 + len(degrees)) + "|")
    for point, here in sorted(counted.items()):
        if len(here) < 3 or point[0] <= 0:
            continue
        for k in here:
            entry = loaded[k][point]
            entry["factor"] = window_factor(entry["theory"], entry["networks"][0])
        rows = [(name, label, False) for name, label in SCALARS.items()]
        rows += [(v, f"rate 1/({SCALARS[v]})", True) for v in CURVES]
        x = 1 / np.array(here, dtype=float)
        for name, label, inverse in rows:
            entries = [loaded[k][point] for k in here]
            y, error = differences(entries, name, inverse)
            found = dict(zip(here, zip(y, error, strict=True), strict=True))
            theory = entries[0]["theory"]
            relative = 100 * theory[f"{name}_error"] / theory[name]
            cells = [with_error(*found[k]) if k in found else "-" for k in degrees]
            fits = [
                described(*weighted_fit(x, y, error, order), relative, x.size)
                if x.size > order + 1
                else "- | - | -"
                for order in (1, 2)
            ]
            print(
                f"| {point[0]:g}, {point[1]:g}, {point[2]:g} | {label} | "
                + " | ".join([*cells, *fits])
                + " |"
            )


def main() -> None:
    """The table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--n", type=int, default=20000)
    parser.add_argument("--degrees", type=int, nargs="+", default=DEGREES)
    parser.add_argument("--theory-of", default="chung-lu-20000-100")
    options = parser.parse_args()
    table(options.folder, options.n, tuple(options.degrees), options.theory_of)


if __name__ == "__main__":
    main()
