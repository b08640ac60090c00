"""Every law of degrees against closed forms, scipy.stats and adaptive quadrature."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad

from pyscales.degrees import DegreeSequence, Gamma, Homogeneous, Lognormal, PowerLaw

LAWS = [
    Lognormal(20.0, 0.3),
    Lognormal(100.0, 1.0),
    Lognormal(50.0, 0.75, k_max=400.0),
    Lognormal(50.0, 1.0, k_max=60.0),
    Gamma(30.0, 0.7),
    Gamma(30.0, 8.0),
    PowerLaw(40.0, 2.0, 800.0),
    PowerLaw(40.0, 2.5, 1000.0),
    PowerLaw(40.0, 1.0, 100.0),
]
IDS = [f"{law.name}-{i}" for i, law in enumerate(LAWS)]


def support(law):
    """Degrees between which all but 1e-14 of the mass lies, from the law's own quantiles."""
    top = law.u_max if law.bounded else 4 * float(law.quantile(np.array(1 - 1e-15)))
    return float(law.quantile(np.array(1e-15))) * law.mean_degree, top * law.mean_degree


def average(law, function):
    """E[function(u)] by adaptive quadrature of the density of k in ln k."""
    low, high = np.log(support(law))
    points = np.linspace(low, high, 12)
    return sum(
        quad(
            lambda v: (
                function(np.exp(v) / law.mean_degree)
                * float(law.pdf(np.array(np.exp(v))))
                * np.exp(v)
            ),
            a,
            b,
            epsabs=1e-13,
            epsrel=1e-12,
        )[0]
        for a, b in itertools.pairwise(points)
    )


@pytest.mark.parametrize("sigma", [0.1, 0.5, 1.0, 2.0])
@pytest.mark.parametrize("order", [-2, -1, 0, 0.5, 1, 2, 3])
def test_lognormal_moments_have_the_closed_form_and_that_of_scipy(sigma, order):
    law = Lognormal(7.0, sigma)
    assert law.moment(order) == pytest.approx(np.exp(order * (order - 1) * sigma**2 / 2), rel=1e-13)
    if order == int(order) and order > 0:
        frozen = stats.lognorm(s=sigma, scale=np.exp(-(sigma**2) / 2))
        assert law.moment(order) == pytest.approx(frozen.moment(int(order)), rel=1e-9)


@pytest.mark.parametrize("shape", [0.05, 0.5, 1.0, 4.0, 300.0])
def test_gamma_moments_are_those_of_scipy(shape):
    law = Gamma(12.0, shape)
    frozen = stats.gamma(shape, scale=1 / shape)
    for order in (1, 2, 3, 4):
        assert law.moment(order) == pytest.approx(frozen.moment(order), rel=1e-10)
    assert law.moment(2) == pytest.approx(1 + 1 / shape, rel=1e-12)
    if shape > 1:
        assert law.moment(-1) == pytest.approx(shape / (shape - 1), rel=1e-12)


@pytest.mark.parametrize("law", LAWS, ids=IDS)
def test_moments_are_integrals_of_the_density(law):
    for order in (0.0, 1.0, 2.0, 3.0):
        assert average(law, lambda u, p=order: u**p) == pytest.approx(law.moment(order), rel=2e-8)
    assert law.moment(1.0) == pytest.approx(1.0, abs=1e-12)


def test_density_is_that_of_scipy():
    k = np.array([0.5, 3.0, 20.0, 90.0, 700.0])
    lognormal = stats.lognorm(s=0.8, scale=25.0 * np.exp(-0.32))
    np.testing.assert_allclose(Lognormal(25.0, 0.8).pdf(k), lognormal.pdf(k), rtol=1e-12)
    gamma = stats.gamma(2.5, scale=10.0)
    np.testing.assert_allclose(Gamma(25.0, 2.5).pdf(k), gamma.pdf(k), rtol=1e-10)
    power = PowerLaw(25.0, 2.5, 300.0)
    ratio = power.pdf(np.array([20.0])) / power.pdf(np.array([200.0]))
    assert ratio[0] == pytest.approx(10**2.5, rel=1e-12)
    np.testing.assert_array_equal(power.pdf(np.array([0.0, 300.1])), 0.0)
    assert Lognormal(25.0, 0.8, k_max=300.0).pdf(np.array([300.1]))[0] == 0.0
    assert Gamma(25.0, 2.5).pdf(np.array([0.0]))[0] == 0.0


