"""Density of the bulk inside its support, for every symmetry strictly between -1 and 1.

At z = x + i y inside the support two numbers (Y, A) solve

    Q = u^2 Y + x^2 (1 - gamma A u/(1+gamma))^2 + y^2 (1 + gamma A u/(1-gamma))^2,
    1 = E[u^2 / Q],   A = E[u / Q]

at gain 1 (gamma the symmetry). As Q = r^2 + c1 u + c2 u^2 with c1 = -2 gamma A kappa, kappa =
x^2/(1+gamma) - y^2/(1-gamma), the first equation fixes c2 for a given A, and A is the root of one
scalar function. With B = E[1/Q] the resolvent trace is

    g(z) = x (B - gamma A^2/(1+gamma)) - i y (B + gamma A^2/(1-gamma)),

the density of eigenvalues rho = (1/pi) dg/dzbar follows by implicit differentiation, without
finite differences. Eigenvectors at z weigh neurons by u/Q, hence f_k/<k> = E[u^2/Q]/E[u/Q] = 1/A,
and the mean squared condition number of an eigenvalue is N Y A^2 / (pi rho).

Sommers, Crisanti, Sompolinsky & Stein 1988 (elliptic law, u = 1); Kuczala & Sharpee 2016 and Cook,
Hachem, Najim & Renfrew 2018 (variance profiles); Chalker & Mehlig 1998, PRL 81:3367 and Belinschi,
Nowak, Speicher & Tarnowski 2017 (overlaps of eigenvectors).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

_BLOCK = 1 << 20
_OUTER, _INNER = 80, 60


@dataclass(frozen=True)
class BulkDensity:
    """The bulk at m points of the complex plane, at gain 1; NaN outside the support.

    Attributes
    ----------
    inside : ndarray of bool, shape (m,)
    density : ndarray, shape (m,)
        rho per unit area, 0 outside. At gain g it is rho(z/g) / g^2.
    localisation : ndarray, shape (m,)
        f_k / <k> = 1/A, relative to the mean of u.
    overlap : ndarray, shape (m,)
        Mean squared condition number of the eigenvalues at z over N, Y A^2 / (pi rho).
    y, a : ndarray, shape (m,)
        The unknowns Y and A.
    """

    inside: NDArray[np.bool_]
    density: FloatArray
    localisation: FloatArray
    overlap: FloatArray
    y: FloatArray
    a: FloatArray

    def quadratic(
        self, x: FloatArray, y: FloatArray, symmetry: float
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """c0, c1, c2 of Q = c0 + c1 u + c2 u^2 at the points the solution was made for."""
        up, down = 1.0 + symmetry, 1.0 - symmetry
        c1 = -2 * symmetry * self.a * (x**2 / up - y**2 / down)
        c2 = self.y + (symmetry * self.a) ** 2 * ((x / up) ** 2 + (y / down) ** 2)
        return x**2 + y**2, c1, c2


def bulk_density(
    u: FloatArray, w: FloatArray, symmetry: float, x: FloatArray, y: FloatArray
) -> BulkDensity:
    """Density, localisation and overlap of the bulk at the points x + i y, at gain 1.

    Parameters
    ----------
    u, w : ndarray, shape (k,)
        Relative degrees and weights of P(k); zeros carry eigenvalues at 0 and are left out.
    symmetry : float
        In (-1, 1).
    x, y : ndarray, shape (m,)

    Returns
    -------
    BulkDensity

    Notes
    -----
    Residuals of both equations below 1e-12. Cost about 100 sums over the nodes per point.
    """
    if not -1 < symmetry < 1:
        raise ValueError("at symmetry +-1 the spectrum lies on an axis: see symmetric_density")
    x, y = np.broadcast_arrays(np.asarray(x, dtype=float), np.asarray(y, dtype=float))
    shape, x, y = x.shape, x.ravel(), y.ravel()
    u, w = u[u > 0], w[u > 0]
    step = max(1, _BLOCK // u.size)
    parts = [
        _solve(u, w, symmetry, x[i : i + step], y[i : i + step]) for i in range(0, x.size, step)
    ]
    joined = [np.concatenate(p).reshape(shape) for p in zip(*parts, strict=True)]
    inside = joined[0].astype(bool)
    density, localisation, overlap, big_y, a = joined[1:]
    return BulkDensity(inside, density, localisation, overlap, big_y, a)


def _solve(
    u: FloatArray, w: FloatArray, symmetry: float, x: FloatArray, y: FloatArray
) -> tuple[FloatArray, ...]:
    up, down = 1.0 + symmetry, 1.0 - symmetry
    c0 = x**2 + y**2
    kappa = x**2 / up - y**2 / down
    with np.errstate(divide="ignore", invalid="ignore"):  # points far outside
        a, c2, found = _unknowns(u, w, c0, -2 * symmetry * kappa)
    c1 = -2 * symmetry * a * kappa
    big_y = c2 - (symmetry * a) ** 2 * ((x / up) ** 2 + (y / down) ** 2)
    inside = found & (big_y > 0)
    q = c0[:, None] + c1[:, None] * u + c2[:, None] * u**2
    q[~inside] = 1.0
    b = (1.0 / q) @ w
    m0, m1, m2, m3, m4 = ((1.0 / q**2) @ (w * u**n) for n in range(5))
    p, d = m1 - m2 * m3 / m4, m2 - m3**2 / m4

    def along(c0_t: FloatArray, kappa_t: FloatArray) -> tuple[FloatArray, FloatArray]:
        a_t = (2 * symmetry * a * kappa_t * d - p * c0_t) / (1 - 2 * symmetry * kappa * d)
        c1_t = -2 * symmetry * (kappa * a_t + a * kappa_t)
        c2_t = -(m2 * c0_t + m3 * c1_t) / m4
        return a_t, -(m0 * c0_t + m1 * c1_t + m2 * c2_t)

    a_x, b_x = along(2 * x, 2 * x / up)
    a_y, b_y = along(2 * y, -2 * y / down)
    rho = 2 * b + x * b_x + y * b_y
    rho += symmetry * (a**2 * (1 / down - 1 / up) + 2 * a * (y * a_y / down - x * a_x / up))
    rho = np.where(inside, rho / (2 * np.pi), 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        localisation = np.where(inside, 1.0 / a, np.nan)
        overlap = np.where(inside, big_y * a**2 / (np.pi * rho), np.nan)
    big_y, a = np.where(inside, big_y, np.nan), np.where(inside, a, np.nan)
    return inside.astype(float), rho, localisation, overlap, big_y, a


def _unknowns(
    u: FloatArray, w: FloatArray, c0: FloatArray, slope: FloatArray
) -> tuple[FloatArray, FloatArray, NDArray[np.bool_]]:
    """Smallest A with A = E[u/Q], c1 = slope A and c2 from E[u^2/Q] = 1; Newton kept in brackets.

    E[u/Q] - A falls along A where slope > 0; where slope < 0 its first zero is the physical one.
    """
    w1, powers = w * u, np.stack([w * u**n for n in (2, 3, 4)], axis=1)
    c2 = np.zeros_like(c0)

    def excess(a: FloatArray, at: NDArray[np.intp]) -> tuple[FloatArray, FloatArray]:
        c1 = slope[at] * a
        c2[at] = _quadratic_coefficient(u, w, c0[at], c1, c2[at])
        inverse = 1.0 / (c0[at, None] + c1[:, None] * u + c2[at, None] * u**2)
        m2, m3, m4 = ((inverse**2) @ powers).T
        return inverse @ w1 - a, -slope[at] * (m2 - m3**2 / m4) - 1.0

    low, high = np.zeros_like(c0), np.ones_like(c0)
    active = np.arange(c0.size)
    high[:] = 0.5 * excess(low, active)[0]
    for _ in range(60):
        value = excess(high[active], active)[0]
        active = active[value > 0]
        if active.size == 0:
            break
        low[active] = high[active]
        high[active] *= 1.4
    found = np.ones(c0.shape, dtype=bool)
    found[active] = False
    a = 0.5 * (low + high)
    active = np.nonzero(found)[0]
    for _ in range(_OUTER):
        here = a[active]
        value, derivative = excess(here, active)
        low[active] = np.where(value > 0, here, low[active])
        high[active] = np.where(value > 0, high[active], here)
        new = here - value / derivative
        good = (new >= low[active]) & (new <= high[active])
        a[active] = np.where(good, new, 0.5 * (low[active] + high[active]))
        active = active[np.abs(a[active] - here) > 1e-13 * here]
        if active.size == 0:
            break
    excess(a, np.arange(c0.size))
    return a, c2, found


def _quadratic_coefficient(
    u: FloatArray, w: FloatArray, c0: FloatArray, c1: FloatArray, start: FloatArray
) -> FloatArray:
    """c2 with E[u^2/Q] = 1: in (p, p + 1], p the value at which Q first vanishes.

    Newton's method on 1/E[u^2/Q], which is concave in c2, kept in the bracket.
    """
    low = np.max(-(c0[:, None] / u + c1[:, None]) / u, axis=1)
    scale = w.sum()
    high = low + scale
    c2 = np.where((start > low) & (start < high), start, 0.5 * (low + high))
    weight = np.stack([w * u**2, w * u**4], axis=1)
    base = c0[:, None] + c1[:, None] * u
    active = np.arange(c0.size)
    for _ in range(_INNER):
        here = c2[active]
        inverse = 1.0 / (base[active] + here[:, None] * u**2)
        f, derivative = inverse @ weight[:, 0], (inverse**2) @ weight[:, 1]
        low[active] = np.where(f > 1, here, low[active])
        high[active] = np.where(f > 1, high[active], here)
        new = here + f * (f - 1.0) / derivative
        good = (new > low[active]) & (new < high[active])
        c2[active] = np.where(good, new, 0.5 * (low[active] + high[active]))
        active = active[np.abs(c2[active] - here) > 1e-15 * (np.abs(here) + scale)]
        if active.size == 0:
            break
    return c2
