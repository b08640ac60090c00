"""The tables of the MICrONS releases: coregistration, proofreading, cells, synapses.

Ids are int64 end to end. Column names are those of the CAVE tables, their views and static exports
(MICrONS Consortium 2025, Nature 640:435); aliases are listed below.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pyscales.connectome.containers import Connectome, make_connectome
from pyscales.connectome.ledger import Ledger, Sieve
from pyscales.connectome.readers.columns import Column, read_positions, read_table
from pyscales.connectome.readers.files import open_table
from pyscales.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

# Micrometres per voxel of the positions in minnie65.
VOXEL = (0.004, 0.004, 0.04)
_NUCLEUS_LIMIT = 10**9

PRE = Column("pre_pt_root_id", "id", ("pre_root_id", "pre", "source", "pre_nuc_id"))
POST = Column("post_pt_root_id", "id", ("post_root_id", "post", "target", "post_nuc_id"))
SYNAPSES = (
    PRE,
    POST,
    Column("size", "float", ("sum_size", "synapse_size", "syn_size"), required=False),
    Column("count", "count", ("n_syn", "n_synapses", "syn_count", "weight"), required=False),
)
SCAN_KEY = (Column("session", "id"), Column("scan_idx", "id", ("scan", "scan_id")))
SCAN_UNIT = (
    *SCAN_KEY,
    Column("unit_id", "id", ("unit", "functional_unit_id")),
    Column("field", "id"),
    Column("mask_id", "id", ("mask",)),
    Column("ms_delay", "float", required=False),
    Column("um_z", "float", required=False),
)
COREGISTRATION = (
    *SCAN_KEY,
    Column("unit_id", "id", ("unit", "functional_unit_id")),
    Column("target_id", "optional_id", ("nucleus_id", "nuc_id", "pre_nucleus_id"), required=False),
    Column("id", "id", required=False),
    Column("field", "id", required=False),
    Column("pt_root_id", "optional_id", required=False),
    Column("residual", "float", required=False),
    Column("score", "float", required=False),
    Column("valid", "bool", required=False),
)
PROOFREADING = (
    Column("pt_root_id", "optional_id"),
    Column("valid_id", "optional_id", required=False),
    Column("status_dendrite", "text", required=False),
    Column("status_axon", "text", required=False),
    Column("strategy_dendrite", "text", ("dendrite_strategy",), required=False),
    Column("strategy_axon", "text", ("axon_strategy",), required=False),
    Column("valid", "bool", required=False),
)
CELLS = (
    Column("target_id", "optional_id", ("nucleus_id", "nuc_id"), required=False),
    Column("id", "optional_id", required=False),
    Column("pt_root_id", "optional_id", required=False),
    Column("volume", "float", ("nuc_volume",), required=False),
    Column("broad_type", "text", ("classification_system",), required=False),
    Column("cell_type", "text", required=False),
    Column("area", "text", ("visual_area", "brain_area", "tag"), required=False),
    Column("layer", "text", required=False),
    Column("valid", "bool", required=False),
)
_NO_STATUS = ("none", "non", "", "f", "false")


def read_scan_units(path: str | Path, *, allow_pickle: bool = False) -> pd.DataFrame:
    """ScanUnit: which (session, scan_idx, field, mask_id) is which unit_id.

    Raises
    ------
    InputError
        A missing column, a float id, or two rows for one mask or for one unit.
    """
    table = open_table(path, allow_pickle=allow_pickle)
    frame = read_table(table, SCAN_UNIT)
    for key in (["session", "scan_idx", "field", "mask_id"], ["session", "scan_idx", "unit_id"]):
        _refuse_repeats(table.path.name, frame, key)
    return frame


def _refuse_repeats(name: str, frame: pd.DataFrame, key: list[str]) -> None:
    repeated = frame.duplicated(key, keep=False).to_numpy()
    if repeated.any():
        row = int(np.flatnonzero(repeated)[1])
        raise InputError(
            f"{name} (row {row + 1})",
            tuple(int(v) for v in frame[key].iloc[row]),
            "one row per " + ", ".join(key),
            "The key is repeated: the table mixes versions or scans.",
        )


def nucleus_column(name: str, frame: pd.DataFrame) -> np.ndarray:
    """The nucleus id of every row: target_id where present, else id if it can be one.

    In reference tables ``id`` numbers the rows and ``target_id`` is the nucleus; without a
    target_id, ``id`` is the nucleus of nucleus tables and of ``tables.X().query()`` output.
    """
    if "target_id" in frame:
        return np.asarray(frame["target_id"], dtype=np.int64)
    if "id" not in frame:
        raise InputError(
            f"{name}: column target_id", "absent", "target_id, nucleus_id or id", "Add the column."
        )
    ids = np.asarray(frame["id"], dtype=np.int64)
    if ids.size and int(ids.max()) >= _NUCLEUS_LIMIT:
        raise InputError(
            f"{name}: column id",
            int(ids.max()),
            f"nucleus ids below {_NUCLEUS_LIMIT}",
            "These look like root ids: name the column pt_root_id.",
        )
    return ids


def read_coregistration(
    path: str | Path,
    *,
    header: str | Path | None = None,
    max_residual: float | None = None,
    min_score: float | None = None,
) -> tuple[pd.DataFrame, Ledger]:
    """Matches of functional units with nuclei.

    Parameters
    ----------
    path, header : path
        As in `open_table`.
    max_residual, min_score : float, optional
        Micrometres. Rows beyond are left out; giving one needs the column.

    Returns
    -------
    DataFrame
        session, scan_idx, unit_id, nucleus_id, and where known field, residual, score.
    Ledger

    Raises
    ------
    InputError
        A missing column, a float id.
    """
    table = open_table(path, header=header)
    frame = read_table(table, COREGISTRATION)
    name = table.path.name
    frame["nucleus_id"] = nucleus_column(name, frame)
    sieve = Sieve("coregistration rows", len(frame))
    if "valid" in frame:
        sieve.drop(~frame["valid"].to_numpy(), "no longer valid")
    sieve.drop(frame["nucleus_id"].to_numpy() == 0, "without a nucleus")
    for column, limit, reason in (
        ("residual", max_residual, "residual too large"),
        ("score", min_score, "score too small"),
    ):
        if limit is None:
            continue
        if column not in frame:
            raise InputError(f"{name}: column {column}", "absent", f"{column}, to cut at {limit}")
        values = frame[column].to_numpy()
        sieve.drop(~(values <= limit if column == "residual" else values >= limit), reason)
    kept = frame[sieve.keep]
    same = [*(c.name for c in SCAN_KEY), "unit_id", "nucleus_id"]
    again = kept.duplicated(same)
    sieve.join(int(again.sum()), "repeated rows of one match")
    wanted = [c for c in (*same, "field", "residual", "score") if c in kept]
    return kept.loc[~again, wanted].reset_index(drop=True), sieve.ledger()


def read_proofreading(
    path: str | Path, *, header: str | Path | None = None
) -> tuple[pd.DataFrame, Ledger]:
    """Proofreading status: pt_root_id with axon and dendrite text ('none' when not proofread).

    Rows whose segment changed since (pt_root_id differs from valid_id) are left out.
    """
    table = open_table(path, header=header)
    frame = read_table(table, PROOFREADING)
    found = {"axon": None, "dendrite": None}
    for part in found:
        for column in (f"strategy_{part}", f"status_{part}"):
            if column in frame:
                found[part] = frame[column].str.lower()
                break
    if found["axon"] is None and found["dendrite"] is None:
        raise InputError(
            f"{table.path.name}: columns",
            ", ".join(table.columns),
            "strategy_axon or status_axon (and the same for dendrite)",
        )
    sieve = Sieve("proofreading rows", len(frame))
    if "valid" in frame:
        sieve.drop(~frame["valid"].to_numpy(), "no longer valid")
    root = frame["pt_root_id"].to_numpy()
    sieve.drop(root == 0, "without a root id")
    if "valid_id" in frame:
        sieve.drop(frame["valid_id"].to_numpy() != root, "segment changed since (valid_id)")
    out = frame[["pt_root_id"]].copy()
    for part, text in found.items():
        if text is not None:
            out[part] = np.where(text.isin(_NO_STATUS), "none", text)
    kept = out[sieve.keep]
    again = kept.duplicated("pt_root_id", keep=False).to_numpy()
    positions = np.flatnonzero(sieve.keep)[again]
    mask = np.zeros(len(frame), dtype=bool)
    mask[positions] = True
    sieve.drop(mask, "root id listed twice")
    return out[sieve.keep].reset_index(drop=True), sieve.ledger()


def read_cells(
    path: str | Path,
    *,
    header: str | Path | None = None,
    voxel: tuple[float, float, float] = VOXEL,
) -> tuple[pd.DataFrame, Ledger]:
    """Nucleus and cell tables: nucleus_id, pt_root_id, type, area, position (micrometres).

    Segments with several nuclei are left out entirely, as are rows without a root id.

    Parameters
    ----------
    voxel : tuple of float
        Micrometres per unit of pt_position on each axis; (0.001,) * 3 for nanometres.
    """
    table = open_table(path, header=header)
    frame = read_table(table, CELLS)
    frame["nucleus_id"] = nucleus_column(table.path.name, frame)
    xyz = read_positions(table, voxel)
    if xyz is not None:
        frame[["x", "y", "z"]] = xyz
    sieve = Sieve("cells", len(frame))
    if "valid" in frame:
        sieve.drop(~frame["valid"].to_numpy(), "no longer valid")
    nucleus = frame["nucleus_id"]
    sieve.drop(nucleus.to_numpy() == 0, "without a nucleus")
    if "pt_root_id" in frame:
        root = frame["pt_root_id"]
        sieve.drop(root.to_numpy() == 0, "without a root id")
        distinct = frame.drop_duplicates(["pt_root_id", "nucleus_id"])["pt_root_id"]
        several = distinct[distinct.duplicated()]
        sieve.drop(root.isin(several).to_numpy(), "segment with several nuclei")
    # Never through Series.where: gaps turn ids into floats, and neighbours become equal.
    again = np.zeros(len(frame), dtype=bool)
    again[np.flatnonzero(sieve.keep)] = nucleus[sieve.keep].duplicated().to_numpy()
    sieve.drop(again, "nucleus listed again")
    out = frame.drop(columns=[c for c in ("target_id", "id", "valid") if c in frame])
    return out[sieve.keep].reset_index(drop=True), sieve.ledger()


def read_synapses(
    path: str | Path,
    *,
    cells: pd.DataFrame | None = None,
    header: str | Path | None = None,
    by: str = "pt_root_id",
) -> Connectome:
    """Wiring from a table of synapses, or of pairs with their number of synapses.

    Parameters
    ----------
    path, header : path
        As in `open_table`. Columns pre_pt_root_id, post_pt_root_id, and optionally size, and
        n_syn for aggregated tables.
    cells : DataFrame, optional
        From `read_cells`: the nodes, by their column `by`. Synapses with an end elsewhere are left
        out and counted. Without it, every id that occurs is a node.
    by : str
        'pt_root_id' or 'nucleus_id': what the ids of the table are.

    Raises
    ------
    InputError
        A missing column, a float id, sizes that are negative.
    """
    import pandas as pd

    table = open_table(path, header=header)
    frame = read_table(table, SYNAPSES)
    pre, post = (frame[c.name].to_numpy() for c in (PRE, POST))
    what = "pairs" if "count" in frame else "synapses"
    sieve = Sieve(what, len(frame))
    if cells is None:
        labels = np.unique(np.concatenate([pre, post]))
        nodes = pd.DataFrame({"node": labels, by: labels})
    else:
        if by not in cells:
            raise InputError("cells", list(cells.columns), f"a column {by}")
        nodes = cells.sort_values(by, kind="stable").reset_index(drop=True)
        nodes.insert(0, "node", nodes[by])
        labels = nodes[by].to_numpy()
        if np.unique(labels).size != labels.size:
            raise InputError(f"cells.{by}", "repeated", "one row per cell")
    first, known_pre = _position(labels, pre)
    second, known_post = _position(labels, post)
    sieve.drop(~known_pre & ~known_post, "with both ends outside the cells")
    sieve.drop(~known_pre, "from outside the cells")
    sieve.drop(~known_post, "onto a segment outside the cells")
    keep = sieve.keep
    return make_connectome(
        first[keep],
        second[keep],
        labels.size,
        nodes,
        weight=frame["count"].to_numpy()[keep] if "count" in frame else None,
        size=frame["size"].to_numpy()[keep] if "size" in frame else None,
        source=table.path.name,
        what=what,
        ledger=sieve.ledger(),
    )


def _position(labels: np.ndarray, ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Positions of ids in sorted labels, and which were found."""
    at = np.minimum(np.searchsorted(labels, ids), labels.size - 1)
    return at, labels[at] == ids
