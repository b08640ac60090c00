"""Stability with the connection probabilities of the finite graph, cap included."""

from __future__ import annotations

import numpy as np
import pytest

from pyscales.degrees import Lognormal
from pyscales.network import probability_matrix
from pyscales.theory.spectrum.boundary import boundary_radius, rightmost_point
from pyscales.theory.spectrum.variance_profile import (
    profile_boundary_radius,
    profile_radius,
    profile_rightmost,
    variance_profile,
)


def clip(q):
    return np.minimum(q, 1.0)


# N, <k>, sigma, spectral radius at gain 1 with capped probabilities (reference table).
@pytest.mark.parametrize(
    ("n", "mean", "sigma", "radius"),
    [
        (1000, 20, 0.5, 1.1307),
        (1000, 20, 1.0, 1.5535),
        (1000, 50, 0.75, 1.2989),
        (1000, 100, 0.5, 1.1298),
        (1000, 100, 0.75, 1.2571),
        (1000, 100, 1.0, 1.3250),
        (1000, 200, 1.0, 1.1715),
        (5000, 50, 1.0, 1.6057),
        (5000, 100, 0.75, 1.3197),
        (5000, 100, 1.0, 1.5607),
        (5000, 200, 1.0, 1.4827),
    ],
)
def test_radius_with_capped_probabilities(n, mean, sigma, radius):
    k = Lognormal(float(mean), sigma).finite(n).degrees
    assert profile_radius(variance_profile(k, clip)) == pytest.approx(radius, rel=1e-3)


def test_classes_reproduce_the_matrix_of_all_neurons():
    k = Lognormal(60.0, 1.0).finite(200).degrees
    p = probability_matrix(k, "clip")
    exact = np.sqrt(np.linalg.eigvalsh(p / 60.0)[-1])
    assert profile_radius(variance_profile(k, clip, 300)) == pytest.approx(exact, rel=1e-12)
    assert profile_radius(variance_profile(k, clip, 40)) == pytest.approx(exact, rel=2e-2)
    # Repeated degrees are one class, exactly.
    twice = np.repeat(k[::2], 2)
    p = probability_matrix(twice, "clip") / twice.mean()
    profile = variance_profile(twice, clip, 100)
    assert profile.symmetric.shape == (100, 100)
    assert profile_radius(profile) == pytest.approx(np.sqrt(np.linalg.eigvalsh(p)[-1]), rel=1e-12)


@pytest.mark.parametrize(("symmetry", "angle"), [(0.0, 0.0), (0.5, 0.0), (-0.5, 0.0), (-0.5, 0.9)])
def test_uncapped_profile_is_the_rank_one_theory(symmetry, angle):
    # Two neurons of each of 150 degrees: classes are exact, and only self-connections are missing.
    u = np.repeat(Lognormal(1.0, 0.5).finite(150).relative_degrees, 2)
    profile = variance_profile(1e-3 * u, clip, 300)
    found = profile_boundary_radius(profile, symmetry, angle)
    with_self = profile.__class__(
        np.full((150, 150), 2.0) * np.outer(u[::2], u[::2]) / u.size,
        2.0 * np.outer(u[::2], u[::2]) / u.size,
    )
    exact = profile_boundary_radius(with_self, symmetry, angle)
    expected = boundary_radius(u, np.full(u.size, 1 / u.size), symmetry, angle)
    assert exact == pytest.approx(expected, rel=1e-6)
    assert found == pytest.approx(expected, rel=2e-2)
    assert found < expected


def test_resolvent_boundary_of_a_capped_network_against_eigenvalues():
    rng = np.random.default_rng(0)
    n = 400
    k = Lognormal(60.0, 0.7).finite(n).degrees
    s = np.sqrt(probability_matrix(k, "clip") / 60.0)
    profile = variance_profile(k, clip, 100)
    for symmetry in (0.6, -0.6):
        top = []
        for _ in range(2):
            a = np.triu(rng.standard_normal((n, n)), 1)
            b = np.triu(rng.standard_normal((n, n)), 1)
            w = s * (a + (symmetry * a + np.sqrt(1 - symmetry**2) * b).T)
            top.append(np.linalg.eigvals(w).real.max())
        assert np.mean(top) == pytest.approx(profile_rightmost(profile, symmetry).real, rel=0.08)


def test_rightmost_point_of_an_uncapped_profile():
    u = np.repeat(Lognormal(1.0, 1.0).finite(60).relative_degrees, 20)
    profile = variance_profile(1e-4 * u, clip, 60)
    point = profile_rightmost(profile, -0.6)
    expected = rightmost_point(u, np.full(u.size, 1 / u.size), -0.6)
    assert expected.imaginary > 0
    assert point.real == pytest.approx(expected.real, rel=1e-2)
    assert point.imaginary == pytest.approx(expected.imaginary, rel=5e-2)
    still = profile_rightmost(profile, 0.3)
    assert (still.imaginary, still.angle) == (0.0, 0.0)
