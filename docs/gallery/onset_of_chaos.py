"""Largest Lyapunov exponent of networks and of the mean-field theory against gain."""

from __future__ import annotations

import gallery
import numpy as np

import pyscales as ps
from pyscales.figures.lyapunov import draw_lyapunov


def main() -> None:
    folder, tiny = gallery.options(__doc__ or "")
    n, degree = (100, 16.0) if tiny else (500, 50.0)
    settings = ps.LyapunovSettings(
        n_networks=2 if tiny else 3,
        transient=20.0 if tiny else 60.0,
        duration=40.0 if tiny else 150.0,
    )
    model = ps.Model(ps.Lognormal(degree, 0.5), 1.0, n=n)
    gains = np.linspace(0.6, 1.8, 3 if tiny else 7)
    found = ps.lyapunov(model, settings, gains=gains, seed=1)
    gallery.write(draw_lyapunov(found).figure, folder, "onset_of_chaos")


if __name__ == "__main__":
    main()
