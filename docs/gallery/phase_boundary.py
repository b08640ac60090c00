"""Phases of the mean-field theory over gain and heterogeneity, refined along their boundary."""

from __future__ import annotations

import tempfile

import gallery
import numpy as np

import pyscales as ps
from pyscales.figures.style import BLUE, INK, ORANGE, new_figure, styled


@styled
def main() -> None:
    folder, tiny = gallery.options(__doc__ or "")
    count = 4 if tiny else 7
    plan = ps.make_plan(
        {
            "run": {"jobs": ["dmft"]},
            "dmft": {"n_lags": 2},
            "sweep": {
                "over": {
                    "model.gain": {"start": 0.4, "stop": 1.6, "count": count},
                    "degrees.sigma": {"start": 0.0, "stop": 1.2, "count": count},
                },
                "refine": {"quantity": "dmft_phase", "levels": 1 if tiny else 3},
            },
        }
    )
    with tempfile.TemporaryDirectory() as scratch:
        ps.run_sweep(plan, scratch)
        merged = ps.merge_sweep(scratch)
    figure = new_figure(width=5.2, height=3.6)
    ax = figure.subplots()
    active = merged["dmft_phase"].values != "silent"
    for mask, colour, label in ((active, ORANGE, "active"), (~active, BLUE, "silent")):
        ax.scatter(merged["gain"][mask], merged["sigma"][mask], s=9, color=colour, label=label)
    sigma = np.linspace(0, 1.2, 200)
    ax.plot(np.exp(-(sigma**2) / 2), sigma, color=INK, label="exp(-σ²/2)")
    ax.set(xlabel="gain g", ylabel="heterogeneity σ (sd of ln k)")
    figure.legend(loc="outside upper left", ncols=3)
    gallery.write(figure, folder, "phase_boundary")


if __name__ == "__main__":
    main()
