"""Column names and their aliases, resolved to one name each."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from pyscales.connectome.ids import check_ids
from pyscales.connectome.readers.files import TableFile, as_bool, as_float, read_columns
from pyscales.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["id", "optional_id", "float", "bool", "text", "count"]


@dataclass(frozen=True)
class Column:
    """One column to read.

    Attributes
    ----------
    name : str
        Name in the result.
    kind : str
        'id' (present in every row), 'optional_id' (0 where absent), 'float', 'bool', 'text',
        'count' (whole number >= 0).
    aliases : tuple of str
        Names in files, best first; `name` itself is tried before them.
    required : bool
    """

    name: str
    kind: Kind
    aliases: tuple[str, ...] = ()
    required: bool = True


def resolve(table: TableFile, columns: tuple[Column, ...]) -> dict[str, str]:
    """Which column of the file holds each wanted one.

    Raises
    ------
    InputError
        A required column is absent, under all its names.
    """
    lower = {c.lower(): c for c in table.columns}
    found: dict[str, str] = {}
    for column in columns:
        names = (column.name, *column.aliases)
        hit = next((lower[n.lower()] for n in names if n.lower() in lower), None)
        if hit is not None:
            found[column.name] = hit
        elif column.required:
            near = difflib.get_close_matches(column.name, table.columns, n=1, cutoff=0.7)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            if len(table.columns) == 1:
                hint = " The file has a single column: is the delimiter right?"
            raise InputError(
                f"{table.path.name}: column {column.name}",
                ", ".join(table.columns),
                "one of " + ", ".join(names),
                "Name or add the column." + hint,
            )
    if not found:
        raise InputError(
            f"{table.path.name}: columns",
            ", ".join(table.columns),
            "some of " + ", ".join(c.name for c in columns),
            "For a headerless export keep its header file beside it.",
        )
    return found


def read_table(table: TableFile, columns: tuple[Column, ...]) -> pd.DataFrame:
    """The wanted columns under their own names and with their own types.

    Absent optional columns are absent in the result.

    Raises
    ------
    InputError
        A missing column, or a value that is not of the column's kind; the row is named.
    """
    import pandas as pd

    where = resolve(table, columns)
    raw = read_columns(table, sorted(set(where.values())))
    out = {}
    for column in columns:
        if column.name in where:
            field = f"{table.path.name}: {where[column.name]}"
            out[column.name] = _convert(field, raw[where[column.name]], column.kind)
    return pd.DataFrame(out)


def _convert(field: str, values: Any, kind: Kind) -> Any:
    if kind in ("id", "optional_id"):
        return check_ids(field, values, missing=kind == "optional_id")
    if kind == "float":
        return as_float(field, values)
    if kind == "bool":
        return as_bool(field, values)
    if kind == "count":
        numbers = as_float(field, values, missing=False)
        wrong = ~((numbers >= 0) & (numbers == np.floor(numbers)))
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            raise InputError(f"{field} (row {row + 1})", float(numbers[row]), "a whole number >= 0")
        return numbers.astype(np.int64)
    import pandas as pd

    cells = pd.Series(values)
    return cells.astype(object).where(cells.notna(), "").astype(str).str.strip()


def read_positions(
    table: TableFile, scale: tuple[float, float, float], prefix: str = "pt_position"
) -> np.ndarray | None:
    """Positions in micrometres, from ``<prefix>_x, _y, _z`` or a column of triples; else None.

    Parameters
    ----------
    scale : tuple of float
        Micrometres per unit of the file on each axis.
    """
    lower = {c.lower(): c for c in table.columns}
    names = [lower.get(f"{prefix}_{axis}") for axis in "xyz"]
    if all(names):
        split = [str(n) for n in names]
        raw = read_columns(table, split)
        xyz = np.column_stack([as_float(f"{table.path.name}: {n}", raw[n]) for n in split])
        return xyz * np.asarray(scale)
    if prefix in lower:
        raw = read_columns(table, [lower[prefix]])
        return _triples(f"{table.path.name}: {prefix}", raw[lower[prefix]]) * np.asarray(scale)
    return None


def _triples(field: str, values: Any) -> np.ndarray:
    out = np.full((len(values), 3), np.nan)
    for row, cell in enumerate(values):
        if isinstance(cell, str):
            parts = cell.strip().strip("[]()").replace(",", " ").split()
        else:
            parts = [] if cell is None else list(np.atleast_1d(cell))
        if not parts:
            continue
        try:
            out[row] = [float(p) for p in parts]
        except (TypeError, ValueError):
            raise InputError(f"{field} (row {row + 1})", cell, "three numbers") from None
    return out
