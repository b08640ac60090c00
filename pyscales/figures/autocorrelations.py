"""Population autocorrelation of x: theory lines against simulation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pyscales.figures.drawing import Drawing
from pyscales.figures.numbers import counted, percent, plain, with_error
from pyscales.figures.reading import Pair, case_label, pairs, static_share
from pyscales.figures.style import TIME_UNIT, empty, letter, new_figure, sequence, styled
from pyscales.simulation import estimate_over_networks

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from pyscales.study import Study

FloatArray = NDArray[np.float64]

_MARKERS = 16
_HALF_WIDTHS = 5.0
_ABSOLUTE = "autocorrelation of x"
_RELATIVE = "autocorrelation of x / value at lag 0"


@styled
def draw_autocorrelations(study: Study) -> Drawing:
    """Autocorrelation of x, and divided by lag 0; one row per degree law."""
    groups = grouped(study)
    rows = max(1, len(groups))
    figure = new_figure(height=0.5 + 2.7 * rows)
    axes = figure.subplots(rows, 2, squeeze=False, sharex="row")
    for i, (label, members) in enumerate(groups.items()):
        for j, text in enumerate((_ABSOLUTE, _RELATIVE)):
            panel_autocorrelation(axes[i, j], members, normalised=j == 1)
            letter(axes[i, j], "abcdefghijkl"[2 * i + j], label)
            axes[i, j].set_ylabel(text)
    if not groups:
        empty(axes[0, 0], "no comparison in this study")
        empty(axes[0, 1], "no comparison in this study")
    for ax in axes[-1]:
        ax.set_xlabel(f"lag ({TIME_UNIT})")
    handles = legend_handles([m for members in groups.values() for m in members])
    figure.legend(handles=handles, loc="outside upper left", ncols=6, columnspacing=1.4)
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


def panel_autocorrelation(ax: Axes, members: list[Pair], *, normalised: bool) -> None:
    """One degree law: a colour per gain; markers and band from simulation, line from theory."""
    shown = [p for p in members if "autocorrelation_x_population" in p.simulation]
    if not shown:
        empty(ax, "no autocorrelation recorded")
        return
    longest = max(_span(p) for p in shown)
    for pair, colour in zip(members, sequence(len(members)), strict=True):
        if pair not in shown:
            continue
        lag, mean, error = _simulated(pair, normalised)
        _theory(ax, pair, normalised, colour)
        ax.fill_between(lag, mean - error, mean + error, color=colour, alpha=0.18, linewidth=0)
        step = max(1, int(np.searchsorted(lag, longest) / _MARKERS))
        ax.plot(lag[::step], mean[::step], "o", color=colour, markersize=3.8)
    ax.axhline(0.0, color="#bbbbbb", linewidth=0.7, zorder=0)
    ax.set_xlim(-0.02 * longest, longest)
    if normalised:
        ax.set_ylim(min(-0.05, ax.get_ylim()[0]), 1.05)


def legend_handles(members: list[Pair]) -> list[Any]:
    """A key for the gains, for theory and for simulation."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    ratios = sorted({p.label["gain_ratio"] for p in members})
    key = [
        Patch(color=c, label=f"g = {r:g} g$_c$")
        for r, c in zip(ratios, sequence(len(ratios)), strict=True)
    ]
    return [
        *key,
        Line2D([], [], color="#555555", lw=1.6, label="theory"),
        Line2D([], [], color="#555555", marker="o", ls="", ms=4, label="simulation"),
    ]


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


def _span(pair: Pair) -> float:
    """Lags worth showing: a few half widths of theory, if the simulation goes that far."""
    last = float(pair.simulation["lag"].values[-1])
    half = float(pair.theory["timescale_hwhm"])
    return min(last, _HALF_WIDTHS * half) if np.isfinite(half) else last


def _caption(study: Study) -> str:
    found = list(pairs(study))
    if not found:
        return "Autocorrelation of x; this study holds no comparison."
    sizes = "/".join(str(n) for n in sorted({p.simulation.sizes["neuron"] for p in found}))
    networks = found[0].simulation.sizes["network"]
    over = "networks" if networks > 1 else "the trials of one network"
    rows = [r for r in study.comparison if r["quantity"] == "variance_x"]
    numbers = "; ".join(
        f"{case_label(r)}, {r['gain_ratio']:g} g_c: {plain(r['theory'], 4)} in theory, "
        f"{with_error(r['simulation'], r['error'])} simulated"
        for r in rows
    )
    static = ", ".join(
        f"{percent(static_share(p.simulation))} ({p.label['gain_ratio']:g} g_c)" for p in found
    )
    return (
        "Plotted is x, not phi(x): population autocorrelation ⟨x(t) x(t + lag)⟩ (left) and divided "
        "by its value at lag 0 (right), at symmetry 0. Lines: mean-field theory for the same "
        f"degrees. Markers and bands: mean and standard error over {over} "
        f"({counted(networks, 'network')} of N = {sizes}). Variance of x: {numbers}. Share of it "
        f"carried by the time averages, m2/(m2 + f): {static}; in theory it vanishes for long "
        "runs, and it lifts the tail of the simulated curves."
    )


def _alt(study: Study) -> str:
    rows = [r for r in study.comparison if r["quantity"] == "variance_x"]
    return (
        "Curves of the autocorrelation of x against lag, decaying from the variance to zero in "
        "theory; theory as lines, simulation as markers with an error band, one colour per gain. "
        + " ".join(
            f"{case_label(r)}, {r['gain_ratio']:g} times the critical gain: variance "
            f"{plain(r['theory'])} in theory and {plain(r['simulation'])} in simulation."
            for r in rows
        )
    )
