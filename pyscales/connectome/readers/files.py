"""Tables from disk, whatever their format: nothing is guessed that changes a value.

Only the columns asked for are read. Text files are read as text and converted here, so that ids
never pass through a float.
"""

from __future__ import annotations

import csv
import gzip
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pyscales.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

TEXT = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz")
BINARY = (".parquet", ".feather")
_DELIMITERS = (",", "\t", ";")


@dataclass(frozen=True)
class TableFile:
    """A table on disk whose header is known and whose rows are not read yet.

    Attributes
    ----------
    path : Path
    kind : str
        'text', 'parquet', 'feather' or 'pickle'.
    columns : list of str
    delimiter : str
        Of text files.
    skip : int
        Header lines of text files: 0 for the headerless exports.
    frame : DataFrame or None
        The whole table, for pickles.
    """

    path: Path
    kind: str
    columns: list[str]
    delimiter: str = ","
    skip: int = 1
    frame: Any = None


def open_table(
    path: str | Path,
    *,
    header: str | Path | None = None,
    allow_pickle: bool = False,
    bare: tuple[str, ...] = (),
) -> TableFile:
    """Find the format and the column names of a table.

    Parameters
    ----------
    path : path
        .csv, .tsv, .txt (also .gz), .parquet, .feather; .pkl only with `allow_pickle`.
    header : path, optional
        The header of a headerless export: rows ``name,type``. A file ``<stem>_header.csv`` beside
        a text file is found by itself.
    allow_pickle : bool
        Loading a pickle runs code from the file: only for files you trust.
    bare : tuple of str
        Names for a text file whose first line holds numbers, two columns or more, at most these.

    Raises
    ------
    InputError
        Missing, empty, truncated or unreadable file; unknown format; a header with repeated or
        empty names.
    """
    path = Path(path)
    try:
        known = path.is_file()
    except OSError:
        known = False
    if not known:
        raise InputError("table", str(path), "an existing file", "Check the path.")
    name = path.name.lower()
    if name.endswith(TEXT):
        return _open_text(path, header, bare)
    if name.endswith(BINARY):
        return _open_binary(path)
    if name.endswith((".pkl", ".pickle")):
        return _open_pickle(path, allow_pickle)
    raise InputError("table", str(path), "a file ending in " + ", ".join((*TEXT, *BINARY)))


def read_columns(table: TableFile, columns: list[str]) -> pd.DataFrame:
    """The rows of some columns; text columns as str, others as stored."""

    if table.kind == "pickle":
        return table.frame[columns].reset_index(drop=True)
    if table.kind in ("parquet", "feather"):
        return _read_binary(table, columns)
    frame = _read_blanks(table, columns) if table.delimiter == " " else _read_text(table, columns)
    if frame.empty:
        raise InputError("table", str(table.path), "rows below the header", "There are none.")
    return frame[columns]


def _read_text(table: TableFile, columns: list[str]) -> pd.DataFrame:
    """Cells as text; a row with more or fewer cells than the header is an error."""
    import pandas as pd
    import pyarrow as pa
    import pyarrow.csv as arrow_csv

    try:
        read = arrow_csv.read_csv(
            table.path,
            read_options=arrow_csv.ReadOptions(column_names=table.columns, skip_rows=table.skip),
            parse_options=arrow_csv.ParseOptions(
                delimiter=table.delimiter, newlines_in_values=True
            ),
            convert_options=arrow_csv.ConvertOptions(
                include_columns=columns,
                column_types=dict.fromkeys(columns, pa.string()),
                strings_can_be_null=False,
            ),
        )
    except (pa.ArrowException, ValueError, OSError) as error:
        raise InputError("table", str(table.path), "a complete table", _first_line(error)) from None
    return pd.DataFrame({name: read[name].to_pandas().astype(object) for name in columns})


