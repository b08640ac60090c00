"""Rightmost eigenvalues of large sparse networks: time and memory, and which answers are right.

Run with ``python benchmarks/spectrum_large.py`` (N = 1e6 needs about 8 GB and an hour;
``--sizes``, ``--cases`` and ``--methods`` make it shorter, ``--points FOLDER`` keeps every entry,
and the networks from 1e6 neurons on). Every entry runs in a process of its own: the network is
sampled or read, then the solver alone is timed; memory is its peak above that of the network.
Methods: scipy's `eigs` with its defaults; ARPACK with 60 basis vectors ("plain"); the package's
iteration, which adds the search for missed eigenvalues, with SciPy's products in one thread
("searched") and with Julia's in ``--threads`` ("julia"; its start is not timed); dense LAPACK up
to N = 4000. ``--products`` times single products instead, alternating in one process.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from points import point
from scipy.sparse import csr_array

CASES = {"hubs": (1.0, 0.5), "positive": (0.5, 0.25), "zero": (0.5, 0.0), "negative": (0.5, -0.4)}
METHODS = ("dense", "scipy", "plain", "searched", "julia")
K = 4
KEEP_FROM = 10**6


def network(case: str, n: int, mean_degree: float, folder: str | None) -> csr_array:
    """W of a case; a large one is written to the folder and read back from there."""
    from pyscales import Lognormal, Model

    sigma, symmetry = CASES[case]
    names = ("data", "indices", "indptr")
    files = [Path(folder or ".") / f"network_{case}_{n}_{name}.npy" for name in names]
    kept = folder is not None and n >= KEEP_FROM
    if not (kept and all(file.exists() for file in files)):
        model = Model(Lognormal(mean_degree, sigma), 1.0, symmetry, n=n)
        weights = model.sample(5).weights
        if not kept:
            return weights
        files[0].parent.mkdir(parents=True, exist_ok=True)
        for file, name in zip(files, names, strict=True):
            np.save(file, getattr(weights, name))
    data, indices, indptr = (np.load(file) for file in files)
    return csr_array((data, indices, indptr), shape=(n, n))


def one(
    case: str, n: int, method: str, mean_degree: float, threads: int, folder: str | None
) -> dict[str, float | str]:
    """Time one method on the network of a case."""
    from pyscales.engines.embedded.arnoldi import outermost

    start = time.perf_counter()
    weights = network(case, n, mean_degree, folder)
    sampling = time.perf_counter() - start
    product = None
    if method == "julia":
        from pyscales.engines.julia.products import JuliaProduct

        product = JuliaProduct(weights, threads)
        product(np.ones(n))
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
        found = outermost(weights, K, "LR", 0, check=method != "plain", product=product)
        values, vectors, products = found.values, found.vectors, found.products
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    order = np.argsort(-values.real)[:K]
    values, vectors = values[order], vectors[:, order]
    residual = 0.0
    for value, vector in zip(values, vectors.T, strict=True):
        image = weights @ vector.real + 1j * (weights @ vector.imag)
        residual = max(residual, float(np.linalg.norm(image - value * vector)))
    return {
        "rightmost": float(values.real.max()) if values.size else np.nan,
        "found": int(values.size),
        "last": float(values.real.min()) if values.size else np.nan,
        "seconds": seconds,
        "cpu": cpu,
        "memory": (after - before) / 1024,
        "network": before / 1024,
        "entries": int(weights.nnz),
        "sampling": sampling,
        "products": products,
        "residual": residual,
    }


def time_products(n: int, mean_degree: float, threads: int, folder: str | None) -> None:
    """Rows of a table: milliseconds of W v and of W with 8 vectors, least and median of 15."""
    from pyscales.engines.embedded.right_hand_side import RightHandSide
    from pyscales.engines.julia.products import JuliaProduct

    weights = network("positive", n, mean_degree, folder)
    rows = RightHandSide(weights, threads)
    ways = {
        "SciPy, 1 thread": lambda v: weights @ v,
        f"embedded, {threads} threads": rows.product,
        f"Julia, {threads} threads": JuliaProduct(weights, threads),
    }
    rng = np.random.default_rng(0)
    for m in (1, 8):
        v = rng.standard_normal(n) if m == 1 else rng.standard_normal((n, m))
        times: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(15):
            for name, product in ways.items():
                start = time.perf_counter()
                product(v)
                times[name].append(1e3 * (time.perf_counter() - start))
        first = min(next(iter(times.values())))
        for name, t in times.items():
            print(
                f"| {n} | {weights.nnz:.2g} | {m} | {name} | {min(t):.3g} | {np.median(t):.3g} "
                f"| {first / min(t):.2f} |"
            )
    rows.close()


def run(call: list[str]) -> dict[str, Any] | None:
    """`one` in a process of its own; None where it failed."""
    done = subprocess.run([sys.executable, __file__, *call], capture_output=True, text=True)
    if done.returncode:
        print(done.stderr[-500:], file=sys.stderr)
        return None
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    """The table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[2000, 4000, 10**4, 10**5, 10**6])
    parser.add_argument("--cases", nargs="+", default=list(CASES), choices=list(CASES))
    parser.add_argument("--methods", nargs="+", default=list(METHODS), choices=METHODS)
    parser.add_argument("--mean-degree", type=float, default=100.0)
    parser.add_argument("--threads", type=int, default=2, help="Of Julia.")
    parser.add_argument("--points", default=None, help="Folder that keeps every entry.")
    parser.add_argument("--products", action="store_true", help="Time single products instead.")
    parser.add_argument("--one", nargs=3, metavar=("CASE", "N", "METHOD"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one is not None:
        case, n, method = options.one
        found = one(case, int(n), method, options.mean_degree, options.threads, options.points)
        print(json.dumps(found))
        return
    if options.products:
        print("| N | entries | vectors | products of | least ms | median ms | faster (least) |")
        print("|---" * 7 + "|")
        for n in options.sizes:
            time_products(n, options.mean_degree, options.threads, options.points)
        return
    print(f"| sigma, symmetry | N | method | rightmost | {K}th | found | largest residual ", end="")
    print("| products | time s | per product ms | CPU s | memory MB | network MB |")
    print("|---" * 13 + "|")
    for case in options.cases:
        for n in options.sizes:
            for method in options.methods:
                if method == "dense" and n > 4000:
                    continue
                call = ["--one", case, str(n), method, "--mean-degree", str(options.mean_degree)]
                call += ["--threads", str(options.threads)]
                call += ["--points", options.points] if options.points else []
                name = f"large_{case}_{n}_{method}"
                name += f"_{options.threads}" if method == "julia" else ""
                r = point(options.points, name, lambda call=call: run(call))
                if r is None:
                    print(f"| {CASES[case]} | {n} | {method} | failed |", flush=True)
                    continue
                each = f"{1e3 * r['seconds'] / r['products']:.3g}" if r["products"] else ""
                print(
                    f"| {CASES[case][0]:g}, {CASES[case][1]:g} | {n} | {method} "
                    f"| {r['rightmost']:.6f} | {r['last']:.6f} | {r['found']}/{K} "
                    f"| {r['residual']:.1e} | {r['products']} | {r['seconds']:.1f} "
                    f"| {each} | {r['cpu']:.1f} | {r['memory']:.0f} | {r['network']:.0f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
