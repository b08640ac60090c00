"""One look for every figure, and files that are the same for the same data.

Theory is a line, simulation a marker with an error bar. Colours are those of Okabe and Ito.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

P = ParamSpec("P")
R = TypeVar("R")

INK = "#222222"
MUTED = "#6b6b6b"
BLUE = "#0072B2"
ORANGE = "#D55E00"
SYMMETRY = {"zero": BLUE, "positive": ORANGE}
MAP = "viridis"
WIDTH = 7.2
DPI = 200

TIME_UNIT = "membrane time constants"

RC: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 9.0,
    "axes.titlesize": 9.5,
    "axes.titlelocation": "left",
    "axes.labelsize": 9.0,
    "axes.linewidth": 0.8,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": 8.0,
    "ytick.labelsize": 8.0,
    "legend.fontsize": 8.0,
    "legend.frameon": False,
    "legend.handlelength": 1.6,
    "lines.linewidth": 1.6,
    "lines.markersize": 4.5,
    "errorbar.capsize": 2.0,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "svg.fonttype": "path",
    "svg.hashsalt": "pyscales",
    "mathtext.fontset": "dejavusans",
}


def styled(draw: Callable[P, R]) -> Callable[P, R]:
    """Run `draw` with the style of this package, whatever the user's own settings."""

    @functools.wraps(draw)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        import matplotlib

        with matplotlib.rc_context():
            matplotlib.rcdefaults()
            matplotlib.rcParams.update(RC)
            return draw(*args, **kwargs)

    return wrapper


def new_figure(width: float = WIDTH, height: float = 3.2) -> Figure:
    """An empty figure with its own canvas and automatic layout, sizes in inches."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    layout = ConstrainedLayoutEngine(w_pad=0.06, h_pad=0.06)
    figure = Figure(figsize=(width, height), layout=layout)
    FigureCanvasAgg(figure)
    return figure


@styled
def save(figure: Figure, folder: Path, name: str, dpi: int = DPI) -> tuple[Path, Path]:
    """Write ``name.svg`` and ``name.png``; equal figures give equal bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    svg, png = folder / f"{name}.svg", folder / f"{name}.png"
    figure.savefig(svg, format="svg", dpi=dpi, metadata={"Date": None, "Creator": None})
    figure.set_layout_engine("none")
    figure.savefig(png, format="png", dpi=dpi, metadata={"Software": None})
    return svg, png


def sequence(count: int) -> list[Any]:
    """Colours for an ordered quantity, dark to light."""
    import matplotlib
    import numpy as np

    stops = np.linspace(0.12, 0.72, count) if count > 1 else np.array([0.3])
    return [matplotlib.colormaps[MAP](s) for s in stops]


def plain_log(axis: Axis, subs: Sequence[float] = (1.0, 2.0, 5.0)) -> None:
    """A logarithmic axis whose ticks read 20, 50, 100."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axis.axes.set(**{f"{axis.axis_name}scale": "log"})  # type: ignore[attr-defined]
    axis.set_major_locator(LogLocator(subs=subs, numticks=12))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_locator(LogLocator(subs=tuple(range(2, 10)), numticks=12))
    axis.set_minor_formatter(NullFormatter())


def log_ticks_for(axis: Axis, low: float, high: float) -> None:
    """As `plain_log`, with as many labelled ticks as the span of values asks for."""
    span = high / low
    subs: tuple[float, ...] = (1.0,)
    if span < 5:
        subs = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0)
    elif span < 15:
        subs = (1.0, 2.0, 3.0, 5.0, 7.0)
    elif span < 300:
        subs = (1.0, 2.0, 5.0)
    plain_log(axis, subs)


def letter(ax: Axes, text: str, title: str) -> None:
    """Panel letter and title above an axes."""
    ax.set_title(f"$\\bf{{{text}}}$  {title}", loc="left")


def empty(ax: Axes, text: str) -> None:
    """Say in the panel why there is nothing to draw."""
    ax.tick_params(labelleft=False, labelbottom=False)
    ax.text(
        0.5,
        0.5,
        text,
        transform=ax.transAxes,
        ha="center",
        va="center",
        color=MUTED,
        fontsize=8.5,
        wrap=True,
    )
