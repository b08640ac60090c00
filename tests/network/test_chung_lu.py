"""Chung-Lu sampler against the exact Bernoulli law of its pairs."""

from __future__ import annotations

import tracemalloc

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import chi2, norm

from pyscales.errors import InputError
from pyscales.network import (
    CAPS,
    capped_mass,
    clipped_mass,
    connection_probability,
    expected_realised_degrees,
    probability_matrix,
    sample_adjacency,
    sample_edges,
)

GRAPHS = 20


def quantile_lognormal(n: int, mean: float, sigma: float) -> np.ndarray:
    """Lognormal quantile sequence k_i = mean u_i, u_i = F^-1((i - 1/2) / N) over its mean."""
    u = np.exp(sigma * norm.ppf((np.arange(n) + 0.5) / n))
    return mean * u / u.mean()


def pareto_with_zeros(n: int) -> np.ndarray:
    """Power law of exponent 2.5, shuffled, a tenth of the nodes without degree."""
    degrees = 4.0 * ((np.arange(n) + 0.5) / n) ** (-1.0 / 1.5)
    degrees[::10] = 0.0
    return np.random.default_rng(5).permutation(degrees)


LAWS = {
    "homogeneous": np.full(401, 20.0),
    "lognormal": np.random.default_rng(1).permutation(quantile_lognormal(400, 15.0, 0.5)),
    "capped-lognormal": np.random.default_rng(2).permutation(quantile_lognormal(400, 50.0, 1.0)),
    "pareto-zeros": pareto_with_zeros(400),
    "saturated": np.repeat([390.0, 60.0, 1e-3], [20, 200, 180]),
}


def moments(p: np.ndarray, members: np.ndarray, directed: bool) -> tuple[float, float]:
    """Exact mean and variance of the summed (in-)degrees of some nodes."""
    variance = p * (1.0 - p)
    if directed:
        return float(p[members].sum()), float(variance[members].sum())
    inside = members.astype(float)
    endpoints = inside[:, None] + inside[None, :]
    return float((p * endpoints).sum() / 2), float((variance * endpoints**2).sum() / 2)


def degrees_of(row: np.ndarray, col: np.ndarray, n: int, directed: bool) -> np.ndarray:
    """(In-)degrees of an edge list."""
    degrees = np.bincount(row, minlength=n)
    return degrees if directed else degrees + np.bincount(col, minlength=n)


@pytest.mark.parametrize("directed", [False, True])
@pytest.mark.parametrize("cap", CAPS)
@pytest.mark.parametrize("law", LAWS)
def test_edges_and_degrees_have_their_exact_mean(law, cap, directed):
    expected = LAWS[law]
    n = expected.size
    p = probability_matrix(expected, cap)
    rng = np.random.default_rng(11)
    total = np.zeros(n)
    for _ in range(GRAPHS):
        row, col = sample_edges(expected, rng, directed=directed, cap=cap)
        total += degrees_of(row, col, n, directed)
    hubs = expected >= np.quantile(expected, 0.95)
    for members in (np.ones(n, dtype=bool), hubs):
        mean, variance = moments(p, members, directed)
        z = (total[members].sum() - GRAPHS * mean) / np.sqrt(GRAPHS * variance)
        assert abs(z) < 3.0
    spread = GRAPHS * (p * (1.0 - p)).sum(axis=1)
    common = spread > 1.0
    square = (total - GRAPHS * p.sum(axis=1))[common] ** 2 / spread[common]
    assert abs(square.mean() - 1.0) < 4.0 * np.sqrt(2.0 / common.sum())


@pytest.mark.parametrize("directed", [False, True])
@pytest.mark.parametrize("cap", CAPS)
@pytest.mark.parametrize(
    "expected",
    [[0.3, 1.0, 1.1, 2.0, 3.5, 5.0], [1.5, 1.5, 1.5, 1.5, 1.5, 1.5], [2.0, 0.0, 2.0, 2.1, 0.9]],
)
def test_every_pair_has_its_own_frequency(expected, cap, directed):
    n = len(expected)
    samples = 20_000 if n == 6 and cap == "clip" and not directed else 3_000
    p = probability_matrix(expected, cap)
    rng = np.random.default_rng(3)
    counts = np.zeros((n, n))
    for _ in range(samples):
        row, col = sample_edges(expected, rng, directed=directed, cap=cap)
        counts[row, col] += 1
    drawn = ~np.eye(n, dtype=bool) if directed else np.triu(np.ones((n, n), dtype=bool), 1)
    assert not counts[~drawn].any()
    assert np.array_equal(counts[drawn & (p == 1.0)], np.full((drawn & (p == 1.0)).sum(), samples))
    assert not counts[drawn & (p == 0.0)].any()
    random = drawn & (p > 0.0) & (p < 1.0)
    z2 = (counts - samples * p)[random] ** 2 / (samples * p * (1.0 - p))[random]
    assert chi2.sf(z2.sum(), random.sum()) > 1e-3