@pytest.mark.parametrize("law", LAWS, ids=IDS)
def test_quantile_inverts_the_integrated_density(law):
    low, _ = support(law)
    for p in (0.03, 0.4, 0.9, 0.995):
        k = float(law.quantile(np.array(p))) * law.mean_degree
        points = np.exp(np.linspace(np.log(low), np.log(k), 8))
        mass = sum(
            quad(lambda x: float(law.pdf(np.array(x))), a, b, epsrel=1e-11)[0]
            for a, b in itertools.pairwise(points)
        )
        assert mass == pytest.approx(p, abs=1e-9)


def test_quantiles_are_those_of_scipy():
    p = np.array([1e-8, 0.01, 0.5, 0.99, 1 - 1e-8])
    frozen = stats.lognorm(s=0.8, scale=np.exp(-0.32))
    np.testing.assert_allclose(Lognormal(9.0, 0.8).quantile(p), frozen.ppf(p), rtol=1e-10)
    frozen = stats.gamma(0.7, scale=1 / 0.7)
    np.testing.assert_allclose(Gamma(9.0, 0.7).quantile(p), frozen.ppf(p), rtol=1e-9)


@pytest.mark.parametrize("law", LAWS, ids=IDS)
def test_samples_follow_the_law(law):
    k = law.sample(4000, np.random.default_rng(3))
    grid = np.linspace(0, 1, 20001)
    table = law.quantile(grid[1:-1]) * law.mean_degree

    def cdf(x):
        return np.interp(x, table, grid[1:-1], left=0.0, right=1.0)

    assert stats.kstest(k, cdf).pvalue > 1e-3
    shifted = stats.kstest(1.15 * k, cdf).pvalue
    assert shifted < 1e-3
    np.testing.assert_array_equal(k, law.sample(4000, np.random.default_rng(3)))


@pytest.mark.parametrize("sigma", [0.2, 1.0, 2.0])
@pytest.mark.parametrize("ratio", [1.02, 1.1, 1.5, 3.0, 30.0])
def test_truncation_keeps_the_mean_and_ends_at_the_largest_degree(sigma, ratio):
    law = Lognormal(80.0, sigma, k_max=80.0 * ratio)
    assert law.bounded
    assert law.u_max == pytest.approx(ratio)
    assert law.quantile(np.array([1.0]))[0] == pytest.approx(ratio, rel=1e-8)
    p = (np.arange(200_000) + 0.5) / 200_000
    u = law.quantile(p)
    assert u.mean() == pytest.approx(1.0, abs=2e-4)
    assert (u**2).mean() == pytest.approx(law.moment(2), rel=3e-3)
    # In ln u it is a normal law of unchanged width, cut: the density ratio of two degrees says so.
    a, b = 0.7 * ratio * 80.0, 0.95 * ratio * 80.0
    z_max = (np.log(ratio) - law._shift) / sigma
    za, zb = z_max + np.log(0.7) / sigma, z_max + np.log(0.95) / sigma
    density = law.pdf(np.array([a, b]))
    assert np.log(density[1] * b / (density[0] * a)) == pytest.approx(
        (za**2 - zb**2) / 2, rel=1e-9, abs=1e-9
    )


def test_a_cut_far_in_the_tail_changes_nothing():
    free, cut = Lognormal(10.0, 0.5), Lognormal(10.0, 0.5, k_max=10_000.0)
    assert cut.moment(3) == pytest.approx(free.moment(3), rel=1e-12)
    p = np.linspace(0.01, 0.99, 9)
    np.testing.assert_allclose(cut.quantile(p), free.quantile(p), rtol=1e-12)


