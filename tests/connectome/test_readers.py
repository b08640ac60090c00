"""Tables in every format and layout give the same rows, with exact ids."""

from __future__ import annotations

import gzip

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array, save_npz

from pyscales.connectome.readers import (
    read_cells,
    read_connectome,
    read_coregistration,
    read_edge_list,
    read_graphml,
    read_matrix,
    read_proofreading,
    read_scan_units,
    read_synapses,
)
from pyscales.errors import InputError

A, B, C = 864691135848594270, 864691135848594271, 864691135848594399


@pytest.fixture
def cells_frame():
    return pd.DataFrame(
        {
            "id": [11, 12, 13, 14, 15, 16],
            "pt_root_id": [A, B, C, 0, 99, 99],
            "pt_position_x": [100, 200, 300, 1, 2, 3],
            "pt_position_y": [100, 200, 300, 1, 2, 3],
            "pt_position_z": [100, 200, 300, 1, 2, 3],
            "cell_type": ["23P", "4P", "BC", "23P", "23P", "4P"],
        }
    )


def write(frame, path, kind):
    if kind == "parquet":
        frame.to_parquet(path)
    elif kind == "feather":
        frame.to_feather(path)
    elif kind == "csv.gz":
        frame.to_csv(path, index=False)
    elif kind == "tsv":
        frame.to_csv(path, index=False, sep="\t")
    elif kind == "semicolon":
        frame.to_csv(path, index=False, sep=";")
    else:
        frame.to_csv(path, index=False)
    return path


FORMATS = {
    "csv": "t.csv",
    "csv.gz": "t.csv.gz",
    "tsv": "t.tsv",
    "semicolon": "t.csv",
    "parquet": "t.parquet",
    "feather": "t.feather",
}


@pytest.mark.parametrize("kind", FORMATS)
def test_cells_in_every_format(tmp_path, cells_frame, kind):
    cells, ledger = read_cells(write(cells_frame, tmp_path / FORMATS[kind], kind))
    assert cells["pt_root_id"].tolist() == [A, B, C]
    assert cells["pt_root_id"].dtype == np.int64
    assert cells["nucleus_id"].tolist() == [11, 12, 13]
    np.testing.assert_allclose(cells["x"], [0.4, 0.8, 1.2])
    np.testing.assert_allclose(cells["z"], [4.0, 8.0, 12.0])
    assert ledger.excluded == {"without a root id": 1, "segment with several nuclei": 2}


def test_positions_as_triples(tmp_path, cells_frame):
    frame = cells_frame.drop(columns=[f"pt_position_{a}" for a in "xyz"])
    frame["pt_position"] = [[i, 2 * i, 3 * i] for i in range(6)]
    frame.to_parquet(tmp_path / "t.parquet")
    frame.assign(pt_position=[f"[{i} {2 * i}  {3 * i}]" for i in range(6)]).to_csv(
        tmp_path / "t.csv", index=False
    )
    for name in ("t.parquet", "t.csv"):
        cells, _ = read_cells(tmp_path / name, voxel=(1.0, 1.0, 1.0))
        assert cells[["x", "y", "z"]].to_numpy().tolist() == [[0, 0, 0], [1, 2, 3], [2, 4, 6]]


def test_headerless_export_with_its_header(tmp_path, cells_frame):
    with gzip.open(tmp_path / "cells.csv.gz", "wt", newline="") as file:
        cells_frame.to_csv(file, index=False, header=False)
    rows = "\r\n".join(f"{name},bigint" for name in cells_frame) + "\r\n"
    (tmp_path / "cells_header.csv").write_text(rows)
    cells, _ = read_cells(tmp_path / "cells.csv.gz")
    assert cells["pt_root_id"].tolist() == [A, B, C]
    (tmp_path / "cells_header.csv").write_text(rows.replace("cell_type,bigint\r\n", ""))
    with pytest.raises(InputError, match="6 names"):
        read_cells(tmp_path / "cells.csv.gz")


