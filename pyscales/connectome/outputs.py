"""Files of a pipeline run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from pyscales.results import provenance, write_text_atomic

if TYPE_CHECKING:
    from pyscales.connectome.pipeline_result import PipelineResult


def write_pipeline(result: PipelineResult, folder: str | Path) -> list[Path]:
    """Write tables, summary, provenance, figures and report; returns their paths.

    ``data/units.csv`` and ``data/nuclei.csv`` hold what the figures show, ids as integers.
    """
    from pyscales.figures.connectome import draw_connectome
    from pyscales.report.connectome import write_connectome_report

    folder = Path(folder)
    paths = []
    for name, table in (("units", result.units), ("nuclei", result.nuclei)):
        path = folder / "data" / f"{name}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text_atomic(path, table.to_csv(index=False))
        paths.append(path)
    for name, record in (
        ("summary", result.summary_dict()),
        ("provenance", provenance(result.settings, result.settings["statistics"]["seed"])),
    ):
        path = folder / f"{name}.json"
        write_text_atomic(path, json.dumps(record, indent=2, default=str))
        paths.append(path)
    figures = draw_connectome(result, folder / "figures")
    paths += [f.png for f in figures]
    return [*paths, write_connectome_report(result, figures, folder)]
