"""Files of degrees and edge lists."""

from __future__ import annotations

import numpy as np
import pytest

from pyscales.degrees import read_degrees
from pyscales.errors import InputError


@pytest.fixture
def written(tmp_path):
    def write(text, name="degrees.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


@pytest.mark.parametrize(
    "text",
    [
        "3\n1\n2\n",
        "3\r\n1\r\n2\r\n",
        "degree\n3\n1\n2\n",
        "Degree\n3\n1\n2",
        "total_degree\n3.0\n1e0\n2\n",
        "\ufeffk\n3\n1\n2\n",
        "# measured in 2025\n\n3\n  # rest\n1\n2\n\n",
        "neuron,degree\na,3\nb,1\nc,2\n",
        "neuron;k\na;3\nb;1\nc;2\n",
        "neuron\tdegrees\ta\nx\t3\t0\ny\t1\t0\nz\t2\t0\n",
        "id k\n10 3\n11 1\n12 2\n",
    ],
)
def test_files_of_degrees(written, text):
    read = read_degrees(written(text))
    assert read.kind == "degrees"
    assert (read.n_edges, read.n_isolated) == (0, 0)
    np.testing.assert_array_equal(read.law.degrees, [1.0, 2.0, 3.0])
    assert read.law.source == "degrees.csv"


# One graph: a-b both ways, a-c, c-d from c, a loop at b, a-c twice. Total degrees 2 1 2 1.
ROWS = [("a", "b"), ("b", "a"), ("a", "c"), ("c", "d"), ("b", "b"), ("a", "c")]


@pytest.mark.parametrize(
    ("header", "delimiter", "extra"),
    [
        ("", ",", ""),
        ("i,j\n", ",", ""),
        ("i,j,weight\n", ",", ",0.25"),
        ("source\ttarget\n", "\t", ""),
        ("pre;post;n_synapses\n", ";", ";3"),
        ("from to\n", " ", ""),
        ("# edges\n\n", "   ", ""),
        ("pre_pt_root_id,post_pt_root_id\n", ",", ""),
    ],
)
def test_edge_lists(written, header, delimiter, extra):
    text = header + "".join(a + delimiter + b + extra + "\n" for a, b in ROWS)
    path = written(text, "edges.txt")
    expected = {"total": [1, 1, 2, 2], "in": [1, 1, 1, 1], "out": [1, 1, 2]}
    isolated = {"total": 0, "in": 0, "out": 1}
    for direction, degrees in expected.items():
        read = read_degrees(path, direction=direction)
        assert read.kind == "edges"
        assert (read.n_edges, read.n_self_loops, read.n_duplicates) == (4, 1, 1)
        assert read.n_isolated == isolated[direction]
        np.testing.assert_array_equal(read.law.degrees, degrees)


def test_columns_of_an_edge_list_are_found_by_name(written):
    # b is presynaptic to a and c; the target column comes first.
    path = written("weight,target,source\n0.5,a,b\n0.1,c,b\n")
    np.testing.assert_array_equal(read_degrees(path, direction="out").law.degrees, [2.0])
    np.testing.assert_array_equal(read_degrees(path, direction="in").law.degrees, [1.0, 1.0])


def test_numeric_labels_of_any_length(written):
    path = written("864691135000000001,864691135000000002\n864691135000000002,864691135000000003\n")
    read = read_degrees(path)
    assert read.kind == "edges"
    np.testing.assert_array_equal(read.law.degrees, [1.0, 1.0, 2.0])


def test_total_degrees_are_those_of_the_adjacency_matrix(written):
    rng = np.random.default_rng(4)
    edges = rng.integers(0, 40, size=(300, 2))
    a = np.zeros((40, 40), dtype=int)
    a[edges[:, 0], edges[:, 1]] = 1
    loops = int((edges[:, 0] == edges[:, 1]).sum())
    np.fill_diagonal(a, 0)
    path = written("i,j\n" + "\n".join(f"{i},{j}" for i, j in edges))
    read = read_degrees(path)
    assert read.n_edges == a.sum()
    assert read.n_self_loops == loops
    assert read.n_duplicates == 300 - loops - a.sum()
    np.testing.assert_array_equal(read.law.degrees, np.sort((a | a.T).sum(axis=1)))
    incoming = read_degrees(path, direction="in").law.degrees
    outgoing = read_degrees(path, direction="out").law.degrees
    np.testing.assert_array_equal(incoming, np.sort(a.sum(axis=0)[a.sum(axis=0) > 0]))
    np.testing.assert_array_equal(outgoing, np.sort(a.sum(axis=1)[a.sum(axis=1) > 0]))


def test_isolated_neurons_of_a_file_of_degrees_are_counted_and_left_out(written):
    read = read_degrees(written("0\n4\n0\n2\n"))
    assert read.n_isolated == 2
    np.testing.assert_array_equal(read.law.degrees, [2.0, 4.0])


def test_the_kind_can_be_said(written):
    path = written("3,10\n4,20\n")
    assert read_degrees(path).kind == "edges"
    read = read_degrees(path, kind="degrees")
    np.testing.assert_array_equal(read.law.degrees, [3.0, 4.0])


@pytest.mark.parametrize(
    ("text", "options", "field"),
    [
        ("", {}, "degrees.file"),
        ("\n\n# nothing\n", {}, "degrees.file"),
        ("degree\n", {}, "degrees.file"),
        ("i,j\n", {}, "degrees.file"),
        ("3\n4\nx\n", {}, "degrees.file row 3"),
        ("3\n-1\n2\n", {}, "degrees.file row 2"),
        ("3\nnan\n2\n", {}, "degrees.file row 2"),
        ("3\ninf\n2\n", {}, "degrees.file row 2"),
        ("0\n0\n", {}, "degrees"),
        ("id,degree\na,3\nb\n", {}, "degrees.file row 2"),
        ("a,b\nb,\n", {}, "degrees.file row 2"),
        ("1 2\n3\n", {}, "degrees.file row 2"),
        ("1 2\n3\n", {"kind": "edges"}, "degrees.file row 2"),
        ("1\n3\n", {"kind": "edges"}, "degrees.file row 1"),
        ("1,1\n2,2\n", {}, "degrees.file"),
        (b"\xff\xfe\x00\x01", {}, "degrees.file"),
        ('a,b\nc,"' + "y\n" * 200_000, {}, "degrees.file"),
        ("1,2\n", {"kind": "matrix"}, "degrees.kind"),
        ("1,2\n", {"direction": "both"}, "degrees.direction"),
    ],
)
def test_refusals_name_the_field_or_the_row(written, text, options, field):
    with pytest.raises(InputError) as caught:
        read_degrees(written(text), **options)
    assert caught.value.field == field
    assert caught.value.allowed


def test_paths_that_cannot_be_read(tmp_path, written):
    for path in (
        tmp_path / "absent.csv",
        tmp_path,
        written("1\n") / "below",
        tmp_path / ("n" * 300),
    ):
        with pytest.raises(InputError) as caught:
            read_degrees(path)
        assert caught.value.field == "degrees.file"
