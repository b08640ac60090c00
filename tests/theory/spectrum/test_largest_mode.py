"""Rightmost eigenvalue when hubs compete: limits, brute force and sampled networks."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse.linalg import eigs, eigsh
from scipy.stats import norm

from pyscales.degrees import Homogeneous, Lognormal
from pyscales.network import sample_network
from pyscales.theory.spectrum.hubs import hub_edge
from pyscales.theory.spectrum.largest_mode import _Field, largest_mode
from pyscales.theory.spectrum.outliers import hub_modes


@pytest.mark.parametrize("mean_degree", [200.0, np.inf])
def test_one_dominant_hub_gives_its_pole(mean_degree):
    u = np.append(np.ones(9_999), 15.0)
    mode = hub_modes(u / u.mean(), 0.8, mean_degree=mean_degree)
    found = largest_mode(u / u.mean(), 0.8, mean_degree=mean_degree)
    assert found.mean == pytest.approx(mode.eigenvalue[0], rel=5e-4)
    assert found.spread == pytest.approx(mode.spread[0], rel=0.01)
    assert found.distribution[0] < 1e-6
    assert found.distribution[-1] == pytest.approx(1.0, abs=1e-6)


def test_equal_hubs_give_the_largest_of_independent_normals():
    # Eight equal hubs, each of a scatter s about one position; here no pole of the first exists.
    hubs, n = 8, 200_000
    u = np.append(np.ones(n - hubs), np.full(hubs, 15.0))
    u = u / u.mean()
    alone = hub_modes(u[: n - hubs + 1], 1.0, mean_degree=20.0)
    found = largest_mode(u, 1.0, mean_degree=20.0)
    z = np.linspace(-9, 9, 20_001)
    mean = np.trapezoid(z * hubs * norm.pdf(z) * norm.cdf(z) ** (hubs - 1), z)
    sd = np.sqrt(np.trapezoid((z - mean) ** 2 * hubs * norm.pdf(z) * norm.cdf(z) ** (hubs - 1), z))
    assert found.mean == pytest.approx(alone.eigenvalue[0] + mean * alone.spread[0], rel=5e-3)
    assert found.spread == pytest.approx(sd * alone.spread[0], rel=0.1)


def test_competition_against_drawn_poles():
    # Far from the bulk F is the law of the largest of independent poles, drawn here one by one.
    u = Lognormal(50.0, 0.5).finite(100_000).relative_degrees
    mode = hub_modes(u, 1.0, mean_degree=50.0)
    rng = np.random.default_rng(4)
    drawn = (mode.eigenvalue + mode.spread * rng.normal(size=(4000, mode.spread.size))).max(axis=1)
    found = largest_mode(u, 1.0, mean_degree=50.0)
    assert found.mean == pytest.approx(drawn.mean(), rel=3e-3)
    assert found.spread == pytest.approx(drawn.std(), rel=0.06)
    assert found.mean > mode.eigenvalue[0] + 0.015


def test_without_hubs_the_edge_of_the_bulk():
    u = Homogeneous(50.0).finite(20_000).relative_degrees
    for symmetry in (0.3, 1.0):
        found = largest_mode(u, symmetry)
        assert found.mean == pytest.approx(1 + symmetry, rel=0.01)
        assert found.spread < 0.01


def test_field_of_a_sparse_graph():
    # Equal degrees, symmetry 1: 1 - x m + m^2 + (3/<k>) m^4 = 0 (Lee & Schnelli 2018).
    k, n, x = 1000.0, 10**8, 2.3
    one, count = np.array([1.0]), np.array([float(n)])
    h = _Field(one, count, 0, n, 1.0, k).solve(np.array([x]))[0]
    m = min(r.real for r in np.roots([3 / k, 0, 1, -x, 1]) if abs(r.imag) < 1e-9 and r.real > 0)
    plain = (x - np.sqrt(x**2 - 4)) / 2
    assert h - plain == pytest.approx(m - plain, rel=0.05)
    assert h - plain > 2e-4


def test_order_of_the_list_is_free():
    u = Lognormal(50.0, 0.5).finite(3000).relative_degrees
    found = largest_mode(u, 0.5, mean_degree=50.0)
    mixed = largest_mode(np.random.default_rng(0).permutation(u), 0.5, mean_degree=50.0)
    assert mixed.mean == found.mean
    assert np.all(np.diff(found.distribution) >= 0)
    assert found.solved
    assert found.distribution[-1] == pytest.approx(1.0, abs=1e-8)
    assert found.mean > hub_edge(u, 0.5).edge


@pytest.mark.slow
@pytest.mark.parametrize("symmetry", [0.5, 1.0])
def test_competing_hubs_against_eigenvalues(symmetry):
    # Twelve hubs of nearly one degree among 7988 equal neurons.
    samples, mean = 12, 20.0
    degrees = np.append(np.full(7988, mean), mean * np.linspace(7.8, 8.0, 12))
    average = degrees.mean()
    found = largest_mode(degrees / average, symmetry, mean_degree=average)
    one = hub_modes(np.append(degrees[:7988], degrees[-1]) / average, symmetry, mean_degree=average)
    tops = []
    for seed in range(samples):
        w = sample_network(degrees, symmetry=symmetry, kind="chung-lu", seed=seed).weights
        if symmetry == 1:
            tops.append(eigsh(w, k=1, which="LA", return_eigenvectors=False)[0])
        else:
            tops.append(eigs(w, k=4, which="LR", return_eigenvectors=False).real.max())
    error = found.spread / np.sqrt(samples)
    assert np.mean(tops) == pytest.approx(found.mean, abs=3 * error + 0.01 * found.mean)
    assert np.std(tops, ddof=1) == pytest.approx(found.spread, rel=0.65)  # 3 errors of 12
    assert np.mean(tops) - one.eigenvalue[0] > 0.1 * one.eigenvalue[0]


@pytest.mark.parametrize("n", [3, 10, 60])
@pytest.mark.parametrize("mean_degree", [2.0, 5.0, np.inf])
@pytest.mark.parametrize("symmetry", [0.05, 0.5, 1.0])
def test_few_neurons_of_few_connections_have_an_answer(n, mean_degree, symmetry):
    degrees = np.random.default_rng(n).geometric(0.3, n).astype(float)
    found = largest_mode(degrees / degrees.mean(), symmetry, mean_degree=mean_degree)
    assert 0 < found.mean < 50
    assert 0 <= found.spread < 20
    assert np.all(np.diff(found.distribution) >= 0)
    assert found.solved
    assert found.distribution[-1] == pytest.approx(1.0, abs=1e-8)
