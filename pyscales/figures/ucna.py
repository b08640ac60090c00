"""Densities of units with coloured noise, and where the approximation to them holds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from pyscales.figures.drawing import Drawing
from pyscales.figures.numbers import percent, plain
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
    styled,
)

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

_LOOK: dict[str, dict[str, Any]] = {
    "ucna": {"color": BLUE, "linewidth": 1.6, "label": "UCNA"},
    "slide": {"color": ORANGE, "linewidth": 1.2, "linestyle": "--", "label": "slides' form"},
    "white": {"color": MUTED, "linewidth": 1.0, "linestyle": ":", "label": "white noise"},
}
_MOST = 9
_COLUMNS = 3


@styled
def draw_ucna(dataset: xr.Dataset) -> Drawing:
    """One panel per unit: exact density (band), its approximations, sampled walkers (markers)."""
    shown = min(int(dataset.sizes["point"]), _MOST)
    columns = min(shown, _COLUMNS)
    rows = -(-shown // columns)
    figure = new_figure(height=0.6 + 2.3 * rows)
    axes = figure.subplots(rows, columns, squeeze=False)
    for i, ax in enumerate(axes.ravel()):
        if i >= shown:
            ax.set_axis_off()
            continue
        _panel(ax, dataset, i)
        letter(ax, "abcdefghi"[i], _title(dataset, i))
        if i >= shown - columns:
            ax.set_xlabel("x")
        if i % columns == 0:
            ax.set_ylabel("density P(x)")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper left", ncols=5, columnspacing=1.4)
    return Drawing(
        "ucna",
        "Stationary density of units with coloured noise",
        _caption(dataset, shown),
        _alt(dataset, shown),
        figure,
    )


def _panel(ax: Axes, dataset: xr.Dataset, i: int) -> None:
    x = dataset["x"].values
    exact = dataset["density_exact"].values[i]
    ax.fill_between(x, exact, color="#cccccc", linewidth=0, label="exact")
    top = exact.max()
    for k, form in enumerate(dataset["form"].values):
        p = dataset["density"].values[i, k]
        if np.isnan(p).all():
            continue
        ax.plot(x, p, **_LOOK[str(form)])
        top = max(top, min(np.nanmax(p), 2 * exact.max()))
    if "density_sampled" in dataset:
        edges = dataset["bin_edge"].values[i]
        middle = 0.5 * (edges[1:] + edges[:-1])
        p = dataset["density_sampled"].values[i]
        error = dataset["density_sampled_error"].values[i]
        ax.errorbar(
            middle[::3],
            p[::3],
            error[::3],
            fmt="o",
            color=INK,
            markersize=2.6,
            linewidth=0.8,
            label=_source(dataset),
        )
    edge = float(dataset["support_edge"].values[i])
    if edge > 0:
        ax.axvspan(-edge, edge, color=BLUE, alpha=0.08, linewidth=0)
    seen = x[exact > 1e-4 * exact.max()]
    reach = 1.15 * max(abs(seen[0]), abs(seen[-1]))
    ax.set_xlim(-reach, reach)
    ax.set_ylim(0, 1.08 * top)


def _title(dataset: xr.Dataset, i: int) -> str:
    s, d, tau = (
        plain(float(dataset[k].values[i]))
        for k in ("self_coupling", "noise_strength", "noise_time")
    )
    if "relative_degree_of_point" in dataset:
        u = plain(float(dataset["relative_degree_of_point"].values[i]))
        return f"k = {u} ⟨k⟩, s = {s}"
    return f"s = {s}, D = {d}, τ = {tau}"


def _noise(dataset: xr.Dataset) -> str:
    """The noise of degree classes, which the panel titles leave out."""
    if "relative_degree_of_point" not in dataset:
        return ""
    per_degree = dataset["noise_strength"].values / dataset["relative_degree_of_point"].values
    return (
        f" Noise: D = {plain(float(per_degree[0]))} k/⟨k⟩, correlation time "
        f"{plain(float(dataset['noise_time'].values[0]))} {TIME_UNIT}."
    )


def _source(dataset: xr.Dataset) -> str:
    network = dataset.attrs.get("sampled_from") == "network"
    return "neurons of networks" if network else "sampled walkers"


def _caption(dataset: xr.Dataset, shown: int) -> str:
    forms = [str(f) for f in dataset["form"].values]
    normalisable = json.loads(dataset.attrs["slide_normalisable"])
    numbers = []
    for i in range(shown):
        l1 = {f: float(dataset["l1"].values[i, k]) for k, f in enumerate(forms)}
        text = f"{_title(dataset, i)}: UCNA {plain(l1['ucna'], 2)}"
        text += (
            f", slides' form {plain(l1['slide'], 2)}"
            if normalisable[i]
            else ", slides' form has no integral"
        )
        numbers.append(text)
    sampled = (
        f" Markers: {_source(dataset)} (both signs of x pooled), standard errors."
        if "density_sampled" in dataset
        else ""
    )
    return (
        "Plotted is x. Grey: exact stationary density for Ornstein-Uhlenbeck noise. Lines: unified "
        "coloured-noise approximation (UCNA), the form printed on the slides, noise taken as "
        "white. Blue band: the zone UCNA forbids."
        + _noise(dataset)
        + sampled
        + " L1 distance (0 to 2) to the exact "
        "density: " + "; ".join(numbers) + "."
    )


def _alt(dataset: xr.Dataset, shown: int) -> str:
    bistable = int((dataset["well"].values[:shown] > 0).sum())
    return (
        f"{shown} panels of stationary densities of x, {bistable} of them with two wells. The UCNA "
        "line follows the grey exact density most closely, the slides' form and white noise depart "
        "from it."
    )


@styled
def draw_ucna_map(dataset: xr.Dataset) -> Drawing:
    """L1 distance of UCNA and of the slides' form to the exact density over s and tau."""
    from matplotlib.colors import LogNorm

    figure = new_figure(height=3.1)
    axes = figure.subplots(1, 3)
    s, tau = dataset["self_coupling"].values, dataset["noise_time"].values
    mesh: Any = None
    for k, (ax, title) in enumerate(zip(axes, ("UCNA", "slides' form"), strict=False)):
        l1 = np.clip(dataset["l1"].values[..., k], 1e-3, 2.0)
        mesh = ax.pcolormesh(
            s, tau, l1.T, norm=LogNorm(1e-3, 2.0), cmap=MAP, shading="nearest", rasterized=True
        )
        if min(l1.shape) > 1:
            good = float(dataset.attrs["good_l1"])
            if l1.min() < good < l1.max():
                ax.contour(s, tau, l1.T, levels=[good], colors="white", linewidths=1.2)
        letter(ax, "ab"[k], title)
    figure.colorbar(mesh, ax=axes[1], label="L1 distance to the exact density")
    ratio = dataset["switching_ratio"].values
    second = axes[2].pcolormesh(
        s, tau, ratio.T, vmin=0.0, vmax=1.0, cmap="cividis", shading="nearest", rasterized=True
    )
    figure.colorbar(second, ax=axes[2], label="switching time, UCNA / exact")
    letter(axes[2], "c", "switching time")
    above = s[s > 1.0]
    for ax in axes:
        if above.size:
            edge = np.linspace(max(1.0 + 1 / tau[-1], s[0]), s[-1], 200)
            edge = edge[edge > 1]
            ax.plot(edge, 1 / (edge - 1), color=ORANGE, linewidth=1.2)
        plain_log(ax.yaxis)
        if tau.size > 1:
            ax.set_ylim(tau[0], tau[-1])
        if s.size > 1:
            ax.set_xlim(s[0], s[-1])
        ax.set_xlabel("self-coupling s")
    axes[0].set_ylabel(f"noise time ({TIME_UNIT})")
    return Drawing(
        "ucna_map",
        "Where the unified coloured-noise approximation holds",
        _map_caption(dataset),
        "Maps over self-coupling and noise time. The distance of UCNA to the exact density is "
        "small except in a band along the line where the forbidden zone opens; that of the "
        "slides' form is large wherever the noise is not short.",
        figure,
    )


def _map_caption(dataset: xr.Dataset) -> str:
    l1 = dataset["l1"].values[..., 0]
    i, j = np.unravel_index(int(np.nanargmax(l1)), l1.shape)
    good = plain(float(dataset.attrs["good_l1"]))
    ratio = dataset["switching_ratio"].values
    finite = ratio[np.isfinite(ratio)]
    switching = (
        f" Switching times by UCNA are {plain(finite.min(), 2)} to {plain(finite.max(), 2)} of the "
        "exact ones; blank: one well, or a rate too slow to resolve."
        if finite.size
        else ""
    )
    return (
        f"Noise strength D = {plain(float(dataset.attrs['noise_strength']))}. White line: L1 = "
        f"{good}, below it on {percent(float(dataset.attrs['share_good']))} of the grid for UCNA; "
        f"worst {plain(float(l1[i, j]), 2)} at s = "
        f"{plain(float(dataset['self_coupling'].values[i]))}, τ = "
        f"{plain(float(dataset['noise_time'].values[j]))}. Orange: τ(s − 1) = 1, beyond which UCNA "
        "forbids a zone around 0 and the slides' form has no integral (L1 = 2 there)." + switching
    )
