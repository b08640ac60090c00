"""Units with coloured noise against networks, degree class by degree class.

Run with ``python benchmarks/ucna_network.py``. Dense surrogate, C and chi of its mean field.
Three references: the exact density of the unit with Ornstein-Uhlenbeck noise, walkers with the
true C as noise, and the neurons of networks. From one to the next: the form of the noise, then
memory and finite size. Standard errors in brackets (20 groups of walkers; over networks).
"""

from __future__ import annotations

import argparse

import numpy as np

from pyscales import Lognormal, Model, Sampling, Simulation, ucna_against_network, ucna_of_model
from pyscales.analysis.degree_units import mean_field_curves

CLASSES = np.array([0.3, 0.7, 1.2, 2.0, 3.0])


def main() -> None:
    """One line per symmetry and degree class."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=2000)
    parser.add_argument("--networks", type=int, default=8)
    parser.add_argument("--gain", type=float, default=2.0)
    parser.add_argument("--symmetries", type=float, nargs="+", default=[0.0, 0.25])
    options = parser.parse_args()
    simulation = Simulation(
        n_networks=options.networks,
        n_trials=2,
        transient=100.0,
        duration=400.0,
        max_lag=0.0,
        rtol=1e-3,
        workers=1,
    )
    print(
        "| symmetry | k/<k> | s | D | tau | <x^2> UCNA | exact | walkers | network "
        "| L1 UCNA to exact | to walkers | to network | L1 exact to network |\n" + "|---" * 13 + "|"
    )
    for symmetry in options.symmetries:
        model = Model(Lognormal(100.0, 0.5), options.gain, symmetry, n=options.n, kind="dense")
        curves = mean_field_curves(model, seed=1)
        walkers = ucna_of_model(
            model, relative_degree=CLASSES, curves=curves, sampling=Sampling(400, 400.0, 1)
        )
        network = ucna_against_network(
            model,
            relative_degree=CLASSES,
            curves=curves,
            simulation=simulation,
            neurons_per_class=30,
            seed=1,
        )
        for i, u in enumerate(CLASSES):
            a, b = walkers.isel(point=i), network.isel(point=i)

            def value(dataset: object, name: str, form: str = "") -> float:
                found = dataset[name]  # type: ignore[index]
                if form:
                    dim = "reference_form" if "reference_form" in found.dims else "form"
                    found = found.sel({dim: form})
                return float(found)

            variances = [
                f"{value(d, 'variance_x_sampled'):.3f} ({value(d, 'variance_x_sampled_error'):.3f})"
                for d in (a, b)
            ]
            l1 = [
                f"{value(d, 'l1_sampled', f):.3f} ({value(d, 'l1_sampled_error', f):.3f})"
                for d, f in ((a, "ucna"), (b, "ucna"), (b, "exact"))
            ]
            print(
                f"| {symmetry:g} | {u:g} | {value(a, 'self_coupling'):.3f} "
                f"| {value(a, 'noise_strength'):.1f} | {value(a, 'noise_time'):.2f} "
                f"| {value(a, 'variance_x_form', 'ucna'):.3f} "
                f"| {value(a, 'variance_x_exact'):.3f} | {variances[0]} | {variances[1]} "
                f"| {value(a, 'l1', 'ucna'):.3f} | {l1[0]} | {l1[1]} | {l1[2]} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
