"""Timescale of single neurons against their degree, of x and of phi(x)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pyscales.figures.drawing import Drawing
from pyscales.figures.numbers import fixed, plain, with_interval
from pyscales.figures.reading import (
    NAMES,
    OBSERVABLE,
    left_out,
    matching_theory,
    symmetry_of,
    timescale_gain,
    timescales,
)
from pyscales.figures.style import (
    INK,
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

_SHOWN = (0.003, 0.997)


@styled
def draw_timescale_degree(study: Study) -> Drawing:
    """Scatter, binned medians and rank correlation for x (left) and phi(x) (right)."""
    figure = new_figure(height=4.9)
    axes = figure.subplots(1, 2, sharex=True, sharey=True)
    for ax, quantity, mark in zip(axes, OBSERVABLE, "ab", strict=True):
        panel_timescale_degree(ax, study, quantity)
        letter(ax, mark, f"timescale of {OBSERVABLE[quantity]}")
        ax.set_ylabel(f"half width of {OBSERVABLE[quantity]} ({TIME_UNIT})")
        _legend_below(ax)
    return Drawing(
        "timescale_degree", "Timescale against degree", _caption(study), _alt(study), figure
    )


def panel_timescale_degree(ax: Axes, study: Study, quantity: str, *, numbers: bool = True) -> None:
    """Both symmetries for one observable; `numbers` puts the slopes in the legend."""
    ax.set_xlabel("degree k in the sampled network (partners)")
    shown = [timescales(study, n, q).values for n in NAMES for q in OBSERVABLE]
    drawn = False
    for name in NAMES:
        found = timescales(study, name, quantity)
        result = study.by_degree[name][quantity]
        if not found.values.size:
            continue
        drawn = True
        colour = SYMMETRY[name]
        ax.scatter(
            found.degrees,
            found.values,
            s=4,
            color=colour,
            alpha=_alpha(found.values.size),
            linewidths=0,
            rasterized=True,
        )
        label = f"symmetry {symmetry_of(study, name):g}"
        if numbers:
            label += "\n" + _short(result["correlation"])
        _medians(ax, result["bins"], colour, label)
    if not drawn:
        empty(ax, "no neuron has a timescale\nwithin the window")
        return
    if quantity == "timescale_hwhm":
        _theory(ax, study)
    for name in NAMES:
        if name == "positive" or quantity != "timescale_hwhm":
            _theory_curve(ax, study, name, quantity)
    every = np.concatenate(shown)
    low, high = np.quantile(every, _SHOWN)
    log_ticks_for(ax.xaxis, *_degree_limits(study))
    log_ticks_for(ax.yaxis, 0.9 * low, 1.1 * high)
    ax.set_ylim(0.9 * low, 1.1 * high)
    ax.set_xlim(*_degree_limits(study))


def _medians(ax: Axes, bins: dict[str, Any], colour: str, label: str) -> None:
    median = np.asarray(bins["median"], dtype=float)
    if not median.size:
        return
    low, high = (np.asarray(bins[k], dtype=float) for k in ("median_low", "median_high"))
    ax.errorbar(
        np.asarray(bins["degree"], dtype=float),
        median,
        [np.maximum(median - low, 0), np.maximum(high - median, 0)],
        fmt="o",
        color=colour,
        markeredgecolor="white",
        markeredgewidth=0.6,
        markersize=5,
        linewidth=1.3,
        label=label,
        zorder=4,
    )


def _theory(ax: Axes, study: Study) -> None:
    theory = matching_theory(study)
    if theory is None:
        return
    value = float(theory["timescale_hwhm"])
    if np.isfinite(value):
        ax.axhline(value, color=SYMMETRY["zero"], linestyle="--", linewidth=1.3, zorder=3)
        ax.plot([], [], color=SYMMETRY["zero"], ls="--", lw=1.3, label=_theory_label(value))


def _theory_curve(ax: Axes, study: Study, name: str, quantity: str) -> None:
    theory = study.pieces.get(f"theory_timescales_{name}")
    if theory is None:
        return
    k = theory["relative_degree"].values * study.model.degrees.mean_degree
    width = theory[f"{quantity}_of_degree"].values
    label = f"theory, symmetry {symmetry_of(study, name):g}"
    ax.plot(k, width, color=SYMMETRY[name], linestyle="--", linewidth=1.3, zorder=3, label=label)


def _theory_label(value: float) -> str:
    return f"theory, symmetry 0\n{plain(value)} at every degree"


def _legend_below(ax: Axes) -> None:
    handles, labels = ax.get_legend_handles_labels()
    if handles:
        order = np.argsort([label.startswith("theory") for label in labels], kind="stable")
        ax.legend(
            [handles[i] for i in order],
            [labels[i] for i in order],
            loc="upper left",
            bbox_to_anchor=(-0.02, -0.17),
            labelcolor=INK,
            borderaxespad=0.0,
        )


def _degree_limits(study: Study) -> tuple[float, float]:
    every = np.concatenate([timescales(study, n, q).degrees for n in NAMES for q in OBSERVABLE])
    return 0.85 * float(every.min()), 1.18 * float(every.max())


def _alpha(count: int) -> float:
    return float(np.clip(400 / count, 0.05, 0.35))


def _short(c: dict[str, Any]) -> str:
    return f"ρ = {fixed(c['spearman'], 2)}, slope " + with_interval(
        c["slope"], c["slope_low"], c["slope_high"]
    )


def _long(study: Study, name: str, quantity: str) -> str:
    c = study.by_degree[name][quantity]["correlation"]
    rank = with_interval(c["spearman"], c["spearman_low"], c["spearman_high"])
    slope = with_interval(c["slope"], c["slope_low"], c["slope_high"])
    return (
        f"{OBSERVABLE[quantity]} at symmetry {symmetry_of(study, name):g}: Spearman {rank}, slope "
        f"{slope}, {c['n_used']} neurons"
    )


def hidden(study: Study, quantity: str) -> int:
    """Neurons whose timescale lies beyond the vertical limits of the figure."""
    every = np.concatenate([timescales(study, n, q).values for n in NAMES for q in OBSERVABLE])
    if not every.size:
        return 0
    low, high = np.quantile(every, _SHOWN)
    values = np.concatenate([timescales(study, n, quantity).values for n in NAMES])
    return int(((values < 0.9 * low) | (values > 1.1 * high)).sum())


def _caption(study: Study) -> str:
    found = {q: left_out({n: timescales(study, n, q) for n in NAMES}) for q in OBSERVABLE}
    theory = matching_theory(study)
    text = (
        "Half width of the autocorrelation of x (a) and of phi(x) (b) against the degree in the "
        f"sampled network, at gain {plain(timescale_gain(study))}. Small points: neurons; large "
        "markers: medians in bins of equal count with 95 % bootstrap intervals over neurons. "
        "Spearman rank correlation and Theil-Sen slope of ln timescale on ln degree, with 95 % "
        "intervals: " + "; ".join(_long(study, n, q) for q in OBSERVABLE for n in NAMES) + ". "
    )
    if theory is not None and np.isfinite(float(theory["timescale_hwhm"])):
        text += (
            "Dashed: mean-field theory at symmetry 0, where x has the same half width "
            f"{plain(float(theory['timescale_hwhm']), 4)} at every degree. "
        )
    if "theory_timescales_positive" in study.pieces:
        piece = study.pieces["theory_timescales_positive"]
        slope, error = float(piece["degree_slope"]), float(piece["degree_slope_error"])
        text += (
            "Dashed curves: mean-field theory by degree; at symmetry "
            f"{symmetry_of(study, 'positive'):g} its slope for x over the neurons is "
            f"{slope:.3f} ± {error:.3f}. "
        )
    return text + " ".join(
        f"{OBSERVABLE[q]}: {words}; beyond the vertical axis: {hidden(study, q)}."
        for q, words in found.items()
    )


def _alt(study: Study) -> str:
    return (
        "Scatter of single-neuron timescales against degree on logarithmic axes with binned "
        "medians, x on the left and phi(x) on the right, two symmetries in two colours. "
        + ". ".join(_long(study, n, q) for q in OBSERVABLE for n in NAMES)
        + "."
    )