def test_target_id_is_the_nucleus_and_id_the_row(tmp_path):
    frame = pd.DataFrame(
        {
            "id": [1, 2, 3, 4],
            "target_id": [500, 501, 501, 0],
            "session": 4,
            "scan_idx": 7,
            "unit_id": [3, 4, 4, 5],
            "residual": [1.0, 30.0, 30.0, 2.0],
            "score": [5.0, -2.0, -2.0, 1.0],
            "valid": ["t", "t", "t", "f"],
        }
    )
    frame.to_csv(tmp_path / "c.csv", index=False)
    table, ledger = read_coregistration(tmp_path / "c.csv")
    assert table["nucleus_id"].tolist() == [500, 501]
    assert ledger.excluded == {"no longer valid": 1}
    assert ledger.merged == {"repeated rows of one match": 1}
    table, ledger = read_coregistration(tmp_path / "c.csv", max_residual=20.0, min_score=0.0)
    assert table["unit_id"].tolist() == [3]
    assert ledger.excluded["residual too large"] == 2
    frame.drop(columns="target_id").to_csv(tmp_path / "c.csv", index=False)
    assert read_coregistration(tmp_path / "c.csv")[0]["nucleus_id"].tolist() == [1, 2, 3]
    frame.drop(columns="score").to_csv(tmp_path / "d.csv", index=False)
    with pytest.raises(InputError, match="score"):
        read_coregistration(tmp_path / "d.csv", min_score=0.0)


def test_proofreading_old_and_new(tmp_path):
    new = pd.DataFrame(
        {
            "pt_root_id": [A, B, C],
            "valid_id": [A, B + 5, C],
            "status_axon": ["t", "t", "f"],
            "strategy_axon": ["axon_fully_extended", "axon_partially_extended", "none"],
            "strategy_dendrite": ["dendrite_clean", "none", "none"],
        }
    )
    new.to_csv(tmp_path / "p.csv", index=False)
    table, ledger = read_proofreading(tmp_path / "p.csv")
    assert table["axon"].tolist() == ["axon_fully_extended", "none"]
    assert table["dendrite"].tolist() == ["dendrite_clean", "none"]
    assert ledger.excluded == {"segment changed since (valid_id)": 1}
    old = pd.DataFrame(
        {"pt_root_id": [A, B], "status_dendrite": ["extended", "non"], "status_axon": ["non"] * 2}
    )
    old.to_parquet(tmp_path / "p.parquet")
    table, _ = read_proofreading(tmp_path / "p.parquet")
    assert table["dendrite"].tolist() == ["extended", "none"]


def test_synapses_one_by_one_and_as_pairs(tmp_path, cells_frame):
    path = write(cells_frame, tmp_path / "cells.csv", "csv")
    cells, _ = read_cells(path)
    synapses = pd.DataFrame(
        {
            "pre_pt_root_id": [A, A, B, C, A, 7, 7],
            "post_pt_root_id": [B, B, A, C, 7, A, 8],
            "size": [100, 50, 20, 9, 9, 9, 9],
        }
    )
    synapses.to_feather(tmp_path / "s.feather")
    wiring = read_synapses(tmp_path / "s.feather", cells=cells)
    assert wiring.nodes["node"].tolist() == [A, B, C]
    expected = np.array([[0, 1, 0], [2, 0, 0], [0, 0, 0]])
    np.testing.assert_array_equal(wiring.counts.toarray(), expected)
    np.testing.assert_array_equal(wiring.sizes.toarray(), [[0, 20, 0], [150, 0, 0], [0, 0, 0]])
    assert wiring.ledger.excluded == {
        "with both ends outside the cells": 1,
        "from outside the cells": 1,
        "onto a segment outside the cells": 1,
        "from a cell onto itself": 1,
    }
    assert wiring.ledger.kept == 3
    pairs = pd.DataFrame(
        {"pre_pt_root_id": [A, B], "post_pt_root_id": [B, A], "n_syn": [2, 1], "sum_size": [9, 8]}
    )
    pairs.to_csv(tmp_path / "pairs.csv", index=False)
    again = read_synapses(tmp_path / "pairs.csv", cells=cells)
    np.testing.assert_array_equal(again.counts.toarray(), expected)
    alone = read_connectome(tmp_path / "pairs.csv")
    assert alone.nodes["node"].tolist() == [A, B]


