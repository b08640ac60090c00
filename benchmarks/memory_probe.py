"""Sampling error of a solver that takes the response from the probe alone and one set of numbers.

Run with ``python benchmarks/memory_probe.py``. A direct solver iterates one set of trajectories and
estimates G by their response to a random field only. Many such solutions, independent of each
other, give its means, the scatter of one solution and how the quantities scatter together; with it
reported numbers of such solvers can be judged. The error of reported numbers is scaled so that that
of chi is the reported one.
"""

from __future__ import annotations

import argparse

import numpy as np
from memory_tables import with_error

from pyscales.theory.memory import MemoryNumbers, MemoryPlan, Sweep, probe_field, sweep
from pyscales.theory.memory_ensemble import solve_plan
from pyscales.theory.memory_state import half_width

NAMES = ("half width of phi", "C(0)", "chi", "<x^2>")
# gain, symmetry: step, window, half width of the first guess, C(0) of it, reported values, errors.
CASES = {
    (2.0, 0.25): (
        0.1,
        50.0,
        8.6,
        0.65,
        (8.54, 0.65213, 0.4757, 3.612),
        (0.06, 12e-5, 0.0011, 0.002),
    ),
    (1.5, 0.5): (0.2, 100.0, 25.0, 0.64, (23.2, 0.6424, 0.636, 2.829), (0.3, 8e-4, 0.003, 0.005)),
}


class ProbeMap:
    """The embedded map with the response of the probe alone."""

    def __init__(self, plan: MemoryPlan, numbers: MemoryNumbers, workers: int) -> None:
        self.plan, self.numbers, self.workers = plan, numbers, workers
        self.probe = probe_field(plan, numbers)

    def __call__(self, c: np.ndarray, g: np.ndarray, keep_x: bool = False) -> Sweep:
        """One sweep."""
        return sweep(
            c,
            g,
            self.plan,
            self.numbers,
            probe=self.probe,
            keep_x=keep_x,
            workers=self.workers,
            blend=False,
        )


def solutions(
    gain: float, symmetry: float, trajectories: int, period: float, seeds: int
) -> np.ndarray:
    """`NAMES` of independent solutions, shape (seeds, 4)."""
    dt, window, width, c0, _, _ = CASES[gain, symmetry]
    n_lags = round(window / dt)
    plan = MemoryPlan(
        np.ones(1),
        np.ones(1),
        np.array([trajectories]),
        gain,
        symmetry,
        dt,
        int(period / dt) // 16 * 16,
        n_lags,
        n_lags,
        single=True,
    )
    lag = dt * np.arange(n_lags + 1)
    guess = (lag, c0 / np.cosh(1.317 * lag / width), 0.45 * np.exp(-lag))
    found = []
    for stream in np.random.SeedSequence(7).spawn(seeds):
        state = solve_plan(
            plan,
            guess,
            stream,
            tolerance=1e-4,
            max_sweeps=80,
            plain=8,
            maps=ProbeMap,  # type: ignore[arg-type]
        )
        if not state.converged:
            print(f"not converged: residual {min(state.residuals):.1e}")
            continue
        chi = state.response.sum() * dt
        row = (half_width(lag, state.autocorrelation), state.autocorrelation[0], chi)
        found.append((*row, state.x_of_node[0, 0]))
    return np.array(found)


def show(gain: float, symmetry: float, options: argparse.Namespace) -> None:
    """Means, scatter, correlations, and the reported numbers."""
    reported, errors = (np.array(v) for v in CASES[gain, symmetry][4:])
    found = solutions(gain, symmetry, options.trajectories, options.period, options.seeds)
    mean, scatter = found.mean(axis=0), found.std(axis=0, ddof=1)
    error = scatter / np.sqrt(len(found))
    correlation = np.corrcoef(found.T)
    expected = scatter * errors[2] / scatter[2]
    z = (reported - mean) / np.hypot(expected, error)
    size, modes = np.linalg.eigh(correlation)
    along = modes[:, -1] * np.sign(modes[2, -1])
    total = np.sqrt(1 + 1 / len(found) * (scatter[2] / errors[2]) ** 2)
    on_mode = along @ ((reported - mean) / expected) / np.sqrt(size[-1]) / total
    print(f"gain {gain:g}, symmetry {symmetry:g}: {len(found)} solutions of {options.trajectories}")
    print("| quantity | mean | of one, % | correlation with chi | reported | its error | z |")
    print("|---" * 7 + "|")
    for i, name in enumerate(NAMES):
        print(
            f"| {name} | {with_error(mean[i], error[i])} | {100 * scatter[i] / mean[i]:.2f} | "
            f"{correlation[2, i]:.2f} | {reported[i]:g} ± {errors[i]:g} | {expected[i]:.2g} | "
            f"{z[i]:+.1f} |"
        )
    print(
        f"Largest mode: {100 * size[-1] / 4:.0f} % of the scatter; reported numbers along it: "
        f"{on_mode:+.1f} errors",
        flush=True,
    )


def main() -> None:
    """Both cases."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trajectories", type=int, default=360)
    parser.add_argument("--period", type=float, default=819.2)
    parser.add_argument("--seeds", type=int, default=32)
    options = parser.parse_args()
    for gain, symmetry in CASES:
        show(gain, symmetry, options)


if __name__ == "__main__":
    main()
