"""The frozen phase: dense networks beyond the instability of the typical static state.

Run with ``python benchmarks/frozen_phase.py``: sigma 1, symmetry 0.5. One line per gain and size:
what theory says (q and Lambda of the typical static state, the verdict of the dynamics), then the
temporal variance f, the order parameter q and the speed (mean square of dx/dt) of the networks,
early and late, and how many of them rest (f < 1e-4). Errors over networks.
"""

from __future__ import annotations

import argparse

import numpy as np
from memory_vs_network import trajectories

from pyscales import Lognormal, Model, fixed_points
from pyscales.simulation.observables import phase_label

WINDOW = 40.0


def watched(
    model: Model, times: tuple[float, float], seed: int
) -> tuple[list[float], float, float, str]:
    """Speeds at the two times; f, q and the label of the later stretch."""
    stream = np.random.SeedSequence(seed)
    u, x, *_ = trajectories(model, 1, times[0], times[1] + WINDOW, 2.0, stream)
    late = int(times[1] / 2.0)
    speed = (np.diff(x, axis=1) / 2.0) ** 2
    ends = [float(speed[:, k : k + int(WINDOW / 2)].mean()) for k in (0, late)]
    tail = x[:, late:].astype(float)
    f = float(tail.var(axis=1).mean())
    m2 = float((tail.mean(axis=1) ** 2).mean())
    q = float((u * (np.tanh(tail) ** 2).mean(axis=1)).mean())
    return ends, f, q, phase_label(f, m2)


def main() -> None:
    """The table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sigma", type=float, default=1.0)
    parser.add_argument("--symmetry", type=float, default=0.5)
    parser.add_argument("--gains", type=float, nargs="+", default=[0.36, 0.42, 0.55, 0.7])
    parser.add_argument("--sizes", type=int, nargs="+", default=[2000, 4000, 8000])
    parser.add_argument("--networks", type=int, default=4)
    parser.add_argument("--early", type=float, default=100.0)
    parser.add_argument("--late", type=float, default=500.0)
    options = parser.parse_args()
    print(
        "| gain | N | q theory | Lambda | q network | f | speed early | speed late | at rest |\n"
        + "|---" * 9
        + "|"
    )
    for gain in options.gains:
        for n in options.sizes:
            model = Model(
                Lognormal(100.0, options.sigma), gain, options.symmetry, n=n, kind="dense"
            )
            theory = fixed_points(model).state
            found = [
                watched(model, (options.early, options.late - options.early), 31 + k)
                for k in range(options.networks)
            ]
            q = np.array([f[2] for f in found])
            f = np.array([f[1] for f in found])
            speed = np.array([f[0] for f in found]).mean(axis=0)
            count = len(found)

            def error(v: np.ndarray, count: int = count) -> str:
                return f"{v.std(ddof=1) / np.sqrt(count):.1g}" if count > 1 else "-"

            print(
                f"| {gain:g} | {n} | {theory.q:.4f} | {theory.instability:.3f} "
                f"| {q.mean():.4f} ± {error(q)} | {f.mean():.1e} ± {error(f)} "
                f"| {speed[0]:.1e} | {speed[1]:.1e} "
                f"| {sum(v[3] == 'frozen' for v in found)}/{count} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
