"""Public wiring diagrams and recordings: reference numbers, a null result, the model on the graph.

Run with ``python benchmarks/public_wiring.py FOLDER``, FOLDER holding salova2024_mouse_microns,
cook2019_celegans and atanas2023_one_worm (sources: Salova & Kovacs 2025, Netw. Neurosci. 9:181;
Cook et al. 2019, Nature 571:63; Atanas, Kim et al. 2023, Cell). --seconds sets the length of the
simulated recordings.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from pyscales.connectome.containers import Connectome
from pyscales.connectome.degree_fits import fit_degrees
from pyscales.connectome.model_on_wiring import WiringRun, reciprocated, run_on_wiring
from pyscales.connectome.readers import read_edge_list
from pyscales.connectome.readers.activity import read_traces
from pyscales.connectome.reciprocity import reciprocity
from pyscales.connectome.statistics import partial_spearman
from pyscales.connectome.theory_on_wiring import memory_theory_of_wiring, theory_of_wiring
from pyscales.connectome.wiring import DIRECTIONS, summarise_degrees, wiring_degrees
from pyscales.timescales import EstimatorSettings, trace_timescales

RATIO = 3.0


def read_mouse(folder: Path) -> Connectome:
    """MICrONS graph of Salova and Kovacs with soma positions."""
    path = folder / "salova2024_mouse_microns"
    return read_edge_list(
        path / "mouse_directed_connectome.csv", nodes=path / "mouse_extended_neuron_info.csv"
    )


def read_worm(folder: Path) -> Connectome:
    """Chemical synapses among cells that have outputs: the neurons."""
    path = folder / "cook2019_celegans" / "cook2019_herm_full_edgelist.csv"
    every = read_edge_list(path, types=("chemical",))
    return every.subgraph(wiring_degrees(every, "out") > 0)


def wiring_table(graphs: dict[str, Connectome]) -> None:
    """Reciprocity, nulls, symmetry, spread of degrees."""
    print(
        "\n| network | N | E | <k> | r | r/equal | r/degree | r/degree+distance | w rec / one-way "
        "| corr ln w | symmetry | CV in / out | sd ln k in / out / total |"
    )
    print("|" + "---|" * 13)
    for name, graph in graphs.items():
        r = reciprocity(graph)
        rows = {d: summarise_degrees(wiring_degrees(graph, d)) for d in DIRECTIONS}
        ratios = [f"{n.ratio:.3g}" for n in r.nulls] + ["-"] * (3 - len(r.nulls))
        spread = " / ".join(f"{rows[d].sd_log:.2f}" for d in DIRECTIONS)
        print(
            f"| {name} | {r.n} | {r.n_edges} | {r.mean_degree:.2f} "
            f"| {r.reciprocity:.4f}({1e4 * r.reciprocity_error:.0f}) | {' | '.join(ratios)} "
            f"| {r.weight_reciprocal:.3f} / {r.weight_one_way:.3f} "
            f"| {r.log_weight_correlation:.3f} | {r.symmetry:.4f}({1e4 * r.symmetry_error:.0f}) "
            f"| {rows['in'].cv:.2f} / {rows['out'].cv:.2f} | {spread} |"
        )
    print("\n| network | degree | families by AIC (difference) | chi-square p of the best |")
    print("|---|---|---|---|")
    for name, graph in graphs.items():
        for direction in DIRECTIONS:
            fits = fit_degrees(wiring_degrees(graph, direction))
            words = ", ".join(f"{f.family} {f.delta_aic:.0f}" for f in fits)
            print(f"| {name} | {direction} | {words} | {fits[0].chi2_p:.1g} |")


def worm_table(folder: Path, worm: Connectome) -> None:
    """Timescale of identified neurons against their degree: a null result."""
    traces = read_traces(folder / "atanas2023_one_worm" / "worm_labelled_traces.npz")
    index = pd.Index(worm.nodes["node"]).get_indexer(traces.units["name"])
    print("\n| estimator | degree | n | Spearman | 95 % | p |\n|---|---|---|---|---|---|")
    for method in ("hwhm", "fit"):
        settings = EstimatorSettings(methods=(method,), max_lag=120.0)
        found = trace_timescales(traces.data, traces.fs, settings)[method]
        tau = np.where((index >= 0) & found.usable, found.value, np.nan)
        for direction in DIRECTIONS:
            k = np.where(index >= 0, wiring_degrees(worm, direction)[index], np.nan)
            r = partial_spearman(tau, k)
            print(
                f"| {method} | {direction} | {r.n} | {r.rho:+.3f} | [{r.low:+.2f}, {r.high:+.2f}] "
                f"| {r.p_value:.2f} |"
            )


def model_table(mouse: Connectome, seconds: float) -> None:
    """The model on the mouse graph: couplings as measured, symmetric, on a reciprocated graph."""
    print(f"\n{seconds:g} s, membrane 0.3 s, gain {RATIO:g} times critical\n")
    print(
        "| couplings | symmetry in all | gain | variance | phase | 1/e time of x: 10, 50, 90 % (s) "
        "| Spearman with in-degree | observed: 10, 50, 90 % (s) | Spearman with in-degree |"
    )
    print("|" + "---|" * 9)
    measured = reciprocity(mouse, distance=False).log_weight_correlation
    base = WiringRun(gain_ratio=RATIO, seconds=seconds)
    cases = {
        "independent": replace(base, symmetry=0.0),
        f"pairs as measured ({measured:.3f})": replace(base, symmetry=measured),
        "pairs at 0.5": replace(base, symmetry=0.5),
        "pairs symmetric": replace(base, symmetry=1.0),
        "pairs symmetric, scaled by synapses": replace(base, symmetry=1.0, rule="sqrt_synapses"),
        "every edge reciprocated, pairs at 0.25": replace(base, symmetry=0.25, reciprocate=True),
    }
    for name, settings in cases.items():
        start = time.perf_counter()
        r = run_on_wiring(mouse, settings, seed=1, n_permutations=200)
        cells = [name, f"{r.effective_symmetry:.3f}", f"{r.gain:.3f}", f"{r.temporal_variance:.3f}"]
        cells.append(r.phase)
        for scales, rho in (
            (r.direct, r.direct_correlation),
            (r.observed, r.observed_correlation),
        ):
            assert scales is not None
            assert rho is not None
            value = scales.value[scales.usable]
            cells.append(", ".join(f"{q:.2f}" for q in np.quantile(value, [0.1, 0.5, 0.9])))
            cells.append(f"{rho.rho:+.3f} [{rho.low:+.3f}, {rho.high:+.3f}] (n = {rho.n})")
        print("| " + " | ".join(cells) + f" | {time.perf_counter() - start:.0f} s", flush=True)
        if settings.symmetry == 0:
            theory = theory_of_wiring(mouse, r.gain)
            print(
                f"| theory, symmetry 0 | 0 | {r.gain:.3f} | {theory['variance_x']:.3f} | chaotic "
                f"| {0.3 * theory['timescale_efold']:.2f} at every degree | 0 | | |"
            )
        elif (settings.symmetry == 1.0 and settings.rule == "equal") or settings.reciprocate:
            graph = reciprocated(mouse) if settings.reciprocate else mouse
            degree = wiring_degrees(graph, "in")
            u = np.quantile(degree[degree > 0], [0.1, 0.5, 0.9]) / degree.mean()
            found = memory_theory_of_wiring(graph, r.gain, r.effective_symmetry, u)
            scales = [
                f"{settings.membrane * t:.2f}({100 * settings.membrane * e:.0f})"
                for t, e in zip(found.timescale_efold, found.timescale_efold_error, strict=True)
            ]
            print(
                f"| theory, in-degree at 10, 50, 90 % | {r.effective_symmetry:.3f} "
                f"| {r.gain:.3f} | | {found.phase} | {', '.join(scales)} | | | |"
            )


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seconds", type=float, default=300.0)
    options = parser.parse_args()
    mouse, worm = read_mouse(options.folder), read_worm(options.folder)
    wiring_table({"mouse, MICrONS": mouse, "worm, chemical": worm})
    worm_table(options.folder, worm)
    model_table(mouse, options.seconds)


if __name__ == "__main__":
    main()
