"""Radial spectrum of W at symmetry 0: distribution of |lambda| and localisation on hubs.

1 = g^2 E[u^2 / (r^2 + u^2 Y)] defines Y(r) inside the radius R = g sqrt(E[u^2]); the fraction of
eigenvalues within r is F = 1 - Y/g^2 and right eigenvectors weigh neurons by u / (r^2 + u^2 Y), so
f_k(r) = <k> E[u^2/(r^2 + u^2 Y)] / E[u/(r^2 + u^2 Y)] (Cook, Hachem, Najim & Renfrew 2018;
Taffarello 2025).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

FloatArray = NDArray[np.float64]


def spectral_radius(gain: float, second_moment: float) -> float:
    """R = g sqrt(E[u^2])."""
    return float(gain * np.sqrt(second_moment))


def radial_profile(
    u: FloatArray, w: FloatArray, radius: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """F(r) and f_k(r)/<k> at gain 1.

    Parameters
    ----------
    u, w : ndarray, shape (k,)
        Positive relative degrees and weights of P(k).
    radius : ndarray, shape (m,)
        |lambda| at gain 1; beyond the radius F is 1 and f_k its edge value.

    Returns
    -------
    fraction, localisation : ndarray, shape (m,)
    """
    edge = float(np.sqrt(w @ u**2))
    fraction, localisation = np.ones_like(radius), np.empty_like(radius)
    for i, r in enumerate(radius):
        r2 = min(float(r), edge) ** 2
        y = 0.0 if r >= edge else _solve_y(u, w, r2)
        share = u / np.maximum(r2 + u**2 * y, 1e-300)
        fraction[i] = 1.0 - y
        localisation[i] = float(w @ (u * share)) / float(w @ share)
    return fraction, localisation


def _solve_y(u: FloatArray, w: FloatArray, r2: float) -> float:
    if r2 == 0:
        return 1.0

    def excess(y: float) -> float:
        return float(w @ (u**2 / (r2 + u**2 * y))) - 1.0

    return float(brentq(excess, 0.0, 1.0, xtol=1e-14))
