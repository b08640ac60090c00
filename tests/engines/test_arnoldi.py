"""Outermost eigenvalues of sparse matrices, and the ones that plain Arnoldi iteration misses."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import block_diag, csr_array

from pyscales.degrees import Lognormal
from pyscales.engines import get_engine
from pyscales.engines.embedded.arnoldi import outermost
from pyscales.engines.embedded.right_hand_side import RightHandSide
from pyscales.network import sample_network

ENGINE = get_engine("scipy")


def network(n, sigma, symmetry, seed):
    law = Lognormal(20.0, sigma).finite(n)
    return sample_network(law.degrees, symmetry=symmetry, seed=seed).weights


def missed_by_plain_iteration():
    # Support stretched along the imaginary axis: the restarts settle on the wrong pair.
    return network(500, 0.0, -0.9, 2)


def test_a_case_that_plain_arnoldi_misses_is_handled():
    w = missed_by_plain_iteration()
    every = np.linalg.eigvals(w.toarray())
    rightmost = every.real.max()
    plain = outermost(w, 1, "LR", 2, check=False)
    residual = np.linalg.norm(w @ plain.vectors[:, 0] - plain.values[0] * plain.vectors[:, 0])
    assert residual < 1e-8  # an eigenvalue, exact to its residual,
    assert plain.values[0].real < rightmost - 1e-3  # but not the rightmost
    found = outermost(w, 1, "LR", 2)
    assert found.missed > 0
    assert found.verified
    assert found.values[0].real == pytest.approx(rightmost, abs=1e-9)
    status = ENGINE.eigenvalues(w, k=1, seed=2).status
    assert status.success
    assert "missed" in status.message
    assert status.evaluations == found.products


@pytest.mark.parametrize(("sigma", "symmetry"), [(0.5, -0.4), (1.0, 0.0), (0.5, 0.4), (0.5, 1.0)])
@pytest.mark.parametrize("which", ["LR", "LM"])
def test_against_dense_eigenvalues(sigma, symmetry, which):
    w = network(500, sigma, symmetry, 3)
    every = np.linalg.eigvals(w.toarray())
    found = ENGINE.eigenvalues(w, k=6, which=which, seed=2)
    assert found.status.success
    assert found.residuals.max() < 1e-8
    size, mine = (
        (every.real, found.values.real) if which == "LR" else (abs(every), abs(found.values))
    )
    np.testing.assert_allclose(np.sort(mine)[::-1], np.sort(size)[::-1][:6], atol=1e-9)


def test_a_small_component_with_the_dominant_eigenvalue():
    # Two neurons that excite each other, apart from a large network: 1.7 beyond the bulk.
    pair = csr_array(np.array([[0.0, 1.7], [1.7, 0.0]]))
    w = csr_array(block_diag([network(800, 0.0, 0.0, 0), pair]))
    found = outermost(w, 2, "LR", 0)
    assert found.values[0].real == pytest.approx(1.7, abs=1e-10)
    weight = np.abs(found.vectors[:, 0]) ** 2
    assert weight[-2:].sum() == pytest.approx(weight.sum(), rel=1e-9)


def test_equal_eigenvalues_are_all_found():
    # Krylov space holds one copy; the search outside what was found brings in the others.
    rng = np.random.default_rng(0)
    diagonal = np.concatenate([[2.0, 2.0, 2.0], rng.uniform(-1, 1, 297)])
    found = outermost(csr_array(np.diag(diagonal)), 3, "LR", 0)
    np.testing.assert_allclose(found.values.real, 2.0, atol=1e-9)
    assert np.linalg.matrix_rank(found.vectors, tol=1e-6) == 3
    assert found.verified


def test_same_seed_same_result_and_zero_matrix():
    w = network(300, 0.5, 0.2, 0)
    a, b = outermost(w, 4, "LR", 5), outermost(w, 4, "LR", 5)
    np.testing.assert_array_equal(a.values, b.values)
    np.testing.assert_array_equal(a.vectors, b.vectors)
    nothing = ENGINE.eigenvalues(csr_array((50, 50)), k=2)
    np.testing.assert_allclose(nothing.values, 0.0, atol=1e-12)


def test_threads_change_nothing():
    w = network(32_000, 1.0, 0.8, 1)  # enough entries for two blocks, a hub far from the bulk
    found = []
    for workers in (1, 2):
        rows = RightHandSide(w, workers)
        found.append(outermost(w, 1, "LR", 3, check=False, tolerance=1e-6, product=rows.product))
        rows.close()
    np.testing.assert_array_equal(found[0].values, found[1].values)
    np.testing.assert_array_equal(found[0].vectors, found[1].vectors)
    np.testing.assert_allclose(w @ found[0].vectors, found[0].vectors * found[0].values, atol=1e-5)


@pytest.mark.slow
def test_a_crowded_edge():
    for symmetry in (-0.7, 0.4):
        w = network(1000, 0.5, symmetry, 7)
        every = np.sort(np.linalg.eigvals(w.toarray()).real)[::-1]
        found = ENGINE.eigenvalues(w, k=8, seed=0)
        assert found.status.success
        assert found.residuals.max() < 1e-8
        np.testing.assert_allclose(np.sort(found.values.real)[::-1], every[:8], atol=1e-8)
