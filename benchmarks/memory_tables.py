"""Tables from the files of ``memory_vs_network.py``.

Run with ``python benchmarks/memory_tables.py DIR``. Every entry is theory and network, each with
its standard error in brackets (in units of the last digit), and z, the difference in combined
standard errors. Networks of a point give its error if there are ENOUGH of them; of fewer the
scatter is pooled with that of the same point at half the size, which is taken to fall like
N^(-1/2), where there are such networks, else over the points of a table (relative to the mean, and
their own if that is larger).
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import Any

import numpy as np

from pyscales.theory.memory_state import half_width

NAME = re.compile(r"(?P<label>.+)_g(?P<g>[\d.]+)_s(?P<s>[\d.]+)_y(?P<y>-?[\d.]+)_(?P<index>\w+)")
SCALARS = {
    "variance_x": "<x^2>",
    "variance_phi": "C(0)",
    "chi": "chi",
    "half_width_x": "half width of x",
    "half_width_phi": "half width of phi",
}
CURVES = {"half_width_x": "c_x", "half_width_phi": "c_phi"}
ENOUGH = 4
Point = tuple[float, float, float]


def load(folder: Path, label: str, theory_of: str | None = None) -> dict[Point, dict[str, Any]]:
    """Theory and networks by point (symmetry, sigma, gain); theory of another label if wanted."""
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
    for (y, s, g), entry in points.items() if theory_of is not None else ():
        theory = folder / f"{theory_of}_g{g:g}_s{s:g}_y{y:g}_theory.json"
        if theory.exists():
            entry["theory"] = json.loads(theory.read_text())
    return {k: v for k, v in sorted(points.items()) if "theory" in v and v["networks"]}


def lean_on(points: dict[Point, dict[str, Any]], smaller: dict[Point, dict[str, Any]]) -> None:
    """Let points of few networks use the scatter of networks of half the size."""
    for key, entry in points.items():
        if len(entry["networks"]) < ENOUGH and key in smaller:
            entry["smaller"] = smaller[key]


def window_factor(entry: dict[str, Any], network: dict[str, Any]) -> float:
    """What the finite run makes of chi: mean of Re G over the seen frequencies, over G(0)."""
    known = entry.setdefault("factors", {})
    if network["duration"] not in known:
        known[network["duration"]] = _window_factor(entry["theory"], network)
    return float(known[network["duration"]])


def _window_factor(theory: dict[str, Any], network: dict[str, Any]) -> float:
    dt, duration = theory["dt"], network["duration"]
    c, g = np.array(theory["c_phi"]), np.array(theory["response"])
    omega = np.linspace(0, 40 * np.pi / duration, 801)
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
            found = "chi_raw" in n and "response" in entry["theory"]
            out.append(n["chi_raw"] / window_factor(entry, n) if found else np.nan)
        else:
            v = n.get(name, np.nan)
            if pick is not None and isinstance(v, list):
                v = v[pick] if pick < len(v) else np.nan
            out.append(v)
    v = np.array(out, dtype=float)
    return v[np.isfinite(v)]


def values_below(entry: dict[str, Any], name: str, pick: int | None = None) -> np.ndarray | None:
    """The quantity of the networks of half the size, if they are to be used."""
    return values(entry["smaller"], name, pick) if "smaller" in entry else None


def with_error(value: float, error: float) -> str:
    """0.6424(8)."""
    if not np.isfinite(error) or error <= 0:
        return f"{value:.4g}"
    digits = max(0, 1 - int(np.floor(np.log10(error))))
    digits = digits - 1 if round(error * 10**digits) >= 30 and digits > 0 else digits
    return f"{value:.{digits}f}({round(error * 10**digits)})"


def standard_error(v: np.ndarray, scatter: float, smaller: np.ndarray | None = None) -> float:
    """Of the mean over networks; `scatter` (of one, absolute) where they are fewer than ENOUGH.

    `smaller`: values of networks of half the size, whose scatter is pooled with the own one.
    """
    if smaller is not None and smaller.size >= ENOUGH:
        squares = ((smaller - smaller.mean()) ** 2).sum() / 2 + ((v - v.mean()) ** 2).sum()
        return float(np.sqrt(squares / (smaller.size + v.size - 2) / v.size))
    own = v.std(ddof=1) if v.size > 1 else 0.0
    return float((own if v.size >= ENOUGH else max(own, scatter)) / np.sqrt(v.size))


def cell(entry: dict[str, Any], name: str, scatter: float, pick: int | None = None) -> str:
    """theory / network, difference in percent, z."""
    theory = entry["theory"]
    t, dt = theory.get(name, np.nan), theory.get(f"{name}_error", 0.0)
    if pick is not None and isinstance(t, list):
        t, dt = t[pick], dt[pick] if isinstance(dt, list) else dt
    v = values(entry, name, pick)
    if t is None or not np.isfinite(t) or not v.size:
        return "-"
    error = standard_error(v, scatter * abs(v.mean()), values_below(entry, name, pick))
    z = (v.mean() - t) / np.hypot(error, dt)
    return (
        f"{with_error(t, dt)} / {with_error(v.mean(), error)}, "
        f"{100 * (v.mean() / t - 1):+.1f} %, z {z:+.1f}"
    )


def density_distance(entry: dict[str, Any], k: int) -> str:
    """L1 between theory and networks over bins of equal probability, and what errors alone give."""
    theory = np.array(entry["theory"]["shares"][k])
    networks = np.array([n["shares"][k] for n in entry["networks"] if "shares" in n])
    if not len(networks):
        return "-"
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
    print("| symmetry, sigma, gain | networks | " + " | ".join(SCALARS.values()) + " |")
    print("|---" * (2 + len(SCALARS)) + "|")
    for (y, s, g), entry in points.items():
        count = len(entry["networks"])
        theory = entry["theory"]
        if theory["phase"] != "chaotic":
            f = np.mean([n["temporal_variance"] for n in entry["networks"]])
            m2 = np.mean([n["static_power"] for n in entry["networks"]])
            names = ", ".join(sorted({n["phase"] for n in entry["networks"]}))
            print(
                f"| {y:g}, {s:g}, {g:g} | {count} | theory {theory['phase']}; "
                f"networks {names}: temporal variance {f:.1e}, static power {m2:.1e} |"
                + " |"
                * (len(SCALARS) - 1)
            )
            continue
        cells = [cell(entry, name, scatter[name]) for name in SCALARS]
        note = "" if theory.get("converged", True) else " (residual above tolerance)"
        print(f"| {y:g}, {s:g}, {g:g}{note} | {count} | " + " | ".join(cells) + " |")


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
    """Slope of ln half width on ln degree at the degrees of the table, theory and networks."""
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
            error = standard_error(v, absolute[name], values_below(entry, name))
            t, dt = theory[name], theory.get(f"{name}_error", 0.0)
            z = (v.mean() - t) / np.hypot(error, dt)
            cells += [f"{t:+.4f} ± {dt:.4f}", f"{v.mean():+.4f} ± {error:.4f} (z {z:+.1f})"]
        print(f"| {s:g}, {g:g} | {y:g} | " + " | ".join(cells) + " |")


def mean_curve_width(entry: dict[str, Any], name: str) -> tuple[float, float]:
    """Half width of C averaged over networks, and its jackknife error.

    Unlike the mean of half widths it leaves out no network whose C stays above half.
    """
    length = min(len(n[CURVES[name]]) for n in entry["networks"])
    c = np.array([n[CURVES[name]][:length] for n in entry["networks"]])
    lag = np.array(entry["networks"][0]["lag"][:length])
    width = half_width(lag, c.mean(axis=0))
    if len(c) < 2:
        return width, np.nan
    left_out = [half_width(lag, np.delete(c, k, axis=0).mean(axis=0)) for k in range(len(c))]
    return width, float((len(c) - 1) / np.sqrt(len(c)) * np.std(left_out, ddof=1))


def scaling_table(folder: Path, labels: list[str], wanted: list[Point], theory_of: str) -> None:
    """Networks against N, and the weighted straight line in 1/N.

    Sizes at which C of a network stays above half for the whole run are left out of the line.
    """
    sizes = np.array([int(v.split("-")[-1]) for v in labels])
    print("\n| symmetry, sigma, gain | networks | quantity | theory | ", end="")
    print(" | ".join(f"N = {n}" for n in sizes), end="")
    print(" | N to infinity | a in a/N | chi^2 / freedom |")
    print("|---" * (7 + len(labels)) + "|")
    loaded = [load(folder, v, theory_of) for v in labels]
    for point in wanted:
        entries = [points.get(point) for points in loaded]
        present = [e for e in entries if e is not None]
        if not present:
            continue
        theory = present[-1]["theory"]
        decayed = np.array(
            [
                e is not None and values(e, "half_width_x").size == len(e["networks"])
                for e in entries
            ]
        )
        counts = ", ".join("-" if e is None else str(len(e["networks"])) for e in entries)
        for name in SCALARS:
            found = np.full((len(sizes), 2), np.nan)
            scatter = np.nan
            for i, entry in enumerate(entries):
                if entry is None:
                    continue
                count = len(entry["networks"])
                if name in CURVES and all(CURVES[name] in n for n in entry["networks"]):
                    found[i] = mean_curve_width(entry, name)
                else:
                    v = values(entry, name)
                    found[i] = v.mean(), v.std(ddof=1) / np.sqrt(count) if count > 1 else np.nan
                # Few networks: the scatter of the size before, which falls like N^(-1/2).
                if count >= ENOUGH:
                    scatter = found[i, 1] * np.sqrt(count * sizes[i])
                else:
                    found[i, 1] = np.fmax(found[i, 1], scatter / np.sqrt(count * sizes[i]))
            line = (
                f"| {point[0]:g}, {point[1]:g}, {point[2]:g} | {counts} | {SCALARS[name]} "
                f"| {with_error(theory[name], theory[f'{name}_error'])} | "
                + " | ".join(with_error(*row) if np.isfinite(row[0]) else "-" for row in found)
            )
            good = np.isfinite(found).all(axis=1) & decayed
            if good.sum() < 2:
                print(f"{line} | - | - | - |")
                continue
            fit, covariance, misfit = weighted_line(1 / sizes[good], *found[good].T)
            error = np.hypot(covariance[1, 1] ** 0.5, theory[f"{name}_error"])
            print(
                f"{line} | {with_error(fit[1], covariance[1, 1] ** 0.5)} "
                f"(z {(fit[1] - theory[name]) / error:+.1f}) "
                f"| {with_error(fit[0], covariance[0, 0] ** 0.5)} "
                f"| {misfit:.1f} / {good.sum() - 2} |"
            )


def weighted_line(
    x: np.ndarray, y: np.ndarray, error: np.ndarray
) -> tuple[np.ndarray, np.ndarray, float]:
    """Slope and intercept, their covariance, chi^2."""
    fit, covariance = np.polyfit(x, y, 1, w=1 / error, cov="unscaled")
    return fit, covariance, float((((np.polyval(fit, x) - y) / error) ** 2).sum())


def summary(points: dict[Point, dict[str, Any]]) -> None:
    """Mean relative difference over the points and how large z gets, quantity by quantity."""
    active = {k: e for k, e in points.items() if e["theory"]["phase"] == "chaotic"}
    print("\n| quantity | points | mean difference, % | its error | |z| above 2 | largest |z| |")
    print("|---" * 6 + "|")
    for name, label in SCALARS.items():
        scatter = pooled(active, name, None)
        rows = []
        for entry in active.values():
            v, t = values(entry, name), entry["theory"][name]
            if not v.size:
                continue
            own = standard_error(v, scatter * abs(v.mean()), values_below(entry, name))
            error = np.hypot(own, entry["theory"][f"{name}_error"])
            rows.append((100 * (v.mean() / t - 1), 100 * error / t))
        d, e = np.array(rows).T
        z = np.abs(d / e)
        print(
            f"| {label} | {d.size} | {d.mean():+.2f} | {np.sqrt((e**2).sum()) / d.size:.2f} "
            f"| {(z > 2).sum()} | {z.max():.1f} |"
        )


def main() -> None:
    """All tables there are files for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    smaller: dict[Point, dict[str, Any]] = {}
    for label, theory_of, title in (
        ("dense-4000", "dense-4000", "Dense surrogate, N = 4000"),
        ("dense-8000", "dense-4000", "Dense surrogate, N = 8000"),
        ("chung-lu-20000-100", None, "Sparse graphs, N = 20000, mean degree 100"),
    ):
        points = load(options.folder, label, theory_of)
        if not points:
            continue
        if label == "dense-8000":
            lean_on(points, smaller)
        smaller = points
        main_points = {k: v for k, v in points.items() if k[0] != 0}
        population_table(main_points, title)
        summary(main_points)
        degree_table(main_points, f"{title}: by degree")
        slope_table(points, f"{title}: slope of ln half width on ln degree")
    scaling_table(
        options.folder,
        [f"dense-{n}" for n in (1000, 2000, 4000, 8000)],
        [(0.25, 0.5, 1.5), (0.25, 0.5, 2.0)]
        + [(0.5, s, g) for s in (0.0, 0.5, 0.8) for g in (1.2, 1.5, 2.0)],
        "dense-4000",
    )


if __name__ == "__main__":
    main()
