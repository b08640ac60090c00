"""The stationary solver with memory: time, scatter between solutions and stated errors.

Run with ``python benchmarks/memory_solver.py``. Independent solutions with the default options at
gain 1.5, sigma 0.5, symmetry 0.5, then solutions at symmetry 0 against the potential solution.
Times are of a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from memory_tables import with_error

from pyscales import Lognormal
from pyscales.theory.memory_solver import MemoryOptions, solve_memory
from pyscales.theory.memory_state import MemoryState, half_width, stated
from pyscales.theory.stationary import solve_stationary, solve_trajectory
from pyscales.theory.stationary_timescales import timescales_phi

EXACT = ((1.5, 0.0), (2.0, 0.0), (3.0, 0.0), (1.5, 0.5), (1.5, 1.0))


def nodes_of(sigma: float) -> tuple[np.ndarray, np.ndarray]:
    """Relative degrees and weights, as `dmft` has them."""
    nodes = Lognormal(100.0, sigma).nodes(9, size_bias=1.0)
    return nodes.relative_degree, nodes.weight


def widths_phi(state: MemoryState) -> np.ndarray:
    """Half widths of C, one per seed."""
    return np.array([half_width(state.lag, c) for c in state.autocorrelation])


def widths_x(state: MemoryState) -> np.ndarray:
    """Half widths of the population mean of <x x>, one per seed."""
    c = state.autocorrelation_x_of_node @ (state.weight / state.relative_degree)
    return np.array([half_width(state.lag, row) for row in c])


QUANTITIES = {
    "C(0)": lambda s: s.autocorrelation[:, 0],
    "chi": lambda s: s.susceptibility,
    "half width of phi": widths_phi,
    "half width of x": widths_x,
}


def independent(solutions: int, options: MemoryOptions) -> None:
    """Scatter between solutions and the root mean square of the errors they state."""
    u, w = nodes_of(0.5)
    found, seconds = [], []
    for seed in range(solutions):
        begun = time.perf_counter()
        state = solve_memory(u, w, 1.5, 0.5, options=options, seed=seed)
        seconds.append(time.perf_counter() - begun)
        found.append([stated(state, quantity) for quantity in QUANTITIES.values()])
        print(
            f"seed {seed}: {seconds[-1]:.1f} s, {'converged' if state.converged else state.message}"
            f", residual {state.residual:.1e}, {state.sweeps} sweeps",
            flush=True,
        )
    values = np.array(found)
    mean, scatter = values[..., 0].mean(axis=0), values[..., 0].std(axis=0, ddof=1)
    largest = np.abs(values[..., 0] / mean - 1).max(axis=0)
    errors = np.sqrt((values[..., 1] ** 2).mean(axis=0))
    print(f"{min(seconds):.1f} to {max(seconds):.1f} s, median {np.median(seconds):.1f} s")
    print("| quantity | mean | scatter, % | farthest, % | stated, % |")
    print("|---" * 5 + "|")
    for i, name in enumerate(QUANTITIES):
        cells = [100 * v / mean[i] for v in (scatter[i], largest[i] * mean[i], errors[i])]
        text = " | ".join(f"{c:.2f}" for c in cells)
        print(f"| {name} | {with_error(mean[i], scatter[i] / np.sqrt(solutions))} | {text} |")


def against_exact(tolerance: float, workers: int) -> None:
    """Symmetry 0: D(0) and the half width of phi."""
    print(f"tolerance {tolerance:g}")
    head = "gain, sigma | D(0) exact | sampled, stated error | % | z | half width of phi exact"
    print(f"| {head} | sampled, stated error | % | z | residual |")
    print("|---" * 10 + "|")
    for gain, sigma in EXACT:
        u, w = nodes_of(sigma)
        options = MemoryOptions(trajectories=250, tolerance=tolerance, workers=workers)
        state = solve_memory(u, w, gain, 0.0, options=options, seed=1)
        exact = solve_stationary(u, w, gain)
        width = timescales_phi(exact, solve_trajectory(exact))["timescale_hwhm_phi"]
        cells = []
        for wanted, quantity in ((exact.d0, lambda s: s.variance_x), (width, widths_phi)):
            value, error = (float(v) for v in stated(state, quantity))
            off = value - wanted
            cells.append(
                f"{wanted:.6f} | {value:.6f} ± {error:.1g} | {100 * off / wanted:+.3f} | "
                f"{off / error:+.1f}"
            )
        print(f"| {gain:g}, {sigma:g} | {' | '.join(cells)} | {state.residual:.1e} |", flush=True)


def main() -> None:
    """Both parts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--solutions", type=int, default=10)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    independent(options.solutions, MemoryOptions(workers=options.workers))
    for tolerance in (5e-4, 1e-4, 1e-6):
        against_exact(tolerance, options.workers)


if __name__ == "__main__":
    main()
