"""Density of eigenvalues smoothed at a finite width, which stochastic estimates measure.

With A = z - W, Hermitised at a width eta > 0, the density

    rho_eta(z) = (eta^2 / (pi N)) tr[(A^H A + eta^2)^{-1} (A A^H + eta^2)^{-1}]

tends to rho as eta -> 0. Theory at gain 1: with Q = (eta + u m)^2 + x^2 (1 - s A u/(1+s))^2 +
y^2 (1 + s A u/(1-s))^2, s the symmetry, the unknowns obey m = E[u (eta + u m)/Q], A = E[u/Q],
inside the support and outside; m -> sqrt(Y) of `pyscales.theory.spectrum.density`. Right singular
vectors weigh neurons by (eta + u m)/Q. Hermitisation: Feinberg & Zee 1997, Nucl. Phys. B 504:579.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

_STEP = 1e-3


@dataclass(frozen=True)
class SmoothedDensity:
    """At m points, gain 1: density and f_k/<k> smoothed at `width`; worst residual."""

    density: FloatArray
    localisation: FloatArray
    residual: float


def smoothed_density(
    u: FloatArray, w: FloatArray, symmetry: float, x: FloatArray, y: FloatArray, width: float
) -> SmoothedDensity:
    """rho_eta and f_k/<k> at the points x + i y, shape (m,), at gain 1.

    Parameters
    ----------
    u, w : ndarray, shape (k,)
        Relative degrees and weights of P(k).
    symmetry : float
        In (-1, 1).
    width : float
        eta > 0 at gain 1; at gain g use width/g and divide the density by g^2.

    Notes
    -----
    Derivatives of the resolvent trace by central differences, relative error about 1e-6. Cost
    about 600 sums over the nodes per point.
    """
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)

    def trace(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, float]:
        m, a, residual = _solve(u, w, symmetry, x, y, width)
        q = _q(u, symmetry, x, y, width, m, a)
        b = (1.0 / q) @ w
        real = x * (b - symmetry * a**2 / (1 + symmetry))
        imag = -y * (b + symmetry * a**2 / (1 - symmetry))
        localisation = m / (((width + np.multiply.outer(m, u)) / q) @ w)
        return real, imag, localisation, residual

    h = _STEP * width
    right, left = trace(x + h, y), trace(x - h, y)
    up, down = trace(x, y + h), trace(x, y - h)
    here = trace(x, y)
    density = ((right[0] - left[0]) - (up[1] - down[1])) / (4 * np.pi * h)
    return SmoothedDensity(density, here[2], max(t[3] for t in (here, right, left, up, down)))


def _q(
    u: FloatArray,
    symmetry: float,
    x: FloatArray,
    y: FloatArray,
    width: float,
    m: FloatArray,
    a: FloatArray,
) -> FloatArray:
    shift = np.multiply.outer(symmetry * a, u)
    real = x[:, None] * (1 - shift / (1 + symmetry))
    imag = y[:, None] * (1 + shift / (1 - symmetry))
    return (width + np.multiply.outer(m, u)) ** 2 + real**2 + imag**2


def _solve(
    u: FloatArray, w: FloatArray, symmetry: float, x: FloatArray, y: FloatArray, width: float
) -> tuple[FloatArray, FloatArray, float]:
    """Follow the solution down from a large width, Newton's method at each."""
    top = max(4.0 * float(np.sqrt(w @ u**2)), 2 * width)
    steps = max(2, int(np.ceil(np.log(top / width) / 0.25)))
    m, a = np.full(x.shape, 1.0 / top), np.full(x.shape, 1.0 / top**2)
    plus, minus = 1 + symmetry, 1 - symmetry
    size = np.inf
    for eta in np.geomspace(top, width, steps):
        for _ in range(40):
            s = eta + np.multiply.outer(m, u)
            q = _q(u, symmetry, x, y, eta, m, a)
            f = m - (u * s / q) @ w
            g = a - (u / q) @ w
            size = float(max(np.max(np.abs(f)), np.max(np.abs(g))))
            if size < 1e-14:
                break
            shift = np.multiply.outer(symmetry * a, u)
            q_m = 2 * s * u
            q_a = (
                2
                * symmetry
                * u
                * (
                    -(x**2 / plus)[:, None] * (1 - shift / plus)
                    + (y**2 / minus)[:, None] * (1 + shift / minus)
                )
            )
            f_m = 1 - (u * u / q - u * s * q_m / q**2) @ w
            f_a = (u * s * q_a / q**2) @ w
            g_m = (u * q_m / q**2) @ w
            g_a = 1 + (u * q_a / q**2) @ w
            det = f_m * g_a - f_a * g_m
            dm, da = (f * g_a - g * f_a) / det, (g * f_m - f * g_m) / det
            m, a = np.where(m - dm > 0, m - dm, 0.5 * m), np.where(a - da > 0, a - da, 0.5 * a)
    return m, a, size
