"""The network object: seeds, degrees, gain, refusals."""

from __future__ import annotations

import pickle
import tracemalloc

import numpy as np
import pytest
from scipy.stats import norm

from pyscales.errors import InputError
from pyscales.network import (
    clipped_mass,
    expected_realised_degrees,
    measure_symmetry,
    sample_network,
)

DEGREES = np.linspace(2.0, 60.0, 300)


def test_fields_of_an_undirected_network():
    network = sample_network(DEGREES, symmetry=0.5, seed=1)
    assert network.n == 300
    assert network.kind == "chung-lu"
    assert network.mean_degree == pytest.approx(31.0)
    assert network.weights.nnz == 2 * network.n_edges
    assert network.realised_degrees.sum() == network.weights.nnz
    assert network.out_degrees is network.realised_degrees
    assert network.relative_degrees.mean() == pytest.approx(1.0)
    assert network.relative_realised_degrees.mean() == pytest.approx(1.0)
    assert network.clipped_mass == clipped_mass(DEGREES, "clip")
    assert network.seed_entropy == 1
    with pytest.raises(ValueError, match="read-only"):
        network.expected_degrees[0] = 1.0
    with pytest.raises(AttributeError):
        network.symmetry = 0.0


def test_rows_are_inputs():
    """Row i holds the inputs of node i: in-degree by rows, out-degree by columns."""
    network = sample_network(DEGREES, symmetry=0.0, seed=3, directed=True)
    pattern = network.weights.toarray() != 0
    assert np.array_equal(network.realised_degrees, pattern.sum(axis=1))
    assert np.array_equal(network.out_degrees, pattern.sum(axis=0))
    assert network.n_edges == pattern.sum()


@pytest.mark.parametrize("cap", ["clip", "norros-reittu"])
def test_the_cap_is_reported(cap):
    degrees = np.repeat([290.0, 20.0], [30, 270])
    network = sample_network(degrees, symmetry=0.0, seed=0, cap=cap)
    assert network.cap == cap
    assert network.clipped_mass == pytest.approx(clipped_mass(degrees, cap))
    assert network.clipped_mass > 0.2
    assert network.capped_mass > network.clipped_mass or cap == "norros-reittu"


@pytest.mark.parametrize("options", [{}, {"directed": True}, {"kind": "dense"}])
def test_a_seed_fixes_the_network(options):
    def weights(seed):
        matrix = sample_network(DEGREES, symmetry=0.3, seed=seed, **options).weights
        return matrix if isinstance(matrix, np.ndarray) else matrix.toarray()

    first = weights(7)
    assert np.array_equal(first, weights(7))
    assert np.array_equal(first, weights(np.int64(7)))
    assert not np.array_equal(first, weights(8))


def test_a_seed_sequence_is_read_and_not_advanced():
    root = np.random.SeedSequence(5)
    child = root.spawn(2)[1]
    first = sample_network(DEGREES, symmetry=0.3, seed=child)
    again = sample_network(DEGREES, symmetry=0.3, seed=child)
    rebuilt = np.random.SeedSequence(first.seed_entropy, spawn_key=first.spawn_key)
    third = sample_network(DEGREES, symmetry=0.3, seed=rebuilt)
    assert child.n_children_spawned == 0
    assert np.array_equal(first.weights.data, again.weights.data)
    assert np.array_equal(first.weights.data, third.weights.data)


def test_the_graph_does_not_depend_on_the_symmetry():
    one = sample_network(DEGREES, symmetry=0.3, seed=2)
    two = sample_network(DEGREES, symmetry=-1.0, seed=2)
    assert np.array_equal(one.weights.indices, two.weights.indices)
    assert not np.array_equal(one.weights.data, two.weights.data)


def test_scaled_shares_the_indices():
    network = sample_network(DEGREES, symmetry=0.3, seed=2, dtype="float32")
    matrix = network.scaled(1.5)
    assert matrix.dtype == np.float32
    assert np.shares_memory(matrix.indices, network.weights.indices)
    assert np.shares_memory(matrix.indptr, network.weights.indptr)
    assert not np.shares_memory(matrix.data, network.weights.data)
    np.testing.assert_allclose(matrix.data, 1.5 * network.weights.data, rtol=1e-6)
    dense = sample_network(DEGREES, symmetry=0.3, seed=2, kind="dense")
    assert np.array_equal(dense.scaled(2.0), 2.0 * dense.weights)
    for bad in (-1.0, np.nan, "big"):
        with pytest.raises(InputError, match="gain"):
            network.scaled(bad)


