"""Critical gain and susceptibility of x = 0, boundary of the bulk, hub modes."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import brentq

from pyscales.degrees import DegreeSequence, Gamma, Homogeneous, Lognormal, PowerLaw
from pyscales.network import sample_network
from pyscales.theory.spectrum.boundary import boundary_curve, boundary_radius, rightmost_point
from pyscales.theory.spectrum.hubs import hub_edge, hub_pole
from pyscales.theory.stability import (
    static_edge_nonpositive,
    static_edge_positive,
    susceptibility_silent,
)

SYMMETRIES = (-0.5, 0.0, 0.25, 0.5, 0.75, 1.0)
# Critical gains of the quantile sequence u_i = F^-1((i - 1/2)/N)/mean, exact sums (reference
# table, separate code).
QUANTILES = {
    (1000, 0.0): (2.000000, 1.000000, 0.800000, 0.666667, 0.571429, 0.500000),
    (1000, 0.25): (2.015526, 0.969306, 0.764359, 0.629905, 0.535807, 0.467414),
    (1000, 0.5): (2.061312, 0.883240, 0.660521, 0.517511, 0.428836, 0.372096),
    (1000, 0.75): (2.135705, 0.758531, 0.513737, 0.386048, 0.318366, 0.276165),
    (1000, 1.0): (2.237046, 0.618238, 0.381818, 0.284489, 0.234699, 0.203633),
    (10000, 0.25): (2.015562, 0.969242, 0.764206, 0.629527, 0.534623, 0.465198),
    (10000, 0.5): (2.061638, 0.882618, 0.653120, 0.488912, 0.400660, 0.347154),
    (10000, 0.75): (2.137042, 0.755612, 0.469512, 0.338565, 0.277287, 0.240266),
    (10000, 1.0): (2.241023, 0.609643, 0.323684, 0.233246, 0.191163, 0.165668),
}
# sigma, symmetry: static critical gain, true critical gain, angular frequency at onset.
NEGATIVE = [
    (0.25, -0.5, 2.015567, 2.015567, 0.0),
    (0.5, -0.25, 1.265759, 1.265759, 0.0),
    (0.5, -0.5, 2.061687, 2.061687, 0.0),
    (0.5, -0.75, 4.545467, 4.544558, 0.749),
    (0.75, -0.5, 2.137260, 2.134883, 0.600),
    (0.75, -0.75, 5.275938, 4.918059, 3.756),
    (1.0, -0.25, 1.104809, 1.104809, 0.0),
    (1.0, -0.5, 2.241756, 2.123969, 1.790),
    (1.0, -0.75, 6.412193, 4.950178, 5.944),
]


def edge(law, symmetry):
    if symmetry > 0:
        return static_edge_positive(law.edge_nodes(), symmetry)
    return static_edge_nonpositive(law.nodes(), symmetry)


@pytest.mark.parametrize("sigma", [0.0, 0.25, 0.5, 1.0, 1.5, 3.0])
def test_symmetry_zero_has_a_closed_form(sigma):
    law = Lognormal(50.0, sigma)
    closed = np.exp(-(sigma**2) / 2)
    assert law.moment(2) ** -0.5 == pytest.approx(closed, abs=1e-12)
    found = edge(law, 0.0)
    assert found.critical_gain_static == pytest.approx(closed, rel=1e-9)
    assert found.susceptibility == pytest.approx(1.0, abs=1e-12)
    assert found.edge == pytest.approx(1 / closed, rel=1e-9)


@pytest.mark.parametrize("symmetry", [-0.999, -0.5, -0.1, 0.0, 1e-6, 0.2, 0.5, 1.0])
def test_homogeneous_network_has_a_closed_form(symmetry):
    found = edge(Homogeneous(50.0), symmetry)
    assert found.critical_gain_static == pytest.approx(1 / (1 + symmetry), rel=1e-11)
    assert found.susceptibility == pytest.approx(1 + symmetry, rel=1e-9)
    assert found.t == pytest.approx(symmetry / (1 + symmetry), rel=1e-9)


def test_antisymmetric_couplings_have_no_real_part():
    assert edge(Lognormal(50.0, 0.5), -1.0).critical_gain_static == np.inf


@pytest.mark.parametrize(("n", "sigma"), QUANTILES)
def test_quantile_sequences(n, sigma):
    law = Lognormal(50.0, sigma).finite(n)
    for symmetry, expected in zip(SYMMETRIES, QUANTILES[n, sigma], strict=True):
        found = edge(law, symmetry).critical_gain_static
        assert found == pytest.approx(expected, abs=1.1e-6), symmetry


@pytest.mark.parametrize(
    ("law", "symmetry"),
    [
        (Lognormal(50.0, 0.8), -0.6),
        (Gamma(50.0, 2.0), -0.3),
        (Lognormal(50.0, 0.8, k_max=400.0), 0.4),
        (PowerLaw(50.0, 2.5, 900.0), 0.9),
        (Lognormal(50.0, 1.0).finite(777), 0.5),
        (DegreeSequence([0.0, 0.0, 1.0, 2.0, 2.0, 5.0]), 1.0),
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_condition_holds_when_put_into_the_equations(law, symmetry):
    # chi = E[u / (1 - symmetry g^2 chi u)] and 1 = g^2 E[u^2 / (1 - symmetry g^2 chi u)^2].
    found = edge(law, symmetry)
    nodes = law.edge_nodes() if symmetry > 0 else law.fine_nodes()
    u, w = nodes.relative_degree, nodes.weight
    g, chi = found.critical_gain_static, found.susceptibility
    d = 1 - symmetry * g**2 * chi * u
    assert np.all(d > 0)
    assert chi == pytest.approx(float(w @ (u / d)), rel=1e-6)
    assert g**2 * float(w @ (u / d) ** 2) == pytest.approx(1.0, rel=1e-6)
    assert found.t == pytest.approx(symmetry * g**2 * chi, rel=1e-6)


def test_truncated_lognormal_is_the_limit_of_fine_sequences():
    law = Lognormal(50.0, 0.75, k_max=250.0)
    for symmetry in (0.25, 0.5, 1.0):
        exact = edge(law, symmetry).critical_gain_static
        errors = [
            abs(edge(law.finite(n), symmetry).critical_gain_static - exact)
            for n in (10_000, 100_000)
        ]
        assert errors[1] < 2e-3 * exact
        assert errors[1] < errors[0]


def test_number_of_nodes_does_not_matter():
    law = Lognormal(50.0, 1.0)
    reference = static_edge_nonpositive(law.nodes(), -0.5).critical_gain_static
    point = rightmost_point(law.nodes().relative_degree, law.nodes().weight, -0.5)
    for n in (32, 80, 120):
        nodes = law.nodes(n)
        other = static_edge_nonpositive(nodes, -0.5).critical_gain_static
        assert other == pytest.approx(reference, rel=1e-8)
        again = rightmost_point(nodes.relative_degree, nodes.weight, -0.5)
        assert again.real == pytest.approx(point.real, rel=1e-5)


@pytest.mark.parametrize(("gain", "symmetry"), [(0.2, 0.9), (0.6, 0.5), (0.9, -0.5), (1.7, -0.9)])
def test_susceptibility_of_the_silent_homogeneous_network(gain, symmetry):
    chi = susceptibility_silent(Homogeneous(50.0).nodes(), gain, symmetry)
    s = symmetry * gain**2
    assert chi == pytest.approx((1 - np.sqrt(1 - 4 * s)) / (2 * s), rel=1e-12)


def test_susceptibility_of_the_silent_heterogeneous_network():
    law = Lognormal(50.0, 0.6).finite(300)
    nodes = law.fine_nodes()
    u, w = nodes.relative_degree, nodes.weight
    assert susceptibility_silent(nodes, 0.0, 0.5) == pytest.approx(1.0)
    assert susceptibility_silent(nodes, 0.7, 0.0) == pytest.approx(1.0)
    for symmetry in (0.5, -0.5):
        critical = edge(law, symmetry)
        for fraction in (0.3, 0.9):
            g = fraction * critical.critical_gain_static
            chi = 1.0
            for _ in range(2000):
                chi = float(w @ (u / (1 - symmetry * g**2 * chi * u)))
            assert susceptibility_silent(nodes, g, symmetry) == pytest.approx(chi, rel=1e-9)
        at = susceptibility_silent(nodes, critical.critical_gain_static, symmetry)
        assert at == pytest.approx(critical.susceptibility, rel=1e-5)
    assert np.isnan(susceptibility_silent(nodes, 3.0, 0.5))


@pytest.mark.parametrize(("sigma", "symmetry", "static", "true", "omega"), NEGATIVE)
def test_oscillatory_instability_of_negative_symmetry(sigma, symmetry, static, true, omega):
    nodes = Lognormal(50.0, sigma).nodes(120)
    u, w = nodes.relative_degree, nodes.weight
    assert edge(Lognormal(50.0, sigma), symmetry).critical_gain_static == pytest.approx(
        static, abs=1.1e-6
    )
    point = rightmost_point(u, w, symmetry)
    assert 1 / point.real == pytest.approx(true, abs=1.1e-6)
    assert point.imaginary / point.real == pytest.approx(omega, abs=1.1e-3)
    assert point.imaginary == pytest.approx(point.real * np.tan(point.angle), abs=1e-12)


@pytest.mark.parametrize("symmetry", [-0.7, -0.2, 0.0, 0.3, 0.8])
def test_boundary_of_the_homogeneous_network_is_an_ellipse(symmetry):
    one = np.ones(1)
    x, y = boundary_curve(one, one, symmetry, 41)
    np.testing.assert_allclose(
        (x / (1 + symmetry)) ** 2 + (y / (1 - symmetry)) ** 2, 1.0, atol=1e-10
    )
    assert x[0] == pytest.approx(1 + symmetry)
    assert y[-1] == pytest.approx(1 - symmetry)


@pytest.mark.parametrize("symmetry", [-0.75, -0.25, 0.0, 0.25, 0.75])
@pytest.mark.parametrize("sigma", [0.25, 1.0])
def test_boundary_on_the_real_axis_is_the_static_edge(sigma, symmetry):
    law = Lognormal(50.0, sigma).finite(1000)
    nodes = law.fine_nodes()
    radius = boundary_radius(nodes.relative_degree, nodes.weight, symmetry, 0.0)
    assert radius == pytest.approx(edge(law, symmetry).edge, rel=1e-9)
    # i W has symmetry of opposite sign: the imaginary axis mirrors the real one.
    up = boundary_radius(nodes.relative_degree, nodes.weight, symmetry, np.pi / 2)
    assert up == pytest.approx(edge(law, -symmetry).edge, rel=1e-9)


def test_boundary_refuses_the_degenerate_symmetries():
    with pytest.raises(ValueError, match="axis"):
        boundary_curve(np.ones(1), np.ones(1), 1.0)


# Static edge and hub pole of the quantile sequence of 1000 neurons (reference table).
POLES = [
    (0.5, 0.5, 1.932, 1.830),
    (0.5, 1.0, 2.688, 2.588),
    (0.75, 0.5, 2.590, 2.393),
    (0.75, 1.0, 3.621, 3.384),
    (1.0, 0.25, 2.619, 2.220),
    (1.0, 0.5, 3.515, 3.139),
    (1.0, 0.75, 4.261, 3.844),
    (1.0, 1.0, 4.911, 4.439),
]


@pytest.mark.parametrize(("sigma", "symmetry", "static", "pole"), POLES)
def test_hub_poles(sigma, symmetry, static, pole):
    u = Lognormal(50.0, sigma).finite(1000).relative_degrees
    found = hub_edge(u, symmetry)
    assert found.static.edge == pytest.approx(static, abs=6e-4)
    assert found.pole == pytest.approx(pole, abs=6e-4)
    assert found.edge == max(found.pole, found.bulk)
    assert found.n_hubs >= 1
    # The pole solves x = symmetry u_max h(x) with the field of all other neurons.
    rest = u[:-1]

    def field(x):
        top = x / (symmetry * u[-1])
        return brentq(
            lambda h: np.sum(rest / (x - symmetry * rest * h)) / u.size - h, 0.0, top * 1.0000001
        )

    assert symmetry * u[-1] * field(found.pole * (1 + 1e-9)) == pytest.approx(found.pole, rel=1e-4)


@pytest.mark.parametrize(
    "u", [np.ones(50), np.array([0.5, 1.25, 1.25]), Lognormal(50.0, 0.25).finite(1000)]
)
def test_networks_without_an_isolated_hub(u):
    u = getattr(u, "relative_degrees", u)
    found = hub_edge(u, 0.5)
    assert np.isnan(found.pole)
    assert found.n_hubs == 0
    assert found.edge == found.bulk == found.static.edge


def test_isolated_neurons_and_order_do_not_matter_to_hubs():
    u = Lognormal(50.0, 1.0).finite(400).relative_degrees
    shuffled = np.random.default_rng(0).permutation(u)
    assert hub_edge(shuffled, 0.5) == hub_edge(u, 0.5)
    padded = hub_edge(np.concatenate([u, np.zeros(100)]), 0.5)
    # 100 more neurons that do nothing dilute the average over neurons by 400/500.
    assert padded.pole == pytest.approx(hub_edge(u, 0.5).pole * np.sqrt(0.8), rel=1e-12)
    assert padded.bulk == pytest.approx(hub_edge(u, 0.5).bulk * np.sqrt(0.8), rel=1e-9)
    assert np.isnan(hub_pole(np.array([2.0]), 0.5)[0])


@pytest.mark.slow
@pytest.mark.parametrize(("sigma", "symmetry"), [(0.5, 1.0), (1.0, 0.5), (0.25, 0.5)])
def test_hub_edge_against_eigenvalues(sigma, symmetry):
    law = Lognormal(50.0, sigma).finite(700)
    tops = []
    for seed in range(3):
        w = sample_network(law.degrees, symmetry=symmetry, kind="dense", seed=seed).weights
        values = np.linalg.eigvalsh(w) if symmetry == 1 else np.linalg.eigvals(w)
        tops.append(values.real.max())
    expected = hub_edge(law.relative_degrees, symmetry).edge
    scatter = max(np.std(tops, ddof=1), 0.03 * expected)
    assert np.mean(tops) == pytest.approx(expected, abs=3 * scatter / np.sqrt(3))


@pytest.mark.slow
def test_boundary_against_eigenvalues():
    law = Lognormal(50.0, 0.5).finite(700)
    w = sample_network(law.degrees, symmetry=-0.4, kind="dense", seed=4).weights
    values = np.linalg.eigvals(w)
    nodes = law.fine_nodes()
    u, weight = nodes.relative_degree, nodes.weight
    for angle in (0.4, 0.8, 1.2):
        near = np.abs(np.abs(np.angle(values)) - angle) < 0.08
        found = np.abs(values[near]).max()
        assert found == pytest.approx(boundary_radius(u, weight, -0.4, angle), rel=0.08)
