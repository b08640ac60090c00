"""One unit with coloured noise: exact density, UCNA, sampled walkers."""

from __future__ import annotations

import gallery
import numpy as np

import pyscales as ps
from pyscales.figures.ucna import draw_ucna


def main() -> None:
    folder, tiny = gallery.options(__doc__ or "")
    sampling = ps.Sampling(n_walkers=40, duration=20.0) if tiny else ps.Sampling()
    couplings = np.array([0.5, 1.2, 2.0])
    found = ps.ucna(couplings, 1.0, np.array([1.0, 0.5, 0.8]), sampling=sampling)
    gallery.write(draw_ucna(found).figure, folder, "coloured_noise")


if __name__ == "__main__":
    main()
