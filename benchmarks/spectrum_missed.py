"""How often Arnoldi iteration returns a wrong rightmost eigenvalue with a tiny residual.

Run with ``python benchmarks/spectrum_missed.py`` (some minutes). For every symmetry and sigma,
sparse networks of mean degree 20: the answers of scipy's `eigs` (defaults, k = 1 and 6), of ARPACK
with 60 basis vectors, and of the package's search, against all eigenvalues by LAPACK.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from pyscales import Lognormal, Model
from pyscales.engines.embedded.arnoldi import outermost

SYMMETRIES = (-0.9, -0.8, -0.4, 0.0, 0.4)
SIGMAS = (0.0, 0.5, 1.0)


def scipy_rightmost(weights, k: int, seed: int) -> tuple[float, int]:
    """Rightmost real part and matrix-vector products of scipy's defaults."""
    from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigs

    count = [0]

    def times(v: np.ndarray) -> np.ndarray:
        count[0] += 1
        return weights @ v

    start = np.random.default_rng(seed).standard_normal(weights.shape[0])
    operator = LinearOperator(weights.shape, matvec=times, dtype=float)
    try:
        values = eigs(operator, k=k, which="LR", v0=start, return_eigenvectors=False)
    except ArpackNoConvergence as error:
        values = error.eigenvalues
    return float(values.real.max(initial=-np.inf)), count[0]


def main() -> None:
    """One row per symmetry and sigma."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=1000)
    parser.add_argument("--networks", type=int, default=20)
    options = parser.parse_args()
    head = f"symmetry, sigma, networks (N = {options.n}), wrong: scipy k = 1, scipy k = 6, "
    head += "ARPACK with 60 vectors, with search, largest error of a wrong one, "
    head += "products: scipy k = 6, with search, largest residual"
    print("| " + head.replace(", ", " | ") + " |\n" + "|---" * 11 + "|")
    for symmetry in SYMMETRIES:
        for sigma in SIGMAS:
            wrong, worst, residual = np.zeros(4, dtype=int), 0.0, 0.0
            products = np.zeros(2)
            for seed in range(options.networks):
                model = Model(Lognormal(20.0, sigma), 1.0, symmetry, n=options.n)
                weights = model.sample(seed).weights
                exact = float(np.linalg.eigvals(weights.toarray()).real.max())
                one, _ = scipy_rightmost(weights, 1, seed)
                six, count = scipy_rightmost(weights, 6, seed)
                plain = outermost(weights, 6, "LR", seed, check=False)
                found = outermost(weights, 6, "LR", seed)
                answers = np.array([one, six, plain.values.real.max(), found.values.real.max()])
                error = exact - answers
                wrong += error > 1e-6
                worst = max(worst, float(error.max()))
                products += count, found.products
                difference = weights @ found.vectors - found.vectors * found.values
                residual = max(residual, float(np.linalg.norm(difference, axis=0).max()))
            mean = products / options.networks
            print(
                f"| {symmetry:g} | {sigma:g} | {options.networks} | {wrong[0]} | {wrong[1]} "
                f"| {wrong[2]} | {wrong[3]} | {worst:.3g} | {mean[0]:.0f} | {mean[1]:.0f} "
                f"| {residual:.1e} |",
                flush=True,
            )


if __name__ == "__main__":
    start = time.perf_counter()
    main()
    print(f"\n{time.perf_counter() - start:.0f} s")
