"""The study at a glance: six panels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyscales.figures.autocorrelations import grouped, legend_handles, panel_autocorrelation
from pyscales.figures.degrees import panel_law
from pyscales.figures.drawing import Drawing
from pyscales.figures.numbers import plain, with_interval
from pyscales.figures.phase_diagram import panel_phase_diagram
from pyscales.figures.reading import NAMES, law_label, symmetry_of
from pyscales.figures.spectrum import panel_plane, same_limits
from pyscales.figures.style import TIME_UNIT, empty, letter, new_figure, styled
from pyscales.figures.timescale_degree import panel_timescale_degree
from pyscales.figures.traces import panel_traces

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from pyscales.study import Study


@styled
def draw_overview(study: Study) -> Drawing:
    """Degrees, phase diagram, spectrum; autocorrelation, traces, timescale against degree."""
    figure = new_figure(width=12.0, height=6.9)
    axes = figure.subplots(2, 3)
    panel_law(axes[0, 0], study)
    letter(axes[0, 0], "a", "Degrees differ")
    panel_phase_diagram(axes[0, 1], study, size=18.0)
    letter(axes[0, 1], "b", "Phases and critical gain")
    _spectrum(axes[0, 2], study)
    _autocorrelation(axes[1, 0], study)
    panel_traces(axes[1, 1], study, "positive")
    letter(axes[1, 1], "e", f"Activity, symmetry {symmetry_of(study, 'positive'):g}")
    panel_timescale_degree(axes[1, 2], study, "timescale_hwhm", numbers=False)
    axes[1, 2].set_ylabel("half width of x (membrane time constants)")
    _legend(axes[1, 2])
    letter(axes[1, 2], "f", "Timescale of x against degree")
    return Drawing("overview", "The study at a glance", _caption(study), _alt(study), figure)


def _spectrum(ax: Axes, study: Study) -> None:
    points = panel_plane(ax, study, "positive")
    same_limits([ax], study)
    ax.legend(loc="upper left", borderaxespad=0.1)
    bar = ax.figure.colorbar(points, ax=ax, shrink=0.8, pad=0.02, extend="both")
    bar.set_label(r"$f_k/\langle k\rangle$")
    letter(ax, "c", f"Spectrum, symmetry {symmetry_of(study, 'positive'):g}")


def _autocorrelation(ax: Axes, study: Study) -> None:
    groups = grouped(study)
    sigma = getattr(study.model.degrees, "sigma", None)
    members = next(
        (m for m in groups.values() if sigma is None or m[0].label.get("sigma") == sigma),
        next(iter(groups.values()), []),
    )
    ax.set_xlabel(f"lag ({TIME_UNIT})")
    ax.set_ylabel("autocorrelation of x")
    letter(ax, "d", "Autocorrelation of x, symmetry 0")
    if not members:
        empty(ax, "no comparison in this study")
        return
    panel_autocorrelation(ax, members, normalised=False)
    ax.legend(handles=legend_handles(members), loc="upper right", borderaxespad=0.1)


def _legend(ax: Axes) -> None:
    handles, labels = ax.get_legend_handles_labels()
    if not handles:
        return
    low, high = ax.get_ylim()
    ax.set_ylim(low, high * (high / low) ** 0.25)
    short = [label.splitlines()[0] for label in labels]
    order = sorted(range(len(short)), key=lambda i: short[i].startswith("theory"))
    ax.legend(
        [handles[i] for i in order],
        [short[i].replace(", symmetry 0", "") for i in order],
        loc="upper left",
        ncols=3,
        columnspacing=1.1,
        borderaxespad=0.1,
    )


def _slopes(study: Study) -> str:
    parts = []
    for name in NAMES:
        c = study.by_degree[name]["timescale_hwhm"]["correlation"]
        slope = with_interval(c["slope"], c["slope_low"], c["slope_high"])
        parts.append(f"{slope} at symmetry {symmetry_of(study, name):g}")
    return " and ".join(parts)


def _caption(study: Study) -> str:
    return (
        f"(a) Degrees ({law_label(study)}). (b) Temporal variance f of x over gain and "
        f"{study.pieces['phase_diagram'].attrs['axis']}, with the critical gain from theory; open "
        "circles silent, squares frozen, dots chaotic. (c) Eigenvalues of the Jacobian and the "
        "boundary from theory. (d) Population autocorrelation of x at symmetry 0: theory (lines) "
        "and simulation (markers). (e) Activity x of neurons of low and high degree. (f) Half "
        "width of x against degree, medians with 95 % intervals; slope of ln timescale on ln "
        f"degree {_slopes(study)}."
    )


def _alt(study: Study) -> str:
    rows = [r for r in study.comparison if r["quantity"] == "variance_x"]
    variance = "".join(
        f" Variance of x at {r['gain_ratio']:g} g_c: theory {plain(r['theory'])}, simulation "
        f"{plain(r['simulation'])}."
        for r in rows[:2]
    )
    return (
        "Six panels: degree distribution, phase diagram, eigenvalues in the complex plane, "
        "autocorrelation of x in theory and simulation, activity traces, and timescale of x "
        f"against degree.{variance} Slopes of timescale on degree: {_slopes(study)}."
    )