def test_pairs_are_independent():
    """The variance of the number of edges is the Bernoulli one, with no excess."""
    expected = quantile_lognormal(60, 8.0, 1.0)
    p = probability_matrix(expected, "clip")
    rng = np.random.default_rng(8)
    sizes = np.array([sample_edges(expected, rng)[0].size for _ in range(500)])
    variance = (p * (1.0 - p)).sum() / 2
    assert abs(sizes.var() / variance - 1.0) < 4.0 * np.sqrt(2.0 / sizes.size)


def test_networkx_agrees():
    """Edges and second moment of the degrees, over 20 graphs of each sampler."""
    expected = LAWS["capped-lognormal"]
    rng = np.random.default_rng(21)
    ours, theirs = [], []
    for seed in range(GRAPHS):
        row, col = sample_edges(expected, rng)
        degrees = degrees_of(row, col, expected.size, False)
        ours.append([row.size, np.mean(degrees**2.0)])
        graph = nx.expected_degree_graph(expected, seed=seed, selfloops=False)
        degrees = np.array([d for _, d in graph.degree()])
        theirs.append([graph.number_of_edges(), np.mean(degrees**2.0)])
    a, b = np.array(ours), np.array(theirs)
    error = np.sqrt((a.var(axis=0, ddof=1) + b.var(axis=0, ddof=1)) / GRAPHS)
    assert np.all(np.abs(a.mean(axis=0) - b.mean(axis=0)) < 3.0 * error)


@pytest.mark.parametrize(
    ("n", "mean", "sigma", "touched", "hub", "cv"),
    [
        (1000, 20, 0.5, 0.000, 0.995, 0.530),
        (1000, 20, 1.0, 0.017, 0.892, 1.236),
        (1000, 50, 0.75, 0.009, 0.921, 0.846),
        (1000, 100, 0.5, 0.001, 0.980, 0.529),
        (1000, 100, 0.75, 0.049, 0.747, 0.806),
        (1000, 100, 1.0, 0.176, 0.465, 1.028),
        (1000, 200, 1.0, 0.331, 0.277, 0.878),
        (5000, 50, 1.0, 0.005, 0.930, 1.281),
        (5000, 100, 0.75, 0.001, 0.982, 0.864),
        (5000, 100, 1.0, 0.019, 0.809, 1.250),
        (5000, 200, 1.0, 0.057, 0.617, 1.183),
    ],
)
def test_reference_table_of_the_cap(n, mean, sigma, touched, hub, cv):
    expected = quantile_lognormal(n, mean, sigma)
    realised = expected_realised_degrees(expected, "clip")
    assert capped_mass(expected) == pytest.approx(touched, abs=6e-4)
    assert realised[-1] / expected[-1] == pytest.approx(hub, abs=6e-4)
    assert realised.std() / realised.mean() == pytest.approx(cv, abs=1.1e-3)
    nominal = np.outer(expected, expected) / expected.sum()
    lost = 1.0 - np.minimum(nominal, 1.0).sum() / nominal.sum()
    assert clipped_mass(expected, "clip") == pytest.approx(lost, abs=1e-12)


@pytest.mark.parametrize("cap", CAPS)
@pytest.mark.parametrize("law", LAWS)
def test_row_sums_match_the_matrix(law, cap):
    expected = LAWS[law]
    p = probability_matrix(expected, cap)
    np.testing.assert_allclose(expected_realised_degrees(expected, cap), p.sum(axis=1), rtol=1e-12)
    nominal = np.outer(expected, expected) / expected.sum()
    lost = 1.0 - connection_probability(nominal, cap).sum() / nominal.sum()
    assert clipped_mass(expected, cap) == pytest.approx(lost, abs=1e-12)


