"""The file of a point: written whole or not at all, and trusted only with its checksum."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import numpy as np

from pyscales.errors import InputError
from pyscales.results.store import load_dataset, save_dataset
from pyscales.sweep.folder import SweepFolder
from pyscales.sweep.points import Point

if TYPE_CHECKING:
    import xarray as xr


def write_point(folder: SweepFolder, point: Point, dataset: xr.Dataset) -> None:
    """Write a point's file with its key and checksum."""
    dataset.attrs = {
        "point": point.key,
        "values": json.dumps(point.values, default=str),
        "repeat": point.repeat,
        "seed": str(point.config["run"]["seed"]),
        "versions": json.dumps(point.versions),
        "config": json.dumps(point.config, sort_keys=True, default=str),
    }
    dataset.attrs["checksum"] = checksum(dataset)
    save_dataset(_packed(dataset), folder.file_of(point))


def read_point(folder: SweepFolder, key: str) -> xr.Dataset:
    """Read a point's file.

    Raises
    ------
    InputError
        Missing, unreadable, of another point, or changed since it was written; named.
    """
    path = folder.file_of(key)
    try:
        dataset = _unpacked(load_dataset(path))
    except (KeyError, ValueError, TypeError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError("file", str(path), "a point of a sweep", str(error)) from None
    if dataset.attrs.get("point") != key:
        raise InputError("file", str(path), f"the file of point {key}", "Run the sweep again.")
    if dataset.attrs.get("checksum") != checksum(dataset):
        raise InputError("file", str(path), "data that fit their checksum", "Run the sweep again.")
    return dataset


def _packed(dataset: xr.Dataset) -> xr.Dataset:
    """Numbers in one array and labels in one attribute: files of many variables are slow."""
    import xarray as xr

    numbers = [k for k, v in dataset.data_vars.items() if v.ndim == 0 and v.dtype.kind == "f"]
    labels = [k for k, v in dataset.data_vars.items() if v.ndim == 0 and v.dtype.kind in "OUT"]
    out = dataset.drop_vars([*numbers, *labels])
    values = np.array([float(dataset[k]) for k in numbers])
    out["numbers"] = xr.Variable(("number",), values)
    out.attrs["names"] = json.dumps([[k, dataset[k].attrs] for k in numbers])
    out.attrs["labels"] = json.dumps(
        [[k, str(dataset[k].values), dataset[k].attrs] for k in labels]
    )
    return out


def _unpacked(packed: xr.Dataset) -> xr.Dataset:
    import xarray as xr

    attrs = dict(packed.attrs)
    names = json.loads(attrs.pop("names"))
    values = packed["numbers"].values
    found: dict[str, Any] = {
        name: ((), float(value), words) for (name, words), value in zip(names, values, strict=True)
    }
    found |= {name: ((), text, words) for name, text, words in json.loads(attrs.pop("labels"))}
    found |= {str(k): v.variable for k, v in packed.data_vars.items() if k != "numbers"}
    return xr.Dataset(found, attrs=attrs)


def problem(folder: SweepFolder, key: str) -> str:
    """Why a point's file cannot be trusted; '' if it can, 'missing' if there is none."""
    if not folder.file_of(key).exists():
        return "missing"
    try:
        read_point(folder, key)
    except InputError as error:
        return f"{error.allowed} expected" + (f" ({error.fix})" if error.fix else "")
    return ""


def checksum(dataset: xr.Dataset) -> str:
    """Hash of names, types, values and attributes; the checksum itself is left out."""
    digest = hashlib.sha256()

    def add(*values: Any) -> None:
        for value in values:
            digest.update(str(value).encode() + b"\0")

    for name in sorted(map(str, dataset.variables)):
        variable = dataset[name]
        values = np.asarray(variable.values)
        add(name, variable.dims, values.shape)
        if values.dtype.kind in "OUT":
            add("text", *values.ravel().tolist())
        else:
            add(values.dtype.str)
            digest.update(np.ascontiguousarray(values).tobytes())
        add(*(f"{k}={v}" for k, v in sorted(variable.attrs.items())))
    add(*(f"{k}={v}" for k, v in sorted(dataset.attrs.items()) if k != "checksum"))
    return digest.hexdigest()[:32]
