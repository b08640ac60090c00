"""Half width of x against degree: flat at symmetry 0, rising with reciprocal correlation."""

from __future__ import annotations

import gallery
import numpy as np

import pyscales as ps
from pyscales.figures.style import BLUE, ORANGE, log_ticks_for, new_figure, styled


@styled
def main() -> None:
    folder, tiny = gallery.options(__doc__ or "")
    n, degree = (200, 16.0) if tiny else (1500, 100.0)
    settings = ps.Simulation(
        n_trials=2 if tiny else 4,
        transient=20.0 if tiny else 80.0,
        duration=80.0 if tiny else 250.0,
        max_lag=30.0 if tiny else 60.0,
        rtol=1e-3,
    )
    figure = new_figure(width=5.2, height=3.4)
    ax = figure.subplots()
    for symmetry, colour in ((0.0, BLUE), (0.25, ORANGE)):
        model = ps.Model(ps.Lognormal(degree, 0.5), 1.9, symmetry, n=n)
        found = ps.network_timescales(ps.simulate(model, settings, seed=1), methods=("hwhm",))
        result = ps.timescale_by_degree(found, "timescale_hwhm", seed=1)
        bins, slope = result["bins"], result["correlation"]
        middle = np.asarray(bins["median"])
        low, high = np.asarray(bins["median_low"]), np.asarray(bins["median_high"])
        ax.errorbar(
            bins["degree"],
            middle,
            [middle - low, high - middle],
            fmt="o",
            color=colour,
            label=f"symmetry {symmetry:g}: slope {slope['slope']:+.2f} "
            f"[{slope['slope_low']:+.2f}, {slope['slope_high']:+.2f}]",
        )
    log_ticks_for(ax.xaxis, 30.0, 250.0)
    log_ticks_for(ax.yaxis, 4.0, 15.0)
    ax.set(xlabel="degree (partners)", ylabel="half width of x\n(membrane time constants)")
    figure.legend(loc="outside upper left")
    gallery.write(figure, folder, "timescale_against_degree")


if __name__ == "__main__":
    main()
