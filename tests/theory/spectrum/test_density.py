"""Density inside the support, resolvent outside, closed equation at symmetry +-1."""

from __future__ import annotations

import numpy as np
import pytest

from pyscales.degrees import DegreeSequence, Gamma, Lognormal, PowerLaw
from pyscales.network import sample_network
from pyscales.theory.spectrum.boundary import boundary_radius
from pyscales.theory.spectrum.density import bulk_density
from pyscales.theory.spectrum.radial import radial_profile
from pyscales.theory.spectrum.resolvent import exterior_field, modulus_distribution
from pyscales.theory.spectrum.symmetric import symmetric_density, symmetric_field
from pyscales.theory.stability import static_edge_positive

ONE = np.ones(1)


def nodes(law, n=100):
    found = law.nodes(n)
    return found.relative_degree, found.weight


def legendre(n):
    x, w = np.polynomial.legendre.leggauss(n)
    return 0.5 * (x + 1), 0.5 * w


@pytest.mark.parametrize("symmetry", [-0.8, -0.4, 0.0, 0.4, 0.8])
def test_homogeneous_degrees_give_the_elliptic_law(symmetry):
    # Uniform density 1/(pi (1 - s^2)) inside the ellipse 1 +- s; overlap (1 - s^2) Y (known).
    rng = np.random.default_rng(0)
    angle, radius = rng.uniform(0, 2 * np.pi, 60), np.sqrt(rng.uniform(0, 0.999, 60))
    x, y = (1 + symmetry) * radius * np.cos(angle), (1 - symmetry) * radius * np.sin(angle)
    found = bulk_density(ONE, ONE, symmetry, x, y)
    assert found.inside.all()
    np.testing.assert_allclose(found.density, 1 / (np.pi * (1 - symmetry**2)), rtol=1e-10)
    np.testing.assert_allclose(found.localisation, 1.0, rtol=1e-12)
    np.testing.assert_allclose(found.overlap, (1 - symmetry**2) * (1 - radius**2), rtol=1e-9)
    assert not bulk_density(ONE, ONE, symmetry, 1.001 * x / radius, 1.001 * y / radius).inside.any()


def test_reference_density():
    # Separate code, sigma .5, symmetry .5 at .3i, .5+.2i, 1+.15i, 1.3+.1i.
    u, w = nodes(Lognormal(1.0, 0.5), 120)
    found = bulk_density(u, w, 0.5, np.array([0, 0.5, 1.0, 1.3]), np.array([0.3, 0.2, 0.15, 0.1]))
    np.testing.assert_allclose(found.density, [0.468, 0.467, 0.310, 0.229], atol=6e-4)


@pytest.mark.parametrize("law", [Lognormal(1.0, 0.8), Gamma(1.0, 3.0), PowerLaw(1.0, 2.6, 20.0)])
def test_symmetry_zero_is_the_derivative_of_the_radial_law(law):
    u, w = nodes(law)
    r = np.linspace(0.05, 0.98, 12) * np.sqrt(w @ u**2)
    found = bulk_density(u, w, 0.0, r * np.cos(0.7), r * np.sin(0.7))
    h = 1e-5
    up, down = radial_profile(u, w, r + h)[0], radial_profile(u, w, r - h)[0]
    np.testing.assert_allclose(found.density, (up - down) / (4 * np.pi * h * r), rtol=1e-6)
    np.testing.assert_allclose(found.localisation, radial_profile(u, w, r)[1], rtol=1e-10)
    centre = bulk_density(u, w, 0.0, np.zeros(1), np.zeros(1))
    assert centre.density[0] == pytest.approx((w @ u**-2.0) / np.pi, rel=1e-9)
    edge = np.array([np.sqrt(w @ u**2) * (1 - 1e-9)])
    at_edge = bulk_density(u, w, 0.0, edge, np.zeros(1)).density[0]
    assert at_edge == pytest.approx((w @ u**2) / (w @ u**4) / np.pi, rel=1e-6)


