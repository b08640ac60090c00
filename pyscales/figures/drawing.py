"""What a drawn figure is: the figure and the words that go with it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Drawing:
    """A figure in memory.

    Attributes
    ----------
    name : str
        File name without suffix.
    title, caption : str
        Plain text; the caption carries the numbers.
    alt : str
        What the image shows, for readers who cannot see it.
    figure : Figure
    """

    name: str
    title: str
    caption: str
    alt: str
    figure: Figure


@dataclass(frozen=True)
class FigureFile:
    """A figure on disk, with the same words as `Drawing`."""

    name: str
    title: str
    caption: str
    alt: str
    svg: Path
    png: Path
