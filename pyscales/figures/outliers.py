"""Hub outliers against network size, and the Jacobian of a network in motion."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pyscales.figures.drawing import Drawing
from pyscales.figures.numbers import plain
from pyscales.figures.spectrum import draw_plane
from pyscales.figures.style import (
    BLUE,
    INK,
    MUTED,
    ORANGE,
    empty,
    letter,
    log_ticks_for,
    new_figure,
    plain_log,
    styled,
)

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

    from pyscales.study import Study

FloatArray = NDArray[np.float64]


@styled
def draw_outliers(study: Study) -> Drawing:
    """Rightmost eigenvalue and critical gain against N; eigenvalues along a trajectory."""
    figure = new_figure(height=2.9)
    left, middle, right = figure.subplots(1, 3, width_ratios=(1.0, 1.0, 1.15))
    piece = study.pieces.get("hub_outliers")
    if piece is None:
        for ax in (left, middle):
            empty(ax, "the largest degree exceeds every size of this panel")
    else:
        panel_growth(left, piece)
        panel_critical_gain(middle, piece)
        for ax in (left, middle):
            sizes = piece["n_neurons"].values
            if sizes.max() > 10 * sizes.min():
                plain_log(ax.xaxis, (1.0,))
            else:
                log_ticks_for(ax.xaxis, float(sizes.min()), float(sizes.max()))
    for ax in (left, middle):
        ax.set_xlabel("neurons N")
    left.set_ylabel("rightmost eigenvalue of W at gain 1")
    middle.set_ylabel("critical gain")
    letter(left, "a", "hub outlier")
    letter(middle, "b", "instability")
    state = study.pieces["spectrum_state"]
    points = draw_plane(right, state)
    bar = figure.colorbar(points, ax=right, shrink=0.85, pad=0.02, extend="both")
    bar.set_label(r"$f_k/\langle k\rangle$")
    letter(right, "c", "in the chaotic state")
    return Drawing(
        "outliers",
        "Hub outliers and the Jacobian of an active network",
        _caption(study, piece, state),
        _alt(study, piece),
        figure,
    )


def panel_growth(ax: Axes, piece: xr.Dataset) -> None:
    """Theory lines and sampled networks."""
    n = piece["n_neurons"].values
    ax.plot(n, piece["static_edge"], color=MUTED, linestyle=":", label="all hubs in the bulk")
    ax.plot(n, piece["bulk_edge"], color=INK, linestyle="--", label="bulk without hubs")
    pole, spread = piece["hub_pole"].values, piece["hub_spread"].values
    ax.plot(n, pole, color=ORANGE, label="hub pole ± sd")
    ax.fill_between(n, pole - spread, pole + spread, color=ORANGE, alpha=0.2, linewidth=0)
    _sampled(ax, n, piece["rightmost_eigenvalue"].values)
    low, high = ax.get_ylim()
    ax.set_ylim(low, high + 0.55 * (high - low))
    ax.legend(loc="upper left", borderaxespad=0.2, fontsize=7)


def panel_critical_gain(ax: Axes, piece: xr.Dataset) -> None:
    """Critical gain of theory and of the sampled networks."""
    n = piece["n_neurons"].values
    ax.plot(n, piece["critical_gain"], color=ORANGE, label="theory")
    _sampled(ax, n, piece["critical_gain_network"].values)
    ax.legend(loc="upper right", borderaxespad=0.2, fontsize=7)


def _sampled(ax: Axes, n: FloatArray, values: FloatArray) -> None:
    ax.plot(
        np.repeat(n, values.shape[1]),
        values.ravel(),
        "o",
        color=BLUE,
        markersize=3.5,
        label="networks",
    )


def _caption(study: Study, piece: xr.Dataset | None, state: xr.Dataset) -> str:
    words = ""
    if piece is not None:
        value = piece["rightmost_eigenvalue"].values
        on_hub = float((piece["dominant_rank"].values == 0).mean())
        words = (
            f"(a, b) At symmetry {study.preset.outlier_symmetry:g} the largest hub of a finite "
            "network carries an eigenvalue of its own once its pole (line, with the standard "
            "deviation over networks where the mode is isolated) leaves the bulk of the other "
            f"neurons (dashed). Sampled networks: {plain(float(value[0].mean()))} at "
            f"N = {int(piece['n_neurons'][0])} and {plain(float(value[-1].mean()))} at "
            f"N = {int(piece['n_neurons'][-1])}; the eigenvector peaks on the largest hub in "
            f"{100 * on_hub:.0f} % of them. "
        )
        if not study.model.degrees.bounded:
            words += "As the largest degree grows, the critical gain falls without limit. "
        if not piece.attrs.get("converged", 1):
            words += f"The eigenvalue solver reports: {piece.attrs['message']}. "
    return words + (
        "(c) Eigenvalues of −1 + W φ'(x) at one state of a chaotic trajectory at symmetry 0, gain "
        f"{plain(study.preset.timescale_ratio)} times critical, coloured by degree localisation. "
        "Line: boundary of theory with the law of u φ'(x), radius "
        f"{plain(float(state['spectral_radius']))}; contours hold 25, 50 and 75 % of the "
        f"eigenvalues in theory. Rightmost {plain(float(state.attrs['rightmost']))}, theory "
        f"{plain(float(state['rightmost_theory']))}."
    )


def _alt(study: Study, piece: xr.Dataset | None) -> str:
    text = "Three panels. "
    if piece is not None:
        first, last = (float(piece["critical_gain"][i]) for i in (0, -1))
        text += (
            "Left: the rightmost eigenvalue grows with network size along the hub pole of theory. "
            f"Middle: the critical gain falls from {plain(first)} to {plain(last)}. "
        )
    return text + "Right: eigenvalues of the Jacobian in a chaotic state with a circular boundary."
