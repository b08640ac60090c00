"""Two-photon scans in NWB files, read field by field with h5py alone.

The layout is that of DANDI set 000402 (MICrONS functional data): raw fluorescence per imaging field
under processing/ophys/Fluorescence/RoiResponseSeries<f>, mask numbers and types under
ImageSegmentation/PlaneSegmentation<f>, stimuli under intervals. The root ids inside these files are
stored as floats and therefore never used; units are named by a ScanUnit table.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pyscales.connectome.containers import FloatArray, Traces, check_intervals, frame_rate
from pyscales.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

_OPHYS = "processing/ophys"
_BEHAVIOUR = ("acquisition/", "processing/behavior/", "")
_SESSION = re.compile(r"^(?P<session>\d+)-scan-(?P<scan>\d+)$")


@dataclass(frozen=True, eq=False)
class NwbScan:
    """One scan on disk: what it holds, without the samples.

    Attributes
    ----------
    path : Path
    session, scan_idx : int
    fields : tuple of int
        Imaging fields with fluorescence.
    units : DataFrame
        session, scan_idx, field, mask_id, mask_type and column (of the field's data), one row per
        region of interest, fields in order.
    time : ndarray, shape (frames,)
        Seconds, of field 1; other fields are scanned some milliseconds later.
    fs : float
        From the median frame step: the stored imaging rate is NaN.
    intervals : DataFrame
        start, stop, kind of every stimulus.
    """

    path: Path
    session: int
    scan_idx: int
    fields: tuple[int, ...]
    units: pd.DataFrame
    time: FloatArray
    fs: float
    intervals: pd.DataFrame

    def traces(
        self,
        *,
        fields: Sequence[int] | None = None,
        mask_types: Sequence[str] | None = ("soma",),
        window: tuple[float, float] | None = None,
    ) -> Traces:
        """Fluorescence of some fields, mask types and seconds; only these are read.

        Parameters
        ----------
        fields : sequence of int, optional
            All by default.
        mask_types : sequence of str, optional
            Regions to keep; None for all, artifacts included.
        window : (start, stop), optional
            Seconds on the clock of the file.

        Raises
        ------
        InputError
            A field that is not there, an empty choice, a truncated file.
        """
        chosen = list(self.fields) if fields is None else [int(f) for f in fields]
        missing = [f for f in chosen if f not in self.fields]
        if missing or not chosen:
            raise InputError("fields", missing, "some of " + ", ".join(map(str, self.fields)))
        rows = self.units["field"].isin(chosen)
        if mask_types is not None:
            rows &= self.units["mask_type"].isin(list(mask_types))
        if not rows.any():
            known = sorted(set(self.units["mask_type"]))
            raise InputError("mask_types", mask_types, "some of " + ", ".join(known))
        first, last = 0, self.time.size
        if window is not None:
            first, last = np.searchsorted(self.time, window)
            if last - first < 2:
                raise InputError(
                    "window", window, f"seconds within {self.time[0]:.4g}..{self.time[-1]:.4g}"
                )
        table = self.units[rows].reset_index(drop=True)
        data = np.empty((last - first, len(table)), dtype=np.float32)
        with open_hdf5(self.path) as file:
            for field in chosen:
                mine = np.flatnonzero(table["field"] == field)
                if mine.size:
                    block = _read(file, _series(field) + "/data", slice(first, last))
                    data[:, mine] = block[:, table["column"].to_numpy()[mine]]
        return Traces(data, self.time[first:last], self.fs, table, self.intervals, self.path.name)

    def behaviour(self) -> dict[str, FloatArray]:
        """Treadmill speed and pupil radius on the clock of the frames, where recorded.

        Returns
        -------
        dict of str to ndarray, shape (frames,)
            'treadmill' and 'pupil'; NaN outside the samples and where they are NaN.
        """
        names = {"treadmill": "treadmill_velocity", "pupil": "PupilTracking/pupil_major_radius"}
        found: dict[str, FloatArray] = {}
        with open_hdf5(self.path) as file:
            for name, place in names.items():
                series = next((file[r + place] for r in _BEHAVIOUR if r + place in file), None)
                if series is None or "data" not in series or "timestamps" not in series:
                    continue
                t = np.asarray(series["timestamps"], dtype=np.float64)
                v = np.asarray(series["data"], dtype=np.float64)
                v = v[:, 0] if v.ndim == 2 else v
                good = np.isfinite(t) & np.isfinite(v)
                if good.sum() >= 2:
                    found[name] = np.interp(self.time, t[good], v[good], left=np.nan, right=np.nan)
        return found


@contextmanager
def open_hdf5(path: str | Path) -> Iterator[Any]:
    """An HDF5 file for reading; a missing, truncated or foreign file is an InputError."""
    import h5py

    path = Path(path)
    if not path.is_file():
        raise InputError("nwb", str(path), "an existing NWB file", "Check the path.")
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        raise InputError(
            "nwb",
            str(path),
            "a complete HDF5 file",
            f"It is truncated or of another format ({str(error).splitlines()[0][:120]}).",
        ) from None
    try:
        yield file
    finally:
        file.close()


def _series(field: int) -> str:
    return f"{_OPHYS}/Fluorescence/RoiResponseSeries{field}"


def _read(file: Any, place: str, part: Any = slice(None)) -> np.ndarray:
    try:
        return np.asarray(file[place][part])
    except KeyError:
        raise InputError("nwb", place, f"a dataset of {Path(file.filename).name}") from None
    except OSError as error:
        raise InputError(
            "nwb", place, "readable samples", f"The file is damaged: {str(error)[:120]}"
        ) from None


def open_nwb(path: str | Path) -> NwbScan:
    """Open a scan: names, masks, clock and stimuli, but no samples and no images.

    Parameters
    ----------
    path : path

    Raises
    ------
    InputError
        A file that is truncated or no HDF5; no session id of the form 4-scan-7 under general; no
        fluorescence; numbers of regions, masks and frames that disagree; times that do not grow.
    """
    path = Path(path)
    with open_hdf5(path) as file:
        session, scan = _session(file)
        fluorescence = file.get(f"{_OPHYS}/Fluorescence")
        names = [] if fluorescence is None else list(fluorescence)
        fields = sorted(
            int(m.group(1)) for n in names if (m := re.fullmatch(r"RoiResponseSeries(\d+)", n))
        )
        if not fields:
            raise InputError(
                "nwb",
                f"{_OPHYS}/Fluorescence",
                "RoiResponseSeries1, 2, ...",
                "Only raw fluorescence of the MICrONS layout is read.",
            )
        tables = []
        frames = None
        for field in fields:
            table, n_frames = _field(file, field)
            if frames is not None and n_frames != frames:
                raise InputError(
                    f"nwb: {_series(field)}/data", n_frames, f"{frames} frames, as in other fields"
                )
            frames = n_frames
            tables.append(table)
        time = _read(file, _series(fields[0]) + "/timestamps").astype(np.float64)
        if time.shape != (frames,):
            raise InputError(
                f"nwb: {_series(fields[0])}/timestamps", time.shape, f"one per frame ({frames},)"
            )
        fs = frame_rate(time)
        intervals = _intervals(file)
    import pandas as pd

    units = pd.concat(tables, ignore_index=True)
    units.insert(0, "scan_idx", np.int64(scan))
    units.insert(0, "session", np.int64(session))
    return NwbScan(path, session, scan, tuple(fields), units, time, fs, intervals)


def _session(file: Any) -> tuple[int, int]:
    node = file.get("general/session_id")
    if node is None:
        raise InputError("nwb: general/session_id", "absent", "a session id such as 4-scan-7")
    raw = node[()]
    text = raw.decode() if isinstance(raw, bytes) else str(raw)
    match = _SESSION.match(text.strip())
    if match is None:
        raise InputError("nwb: general/session_id", text, "<session>-scan-<scan_idx>")
    return int(match["session"]), int(match["scan"])


def _field(file: Any, field: int) -> tuple[pd.DataFrame, int]:
    """Regions of one field and its number of frames."""
    import pandas as pd

    series = file[_series(field)]
    if "data" not in series:
        raise InputError("nwb", _series(field) + "/data", "a dataset (time, regions)")
    shape = series["data"].shape
    if len(shape) != 2:
        raise InputError(f"nwb: {_series(field)}/data", shape, "shape (time, regions)")
    plane = f"{_OPHYS}/ImageSegmentation/PlaneSegmentation{field}"
    mask_id = _read(file, plane + "/id")
    kinds = [
        k.decode() if isinstance(k, bytes) else str(k) for k in _read(file, plane + "/mask_type")
    ]
    if mask_id.dtype.kind not in "iu":
        raise InputError(f"nwb: {plane}/id", mask_id.dtype.name, "integer mask numbers")
    if len(kinds) != mask_id.size:
        raise InputError(f"nwb: {plane}/mask_type", len(kinds), f"one per mask ({mask_id.size})")
    rois = _read(file, _series(field) + "/rois") if "rois" in series else np.arange(shape[1])
    if rois.size != shape[1]:
        raise InputError(f"nwb: {_series(field)}/rois", rois.size, f"one per column ({shape[1]})")
    if rois.size and not (rois.min() >= 0 and rois.max() < mask_id.size):
        raise InputError(
            f"nwb: {_series(field)}/rois", int(rois.max()), f"rows 0..{mask_id.size - 1}"
        )
    ids = mask_id[rois].astype(np.int64)
    if np.unique(ids).size != ids.size:
        raise InputError(f"nwb: {plane}/id", "repeated", "one number per mask of the field")
    table = pd.DataFrame(
        {
            "field": np.full(rois.size, field, dtype=np.int64),
            "mask_id": ids,
            "mask_type": np.array(kinds, dtype=object)[rois],
            "column": np.arange(rois.size),
        }
    )
    return table, int(shape[0])


def _intervals(file: Any) -> pd.DataFrame:
    import pandas as pd

    group = file.get("intervals")
    rows = []
    for name in sorted([] if group is None else group):
        table = group[name]
        if "start_time" not in table or "stop_time" not in table:
            raise InputError(f"nwb: intervals/{name}", list(table), "start_time and stop_time")
        start, stop = np.asarray(table["start_time"]), np.asarray(table["stop_time"])
        if start.shape != stop.shape:
            raise InputError(f"nwb: intervals/{name}", stop.shape, f"shape {start.shape}")
        rows.append(pd.DataFrame({"start": start, "stop": stop, "kind": name}))
    return check_intervals(pd.concat(rows, ignore_index=True) if rows else None)
