"""Gaussian averages of tanh and ln cosh, in one variable and in two correlated ones."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

_STEP = 0.01
_WIDEST = 0.05
_CUT = 12.0


@lru_cache(maxsize=8)
def half_line_rule(step: float = _STEP) -> tuple[FloatArray, FloatArray]:
    """Trapezoid nodes z >= 0 and weights for Gaussian averages of even functions.

    int Dz f(z) = sum_j w_j f(z_j) for even f. The trapezoid rule converges geometrically for
    functions analytic in a strip, where Gauss-Hermite is slowed down by the poles of tanh.
    """
    z = np.arange(0.0, _CUT + step / 2, step)
    w = np.exp(-0.5 * z**2)
    w[0] *= 0.5
    return z, w / w.sum()


def enough_for_tanh(variance: FloatArray) -> float:
    """A step for averages of tanh(x), x ~ N(0, variance), with errors below 1e-14.

    The poles of tanh(sqrt(v) z) nearest to the axis are at z = +-i pi/(2 sqrt v), so that the error
    of a step h is exp(-pi^2/(h sqrt v)) (Trefethen & Weideman 2014, SIAM Rev. 56:385). Powers of
    0.7, so that few rules are kept.
    """
    wanted = 0.3 / np.sqrt(max(float(np.max(variance, initial=0.0)), 1e-300))
    halvings = max(0, int(np.ceil(np.log(min(1.0, wanted / _WIDEST)) / np.log(0.7))))
    return float(max(_STEP, _WIDEST * 0.7**halvings))


def log_cosh(x: FloatArray) -> FloatArray:
    """ln cosh x without overflow for large x or cancellation for small x."""
    a = np.abs(x)
    large = a + np.log1p(np.exp(-2 * a)) - np.log(2.0)
    return np.where(a < 1.0, np.log1p(2 * np.sinh(0.5 * np.minimum(a, 1.0)) ** 2), large)


def variance_log_cosh(variance: FloatArray) -> FloatArray:
    """<Phi^2> - <Phi>^2 for Phi = ln cosh x, x ~ N(0, variance); shape of `variance`."""
    z, w = half_line_rule()
    phi = log_cosh(np.sqrt(variance)[..., None] * z)
    mean = phi @ w
    return ((phi - mean[..., None]) ** 2) @ w


def mean_square_tanh(variance: FloatArray, step: float = _STEP) -> FloatArray:
    """<tanh(x)^2> for x ~ N(0, variance); shape of `variance`; `step` of the rule."""
    z, w = half_line_rule(step)
    return np.tanh(np.sqrt(variance)[..., None] * z) ** 2 @ w


def mean_slope_tanh(variance: FloatArray, step: float = _STEP) -> FloatArray:
    """<tanh'(x)> for x ~ N(0, variance); shape of `variance`; `step` of the rule."""
    return 1.0 - mean_square_tanh(variance, step)


def hermite_coefficients_tanh(
    variance: FloatArray, n_terms: int, step: float = _STEP
) -> FloatArray:
    """Odd Hermite coefficients a_n = <tanh(sqrt(v) z) He_n(z)> / sqrt(n!), n = 1, 3, 5, ...

    With them <tanh(x) tanh(y)> = sum_n a_n^2 rho^n for two Gaussians of variance v and
    correlation rho (Mehler).

    Parameters
    ----------
    variance : ndarray, shape (m,)
    n_terms : int
        Number of odd terms.
    step : float
        Of the rule.

    Returns
    -------
    ndarray, shape (n_terms, m)

    Notes
    -----
    Cost O(n_terms * (1 + m) * 12/step); the recursion runs on Hermite functions, which stay
    bounded.
    """
    z, w = half_line_rule(step)
    root_w = np.sqrt(w)
    keep = np.empty((n_terms, z.size))
    previous = root_w.copy()
    current = z * root_w
    for j in range(n_terms):
        n = 2 * j + 1
        keep[j] = current
        even = (z * current - np.sqrt(n) * previous) / np.sqrt(n + 1)
        current, previous = (z * even - np.sqrt(n + 1) * current) / np.sqrt(n + 2), even
    signal = np.tanh(np.sqrt(variance)[:, None] * z) * root_w
    return keep @ signal.T