@pytest.mark.parametrize("symmetry", [-0.6, 0.5])
def test_both_equations_hold_and_the_density_is_the_derivative_of_the_trace(symmetry):
    u, w = nodes(Lognormal(1.0, 0.6))
    x = (1 + symmetry) * np.array([0.1, 0.5, 0.2, 0.7])
    y = (1 - symmetry) * np.array([0.2, 0.1, 0.6, 0.35])

    def trace(x, y):
        found = bulk_density(u, w, symmetry, x, y)
        assert found.inside.all()
        a = symmetry * found.a[:, None]
        real, imag = 1 - a * u / (1 + symmetry), 1 + a * u / (1 - symmetry)
        q = u**2 * found.y[:, None] + (x[:, None] * real) ** 2 + (y[:, None] * imag) ** 2
        np.testing.assert_allclose((u**2 / q) @ w, 1.0, rtol=1e-12)
        np.testing.assert_allclose((u / q) @ w, found.a, rtol=1e-12)
        return x * ((real / q) @ w), -y * ((imag / q) @ w)

    h = 1e-5
    by_x = (trace(x + h, y)[0] - trace(x - h, y)[0]) / (2 * h)
    by_y = (trace(x, y + h)[1] - trace(x, y - h)[1]) / (2 * h)
    expected = (by_x - by_y) / (2 * np.pi)
    np.testing.assert_allclose(bulk_density(u, w, symmetry, x, y).density, expected, rtol=1e-6)


@pytest.mark.parametrize("symmetry", [-0.8, -0.3, 0.4, 0.8])
@pytest.mark.parametrize("sigma", [0.5, 1.0])
def test_density_fills_the_boundary_and_has_mass_one(symmetry, sigma):
    u, w = nodes(Lognormal(1.0, sigma))
    angle, by_angle = legendre(40)
    angle, by_angle = angle * np.pi / 2, by_angle * np.pi / 2
    edge = np.array([boundary_radius(u, w, symmetry, a) for a in angle])
    share, by_share = legendre(40)
    r = np.multiply.outer(edge, share)
    x, y = r * np.cos(angle)[:, None], r * np.sin(angle)[:, None]
    found = bulk_density(u, w, symmetry, x, y)
    mass = 4 * np.einsum("i,j,ij->", by_angle * edge, by_share, r * found.density)
    assert mass == pytest.approx(1.0, abs=5e-4)
    off_axis = (angle > 0.15) & (angle < 1.42)
    assert found.inside[off_axis].all()
    assert (found.density[off_axis] > 0).all()
    c, s = np.cos(angle[off_axis]), np.sin(angle[off_axis])
    beyond = 1.002 * edge[off_axis]
    assert not bulk_density(u, w, symmetry, beyond * c, beyond * s).inside.any()


def test_isolated_neurons_are_left_out():
    law = DegreeSequence(np.array([0.0, 1.0, 2.0, 3.0, 4.0]))
    u, w = law.relative_degrees, np.full(5, 0.2)
    x, y = np.array([0.3]), np.array([0.2])
    np.testing.assert_array_equal(
        bulk_density(u, w, 0.3, x, y).density, bulk_density(u[1:], w[1:], 0.3, x, y).density
    )
    f = modulus_distribution(u, w, 0.3, np.array([1e-6, 10.0]))
    np.testing.assert_allclose(f, [0.2, 1.0], atol=1e-9)


def test_modulus_distribution():
    u, w = nodes(Lognormal(1.0, 0.7))
    r = np.linspace(0.0, 2.0, 21)
    np.testing.assert_allclose(
        modulus_distribution(u, w, 0.0, r, 4), radial_profile(u, w, r)[0], atol=1e-12
    )
    # The ellipse: area within r, by direct integration.
    angle = (np.arange(4000) + 0.5) / 4000 * np.pi / 2
    for symmetry in (0.5, -0.5):
        edge2 = 1 / ((np.cos(angle) / (1 + symmetry)) ** 2 + (np.sin(angle) / (1 - symmetry)) ** 2)
        exact = [np.mean(np.minimum(s**2, edge2)) / (1 - symmetry**2) for s in r]
        np.testing.assert_allclose(
            modulus_distribution(ONE, ONE, symmetry, r, 200), exact, atol=1e-4
        )


def test_field_outside_the_bulk():
    # sigma 0: h = g = (z - sqrt(z^2 - 4 s))/(2 s).
    z = np.array([1.7, 0.4 + 1.2j, -2.0 - 0.3j])
    h, ok = exterior_field(ONE, ONE, 0.5, z)
    assert ok.all()
    root = z * np.sqrt(1 - 2.0 / z**2)
    np.testing.assert_allclose(h, z - root, rtol=1e-12)
    u, w = nodes(Lognormal(1.0, 0.5))
    h, ok = exterior_field(u, w, -0.4, z)
    assert ok.all()
    again = (1 / (z[:, None] + 0.4 * h[:, None] * u)) @ (w * u)
    np.testing.assert_allclose(h, again, rtol=1e-12)


