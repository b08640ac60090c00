"""Spectrum at symmetry 1 (real) and -1 (imaginary): the closed symmetric equation.

W is then Hermitian (times i at symmetry -1) with variances u_i u_j/N at gain 1. The field h(z) =
E[u/(z - u h)] on the upper side of the real axis gives the density rho(x) = -(1/pi) Im E[1/(x -
u h)], and eigenvectors at x weigh neurons by u/|x - u h|^2, so f_k/<k> = 1/E[u/|x - u h|^2].
sigma 0: the semicircle sqrt(4 - x^2)/(2 pi) (Wigner 1958). Variance profiles: Ajanki, Erdos &
Krueger 2017, PTRF 169:667.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]

_HEIGHTS = 36


@dataclass(frozen=True)
class SymmetricDensity:
    """Density at m points of the axis on which the spectrum lies, at gain 1.

    Attributes
    ----------
    density : ndarray, shape (m,)
        Per unit length; 0 outside the support.
    localisation : ndarray, shape (m,)
        f_k / <k>; NaN outside.
    field : ndarray, shape (m,)
        h(x + i0).
    residual : float
        Largest |h - E[u/(x - u h)]|.
    """

    density: FloatArray
    localisation: FloatArray
    field: ComplexArray
    residual: float


def symmetric_field(u: FloatArray, w: FloatArray, z: ComplexArray) -> ComplexArray:
    """h(z) at gain 1 for Im z > 0, where it is unique with Im h < 0.

    Starts far above and comes down to z: contraction h <- (h + E[u/(z - u h)])/2, which keeps the
    half plane, and Newton's method where that stays in it.
    """
    depth = np.linspace(1.0, 0.0, _HEIGHTS)
    top = 4.0 * float(np.sqrt(w @ u**2))
    height = np.maximum(z.imag, 1e-300)
    h = np.full(z.shape, -1j / top)
    for d in depth:
        at = z.real + 1j * height * (top / height) ** d
        h = _polish(u, w, at, h, 3, 60 if d == 0 else 8)
    return h


def _polish(
    u: FloatArray, w: FloatArray, z: ComplexArray, h: ComplexArray, soft: int, newton: int
) -> ComplexArray:
    def image(h: ComplexArray) -> tuple[ComplexArray, ComplexArray]:
        inverse = 1.0 / (z[:, None] - h[:, None] * u)
        return inverse @ (w * u), (inverse**2) @ (w * u**2)

    for _ in range(soft):
        h = 0.5 * (h + image(h)[0])
    for _ in range(newton):
        value, slope = image(h)
        if np.all(np.abs(h - value) <= 1e-15 * (1.0 + np.abs(h))):
            break
        new = h - (h - value) / (1.0 - slope)
        h = np.where((new.imag < 0) & np.isfinite(new), new, 0.5 * (h + value))
    return h


def symmetric_density(
    u: FloatArray, w: FloatArray, x: FloatArray, width: float = 1e-9
) -> SymmetricDensity:
    """Density and localisation at symmetry 1 along the real axis (-1: the imaginary axis).

    Parameters
    ----------
    u, w : ndarray, shape (k,)
        Relative degrees and weights of P(k); zeros carry eigenvalues at 0 and are left out.
    x : ndarray, shape (m,)
        Positions at gain 1; 0 itself is allowed.
    width : float
        Imaginary part of z. Much larger values give the density smoothed by a Cauchy kernel.

    Notes
    -----
    A finite list of degrees gives hubs above the bulk bands of their own, of weight 1/N each:
    use a continuous law, or a `width` above their distance, for a smooth curve.
    Cost about 400 complex sums over the nodes per point.
    """
    u, w = u[u > 0], w[u > 0]
    x = np.asarray(x, dtype=float)
    z = np.asarray(x + 1j * width, dtype=np.complex128)
    h = symmetric_field(u, w, z)
    inverse = 1.0 / (z[:, None] - h[:, None] * u)
    residual = float(np.max(np.abs(inverse @ (w * u) - h), initial=0.0))
    density = -(inverse @ w).imag / np.pi
    shape = np.abs(inverse) ** 2
    with np.errstate(invalid="ignore", divide="ignore"):
        localisation = (shape @ (w * u**2)) / (shape @ (w * u))
    inside = density > 1e-6
    return SymmetricDensity(
        np.where(inside | (width > 1e-6), density, 0.0),
        np.where(inside, localisation, np.nan),
        h,
        residual,
    )
