"""Stability of x = 0 with the connection probabilities of the finite graph, cap included.

Where p_ij = k_i k_j/(N<k>) would exceed one, the variances S_ij = g^2 p_ij/<k> are no longer of
rank one. The resolvent then obeys G_i = 1/(z - gamma sum_j S_ij G_j), and the boundary of the bulk
is where the spectral radius of |G_i| S_ij |G_j| is one (Cook, Hachem, Najim & Renfrew 2018;
Alt, Erdos & Krueger 2018).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh
from scipy.optimize import brentq, minimize_scalar

from pyscales.theory.spectrum.boundary import RightmostPoint

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class VarianceProfile:
    """Variances of W at gain 1 between classes of neurons with similar degree.

    Attributes
    ----------
    symmetric : ndarray, shape (m, m)
        sqrt(n_a n_b) p_ab / <k>, n_a the size of class a; same spectrum as S.
    row : ndarray, shape (m, m)
        n_b p_ab / <k>: the field on a neuron of class a from class b.
    size : ndarray, shape (m,)
        Neurons of each class.
    degree : ndarray, shape (m,)
        Mean expected degree of each class, before the cap.
    """

    symmetric: FloatArray
    row: FloatArray
    size: FloatArray = field(default_factory=lambda: np.zeros(0))
    degree: FloatArray = field(default_factory=lambda: np.zeros(0))


def variance_profile(
    expected_degrees: FloatArray,
    probability: Callable[[FloatArray], FloatArray],
    n_classes: int = 160,
) -> VarianceProfile:
    """Group the neurons of a finite network into classes of equal share of the edges.

    A neuron does not connect to itself.

    Parameters
    ----------
    expected_degrees : ndarray, shape (n,)
    probability : callable
        Maps q = k_i k_j / sum(k) to the connection probability (the cap).
    n_classes : int
        Exact when there are no more distinct degrees than this.
    """
    k = np.sort(expected_degrees[expected_degrees > 0])
    values, counts = np.unique(k, return_counts=True)
    if values.size > n_classes:
        share = np.cumsum(values * counts)
        label = np.minimum((share / share[-1] * n_classes).astype(int), n_classes - 1)
        _, label = np.unique(label, return_inverse=True)
        size = np.bincount(label, weights=counts)
        values = np.bincount(label, weights=values * counts) / size
        counts = size
    total = float(expected_degrees.sum())
    p = probability(np.multiply.outer(values, values) / total)
    p *= expected_degrees.size / total
    np.fill_diagonal(p, np.diag(p) * (1.0 - 1.0 / counts))
    return VarianceProfile(
        np.sqrt(np.multiply.outer(counts, counts)) * p, p * counts, counts.astype(float), values
    )


def profile_radius(profile: VarianceProfile) -> float:
    """Spectral radius of W at gain 1 and symmetry 0: sqrt of the largest eigenvalue of S."""
    return float(np.sqrt(_largest(profile.symmetric)))


def profile_boundary_radius(profile: VarianceProfile, symmetry: float, angle: float) -> float:
    """Distance of the bulk's boundary from the origin at gain 1 in direction `angle`.

    Follows the resolvent inwards from large |z|. Cost: about 40 Newton steps, O(m^3) each.
    """
    if symmetry == 0:
        return profile_radius(profile)
    direction = 1.0 if angle == 0 else complex(np.cos(angle), np.sin(angle))
    start: NDArray[Any] | None = None

    def excess(r: float) -> float:
        nonlocal start
        g = _resolvent(profile, symmetry, r * direction, start)
        value = _largest(np.abs(g)[:, None] * profile.symmetric * np.abs(g)) - 1.0
        if value < 0:
            start = g
        return value

    high = 3.0 * profile_radius(profile)
    excess(high)
    low, factor = high, 0.9
    while True:
        try:
            if excess(factor * low) > 0:
                return float(brentq(excess, factor * low, low, xtol=1e-11))
            low *= factor
        except ArithmeticError:
            factor = np.sqrt(factor)
            if 1 - factor < 1e-9:
                return low


def profile_rightmost(profile: VarianceProfile, symmetry: float) -> RightmostPoint:
    """Rightmost point of the bulk at gain 1, symmetry in (-1, 1)."""
    static = profile_boundary_radius(profile, symmetry, 0.0)
    if symmetry >= 0:
        return RightmostPoint(static, 0.0, 0.0)

    def minus_real(angle: float) -> float:
        return -profile_boundary_radius(profile, symmetry, angle) * float(np.cos(angle))

    found = minimize_scalar(
        minus_real, bounds=(0.0, 0.48 * np.pi), method="bounded", options={"xatol": 1e-4}
    )
    if -found.fun <= static * (1 + 1e-7):
        return RightmostPoint(static, 0.0, 0.0)
    angle = float(found.x)
    return RightmostPoint(-float(found.fun), -float(found.fun * np.tan(angle)), angle)


def _largest(matrix: FloatArray) -> float:
    n = matrix.shape[0]
    return float(eigh(matrix, eigvals_only=True, subset_by_index=[n - 1, n - 1])[0])


def _resolvent(
    profile: VarianceProfile, symmetry: float, z: complex, start: NDArray[Any] | None
) -> NDArray[Any]:
    """G_a of every class by Newton's method from `start` (1/z where None)."""
    row = profile.row
    g = np.full(row.shape[0], 1.0 / z) if start is None else start
    for _ in range(12):
        field = row @ g
        residual = g * (z - symmetry * field) - 1.0
        if np.max(np.abs(residual)) < 1e-12:
            return g
        jacobian = np.diag(z - symmetry * field) - symmetry * g[:, None] * row
        g = g - np.linalg.solve(jacobian, residual)
    raise ArithmeticError("no resolvent on the physical branch")
