"""Mean field with memory: two-time correlation, timescale against degree, self-couplings."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from pyscales.figures.drawing import Drawing
from pyscales.figures.numbers import percent, plain, with_error
from pyscales.figures.style import (
    BLUE,
    INK,
    MAP,
    MUTED,
    ORANGE,
    TIME_UNIT,
    letter,
    new_figure,
    plain_log,
    sequence,
    styled,
)

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

_WAITS = 5


def _model(dataset: xr.Dataset) -> dict[str, Any]:
    found = dataset.attrs.get("model", {})
    return dict(json.loads(found) if isinstance(found, str) else found)


@styled
def draw_two_time(dataset: xr.Dataset) -> Drawing:
    """C(t, t') as a map, and rho(t, t') against the elapsed time from several waiting times."""
    t = dataset["time"].values
    c = dataset["autocorrelation_two_time"].values
    figure = new_figure(height=3.1)
    axes = figure.subplots(1, 2)
    image = axes[0].pcolormesh(t, t, c, cmap=MAP, shading="nearest", rasterized=True)
    figure.colorbar(image, ax=axes[0], label="C(t, t')")
    axes[0].set_xlabel(f"t' ({TIME_UNIT})")
    axes[0].set_ylabel("t")
    letter(axes[0], "a", "two-time autocorrelation of phi(x)")
    starts = np.unique(np.linspace(0, 0.8 * (t.size - 1), _WAITS).astype(int))
    for k, colour in zip(starts, sequence(starts.size), strict=True):
        size = np.sqrt(np.maximum(np.diag(c)[k:] * c[k, k], 1e-300))
        axes[1].plot(
            t[k:] - t[k], c[k:, k] / size, color=colour, label=f"t' = {plain(float(t[k]))}"
        )
    axes[1].axhline(0, color="#dddddd", linewidth=0.8, zorder=0)
    axes[1].set_xlabel(f"t - t' ({TIME_UNIT})")
    axes[1].set_ylabel("correlation of phi(x(t)) and phi(x(t'))")
    axes[1].legend(title="waiting time")
    letter(axes[1], "b", "decay after a waiting time")
    last, half = float(c[-1, -1]), float(c[-1, c.shape[0] // 2])
    error = float(dataset["variance_phi_in_time_error"].values[-1])
    return Drawing(
        "two_time",
        "Mean field from an initial state",
        "Two-time autocorrelation of phi(x) from independent initial states. At the end, t = "
        f"{plain(float(t[-1]))}, C(t, t) = {with_error(last, error)} and C(t, t/2) = "
        f"{plain(half)}. "
        "Curves that fall on each other: stationary; that level off above 0: frozen.",
        "Left: map of the two-time autocorrelation. Right: its decay with elapsed time from "
        f"{starts.size} waiting times.",
        figure,
    )


@styled
def draw_theory_timescales(dataset: xr.Dataset) -> Drawing:
    """Half widths of x and phi(x) against degree (lines, band: standard error), and their P."""
    figure = new_figure(height=3.1)
    axes = figure.subplots(1, 2)
    u = dataset["relative_degree"].values
    numbers = []
    for suffix, label, colour in (("", "x", BLUE), ("_phi", "phi(x)", ORANGE)):
        width = dataset[f"timescale_hwhm{suffix}_of_degree"].values
        error = np.nan_to_num(dataset[f"timescale_hwhm{suffix}_of_degree_error"].values)
        axes[0].plot(u, width, color=colour, label=label)
        axes[0].fill_between(u, width - error, width + error, color=colour, alpha=0.25, linewidth=0)
        tau = dataset[f"timescale_hwhm{suffix}_of_neuron"].values
        axes[1].plot(tau, dataset["quantile"].values, color=colour, label=label)
        slope = with_error(
            float(dataset[f"degree_slope{suffix}"]), float(dataset[f"degree_slope{suffix}_error"])
        )
        numbers.append(f"{slope} for {label}")
    plain_log(axes[0].xaxis)
    axes[0].set_xlabel("degree / mean degree")
    axes[0].set_ylabel(f"half width ({TIME_UNIT})")
    axes[0].set_ylim(bottom=0)
    axes[0].legend()
    letter(axes[0], "a", "timescale against degree")
    axes[1].set_xlabel(f"half width ({TIME_UNIT})")
    axes[1].set_ylabel("share of neurons below")
    letter(axes[1], "b", "distribution over the network")
    model = _model(dataset)
    return Drawing(
        "theory_timescales",
        "Timescale against degree in mean-field theory",
        "Half width at half maximum of the autocorrelation of x and of phi(x), gain "
        f"{plain(float(model.get('gain', np.nan)))}, symmetry "
        f"{plain(float(model.get('symmetry', np.nan)))}; bands are standard errors. Slope of the "
        f"logarithm of the half width on that of the degree: {' and '.join(numbers)}.",
        "Left: half width against degree, one line for x and one for phi(x). Right: cumulative "
        "distributions of the half width.",
        figure,
    )


@styled
def draw_self_couplings(dataset: xr.Dataset) -> Drawing:
    """Distribution of s_k over the network, and the wells of the bistable neurons."""
    figure = new_figure(height=3.1)
    axes = figure.subplots(1, 2)
    p = dataset["quantile"].values
    looks = {"response": (BLUE, "-"), "fixed_points": (ORANGE, "--")}
    numbers = []
    for i, source in enumerate(dataset["source"].values):
        chi = float(dataset["susceptibility"].values[i])
        if not np.isfinite(chi):
            continue
        s, well = dataset["self_coupling"].values[i], dataset["well"].values[i]
        colour, style = looks[str(source)]
        label = {"response": "chi from G", "fixed_points": "chi from fixed points"}[str(source)]
        axes[0].plot(s, p, color=colour, linestyle=style, label=label)
        _wells(axes[1], s, well, colour, style)
        numbers.append(
            f"{label} = {plain(chi)}: "
            f"{percent(float(dataset['fraction_bistable'].values[i]))} of the neurons above "
            f"k = {plain(float(dataset['bistability_threshold'].values[i]))} ⟨k⟩"
        )
    axes[0].axvline(1, color=MUTED, linewidth=0.9, linestyle=":")
    axes[0].set_xlabel("self-coupling s of a neuron")
    axes[0].set_ylabel("share of neurons below")
    if numbers:
        axes[0].legend()
    letter(axes[0], "a", "distribution of self-couplings")
    axes[1].axvline(1, color=MUTED, linewidth=0.9, linestyle=":")
    axes[1].set_xlabel("self-coupling s")
    axes[1].set_ylabel("stable states without input")
    letter(axes[1], "b", "wells x = s tanh(x)")
    return Drawing(
        "self_couplings",
        "Effective self-couplings",
        "Self-coupling s = symmetry g^2 chi k/⟨k⟩ of the neurons; bistable where s > 1 (dotted). "
        + "; ".join(numbers)
        + ("." if numbers else "No stationary susceptibility."),
        "Left: cumulative distribution of self-couplings. Right: pitchfork of the states of a "
        "neuron without input, one branch up to s = 1 and two beyond.",
        figure,
    )


def _wells(ax: Axes, s: Any, well: Any, colour: str, style: str) -> None:
    single = s <= 1
    ax.plot(s[single], np.zeros(int(single.sum())), color=INK, linewidth=1.0)
    for sign in (1, -1):
        ax.plot(s[~single], sign * well[~single], color=colour, linestyle=style)
