"""Theory against simulated networks at symmetry 0: a table, and its scaling with size and degree.

Run with ``python benchmarks/theory_vs_simulation.py``. Every entry is the mean over networks with
its standard error; z is the difference in standard errors. Theory uses the expected
degrees of the graph, the probability cap included.
"""

from __future__ import annotations

import argparse
import sys
import time

import numpy as np

from pyscales import Lognormal, Model, Simulation, dmft, simulate
from pyscales.analysis.critical_gain import critical_gain_of_law
from pyscales.simulation import estimate_over_networks

RHO = (0.5, 0.25)


def row(model: Model, simulation: Simulation, seed: int) -> dict[str, tuple[float, float, float]]:
    """Theory, simulation and standard error of the variance, two correlations, the half width."""
    theory = dmft(model.with_(theory_degrees="capped"))
    found = simulate(model, simulation, seed=seed)
    out = {}
    variance = estimate_over_networks(found["variance_x"].values)
    out["variance"] = (float(theory["variance_x"]), variance.mean, variance.error)
    lag = found["lag"].values
    c = found["autocorrelation_x_population"].values
    level = np.interp(lag, theory["lag"], theory["autocorrelation_x"] / theory["d0"])
    for rho in RHO:
        i = int(np.argmax(level <= rho))
        share = estimate_over_networks(c[..., i] / c[..., 0])
        out[f"rho({lag[i]:g})"] = (float(level[i]), share.mean, share.error)
    widths = np.array([[half_width(lag, network.mean(axis=0))] for network in c])
    width = estimate_over_networks(widths)
    out["half width"] = (float(theory["timescale_hwhm"]), width.mean, width.error)
    return out


def half_width(lag: np.ndarray, c: np.ndarray) -> float:
    """First lag at which c has fallen to half, linear between samples."""
    below = np.nonzero(c <= 0.5 * c[0])[0]
    if below.size == 0:
        return float("nan")
    i = int(below[0])
    return float(np.interp(0.5 * c[0], c[[i, i - 1]], lag[[i, i - 1]]))


def show(label: str, out: dict[str, tuple[float, float, float]]) -> None:
    """One table line per quantity."""
    for name, (theory, mean, error) in out.items():
        print(
            f"| {label} | {name} | {theory:.4f} | {mean:.4f} | {error:.4f} "
            f"| {100 * (mean / theory - 1):+.1f} | {(mean - theory) / error:+.1f} |",
            flush=True,
        )


def control(networks: int) -> None:
    """Excess of the half width of x at gain 3: undirected graphs, directed ones, no graph at all.

    Reciprocal pairs give neuron i a random feedback sum_j J_ij J_ji, of mean 0 at symmetry 0 and
    variance proportional to 1/<k>; a directed graph and the dense surrogate have none.
    """
    simulation = Simulation(
        n_networks=networks,
        n_trials=4,
        transient=50.0,
        duration=250.0,
        max_lag=25.0,
        max_autocorrelation_neurons=4000,
        sample_interval=0.25,
        rtol=1e-3,
    )
    print("\n| network (gain 3, sigma 0.5) | half width, theory | simulation | s.e. ", end="")
    print("| excess % | s.e. | excess x mean degree |\n" + "|---" * 7 + "|")
    cases = [("undirected", 4000, k) for k in (25.0, 50.0, 100.0, 200.0)]
    cases += [("undirected", n, 50.0) for n in (2000, 8000)]
    cases += [("directed", 4000, k) for k in (25.0, 50.0, 100.0)] + [("dense", 4000, 100.0)]
    for kind, n, k in cases:
        model = Model(
            Lognormal(k, 0.5),
            3.0,
            n=n,
            kind="dense" if kind == "dense" else "chung-lu",
            directed=kind == "directed",
        )
        theory, mean, error = row(model, simulation, seed=14)["half width"]
        excess, spread = 100 * (mean / theory - 1), 100 * error / theory
        label = f"{kind}, N = {n}" + ("" if kind == "dense" else f", mean degree {k:g}")
        print(
            f"| {label} | {theory:.4f} | {mean:.4f} | {error:.4f} | {excess:+.2f} | {spread:.2f} "
            f"| {'' if kind == 'dense' else f'{excess * k / 100:+.2f}'} |",
            flush=True,
        )


def main() -> None:
    """The table over gains and sigmas, then the scalings."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--part", choices=("table", "size", "degree", "control", "all"), default="all"
    )
    parser.add_argument("--networks", type=int, default=4)
    parser.add_argument("--n", type=int, default=5000)
    parser.add_argument("--mean-degree", type=float, default=200.0)
    options = parser.parse_args()
    simulation = Simulation(
        n_networks=options.networks,
        n_trials=4,
        transient=100.0,
        duration=300.0,
        max_lag=60.0,
        max_autocorrelation_neurons=1000,
        rtol=1e-3,
    )
    start = time.perf_counter()
    head = "| quantity | theory | simulation | s.e. | difference % | z |\n" + "|---" * 7 + "|"
    if options.part in ("table", "all"):
        print("| gain, sigma " + head)
        for sigma in (0.0, 0.5, 0.8):
            law = Lognormal(options.mean_degree, sigma)
            for gain in (1.5, 2.0, 3.0):
                model = Model(law, gain, n=options.n)
                show(f"{gain}, {sigma}", row(model, simulation, seed=11))
    law = Lognormal(100.0, 0.5)
    gain = 1.7 * critical_gain_of_law(law, 0.0).critical_gain
    if options.part in ("size", "all"):
        print("\n| N (mean degree 100) " + head)
        for n in (1000, 2000, 4000, 8000):
            show(f"{n}", row(Model(law, gain, n=n), simulation, seed=12))
    if options.part in ("degree", "all"):
        print("\n| mean degree (N = 4000) " + head)
        for k in (20.0, 40.0, 80.0, 160.0):
            show(f"{k:g}", row(Model(Lognormal(k, 0.5), gain, n=4000), simulation, seed=13))
    if options.part in ("control", "all"):
        control(options.networks)
    print(f"\n{time.perf_counter() - start:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