def test_semicircle():
    x = np.linspace(-1.99, 1.99, 41)
    found = symmetric_density(ONE, ONE, x)
    np.testing.assert_allclose(found.density, np.sqrt(4 - x**2) / (2 * np.pi), atol=1e-8)
    np.testing.assert_allclose(found.localisation, 1.0, rtol=1e-9)
    assert found.residual < 1e-12
    assert (symmetric_density(ONE, ONE, np.array([-2.01, 3.0])).density == 0).all()


def test_symmetric_equation_with_heterogeneous_degrees():
    law = Lognormal(1.0, 0.5, k_max=4.0)
    u, w = nodes(law, 200)
    edge = static_edge_positive(law.edge_nodes(), 1.0).edge
    q, wq = np.polynomial.legendre.leggauss(200)
    x, wx = edge * np.sin(q * np.pi / 2), edge * wq * np.cos(q * np.pi / 2) * np.pi / 2
    found = symmetric_density(u, w, x)
    # Moments of a Wigner matrix with variances u_i u_j/N: 1, E[u]^2, 2 E[u^2].
    moments = [wx @ (found.density * x**k) for k in (0, 2, 4)]
    np.testing.assert_allclose(moments, [1.0, 1.0, 2 * (w @ u**2)], rtol=1e-6)
    # Eigenvectors form an orthonormal basis: f_k averages to the mean degree.
    assert wx @ (found.density * found.localisation) == pytest.approx(1.0, abs=1e-6)
    middle = symmetric_density(u, w, np.zeros(1))
    assert middle.density[0] == pytest.approx((w @ (1 / u)) / np.pi, rel=1e-7)
    h = symmetric_field(u, w, np.array([0.3 + 0.2j, 3.0 + 1e-3j]))
    z = np.array([0.3 + 0.2j, 3.0 + 1e-3j])
    np.testing.assert_allclose((1 / (z[:, None] - h[:, None] * u)) @ (w * u), h, rtol=1e-12)


def test_symmetry_one_is_the_limit_of_the_elliptic_bulk():
    law = Lognormal(1.0, 0.4, k_max=3.0)
    u, w = nodes(law, 100)
    symmetry = 0.98
    node, weight = legendre(60)
    y = 0.2 * node
    for x in (0.0, 0.8, 1.5):
        found = bulk_density(u, w, symmetry, np.full(60, x), y)
        marginal = 2 * 0.2 * (weight @ found.density)
        assert marginal == pytest.approx(
            symmetric_density(u, w, np.array([x])).density[0], rel=0.03
        )


def test_degenerate_symmetries_are_refused():
    with pytest.raises(ValueError, match="axis"):
        bulk_density(ONE, ONE, 1.0, np.zeros(1), np.zeros(1))


@pytest.mark.slow
@pytest.mark.parametrize("symmetry", [-0.4, 0.5])
def test_density_localisation_and_overlap_against_eigenvalues(symmetry):
    n = 400
    law = Lognormal(50.0, 0.5).finite(n)
    u, w = law.relative_degrees, np.full(n, 1 / n)
    values, degree, kappa = [], [], []
    for seed in range(8):
        matrix = sample_network(law.degrees, symmetry=symmetry, kind="dense", seed=seed).weights
        found, right = np.linalg.eig(matrix)
        left = np.linalg.inv(right)
        values.append(found)
        degree.append(u @ np.abs(right) ** 2)
        kappa.append(np.linalg.norm(left, axis=1) ** 2)
    z, degree, kappa = (np.concatenate(a) for a in (values, degree, kappa))
    # One rectangle of the upper half plane away from the real axis, conjugates counted once.
    half, low, high = 0.6 * (1 + symmetry), 0.2 * (1 - symmetry), 0.7 * (1 - symmetry)
    box = (np.abs(z.real) < half) & (z.imag > low) & (z.imag < high)
    node, weight = legendre(8)
    x, y = np.meshgrid(half * (2 * node - 1), low + (high - low) * node)
    theory = bulk_density(u, w, symmetry, x, y)
    assert theory.inside.all()
    area = 2 * half * (high - low) * np.multiply.outer(weight, weight)
    share = float(np.sum(area * theory.density))
    assert box.mean() == pytest.approx(share, abs=4 * np.sqrt(share / z.size))
    mean = float(np.sum(area * theory.density * theory.localisation)) / share
    spread = degree[box].std() / np.sqrt(box.sum())
    assert degree[box].mean() == pytest.approx(mean, abs=4 * spread + 0.01)
    # kappa^2 = N O(z) / Gamma(2) in law: compare the median, as the variance is infinite.
    at = bulk_density(u, w, symmetry, z.real[box], z.imag[box])
    ratio = kappa[box] / (n * at.overlap)
    assert np.median(ratio) == pytest.approx(1 / 1.67835, rel=0.15)
