"""All points of a sweep as one Dataset, the same whoever computed them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pyscales.errors import InputError
from pyscales.results.dataset import UNITS
from pyscales.results.store import save_dataset
from pyscales.sweep.folder import SweepFolder
from pyscales.sweep.known_points import KnownPoints, PointFinder
from pyscales.sweep.plan import Plan
from pyscales.sweep.record import read_point

if TYPE_CHECKING:
    import xarray as xr


def merge_sweep(
    folder: str | Path, file: str | Path | None = None, *, partial: bool = False
) -> xr.Dataset:
    """Merge the point files and write ``merged.nc``.

    Parameters
    ----------
    folder : path
    file : path, optional
        Default ``merged.nc`` in the folder.
    partial : bool
        Accept unfinished points: NaN, '' or -1 stands for their values.

    Returns
    -------
    Dataset
        A grid has one dim per axis and `repeat`; a list or a refined grid has `point` and `repeat`.
        `boundary_*` with their errors after refinement.

    Raises
    ------
    InputError
        Unfinished or damaged points, named, unless `partial`.
    """
    home = SweepFolder(folder)
    plan = home.load_plan()
    known = PointFinder(home, plan).find()
    found, missing = _read(home, known)
    if not found:
        raise InputError("folder", str(folder), "a sweep with a finished point", "Run it first.")
    if (missing or not known.exploration.complete) and not partial:
        raise InputError(
            "folder",
            str(folder),
            "a finished sweep",
            f"{len(missing)} of {len(known.points)} points are missing or damaged "
            f"({'; '.join(missing[:3])}{'; ...' if len(missing) > 3 else ''}). "
            "Run it again, or merge what there is with --partial.",
        )
    merged = _assemble(plan, known, found)
    save_dataset(merged, Path(file) if file is not None else home.merged)
    return merged


def _read(home: SweepFolder, known: KnownPoints) -> tuple[dict[int, xr.Dataset], list[str]]:
    found: dict[int, xr.Dataset] = {}
    missing = []
    for i, point in enumerate(known.points):
        try:
            found[i] = read_point(home, point.key)
        except InputError:
            missing.append(f"{home.file_of(point).name}: {point.label()}")
    return found, missing


def _assemble(plan: Plan, known: KnownPoints, found: dict[int, xr.Dataset]) -> xr.Dataset:
    import xarray as xr

    names = _axis_names(plan, {str(v) for d in found.values() for v in d.variables})
    is_grid = bool(plan.axes) and plan.refine is None
    dims = tuple(names.values()) if is_grid else ("point",)
    shape = plan.shape if is_grid else (len(known.points) // plan.repeats,)
    if plan.repeats > 1:
        dims, shape = (*dims, "repeat"), (*shape, plan.repeats)
    merged = xr.Dataset()
    order = sorted({str(v) for d in found.values() for v in d.data_vars})
    for name in order:
        holders = {i: d[name] for i, d in found.items() if name in d}
        first = next(iter(holders.values()))
        merged[name] = (
            (*dims, *map(str, first.dims)),
            _stack(name, holders, len(known.points), known).reshape(*shape, *first.shape),
            dict(first.attrs),
        )
    for key, name in names.items():
        if is_grid:
            axis = next(a for a in plan.axes if a.key == key)
            merged = merged.assign_coords(
                {name: ((name,), _column(axis.values), _words(name, key))}
            )
        else:
            values = _column([p.values[key] for p in known.points[:: plan.repeats]])
            merged = merged.assign_coords({name: (("point",), values, _words(name, key))})
    if plan.repeats > 1:
        merged = merged.assign_coords(repeat=("repeat", np.arange(plan.repeats)))
    if plan.refine is not None:
        merged = merged.assign_coords(level=("point", np.array(known.exploration.levels)))
        merged = _with_boundary(merged, names, known)
    merged.attrs = {
        "job": "sweep",
        "plan": json.dumps(plan.to_dict(), sort_keys=True, default=str),
        "versions": json.dumps(plan.versions, sort_keys=True),
        "n_points": len(known.points),
        "n_finished": len(found),
    }
    return merged


def _stack(
    name: str, holders: dict[int, xr.DataArray], count: int, known: KnownPoints
) -> np.ndarray[Any, Any]:
    first = np.asarray(next(iter(holders.values())).values)
    for i, variable in holders.items():
        if variable.shape != first.shape:
            raise InputError(
                "sweep.keep",
                name,
                f"an array of one shape: {first.shape} first, {variable.shape} at "
                f"{known.points[i].label()}",
                "Fix its length (dmft.n_lags, simulation.max_lag, model.n).",
            )
    text = first.dtype.kind in "OUT"
    whole = len(holders) == count
    if text:
        out = np.full((count, *first.shape), "", dtype=object)
    elif first.dtype.kind == "f" or not whole:
        out = np.full((count, *first.shape), np.nan)
    else:
        out = np.zeros((count, *first.shape), dtype=first.dtype)
    for i, variable in holders.items():
        out[i] = variable.values
    return out.astype(str) if text else out


def _axis_names(plan: Plan, taken: set[str]) -> dict[str, str]:
    """Short name of each swept key: its last part where that is free."""
    short = [key.rsplit(".", 1)[-1] for key in plan.swept]
    reserved = taken | {"point", "repeat", "level", "boundary"}
    return {
        key: name if short.count(name) == 1 and name not in reserved else key.replace(".", "_")
        for key, name in zip(plan.swept, short, strict=True)
    }


def _column(values: Any) -> np.ndarray[Any, Any]:
    plain = [v if isinstance(v, (int, float, str)) else json.dumps(v, default=str) for v in values]
    return np.array(plain)


def _words(name: str, key: str) -> dict[str, str]:
    units, long_name = UNITS.get(name, ("1", key))
    return {"units": units, "long_name": long_name, "key": key}


def _with_boundary(merged: xr.Dataset, names: dict[str, str], known: KnownPoints) -> xr.Dataset:
    boundary = known.exploration.boundary
    for key, name in names.items():
        words = _words(name, key)
        values = _column([centre[key] for centre, _ in boundary])
        merged[f"boundary_{name}"] = (
            ("boundary",),
            values,
            words | {"long_name": f"{words['long_name']} on the boundary"},
        )
        if boundary and key in boundary[0][1]:
            merged[f"boundary_{name}_error"] = (
                ("boundary",),
                np.array([half[key] for _, half in boundary]),
                words | {"long_name": f"half distance of the points on both sides: {name}"},
            )
    return merged
