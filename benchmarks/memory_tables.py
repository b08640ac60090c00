"""Tables from the files of ``memory_vs_network.py``.

Run with ``python benchmarks/memory_tables.py DIR``. Every entry is theory and network, each with
its standard error in brackets (in units of the last digit), and z, the difference in combined
standard errors. Few networks know their scatter badly: it is pooled, relative to the mean, over
the points of a table, with the exception of points whose own scatter is larger.
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import ndtri

NAME = re.compile(r"(?P<label>.+)_g(?P<g>[\d.]+)_s(?P<s>[\d.]+)_y(?P<y>-?[\d.]+)_(?P<index>\w+)")
SCALARS = {
    "variance_x": "<x^2>",
    "variance_phi": "C(0)",
    "chi": "chi",
    "half_width_x": "half width of x",
    "half_width_phi": "half width of phi",
}
Point = tuple[float, float, float]


def load(folder: Path, label: str) -> dict[Point, dict[str, Any]]:
    """Theory and networks by point (symmetry, sigma, gain)."""
    points: dict[Point, dict[str, Any]] = {}
    for path in sorted(folder.glob(f"{label}_*.json")):
        match = NAME.fullmatch(path.stem)
        if match is None or match["label"] != label:
            continue
        key = (float(match["y"]), float(match["s"]), float(match["g"]))
        entry = points.setdefault(key, {"networks": []})
        content = json.loads(path.read_text())
        if match["index"] == "theory":
            entry["theory"] = content
        else:
            entry["networks"].append(content)
    return {k: v for k, v in sorted(points.items()) if "theory" in v and v["networks"]}


def window_factor(theory: dict[str, Any], network: dict[str, Any]) -> float:
    """What the finite run makes of chi: mean of Re G over the seen frequencies, over G(0)."""
    dt, duration = theory["dt"], network["duration"]
    c, g = np.array(theory["c_phi"]), np.array(theory["response"])
    omega = np.linspace(0, 40 * np.pi / duration, 2001)
    lag = dt * np.arange(c.size)
    spectrum = 2 * dt * (np.cos(np.outer(omega, lag)) @ c - 0.5 * c[0])
    response = dt * np.cos(np.outer(omega, dt * (np.arange(g.size) + 0.5))) @ g
    n = int(duration / 0.5)
    taper = np.hanning(n + 2)[1:-1]
    top = bottom = 0.0
    for k in range(network["slow_bins"]):
        # Power of the taper at omega - omega_k and at omega + omega_k.
        for sign in (1, -1):
            d = omega - sign * 2 * np.pi * k / duration
            power = np.abs(np.exp(-1j * np.outer(d, 0.5 * np.arange(n))) @ taper) ** 2
            top += float((power * spectrum * response).sum())
            bottom += float((power * spectrum).sum())
    return top / bottom / response[0]


def pooled(points: dict[Point, dict[str, Any]], name: str, pick: int | None) -> float:
    """Relative scatter of a quantity between networks, over all points."""
    squares, freedom = 0.0, 0
    for entry in points.values():
        v = values(entry, name, pick)
        if v.size > 1 and abs(v.mean()) > 0:
            squares += float(((v / v.mean() - 1) ** 2).sum())
            freedom += v.size - 1
    return float(np.sqrt(squares / freedom)) if freedom else float("nan")


def values(entry: dict[str, Any], name: str, pick: int | None = None) -> np.ndarray:
    """A quantity of every network."""
    out = []
    for n in entry["networks"]:
        if name == "chi":
            out.append(n["chi_raw"] / entry.get("factor", 1.0) if "chi_raw" in n else np.nan)
        else:
            v = n.get(name, np.nan)
            if pick is not None and isinstance(v, list):
                v = v[pick] if pick < len(v) else np.nan
            out.append(v)
    v = np.array(out, dtype=float)
    return v[np.isfinite(v)]


def with_error(value: float, error: float) -> str:
    """0.6424(8)."""
    if not np.isfinite(error) or error <= 0:
        return f"{value:.4g}"
    digits = max(0, 1 - int(np.floor(np.log10(error))))
    digits = digits - 1 if round(error * 10**digits) >= 30 and digits > 0 else digits
    return f"{value:.{digits}f}({round(error * 10**digits)})"


def cell(entry: dict[str, Any], name: str, scatter: float, pick: int | None = None) -> str:
    """theory / network, difference in percent, z."""
    theory = entry["theory"]
    t, dt = theory.get(name, np.nan), theory.get(f"{name}_error", 0.0)
    if pick is not None and isinstance(t, list):
        t, dt = t[pick], dt[pick] if isinstance(dt, list) else dt
    v = values(entry, name, pick)
    if t is None or not np.isfinite(t) or not v.size:
        return "-"
    own = v.std(ddof=1) if v.size > 1 else 0.0
    relative = scatter * abs(v.mean())
    error = max(own, relative) / np.sqrt(v.size)
    z = (v.mean() - t) / np.hypot(error, dt)
    return (
        f"{with_error(t, dt)} / {with_error(v.mean(), error)}, "
        f"{100 * (v.mean() / t - 1):+.1f} %, z {z:+.1f}"
    )


def straight_line_factor(theory: dict[str, Any], sigma: float, n: int, k: int) -> float:
    """Bias in <x^2> of a straight line over |d ln u| < 0.2, which earlier files hold."""
    u = np.exp(sigma * ndtri((np.arange(n) + 0.5) / n))
    u /= u.mean()
    at = theory["u"][k]
    d = np.log(u / at)
    near = d[np.abs(d) < 0.2]
    law = np.polyfit(np.log(theory["u"]), np.log(theory["variance_x_of_degree"]), 2)
    known = np.exp(np.polyval(law, np.log(at) + near) - np.polyval(law, np.log(at)))
    return float(np.polyfit(near, known, 1)[1])


def degree_slopes(entry: dict[str, Any]) -> None:
    """Slope of ln half width on ln degree at the degrees of the table, networks and theory."""
    u = np.log(entry["theory"]["u"])
    for name in ("x", "phi"):
        for one in entry["networks"]:
            if f"half_width_{name}_of_degree" in one:
                widths = np.array(one[f"half_width_{name}_of_degree"], dtype=float)
                one[f"slope_{name}"] = float(np.polyfit(u, np.log(widths), 1)[0])
        theory = entry["theory"]
        if f"half_width_{name}_of_degree" in theory:
            widths = np.array(theory[f"half_width_{name}_of_degree"])
            centred = u - u.mean()
            slope = centred @ np.log(widths) / (centred @ centred)
            if abs(slope - theory[f"slope_{name}"]) > 1e-9:
                errors = np.array(theory[f"half_width_{name}_of_degree_error"]) / widths
                theory[f"slope_{name}"] = float(slope)
                theory[f"slope_{name}_error"] = float(
                    np.sqrt(centred**2 @ errors**2) / (centred @ centred)
                )


def density_distance(entry: dict[str, Any], k: int) -> str:
    """L1 between theory and networks over bins of equal probability, and what errors alone give."""
    theory = np.array(entry["theory"]["shares"][k])
    networks = np.array([n["shares"][k] for n in entry["networks"]])
    difference = networks.mean(axis=0) - theory.mean(axis=0)
    variance = theory.var(axis=0, ddof=1) / len(theory)
    if len(networks) > 1:
        variance = variance + networks.var(axis=0, ddof=1) / len(networks)
    alone = np.sqrt(2 / np.pi) * np.sqrt(variance).sum()
    spread = np.sqrt(((1 - 2 / np.pi) * variance).sum())
    return f"{np.abs(difference).sum():.3f} (errors alone {alone:.3f} ± {spread:.3f})"


def population_table(points: dict[Point, dict[str, Any]], title: str) -> None:
    """One line per point."""
    scatter = {name: pooled(points, name, None) for name in SCALARS}
    print(f"\n**{title}**\n")
    print("| symmetry, sigma, gain | " + " | ".join(SCALARS.values()) + " |")
    print("|---" * (1 + len(SCALARS)) + "|")
    for (y, s, g), entry in points.items():
        label = f"{y:g}, {s:g}, {g:g}"
        theory = entry["theory"]
        if theory["phase"] != "chaotic":
            f = np.mean([n["temporal_variance"] for n in entry["networks"]])
            m2 = np.mean([n["static_power"] for n in entry["networks"]])
            names = ", ".join(sorted({n["phase"] for n in entry["networks"]}))
            print(
                f"| {label} | theory {theory['phase']}; networks {names}: temporal variance "
                f"{f:.1e}, static power {m2:.1e} |" + " |" * (len(SCALARS) - 1)
            )
            continue
        cells = [cell(entry, name, scatter[name]) for name in SCALARS]
        note = "" if theory.get("converged", True) else " (residual above tolerance)"
        print(f"| {label}{note} | " + " | ".join(cells) + " |")


def degree_table(points: dict[Point, dict[str, Any]], title: str) -> None:
    """Low, middle and high degree: variance, half widths, density."""
    print(f"\n**{title}**\n")
    print("| symmetry, sigma, gain | k/<k> | <x^2> | half width of x | half width of phi | L1 |")
    print("|---" * 6 + "|")
    names = ("variance_x_of_degree", "half_width_x_of_degree", "half_width_phi_of_degree")
    for (y, s, g), entry in points.items():
        theory = entry["theory"]
        if theory["phase"] != "chaotic" or "shares" not in theory:
            continue
        ks = [0] if len(theory["u"]) == 1 else [0, 2, 4]
        for k in ks:
            cells = [cell(entry, name, pooled(points, name, k), k) for name in names]
            print(
                f"| {y:g}, {s:g}, {g:g} | {theory['u'][k]:.2f} | "
                + " | ".join(cells)
                + f" | {density_distance(entry, k)} |"
            )


def slope_table(points: dict[Point, dict[str, Any]], title: str) -> None:
    """Slope of ln half width on ln degree (tenths of the neurons), theory and networks."""
    print(f"\n**{title}**\n")
    print("| sigma, gain | symmetry | x: theory | network | phi: theory | network |")
    print("|---" * 6 + "|")
    absolute = {}
    for name in ("slope_x", "slope_phi"):
        found = [values(e, name) for e in points.values() if e["theory"]["phase"] == "chaotic"]
        spread = [v - v.mean() for v in found if v.size > 1]
        freedom = sum(v.size - 1 for v in spread)
        total = sum(float((v**2).sum()) for v in spread)
        absolute[name] = np.sqrt(total / freedom) if freedom else np.nan
    for (y, s, g), entry in sorted(points.items(), key=lambda p: (p[0][1], -p[0][2], p[0][0])):
        theory = entry["theory"]
        if s == 0 or theory["phase"] != "chaotic":
            continue
        cells = []
        for name in ("slope_x", "slope_phi"):
            v = values(entry, name)
            own = v.std(ddof=1) if v.size > 1 else 0.0
            error = max(own, absolute[name]) / np.sqrt(max(v.size, 1))
            t, dt = theory[name], theory.get(f"{name}_error", 0.0)
            z = (v.mean() - t) / np.hypot(error, dt)
            cells += [f"{t:+.4f} ± {dt:.4f}", f"{v.mean():+.4f} ± {error:.4f} (z {z:+.1f})"]
        print(f"| {s:g}, {g:g} | {y:g} | " + " | ".join(cells) + " |")


def scaling_table(folder: Path, labels: list[str], wanted: list[Point]) -> None:
    """Relative difference from theory against N, and the straight line in 1/N."""
    print("\n| symmetry, sigma, gain | quantity | theory | ", end="")
    sizes = [int(v.split("-")[-1]) for v in labels]
    print(" | ".join(f"N = {n}" for n in sizes) + " | to infinity | a in a/N |")
    print("|---" * (5 + len(labels)) + "|")
    loaded = [load(folder, v) for v in labels]
    for point in wanted:
        for points in loaded:
            entry = points.get(point)
            if entry is not None and entry["theory"]["phase"] == "chaotic":
                entry["factor"] = window_factor(entry["theory"], entry["networks"][0])
        for name in SCALARS:
            rows = []
            for points in loaded:
                if point not in points or points[point]["theory"]["phase"] != "chaotic":
                    rows.append((np.nan, np.nan))
                    continue
                v = values(points[point], name)
                rows.append((v.mean(), v.std(ddof=1) / np.sqrt(v.size) if v.size > 2 else np.nan))
            found = np.array(rows)
            # Few networks: the scatter of the largest size with more, which falls like N^(-1/2).
            sd = [
                error * np.sqrt(values(points[point], name).size * n)
                for (_, error), points, n in zip(rows, loaded, sizes, strict=True)
                if np.isfinite(error)
            ]
            for i, (points, n) in enumerate(zip(loaded, sizes, strict=True)):
                if np.isfinite(found[i, 0]) and sd:
                    count = values(points[point], name).size
                    common = sd[-1] / np.sqrt(n * count)
                    found[i, 1] = (
                        max(np.nan_to_num(found[i, 1]), common) if count < 6 else found[i, 1]
                    )
            good = np.isfinite(found).all(axis=1)
            if good.sum() < 3:
                continue
            theory = next(p[point]["theory"] for p in loaded[::-1] if point in p)
            inverse = 1 / np.array(sizes, dtype=float)[good]
            fit, covariance = np.polyfit(
                inverse, found[good, 0], 1, w=1 / found[good, 1], cov="unscaled"
            )
            error = np.hypot(covariance[1, 1] ** 0.5, theory[f"{name}_error"])
            print(
                f"| {point[0]:g}, {point[1]:g}, {point[2]:g} | {SCALARS[name]} "
                f"| {with_error(theory[name], theory[f'{name}_error'])} | "
                + " | ".join(with_error(*row) if np.isfinite(row[0]) else "-" for row in found)
                + f" | {with_error(fit[1], covariance[1, 1] ** 0.5)} "
                f"(z {(fit[1] - theory[name]) / error:+.1f}) "
                f"| {with_error(fit[0], covariance[0, 0] ** 0.5)} |"
            )


def main() -> None:
    """All tables there are files for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    for label, title in (
        ("dense-4000", "Dense surrogate, N = 4000"),
        ("chung-lu-20000-100", "Sparse graphs, N = 20000, mean degree 100"),
    ):
        points = load(options.folder, label)
        for entry in points.values():
            if "response" in entry["theory"] and "slow_bins" in entry["networks"][0]:
                entry["factor"] = window_factor(entry["theory"], entry["networks"][0])
        for (_, sigma, _), entry in points.items():
            if sigma == 0 or "u" not in entry["theory"] or entry["theory"]["phase"] != "chaotic":
                continue
            degree_slopes(entry)
            for one in entry["networks"]:
                if "regression" in one or "variance_x_of_degree" not in entry["theory"]:
                    continue
                one["variance_x_of_degree"] = [
                    v / straight_line_factor(entry["theory"], sigma, int(label.split("-")[-1]), k)
                    for k, v in enumerate(one["variance_x_of_degree"])
                ]
        if points:
            counts = [len(e["networks"]) for e in points.values()]
            title = f"{title}, {min(counts)} to {max(counts)} networks"
            main_points = {k: v for k, v in points.items() if k[0] != 0}
            population_table(main_points, title)
            degree_table(main_points, f"{title}: by degree")
            slope_table(points, f"{title}: slope of ln half width on ln degree")
    labels = [f"dense-{n}" for n in (1000, 2000, 4000, 8000)]
    scaling_table(
        options.folder,
        labels,
        [
            (0.5, 0.0, 1.5),
            (0.25, 0.5, 2.0),
            (0.5, 0.5, 1.5),
            (0.25, 0.0, 2.0),
            (0.5, 0.8, 1.2),
            (0.5, 0.8, 2.0),
        ],
    )


if __name__ == "__main__":
    main()
