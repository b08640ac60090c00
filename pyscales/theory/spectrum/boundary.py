"""Boundary of the bulk spectrum of W and the oscillatory instability of x = 0.

In polar form z = r exp(i theta), S the root of S j2(S) = j1(S), r = g sqrt(j2), with
j_n = E[u^n / q] and q = cos^2(theta) (1 - gamma S u/(1+gamma))^2 + sin^2(theta)
(1 + gamma S u/(1-gamma))^2, gamma the symmetry. sigma = 0 gives the ellipse with half axes
g (1 + gamma), g (1 - gamma) (Sommers et al. 1988, PRL 60:1895).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq, minimize_scalar

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class RightmostPoint:
    """Rightmost point of the bulk of W at gain 1: real part, imaginary part >= 0, its angle."""

    real: float
    imaginary: float
    angle: float


def boundary_radius(u: FloatArray, w: FloatArray, symmetry: float, angle: float) -> float:
    """Distance r of the bulk's boundary from the origin at gain 1 in direction `angle`.

    Parameters
    ----------
    u, w : ndarray, shape (k,)
        Relative degrees and weights of P(k).
    symmetry : float
        In (-1, 1).
    angle : float
        Radians, 0 on the positive real axis.

    Notes
    -----
    On the axis along which the support stretches (real for symmetry > 0, imaginary for < 0) q can
    vanish: the first root below the pole is the boundary there, and none exists for an unbounded
    law (`inf`).
    """
    c2, s2 = np.cos(angle) ** 2, np.sin(angle) ** 2
    a, b = symmetry / (1 + symmetry), symmetry / (1 - symmetry)

    def sums(log_s: float) -> tuple[float, float, float]:
        s = np.exp(log_s)
        q = c2 * (1 - a * s * u) ** 2 + s2 * (1 + b * s * u) ** 2
        return s, float(w @ (u / q)), float(w @ (u**2 / q))

    def excess(log_s: float) -> float:
        s, j1, j2 = sums(log_s)
        return s * j2 - j1

    low = -1.0
    while excess(low) > 0:
        low -= 2.0
    step, high = 0.05, low
    while excess(high) < 0:
        high += step
        if high > 60:
            return np.inf
    root = float(brentq(excess, high - step, high, xtol=1e-13, rtol=1e-14))
    return float(np.sqrt(sums(root)[2]))


def boundary_curve(
    u: FloatArray, w: FloatArray, symmetry: float, n_points: int = 181
) -> tuple[FloatArray, FloatArray]:
    """First quadrant of the boundary at gain 1: real and imaginary parts, shape (n_points,)."""
    angles = np.linspace(0.0, np.pi / 2, n_points)
    if abs(symmetry) == 1:
        raise ValueError("at symmetry +-1 the spectrum lies on an axis")
    r = np.array([boundary_radius(u, w, symmetry, a) for a in angles])
    return r * np.cos(angles), r * np.sin(angles)


def rightmost_point(u: FloatArray, w: FloatArray, symmetry: float) -> RightmostPoint:
    """Rightmost point of the bulk at gain 1 for symmetry in (-1, 0].

    For strong negative symmetry and broad degrees it leaves the real axis: x = 0 then becomes
    unstable through an oscillation of angular frequency Im/Re (at onset, per membrane time).
    """

    def minus_real(angle: float) -> float:
        return -boundary_radius(u, w, symmetry, angle) * np.cos(angle)

    angles = np.linspace(0.0, 0.499 * np.pi, 33)
    values = np.array([minus_real(a) for a in angles])
    best = int(values.argmin())
    low, high = angles[max(best - 1, 0)], angles[min(best + 1, angles.size - 1)]
    found = minimize_scalar(
        minus_real, bounds=(low, high), method="bounded", options={"xatol": 1e-9}
    )
    angle, value = float(found.x), float(found.fun)
    if -value <= -values[0] * (1 + 1e-9):
        return RightmostPoint(float(-values[0]), 0.0, 0.0)
    return RightmostPoint(-value, float(-value * np.tan(angle)), angle)
