"""How often Arnoldi iteration returns a wrong rightmost eigenvalue with a tiny residual.

Run with ``python benchmarks/spectrum_missed.py`` (some minutes). For every symmetry and sigma,
sparse networks of mean degree 20: the answers of scipy's `eigs` (defaults, k = 1 and 6), of ARPACK
with 60 basis vectors, and of the package's search, against all eigenvalues by LAPACK.
"""

from __future__ import annotations

import argparse
import sys
import time

import numpy as np
from points import point

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


def one(n: int, symmetry: float, sigma: float, seed: int) -> dict[str, float]:
    """All answers on one network; errors are how far left of the rightmost eigenvalue they lie."""
    weights = Model(Lognormal(20.0, sigma), 1.0, symmetry, n=n).sample(seed).weights
    exact = float(np.linalg.eigvals(weights.toarray()).real.max())
    single, _ = scipy_rightmost(weights, 1, seed)
    six, count = scipy_rightmost(weights, 6, seed)
    plain = outermost(weights, 6, "LR", seed, check=False)
    found = outermost(weights, 6, "LR", seed)
    difference = weights @ found.vectors - found.vectors * found.values
    return {
        "scipy k = 1": exact - single,
        "scipy k = 6": exact - six,
        "60 vectors": exact - float(plain.values.real.max(initial=-np.inf)),
        "search": exact - float(found.values.real.max()),
        "products scipy": count,
        "products search": found.products,
        "brought in": found.missed,
        "verified": bool(found.verified),
        "residual": float(np.linalg.norm(difference, axis=0).max()),
    }


def main() -> None:
    """One row per symmetry and sigma."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=1000)
    parser.add_argument("--networks", type=int, default=20)
    parser.add_argument("--points", default=None, help="Folder that keeps every network's answers.")
    options = parser.parse_args()
    print(
        f"| symmetry | sigma | networks (N = {options.n}) | wrong: scipy k = 1 | scipy k = 6 "
        "| ARPACK with 60 vectors | with search | largest error of a wrong one | brought in "
        "| products: scipy k = 6 | with search | verified | largest residual |\n"
        + "|---" * 13
        + "|"
    )
    answers = ("scipy k = 1", "scipy k = 6", "60 vectors", "search")
    for symmetry in SYMMETRIES:
        for sigma in SIGMAS:
            rows = [
                point(
                    options.points,
                    f"missed_{options.n}_{symmetry:g}_{sigma:g}_{seed}",
                    lambda args=(options.n, symmetry, sigma, seed): one(*args),
                )
                for seed in range(options.networks)
            ]
            error = np.array([[row[name] for name in answers] for row in rows])
            wrong = (error > 1e-6).sum(axis=0)
            worst = f"{error.max():.2g}" if wrong.any() else "-"
            mean = {k: np.mean([row[k] for row in rows]) for k in rows[0]}
            print(
                f"| {symmetry:g} | {sigma:g} | {len(rows)} | {wrong[0]} | {wrong[1]} "
                f"| {wrong[2]} | {wrong[3]} | {worst} | {sum(row['brought in'] for row in rows)} "
                f"| {mean['products scipy']:.0f} | {mean['products search']:.0f} "
                f"| {sum(row['verified'] for row in rows)} "
                f"| {max(row['residual'] for row in rows):.1e} |",
                flush=True,
            )


if __name__ == "__main__":
    start = time.perf_counter()
    main()
    print(f"\n{time.perf_counter() - start:.0f} s", file=sys.stderr)
