"""Couplings: correlation of the two directions, variance, pattern."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from pyscales.errors import InputError
from pyscales.network import (
    measure_symmetry,
    reciprocity,
    sample_couplings,
    sample_edges,
    sample_surrogate,
)

SYMMETRIES = [-1.0, -0.5, 0.0, 0.3, 1.0]
DEGREES = np.repeat([20.0, 120.0], [600, 200])


def draw(symmetry, *, directed=False, dtype="float64", degrees=DEGREES, seed=2):
    rng = np.random.default_rng(seed)
    row, col = sample_edges(degrees, rng, directed=directed)
    matrix = sample_couplings(
        row,
        col,
        degrees.size,
        rng,
        symmetry=symmetry,
        mean_degree=degrees.mean(),
        directed=directed,
        dtype=dtype,
    )
    return matrix, row, col


@pytest.mark.parametrize("directed", [False, True])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("symmetry", SYMMETRIES)
def test_correlation_of_the_two_directions(symmetry, dtype, directed):
    matrix, row, col = draw(symmetry, directed=directed, dtype=dtype)
    assert matrix.dtype == dtype
    assert matrix.nnz == row.size * (1 if directed else 2)
    assert matrix.has_canonical_format
    found, error = measure_symmetry(matrix)
    if abs(symmetry) == 1.0:
        assert found == pytest.approx(symmetry, abs=1e-12)
    else:
        assert abs(found - symmetry) < 3.0 * error
        pairs = round(matrix.nnz * reciprocity(matrix) / 2)
        assert error == pytest.approx((1 - found**2) / np.sqrt(pairs), rel=0.1)
    dense = matrix.toarray()
    assert np.all(dense[row, col] != 0)
    i, j = np.triu_indices(dense.shape[0], 1)
    both = (dense[i, j] != 0) & (dense[j, i] != 0)
    plain = np.corrcoef(dense[i, j][both], dense[j, i][both])[0, 1]
    assert found == pytest.approx(plain, abs=5e-3)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_full_symmetry_is_exact(sign, dtype):
    matrix, _, _ = draw(sign, dtype=dtype)
    dense = matrix.toarray()
    assert np.array_equal(dense, sign * dense.T)
    surrogate = sample_surrogate(
        DEGREES / DEGREES.mean(), np.random.default_rng(1), symmetry=sign, dtype=dtype
    )
    assert np.array_equal(surrogate, sign * surrogate.T)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_full_symmetry_is_exact_on_reciprocated_pairs(sign):
    dense = draw(sign, directed=True)[0].toarray()
    both = (dense != 0) & (dense.T != 0)
    assert both.any()
    assert np.array_equal(dense[both], sign * dense.T[both])


@pytest.mark.parametrize("directed", [False, True])
@pytest.mark.parametrize("symmetry", SYMMETRIES)
def test_variance_is_one_over_the_mean_degree(symmetry, directed):
    matrix, _, _ = draw(symmetry, directed=directed)
    scaled = matrix.data * np.sqrt(DEGREES.mean())
    # Entries of a pair are dependent at most up to a factor two in the effective sample.
    draws = scaled.size / 2
    assert abs(scaled.mean()) < 3.0 / np.sqrt(draws)
    assert abs(scaled.var() - 1.0) < 3.0 * np.sqrt(2.0 / draws)
    assert np.mean(scaled**4) == pytest.approx(3.0, abs=3.0 * np.sqrt(96.0 / draws))


def test_upper_and_lower_entries_have_the_same_variance():
    matrix, _, _ = draw(0.6)
    coo = matrix.tocoo()
    upper = coo.col > coo.row
    ratio = coo.data[upper].var() / coo.data[~upper].var()
    assert abs(ratio - 1.0) < 3.0 * np.sqrt(4.0 / upper.sum())


def test_reciprocity_of_known_graphs():
    dense = np.array([[5.0, 1.0, 0.0], [2.0, 0.0, 0.0], [1.0, 0.0, 0.0]])
    assert reciprocity(dense) == pytest.approx(2 / 3)
    assert reciprocity(csr_array(dense)) == pytest.approx(2 / 3)
    assert reciprocity(draw(0.2)[0]) == 1.0
    assert np.isnan(reciprocity(np.zeros((3, 3))))


@settings(max_examples=60, deadline=None)
@given(
    n=st.integers(2, 12),
    seed=st.integers(0, 2**32),
    density=st.floats(0.0, 1.0),
)
def test_measured_symmetry_is_that_of_the_dense_matrix(n, seed, density):
    rng = np.random.default_rng(seed)
    dense = rng.standard_normal((n, n)) * (rng.random((n, n)) < density)
    i, j = np.triu_indices(n, 1)
    both = (dense[i, j] != 0) & (dense[j, i] != 0)
    a, b = dense[i, j][both], dense[j, i][both]
    found, error = measure_symmetry(csr_array(dense))
    if a.size < 2:
        assert np.isnan(found)
        assert np.isnan(error)
        return
    expected = np.corrcoef(np.r_[a, b], np.r_[b, a])[0, 1]
    assert found == pytest.approx(expected, abs=1e-12)


def test_measures_leave_their_argument_alone():
    matrix = csr_array(
        (np.array([1.0, 2.0, 3.0]), np.array([2, 1, 0]), np.array([0, 2, 3, 3])), shape=(3, 3)
    )
    before = matrix.indices.copy()
    measure_symmetry(matrix)
    reciprocity(matrix)
    assert np.array_equal(matrix.indices, before)


def test_surrogate_has_its_variance_profile():
    u = np.repeat([0.4, 1.6], 150)
    matrix = sample_surrogate(u, np.random.default_rng(9), symmetry=-0.4)
    assert isinstance(matrix, np.ndarray)
    assert not np.diagonal(matrix).any()
    normal = matrix / np.sqrt(np.outer(u, u) / u.size)
    i, j = np.triu_indices(u.size, 1)
    for entries in (normal[i, j], normal[j, i]):
        assert abs(entries.var() - 1.0) < 3.0 * np.sqrt(2.0 / entries.size)
    found, error = measure_symmetry(matrix)
    assert abs(found + 0.4) < 3.0 * error
    corner = normal[:150, 150:]
    assert abs(corner.var() - 1.0) < 3.0 * np.sqrt(2.0 / corner.size)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"symmetry": 1.5}, "symmetry"),
        ({"symmetry": np.nan}, "symmetry"),
        ({"symmetry": "half"}, "symmetry"),
        ({"mean_degree": 0.0}, "mean_degree"),
        ({"mean_degree": np.inf}, "mean_degree"),
        ({"dtype": "int32"}, "dtype"),
        ({"dtype": "nothing"}, "dtype"),
    ],
)
def test_bad_values_are_refused(change, field):
    options = {"symmetry": 0.0, "mean_degree": 1.0, "dtype": "float64"} | change
    with pytest.raises(InputError) as caught:
        sample_couplings(np.array([0]), np.array([1]), 2, np.random.default_rng(0), **options)
    assert caught.value.field == field


def test_other_bad_arguments_are_refused():
    with pytest.raises(InputError, match="relative_degrees"):
        sample_surrogate([1.0, -1.0], np.random.default_rng(0), symmetry=0.0)
    with pytest.raises(InputError, match="square"):
        measure_symmetry(np.ones((2, 3)))