def test_scan_units_and_their_pickle(tmp_path):
    frame = pd.DataFrame(
        {
            "session": 4,
            "scan_idx": 7,
            "unit_id": [1, 2, 3],
            "field": [1, 1, 2],
            "mask_id": [1, 2, 1],
        }
    )
    frame.to_parquet(tmp_path / "u.parquet")
    frame.to_pickle(tmp_path / "u.pkl")
    assert read_scan_units(tmp_path / "u.parquet")["mask_id"].tolist() == [1, 2, 1]
    with pytest.raises(InputError, match="runs code"):
        read_scan_units(tmp_path / "u.pkl")
    with pytest.warns(UserWarning, match="runs code"):
        units = read_scan_units(tmp_path / "u.pkl", allow_pickle=True)
    assert units["unit_id"].tolist() == [1, 2, 3]


def test_edge_list_without_a_header(tmp_path):
    path = tmp_path / "e.csv"
    path.write_text("0,0\n0,1\n2,1\n")
    found = read_edge_list(path)
    assert found.n == 3
    assert found.counts.toarray().tolist() == [[0, 0, 0], [1, 0, 1], [0, 0, 0]]
    path.write_text("5 7 3\n7 5 1\n")
    weighted = read_edge_list(path)
    assert weighted.nodes["node"].tolist() == ["5", "7"]
    assert weighted.counts.toarray().tolist() == [[0, 1], [3, 0]]
    path.write_text("1,2,3,4\n2,1,3,4\n")
    with pytest.raises(InputError, match="header line"):
        read_edge_list(path)


def test_edge_lists_names_numbers_and_nodes(tmp_path):
    (tmp_path / "e.csv").write_text(
        "Source,Target,Weight,Type\nA , B,3,chemical\nB,C,1,electrical\n"
        "C,A,2,chemical\nA,A,1,chemical\n"
    )
    wiring = read_edge_list(tmp_path / "e.csv", types=("chemical",))
    assert wiring.nodes["node"].tolist() == ["A", "B", "C"]
    np.testing.assert_array_equal(wiring.counts.toarray(), [[0, 0, 2], [3, 0, 0], [0, 0, 0]])
    assert wiring.ledger.excluded == {"of another type": 1, "from a cell onto itself": 1}
    kept = read_edge_list(tmp_path / "e.csv", keep=["C", "A"])
    np.testing.assert_array_equal(kept.counts.toarray(), [[0, 0], [2, 0]])
    (tmp_path / "n.csv").write_text(
        f"id,x_soma,y_soma,z_soma\n{A},1000,0,0\n{B},2000,0,0\n{C},3000,0,0\n"
    )
    (tmp_path / "i.csv").write_text("i,j,weight\n0,2,1\n2,1,4\n")
    numbered = read_edge_list(tmp_path / "i.csv", nodes=tmp_path / "n.csv")
    assert numbered.nodes["pt_root_id"].tolist() == [A, B, C]
    np.testing.assert_allclose(numbered.positions[:, 0], [1.0, 2.0, 3.0])
    assert numbered.counts[1, 2] == 4


def test_graphml_of_networkx(tmp_path):
    graph = nx.DiGraph()
    graph.add_edge("a", "b", weight=2)
    graph.add_edge("b", "c", weight=1)
    nx.write_graphml(graph, tmp_path / "g.graphml")
    wiring = read_graphml(tmp_path / "g.graphml")
    assert wiring.nodes["node"].tolist() == ["a", "b", "c"]
    np.testing.assert_array_equal(wiring.counts.toarray(), [[0, 0, 0], [2, 0, 0], [0, 1, 0]])
    nx.write_graphml(graph.to_undirected(), tmp_path / "u.graphml")
    with pytest.raises(InputError, match="directed"):
        read_graphml(tmp_path / "u.graphml")


def test_matrices(tmp_path):
    dense = np.array([[0, 2, 0], [0, 0, 1], [0, 0, 0]])
    np.savez(tmp_path / "d.npz", adjacency=dense, labels=["a", "b", "c"], positions=np.eye(3))
    save_npz(tmp_path / "s.npz", csr_array(dense))
    first = read_matrix(tmp_path / "d.npz", rows_are="pre")
    np.testing.assert_array_equal(first.counts.toarray(), dense.T)
    assert first.nodes["node"].tolist() == ["a", "b", "c"]
    second = read_matrix(tmp_path / "s.npz", rows_are="post")
    np.testing.assert_array_equal(second.counts.toarray(), dense)
    with pytest.raises(InputError, match="pre"):
        read_matrix(tmp_path / "s.npz", rows_are="")
