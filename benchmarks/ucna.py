"""Coloured-noise approximations against the exact density: distances, switching times, a map.

Run with ``python benchmarks/ucna.py``. Exact: Fokker-Planck solution for Ornstein-Uhlenbeck noise,
with the processor time it took. Sampled: walkers, distance of UCNA to their histogram with its
standard error. '-': not defined (no integral; one well; not resolved).
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from pyscales import Sampling, ucna, ucna_map
from pyscales.theory.density_distance import distance
from pyscales.theory.fokker_planck import solve_fokker_planck
from pyscales.theory.ucna import stationary_density, support_edge

UNITS = (
    (0, 0.5, 1),
    (0.5, 0.5, 1),
    (0.5, 1, 3),
    (0.9, 0.2, 1),
    (0.9, 0.5, 3),
    (1.2, 0.3, 0.5),
    (1.2, 0.5, 2),
    (1.5, 0.5, 1),
    (1.5, 1, 1.9),
    (2, 1, 0.8),
    (2, 1, 2),
    (3, 2, 2),
    (5, 3, 7.9),
)


def text(value: float, digits: int = 3) -> str:
    """A number, or '-' where there is none."""
    return f"{value:.{digits}g}" if np.isfinite(value) else "-"


def distances() -> None:
    """L1 and KL of every form; 'both' continues UCNA by |h| into its forbidden zone."""
    print(
        "| s, D, tau | <x^2> exact | CPU s | L1 UCNA | L1 \\|h\\| | L1 slide | L1 white "
        "| KL UCNA | KL reverse | KL \\|h\\| | KL slide | KL white |\n" + "|---" * 12 + "|"
    )
    for unit in UNITS:
        start = time.process_time()
        exact = solve_fokker_planck(*unit)
        seconds = time.process_time() - start
        kink = (support_edge(unit[0], unit[2]),)
        found = {}
        for form in ("ucna", "both", "slide", "white"):
            p = stationary_density(*unit, form=form)
            found[form] = distance(exact, p, max(p.end, exact.x[-1]), kink)
        cells = [f"{unit[0]:g}, {unit[1]:g}, {unit[2]:g}", f"{exact.variance:.6f}"]
        cells.append(f"{seconds:.2f}")
        slide_exists = found["slide"].l1 < 2
        cells += [
            text(found["ucna"].l1),
            text(found["both"].l1),
            text(found["slide"].l1) if slide_exists else "-",
            text(found["white"].l1),
            text(found["ucna"].kl, 2),
            text(found["ucna"].kl_reverse, 2),
            text(found["both"].kl, 2),
            text(found["slide"].kl, 2),
            text(found["white"].kl, 2),
        ]
        print("| " + " | ".join(cells) + " |", flush=True)


def switching(duration: float) -> None:
    """Exact, approximate and sampled; the sampled density against UCNA and the exact one."""
    print(
        "\n| s, D, tau | <x^2> exact | sampled | z | T exact | T sampled | z | T UCNA "
        "| L1 UCNA to sampled | L1 exact to sampled |\n" + "|---" * 10 + "|"
    )
    for k, unit in enumerate(UNITS[:-1]):
        found = ucna(*unit, sampling=Sampling(2000, duration, seed=100 + k)).isel(point=0)
        v = {name: float(found[name]) for name in found if found[name].ndim == 0}
        z = (v["variance_x_sampled"] - v["variance_x_exact"]) / v["variance_x_sampled_error"]
        z_time = (v["switching_time_sampled"] - v["switching_time"]) / v[
            "switching_time_sampled_error"
        ]
        l1 = [
            f"{float(found['l1_sampled'].sel(reference_form=f)):.4f} "
            f"({float(found['l1_sampled_error'].sel(reference_form=f)):.4f})"
            for f in ("ucna", "exact")
        ]
        print(
            f"| {unit[0]:g}, {unit[1]:g}, {unit[2]:g} | {v['variance_x_exact']:.5f} "
            f"| {v['variance_x_sampled']:.5f} ({v['variance_x_sampled_error']:.5f}) | {z:+.1f} "
            f"| {text(v['switching_time'], 5)} | {text(v['switching_time_sampled'], 4)} "
            f"({text(v['switching_time_sampled_error'], 2)}) | {text(z_time, 2)} "
            f"| {text(v['switching_time_ucna'])} | {l1[0]} | {l1[1]} |",
            flush=True,
        )


def where_it_holds() -> None:
    """L1 of UCNA over self-coupling and noise time."""
    s, tau = np.linspace(0, 3, 7), np.array([0.1, 0.3, 1, 2, 4, 8])
    found = ucna_map(s, tau, noise_strength=1.0)
    print("\n| L1 of UCNA, D = 1: s \\ tau | " + " | ".join(f"{t:g}" for t in tau) + " |")
    print("|---" * (tau.size + 1) + "|")
    for i, value in enumerate(s):
        row = " | ".join(f"{x:.3f}" for x in found["l1"].values[i, :, 0])
        print(f"| {value:g} | {row} |")
    share = found.attrs["share_good"]
    print(f"\nL1 below {found.attrs['good_l1']:g} on {100 * share:.0f} % of the grid")


def main() -> None:
    """The three tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--duration", type=float, default=400.0)
    options = parser.parse_args()
    distances()
    switching(options.duration)
    where_it_holds()


if __name__ == "__main__":
    main()
