"""Example traces of x of low- and high-degree neurons."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pyscales.figures.drawing import Drawing
from pyscales.figures.numbers import plain
from pyscales.figures.reading import NAMES, symmetry_of, timescale_gain
from pyscales.figures.style import TIME_UNIT, empty, letter, new_figure, sequence, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from pyscales.study import Study

FloatArray = NDArray[np.float64]

_EACH = 3
_SPACING = 4.6
_LONGEST = 200.0


@styled
def draw_traces(study: Study) -> Drawing:
    """Traces at both symmetries, highest degree on top."""
    figure = new_figure(height=4.2)
    axes = figure.subplots(1, 2)
    for ax, name, mark in zip(axes, NAMES, "ab", strict=True):
        panel_traces(ax, study, name)
        letter(ax, mark, f"symmetry {symmetry_of(study, name):g}")
    axes[1].set_ylabel("")
    return Drawing("traces", "Activity x of single neurons", _caption(study), _alt(study), figure)


def panel_traces(ax: Axes, study: Study, name: str, each: int = _EACH) -> None:
    """Traces above each other, each over its root mean square."""
    chosen = _chosen(study, name, each)
    ax.set_xlabel(f"time ({TIME_UNIT})")
    ax.set_ylabel("x / its root mean square")
    ax.set_yticks([])
    if chosen is None:
        empty(ax, "no traces recorded")
        return
    time, traces, degrees = chosen
    for i, (trace, degree, colour) in enumerate(
        zip(traces.T, degrees, sequence(degrees.size), strict=True)
    ):
        scale = np.sqrt(np.mean(trace**2))
        level = _SPACING * i
        ax.hlines(level, 0.0, time[-1], color="#dddddd", linewidth=0.7, zorder=0)
        ax.plot(time, level + (trace / scale if scale > 0 else trace), color=colour, linewidth=1.1)
        ax.annotate(
            f"k = {degree:g}",
            (1.02 * time[-1], level),
            va="center",
            color=colour,
            fontsize=8,
        )
    ax.set_xlim(0.0, 1.2 * time[-1])
    ax.set_xticks([t for t in ax.get_xticks() if 0 <= t <= time[-1] + 1e-9])
    ax.set_xlim(0.0, 1.2 * time[-1])
    ax.spines["bottom"].set_bounds(0.0, time[-1])
    ax.set_ylim(-0.6 * _SPACING, _SPACING * (degrees.size - 0.4))


def _chosen(
    study: Study, name: str, each: int = _EACH
) -> tuple[FloatArray, FloatArray, FloatArray] | None:
    """Time, traces (time, neuron) and realised degrees of the lowest and highest degrees."""
    piece = study.pieces[f"simulation_{name}"]
    if "recorded_x" not in piece:
        return None
    recorded = piece["recorded_neuron"].values
    degrees = piece["realised_degree"].values[0, recorded].astype(float)
    order = np.argsort(degrees, kind="stable")
    pick = order if order.size <= 2 * each else np.concatenate([order[:each], order[-each:]])
    time = piece["time"].values
    shown = time <= _LONGEST
    x = piece["recorded_x"].values[0, 0][shown]
    return time[shown], x[:, pick], degrees[pick]


def _caption(study: Study) -> str:
    parts = []
    for name in NAMES:
        chosen = _chosen(study, name)
        if chosen is None:
            continue
        _, traces, degrees = chosen
        rms = np.sqrt(np.mean(traces**2, axis=0))
        phase = study.pieces[f"simulation_{name}"].attrs.get("phase", "unknown")
        parts.append(
            f"Symmetry {symmetry_of(study, name):g} ({phase}): k = {degrees[0]:g} to "
            f"{degrees[-1]:g}, root mean square of x {plain(float(rms[0]), 2)} to "
            f"{plain(float(rms[-1]), 2)}"
        )
    return (
        f"Activity x of recorded neurons of one network at gain {plain(timescale_gain(study))}, "
        "sorted by their degree in the sampled network and divided by their root mean square, so "
        "that their pace can be compared. " + (". ".join(parts) or "No traces were recorded") + "."
    )


def _alt(study: Study) -> str:
    chosen = _chosen(study, "zero")
    degrees = "" if chosen is None else f" with degrees from {chosen[2][0]:g} to {chosen[2][-1]:g}"
    return (
        f"Stacked time traces of x of single neurons{degrees}; left at symmetry 0, right at "
        f"symmetry {symmetry_of(study, 'positive'):g}."
    )
