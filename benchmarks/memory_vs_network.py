"""Mean-field theory with memory against networks: a table, point by point.

Run with ``python benchmarks/memory_vs_network.py``. Theory and simulation each with its standard
error (over seeds, over networks); z is the difference in combined standard errors. `dense` is the
surrogate W_ij = g sqrt(u_i u_j/N) J_ij, which has no graph effects, `chung-lu` the sparse graph
with theory on its capped degrees. Frozen and silent points are named, not forced.
"""

from __future__ import annotations

import argparse
import sys
import time

import numpy as np

from pyscales import Lognormal, Model, Simulation, simulate, solve_dmft
from pyscales.theory.memory_solver import half_width

BINS = (0.0, 0.25, 0.5, 0.75, 0.9, 1.0)


def numbers(text: str) -> list[float]:
    """Numbers from 'a,b,c'."""
    return [float(v) for v in text.split(",")]


def size_biased(found, name):
    """E[u y] per network from the means of single neurons, trials averaged."""
    k = found["degree"].values
    u = k / k.mean(axis=1, keepdims=True)
    return (u[:, None] * found[name].values).mean(axis=(1, 2))


def rows(model: Model, simulation: Simulation, options: argparse.Namespace):
    """(quantity, theory, its error, simulation, its error) of one point."""
    theory = solve_dmft(
        model.with_(theory_degrees="capped" if model.kind == "chung-lu" else "finite"),
        n_seeds=options.seeds,
        trajectories=options.trajectories,
        n_degrees=5,
        seed=1,
    )
    found = simulate(model, simulation, seed=options.seed)
    label = f"theory {theory.attrs['phase']}, network {found.attrs['phase']}"
    s = theory.scalars

    def add(name, value, error, per_network):
        m = per_network.size
        sd = float(per_network.std(ddof=1) / np.sqrt(m)) if m > 1 else float("nan")
        out.append((name, value, error, float(per_network.mean()), sd))

    out: list[tuple[str, float, float, float, float]] = []
    add(
        "variance_x",
        s["variance_x"],
        s.get("variance_x_error", 0.0),
        found["variance_x"].values.mean(axis=1),
    )
    add(
        "C(0)",
        s["variance_phi"],
        s.get("variance_phi_error", 0.0),
        size_biased(found, "mean_square_phi"),
    )
    if theory.attrs["phase"] == "chaotic":
        lag = found["lag"].values
        c = found["autocorrelation_x_population"].values.mean(axis=1)
        add(
            "half width of x",
            s["timescale_hwhm"],
            s["timescale_hwhm_error"],
            np.array([half_width(lag, v) for v in c]),
        )
        # Single neurons: those of the lowest and the highest tenth of the degrees.
        per = found["autocorrelation_x"].values
        kept = found["kept_neuron"].values
        u = found["degree"].values[0][kept] / found["degree"].values[0].mean()
        for i in (0, -1):
            near = np.abs(np.log(u / theory.relative_degree[i])) < 0.08
            if near.sum() < 3:
                continue
            each = np.array([half_width(lag, v[near].mean(axis=0)) for v in per])
            add(
                f"half width of x, u = {theory.relative_degree[i]:.2f}",
                float(theory.of_degree["timescale_hwhm_of_degree"][i]),
                float(theory.of_degree["timescale_hwhm_of_degree_error"][i]),
                each,
            )
            power = found["mean_square_x"].values[..., kept][..., near].mean(axis=(1, 2))
            add(
                f"<x^2>, u = {theory.relative_degree[i]:.2f}",
                float(theory.of_degree["variance_x_of_degree"][i]),
                float(theory.of_degree["variance_x_of_degree_error"][i]),
                power,
            )
    return label, out


def main() -> None:
    """The table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kind", choices=("dense", "chung-lu"), default="dense")
    parser.add_argument("--n", type=int, default=4000)
    parser.add_argument("--mean-degree", type=float, default=100.0)
    parser.add_argument("--networks", type=int, default=4)
    parser.add_argument("--trials", type=int, default=2)
    parser.add_argument("--duration", type=float, default=400.0)
    parser.add_argument("--transient", type=float, default=150.0)
    parser.add_argument("--max-lag", type=float, default=100.0)
    parser.add_argument("--gains", type=numbers, default=[1.2, 1.5, 2.0])
    parser.add_argument("--sigmas", type=numbers, default=[0.0, 0.5, 0.8])
    parser.add_argument("--symmetries", type=numbers, default=[-0.5, 0.25, 0.5])
    parser.add_argument("--seeds", type=int, default=4, help="Theory: independent solutions.")
    parser.add_argument("--trajectories", type=int, default=700)
    parser.add_argument("--seed", type=int, default=11, help="Networks.")
    options = parser.parse_args()
    simulation = Simulation(
        n_networks=options.networks,
        n_trials=options.trials,
        transient=options.transient,
        duration=options.duration,
        max_lag=options.max_lag,
        max_autocorrelation_neurons=2000,
        rtol=1e-3,
        workers=1,
    )
    print(f"{options.kind}, N = {options.n}, {options.networks} networks")
    print("| gain, sigma, symmetry | quantity | theory | s.e. | network | s.e. | % | z |")
    print("|---" * 8 + "|")
    for symmetry in options.symmetries:
        for sigma in options.sigmas:
            for gain in options.gains:
                start = time.perf_counter()
                model = Model(
                    Lognormal(options.mean_degree, sigma),
                    gain,
                    symmetry,
                    n=options.n,
                    kind=options.kind,
                )
                label, table = rows(model, simulation, options)
                point = f"{gain:g}, {sigma:g}, {symmetry:g}"
                print(f"| {point} | {label} | | | | | | |")
                for name, theory, error, mean, sd in table:
                    z = (mean - theory) / np.hypot(error, sd)
                    percent = 100 * (mean / theory - 1) if theory else float("nan")
                    print(
                        f"| {point} | {name} | {theory:.4f} | {error:.4f} | {mean:.4f} | {sd:.4f} "
                        f"| {percent:+.1f} | {z:+.1f} |",
                        flush=True,
                    )
                print(f"{point}: {time.perf_counter() - start:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
