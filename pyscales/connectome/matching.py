"""From regions of interest to functional units, nuclei and nodes of the wiring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pyscales.connectome.containers import MASK_KEY, UNIT_KEY, Connectome
from pyscales.connectome.ids import check_ids
from pyscales.connectome.ledger import Ledger, Sieve
from pyscales.errors import InputError

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Matching:
    """Units that were found in the wiring.

    Attributes
    ----------
    units : DataFrame
        Rows of the units table that were matched, with nucleus_id and node (row of the wiring);
        `row` is their position in the table given.
    ledger : Ledger
        Units left out, by reason.
    """

    units: pd.DataFrame
    ledger: Ledger

    @property
    def node(self) -> NDArray[np.int64]:
        """Node of every matched unit."""
        return self.units["node"].to_numpy(dtype=np.int64)

    @property
    def row(self) -> NDArray[np.int64]:
        """Position of every matched unit among the units given."""
        return self.units["row"].to_numpy(dtype=np.int64)


def name_units(
    units: pd.DataFrame,
    *,
    scan_units: pd.DataFrame | None = None,
    coregistration: pd.DataFrame | None = None,
) -> tuple[pd.DataFrame, str]:
    """Add unit_id to the regions of NWB scans.

    Parameters
    ----------
    units : DataFrame
        session, scan_idx, field, mask_id; all regions of the scans, artifacts included.
    scan_units : DataFrame, optional
        From `read_scan_units`: the exact way. Regions without a row get unit_id 0.
    coregistration : DataFrame, optional
        Without `scan_units`, units are numbered through the fields in order (unit = masks of the
        fields before + mask), and this table's column field must agree for every unit of these
        scans.

    Returns
    -------
    DataFrame
        With unit_id (int64, 0 for none).
    how : str
        One sentence on what was done.

    Raises
    ------
    InputError
        No table to check the numbering with, or one row that disagrees.
    """
    missing = [c for c in MASK_KEY if c not in units]
    if missing:
        raise InputError("units", missing, "columns " + ", ".join(MASK_KEY))
    out = units.copy()
    if scan_units is not None:
        key = list(MASK_KEY)
        table = scan_units.set_index(key)["unit_id"]
        where = table.index.get_indexer(_index(out, key))
        found = np.zeros(len(out), dtype=np.int64)
        found[where >= 0] = table.to_numpy()[where[where >= 0]]
        if not found.any():
            raise InputError(
                "scan_units",
                sorted(set(map(tuple, out[["session", "scan_idx"]].to_numpy().tolist()))),
                "rows of these scans",
                "The ScanUnit table is of other scans.",
            )
        out["unit_id"] = found
        return out, "units named by the ScanUnit table"
    if coregistration is None or "field" not in coregistration:
        raise InputError(
            "scan_units",
            None,
            "a ScanUnit table, or a coregistration table with a column field",
            "NWB files do not hold unit ids.",
        )
    out["unit_id"] = _numbered(out)
    checked = _check_fields(out, coregistration)
    return out, f"units numbered through the fields; checked on {checked} coregistered units"


def _index(frame: pd.DataFrame, key: list[str]) -> pd.MultiIndex:
    import pandas as pd

    return pd.MultiIndex.from_frame(frame[key])


def _numbered(units: pd.DataFrame) -> NDArray[np.int64]:
    """Masks of the earlier fields of the scan plus the mask number."""
    out = np.zeros(len(units), dtype=np.int64)
    for _, scan in units.groupby(["session", "scan_idx"], sort=False):
        before = 0
        for field in sorted(scan["field"].unique()):
            rows = scan.index[scan["field"] == field]
            masks = scan.loc[rows, "mask_id"].to_numpy()
            if sorted(masks.tolist()) != list(range(1, masks.size + 1)):
                raise InputError(
                    f"units, field {field}",
                    int(masks.max()),
                    f"masks 1..{masks.size}, all of them",
                    "Number units before leaving any out, or give a ScanUnit table.",
                )
            out[units.index.get_indexer(rows)] = before + masks
            before += masks.size
    return out


def _check_fields(units: pd.DataFrame, coregistration: pd.DataFrame) -> int:
    key = list(UNIT_KEY)
    known = units.set_index(key)["field"]
    scans = set(map(tuple, units[["session", "scan_idx"]].to_numpy().tolist()))
    mine = coregistration[
        [tuple(r) in scans for r in coregistration[["session", "scan_idx"]].to_numpy().tolist()]
    ]
    if len(mine) == 0:
        raise InputError(
            "coregistration", sorted(scans), "rows of these scans", "Nothing checks the numbering."
        )
    where = known.index.get_indexer(_index(mine, key))
    field = mine["field"].to_numpy()
    wrong = (where < 0) | (known.to_numpy()[where] != field)
    if wrong.any():
        row = mine[wrong].iloc[0]
        raise InputError(
            "coregistration.field",
            {k: int(row[k]) for k in (*key, "field")},
            "the field that the numbering gives",
            f"{int(wrong.sum())} of {len(mine)} rows disagree: give a ScanUnit table.",
        )
    return len(mine)


def match(
    units: pd.DataFrame,
    coregistration: pd.DataFrame,
    connectome: Connectome,
    cells: pd.DataFrame | None = None,
) -> Matching:
    """Units to nuclei to nodes, by exact integer keys.

    Parameters
    ----------
    units : DataFrame
        session, scan_idx, unit_id (0 for none), in the order of the traces.
    coregistration : DataFrame
        session, scan_idx, unit_id, nucleus_id.
    connectome : Connectome
        Nodes with nucleus_id, or with pt_root_id and `cells` to translate.
    cells : DataFrame, optional
        nucleus_id and pt_root_id of the same materialisation as the wiring.

    Returns
    -------
    Matching
        A nucleus may own several units (one cell in several scans); a unit has one nucleus or is
        left out.

    Raises
    ------
    InputError
        Missing columns, unit ids that repeat, nodes without ids.
    """
    for name, table, wanted in (
        ("units", units, UNIT_KEY),
        ("coregistration", coregistration, (*UNIT_KEY, "nucleus_id")),
    ):
        absent = [c for c in wanted if c not in table]
        if absent:
            raise InputError(name, absent, "columns " + ", ".join(wanted))
    frame = units.reset_index(drop=True).copy()
    for name in UNIT_KEY:
        frame[name] = check_ids(f"units.{name}", frame[name], missing=name == "unit_id")
    key = list(UNIT_KEY)
    named = frame[frame["unit_id"] > 0]
    if named.duplicated(key).any():
        row = named[named.duplicated(key)].iloc[0]
        raise InputError("units", {k: int(row[k]) for k in key}, "each unit once")
    sieve = Sieve("units", len(frame))
    sieve.drop((frame["unit_id"] == 0).to_numpy(), "without a unit id")
    pairs = coregistration.drop_duplicates([*key, "nucleus_id"])
    several = pairs[pairs.duplicated(key, keep=False)]
    sieve.drop(_index(frame, key).isin(_index(several, key)), "matched to several nuclei")
    single = pairs[~pairs.duplicated(key, keep=False)]
    where = _index(single, key).get_indexer(_index(frame, key))
    sieve.drop(where < 0, "without a coregistered nucleus")
    nucleus = np.zeros(len(frame), dtype=np.int64)
    nucleus[where >= 0] = single["nucleus_id"].to_numpy(dtype=np.int64)[where[where >= 0]]
    labels = node_nuclei(connectome, cells)
    order = np.argsort(labels, kind="stable")
    at = np.minimum(np.searchsorted(labels[order], nucleus), labels.size - 1)
    node = order[at]
    sieve.drop((labels[node] != nucleus) | (nucleus == 0), "nucleus not among the nodes")
    frame["nucleus_id"], frame["node"], frame["row"] = nucleus, node, np.arange(len(frame))
    return Matching(frame[sieve.keep].reset_index(drop=True), sieve.ledger())


def node_nuclei(connectome: Connectome, cells: pd.DataFrame | None = None) -> NDArray[np.int64]:
    """Nucleus id of every node, 0 where unknown; every other one is unique."""
    nodes = connectome.nodes
    if "nucleus_id" in nodes:
        ids = check_ids("nodes.nucleus_id", nodes["nucleus_id"], missing=True)
    elif "pt_root_id" in nodes and cells is not None and "pt_root_id" in cells:
        known = cells.drop_duplicates("pt_root_id", keep=False)
        root = known["pt_root_id"].to_numpy(dtype=np.int64)
        order = np.argsort(root)
        mine = check_ids("nodes.pt_root_id", nodes["pt_root_id"], missing=True)
        at = np.minimum(np.searchsorted(root[order], mine), root.size - 1)
        hit = root[order][at] == mine
        ids = np.where(hit, known["nucleus_id"].to_numpy(dtype=np.int64)[order][at], 0)
    else:
        raise InputError("nodes", list(nodes.columns), "nucleus_id, or pt_root_id and a cell table")
    named = ids[ids > 0]
    if np.unique(named).size != named.size:
        raise InputError("nodes.nucleus_id", "repeated", "one node per nucleus")
    return ids
