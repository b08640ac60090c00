"""Files of a run: NetCDF written atomically, found again by the hash of what made them."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyscales._interrupt import check as check_interrupt
from pyscales._interrupt import shielded
from pyscales._version import __version__
from pyscales.errors import InputError

if TYPE_CHECKING:
    import xarray as xr


def content_hash(recipe: dict[str, Any]) -> str:
    """Short hash of the plain values that determine a result, and of the package version."""
    text = json.dumps({"version": __version__, **recipe}, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _part_of(path: Path) -> Path:
    """Where a file is written before it takes its name; no other process or thread uses it."""
    return path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.part")


def write_text_atomic(path: Path, text: str) -> None:
    """Write a text file so that it is either whole or absent."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = _part_of(path)
    part.write_text(text, encoding="utf-8")
    os.replace(part, path)


def save_dataset(dataset: xr.Dataset, path: str | Path) -> Path:
    """Write a Dataset as NetCDF (h5netcdf), atomically; returns the path."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = _part_of(path)
    compress = {
        name: {"zlib": True, "complevel": 3}
        for name, v in dataset.variables.items()
        if v.dtype.kind in "fiu" and v.size > 10_000
    }
    try:
        with shielded():
            dataset.to_netcdf(part, engine="h5netcdf", encoding=compress)
            os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    return path


def load_dataset(path: str | Path) -> xr.Dataset:
    """Read a Dataset written by `save_dataset` into memory.

    Raises
    ------
    InputError
        The file is missing or is not a pyscales NetCDF file.
    """
    import xarray as xr

    path = Path(path)
    if not path.is_file():
        raise InputError("file", str(path), "an existing NetCDF file of pyscales")
    try:
        with shielded(), xr.open_dataset(path, engine="h5netcdf") as dataset:
            return dataset.load()
    except (OSError, ValueError, KeyError) as error:
        raise InputError(
            "file", str(path), "a NetCDF file written by pyscales", str(error)[:120]
        ) from None


class Store:
    """Finished pieces of a run in one folder.

    A piece is computed once: its file carries the hash of its recipe, and a later run with the
    same recipe reads it back. Half-written or foreign files are computed again.
    """

    def __init__(self, folder: str | Path | None) -> None:
        self.folder = None if folder is None else Path(folder)
        self.reused: list[str] = []
        self.computed: list[str] = []

    def get(
        self, name: str, recipe: dict[str, Any], compute: Callable[[], xr.Dataset]
    ) -> xr.Dataset:
        """The piece `name`, from disk if its recipe is unchanged, else computed and written."""
        check_interrupt()
        if self.folder is None:
            self.computed.append(name)
            return compute()
        key = content_hash(recipe)
        path = self.folder / f"{name}.nc"
        if path.exists():
            try:
                found = load_dataset(path)
                if found.attrs.get("recipe_hash") == key:
                    self.reused.append(name)
                    return found
            except InputError:
                pass
        dataset = compute()
        dataset.attrs["recipe_hash"] = key
        save_dataset(dataset, path)
        self.computed.append(name)
        return dataset
