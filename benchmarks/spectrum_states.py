"""Eigenvalues of the Jacobian along trajectories against theory with the mean-field P_k(x).

Run with ``python benchmarks/spectrum_states.py`` (two minutes). Dense surrogates, sigma 0.5; the
boundary of -1 + W diag(phi'(x)) is drawn once with the slopes that mean-field theory predicts (with
memory, no network) and once with those of the network's own states, all snapshots pooled.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
from points import point

from pyscales import Lognormal, Model, spectrum
from pyscales.analysis.mean_field_states import mean_field_state_theory
from pyscales.engines import get_engine
from pyscales.theory.memory_solver import MemoryOptions

CASES = ((2.0, 0.25), (2.2, -0.4))
SNAPSHOTS = 2


def outside(z: np.ndarray, boundary: np.ndarray) -> tuple[float, float]:
    """Share of eigenvalues beyond the boundary in their direction, and 99.8 % quantile of reach."""
    angle = np.arctan2(np.abs(z.imag), np.abs(z.real))
    order = np.argsort(np.angle(boundary))
    reach = np.abs(z) / np.interp(angle, np.angle(boundary)[order], np.abs(boundary)[order])
    return float(np.mean(reach > 1)), float(np.quantile(reach, 0.998))


def measure(gain: float, symmetry: float, n: int, networks: int) -> list[dict[str, Any]]:
    """Every snapshot of every network."""
    model = Model(Lognormal(100.0, 0.5), gain, symmetry, n=n, kind="dense")
    options = MemoryOptions(trajectories=300, n_seeds=2, tolerance=1e-3)
    theory, attrs = mean_field_state_theory(
        model, "trajectory", get_engine("scipy"), options=options, seed=1
    )
    assert attrs["phase"] == "chaotic", attrs
    drawn = theory["boundary_real"][1] + 1 + 1j * theory["boundary_imag"][1]
    rows = []
    for seed in range(3, 3 + networks):
        found = spectrum(
            model,
            at="trajectory",
            snapshots=SNAPSHOTS,
            interval=30.0,
            method="dense",
            left=False,
            seed=seed,
        )
        own = found["boundary_real"].values + 1 + 1j * found["boundary_imag"].values
        for t in range(SNAPSHOTS):
            z = found["eigenvalue_real"].values[t] + 1 + 1j * found["eigenvalue_imag"].values[t]
            rows.append(
                {
                    "slope theory": theory["slope_mean"][1],
                    "slope": float(found["slope"].values[t].mean()),
                    "theory": outside(z, drawn),
                    "own": outside(z, own),
                    "ratio": float(np.median(np.abs(drawn) / np.abs(own))),
                    "edge theory": theory["rightmost_theory"][1],
                    "edge own": float(found["rightmost_theory"]),
                    "edge": float(z.real.max() - 1),
                }
            )
    return rows


def main() -> None:
    """One row per snapshot."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=2000)
    parser.add_argument("--networks", type=int, default=2)
    parser.add_argument("--points", default=None, help="Folder that keeps every case.")
    options = parser.parse_args()
    print(
        "| gain, symmetry | network, snapshot | mean phi': theory | network "
        "| outside %: mean-field boundary | own slopes | 99.8 % of moduli over it | own slopes "
        "| rightmost: mean field | own slopes | eigenvalue |\n" + "|---" * 11 + "|"
    )
    for gain, symmetry in CASES:
        rows = point(
            options.points,
            f"states_{gain:g}_{symmetry:g}_{options.n}_{options.networks}",
            lambda args=(gain, symmetry): measure(*args, options.n, options.networks),
        )
        for i, r in enumerate(rows):
            print(
                f"| {gain:g}, {symmetry:g} | {i // SNAPSHOTS + 1}, {i % SNAPSHOTS + 1} "
                f"| {r['slope theory']:.3f} | {r['slope']:.3f} | {100 * r['theory'][0]:.2f} "
                f"| {100 * r['own'][0]:.2f} | {r['theory'][1]:.3f} | {r['own'][1]:.3f} "
                f"| {r['edge theory']:.3f} | {r['edge own']:.3f} | {r['edge']:.3f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
