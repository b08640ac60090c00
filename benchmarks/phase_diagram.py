"""Seconds for a theoretical phase diagram of 100 x 100 points; run with ``python`` alone."""

from __future__ import annotations

import time

import numpy as np

from pyscales import Lognormal, Model, phase_diagram

AXES = (("sigma", np.linspace(0, 1, 100), -0.5), ("symmetry", np.linspace(-1, 1, 100), 0.0))


def main() -> None:
    """One line per axis, the other axis being the gain."""
    for axis, values, symmetry in AXES:
        model = Model(Lognormal(100, 0.5), 1.0, symmetry, n=1000)
        begun = time.perf_counter()
        phase_diagram(model, axis, values, np.linspace(0.1, 2.5, 100))
        print(f"gain x {axis}: {time.perf_counter() - begun:.2f} s")


if __name__ == "__main__":
    main()
