"""Measured degrees: a file of degrees or an edge list becomes a `DegreeSequence`."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pyscales.degrees.quadrature import FloatArray
from pyscales.degrees.sequence import DegreeSequence
from pyscales.errors import InputError

DEGREE_COLUMNS = ("degree", "degrees", "k", "total_degree")
EDGE_COLUMNS = (
    ("i", "j"),
    ("source", "target"),
    ("pre", "post"),
    ("from", "to"),
    ("pre_pt_root_id", "post_pt_root_id"),
)
KINDS = ("auto", "degrees", "edges")
DIRECTIONS = ("total", "in", "out")


@dataclass(frozen=True)
class DegreeFile:
    """What was read from a file of degrees or edges.

    Attributes
    ----------
    law : DegreeSequence
        The degrees of all neurons with at least one partner.
    kind : str
        'degrees' or 'edges'.
    n_edges, n_self_loops, n_duplicates : int
        Rows of an edge list kept, dropped as self-connections, and merged as repeats.
    n_isolated : int
        Neurons without a partner in the direction asked for, left out of the law.
    """

    law: DegreeSequence
    kind: str
    n_edges: int = 0
    n_self_loops: int = 0
    n_duplicates: int = 0
    n_isolated: int = 0


def read_degrees(path: str | Path, *, kind: str = "auto", direction: str = "total") -> DegreeFile:
    """Read a degree sequence from a file of degrees or from an edge list.

    A file of degrees has one number per line, or a column called ``degree``. An edge list has two
    columns of labels (with or without a header such as ``i,j`` or ``source,target``); further
    columns are ignored. Delimiters: comma, semicolon, tab or blanks; lines that start with # are
    comments.

    Parameters
    ----------
    path : path
        The file.
    kind : {'auto', 'degrees', 'edges'}
        'auto' decides by the columns.
    direction : {'total', 'in', 'out'}
        For edge lists, the degree to count: distinct partners of any direction, presynaptic
        partners (second column is the target), or postsynaptic partners.

    Returns
    -------
    DegreeFile

    Raises
    ------
    InputError
        Missing, empty or unreadable file; a row that is not a number or an edge.
    """
    path = Path(path)
    if kind not in KINDS:
        raise InputError("degrees.kind", kind, "one of " + ", ".join(KINDS))
    if direction not in DIRECTIONS:
        raise InputError("degrees.direction", direction, "one of " + ", ".join(DIRECTIONS))
    header, rows = _read_table(path)
    if kind == "auto":
        kind = _guess_kind(header, rows)
    if kind == "degrees":
        k = _degree_column(path, header, rows)
        positive = k > 0
        law = DegreeSequence(k if not positive.any() else k[positive], source=path.name)
        return DegreeFile(law, "degrees", n_isolated=int((~positive).sum()))
    return _degrees_from_edges(path, header, rows, direction)


def _read_table(path: Path) -> tuple[list[str] | None, list[list[str]]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (FileNotFoundError, IsADirectoryError):
        raise InputError(
            "degrees.file", str(path), "an existing text file", "Check the path."
        ) from None
    except (UnicodeDecodeError, OSError) as error:
        raise InputError(
            "degrees.file", str(path), "a readable text file (csv, tsv, txt)", str(error)
        ) from None
    lines = [s for s in text.splitlines() if s.strip() and not s.lstrip().startswith("#")]
    if not lines:
        raise InputError(
            "degrees.file",
            str(path),
            "a file with at least one row",
            "The file is empty: give one degree per line, or an edge list.",
        )
    delimiter = next((d for d in (",", ";", "\t") if d in lines[0]), None)
    if delimiter is None:
        rows = [line.split() for line in lines]
    else:
        try:
            rows = [[c.strip() for c in row] for row in csv.reader(lines, delimiter=delimiter)]
        except csv.Error as error:
            raise InputError(
                "degrees.file", str(path), "a readable table (csv, tsv, txt)", str(error)
            ) from None
    header = None
    if not any(_is_number(cell) for cell in rows[0]) and (
        len(rows) == 1 or len(rows[0]) == 1 or _named(rows[0]) or _is_number(rows[1][0])
    ):
        header = [c.lower() for c in rows[0]]
        rows = rows[1:]
    if not rows:
        raise InputError(
            "degrees.file", str(path), "rows below the header", "The file has only a header."
        )
    return header, rows


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _named(cells: list[str]) -> bool:
    names = {c.lower() for c in cells}
    return bool(names & set(DEGREE_COLUMNS)) or any(set(pair) <= names for pair in EDGE_COLUMNS)


def _guess_kind(header: list[str] | None, rows: list[list[str]]) -> str:
    if header is not None and set(header) & set(DEGREE_COLUMNS):
        return "degrees"
    return "degrees" if len(rows[0]) == 1 else "edges"


def _degree_column(path: Path, header: list[str] | None, rows: list[list[str]]) -> FloatArray:
    column = 0
    if header is not None:
        column = next((i for i, name in enumerate(header) if name in DEGREE_COLUMNS), 0)
    values = np.empty(len(rows))
    for i, row in enumerate(rows):
        cell = row[column] if column < len(row) else ""
        values[i] = float(cell) if _is_number(cell) else np.nan
        if not (np.isfinite(values[i]) and values[i] >= 0):
            raise InputError(
                f"degrees.file row {i + 1}",
                cell,
                "a finite number >= 0",
                f"Repair that row of {path.name}.",
            )
    return values


def _degrees_from_edges(
    path: Path, header: list[str] | None, rows: list[list[str]], direction: str
) -> DegreeFile:
    first, second = 0, 1
    if header is not None:
        for a, b in EDGE_COLUMNS:
            if a in header and b in header:
                first, second = header.index(a), header.index(b)
                break
    need = max(first, second)
    for i, row in enumerate(rows):
        if len(row) <= need or not row[first] or not row[second]:
            raise InputError(
                f"degrees.file row {i + 1}",
                ",".join(row),
                "two labels (source, target)",
                f"Repair that row of {path.name}, or say kind = 'degrees'.",
            )
    labels, index = np.unique(
        np.array([[row[first], row[second]] for row in rows]), return_inverse=True
    )
    pre, post = index.reshape(-1, 2).T.astype(np.int64)
    n = labels.size
    loops = pre == post
    pre, post = pre[~loops], post[~loops]
    edges = np.unique(pre * n + post)
    n_duplicates = pre.size - edges.size
    pre, post = np.divmod(edges, n)
    if direction == "in":
        degree = np.bincount(post, minlength=n)
    elif direction == "out":
        degree = np.bincount(pre, minlength=n)
    else:
        pairs = np.unique(np.minimum(pre, post) * n + np.maximum(pre, post))
        degree = np.bincount(np.concatenate(np.divmod(pairs, n)), minlength=n)
    if degree.sum() == 0:
        raise InputError(
            "degrees.file", str(path), "at least one edge between two neurons", "Check the columns."
        )
    return DegreeFile(
        DegreeSequence(degree[degree > 0].astype(float), source=path.name),
        "edges",
        n_edges=int(edges.size),
        n_self_loops=int(loops.sum()),
        n_duplicates=int(n_duplicates),
        n_isolated=int((degree == 0).sum()),
    )
