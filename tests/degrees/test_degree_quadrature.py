"""Gauss nodes, edge nodes and lists of degrees: averages over P(k)."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.integrate import quad

from pyscales.degrees import (
    DegreeSequence,
    Gamma,
    Homogeneous,
    Lognormal,
    PowerLaw,
    gauss_from_atoms,
)
from pyscales.errors import InputError

SMOOTH = [
    ("sqrt", np.sqrt),
    ("resonance", lambda u: u / (1.0 + 0.8 * u)),
    ("saturation", lambda u: np.tanh(0.4 * u)),
    ("decay", lambda u: np.exp(-u)),
    ("square", lambda u: u**2),
]
LAWS = [
    Lognormal(20.0, 0.5),
    Lognormal(20.0, 1.0),
    Lognormal(20.0, 1.0, k_max=200.0),
    Lognormal(20.0, 1.0, k_max=24.0),
    Gamma(20.0, 1.5),
    Gamma(20.0, 40.0),
    PowerLaw(20.0, 2.5, 300.0),
]
IDS = [f"{law.name}-{i}" for i, law in enumerate(LAWS)]


def by_quad(law, function, bias):
    """E[u^bias f(u)] / E[u^bias] by adaptive quadrature in ln k."""
    low = float(law.quantile(np.array(1e-17)))
    high = law.u_max if law.bounded else float(law.quantile(np.array(1 - 1e-16))) * 6.0
    points = np.linspace(np.log(low), np.log(high), 15)

    def density(v):
        u = np.exp(v)
        return float(law.pdf(np.array(u * law.mean_degree))) * law.mean_degree * u ** (1 + bias)

    def integral(g):
        return sum(
            quad(g, a, b, epsabs=1e-14, epsrel=1e-12)[0] for a, b in itertools.pairwise(points)
        )

    return integral(lambda v: density(v) * function(np.exp(v))) / integral(density)


@pytest.mark.parametrize("bias", [0.0, 1.0])
@pytest.mark.parametrize("law", LAWS, ids=IDS)
def test_gauss_nodes_average_smooth_functions(law, bias):
    nodes = law.nodes(size_bias=bias)
    assert len(nodes) == 48
    assert nodes.weight.sum() == pytest.approx(1.0, abs=1e-13)
    assert np.all(np.diff(nodes.relative_degree) > 0)
    assert np.all(nodes.weight > 0)
    for name, function in SMOOTH:
        expected = by_quad(law, function, bias)
        got = float(nodes.weight @ function(nodes.relative_degree))
        assert got == pytest.approx(expected, rel=1e-9), name


@pytest.mark.parametrize("n", [1, 2, 5, 11])
def test_gauss_rule_of_a_lognormal_is_gauss_hermite(n):
    # ln u is normal, so the rule must be the classical one, node by node.
    z, w = np.polynomial.hermite_e.hermegauss(n)
    nodes = Lognormal(3.0, 0.6).nodes(n)
    np.testing.assert_allclose(nodes.relative_degree, np.exp(0.6 * z - 0.18), rtol=1e-6)
    np.testing.assert_allclose(nodes.weight, w / w.sum(), rtol=1e-5)
    # The size bias moves the mean of ln u by sigma^2.
    biased = Lognormal(3.0, 0.6).nodes(n, size_bias=1.0)
    np.testing.assert_allclose(biased.relative_degree, np.exp(0.6 * z + 0.18), rtol=1e-6)


def test_gauss_rule_keeps_the_moments_of_its_atoms():
    rng = np.random.default_rng(5)
    x, w = rng.normal(size=400), rng.random(400)
    nodes, weights = gauss_from_atoms(x, w, 7)
    assert nodes.size == 7
    for order in range(14):
        assert weights @ nodes**order == pytest.approx(w @ x**order, rel=1e-10, abs=1e-10)
    assert abs(weights @ nodes**14 - w @ x**14) > 1e-6 * abs(w @ x**14)


def test_few_atoms_come_back_unchanged():
    nodes, weights = gauss_from_atoms(np.array([3.0, 1.0, 2.0]), np.array([0.2, 0.5, 0.0]), 4)
    np.testing.assert_array_equal(nodes, [1.0, 3.0])
    np.testing.assert_array_equal(weights, [0.5, 0.2])


@pytest.mark.parametrize(
    "law",
    [
        Lognormal(20.0, 1.0, k_max=200.0),
        Lognormal(20.0, 0.3, k_max=60.0),
        Lognormal(20.0, 1.0, k_max=24.0),
        PowerLaw(20.0, 2.5, 300.0),
    ],
    ids=lambda law: f"{law.name}-{law.k_max:g}",
)
@pytest.mark.parametrize("delta", [1e-1, 1e-3, 1e-6])
def test_edge_nodes_integrate_a_pole_just_beyond_the_largest_degree(law, delta):
    nodes = law.edge_nodes()
    assert nodes.u_max == pytest.approx(law.u_max)
    gap = nodes.gap + delta
    got = [float(nodes.weight @ (nodes.relative_degree / gap**p)) for p in (1, 2)]
    low = max(float(law.quantile(np.array(1e-16))) / law.u_max, 1e-12)

    def expected(power):
        # y = ln(1 - u/u_max + delta) spreads the pole over decades.
        def integrand(y):
            drop = np.exp(y) - delta
            u = law.u_max * (1.0 - drop)
            p = float(law.pdf(np.array(u * law.mean_degree))) * law.mean_degree
            return p * law.u_max * u * np.exp(y * (1 - power))

        edges = np.linspace(np.log(delta * (1 + 1e-13)), np.log(1.0 - low + delta), 25)
        return sum(
            quad(integrand, a, b, epsrel=1e-11, epsabs=0, limit=200)[0]
            for a, b in itertools.pairwise(edges)
        )

    assert got[0] == pytest.approx(expected(1), rel=1e-8)
    assert got[1] == pytest.approx(expected(2), rel=1e-8)
    # The plain rule, made for smooth functions, must not pass for close poles.
    if delta == 1e-6:
        plain = law.nodes()
        value = float(
            plain.weight
            @ (plain.relative_degree / (1 - plain.relative_degree / law.u_max + delta) ** 2)
        )
        assert abs(value / got[1] - 1) > 1e-3


@pytest.mark.parametrize("law", [Lognormal(20.0, 0.5), Gamma(20.0, 3.0)])
def test_unbounded_laws_have_no_edge(law):
    assert not law.bounded
    with pytest.raises(InputError, match="largest degree"):
        law.edge_nodes()


def test_list_of_degrees_is_averaged_exactly_zeros_included():
    k = np.array([4.0, 0.0, 1.0, 1.0, 9.0, 0.0, 3.0])
    law = DegreeSequence(k)
    u = k / k.mean()
    assert law.mean_degree == pytest.approx(k.mean())
    assert law.u_max == u.max()
    for order in (0.5, 1, 2, 3, 7):
        assert law.moment(order) == pytest.approx(np.mean(u**order), rel=1e-14)
    assert law.moment(-1) == np.inf
    nodes = law.nodes()
    assert nodes.relative_degree[0] == 0.0
    assert nodes.weight[0] == pytest.approx(2 / 7)
    np.testing.assert_allclose(nodes.weight @ np.exp(-nodes.relative_degree), np.exp(-u).mean())
    biased = law.nodes(size_bias=1.0)
    assert biased.relative_degree[0] > 0
    np.testing.assert_allclose(
        biased.weight @ np.exp(-biased.relative_degree), np.mean(u * np.exp(-u))
    )
    edge = law.edge_nodes()
    np.testing.assert_allclose(
        edge.weight @ (edge.relative_degree * edge.gap), np.mean(u - u**2 / u.max())
    )


def test_isolated_neurons_survive_the_reduction():
    rng = np.random.default_rng(8)
    k = np.concatenate([np.zeros(30), rng.lognormal(2.0, 0.6, 970)])
    law, u = DegreeSequence(k), k / k.mean()
    nodes = law.nodes(20)
    assert nodes.relative_degree[0] == 0.0
    assert nodes.weight[0] == pytest.approx(0.03, rel=1e-12)
    assert nodes.weight @ (1 / (1 + nodes.relative_degree)) == pytest.approx(
        np.mean(1 / (1 + u)), rel=1e-9
    )


@pytest.mark.parametrize("bias", [0.0, 1.0])
def test_large_lists_are_reduced_without_losing_their_averages(bias):
    u = np.random.default_rng(1).lognormal(-0.5, 1.0, 200_000)
    u /= u.mean()
    nodes = DegreeSequence(50.0 * u).nodes(size_bias=bias)
    assert len(nodes) == 48
    weight = u**bias / np.sum(u**bias)
    for name, function in SMOOTH:
        got = float(nodes.weight @ function(nodes.relative_degree))
        assert got == pytest.approx(float(weight @ function(u)), rel=1e-8), name


def test_quantiles_of_a_list_are_its_order_statistics():
    k = np.array([5.0, 1.0, 3.0, 7.0])
    law = DegreeSequence(k)
    np.testing.assert_allclose(
        law.quantile(np.array([0.0, 0.1, 0.25, 0.26, 0.5, 0.99, 1.0])) * 4.0,
        [1, 1, 1, 3, 3, 7, 7],
    )
    np.testing.assert_allclose(law.finite(4).degrees, [1, 3, 5, 7])
    drawn = law.sample(4000, np.random.default_rng(0))
    assert set(drawn) == {1.0, 3.0, 5.0, 7.0}
    assert np.mean(drawn == 7.0) == pytest.approx(0.25, abs=0.03)


def test_lists_are_copied_sorted_frozen_and_compared():
    k = np.array([2.0, 1.0])
    law = DegreeSequence(k)
    k[0] = 99.0
    np.testing.assert_array_equal(law.degrees, [1.0, 2.0])
    with pytest.raises(ValueError, match="read-only"):
        law.degrees[0] = 5.0
    same = DegreeSequence([1.0, 2.0], source="elsewhere")
    assert law == same
    assert hash(law) == hash(same)
    assert law != DegreeSequence([1.0, 2.5])
    assert "n=2" in repr(law)
    np.testing.assert_array_equal(law.pdf(np.array([1.0, 1.5])), [np.inf, 0.0])
    np.testing.assert_array_equal(Homogeneous(2.0).pdf(np.array([2.0, 3.0])), [np.inf, 0.0])


@pytest.mark.parametrize(
    ("field", "call"),
    [
        ("mean_degree", lambda: Lognormal(0.0, 0.5)),
        ("mean_degree", lambda: Lognormal(-3.0, 0.5)),
        ("mean_degree", lambda: Lognormal(np.nan, 0.5)),
        ("sigma", lambda: Lognormal(10.0, -0.1)),
        ("sigma", lambda: Lognormal(10.0, 5.1)),
        ("sigma", lambda: Lognormal(10.0, np.inf)),
        ("k_max", lambda: Lognormal(10.0, 0.5, k_max=10.0)),
        ("k_max", lambda: Lognormal(10.0, 0.5, k_max=np.nan)),
        ("k_max", lambda: Lognormal(10.0, 0.5, k_max=np.inf)),
        ("mean_degree", lambda: Gamma(np.inf, 2.0)),
        ("shape", lambda: Gamma(10.0, 0.0)),
        ("shape", lambda: Gamma(10.0, np.nan)),
        ("shape", lambda: Gamma(10.0, 1e7)),
        ("mean_degree", lambda: PowerLaw(0.0, 2.0, 10.0)),
        ("exponent", lambda: PowerLaw(10.0, -1.0, 100.0)),
        ("exponent", lambda: PowerLaw(10.0, np.nan, 100.0)),
        ("k_max", lambda: PowerLaw(10.0, 2.0, 9.0)),
        ("k_max", lambda: PowerLaw(10.0, 2.0, None)),
        ("mean_degree", lambda: PowerLaw(10.0, 1.0, 1e15)),
        ("mean_degree", lambda: PowerLaw(10.0, 0.0, 20.1)),
        ("mean_degree", lambda: Homogeneous(0.0)),
        ("degrees", lambda: DegreeSequence([])),
        ("degrees", lambda: DegreeSequence(np.ones((2, 2)))),
        ("degrees", lambda: DegreeSequence([0.0, 0.0])),
        ("degrees[1]", lambda: DegreeSequence([1.0, np.nan])),
        ("degrees[2]", lambda: DegreeSequence([1.0, 2.0, -1.0])),
        ("degrees[0]", lambda: DegreeSequence([np.inf, 2.0])),
        ("n", lambda: Lognormal(10.0, 0.5).finite(0)),
    ],
)
def test_refusals_name_the_field(field, call):
    with pytest.raises(InputError) as caught:
        call()
    assert caught.value.field == field
    assert caught.value.exit_code == 2
    assert str(caught.value).startswith(f"{field} = ")
