"""What every command with --out writes: resolved configuration, results, provenance."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyscales.config import Config


def write_run(folder: Path | None, config: Config, datasets: dict[str, Any]) -> list[Path]:
    """Write config.toml, provenance.json and one NetCDF file per dataset; returns the files."""
    if folder is None:
        return []
    from pyscales.cli.output import plain
    from pyscales.config.template import to_toml
    from pyscales.results import provenance, save_dataset, write_text_atomic

    write_text_atomic(folder / "config.toml", to_toml(config, comments=False))
    record = provenance(config.model_dump(), config.run.seed)
    write_text_atomic(folder / "provenance.json", json.dumps(plain(record), indent=2))
    return [save_dataset(d, folder / "results" / f"{name}.nc") for name, d in datasets.items()]
