"""Rightmost eigenvalues of large sparse networks: time and memory, and which answers are right.

Run with ``python benchmarks/spectrum_large.py`` (N = 1e6 needs about 8 GB and half an hour;
``--sizes`` makes it shorter). Every entry runs in a process of its own: the network is sampled,
then the solver alone is timed; memory is its peak above that of the sampled network. Methods: the
package's iteration with its search for missed eigenvalues, the same without the search, scipy's
`eigs` with its defaults, and dense LAPACK up to N = 4000.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time

import numpy as np

CASES = {"positive": (0.5, 0.25), "zero": (0.5, 0.0), "negative": (0.5, -0.4)}
K = 4


def one(case: str, n: int, method: str, mean_degree: float) -> dict[str, float | str]:
    """Sample the network of a case and time one method on it."""
    from pyscales import Lognormal, Model
    from pyscales.engines.embedded.arnoldi import outermost

    sigma, symmetry = CASES[case]
    weights = Model(Lognormal(mean_degree, sigma), 1.0, symmetry, n=n).sample(5).weights
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start, cpu = time.perf_counter(), time.process_time()
    products: float | str = ""
    if method == "dense":
        values, vectors = np.linalg.eig(weights.toarray())
    elif method == "scipy":
        from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigs

        count = [0]

        def times(v: np.ndarray) -> np.ndarray:
            count[0] += 1
            return weights @ v

        operator = LinearOperator((n, n), matvec=times, dtype=float)
        first = np.random.default_rng(0).standard_normal(n)
        try:
            values, vectors = eigs(operator, k=K, which="LR", v0=first)
        except ArpackNoConvergence as error:
            values, vectors = error.eigenvalues, error.eigenvectors
        products = count[0]
    else:
        found = outermost(weights, K, "LR", 0, check=method == "searched")
        values, vectors, products = found.values, found.vectors, found.products
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    order = np.argsort(-values.real)[:K]
    values, vectors = values[order], vectors[:, order]
    residual = np.linalg.norm(weights @ vectors - vectors * values, axis=0).max(initial=0.0)
    return {
        "rightmost": float(values.real.max()) if values.size else np.nan,
        "found": int(values.size),
        "last": float(values.real.min()) if values.size else np.nan,
        "seconds": seconds,
        "cpu": cpu,
        "memory": (after - before) / 1024,
        "network": before / 1024,
        "products": products,
        "residual": float(residual),
    }


def main() -> None:
    """The table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[2000, 4000, 10**4, 10**5, 10**6])
    parser.add_argument("--cases", nargs="+", default=list(CASES), choices=list(CASES))
    parser.add_argument("--mean-degree", type=float, default=100.0)
    parser.add_argument("--one", nargs=3, metavar=("CASE", "N", "METHOD"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one is not None:
        case, n, method = options.one
        print(json.dumps(one(case, int(n), method, options.mean_degree)))
        return
    print(f"| sigma, symmetry | N | method | rightmost | {K}th | found | largest residual ", end="")
    print("| products | time s | CPU s | memory MB | network MB |\n" + "|---" * 12 + "|")
    for case in options.cases:
        for n in options.sizes:
            for method in ("dense", "scipy", "plain", "searched"):
                if method == "dense" and n > 4000:
                    continue
                call = [sys.executable, __file__, "--mean-degree", str(options.mean_degree)]
                done = subprocess.run(
                    [*call, "--one", case, str(n), method], capture_output=True, text=True
                )
                if done.returncode:
                    print(f"| {CASES[case]} | {n} | {method} | failed |", flush=True)
                    print(done.stderr[-500:], file=sys.stderr)
                    continue
                r = json.loads(done.stdout)
                print(
                    f"| {CASES[case][0]:g}, {CASES[case][1]:g} | {n} | {method} "
                    f"| {r['rightmost']:.6f} | {r['last']:.6f} | {r['found']}/{K} "
                    f"| {r['residual']:.1e} | {r['products']} | {r['seconds']:.1f} "
                    f"| {r['cpu']:.1f} | {r['memory']:.0f} | {r['network']:.0f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
