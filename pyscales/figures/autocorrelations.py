"""Population autocorrelation of x: theory lines against simulation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pyscales.figures.drawing import Drawing
from pyscales.figures.numbers import counted, plain, with_error
from pyscales.figures.reading import Pair, case_label, pairs
from pyscales.figures.style import TIME_UNIT, empty, letter, new_figure, sequence, styled
from pyscales.simulation import estimate_over_networks

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from pyscales.study import Study

FloatArray = NDArray[np.float64]

_MARKERS = 14


@styled
def draw_autocorrelations(study: Study) -> Drawing:
    """Autocorrelation of x (top) and divided by lag 0 (bottom), one column per degree law."""
    groups = grouped(study)
    columns = max(1, len(groups))
    figure = new_figure(width=max(5.2, min(9.6, 3.1 * columns + 0.4)), height=5.6)
    axes = figure.subplots(2, columns, squeeze=False, sharex="col")
    for j, (label, members) in enumerate(groups.items()):
        panel_autocorrelation(axes[0, j], members, normalised=False)
        panel_autocorrelation(axes[1, j], members, normalised=True)
        letter(axes[0, j], "abcdef"[j], label)
        axes[1, j].set_xlabel(f"lag ({TIME_UNIT})")
        if j:
            axes[0, j].set_ylabel("")
            axes[1, j].set_ylabel("")
    if not groups:
        empty(axes[0, 0], "no comparison in this study")
        axes[1, 0].set_xlabel(f"lag ({TIME_UNIT})")
    axes[0, 0].set_ylabel("autocorrelation of x")
    axes[1, 0].set_ylabel("autocorrelation of x / its value at lag 0")
    _legend(axes[0, -1], groups)
    return Drawing(
        "autocorrelations",
        "Autocorrelation of x, theory and simulation",
        _caption(study),
        _alt(study),
        figure,
    )


def grouped(study: Study) -> dict[str, list[Pair]]:
    """Pairs by degree law, ascending gain."""
    groups: dict[str, list[Pair]] = {}
    for pair in pairs(study):
        groups.setdefault(case_label(pair.label), []).append(pair)
    return {k: sorted(v, key=lambda p: p.label["gain"]) for k, v in groups.items()}


def panel_autocorrelation(
    ax: Axes, members: list[Pair], *, normalised: bool, labels: bool = False
) -> None:
    """One degree law: a colour per gain."""
    longest = 0.0
    for pair, colour in zip(members, sequence(len(members)), strict=True):
        if "autocorrelation_x_population" not in pair.simulation:
            continue
        lag, mean, error = _simulated(pair, normalised)
        text = f"g = {pair.label['gain_ratio']:g} g$_c$" if labels else None
        longest = max(longest, _span(pair, lag))
        _theory(ax, pair, normalised, colour)
        ax.fill_between(lag, mean - error, mean + error, color=colour, alpha=0.18, linewidth=0)
        step = _every(lag, _span(pair, lag))
        ax.errorbar(
            lag[::step],
            mean[::step],
            error[::step],
            fmt="o",
            color=colour,
            ms=3.5,
            lw=0.9,
            label=text,
        )
    if longest == 0:
        empty(ax, "no autocorrelation recorded")
        return
    ax.axhline(0.0, color="#bbbbbb", linewidth=0.7, zorder=0)
    ax.set_xlim(-0.015 * longest, longest)
    if normalised:
        ax.set_ylim(min(-0.05, ax.get_ylim()[0]), 1.05)


def _theory(ax: Axes, pair: Pair, normalised: bool, colour: Any) -> None:
    lag, c = pair.theory["lag"].values, pair.theory["autocorrelation_x"].values
    if normalised:
        if not c[0] > 0:
            return
        c = c / c[0]
    ax.plot(lag, c, color=colour)


def _simulated(pair: Pair, normalised: bool) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Lag, mean and standard error over networks, or over trials of a single network."""
    c = pair.simulation["autocorrelation_x_population"].values
    if normalised:
        c = c / np.where(c[..., :1] > 0, c[..., :1], np.nan)
    found = [estimate_over_networks(c[..., i]) for i in range(c.shape[-1])]
    error = np.array([f.error for f in found])
    return (
        pair.simulation["lag"].values,
        np.array([f.mean for f in found]),
        np.where(np.isfinite(error), error, 0.0),
    )


def _span(pair: Pair, lag: FloatArray) -> float:
    """Lags worth showing: seven half widths of theory, if the simulation goes that far."""
    half = float(pair.theory["timescale_hwhm"])
    return float(min(lag[-1], 7 * half)) if np.isfinite(half) else float(lag[-1])


def _every(lag: FloatArray, span: float) -> int:
    return max(1, int(np.searchsorted(lag, span) / _MARKERS))


def _legend(ax: Axes, groups: dict[str, list[Pair]]) -> None:
    from matplotlib.lines import Line2D

    ratios = sorted({p.label["gain_ratio"] for members in groups.values() for p in members})
    handles = [
        Line2D([], [], color=c, marker="o", ms=4, lw=1.6, label=f"g = {r:g} g$_c$")
        for r, c in zip(ratios, sequence(len(ratios)), strict=True)
    ]
    handles += [
        Line2D([], [], color="#555555", lw=1.6, label="line: theory"),
        Line2D([], [], color="#555555", marker="o", ls="", ms=4, label="markers: simulation"),
    ]
    ax.legend(handles=handles, loc="upper right", borderaxespad=0.1)


def _caption(study: Study) -> str:
    found = list(pairs(study))
    if not found:
        return "Autocorrelation of x; this study holds no comparison."
    sizes = {p.simulation.sizes["neuron"] for p in found}
    networks = {p.simulation.sizes["network"] for p in found}
    over = {"networks"} if min(networks) > 1 else {"trials"}
    rows = [r for r in study.comparison if r["quantity"] == "variance_x"]
    numbers = "; ".join(
        f"{case_label(r)}, {r['gain_ratio']:g} g_c: {plain(r['theory'])} in theory, "
        f"{with_error(r['simulation'], r['error'])} simulated"
        for r in rows
    )
    return (
        "Plotted is x, not phi(x): population autocorrelation <x(t) x(t + lag)> (top) and divided "
        "by its value at lag 0 (bottom), at symmetry 0. Lines: mean-field theory for the same "
        f"degrees. Markers and bands: mean and standard error over {'/'.join(over)} "
        f"({counted(max(networks), 'network')} of N = {'/'.join(map(str, sorted(sizes)))}). "
        f"Variance of x: {numbers}."
    )


def _alt(study: Study) -> str:
    rows = [r for r in study.comparison if r["quantity"] == "variance_x"]
    return (
        "Curves of the autocorrelation of x against lag, decaying from the variance to zero; "
        "theory as lines, simulation as markers with an error band, one colour per gain. "
        + " ".join(
            f"At {r['gain_ratio']:g} times the critical gain the variance is "
            f"{plain(r['theory'])} in theory and {plain(r['simulation'])} in simulation."
            for r in rows
        )
    )
