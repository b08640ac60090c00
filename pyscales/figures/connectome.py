"""Figures of measured wiring and activity: degrees, timescales, their relation, controls."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pyscales.figures.drawing import Drawing, FigureFile
from pyscales.figures.numbers import fixed, plain, with_interval
from pyscales.figures.style import (
    BLUE,
    INK,
    MAP,
    MUTED,
    ORANGE,
    empty,
    letter,
    log_ticks_for,
    new_figure,
    save,
    sequence,
    styled,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from pyscales.connectome.pipeline_result import PipelineResult

FloatArray = NDArray[np.float64]

_BLOCKS = 40
_SHOWN_FITS = 3


def draw_connectome(result: PipelineResult, folder: str | Path) -> list[FigureFile]:
    """Draw every figure of a pipeline run as SVG and PNG into `folder`."""
    files = []
    for draw in (draw_relation, draw_wiring, draw_distribution, draw_controls):
        drawing = draw(result)
        svg, png = save(drawing.figure, Path(folder), drawing.name, 200)
        files.append(
            FigureFile(drawing.name, drawing.title, drawing.caption, drawing.alt, svg, png)
        )
    return files


@styled
def draw_relation(result: PipelineResult) -> Drawing:
    """Timescale against degree: nuclei, binned medians, slope."""
    figure = new_figure(width=4.6, height=3.9)
    ax = figure.subplots()
    k, tau = result.nuclei["degree"].to_numpy(), result.nuclei["timescale"].to_numpy()
    ax.scatter(k, tau, s=7, color=MUTED, alpha=0.45, linewidths=0, label="cells", rasterized=True)
    bins = result.bins
    if bins.count.size:
        ax.errorbar(
            bins.degree,
            bins.median,
            [
                np.maximum(bins.median - bins.low, 0),
                np.maximum(bins.high - bins.median, 0),
            ],
            fmt="o",
            color=ORANGE,
            markeredgecolor="white",
            markersize=6,
            linewidth=1.4,
            zorder=4,
            label="medians, 95 % over cells",
        )
    slope = result.slope
    if np.isfinite(slope.slope):
        x = np.array([k.min(), k.max()])
        y = np.exp(slope.intercept) * x**slope.slope
        ax.plot(x, y, color=BLUE, label=f"slope {fixed(slope.slope, 2)}")
    log_ticks_for(ax.xaxis, 0.9 * k.min(), 1.1 * k.max())
    log_ticks_for(ax.yaxis, 0.9 * tau.min(), 1.1 * tau.max())
    ax.axhline(result.floor, color=INK, linestyle=":", linewidth=1.0, label="shortest resolvable")
    ax.set_xlabel(_degree_label(result))
    ax.set_ylabel("timescale at rest (s)")
    ax.legend(loc="best")
    s = result.spearman
    caption = (
        f"Timescale of {len(result.nuclei)} cells against their {_degree_label(result)}, both "
        f"measured. Spearman {with_interval(s.rho, s.low, s.high)}, p = {plain(s.p_value, 2)} by "
        f"permutation within {s.n_strata} strata; Theil-Sen slope of the logarithms "
        f"{with_interval(slope.slope, slope.low, slope.high)}. Dotted: what frame rate and "
        f"indicator can resolve ({plain(result.floor, 2)} s)."
    )
    alt = (
        "Scatter of single-cell timescales against degree on logarithmic axes with binned medians. "
        + caption
    )
    return Drawing("connectome_relation", "Timescale against degree", caption, alt, figure)


def _degree_label(result: PipelineResult) -> str:
    d = result.settings["degree"]
    side = {"in": "input", "out": "output", "total": "input and output"}[d["direction"]]
    unit = {"partners": "partners", "synapses": "synapses", "size": "synapse size"}[d["measure"]]
    return f"{side} {unit}"


@styled
def draw_wiring(result: PipelineResult) -> Drawing:
    """Degree law with the best families, and the adjacency in blocks."""
    figure = new_figure(height=3.3)
    left, right = figure.subplots(1, 2, width_ratios=(1.15, 1.0))
    _panel_law(left, result)
    letter(left, "a", "Degree law")
    _panel_adjacency(right, result)
    letter(right, "b", "Adjacency, sorted by degree")
    best = result.fits[0] if result.fits else None
    caption = (
        f"(a) Share of the {result.summary.n} cells with at least k "
        f"({_degree_label(result)}); lines: best families by AIC. "
    )
    if best is not None:
        caption += (
            "Differences of AIC: "
            + ", ".join(f"{f.family} {plain(f.delta_aic, 3)}" for f in result.fits)
            + f". Goodness of fit of the best, chi-square: p = {plain(best.chi2_p, 2)}. "
        )
    r = result.reciprocity
    caption += (
        f"(b) Share of connected pairs between blocks of cells. Reciprocity "
        f"{fixed(r.reciprocity, 3)}, over what equal probabilities expect: "
        f"{plain(r.nulls[0].ratio, 3)}, the degrees: {plain(r.nulls[1].ratio, 3)}"
        + (f", degrees and distance: {plain(r.nulls[2].ratio, 3)}" if len(r.nulls) > 2 else "")
        + f"; symmetry of the synapse counts {fixed(r.symmetry, 3)}."
    )
    alt = "Cumulative degree distribution with fitted families, and a map of edge density."
    return Drawing("connectome_wiring", "Measured wiring", caption, alt, figure)


def _panel_law(ax: Axes, result: PipelineResult) -> None:
    k = np.sort(np.round(result.degree[result.degree > 0]))
    if k.size < 2:
        empty(ax, "no degrees")
        return
    share = 1.0 - np.arange(k.size) / k.size
    ax.step(k, share, where="post", color=INK, label="measured", zorder=3)
    grid = np.unique(np.round(np.geomspace(1, k[-1], 200)))
    for fit, colour in zip(
        result.fits[:_SHOWN_FITS], sequence(min(_SHOWN_FITS, len(result.fits))), strict=False
    ):
        whole = np.arange(1, int(k[-1]) + 1)
        tail = 1.0 - np.concatenate([[0.0], np.cumsum(fit.pmf(whole))])[:-1]
        ax.plot(grid, tail[grid.astype(int) - 1], color=colour, label=fit.family)
    log_ticks_for(ax.xaxis, max(k[0], 1), k[-1])
    ax.set_yscale("log")
    ax.set_ylim(0.5 / k.size, 1.4)
    ax.set_xlabel(f"{_degree_label(result)}, k")
    ax.set_ylabel("share of cells with at least k")
    ax.legend(loc="lower left")


def _panel_adjacency(ax: Axes, result: PipelineResult) -> None:
    import matplotlib
    from matplotlib.colors import LogNorm

    counts = result.wiring.counts
    n = result.wiring.n
    place = np.empty(n, dtype=np.intp)
    place[np.argsort(result.degree, kind="stable")] = np.arange(n)
    m = min(_BLOCKS, n)
    block = place * m // n
    post, pre = counts.nonzero()
    number = np.zeros((m, m))
    np.add.at(number, (block[post], block[pre]), 1.0)
    size = np.bincount(block, minlength=m)
    density = number / np.outer(size, size)
    positive = density[density > 0]
    low = positive.min() if positive.size else 0.1
    high = max(positive.max(), 1.01 * low) if positive.size else 1.0
    image = ax.imshow(
        np.ma.masked_equal(density, 0.0),
        norm=LogNorm(low, high),
        cmap=matplotlib.colormaps[MAP].with_extremes(bad="white"),
        extent=(0, n, n, 0),
        interpolation="nearest",
    )
    ax.set_xlabel("from cell, ascending degree")
    ax.set_ylabel("onto cell, ascending degree")
    bar = ax.figure.colorbar(image, ax=ax, shrink=0.85, pad=0.03)
    bar.set_label("share of pairs connected")


@styled
def draw_distribution(result: PipelineResult) -> Drawing:
    """Timescales measured, and of the model on the same wiring."""
    figure = new_figure(width=4.8, height=3.2)
    ax = figure.subplots()
    tau = result.nuclei["timescale"].to_numpy()
    series = {"measured": tau}
    for symmetry, run in result.models.items():
        if run.observed is not None:
            value = run.observed.value[run.observed.usable]
            series[f"model, symmetry {symmetry:g}"] = value[value > 0]
    every = np.concatenate(list(series.values()))
    edges = np.geomspace(np.quantile(every, 0.002), np.quantile(every, 0.998), 26)
    colours = [INK, *sequence(len(series) - 1)] if len(series) > 1 else [INK]
    width = np.log(edges[1] / edges[0])
    for (label, value), colour in zip(series.items(), colours, strict=True):
        density = np.histogram(value, edges)[0] / (value.size * width)
        ax.stairs(density, edges, color=colour, linewidth=1.6, label=label)
    ax.axvline(result.floor, color=INK, linestyle=":", linewidth=1.0)
    theory = [run.theory_timescale for run in result.models.values()]
    known = [t for t in theory if np.isfinite(t)]
    if known:
        ax.axvline(known[0], color=ORANGE, linestyle="--", linewidth=1.3, label="theory of x")
    log_ticks_for(ax.xaxis, edges[0], edges[-1])
    ax.set_xlabel("timescale (s)")
    ax.set_ylabel("density per unit of ln timescale")
    ax.legend(loc="best")
    caption = (
        f"Timescales of {tau.size} cells at rest, median {plain(float(np.median(tau)), 3)} s"
        + "".join(
            f"; {label}: median {plain(float(np.median(v)), 3)} s of {v.size} cells"
            for label, v in list(series.items())[1:]
            if v.size
        )
        + ". The model runs on the measured graph and passes through the same calcium kernel, "
        "noise, frame rate and estimator. Dotted: shortest resolvable timescale."
    )
    if known:
        caption += (
            " Dashed: 1/e time of x itself by mean-field theory at symmetry 0 with the measured "
            f"in- and out-degrees, {plain(known[0], 3)} s at every degree."
        )
    alt = "Histograms of timescales on a logarithmic axis. " + caption
    return Drawing("connectome_distribution", "Distribution of timescales", caption, alt, figure)


@styled
def draw_controls(result: PipelineResult) -> Drawing:
    """Rank correlation under every control, with intervals."""
    rows = control_rows(result)
    figure = new_figure(width=5.6, height=1.2 + 0.32 * len(rows))
    ax = figure.subplots()
    for at, (label, rho, low, high) in enumerate(reversed(rows)):
        colour = ORANGE if label.startswith("model") else BLUE
        if np.isfinite(low) and np.isfinite(high):
            ax.plot([low, high], [at, at], color=colour, linewidth=1.6)
        if np.isfinite(rho):
            ax.plot([rho], [at], "o", color=colour)
    ax.axvline(0.0, color=MUTED, linewidth=0.8)
    ax.set_yticks(range(len(rows)), [r[0] for r in reversed(rows)])
    ax.set_ylim(-0.6, len(rows) - 0.4)
    ax.set_xlabel("Spearman correlation of timescale and degree")
    caption = "Rank correlation with 95 % intervals: " + "; ".join(
        f"{label} {with_interval(rho, low, high)}" for label, rho, low, high in rows
    )
    caption += f". Corrected for noise by {result.reliability_from}."
    return Drawing(
        "connectome_controls", "Controls", caption, "Intervals of correlations. " + caption, figure
    )


def control_rows(result: PipelineResult) -> list[tuple[str, float, float, float]]:
    """Label, correlation and ends of the interval of every control."""
    rows = [
        (label, r.rho, r.low, r.high)
        for label, r in (
            ("one value per cell", result.spearman),
            ("units, resampled by cell", result.by_unit),
            ("covariates taken out", result.partial),
        )
    ]
    r = result.reliability
    rows.append(("corrected for noise", r.corrected, r.low, r.high))
    for symmetry, run in result.models.items():
        for kind, found in (
            ("observed", run.observed_correlation),
            ("direct", run.direct_correlation),
        ):
            if found is not None:
                rows.append(
                    (f"model, symmetry {symmetry:g}, {kind}", found.rho, found.low, found.high)
                )
    return rows
