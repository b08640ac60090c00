"""Wiring of any species: edge lists, GraphML, matrices in npz files."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_array

from pyscales.connectome.containers import Connectome, make_connectome
from pyscales.connectome.ledger import Sieve
from pyscales.connectome.readers.columns import Column, read_table
from pyscales.connectome.readers.files import TableFile, as_float, open_table, read_columns
from pyscales.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

_PRE = Column(
    "source", "text", ("i", "pre", "from", "pre_pt_root_id", "pre_root_id", "src", "presynaptic")
)
_POST = Column(
    "target", "text", ("j", "post", "to", "post_pt_root_id", "post_root_id", "dst", "postsynaptic")
)
_WEIGHT = Column("weight", "float", ("n_syn", "count", "synapses", "number", "n"), required=False)


def read_edge_list(
    path: str | Path,
    *,
    nodes: str | Path | None = None,
    types: tuple[str, ...] | None = None,
    keep: Any = None,
    position_scale: float = 0.001,
) -> Connectome:
    """Wiring from a table of edges source, target and optionally weight and type.

    Parameters
    ----------
    path : path
        Table of edges; the first label is presynaptic. Labels are numbers or names. Without a
        header: two columns of numbers, or three with the weight.
    nodes : path, optional
        Table of nodes: row number = label when labels are 0 .. n - 1, else a column node, name or
        id. Columns x_soma, y_soma, z_soma (or x, y, z) times `position_scale` become positions.
    types : tuple of str, optional
        Values of the column ``type`` to keep, for example ('chemical',).
    keep : sequence of str, optional
        Labels of the nodes to keep; without it every label that occurs (or is in `nodes`).
    position_scale : float
        Micrometres per unit; 0.001 for nanometres.

    Raises
    ------
    InputError
        Missing columns, an empty label, weights that are not whole numbers >= 1.
    """
    import pandas as pd

    table = open_table(path, bare=("source", "target", "weight"))
    wanted: tuple[Column, ...] = (_PRE, _POST, _WEIGHT)
    if types is not None:
        wanted = (*wanted, Column("type", "text", ("kind", "synapse_type")))
    frame = read_table(table, wanted)
    sieve = Sieve("edges", len(frame))
    for column in ("source", "target"):
        empty = (frame[column] == "").to_numpy()
        if empty.any():
            row = int(np.flatnonzero(empty)[0])
            raise InputError(f"{table.path.name} (row {row + 1}): {column}", "", "a label")
    if types is not None:
        sieve.drop(~frame["type"].isin(types).to_numpy(), "of another type")
    node_table = _nodes(nodes, frame, position_scale) if nodes is not None else None
    if keep is not None:
        labels = pd.Index([str(k).strip() for k in keep])
        if labels.has_duplicates:
            raise InputError("keep", "a label twice", "distinct labels")
    elif node_table is not None:
        labels = pd.Index(node_table["node"].astype(str))
    else:
        labels = pd.Index(_sorted_labels(frame.loc[sieve.keep, ["source", "target"]]))
    first = labels.get_indexer(frame["source"])
    second = labels.get_indexer(frame["target"])
    sieve.drop((first < 0) | (second < 0), "with an end outside the nodes")
    inside = sieve.keep
    if not inside.any():
        raise InputError(table.path.name, 0, "at least one edge among the nodes")
    if node_table is not None and keep is not None:
        node_table = node_table.set_index(node_table["node"].astype(str)).loc[labels]
    table_out = pd.DataFrame({"node": labels}) if node_table is None else node_table
    return make_connectome(
        first[inside],
        second[inside],
        len(labels),
        table_out,
        weight=frame["weight"].to_numpy()[inside] if "weight" in frame else None,
        source=table.path.name,
        ledger=sieve.ledger(),
    )


def _sorted_labels(frame: pd.DataFrame) -> list[str]:
    found = set(frame["source"]) | set(frame["target"])
    if all(label.isdigit() for label in found):
        return sorted(found, key=int)
    return sorted(found)


def _nodes(path: str | Path, edges: pd.DataFrame, scale: float) -> pd.DataFrame:
    """Node table with the label in column node and positions x, y, z in micrometres."""
    table = open_table(path)
    lower = {c.lower(): c for c in table.columns}
    raw = read_columns(table, table.columns)
    label = next((lower[c] for c in ("node", "name", "label") if c in lower), None)
    numbered = edges["source"].str.isdigit().all() and edges["target"].str.isdigit().all()
    largest = max(edges["source"].map(int).max(), edges["target"].map(int).max()) if numbered else 0
    import pandas as pd

    out = pd.DataFrame(index=range(len(raw)))
    if label is not None:
        out["node"] = raw[label].astype(str).str.strip()
    elif numbered and largest < len(raw):
        out["node"] = np.arange(len(raw))
    elif "id" in lower:
        out["node"] = raw[lower["id"]].astype(str).str.strip()
    else:
        raise InputError(
            table.path.name, ", ".join(table.columns), "a column node, name or id", "Add one."
        )
    if out["node"].duplicated().any():
        raise InputError(f"{table.path.name}: node", "repeated", "one row per node")
    _copy_ids_and_positions(table, raw, lower, out, scale)
    return out


def _copy_ids_and_positions(
    table: TableFile, raw: Any, lower: dict[str, str], out: Any, scale: float
) -> None:
    root = next((lower[c] for c in ("pt_root_id", "id") if c in lower), None)
    if root is not None and "node" not in lower:
        from pyscales.connectome.ids import check_ids

        cells = raw[root]
        out["pt_root_id"] = check_ids(f"{table.path.name}: id", cells, missing=True)
    for axes in (("x_soma", "y_soma", "z_soma"), ("x", "y", "z")):
        if all(a in lower for a in axes):
            for axis, name in zip("xyz", axes, strict=True):
                out[axis] = scale * as_float(f"{table.path.name}: {name}", raw[lower[name]])
            break
    used = {"id", "node", "x", "y", "z", "x_soma", "y_soma", "z_soma"}
    for low, name in lower.items():
        if low not in used and name not in out:
            column = raw[name]
            try:
                out[name] = as_float(name, column)
            except InputError:
                out[name] = column


def read_graphml(path: str | Path, *, weight: str = "weight") -> Connectome:
    """Wiring from a directed GraphML file, weights from the edge attribute `weight` if present.

    Raises
    ------
    InputError
        Broken XML, no graph, an undirected graph, an edge to an unknown node.
    """
    import xml.etree.ElementTree as ElementTree

    import pandas as pd

    path = Path(path)
    if not path.is_file():
        raise InputError("graphml", str(path), "an existing file")
    try:
        root = ElementTree.parse(path).getroot()
    except (ElementTree.ParseError, UnicodeDecodeError) as error:
        raise InputError("graphml", str(path), "well-formed XML", str(error)) from None
    space = root.tag[: root.tag.index("}") + 1] if root.tag.startswith("{") else ""
    graph = root.find(f"{space}graph")
    if graph is None:
        raise InputError("graphml", str(path), "a <graph> element")
    if graph.get("edgedefault") != "directed":
        raise InputError("graphml", graph.get("edgedefault"), 'edgedefault="directed"')
    key = next(
        (
            k.get("id")
            for k in root.iter(f"{space}key")
            if k.get("attr.name") == weight and k.get("for") in ("edge", "all")
        ),
        None,
    )
    labels = [str(node.get("id")) for node in graph.iter(f"{space}node")]
    number = {label: i for i, label in enumerate(labels)}
    if not labels or len(number) != len(labels):
        raise InputError("graphml", len(labels), "nodes with distinct ids")
    pre, post, weights = [], [], []
    for edge in graph.iter(f"{space}edge"):
        ends = edge.get("source"), edge.get("target")
        if ends[0] not in number or ends[1] not in number:
            raise InputError("graphml", f"edge {ends[0]} -> {ends[1]}", "ends among the nodes")
        pre.append(number[str(ends[0])])
        post.append(number[str(ends[1])])
        data = [d for d in edge.iter(f"{space}data") if key is not None and d.get("key") == key]
        weights.append(float(str(data[0].text)) if data else 1.0)
    return make_connectome(
        pre,
        post,
        len(labels),
        pd.DataFrame({"node": labels}),
        weight=np.array(weights) if weights else None,
        source=path.name,
    )


def read_matrix(path: str | Path, *, rows_are: str) -> Connectome:
    """Wiring from an npz file: scipy.sparse.save_npz, or a square array named adjacency.

    Parameters
    ----------
    path : path
        A dense file may also hold ``labels`` (n,) and ``positions`` (n, 3) in micrometres.
    rows_are : {'pre', 'post'}
        Whether row i holds the outputs or the inputs of node i; there is no safe default.
    """
    import pandas as pd
    from scipy.sparse import load_npz

    if rows_are not in ("pre", "post"):
        raise InputError("rows_are", rows_are, "'pre' or 'post'", "State what a row holds.")
    path = Path(path)
    try:
        with np.load(path, allow_pickle=False) as file:
            names = set(file.files)
            stored = {k: file[k] for k in ("adjacency", "labels", "positions") if k in names}
        matrix: Any = csr_array(stored["adjacency"] if "adjacency" in stored else load_npz(path))
    except FileNotFoundError:
        raise InputError("matrix", str(path), "an existing npz file") from None
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, EOFError) as error:
        raise InputError(
            "matrix", str(path), "an npz file with 'adjacency' or a sparse matrix", str(error)
        ) from None
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise InputError("matrix", matrix.shape, "a square matrix")
    first, second = matrix.nonzero()
    weight = np.asarray(matrix[first, second]).ravel()
    if rows_are == "post":
        first, second = second, first
    n = int(matrix.shape[0])
    nodes = pd.DataFrame({"node": stored.get("labels", np.arange(n))})
    if "positions" in stored:
        if stored["positions"].shape != (n, 3):
            raise InputError("positions", stored["positions"].shape, f"shape ({n}, 3)")
        nodes[["x", "y", "z"]] = stored["positions"]
    if np.array_equal(weight, np.floor(weight)):
        return make_connectome(first, second, n, nodes, weight=weight, source=path.name)
    return make_connectome(first, second, n, nodes, size=weight, source=path.name)


def read_connectome(path: str | Path, **options: Any) -> Connectome:
    """Wiring from any file of this module, by its suffix.

    Tables with pre_pt_root_id and post_pt_root_id are read as synapses, other tables as edge
    lists; .graphml and .npz as their names say.
    """
    name = Path(path).name.lower()
    if name.endswith((".graphml", ".xml")):
        return read_graphml(path)
    if name.endswith(".npz"):
        return read_matrix(path, rows_are=options.get("rows_are", ""))
    table = open_table(path)
    lower = {c.lower() for c in table.columns}
    if {"pre_pt_root_id", "post_pt_root_id"} <= lower:
        from pyscales.connectome.readers.tables import read_synapses

        return read_synapses(path)
    given = {k: v for k, v in options.items() if v is not None and k != "rows_are"}
    return read_edge_list(path, **given)
