"""How sparse graphs approach theory: the difference against 1/<k>, at fixed N.

Run with ``python benchmarks/memory_mean_degree.py DIR`` on the files of ``memory_vs_network.py``,
made with ``--kind chung-lu --mean-degree`` 25, 50, 100, 200 (and ``--theory-of`` for the theory of
one mean degree: without a cap its relative degrees are those of all). Per point and quantity: the
relative difference of networks from theory in percent (of the rate: theory's half width over that
of networks), its standard error from the scatter of networks pooled over the mean degrees, and
the weighted straight line b + 100 a/<k>. z is that of the intercept b; the error of theory is
common to all mean degrees and enters z alone.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from memory_tables import (
    CURVES,
    SCALARS,
    Point,
    load,
    values,
    weighted_line,
    with_error,
)

DEGREES = (25, 50, 100, 200)


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


def table(folder: Path, n: int, degrees: tuple[int, ...], theory_of: str) -> None:
    """Points with networks of all mean degrees; lines for three mean degrees or more."""
    loaded = {k: load(folder, f"chung-lu-{n}-{k}", theory_of) for k in degrees}
    counted: dict[Point, list[int]] = {}
    for k, points in loaded.items():
        for point in points:
            counted.setdefault(point, []).append(k)
    print(
        "| symmetry, sigma, gain | quantity | "
        + " | ".join(f"<k> = {k}" for k in degrees)
        + " | a | b, % | chi^2 / freedom |"
    )
    print("|---" * (5 + len(degrees)) + "|")
    for point, here in sorted(counted.items()):
        if len(here) < len(degrees) or loaded[here[0]][point]["theory"]["phase"] != "chaotic":
            continue
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
            line = "- | - | -"
            if x.size > 2:
                fit, covariance, misfit = weighted_line(x, y, error)
                a_error, b_error = np.sqrt(np.diag(covariance))
                z = fit[1] / np.hypot(b_error, relative)
                line = (
                    f"{with_error(fit[0] / 100, a_error / 100)} | {with_error(fit[1], b_error)} "
                    f"(z {z:+.1f}) | {misfit:.1f} / {x.size - 2}"
                )
            print(
                f"| {point[0]:g}, {point[1]:g}, {point[2]:g} | {label} | "
                + " | ".join([*cells, line])
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
