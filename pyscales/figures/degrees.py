"""Degree law, degrees of one sampled network, and its adjacency in blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pyscales.figures.drawing import Drawing
from pyscales.figures.numbers import percent, plain
from pyscales.figures.reading import law_label
from pyscales.figures.style import BLUE, INK, MAP, ORANGE, letter, log_ticks_for, new_figure, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from pyscales.study import Study

FloatArray = NDArray[np.float64]


@styled
def draw_degrees(study: Study) -> Drawing:
    """Degree distribution beside the adjacency sorted by degree."""
    figure = new_figure(height=3.3)
    left, right = figure.subplots(1, 2, width_ratios=(1.15, 1.0))
    panel_law(left, study)
    letter(left, "a", "Degrees")
    panel_adjacency(right, study)
    letter(right, "b", "Adjacency, sorted by degree")
    return Drawing("degrees", "Degrees of the network", _caption(study), _alt(study), figure)


def panel_law(ax: Axes, study: Study) -> None:
    """Law as a line, expected degrees as a filled histogram, realised degrees as markers."""
    piece = study.pieces["degrees"]
    expected, realised = piece["degree"].values, piece["realised_degree"].values
    edges = _edges(np.concatenate([expected, realised]))
    ax.stairs(_density(expected, edges), edges, fill=True, color="#cfd8dc", label="expected")
    density = _density(realised, edges)
    centre = np.sqrt(edges[1:] * edges[:-1])
    error = np.sqrt(density / (realised.size * np.diff(edges)))
    seen = density > 0
    ax.errorbar(
        centre[seen],
        density[seen],
        np.minimum(error, 0.95 * density)[seen],
        fmt="o",
        color=ORANGE,
        markersize=3.5,
        linewidth=0.9,
        label="in the sampled network",
    )
    floor = 0.4 * density[seen].min()
    top = density.max()
    if "law_density" in piece:
        law = piece["law_density"].values
        ax.plot(piece["law_degree"].values, law, color=BLUE, label=f"law ({law_label(study)})")
        top = max(top, law.max())
    log_ticks_for(ax.xaxis, edges[0], edges[-1])
    ax.set_yscale("log")
    ax.set_xlim(0.85 * edges[0], 1.15 * edges[-1])
    ax.set_ylim(floor, 14 * top)
    ax.set_xlabel("degree k (partners)")
    ax.set_ylabel("probability density (1 / partner)")
    ax.legend(loc="upper left", borderaxespad=0.2)


def panel_adjacency(ax: Axes, study: Study) -> None:
    """Share of connected pairs between blocks of neurons of similar degree."""
    import matplotlib
    from matplotlib.colors import LogNorm
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    piece = study.pieces["degrees"]
    density = _coarse(piece["edge_density"].values)
    positive = density[density > 0]
    n = piece.sizes["neuron"]
    colours = matplotlib.colormaps[MAP].with_extremes(bad="white")
    low = positive.min() if positive.size else 0.1
    high = max(positive.max(), 1.01 * low) if positive.size else 1.0
    image = ax.imshow(
        np.ma.masked_equal(density, 0.0),
        norm=LogNorm(low, high),
        cmap=colours,
        extent=(0, n, n, 0),
        interpolation="nearest",
    )
    for side in ("top", "right"):
        ax.spines[side].set_visible(True)
    ax.set_xlabel("neuron j, ascending degree")
    ax.set_ylabel("neuron i, ascending degree")
    ticks = np.linspace(0, n, 3).round()
    ax.set_xticks(ticks)
    ax.set_yticks(ticks)
    figure = ax.figure
    bar = figure.colorbar(
        image,
        ax=ax,
        shrink=0.85,
        pad=0.03,
        ticks=LogLocator(subs=(1.0, 2.0, 5.0)),
        format=FuncFormatter(lambda value, _: f"{value:g}"),
    )
    bar.ax.yaxis.set_minor_formatter(NullFormatter())
    bar.set_label("share of pairs connected")
    bar.outline.set_edgecolor(INK)


def _coarse(density: FloatArray) -> FloatArray:
    """Larger blocks where the network is so sparse that many blocks have no edge."""
    while (density == 0).mean() > 0.2 and density.shape[0] % 2 == 0 and density.shape[0] > 20:
        m = density.shape[0] // 2
        density = density.reshape(m, 2, m, 2).mean(axis=(1, 3))
    return density


def _edges(degrees: FloatArray) -> FloatArray:
    """Bins of equal width on a log axis, on half integers where realised degrees are few."""
    positive = degrees[degrees > 0]
    edges = np.geomspace(positive.min(), positive.max() + 1, 20)
    return np.unique(np.floor(edges) + 0.5 - (edges == edges[0]))


def _density(values: FloatArray, edges: FloatArray) -> FloatArray:
    return np.histogram(values, edges)[0] / (values.size * np.diff(edges))


def _caption(study: Study) -> str:
    piece = study.pieces["degrees"]
    realised = piece["realised_degree"].values
    empty = _coarse(piece["edge_density"].values)
    text = (
        f"(a) Density of the degree k. Line: the law ({law_label(study)}). "
        if "law_density" in piece
        else f"(a) Density of the degree k of a {law_label(study)}. "
    )
    text += (
        f"Grey: expected degrees of N = {realised.size} neurons; markers: degrees in the sampled "
        f"network with counting errors ({piece.attrs['n_edges']} edges). Coefficient of variation "
        f"{plain(piece.attrs['degree_cv'])} expected, {plain(piece.attrs['realised_degree_cv'])} "
        f"realised; the probability cap removes {percent(float(piece['clipped_mass']))} of the "
        f"nominal edges. "
    )
    isolated = int((realised == 0).sum())
    if isolated:
        text += f"Neurons without a partner, not on the axis: {isolated}. "
    return text + (
        f"(b) Share of connected pairs between blocks of neurons sorted by degree, logarithmic "
        f"colours; white: no edge ({percent(float((empty == 0).mean()))} of the blocks)."
    )


def _alt(study: Study) -> str:
    piece = study.pieces["degrees"]
    realised = piece["realised_degree"].values
    return (
        "Two panels. Left: histogram of expected and realised degrees on logarithmic axes, from "
        f"{realised.min()} to {realised.max()} partners"
        + (", following the line of the degree law. " if "law_density" in piece else ". ")
        + "Right: colour map of the adjacency; connections grow denser towards the corner where "
        "both neurons have a high degree."
    )
