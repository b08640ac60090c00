"""Where a result comes from: versions, platform, configuration."""

from __future__ import annotations

import datetime
import platform
import sys
from importlib import metadata
from typing import Any

from pyscales._version import __version__

PACKAGES = ("numpy", "scipy", "xarray", "h5netcdf", "matplotlib", "pydantic", "typer")


def provenance(config: dict[str, Any], seed: int) -> dict[str, Any]:
    """Versions, platform, time, seed and resolved configuration as plain values."""
    return {
        "pyscales": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "packages": {name: _version(name) for name in PACKAGES},
        "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "command": [p if i else "pyscales" for i, p in enumerate(sys.argv)],
        "seed": seed,
        "config": config,
    }


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"
