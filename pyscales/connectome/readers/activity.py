"""Traces from npz and text files."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from pyscales.connectome.containers import Traces, make_traces
from pyscales.connectome.readers.files import as_float, open_table, read_columns
from pyscales.errors import InputError

_TIME = ("time", "time_s", "t", "timestamps")
_DATA = ("data", "traces", "trace", "trace_z", "activity", "fluorescence")
_NAMES = ("neuron", "neurons", "names", "labels", "unit_id")


def read_traces(
    path: str | Path, *, fs: float | None = None, units_first: bool | None = None
) -> Traces:
    """Traces from an npz file or a table.

    Parameters
    ----------
    path : path
        npz: one of data, traces, trace, trace_z, activity; time (s); optionally neuron names or
        unit_id. Tables: a column time (s) and one column per unit.
    fs : float, optional
        Frames per second of files without times.
    units_first : bool, optional
        Whether npz rows are units. Decided by the length of time; needed only without times or
        for square arrays.

    Raises
    ------
    InputError
        No traces, no clock, an orientation that cannot be decided.
    """
    path = Path(path)
    if path.name.lower().endswith(".npz"):
        return _from_npz(path, fs, units_first)
    table = open_table(path)
    lower = {c.lower(): c for c in table.columns}
    clock = next((lower[n] for n in _TIME if n in lower), None)
    names = [c for c in table.columns if c != clock and c != "(row)"]
    if not names:
        raise InputError(path.name, ", ".join(table.columns), "one column per unit")
    raw = read_columns(table, table.columns)
    data = np.column_stack([as_float(f"{path.name}: {c}", raw[c]) for c in names])
    time = _clock(
        None if clock is None else as_float(f"{path.name}: {clock}", raw[clock], missing=False),
        fs,
        len(raw),
    )
    import pandas as pd

    return make_traces(data, time, pd.DataFrame({"name": names}), source=path.name)


def _from_npz(path: Path, fs: float | None, units_first: bool | None) -> Traces:
    import pandas as pd

    try:
        with np.load(path, allow_pickle=False) as file:
            stored = {k: file[k] for k in file.files}
    except FileNotFoundError:
        raise InputError("traces", str(path), "an existing npz file") from None
    except (OSError, ValueError, zipfile.BadZipFile, EOFError) as error:
        raise InputError("traces", str(path), "a readable npz file", str(error)) from None
    data = next((stored[n] for n in _DATA if n in stored), None)
    if data is None or data.ndim != 2:
        raise InputError("traces", sorted(stored), "a matrix named " + ", ".join(_DATA))
    time = next((stored[n] for n in _TIME if n in stored), None)
    if units_first is None:
        if time is None or data.shape[0] == data.shape[1]:
            raise InputError(
                "units_first", None, "true or false", "The shape does not say which axis is time."
            )
        units_first = data.shape[1] == time.size
    samples = data.T if units_first else data
    names: Any = next((stored[n] for n in _NAMES if n in stored), None)
    units = None
    if names is not None:
        if names.shape != (samples.shape[1],):
            raise InputError("names", names.shape, f"one per unit ({samples.shape[1]},)")
        column = "unit_id" if "unit_id" in stored and names is stored["unit_id"] else "name"
        units = pd.DataFrame({column: names})
    return make_traces(samples, _clock(time, fs, samples.shape[0]), units, source=path.name)


def _clock(time: Any, fs: float | None, frames: int) -> np.ndarray:
    if time is not None:
        return np.asarray(time, dtype=np.float64)
    if fs is None:
        raise InputError("fs", None, "frames per second", "The file has no times.")
    if not (np.isfinite(fs) and fs > 0):
        raise InputError("fs", fs, "frames per second > 0")
    return np.arange(frames) / fs
