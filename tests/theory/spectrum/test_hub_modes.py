"""Modes of hubs: position, share on the hub, condition number, scatter; numerical abscissa."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import brentq

from pyscales.degrees import Homogeneous, Lognormal
from pyscales.network import sample_network
from pyscales.theory.spectrum.hubs import hub_edge
from pyscales.theory.spectrum.outliers import hub_modes, numerical_abscissa

LAW = Lognormal(50.0, 1.0).finite(1000)


def field(rest, n, symmetry, x, top):
    """h(x) of the neurons below the hub, on the physical branch."""
    high = x / (symmetry * rest.max())
    return brentq(
        lambda h: np.sum(rest / (x - symmetry * rest * h)) / n - h,
        0.0,
        min(high, x / top / symmetry),
    )


def test_first_mode_is_the_hub_pole():
    found = hub_modes(LAW.relative_degrees, 0.75)
    assert found.eigenvalue[0] == pytest.approx(hub_edge(LAW.relative_degrees, 0.75).pole)
    assert found.relative_degree[0] == LAW.u_max
    assert np.all(np.diff(found.eigenvalue) < 0)
    assert not found.imaginary
    mirrored = hub_modes(LAW.relative_degrees, -0.75)
    np.testing.assert_array_equal(mirrored.eigenvalue, found.eigenvalue)
    assert mirrored.imaginary


def test_slope_of_the_self_energy():
    # At symmetry 1 the share on the hub is the residue 1/(1 - Sigma'), Sigma = u h(x).
    u = np.sort(LAW.relative_degrees)[::-1]
    x = hub_modes(u, 1.0).eigenvalue[0]
    step = 1e-5
    above = [field(u[1:], u.size, 1.0, x + s, u[0] * 0.99) for s in (step, 2 * step)]
    slope = u[0] * (above[1] - above[0]) / step
    assert hub_modes(u, 1.0).hub_share[0] == pytest.approx(1 / (1 - slope), rel=1e-3)
    assert hub_modes(u, 1.0).condition[0] == pytest.approx(1.0, abs=1e-12)


def test_no_modes_without_hubs_or_symmetry():
    for u, symmetry in ((np.ones(20), 0.5), (LAW.relative_degrees, 0.0)):
        found = hub_modes(u, symmetry)
        assert found.eigenvalue.shape == (0,)
        assert found.spread.shape == (0,)


def test_numerical_abscissa_of_equal_degrees():
    u = Homogeneous(50.0).finite(100).relative_degrees
    for symmetry in (-1.0, -0.3, 0.0, 0.6, 1.0):
        assert numerical_abscissa(u, symmetry) == pytest.approx(np.sqrt(2 * (1 + symmetry)))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["dense", "chung-lu"])
@pytest.mark.parametrize("symmetry", [0.5, 1.0])
def test_one_hub_against_eigenvalues(kind, symmetry):
    # 299 equal neurons and a hub of eight times their degree.
    n, samples, mean = 300, 24, 20.0
    degrees = np.append(np.full(n - 1, mean), 8 * mean)
    sparse = degrees.mean() if kind == "chung-lu" else np.inf
    theory = hub_modes(degrees / degrees.mean(), symmetry, mean_degree=sparse)
    assert theory.eigenvalue.size == 1
    rows = []
    for seed in range(samples):
        w = sample_network(degrees, symmetry=symmetry, kind=kind, seed=seed).weights
        values, right = np.linalg.eig(w if kind == "dense" else w.toarray())
        top = np.argmax(values.real)
        left = np.linalg.inv(right)[top]
        share = np.abs(right[-1, top]) ** 2
        rows.append((values[top].real, share, np.linalg.norm(left)))
    value, share, condition = np.array(rows).T
    error = theory.spread[0] / np.sqrt(samples)
    bias = 0.01 if kind == "dense" else 0.04  # 1/<k>
    assert value.mean() == pytest.approx(
        theory.eigenvalue[0], abs=3 * error + bias * theory.eigenvalue[0]
    )
    assert value.std(ddof=1) == pytest.approx(theory.spread[0], rel=0.45)  # 3 errors of 24
    assert share.mean() == pytest.approx(theory.hub_share[0], rel=0.05 + 3 * bias)
    assert np.median(condition) == pytest.approx(theory.condition[0], rel=0.05 + 3 * bias)


@pytest.mark.slow
@pytest.mark.parametrize("symmetry", [-0.4, 0.5])
def test_abscissa_against_eigenvalues(symmetry):
    law = Lognormal(50.0, 0.6).finite(500)
    tops = []
    for seed in range(8):
        w = sample_network(law.degrees, symmetry=symmetry, kind="dense", seed=seed).weights
        tops.append(np.linalg.eigvalsh((w + w.T) / 2)[-1])
    expected = numerical_abscissa(law.relative_degrees, symmetry)
    assert np.mean(tops) == pytest.approx(expected, rel=0.03)
