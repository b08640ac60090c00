"""Figures of a study: every one only draws what the datasets hold."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from pyscales.figures.autocorrelations import draw_autocorrelations
from pyscales.figures.degrees import draw_degrees
from pyscales.figures.drawing import Drawing, FigureFile
from pyscales.figures.outliers import draw_outliers
from pyscales.figures.overview import draw_overview
from pyscales.figures.phase_diagram import draw_phase_diagram
from pyscales.figures.spectrum import draw_spectrum
from pyscales.figures.style import save
from pyscales.figures.timescale_degree import draw_timescale_degree
from pyscales.figures.timescales import draw_timescales
from pyscales.figures.traces import draw_traces

if TYPE_CHECKING:
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

__all__ = [
    "Drawing",
    "FigureFile",
    "draw_all",
    "draw_autocorrelations",
    "draw_degrees",
    "draw_outliers",
    "draw_overview",
    "draw_phase_diagram",
    "draw_spectrum",
    "draw_timescale_degree",
    "draw_timescales",
    "draw_traces",
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
    for draw in DRAWINGS:
        drawing = draw(study)
        dpi = 134 if drawing.name == "overview" else 200
        svg, png = save(drawing.figure, Path(folder), drawing.name, dpi)
        files.append(
            FigureFile(drawing.name, drawing.title, drawing.caption, drawing.alt, svg, png)
        )
    return files
