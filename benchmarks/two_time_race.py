"""The stationary solver against a public two-time code for the same equations without degrees.

Run with ``python benchmarks/two_time_race.py --peer PATH``, PATH a checkout of
https://github.com/ZouWenXuan/Dynamical-Mean-Field-Theory (tanh network of any symmetry; sampled
trajectories, whole C(t, t') and G(t, t'), soft iteration after Roy et al. 2019). Three parts:

1. its time per iteration against the number of times T and of trajectories n; the response costs
   about T^3 n;
2. one whole run of it, with its errors, beside ours;
3. from 1, its time for the accuracy asked at --gain and --symmetry, with what it needs stated.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import io
import time
from pathlib import Path
from typing import Any

import numpy as np

from pyscales.theory.memory_solver import MemoryOptions, solve_memory
from pyscales.theory.memory_state import half_width, mean_and_error


def peer_class(folder: Path) -> Any:
    """The solver class of the checkout."""
    spec = importlib.util.spec_from_file_location("peer", folder / "model" / "DMFT_numeric.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.DMFT_rate_model


def timed(
    solver: Any,
    gain: float,
    symmetry: float,
    duration: float,
    dt: float,
    trajectories: list[int],
    iterations: list[int],
) -> tuple[float, np.ndarray]:
    """CPU seconds and C(t, t') of one run."""
    np.random.seed(1)  # noqa: NPY002 - the peer draws from the global state
    start = time.process_time()
    run = solver(
        gain, symmetry, 0.0, "Tanh", duration, dt, trajectories, iterations, 0.7, 0.0, "normal", 1.0
    )
    with contextlib.redirect_stdout(io.StringIO()):
        found = run.main_loop()
    return time.process_time() - start, found[3]


def ours(gain: float, symmetry: float, seed: int) -> tuple[float, np.ndarray, np.ndarray]:
    """CPU seconds, means and errors of C(0) and of the half width of phi."""
    start = time.process_time()
    state = solve_memory(
        np.ones(1), np.ones(1), gain, symmetry, options=MemoryOptions(workers=1), seed=seed
    )
    seconds = time.process_time() - start
    values = np.array([[c[0], half_width(state.lag, c)] for c in state.autocorrelation])
    return seconds, *mean_and_error(values)


def main() -> None:
    """The three parts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer", type=Path, required=True)
    parser.add_argument("--gain", type=float, default=1.5)
    parser.add_argument("--symmetry", type=float, default=0.5)
    parser.add_argument("--whole", type=float, nargs=2, default=[2.0, 0.25], help="Of part 2.")
    parser.add_argument("--times", type=int, nargs="+", default=[100, 200, 400])
    parser.add_argument("--needed-times", type=int, default=750)
    parser.add_argument("--needed-trajectories", type=int, default=10_000)
    parser.add_argument("--needed-iterations", type=int, default=30)
    options = parser.parse_args()
    solver = peer_class(options.peer)
    print("| T | trajectories | CPU s per iteration |\n|---|---|---|")
    rows = []
    for n_times in options.times:
        for n in (250, 1000):
            seconds, _ = timed(solver, 2.0, 0.25, 0.2 * n_times, 0.2, [n], [1])
            rows.append((n_times, n, seconds))
            print(f"| {n_times} | {n} | {seconds:.2f} |", flush=True)
    t, n, s = np.log(np.array(rows)).T
    slope = np.linalg.lstsq(np.stack([np.ones_like(t), t, n], axis=1), s, rcond=None)[0]
    print(f"\nExponents measured: T^{slope[1]:.2f}, n^{slope[2]:.2f}")

    gain, symmetry = options.whole
    _, reference, _ = ours(gain, symmetry, seed=9)
    seconds, c = timed(solver, gain, symmetry, 40.0, 0.2, [200, 1000], [20, 15])
    row = c[-1, ::-1]
    width = half_width(0.2 * np.arange(row.size), row)
    print(
        f"\nGain {gain:g}, symmetry {symmetry:g}, T = 200 times of 0.2, 200 then 1000 "
        f"trajectories, 35 iterations: {seconds:.0f} CPU s, C(0) "
        f"{100 * (row[0] / reference[0] - 1):+.1f} %, half width "
        f"{100 * (width / reference[1] - 1):+.1f} %"
    )
    mine, found, error = ours(gain, symmetry, seed=1)
    print(
        f"pyscales: {mine:.1f} CPU s, C(0) {100 * (found[0] / reference[0] - 1):+.2f} % "
        f"± {100 * error[0] / found[0]:.2f}, half width "
        f"{100 * (found[1] / reference[1] - 1):+.2f} % "
        f"± {100 * error[1] / found[1]:.2f} (against another seed)"
    )
    mine, found, error = ours(options.gain, options.symmetry, seed=1)
    # The last rows at full cost: T^3 n, from the largest run measured.
    largest = max(rows)
    per_iteration = (
        largest[2]
        * (options.needed_times / largest[0]) ** 3
        * options.needed_trajectories
        / largest[1]
    )
    total = per_iteration * options.needed_iterations
    print(
        f"\nGain {options.gain:g}, symmetry {options.symmetry:g}: pyscales {mine:.1f} CPU s, half "
        f"width {found[1]:.2f} ± {error[1]:.2f}; the peer at {options.needed_times} times, "
        f"{options.needed_trajectories} trajectories, {options.needed_iterations} iterations: "
        f"{total:.3g} CPU s by T^3 n, {total / mine:.3g} times as long"
    )


if __name__ == "__main__":
    main()
