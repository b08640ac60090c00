"""Gaussian averages of tanh and ln cosh against adaptive and Gauss-Hermite quadrature."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.integrate import dblquad, quad

from pyscales.theory.gaussian import (
    enough_for_tanh,
    half_line_rule,
    hermite_coefficients_tanh,
    log_cosh,
    mean_slope_tanh,
    mean_square_tanh,
    variance_log_cosh,
)

VARIANCES = [1e-6, 0.01, 0.3, 1.0, 7.0, 60.0, 900.0]


def gaussian_average(function, variance):
    """<f(x)> of an even function, x ~ N(0, variance), by adaptive quadrature in x."""
    s = np.sqrt(variance)
    points = np.unique(np.minimum([0.0, 0.3, 1.0, 3.0, 8.0, s, 3 * s, 12 * s], 12 * s))
    return 2 * sum(
        quad(
            lambda x: function(x) * np.exp(-0.5 * (x / s) ** 2) / (s * np.sqrt(2 * np.pi)),
            a,
            b,
            epsabs=1e-15,
            epsrel=1e-13,
        )[0]
        for a, b in itertools.pairwise(points)
    )


@pytest.mark.parametrize("v", VARIANCES)
def test_against_adaptive_quadrature(v):
    value = np.array([v])
    assert mean_square_tanh(value)[0] == pytest.approx(
        gaussian_average(lambda x: np.tanh(x) ** 2, v), rel=1e-11
    )
    assert mean_slope_tanh(value)[0] == pytest.approx(
        gaussian_average(lambda x: np.cosh(x) ** -2 if abs(x) < 300 else 0.0, v), rel=1e-10
    )
    phi = lambda x: np.logaddexp(x, -x) - np.log(2)  # noqa: E731
    mean = gaussian_average(phi, v)
    spread = gaussian_average(lambda x: (phi(x) - mean) ** 2, v)
    assert variance_log_cosh(value)[0] == pytest.approx(spread, rel=1e-9)


def test_against_gauss_hermite_at_small_variance():
    z, w = np.polynomial.hermite_e.hermegauss(120)
    w = w / w.sum()
    v = np.array([0.002, 0.05, 0.1])
    x = np.sqrt(v)[:, None] * z
    np.testing.assert_allclose(mean_square_tanh(v), np.tanh(x) ** 2 @ w, rtol=1e-12)
    phi = np.log(np.cosh(x))
    spread = phi**2 @ w - (phi @ w) ** 2
    np.testing.assert_allclose(variance_log_cosh(v), spread, rtol=1e-10)


@pytest.mark.parametrize("largest", [0.01, 1.0, 30.0, 300.0, 2000.0])
def test_wider_steps_are_enough(largest):
    v = largest * np.array([0.0, 0.01, 0.3, 1.0])
    step = enough_for_tanh(v)
    assert 0.01 <= step <= 0.05
    np.testing.assert_allclose(mean_square_tanh(v, step), mean_square_tanh(v), atol=2e-13)
    np.testing.assert_allclose(mean_slope_tanh(v, step), mean_slope_tanh(v), atol=2e-13)
    np.testing.assert_allclose(
        hermite_coefficients_tanh(v, 120, step), hermite_coefficients_tanh(v, 120), atol=2e-13
    )


def test_expansions_at_the_ends():
    v = np.array([1e-12, 1e-9, 1e-7])
    # <tanh^2> = v - 2 v^2 + ..., var ln cosh = v^2/2 - v^3 + ..., to leading orders.
    np.testing.assert_allclose(mean_square_tanh(v), v - 2 * v**2, rtol=1e-12)
    np.testing.assert_allclose(variance_log_cosh(v), v**2 / 2 - v**3, rtol=1e-11)
    # ln cosh x -> |x| - ln 2: a half-normal variable.
    assert variance_log_cosh(np.array([1e4]))[0] == pytest.approx(1e4 * (1 - 2 / np.pi), rel=1e-3)
    assert mean_slope_tanh(np.array([900.0]))[0] == pytest.approx(
        2 / np.sqrt(2 * np.pi * 900.0), rel=2e-3
    )


def test_slope_by_steins_identity():
    # <tanh'> = <x tanh x> / v.
    v = np.array([0.2, 3.0, 40.0])
    z, w = half_line_rule()
    x = np.sqrt(v)[:, None] * z
    np.testing.assert_allclose(mean_slope_tanh(v), (x * np.tanh(x)) @ w / v, rtol=1e-11)


def test_rule_integrates_even_polynomials():
    z, w = half_line_rule()
    for power, moment in ((0, 1), (2, 1), (4, 3), (6, 15), (8, 105)):
        assert w @ z**power == pytest.approx(moment, rel=1e-13)


@pytest.mark.parametrize(
    ("variance", "rho"), [(0.3, 0.6), (2.0, 0.95), (2.0, 0.2), (15.0, 0.8), (15.0, -0.5)]
)
def test_mehler_sum_is_the_two_dimensional_integral(variance, rho):
    a = hermite_coefficients_tanh(np.array([variance]), 400)[:, 0]
    order = 2 * np.arange(400) + 1
    series = float(np.sum(a**2 * rho**order))
    s = np.sqrt(variance)

    def integrand(y, x):
        density = np.exp(-(x**2 - 2 * rho * x * y + y**2) / (2 * (1 - rho**2)))
        return np.tanh(s * x) * np.tanh(s * y) * density / (2 * np.pi * np.sqrt(1 - rho**2))

    direct = dblquad(integrand, -8, 8, -8, 8, epsabs=1e-9, epsrel=1e-9)[0]
    assert series == pytest.approx(direct, abs=2e-8)


def test_mehler_coefficients_add_up_and_start_with_the_slope():
    v = np.array([0.1, 1.0, 5.0])
    a = hermite_coefficients_tanh(v, 300)
    np.testing.assert_allclose((a**2).sum(axis=0), mean_square_tanh(v), rtol=1e-10)
    np.testing.assert_allclose(a[0], np.sqrt(v) * mean_slope_tanh(v), rtol=1e-11)
    # Third coefficient from He_3 = z^3 - 3 z by Gauss-Hermite.
    z, w = np.polynomial.hermite_e.hermegauss(150)
    third = np.tanh(np.sqrt(0.1) * z) * (z**3 - 3 * z) @ (w / w.sum()) / np.sqrt(6)
    assert a[1, 0] == pytest.approx(third, rel=1e-10)


def test_log_cosh_everywhere():
    x = np.array([0.3, 0.99, 0.999999, 1.0, 1.000001, 1.7, 20.0])
    np.testing.assert_allclose(log_cosh(x), np.log(np.cosh(x)), rtol=2e-14)
    np.testing.assert_array_equal(log_cosh(x), log_cosh(-x))
    tiny = np.array([1e-5, 1e-8, 1e-100])
    np.testing.assert_allclose(log_cosh(tiny), tiny**2 / 2, rtol=1e-9)
    assert log_cosh(np.array([0.0]))[0] == 0.0
    huge = np.array([800.0, 1e300])
    np.testing.assert_allclose(log_cosh(huge), huge - np.log(2), rtol=1e-15)
