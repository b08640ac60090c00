"""Stationary state and timescales at symmetry 0 against reference numbers and independent solvers.

The reference table was computed with separate code: one-dimensional Gaussian integrals for D(0),
Mehler series and a quadrature of the particle's motion for the rest (theory: Sompolinsky, Crisanti
& Sommers 1988, PRL 61:259; Crisanti & Sompolinsky 2018, PRE 98:062120).
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq, newton_krylov

from pyscales.degrees import DegreeSequence, Gamma, Homogeneous, Lognormal, PowerLaw
from pyscales.theory.stationary import (
    correlation_phi,
    correlation_phi_of_degree,
    population_coefficients_phi,
    solve_stationary,
    solve_trajectory,
)
from pyscales.theory.stationary_timescales import timescales_phi, timescales_x

# g: D(0), C(0), HWHM x, HWHM phi, 1/e time x, integral x, integral phi, asymptotic
HOMOGENEOUS = {
    1.02: "0.0204608111 0.0196687376 118.131840 118.112511 148.680 140.910 140.892 89.7228",
    1.05: "0.0528322115 0.0479542340 49.577382 49.531326 62.4076 59.1520 59.1102 37.6951",
    1.1: "0.1110631894 0.0920135635 26.611711 26.525735 33.5131 31.7733 31.6954 20.2929",
    1.2: "0.2426288960 0.1698084473 14.998513 14.845183 18.9103 17.9414 17.8024 11.5270",
    1.5: "0.7476863806 0.3420934887 7.846055 7.548109 9.93225 9.44530 9.17503 6.18892",
    2.0: "1.9248054137 0.5131780660 5.361019 4.913693 6.82661 6.51207 6.10630 4.38455",
    3.0: "5.4463260830 0.6805794811 4.083659 3.470186 5.24206 5.01908 4.46279 3.49781",
    5.0: "16.9640457 0.8107532506 3.454768 2.682187 4.47116 4.29443 3.59424 3.09135",
}
# sigma, g / g_c (or g, where g_c is False): D(0), C(0), HWHM x, HWHM phi, asymptotic
HETEROGENEOUS = [
    (0.25, 1.5, True, "0.6829448684 0.3325562782 7.882649 7.585340 6.226379"),
    (0.5, 1.2, True, "0.1600492024 0.1438610790 14.823358 14.667234 11.445411"),
    (0.5, 1.5, True, "0.5202432372 0.3053932918 7.988725 7.693366 6.333183"),
    (0.5, 2.0, True, "1.3962787590 0.4765518386 5.513345 5.074464 4.519499"),
    (0.75, 1.5, True, "0.3301874960 0.2646891641 8.154873 7.862807 6.496183"),
    (1.0, 1.5, True, "0.1744144270 0.2163062566 8.369265 8.081726 6.700788"),
    (1.0, 2.0, True, "0.5240467124 0.3760294904 5.902771 5.484958 4.861458"),
    (0.5, 1.5, False, "0.8306110844 0.3849907016 6.597439 6.235925 5.308047"),
    (0.5, 2.0, False, "1.9936178365 0.5381647374 4.966386 4.473491 4.127586"),
    (1.0, 1.5, False, "1.0012961303 0.4806595797 5.018867 4.518930 4.212067"),
]


def printed(row):
    """Numbers and the half unit of their last printed digit (with room for its rounding)."""
    return [(float(s), 0.7 * 10.0 ** -len(s.split(".")[1])) for s in row.split()]


def solve(law, gain, n=48):
    nodes = law.nodes(n, size_bias=1.0)
    state = solve_stationary(nodes.relative_degree, nodes.weight, gain)
    return state, solve_trajectory(state)


def gauss(n):
    z, w = np.polynomial.hermite_e.hermegauss(n)
    return z, w / w.sum()


def pair_average(function, variance, rho, n=64):
    """<f(x) f(y)> for correlations rho >= 0 by shared and private Gauss-Hermite variables."""
    z, w = gauss(n)
    rho = np.atleast_1d(rho)
    shared = np.sqrt(rho)[:, None, None] * z[:, None]
    private = np.sqrt(1 - rho)[:, None, None] * z
    inner = function(np.sqrt(variance) * (shared + private)) @ w
    return inner**2 @ w


@pytest.mark.parametrize("gain", HOMOGENEOUS)
def test_reference_table_of_the_homogeneous_network(gain):
    state, trajectory = solve(Homogeneous(50.0), gain)
    x, phi = timescales_x(trajectory), timescales_phi(state, trajectory)
    found = [
        state.d0,
        state.autocorrelation_phi0,
        x["timescale_hwhm"],
        phi["timescale_hwhm_phi"],
        x["timescale_efold"],
        x["timescale_integral"],
        phi["timescale_integral_phi"],
        x["timescale_asymptotic"],
    ]
    # The table loses digits to cancellation in V close to the critical gain.
    loss = 2e-7 if gain == 1.02 else 0.0
    for value, (expected, tolerance) in zip(found, printed(HOMOGENEOUS[gain]), strict=True):
        assert value == pytest.approx(expected, abs=tolerance, rel=loss)
    assert state.converged
    assert state.phase == "chaotic"


def test_half_width_close_to_the_critical_gain():
    # Gauss-Hermite is exact at this small variance; the motion in V by adaptive quadrature.
    gain = 1.02
    z, w = gauss(100)

    def spread(v):
        phi = np.log(np.cosh(np.sqrt(v) * z))
        return 2 * gain**2 * (phi**2 @ w - (phi @ w) ** 2) / v**2 - 1

    d0 = brentq(spread, 0.01, 0.04, xtol=1e-16, rtol=1e-14)
    signal, he = np.tanh(np.sqrt(d0) * z), [np.ones_like(z), z]
    for n in range(1, 30):
        he.append((z * he[n] - np.sqrt(n) * he[n - 1]) / np.sqrt(n + 1))
    order = np.arange(3, 30, 2)
    e = np.array([gain**2 * (signal * he[n] @ w) ** 2 / ((n + 1) * d0) for n in order])

    def speed(q):
        rho = 1 - q * q
        # 1 - rho^(n-1) = q^2 (2 - q^2) (1 + rho^2 + ... + rho^(n-3)) without cancellation.
        sums = sum(
            c * sum(rho ** (2 * i) for i in range((n - 1) // 2))
            for n, c in zip(order, e, strict=True)
        )
        return 2 / (rho * np.sqrt(2 * (2 - q * q) * sums))

    width = quad(speed, 0, np.sqrt(0.5), epsrel=1e-12)[0]
    state, trajectory = solve(Homogeneous(50.0), gain)
    assert state.d0 == pytest.approx(d0, rel=1e-11)
    assert trajectory.lag_at(0.5) == pytest.approx(width, rel=1e-9)


@pytest.mark.parametrize(("sigma", "gain", "relative", "row"), HETEROGENEOUS)
def test_reference_table_of_lognormal_networks(sigma, gain, relative, row):
    gain = gain * np.exp(-(sigma**2) / 2) if relative else gain
    state, trajectory = solve(Lognormal(50.0, sigma), gain)
    x, phi = timescales_x(trajectory), timescales_phi(state, trajectory)
    found = [
        state.d0,
        state.autocorrelation_phi0,
        x["timescale_hwhm"],
        phi["timescale_hwhm_phi"],
        x["timescale_asymptotic"],
    ]
    for value, (expected, tolerance) in zip(found, printed(row), strict=True):
        assert value == pytest.approx(expected, abs=tolerance)


def test_self_consistency_solved_in_fourier_space():
    # D(w) (1 + w^2) = g^2 C(w), on a periodic grid of lags, C by two-dimensional quadrature.
    sigma, gain, n, step = 0.5, 1.5, 240, 0.5
    z, weight = gauss(7)
    u = np.exp(sigma * z + sigma**2 / 2)
    lag = step * np.arange(n // 2 + 1)
    omega = 2 * np.pi * np.fft.rfftfreq(n, step)

    def mirror(half):
        return np.concatenate([half, half[-2:0:-1]])

    def mapped(d):
        rho = np.clip(d / d[0], 0.0, 1.0)
        c = sum(
            w * pair_average(np.tanh, v * d[0], rho, n=30) for v, w in zip(u, weight, strict=True)
        )
        out = np.fft.irfft(gain**2 * np.fft.rfft(mirror(c)) / (1 + omega**2), n)
        return out[: n // 2 + 1]

    guess = 0.7 / np.cosh(lag / 6.0)
    d = newton_krylov(lambda d: d - mapped(d), guess, f_tol=1e-7, method="lgmres")
    assert d[0] > 0.1
    state, trajectory = solve(Lognormal(50.0, sigma), gain)
    assert state.d0 == pytest.approx(d[0], rel=1e-3)
    inside = lag < 25
    np.testing.assert_allclose(trajectory.rho_at(lag[inside]), d[inside] / d[0], atol=1e-3)


@pytest.mark.parametrize(("sigma", "gain"), [(0.0, 2.0), (0.6, 1.3)])
def test_potential_by_two_dimensional_quadrature(sigma, gain):
    law = Lognormal(50.0, sigma)
    state, trajectory = solve(law, gain)
    z, weight = gauss(25)
    u = np.exp(sigma * z - sigma**2 / 2)
    phi = lambda x: np.logaddexp(x, -x) - np.log(2)  # noqa: E731

    def potential(rho):
        drive = sum(
            w * (pair_average(phi, v * state.d0, rho) - pair_average(phi, v * state.d0, 0.0))
            for v, w in zip(u, weight, strict=True)
        )
        return -((rho * state.d0) ** 2) / 2 + gain**2 * drive

    rho = np.array([0.1, 0.4, 0.7, 0.9])
    value = potential(rho)
    assert potential(np.array([1.0]))[0] == pytest.approx(0.0, abs=2e-6 * state.d0**2)
    assert np.all(value < 0)
    # Energy: (dD/dtau)^2 / 2 = -V along the solution.
    for r, v in zip(rho, value, strict=True):
        lag, h = trajectory.lag_at(r), 1e-3
        slope = state.d0 * np.diff(trajectory.rho_at(np.array([lag - h, lag + h])))[0] / (2 * h)
        assert slope**2 / 2 == pytest.approx(-v, rel=2e-4)


@pytest.mark.parametrize("sigma", [0.0, 0.5, 1.0])
def test_expansion_near_the_critical_gain(sigma):
    law = Lognormal(50.0, sigma)
    critical = np.exp(-(sigma**2) / 2)
    previous = np.inf
    for eps in (1e-3, 1e-4, 1e-5, 1e-6):
        state, trajectory = solve(law, critical * (1 + eps))
        times = timescales_x(trajectory)
        kappa = eps * np.exp(sigma**2 / 2) / np.sqrt(3)
        scaled = [
            state.d0 / (eps * np.exp(-2 * sigma**2)),
            trajectory.timescale_asymptotic * kappa,
            times["timescale_hwhm"] * kappa / np.arccosh(2.0),
            times["timescale_efold"] * kappa / np.arccosh(np.e),
            times["timescale_integral"] * kappa / (np.pi / 2),
            times["timescale_rho2"] * kappa,
        ]
        error = float(np.max(np.abs(np.array(scaled) - 1)))
        assert error < 30 * eps * np.exp(3 * sigma**2) + 1e-8
        assert error < previous
        previous = error
        assert state.converged
    # D(tau) = D(0) sech(kappa tau), at the last eps.
    y = np.array([0.5, 1.0, 3.0])
    np.testing.assert_allclose(trajectory.rho_at(y / kappa), 1 / np.cosh(y), rtol=1e-3)


@pytest.mark.parametrize("gain", [0.0, 0.5, 0.999])
def test_silent_below_the_critical_gain(gain):
    law = Lognormal(50.0, 0.7)
    nodes = law.nodes(size_bias=1.0)
    state = solve_stationary(nodes.relative_degree, nodes.weight, gain * np.exp(-0.245))
    assert state.phase == "silent"
    assert state.d0 == 0.0
    assert state.autocorrelation_phi0 == 0.0
    assert state.converged
    assert "stable" in state.message
    with pytest.raises(ValueError, match="silent"):
        solve_trajectory(state)


def test_status_at_and_away_from_the_critical_gain():
    one = np.ones(1)
    closest = solve_stationary(one, one, 1 + 1e-10)
    assert not closest.converged
    assert closest.phase == "chaotic"
    assert "critical gain" in closest.message
    state = solve_stationary(one, one, 1.7)
    assert state.converged
    assert state.message == "converged"
    assert state.residual < 1e-9
    assert 0 <= state.truncation < 1e-9
    assert 3 < state.iterations < 60
    assert state.e.sum() == pytest.approx(0.5, abs=1e-14)


@pytest.mark.parametrize("sigma", [0.5, 1.0])
def test_number_of_nodes_does_not_matter(sigma):
    reference, trajectory = solve(Lognormal(50.0, sigma), 1.5, 48)
    width = trajectory.lag_at(0.5)
    for n in (21, 31, 121):
        state, other = solve(Lognormal(50.0, sigma), 1.5, n)
        assert state.d0 == pytest.approx(reference.d0, rel=1e-8)
        assert other.lag_at(0.5) == pytest.approx(width, rel=1e-7)


@pytest.mark.parametrize(
    "law",
    [
        Gamma(50.0, 2.0),
        Gamma(50.0, 0.3),
        PowerLaw(50.0, 2.5, 1000.0),
        Lognormal(50.0, 0.8, k_max=300.0),
        DegreeSequence(np.random.default_rng(2).poisson(6.0, 500).astype(float)),
    ],
    ids=lambda law: law.name,
)
def test_other_laws(law):
    # D(0)^2/2 = g^2 E[var ln cosh], with E taken without size bias from the law's fine nodes, and
    # the decay 1 - g^2 E[u^2 <phi'>^2].
    critical = law.moment(2) ** -0.5
    assert solve(law, 1.3 * critical)[0].converged
    nodes = law.nodes(size_bias=1.0)
    assert solve_stationary(nodes.relative_degree, nodes.weight, 0.999 * critical).d0 == 0.0
    gain = 1.5 * critical
    state, trajectory = solve(law, gain)
    fine = law.fine_nodes()
    z, w = gauss(180)
    x = np.sqrt(fine.relative_degree * state.d0)[:, None] * z
    phi = np.logaddexp(x, -x) - np.log(2)
    spread = phi**2 @ w - (phi @ w) ** 2
    assert state.d0**2 / 2 == pytest.approx(gain**2 * float(fine.weight @ spread), rel=1e-5)
    slope = np.cosh(np.minimum(np.abs(x), 300)) ** -2.0 @ w
    decay = 1 - gain**2 * float(fine.weight @ (fine.relative_degree * slope) ** 2)
    assert trajectory.timescale_asymptotic == pytest.approx(decay**-0.5, rel=1e-4)


def test_correlations_by_degree_and_their_averages():
    law = Lognormal(50.0, 0.7)
    state, trajectory = solve(law, 1.6)
    rho = np.array([0.05, 0.5, 0.97])
    degrees = np.array([0.2, 1.0, 5.0])
    by_degree = correlation_phi_of_degree(degrees, state.d0, rho)
    for j, u in enumerate(degrees):
        np.testing.assert_allclose(
            by_degree[:, j], pair_average(np.tanh, u * state.d0, rho, 120), rtol=1e-5
        )
    z, w = gauss(31)
    u = np.exp(0.7 * z - 0.245)
    table = correlation_phi_of_degree(u, state.d0, rho)
    np.testing.assert_allclose(correlation_phi(state, rho), table @ (w * u), rtol=1e-7)
    c = population_coefficients_phi(state)
    population = (rho[:, None] ** state.order) @ c
    np.testing.assert_allclose(population, table @ w, rtol=1e-7)
    # Hubs saturate: their phi is faster than that of leaves, x keeps one timescale.
    width = [
        trajectory.lag_at(brentq(lambda r, u=u: half(u, r, state.d0), 0.01, 0.999)) for u in degrees
    ]
    assert width[0] > width[1] > width[2]
    assert width[0] < trajectory.lag_at(0.5)


def half(u, rho, d0):
    value = correlation_phi_of_degree(np.array([u]), d0, np.array([rho, 1.0]))[:, 0]
    return value[0] - 0.5 * value[1]


def test_integrals_of_the_timescales_from_the_curve_itself():
    state, trajectory = solve(Homogeneous(50.0), 2.0)
    lag = np.linspace(0, 150, 150_001)
    rho = trajectory.rho_at(lag)
    c = correlation_phi(state, rho) / state.autocorrelation_phi0
    x, phi = timescales_x(trajectory), timescales_phi(state, trajectory)
    step = lag[1]
    assert x["timescale_integral"] == pytest.approx(np.trapezoid(rho, dx=step), rel=1e-6)
    assert x["timescale_rho2"] == pytest.approx(np.trapezoid(rho**2, dx=step), rel=1e-6)
    assert phi["timescale_integral_phi"] == pytest.approx(np.trapezoid(c, dx=step), rel=1e-6)
    assert phi["timescale_rho2_phi"] == pytest.approx(np.trapezoid(c**2, dx=step), rel=1e-6)
    assert np.interp(phi["timescale_efold_phi"], lag, c) == pytest.approx(1 / np.e, abs=1e-7)
    # D'' = D - g^2 C on the curve.
    second = np.diff(rho, 2) / step**2
    inside = slice(2000, 20_000)
    force = rho[1:-1] - 4 * correlation_phi(state, rho[1:-1]) / state.d0
    np.testing.assert_allclose(second[inside], force[inside], atol=2e-6)