def test_sigma_zero_is_the_homogeneous_law():
    for law in (Lognormal(10.0, 0.0), Lognormal(10.0, 0.0, k_max=50.0), Homogeneous(10.0)):
        assert law.u_max == 1.0
        assert law.moment(5) == 1.0
        np.testing.assert_array_equal(law.quantile(np.array([0.0, 0.5, 1.0])), 1.0)
        np.testing.assert_array_equal(law.nodes().relative_degree, [1.0])
        assert law.edge_nodes().u_max == 1.0
        np.testing.assert_array_equal(law.sample(5, np.random.default_rng(0)), 10.0)
        assert law.finite(7).moment(4) == pytest.approx(1.0, abs=1e-14)


def test_power_law_with_a_known_smallest_degree():
    # exponent 3 between a and b: <k> = 2 a b / (a + b) in closed form.
    a, b = 12.0, 400.0
    law = PowerLaw(2 * a * b / (a + b), 3.0, b)
    assert law.quantile(np.array([0.0]))[0] * law.mean_degree == pytest.approx(a, rel=1e-12)
    second = 2 * np.log(b / a) * a**2 * b**2 / (b**2 - a**2)
    assert law.moment(2) * law.mean_degree**2 == pytest.approx(second, rel=1e-12)


@pytest.mark.parametrize("exponent", [1.0, 2.0, 3.0])
def test_power_law_is_continuous_where_a_logarithm_takes_over(exponent):
    p = np.linspace(0.0, 1.0, 11)
    at, near = (PowerLaw(100.0, exponent + d, 250.0) for d in (0.0, 1e-10))
    for order in (1.0, 2.0, 3.0):
        assert near.moment(order) == pytest.approx(at.moment(order), rel=1e-9)
    np.testing.assert_allclose(near.quantile(p), at.quantile(p), rtol=1e-9)


@pytest.mark.parametrize("law", LAWS, ids=IDS)
def test_finite_network_has_the_quantiles_and_the_mean(law):
    finite = law.finite(1001)
    assert finite.n_atoms == 1001
    assert law.n_atoms is None
    assert finite.mean_degree == pytest.approx(law.mean_degree, rel=1e-14)
    raw = law.quantile(np.array([0.5]))[0]
    top = law.quantile(np.array([1 - 0.5 / 1001]))[0]
    u = finite.relative_degrees
    assert u[-1] / u[500] == pytest.approx(top / raw, rel=1e-12)
    assert finite.parameters()["source"] == f"quantiles:{law.name}"


def test_largest_degree_of_the_quantile_sequence_of_1000_neurons():
    # Reference values of exp(sigma z - sigma^2/2) over the mean, z = Phi^-1(1 - 1/2N).
    for sigma, top in ((0.25, 2.207), (0.5, 4.575), (0.75, 8.912), (1.0, 16.325)):
        assert Lognormal(100.0, sigma).finite(1000).u_max == pytest.approx(top, abs=6e-4)


def test_parameters_say_what_the_law_is():
    assert Lognormal(9.0, 0.5).parameters() == {
        "law": "lognormal",
        "mean_degree": 9.0,
        "sigma": 0.5,
    }
    assert Lognormal(9.0, 0.5, k_max=30.0).parameters()["k_max"] == 30.0
    assert Gamma(9.0, 2.0).parameters()["shape"] == 2.0
    assert PowerLaw(9.0, 2.0, 90.0).parameters()["exponent"] == 2.0
    assert Homogeneous(9.0).parameters() == {"law": "homogeneous", "mean_degree": 9.0}
    assert DegreeSequence([1.0, 3.0], source="x.csv").parameters() == {
        "law": "sequence",
        "mean_degree": 2.0,
        "n": 2,
        "source": "x.csv",
    }


@pytest.mark.parametrize(
    "law", [Lognormal(100.0, 0.7), Gamma(100.0, 2.5), PowerLaw(100.0, 2.7, 3e3)]
)
def test_log_density_is_the_sum_of_its_terms(law):
    v = np.linspace(*law.log_range(0.0), 50)
    a, b, c = law.log_density_terms
    difference = law.log_density(v, 0.0) - (a * v + b * v**2 + c * np.exp(v))
    np.testing.assert_allclose(difference, difference[0], atol=1e-10)