def _read_blanks(table: TableFile, columns: list[str]) -> pd.DataFrame:
    """Cells separated by runs of blanks."""
    import pandas as pd

    opener: Any = gzip.open if table.path.name.lower().endswith(".gz") else open
    try:
        with opener(table.path, "rt", encoding="utf-8-sig") as file:
            rows = [line.split() for line in file][table.skip :]
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise InputError("table", str(table.path), "a complete table", _first_line(error)) from None
    rows = [row for row in rows if row]
    for number, row in enumerate(rows):
        if len(row) != len(table.columns):
            raise InputError(
                f"{table.path.name} (row {number + 1})",
                " ".join(row),
                f"a complete table: {len(table.columns)} cells in every row",
            )
    return pd.DataFrame(rows, columns=table.columns, dtype=object)[columns]


def _first_line(error: Exception) -> str:
    text = str(error).strip() or type(error).__name__
    return f"Reading stopped: {text.splitlines()[0]}."


def _open_text(path: Path, header: str | Path | None, bare: tuple[str, ...]) -> TableFile:
    lines = _head(path)
    beside = path.with_name(path.name.split(".")[0] + "_header.csv")
    if header is None and beside.is_file() and beside != path:
        header = beside
    if header is not None:
        columns = _header_pair(Path(header))
        delimiter = _delimiter(lines[0])
        found = len(next(csv.reader([lines[0]], delimiter=delimiter)))
        if found != len(columns):
            raise InputError(
                "header",
                str(header),
                f"{found} names, one per column of {path.name}",
                f"It has {len(columns)}.",
            )
        return TableFile(path, "text", columns, delimiter, 0)
    delimiter = _delimiter(lines[0])
    columns = [c.strip() for c in next(csv.reader([lines[0]], delimiter=delimiter))]
    columns = _named_index(columns)
    if bare and 2 <= len(columns) <= len(bare) and all(_is_number(c) for c in columns):
        return TableFile(path, "text", list(bare[: len(columns)]), delimiter, 0)
    _check_names(path, columns)
    if all(_is_number(c) for c in columns):
        raise InputError(
            "table",
            str(path),
            "a header line with column names",
            "The first line holds numbers. For a headerless export give its header file.",
        )
    return TableFile(path, "text", columns, delimiter, 1)


def _named_index(columns: list[str]) -> list[str]:
    """An unnamed first column is the row number that pandas writes."""
    return ["(row)", *columns[1:]] if columns and columns[0] == "" else columns


def _head(path: Path) -> list[str]:
    opener: Any = gzip.open if path.name.lower().endswith(".gz") else open
    try:
        with opener(path, "rt", encoding="utf-8-sig", newline="") as file:
            lines = [file.readline(1_000_000).rstrip("\r\n") for _ in range(2)]
    except (OSError, EOFError, UnicodeDecodeError, gzip.BadGzipFile) as error:
        raise InputError("table", str(path), "a readable text table", _first_line(error)) from None
    if not lines[0].strip():
        raise InputError("table", str(path), "a table with a header and rows", "It is empty.")
    return lines


def _delimiter(line: str) -> str:
    counts = {d: line.count(d) for d in _DELIMITERS}
    best = max(counts, key=lambda d: counts[d])
    if counts[best]:
        return best
    return " " if len(line.split()) > 1 and '"' not in line else ","


