"""Figures of a study: every one only draws what the datasets hold."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from pyscales.figures.autocorrelations import draw_autocorrelations
from pyscales.figures.bistable import draw_bistable_traces
from pyscales.figures.degrees import draw_degrees
from pyscales.figures.drawing import Drawing, FigureFile
from pyscales.figures.lyapunov import draw_lyapunov
from pyscales.figures.memory import draw_self_couplings
from pyscales.figures.outliers import draw_outliers
from pyscales.figures.overview import draw_overview
from pyscales.figures.phase_diagram import draw_phase_diagram
from pyscales.figures.spectrum import draw_spectrum
from pyscales.figures.style import save
from pyscales.figures.timescale_degree import draw_timescale_degree
from pyscales.figures.timescales import draw_timescales
from pyscales.figures.traces import draw_traces
from pyscales.figures.ucna import draw_ucna

if TYPE_CHECKING:
    import xarray as xr

    from pyscales.study import Study

DRAWINGS: tuple[Callable[[Study], Drawing], ...] = (
    draw_overview,
    draw_degrees,
    draw_phase_diagram,
    draw_spectrum,
    draw_outliers,
    draw_autocorrelations,
    draw_timescales,
    draw_timescale_degree,
    draw_traces,
)

FROM_PIECE: dict[str, Callable[[xr.Dataset], Drawing]] = {
    "self_couplings": draw_self_couplings,
    "ucna": draw_ucna,
    "lyapunov": draw_lyapunov,
}
"""Drawn only where the study has the piece."""

__all__ = [
    "Drawing",
    "FigureFile",
    "draw_all",
    "draw_autocorrelations",
    "draw_bistable_traces",
    "draw_degrees",
    "draw_lyapunov",
    "draw_outliers",
    "draw_overview",
    "draw_phase_diagram",
    "draw_self_couplings",
    "draw_spectrum",
    "draw_timescale_degree",
    "draw_timescales",
    "draw_traces",
    "draw_ucna",
]


def draw_all(study: Study, folder: str | Path) -> list[FigureFile]:
    """Draw every figure of a study as SVG and PNG.

    Parameters
    ----------
    study : Study
        From `pyscales.study.reproduce`.
    folder : path
        Created if needed; existing files are replaced.

    Returns
    -------
    list of FigureFile
        In the order of the report; the overview comes first.
    """
    files = []
    drawings = [draw(study) for draw in DRAWINGS]
    for name, draw in FROM_PIECE.items():
        if name in study.pieces:
            drawings.append(draw(study.pieces[name]))
    if "self_couplings" in study.pieces:
        drawings.append(draw_bistable_traces(study))
    for drawing in drawings:
        dpi = 134 if drawing.name == "overview" else 200
        svg, png = save(drawing.figure, Path(folder), drawing.name, dpi)
        files.append(
            FigureFile(drawing.name, drawing.title, drawing.caption, drawing.alt, svg, png)
        )
    return files
