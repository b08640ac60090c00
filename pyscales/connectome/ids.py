"""Ids as exact 64-bit integers: root ids near 8.6e17 do not survive a float."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyscales.errors import InputError

IdArray = NDArray[np.int64]

NONE = 0
_FLOAT_FIX = (
    "Ids above 2^53 are rounded by floats: read the column as int64 or text, and keep pandas from "
    "merging it with missing values (use Int64)."
)


def check_ids(field: str, values: Any, *, missing: bool = False) -> IdArray:
    """Ids as int64, or InputError.

    Parameters
    ----------
    field : str
        Name for messages.
    values : array_like
        Integers, text of digits, or pandas Int64. Floats are refused, even whole ones.
    missing : bool
        Accept missing ids, which become 0 (no object, as in the CAVE tables).

    Returns
    -------
    ndarray of int64, shape (n,)

    Raises
    ------
    InputError
        A float, a negative or too large number, text that is no number, a missing id; the message
        names the first row (counted from 1).
    """
    array = _plain(field, values, missing)
    if array.dtype.kind == "f":
        shown = float(array.flat[0]) if array.size else array.dtype.name
        raise InputError(field, shown, "integer ids", _FLOAT_FIX)
    if array.dtype.kind in "OUS":
        array = _from_objects(field, array, missing)
    if array.dtype.kind not in "iu":
        raise InputError(field, array.dtype.name, "integer ids")
    if array.ndim != 1:
        raise InputError(field, array.shape, "one id per row")
    if array.dtype.kind == "u" and array.size and int(array.max()) > np.iinfo(np.int64).max:
        raise InputError(field, int(array.max()), "ids below 2^63")
    ids = array.astype(np.int64)
    if ids.size and int(ids.min()) < 0:
        row = int(np.flatnonzero(ids < 0)[0])
        raise InputError(f"{field} (row {row + 1})", int(ids[row]), "ids >= 0, 0 for none")
    if not missing and (ids == NONE).any():
        row = int(np.flatnonzero(ids == NONE)[0])
        raise InputError(f"{field} (row {row + 1})", 0, "an id > 0", "Remove rows without an id.")
    return ids


def _plain(field: str, values: Any, missing: bool) -> np.ndarray:
    """A numpy array; missing values of nullable integers become `NONE`."""
    dtype = getattr(values, "dtype", None)
    if dtype is not None and not isinstance(dtype, np.dtype):
        gaps = np.asarray(values.isna()) if hasattr(values, "isna") else None
        if gaps is not None and gaps.any():
            if not missing:
                row = int(np.flatnonzero(gaps)[0])
                raise InputError(f"{field} (row {row + 1})", None, "an id in every row")
            values = values.where(~gaps, "0" if dtype.kind in "OU" else NONE)
        kind = getattr(dtype, "kind", "O")
        if kind in "iu":
            return np.asarray(values.to_numpy(dtype=np.int64))
    try:
        return np.asarray(values)
    except (TypeError, ValueError):
        raise InputError(field, type(values).__name__, "a column of integer ids") from None


def _from_objects(field: str, array: np.ndarray, missing: bool) -> IdArray:
    """Exact integers from text or Python objects."""
    out = np.zeros(array.size, dtype=np.int64)
    limit = np.iinfo(np.int64).max
    for row, cell in enumerate(array.ravel()):
        text = cell.decode() if isinstance(cell, bytes) else cell
        if _absent(text):
            if not missing:
                raise InputError(f"{field} (row {row + 1})", cell, "an id in every row")
            continue
        if isinstance(text, (bool, np.bool_)):
            raise InputError(f"{field} (row {row + 1})", cell, "an integer id")
        if isinstance(text, (float, np.floating)):
            raise InputError(f"{field} (row {row + 1})", cell, "an integer id", _FLOAT_FIX)
        try:
            number = int(text)
        except (TypeError, ValueError):
            fix = _FLOAT_FIX if _is_number(text) else "Check the column and the delimiter."
            raise InputError(f"{field} (row {row + 1})", cell, "an integer id", fix) from None
        if not 0 <= number <= limit:
            raise InputError(f"{field} (row {row + 1})", cell, "an id from 0 to 2^63 - 1")
        out[row] = number
    return out


def _absent(cell: Any) -> bool:
    if cell is None or type(cell).__name__ in ("NAType", "NaTType"):
        return True
    if isinstance(cell, float) and np.isnan(cell):
        return True
    return isinstance(cell, str) and cell.strip() in ("", "NA", "nan", "NaN", "None", "<NA>")


def _is_number(cell: Any) -> bool:
    try:
        float(cell)
    except (TypeError, ValueError):
        return False
    return True
