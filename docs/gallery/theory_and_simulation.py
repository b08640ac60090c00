"""Autocorrelation of x: mean-field theory and simulated networks at symmetry 0."""

from __future__ import annotations

import gallery
import numpy as np

import pyscales as ps
from pyscales.figures.style import new_figure, sequence, styled


@styled
def main() -> None:
    folder, tiny = gallery.options(__doc__ or "")
    n, degree, count = (200, 16.0, 2) if tiny else (2000, 100.0, 4)
    settings = ps.Simulation(
        n_networks=count,
        n_trials=1,
        transient=20.0 if tiny else 60.0,
        duration=60.0 if tiny else 150.0,
        max_lag=20.0,
        rtol=1e-3,
    )
    figure = new_figure(width=5.2, height=3.4)
    ax = figure.subplots()
    gains = (2.0, 3.0)
    for gain, colour in zip(gains, sequence(len(gains)), strict=True):
        model = ps.Model(ps.Lognormal(degree, 0.5), gain, n=n)
        theory = ps.dmft(model, max_lag=20.0)
        found = ps.simulate(model, settings, seed=1)["autocorrelation_x_population"]
        each = found.mean("trial").values
        mean, error = each.mean(axis=0), each.std(axis=0, ddof=1) / np.sqrt(count)
        ax.plot(theory["lag"], theory["autocorrelation_x"], color=colour, label=f"g = {gain:g}")
        ax.errorbar(found["lag"][::4], mean[::4], error[::4], fmt="o", color=colour)
    ax.set(xlabel="lag (membrane time constants)", ylabel="autocorrelation of x", ylim=(0, None))
    ax.legend(title="line: theory, markers: networks")
    gallery.write(figure, folder, "theory_and_simulation")


if __name__ == "__main__":
    main()
