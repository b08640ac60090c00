"""Both engines on the same work at the same accuracy, in one run: medians, ratios, bounds.

    python benchmarks/engines.py [--quick] [--threads 2] [--repeats 5] [--json FILE]

Repetitions of the engines alternate, so that other load on the machine weighs on both. The error is
the largest difference of the final state from a run at a much finer tolerance. The embedded engine
runs at rtol 1e-4, Julia at the loosest of 1e-3, 3e-4 and 1e-4 that is at least as accurate. "GB/s"
is what a run must read and write at least (12 bytes per nonzero and product, a few states per
right-hand side and trial), to be held against the copy bandwidth printed first.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array, eye_array

from pyscales.engines import SamplingPlan, get_engine
from pyscales.engines.julia.engine import JuliaEngine
from pyscales.network import sample_network


@dataclass(frozen=True)
class Case:
    """A job: `run(engine, rtol)` returns (vector to compare, status)."""

    name: str
    run: Callable[[Any, float], tuple[np.ndarray, Any]]
    reference: Callable[[], np.ndarray] | None
    bytes_per_evaluation: float
    repeats: int


def copy_bandwidth() -> float:
    """Bytes read and written per second by one thread's memcpy of 256 MB."""
    a = np.ones(32_000_000)
    b = np.empty_like(a)
    best = np.inf
    for _ in range(5):
        start = time.perf_counter()
        np.copyto(b, a)
        best = min(best, time.perf_counter() - start)
    return 2 * a.nbytes / best


def network(n: int, gain: float, mean_degree: float = 100.0) -> Any:
    return sample_network(np.full(n, mean_degree), symmetry=0.0, seed=1).scaled(gain)


def integration(n: int, trials: int, time_span: float, threads: int, repeats: int) -> Case:
    """Chaotic network, adaptive explicit steps at the default tolerance, over a short span."""
    w = network(n, 1.5)
    x0 = np.random.default_rng(0).standard_normal((trials, n))
    plan = SamplingPlan(0.0, time_span, time_span)

    def run(engine: Any, rtol: float) -> tuple[np.ndarray, Any]:
        found = engine.integrate(w, x0, plan, rtol=rtol, atol=1e-2 * rtol, workers=threads)
        return found.final_state, found.status

    def reference() -> np.ndarray:
        return run(JuliaEngine(), 1e-7 if n <= 10_000 else 1e-6)[0]

    traffic = 12.0 * w.nnz + 8.0 * 4 * n * trials
    return Case(f"integrate N={n:.0e} trials={trials}", run, reference, traffic, repeats)


def stiff(n: int, trials: int, time_span: float, threads: int, repeats: int) -> Case:
    """tau_i over three decades: each engine with the family its rule takes."""
    w = network(n, 1.5)
    rng = np.random.default_rng(0)
    tau = 10.0 ** rng.uniform(-1.5, 1.5, n)
    x0 = rng.standard_normal((trials, n))
    plan = SamplingPlan(0.0, time_span, time_span)

    def run(engine: Any, rtol: float, solver: str = "stiff") -> tuple[np.ndarray, Any]:
        found = engine.integrate(
            w,
            x0,
            plan,
            solver=solver,
            time_constants=tau,
            rtol=rtol,
            atol=1e-2 * rtol,
            workers=threads,
        )
        return found.final_state, found.status

    def reference() -> np.ndarray:
        return run(JuliaEngine(), 1e-7, "nonstiff")[0]

    traffic = 12.0 * w.nnz + 8.0 * 4 * n * trials
    return Case(f"stiff N={n:.0e} trials={trials}", run, reference, traffic, repeats)


def fixed_point(n: int, repeats: int) -> Case:
    """Newton's method on bistable neurons with weak couplings, from their signs."""
    couplings = sample_network(np.full(n, 40.0), symmetry=0.5, seed=2).scaled(0.2)
    w = csr_array(2.5 * eye_array(n) + couplings)
    relaxed = 2.4 * np.sign(np.random.default_rng(0).standard_normal(n))

    def run(engine: Any, rtol: float) -> tuple[np.ndarray, Any]:
        found = engine.fixed_point(w, relaxed)
        return found.x, found.status

    exact: list[np.ndarray] = []

    def reference() -> np.ndarray:
        if not exact:
            exact.append(get_engine("scipy").fixed_point(w, relaxed, tolerance=1e-12).x)
        return exact[0]

    return Case(f"fixed point N={n}", run, reference, 0.0, repeats)


