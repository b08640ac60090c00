"""Histograms of single-neuron timescales, of x and of phi(x)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pyscales.figures.drawing import Drawing
from pyscales.figures.numbers import plain
from pyscales.figures.reading import (
    NAMES,
    OBSERVABLE,
    Timescales,
    left_out,
    symmetry_of,
    timescale_gain,
    timescales,
)
from pyscales.figures.style import (
    SYMMETRY,
    TIME_UNIT,
    empty,
    letter,
    log_ticks_for,
    new_figure,
    styled,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from pyscales.study import Study

_BINS = 40


@styled
def draw_timescales(study: Study) -> Drawing:
    """Histogram of half widths of x (left) and of phi(x) (right) at both symmetries."""
    figure = new_figure(height=3.2)
    axes = figure.subplots(1, 2, sharex=True, sharey=True)
    for ax, quantity, mark in zip(axes, OBSERVABLE, "ab", strict=True):
        panel_histogram(ax, study, quantity)
        letter(ax, mark, f"of {OBSERVABLE[quantity]}")
    axes[1].set_ylabel("")
    return Drawing(
        "timescales", "Timescales of single neurons", _caption(study), _alt(study), figure
    )


def panel_histogram(ax: Axes, study: Study, quantity: str) -> None:
    """Share of neurons per logarithmic bin, median marked."""
    found = {name: timescales(study, name, quantity) for name in NAMES}
    every = np.concatenate([timescales(study, n, q).values for n in NAMES for q in OBSERVABLE])
    ax.set_xlabel(f"half width of {OBSERVABLE[quantity]} ({TIME_UNIT})")
    ax.set_ylabel("share of neurons")
    if not found["zero"].values.size + found["positive"].values.size:
        empty(ax, "no neuron has a timescale\nwithin the window")
        return
    edges = np.geomspace(0.97 * every.min(), 1.03 * every.max(), _BINS + 1)
    top = 0.0
    for name in NAMES:
        values = found[name].values
        if not values.size:
            continue
        share = np.histogram(values, edges)[0] / values.size
        top = max(top, share.max())
        colour = SYMMETRY[name]
        ax.stairs(share, edges, fill=True, color=colour, alpha=0.25)
        ax.stairs(share, edges, color=colour, linewidth=1.3, label=_label(study, name))
        ax.plot([np.median(values)], [0.0], marker="^", color=colour, ms=8, clip_on=False, zorder=5)
    log_ticks_for(ax.xaxis, edges[0], edges[-1])
    ax.set_xlim(edges[0], edges[-1])
    ax.set_ylim(0.0, max(1.1 * top, ax.get_ylim()[1] if ax.get_ylim()[1] < 1 else 0.0))
    ax.legend(loc="upper right", borderaxespad=0.1)


def _label(study: Study, name: str) -> str:
    return f"symmetry {symmetry_of(study, name):g}"


def _words(study: Study, quantity: str) -> str:
    found: dict[str, Timescales] = {n: timescales(study, n, quantity) for n in NAMES}
    medians = " and ".join(
        f"{plain(float(np.median(t.values))) if t.values.size else 'not available'} at symmetry "
        f"{symmetry_of(study, n):g} ({t.values.size} neurons)"
        for n, t in found.items()
    )
    return f"{OBSERVABLE[quantity]}: median {medians}; {left_out(found)}"


def _caption(study: Study) -> str:
    return (
        f"Half width at half maximum of the autocorrelation of single neurons, in {TIME_UNIT}, at "
        f"gain {plain(timescale_gain(study))}; triangles: medians. Each observable has its own "
        "panel, because a timescale of x and one of phi(x) differ. "
        + ". ".join(_words(study, q) for q in OBSERVABLE)
        + "."
    )


def _alt(study: Study) -> str:
    parts = []
    for quantity in OBSERVABLE:
        for name in NAMES:
            t = timescales(study, name, quantity)
            if t.values.size:
                parts.append(
                    f"half widths of {OBSERVABLE[quantity]} at symmetry "
                    f"{symmetry_of(study, name):g} from {plain(float(t.values.min()))} to "
                    f"{plain(float(t.values.max()))}"
                )
            else:
                parts.append(
                    f"no half width of {OBSERVABLE[quantity]} at symmetry "
                    f"{symmetry_of(study, name):g}"
                )
    return "Histograms of single-neuron timescales on a logarithmic axis: " + "; ".join(parts) + "."
