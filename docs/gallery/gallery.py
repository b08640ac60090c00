"""What the scripts of the gallery share: where figures go, and a size for trying them out."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def options(description: str) -> tuple[Path, bool]:
    """Folder for the figure, and whether to compute a tiny version of it."""
    parser = argparse.ArgumentParser(description=description)
    here = Path(__file__).parents[1] / "images"
    parser.add_argument("--out", type=Path, default=here, help="Folder for the figure.")
    parser.add_argument("--tiny", action="store_true", help="Small enough for a test.")
    found = parser.parse_args()
    return found.out, found.tiny


def write(figure: Figure, folder: Path, name: str) -> None:
    """Write the figure as PNG and say where."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.png"
    figure.savefig(path, dpi=130, metadata={"Software": None})
    print(path)