def memory(threads: int, repeats: int) -> Case:
    """Stationary C and G at symmetry 0.25, default options; compared by C."""
    from pyscales.degrees import Lognormal
    from pyscales.engines import SolverStatus
    from pyscales.theory.memory_solver import MemoryOptions

    nodes = Lognormal(100.0, 0.5).nodes(9, size_bias=1.0)

    def run(engine: Any, rtol: float) -> tuple[np.ndarray, Any]:
        found = engine.solve_memory(
            nodes.relative_degree,
            nodes.weight,
            2.0,
            0.25,
            options=MemoryOptions(workers=threads),
            seed=1,
        )
        status = SolverStatus(found.converged, found.retcode, found.message, 0, found.sweeps)
        return found.autocorrelation.mean(axis=0), status

    return Case("memory, 4 seeds", run, None, 0.0, repeats)


def measure(case: Case) -> dict[str, Any]:
    """Medians of both engines, alternating, after one run each to warm up."""
    engines = {"scipy": get_engine("scipy"), "julia": JuliaEngine()}
    seconds: dict[str, list[float]] = {name: [] for name in engines}
    row: dict[str, Any] = {"case": case.name}
    reference = case.reference() if case.reference else None
    rtols = {"scipy": 1e-4, "julia": 1e-4}
    for name, engine in engines.items():
        found, status = case.run(engine, 1e-4)
        if name == "julia" and reference is not None and case.bytes_per_evaluation:
            for rtol in (1e-3, 3e-4):
                loose, loose_status = case.run(engine, rtol)
                if np.abs(loose - reference).max() <= row["scipy error"]:
                    found, status, rtols[name] = loose, loose_status, rtol
                    break
        row[f"{name} rtol"] = rtols[name]
        row[f"{name} evaluations"] = status.evaluations
        row[f"{name} method"] = status.method
        if reference is not None:
            row[f"{name} error"] = float(np.abs(found - reference).max())
    for _ in range(case.repeats):
        for name, engine in engines.items():
            start = time.perf_counter()
            case.run(engine, rtols[name])
            seconds[name].append(time.perf_counter() - start)
    for name, values in seconds.items():
        row[f"{name} seconds"] = statistics.median(values)
        if case.bytes_per_evaluation:
            moved = case.bytes_per_evaluation * row[f"{name} evaluations"]
            row[f"{name} GB/s"] = moved / row[f"{name} seconds"] / 1e9
    row["ratio"] = row["scipy seconds"] / row["julia seconds"]
    return row


def show(row: dict[str, Any]) -> None:
    print(f"{row['case']:<34} ratio {row['ratio']:5.2f}")
    for name in ("scipy", "julia"):
        parts = [f"{row[f'{name} seconds']:8.3f} s", f"{row[f'{name} evaluations']:6d} evaluations"]
        if f"{name} GB/s" in row:
            parts.append(f"rtol {row[f'{name} rtol']:.0e}")
        if f"{name} error" in row:
            parts.append(f"error {row[f'{name} error']:.1e}")
        if f"{name} GB/s" in row:
            parts.append(f"{row[f'{name} GB/s']:5.1f} GB/s")
        print(f"    {name:<6} {'  '.join(parts)}  {row[f'{name} method']}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller networks, fewer repeats")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--only", default="", help="cases whose name contains this")
    parser.add_argument("--json", help="file for the rows")
    options = parser.parse_args()
    r, t = options.repeats, options.threads
    print(f"copy bandwidth of one thread: {copy_bandwidth() / 1e9:.1f} GB/s")
    makers: list[tuple[str, Callable[[], Case]]] = [
        ("integrate 1000", lambda: integration(1000, 1, 40.0, t, r)),
        ("integrate 1000", lambda: integration(1000, 8, 40.0, t, r)),
        ("integrate 10000", lambda: integration(10_000, 1, 20.0, t, r)),
        ("integrate 10000", lambda: integration(10_000, 8, 20.0, t, r)),
        ("stiff 1000", lambda: stiff(1000, 1, 30.0, t, r)),
        ("fixed 1000", lambda: fixed_point(1000, r)),
        ("memory", lambda: memory(t, min(r, 3))),
    ]
    if not options.quick:
        makers += [
            ("integrate 100000", lambda: integration(100_000, 1, 10.0, t, min(r, 3))),
            ("integrate 100000", lambda: integration(100_000, 8, 5.0, t, min(r, 3))),
            ("stiff 10000", lambda: stiff(10_000, 1, 30.0, t, min(r, 3))),
            ("stiff 10000", lambda: stiff(10_000, 8, 10.0, t, min(r, 3))),
            ("fixed 5000", lambda: fixed_point(5000, r)),
        ]
    rows = []
    for name, make in makers:
        if options.only in name:
            rows.append(measure(make()))
            show(rows[-1])
    if options.json:
        with open(options.json, "w", encoding="utf-8") as stream:
            json.dump(rows, stream, indent=2)


if __name__ == "__main__":
    main()
