"""Resolvent outside the bulk and the distribution of |lambda| at every symmetry.

Outside the support g(z) = E[1/(z - symmetry u h)], h = E[u/(z - symmetry u h)] at gain 1. With
t = symmetry h/z this is t z^2 = symmetry n1(t), n1(t) = E[u/(1 - t u)], and
z g(z) = 1 + z h t, on the branch t ~ symmetry/z^2 at large |z|.

The field (Re g, -Im g) has divergence 2 pi rho, so by Gauss's theorem the fraction of eigenvalues
within |z| < r is the average of Re(z g(z)) over the circle of radius r, inside the support or not.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyscales.theory.spectrum.density import bulk_density

FloatArray = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]


def exterior_field(
    u: FloatArray, w: FloatArray, symmetry: float, z: ComplexArray
) -> tuple[ComplexArray, NDArray[np.bool_]]:
    """h(z) outside the bulk at gain 1, shape (m,), and whether Newton's method converged.

    The branch of large |z| is followed inwards along each ray in 24 steps; it ends at the support
    (or, for symmetry > 0 and finite degrees, at the pole of a hub).
    """
    z = np.atleast_1d(np.asarray(z, dtype=complex))
    far = 6.0 * (1 + abs(symmetry)) * float(np.sqrt(w @ u**2) + u.max() ** 0.5) / np.abs(z)
    t = np.zeros_like(z)
    ok = np.ones(z.shape, dtype=bool)
    for fraction in np.linspace(1.0, 0.0, 25):
        z2 = (z * np.maximum(far, 1.0) ** fraction) ** 2
        t, ok = _newton(u, w, symmetry, z2, t)
    return t * z / symmetry if symmetry else (w @ u) / z, ok


def _newton(
    u: FloatArray, w: FloatArray, symmetry: float, z2: ComplexArray, t: ComplexArray
) -> tuple[ComplexArray, NDArray[np.bool_]]:
    size = np.full(t.shape, np.inf)
    with np.errstate(all="ignore"):
        for _ in range(40):
            ratio = u / (1.0 - t[:, None] * u)
            residual = t * z2 - symmetry * (ratio @ w)
            size = np.abs(residual)
            if np.all(size < 1e-13):
                break
            t = t - residual / (z2 - symmetry * (ratio**2 @ w))
    return t, size < 1e-9


def modulus_distribution(
    u: FloatArray,
    w: FloatArray,
    symmetry: float,
    radius: FloatArray,
    n_angles: int = 64,
) -> FloatArray:
    """Fraction of eigenvalues with |lambda| < radius at gain 1, symmetry in (-1, 1).

    Parameters
    ----------
    u, w : ndarray, shape (k,)
        Relative degrees and weights of P(k); isolated neurons (u = 0) count at 0.
    radius : ndarray, shape (m,)
    n_angles : int
        Gauss-Legendre angles in the first quadrant.

    Returns
    -------
    ndarray, shape (m,)
    """
    node, weight = np.polynomial.legendre.leggauss(n_angles)
    angle, weight = (node + 1) * np.pi / 4, weight / 2
    x = np.multiply.outer(radius, np.cos(angle))
    y = np.multiply.outer(radius, np.sin(angle))
    positive = u > 0
    up, uw = u[positive], w[positive]
    found = bulk_density(up, uw, symmetry, x, y)
    c0, c1, c2 = found.quadratic(x, y, symmetry)
    b: Any = (uw.sum() - c1 * found.a - c2) / np.where(c0 > 0, c0, 1.0)
    plus, minus = symmetry / (1 + symmetry), symmetry / (1 - symmetry)
    flux = x**2 * (b - plus * found.a**2) + y**2 * (b + minus * found.a**2)
    outside = ~found.inside
    if outside.any():
        z = x[outside] + 1j * y[outside]
        h, ok = exterior_field(up, uw, symmetry, z)
        flux[outside] = np.where(ok, np.real(uw.sum() + symmetry * h**2), uw.sum())
    return 1.0 - uw.sum() + flux @ weight
