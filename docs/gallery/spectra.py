"""Eigenvalues of the Jacobian at x = 0 and the boundary of the bulk, for three symmetries."""

from __future__ import annotations

import gallery

import pyscales as ps
from pyscales.figures.style import BLUE, MUTED, ORANGE, letter, new_figure, styled


@styled
def main() -> None:
    folder, tiny = gallery.options(__doc__ or "")
    n, degree = (150, 16.0) if tiny else (800, 80.0)
    figure = new_figure(height=3.0)
    axes = figure.subplots(1, 3, sharey=True)
    for ax, symmetry, mark in zip(axes, (-0.5, 0.0, 0.5), "abc", strict=True):
        model = ps.Model(ps.Lognormal(degree, 0.5), 1.0, symmetry, n=n)
        found = ps.spectrum(model, seed=1, method="dense")
        ax.scatter(found["eigenvalue_real"], found["eigenvalue_imag"], s=2, color=BLUE)
        x, y = found["boundary_real"].values, found["boundary_imag"].values
        for across in (x, -2 - x):
            for up in (y, -y):
                ax.plot(across, up, color=ORANGE)
        ax.axvline(0.0, color=MUTED, linestyle="--", linewidth=0.8)
        ax.set_aspect("equal")
        ax.set_xlabel("real part")
        letter(ax, mark, f"symmetry {symmetry:g}")
    axes[0].set_ylabel("imaginary part")
    gallery.write(figure, folder, "spectra")


if __name__ == "__main__":
    main()