def test_dense_and_sparse_have_the_same_variances():
    """Row sums of W^2: sum_j var W_ij = k_i (1 - k_i / sum k) / <k> in both, without capping."""
    degrees = np.repeat([5.0, 20.0], 400)
    for kind in ("dense", "chung-lu"):
        network = sample_network(degrees, symmetry=0.0, seed=6, kind=kind, mean_degree=10.0)
        matrix = network.weights if kind == "dense" else network.weights.toarray()
        sums = (matrix**2).sum(axis=1).reshape(2, 400).mean(axis=1)
        # A_ij J_ij^2 has relative variance below 3 / p_ij, so 400 rows of k entries give this.
        error = np.sqrt(3.0 / (400 * np.array([5.0, 20.0])))
        assert np.all(np.abs(sums / [0.5, 2.0] - 1.0) < 3.0 * error)
    assert network.n_edges > 0
    dense = sample_network(degrees, symmetry=0.0, seed=6, kind="dense")
    assert dense.clipped_mass == dense.capped_mass == 0.0
    assert dense.n_edges == 800 * 799 // 2


def test_pickle_round_trip():
    network = sample_network(DEGREES, symmetry=0.3, seed=2)
    copy = pickle.loads(pickle.dumps(network))
    assert np.array_equal(copy.weights.data, network.weights.data)
    assert copy.spawn_key == network.spawn_key


def test_one_node_and_no_edges():
    lone = sample_network([0.5], symmetry=0.0, seed=0)
    assert lone.n_edges == 0
    assert not lone.relative_realised_degrees.any()
    assert lone.scaled(2.0).nnz == 0


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"expected_degrees": []}, "expected_degrees"),
        ({"expected_degrees": [0.0, 0.0]}, "expected_degrees"),
        ({"expected_degrees": [1.0, -2.0]}, "expected_degrees[1]"),
        ({"expected_degrees": [np.nan, 2.0]}, "expected_degrees[0]"),
        ({"symmetry": -1.01}, "symmetry"),
        ({"mean_degree": -3.0}, "mean_degree"),
        ({"kind": "lattice"}, "kind"),
        ({"cap": "none"}, "cap"),
        ({"dtype": "float16"}, "dtype"),
        ({"seed": -1}, "seed"),
        ({"seed": 1.5}, "seed"),
        ({"seed": None}, "seed"),
        ({"kind": "dense", "directed": True}, "directed"),
    ],
)
def test_bad_values_are_refused(change, field):
    options = {"expected_degrees": [1.0, 2.0, 1.0], "symmetry": 0.0, "seed": 0} | change
    with pytest.raises(InputError) as caught:
        sample_network(options.pop("expected_degrees"), **options)
    assert caught.value.field == field


def test_a_degree_above_n_is_refused_unless_allowed():
    degrees = np.array([50.0, 2.0, 2.0, 2.0])
    with pytest.raises(InputError, match="N is smaller than a degree: raise N above 50"):
        sample_network(degrees, symmetry=0.0, seed=0)
    network = sample_network(degrees, symmetry=0.0, seed=0, allow_oversized=True)
    assert network.clipped_mass > 0.5
    assert sample_network(degrees, symmetry=0.0, seed=0, kind="dense").n == 4


@pytest.mark.slow
@pytest.mark.parametrize("directed", [False, True])
def test_scale(directed):
    u = np.exp(norm.ppf((np.arange(100_000) + 0.5) / 100_000))
    degrees = 100.0 * u / u.mean()
    tracemalloc.start()
    network = sample_network(degrees, symmetry=0.4, seed=10, directed=directed)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    mean = expected_realised_degrees(degrees).sum()
    weights = network.weights
    assert abs(weights.nnz - mean) < 3.0 * np.sqrt(2.0 * mean)
    assert weights.indices.dtype == np.int32
    assert peak < 4.0 * (weights.data.nbytes + weights.indices.nbytes + weights.indptr.nbytes)
    found, error = measure_symmetry(weights)
    assert abs(found - 0.4) < 3.0 * error
