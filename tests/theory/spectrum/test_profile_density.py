"""Density with the connection probabilities of the finite graph."""

from __future__ import annotations

import numpy as np
import pytest

from pyscales import Lognormal, Model, spectrum
from pyscales.network import probability_matrix
from pyscales.theory.spectrum.density import bulk_density
from pyscales.theory.spectrum.profile_density import profile_density
from pyscales.theory.spectrum.radial import radial_profile
from pyscales.theory.spectrum.variance_profile import (
    VarianceProfile,
    profile_boundary_radius,
    variance_profile,
)


def clip(q):
    return np.minimum(q, 1.0)


def rank_one(n=30):
    u = Lognormal(1.0, 0.5).finite(n).relative_degrees
    return u, VarianceProfile(np.outer(u, u) / n, np.outer(u, u) / n, np.ones(n), u)


@pytest.mark.parametrize("symmetry", [-0.3, 0.0, 0.4])
def test_rank_one_profile_is_the_closed_theory(symmetry):
    u, profile = rank_one()
    x, y = np.array([0.1, 0.4, 1.7]), np.array([0.2, 0.1, 0.2])
    found = profile_density(profile, symmetry, x, y)
    exact = bulk_density(u, np.full(u.size, 1 / u.size), symmetry, x, y)
    np.testing.assert_array_equal(found.inside, exact.inside)
    np.testing.assert_allclose(found.density, exact.density, atol=1e-10)
    np.testing.assert_allclose(found.localisation, exact.localisation, rtol=1e-10)
    np.testing.assert_allclose(found.overlap, exact.overlap, rtol=1e-9)
    assert found.residual < 1e-10


def test_flux_is_the_radial_distribution():
    u, profile = rank_one()
    r = np.array([0.2, 0.6, 0.9, 1.5])
    found = profile_density(profile, 0.0, r, np.zeros(4))
    expected = radial_profile(u, np.full(u.size, 1 / u.size), r)[0]
    np.testing.assert_allclose(found.flux, expected, atol=1e-10)


def test_support_ends_at_the_boundary_of_the_capped_profile():
    profile = variance_profile(Lognormal(60.0, 1.0).finite(300).degrees, clip, 30)
    for symmetry, angle in ((0.4, 0.7), (-0.4, 0.3)):
        r = profile_boundary_radius(profile, symmetry, angle)
        near = r * np.array([0.98, 1.02])
        found = profile_density(profile, symmetry, near * np.cos(angle), near * np.sin(angle))
        assert found.inside.tolist() == [True, False]


@pytest.mark.slow
def test_capped_density_and_localisation_against_eigenvalues():
    rng = np.random.default_rng(0)
    n, symmetry = 400, 0.4
    k = Lognormal(60.0, 1.0).finite(n).degrees
    s = np.sqrt(probability_matrix(k, "clip") / 60.0)
    values, degrees = [], []
    for _ in range(8):
        a = np.triu(rng.standard_normal((n, n)), 1)
        b = np.triu(rng.standard_normal((n, n)), 1)
        w = s * (a + (symmetry * a + np.sqrt(1 - symmetry**2) * b).T)
        z, right = np.linalg.eig(w)
        values.append(z)
        degrees.append(k @ np.abs(right) ** 2)
    z, f = np.concatenate(values), np.concatenate(degrees)
    box = (np.abs(z.real) < 0.5) & (z.imag > 0.2) & (z.imag < 0.5)
    node, weight = np.polynomial.legendre.leggauss(3)
    x, y = np.meshgrid(0.5 * node, 0.35 + 0.15 * node)
    area = 0.5 * 0.15 * np.multiply.outer(weight, weight)
    found = profile_density(variance_profile(k, clip, 40), symmetry, x, y)
    share = float(np.sum(area * found.density))
    assert box.mean() == pytest.approx(share, abs=4 * np.sqrt(share / z.size))
    mean = float(np.sum(area * found.density * found.localisation)) / share
    assert f[box].mean() == pytest.approx(mean, rel=0.03)


@pytest.mark.slow
def test_capped_graphs_follow_the_capped_radial_law():
    model = Model(Lognormal(60.0, 1.0), 1.0, n=500, theory_degrees="capped")
    found = spectrum(model, seed=1)
    r = np.sort(np.hypot(found["eigenvalue_real"] + 1, found["eigenvalue_imag"]).values)
    empirical = np.searchsorted(r, found["radius"]) / r.size
    theory = found["radial_distribution"].values
    assert np.abs(empirical - theory).max() < 0.07  # sparsity, near the centre
    # Towards the edge, where the hubs are, the degrees without the cap are much farther off.
    plain = spectrum(model.with_(theory_degrees="finite"), method="theory")
    other = np.interp(found["radius"], plain["radius"], plain["radial_distribution"])
    outer = theory > 0.85
    assert np.abs(empirical - theory)[outer].max() < 0.6 * np.abs(empirical - other)[outer].max()
