"""What a solution loses when the memory is cut at some lag: the feedback integral, not C.

Run with ``python benchmarks/memory_cut.py``. The response G is found at all lags, but neurons hear
their past only up to the cut. One line per cut: means over independent seeds, standard errors in
brackets. The last line has no cut.
"""

from __future__ import annotations

import argparse
from functools import partial

import numpy as np
from memory_tables import with_error

from pyscales.theory.memory import MapMaker, MemoryNumbers, MemoryPlan, Sweep, embedded_map
from pyscales.theory.memory_solver import MemoryOptions, solve_memory
from pyscales.theory.memory_state import half_width, mean_and_error


class CutMap:
    """`embedded_map` that hears G up to a lag only."""

    def __init__(self, cut: float, plan: MemoryPlan, numbers: MemoryNumbers, workers: int) -> None:
        self.map = embedded_map(plan, numbers, workers)
        self.cells = min(round(cut / plan.dt), plan.n_lags)

    def __call__(self, c: np.ndarray, g: np.ndarray, keep_x: bool = False) -> Sweep:
        """One sweep."""
        return self.map(c, np.where(np.arange(g.size) < self.cells, g, 0.0), keep_x)


def main() -> None:
    """One line per cut."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gain", type=float, default=1.5)
    parser.add_argument("--symmetry", type=float, default=0.5)
    parser.add_argument("--cuts", type=float, nargs="+", default=[24, 33, 40, 60, 100, np.inf])
    parser.add_argument("--window", type=float, default=150.0)
    parser.add_argument("--tolerance", type=float, default=3e-4)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    settings = MemoryOptions(
        window=options.window, tolerance=options.tolerance, max_window=500.0, workers=1
    )
    print("| cut | half width of phi | C(0) | <x^2> | chi | chi up to the cut | residual |")
    print("|---" * 7 + "|")
    one = np.ones(1)
    for cut in options.cuts:
        maps: MapMaker = partial(CutMap, min(cut, options.window))  # type: ignore[assignment]
        state = solve_memory(
            one,
            one,
            options.gain,
            options.symmetry,
            options=settings,
            seed=options.seed,
            maps=maps,
        )
        cells = round(min(cut, options.window) / state.plan.dt)
        columns = (
            np.array([half_width(state.lag, c) for c in state.autocorrelation]),
            state.autocorrelation[:, 0],
            state.variance_x,
            state.susceptibility,
            state.response[:, :cells].sum(axis=1) * state.plan.dt,
        )
        cells_text = " | ".join(with_error(*map(float, mean_and_error(v))) for v in columns)
        print(f"| {cut:g} | {cells_text} | {state.residual:.1e} |", flush=True)


if __name__ == "__main__":
    main()