@given(
    expected=arrays(
        float, st.integers(1, 30), elements=st.one_of(st.floats(0, 40), st.floats(0, 1e12))
    ),
    cap=st.sampled_from(CAPS),
)
@settings(max_examples=150, deadline=None)
def test_row_sums_match_the_matrix_for_any_degrees(expected, cap):
    p = probability_matrix(expected, cap)
    sums = expected_realised_degrees(expected, cap)
    np.testing.assert_allclose(sums, p.sum(axis=1), rtol=1e-9, atol=1e-12)
    assert 0.0 <= clipped_mass(expected, cap) <= 1.0
    assert 0.0 <= capped_mass(expected) <= 1.0 + 1e-12


@given(
    expected=arrays(
        float, st.integers(1, 40), elements=st.one_of(st.just(0.0), st.floats(0, 60, width=32))
    ),
    seed=st.integers(0, 2**32),
    cap=st.sampled_from(CAPS),
    directed=st.booleans(),
)
@settings(max_examples=200, deadline=None)
def test_any_degree_vector_gives_a_simple_sorted_graph(expected, seed, cap, directed):
    n = expected.size
    row, col = sample_edges(expected, np.random.default_rng(seed), cap=cap, directed=directed)
    assert np.all(row != col)
    assert directed or np.all(row < col)
    assert np.unique(row.astype(np.int64) * n + col).size == row.size
    matrix = sample_adjacency(expected, np.random.default_rng(seed), cap=cap, directed=directed)
    assert matrix.shape == (n, n)
    assert matrix.nnz == row.size * (1 if directed else 2)
    dense = matrix.toarray()
    assert dense.max(initial=0) <= 1
    assert np.all(dense[row, col] == 1)
    assert directed or np.array_equal(dense, dense.T)
    assert not dense[expected == 0].any()
    for start, stop in zip(matrix.indptr[:-1], matrix.indptr[1:], strict=True):
        assert np.all(np.diff(matrix.indices[start:stop]) > 0)


def test_extreme_degrees():
    expected = np.array([1e-300, 1e-12, 3.0, 1e14, 1e300, 5e-324])
    for cap in CAPS:
        row, col = sample_edges(expected, np.random.default_rng(0), cap=cap)
        assert np.all(row < col)
        assert np.all(np.isfinite(expected_realised_degrees(expected, cap)))


def test_same_generator_state_same_graph():
    expected = LAWS["lognormal"]
    first = sample_adjacency(expected, np.random.default_rng(4))
    second = sample_adjacency(expected, np.random.default_rng(4))
    assert np.array_equal(first.indices, second.indices)
    assert np.array_equal(first.indptr, second.indptr)


def test_connection_probability_values():
    np.testing.assert_allclose(connection_probability([0.0, 0.5, 2.0], "clip"), [0.0, 0.5, 1.0])
    np.testing.assert_allclose(
        connection_probability([0.0, 0.5, 2.0], "norros-reittu"),
        [0.0, 1 - np.exp(-0.5), 1 - np.exp(-2.0)],
    )


@pytest.mark.parametrize(
    "bad", [[], [[1.0, 2.0]], [1.0, -0.1], [1.0, np.nan], [1.0, np.inf], ["many"], [1e308, 1e308]]
)
def test_bad_degrees_are_refused(bad):
    with pytest.raises(InputError, match="expected_degrees"):
        sample_edges(bad, np.random.default_rng(0))


def test_bad_cap_and_size_are_refused():
    with pytest.raises(InputError, match="cap"):
        sample_edges([1.0, 1.0], np.random.default_rng(0), cap="none")
    with pytest.raises(InputError, match="5000"):
        probability_matrix(np.ones(5001))


@pytest.mark.slow
@pytest.mark.parametrize("sigma", [0.0, 1.0])
def test_scale_of_the_sampler(sigma):
    expected = quantile_lognormal(100_000, 100.0, sigma)
    tracemalloc.start()
    matrix = sample_adjacency(expected, np.random.default_rng(6))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    mean = expected_realised_degrees(expected).sum()
    # The variance of the entries is at most four times that of the edges, itself below their mean.
    assert abs(matrix.nnz - mean) < 3.0 * np.sqrt(2.0 * mean)
    size = matrix.data.nbytes + matrix.indices.nbytes + matrix.indptr.nbytes
    assert peak < 4.0 * size
