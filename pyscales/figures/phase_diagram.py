"""Simulated temporal variance over gain and sigma or symmetry, with the critical lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pyscales.figures.drawing import Drawing
from pyscales.figures.numbers import plain
from pyscales.figures.style import INK, MAP, ORANGE, new_figure, styled

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

    from pyscales.study import Study

FloatArray = NDArray[np.float64]

FLOOR = 1e-4
QUIET = "#e4e4e4"
PHASES = {
    "silent": {"marker": "o", "facecolor": "none", "edgecolor": INK},
    "frozen": {"marker": "s", "facecolor": "white", "edgecolor": INK},
    "chaotic": {"marker": "o", "facecolor": INK, "edgecolor": "white"},
}
AXIS_LABEL = {
    "sigma": "heterogeneity σ (sd of ln k)",
    "symmetry": "symmetry γ",
}


@styled
def draw_phase_diagram(study: Study) -> Drawing:
    """Phase diagram as a colour map with markers and theory lines."""
    figure = new_figure(width=6.2, height=4.2)
    ax = figure.subplots()
    panel_phase_diagram(ax, study)
    handles, labels = ax.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper left", ncols=5, columnspacing=1.2)
    return Drawing("phase_diagram", "Phase diagram", _caption(study), _alt(study), figure)


def panel_phase_diagram(ax: Axes, study: Study, size: float = 26.0) -> None:
    """Colour: f; markers: phase of the simulation; lines: theory."""
    import matplotlib
    from matplotlib.colors import LogNorm

    piece = study.pieces["phase_diagram"]
    axis = str(piece.attrs["axis"])
    gains, values = piece["gain"].values, piece[axis].values
    x, y = np.maximum(_cell_edges(gains), 0.0), _cell_edges(values)
    if "temporal_variance" in piece:
        f = piece["temporal_variance"].values
        colours = matplotlib.colormaps[MAP].with_extremes(under=QUIET, bad=QUIET)
        top = max(float(np.nanmax(f)), 10 * FLOOR)
        image = ax.pcolormesh(x, y, f, norm=LogNorm(FLOOR, top), cmap=colours, rasterized=True)
        bar = ax.figure.colorbar(image, ax=ax, extend="min", pad=0.02)
        bar.set_label("temporal variance f of x")
        _markers(ax, piece, axis, size)
    if _static_differs(piece):
        _line(ax, piece["critical_gain_static"].values, values, ":", "static condition")
    _line(ax, piece["critical_gain"].values, values, "-", "critical gain (theory)")
    ax.set_xlim(x[0], x[-1])
    ax.set_ylim(y[0], y[-1])
    ax.set_xlabel("gain g")
    ax.set_ylabel(AXIS_LABEL[axis])


def _markers(ax: Axes, piece: xr.Dataset, axis: str, size: float) -> None:
    phases = piece["phase_simulated"].values
    grid_gain, grid_value = np.meshgrid(piece["gain"].values, piece[axis].values)
    for name, look in PHASES.items():
        here = phases == name
        if here.any():
            ax.scatter(
                grid_gain[here],
                grid_value[here],
                s=size,
                linewidths=0.9,
                label=name,
                **look,  # type: ignore[arg-type]
            )


def _line(ax: Axes, gain: FloatArray, values: FloatArray, style: str, label: str) -> None:
    good = np.isfinite(gain) & (gain > 0)
    if good.any():
        solid = style == "-"
        x, y = gain[good], values[good]
        ax.plot(x, y, "-", color="white", linewidth=3.6 if solid else 2.6)
        colour, width = (ORANGE, 2.0) if solid else (INK, 1.6)
        ax.plot(x, y, style, color=colour, linewidth=width, label=label)


def _static_differs(piece: xr.Dataset) -> bool:
    line, static = piece["critical_gain"].values, piece["critical_gain_static"].values
    both = np.isfinite(line) & np.isfinite(static)
    return bool((np.abs(line - static)[both] > 0.005 * line[both]).any())


def _cell_edges(centre: FloatArray) -> FloatArray:
    """Edges half way between the centres of a grid."""
    if centre.size == 1:
        half = 0.5 * abs(centre[0]) or 0.5
        return np.array([centre[0] - half, centre[0] + half])
    middle = 0.5 * (centre[1:] + centre[:-1])
    return np.concatenate([[2 * centre[0] - middle[0]], middle, [2 * centre[-1] - middle[-1]]])


def _counts(piece: xr.Dataset) -> dict[str, int]:
    if "phase_simulated" not in piece:
        return {}
    phases = piece["phase_simulated"].values
    return {name: int((phases == name).sum()) for name in PHASES}


def _caption(study: Study) -> str:
    piece = study.pieces["phase_diagram"]
    axis = str(piece.attrs["axis"])
    counts = _counts(piece)
    line = piece["critical_gain"].values
    agree, total = agreement(study)
    text = (
        f"Temporal variance f = ⟨⟨x²⟩_T − ⟨x⟩_T²⟩ of x in networks of {_size(study)} neurons "
        f"over the gain and the {axis}; light grey: f < {FLOOR:g}. Markers: "
        + ", ".join(f"{k} {v}" for k, v in counts.items())
        + ". "
    )
    known = ", ".join(
        f"{plain(g)} at {axis} {plain(v, 2)}"
        for g, v in zip(line, piece[axis].values, strict=True)
        if np.isfinite(g)
    )
    text += (
        f"Line: gain at which x = 0 loses stability, from theory for the same degrees ({known}). "
        if known
        else "Theory gives no critical gain here. "
    )
    if _static_differs(piece):
        text += (
            "Dotted: the condition on the real axis for degrees taken as a continuum, which "
            "ignores oscillatory onsets and single hubs. "
        )
    if total:
        text += (
            f"Silent below and active above the line at {agree} of {total} points. One network "
            "per row; next to the line relaxation is slow, and small networks can stay silent or "
            "frozen above it."
        )
    return text


def agreement(study: Study) -> tuple[int, int]:
    """Points where the simulation is silent exactly where theory says, and all points."""
    piece = study.pieces["phase_diagram"]
    if "phase_simulated" not in piece:
        return 0, 0
    line = piece["critical_gain"].values
    known = np.isfinite(line) | np.isinf(line)
    silent = piece["phase_simulated"].values == "silent"
    predicted = piece["phase_theory"].values == "silent"
    return int((silent == predicted)[known].sum()), int(silent[known].size)


def _size(study: Study) -> int:
    n = study.model.degrees.n_atoms
    return int(n) if n is not None else study.preset.diagram_n


def _alt(study: Study) -> str:
    piece = study.pieces["phase_diagram"]
    axis, gains = str(piece.attrs["axis"]), piece["gain"].values
    counts = _counts(piece)
    return (
        f"Colour map of the temporal variance of x over gain from {plain(gains[0])} to "
        f"{plain(gains[-1])} and {axis}. "
        + ", ".join(f"{v} points {k}" for k, v in counts.items())
        + "."
        + _alt_line(piece)
    )


def _alt_line(piece: xr.Dataset) -> str:
    if not np.isfinite(piece["critical_gain"].values).any():
        return " Theory gives no critical gain."
    return " An orange line marks the critical gain from theory; the colours rise to its right."