def _header_pair(path: Path) -> list[str]:
    """Names from rows ``name,type``."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise InputError("header", str(path), "a readable file of name,type rows") from None
    rows = [row for row in csv.reader(text.splitlines()) if row and row[0].strip()]
    names = [row[0].strip() for row in rows]
    if names[:1] == ["name"]:
        names = names[1:]
    if len(rows) == 1 and len(rows[0]) > 2:
        names = [c.strip() for c in rows[0]]
    _check_names(path, names)
    return names


def _check_names(path: Path, names: list[str]) -> None:
    if not names or any(not n for n in names):
        raise InputError("header", str(path), "a name for every column")
    repeated = sorted({n for n in names if names.count(n) > 1})
    if repeated:
        raise InputError("header", repeated[0], f"column names that differ in {path.name}")


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _open_binary(path: Path) -> TableFile:
    kind = "parquet" if path.name.lower().endswith(".parquet") else "feather"
    try:
        if kind == "parquet":
            import pyarrow.parquet as pq

            columns = list(pq.read_schema(path).names)
        else:
            import pyarrow.feather as feather

            columns = list(feather.read_table(path, columns=[]).schema.names)
            import pyarrow.ipc as ipc

            with ipc.open_file(path) as file:
                columns = list(file.schema.names)
    except Exception as error:
        raise InputError(
            "table", str(path), f"a readable {kind} file", _first_line(error)
        ) from None
    _check_names(path, columns)
    return TableFile(path, kind, columns)


def _read_binary(table: TableFile, columns: list[str]) -> pd.DataFrame:
    try:
        if table.kind == "parquet":
            import pyarrow.parquet as pq

            arrow = pq.read_table(table.path, columns=columns)
        else:
            import pyarrow.feather as feather

            arrow = feather.read_table(table.path, columns=columns)
    except Exception as error:
        raise InputError("table", str(table.path), "a complete file", _first_line(error)) from None
    if arrow.num_rows == 0:
        raise InputError("table", str(table.path), "at least one row", "It has none.")
    import pandas as pd

    return pd.DataFrame({name: _arrow_column(arrow[name]) for name in columns})


def _arrow_column(column: Any) -> Any:
    """Integers with gaps stay integers (Int64); everything else as pandas makes it."""
    import pandas as pd
    import pyarrow.types as types

    if types.is_integer(column.type) and column.null_count:
        return pd.array(column.to_pylist(), dtype="Int64")
    return column.to_pandas().reset_index(drop=True)


def _open_pickle(path: Path, allow: bool) -> TableFile:
    import warnings

    import pandas as pd

    if not allow:
        raise InputError(
            "table",
            str(path),
            "csv, parquet or feather",
            "Loading a pickle runs code from the file. If you trust it, say allow_pickle, or "
            "convert it once to parquet.",
        )
    warnings.warn(f"{path.name} is a pickle: loading it runs code from the file", stacklevel=3)
    try:
        frame = pd.read_pickle(path)
    except Exception as error:
        raise InputError("table", str(path), "a pickled DataFrame", _first_line(error)) from None
    if not isinstance(frame, pd.DataFrame) or frame.empty:
        raise InputError("table", type(frame).__name__, "a pickled DataFrame with rows")
    frame = frame.rename(columns=str)
    return TableFile(path, "pickle", list(frame.columns), frame=frame)


def as_float(field: str, values: Any, *, missing: bool = True) -> np.ndarray:
    """Numbers as float64; empty text is NaN where `missing`, anything else is an InputError."""
    import pandas as pd

    if getattr(values, "dtype", None) is not None and getattr(values.dtype, "kind", "O") in "fiub":
        out = np.asarray(values, dtype=np.float64)
    else:
        cells = pd.Series(values)
        blank = cells.isna() | cells.astype(str).str.strip().isin(("", "nan", "NaN", "NA", "None"))
        numbers = pd.to_numeric(cells.where(~blank), errors="coerce")
        bad = np.asarray(numbers.isna() & ~blank)
        if bad.any():
            row = int(np.flatnonzero(bad)[0])
            raise InputError(
                f"{field} (row {row + 1})",
                cells.iloc[row],
                "a number",
                "Check the column and the delimiter.",
            )
        out = numbers.to_numpy(dtype=np.float64)
    if not missing and np.isnan(out).any():
        row = int(np.flatnonzero(np.isnan(out))[0])
        raise InputError(f"{field} (row {row + 1})", None, "a number in every row")
    return out


_TRUE = ("t", "true", "1", "yes", "y")
_FALSE = ("f", "false", "0", "no", "n", "")


def as_bool(field: str, values: Any) -> np.ndarray:
    """Truth values, also as 't' and 'f' or True and False in text."""
    import pandas as pd

    if getattr(getattr(values, "dtype", None), "kind", "O") == "b":
        return np.asarray(values, dtype=bool)
    cells = pd.Series(values).astype(str).str.strip().str.lower()
    true, false = cells.isin(_TRUE).to_numpy(), cells.isin(_FALSE).to_numpy()
    bad = ~(true | false)
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise InputError(f"{field} (row {row + 1})", cells.iloc[row], "t, f, True or False")
    return true
