"""Bulk of the Jacobian at a state: the law of u phi'."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad

from pyscales.degrees import Lognormal
from pyscales.network import sample_network
from pyscales.theory.spectrum.boundary import boundary_radius
from pyscales.theory.spectrum.density import bulk_density
from pyscales.theory.spectrum.radial import radial_profile
from pyscales.theory.spectrum.state import (
    StateNodes,
    chaotic_state_nodes,
    state_density,
    state_radius,
)


def nodes(n=30):
    found = Lognormal(1.0, 0.5).nodes(n)
    return found.relative_degree, found.weight


def test_no_saturation_is_the_origin():
    u, w = nodes()
    x, y = np.array([0.2, 0.5]), np.array([0.3, 0.1])
    here = state_density(StateNodes(u, np.ones_like(u), w), 0.3, x, y)
    origin = bulk_density(u, w, 0.3, x, y)
    np.testing.assert_array_equal(here.density, origin.density)
    np.testing.assert_allclose(here.localisation, origin.localisation, rtol=1e-10)
    np.testing.assert_allclose(here.overlap, origin.overlap, rtol=1e-10)


@pytest.mark.parametrize("d0", [0.3, 2.0])
def test_radius_in_the_chaotic_state(d0):
    u, w = nodes()

    def slope2(s):
        return quad(lambda z: np.exp(-z * z / 2) / np.sqrt(2 * np.pi) / np.cosh(s * z) ** 4, -9, 9)[
            0
        ]

    exact = np.sqrt(sum(wi * ui**2 * slope2(np.sqrt(ui * d0)) for ui, wi in zip(u, w, strict=True)))
    found = chaotic_state_nodes(u, w, d0)
    assert state_radius(found) == pytest.approx(exact, rel=1e-6)
    assert found.weight.sum() == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("symmetry", [0.4, -0.3])
def test_real_edge_is_the_stability_condition_of_a_fixed_point(symmetry):
    # 1 = g^2 E[u^2 (phi'/(1 - s))^2], chi = E[u phi'/(1 - s)], s = symmetry g^2 chi u phi'.
    rng = np.random.default_rng(0)
    u = Lognormal(1.0, 0.4).finite(200).relative_degrees
    phi = 1 / np.cosh(rng.standard_normal(200)) ** 2
    v, w = u * phi, np.full(200, 1 / 200)
    g = 1 / boundary_radius(v, w, symmetry, 0.0)
    chi = 0.0
    for _ in range(5000):
        chi = 0.5 * chi + 0.5 * np.mean(u * phi / (1 - symmetry * g**2 * chi * u * phi))
    condition = g**2 * np.mean((u * phi / (1 - symmetry * g**2 * chi * u * phi)) ** 2)
    assert condition == pytest.approx(1.0, abs=2e-3)  # square-root approach of chi at the edge


@pytest.mark.slow
def test_eigenvalues_and_both_eigenvectors_of_scaled_couplings():
    n, symmetry = 500, 0.3
    law = Lognormal(50.0, 0.5).finite(n)
    u = law.relative_degrees
    rng = np.random.default_rng(1)
    inside, by_right, by_left = [], [], []
    for seed in range(4):
        slope = 1 / np.cosh(1.2 * rng.standard_normal(n)) ** 2
        w = sample_network(law.degrees, symmetry=symmetry, kind="dense", seed=seed).weights
        z, right = np.linalg.eig(w * slope)
        left = np.linalg.inv(right)
        pairs = StateNodes(u, slope, np.full(n, 1 / n))
        upper = z.imag > 0.1
        found = state_density(pairs, symmetry, z.real[upper], z.imag[upper])
        inside.append(found.inside.mean())
        f_right = u @ np.abs(right) ** 2
        by_right.append(np.nanmean(f_right[upper] / found.localisation))
        kappa = np.linalg.norm(left, axis=1) ** 2
        by_left.append(np.nanmedian(kappa[upper] / (n * found.overlap)))
    assert np.mean(inside) > 0.93
    assert np.mean(by_right) == pytest.approx(1.0, abs=0.03)
    assert np.mean(by_left) == pytest.approx(1 / 1.67835, rel=0.2)


@pytest.mark.slow
def test_radial_law_of_scaled_couplings():
    n = 500
    law = Lognormal(50.0, 0.5).finite(n)
    slope = 1 / np.cosh(1.2 * np.random.default_rng(2).standard_normal(n)) ** 2
    moduli = []
    for seed in range(3):
        w = sample_network(law.degrees, symmetry=0.0, kind="dense", seed=seed).weights
        moduli.append(np.sort(np.abs(np.linalg.eigvals(w * slope))))
    r = np.linspace(0.02, 1.2, 40)
    v = law.relative_degrees * slope
    theory = radial_profile(v, np.full(n, 1 / n), r)[0]
    empirical = np.mean([np.searchsorted(m, r) / n for m in moduli], axis=0)
    assert np.abs(empirical - theory).max() < 0.025
