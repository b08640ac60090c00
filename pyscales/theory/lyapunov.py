"""Largest Lyapunov exponent of the stationary state at symmetry 0.

lambda = -1 + sqrt(1 - E0), E0 the ground state of -d^2/dtau^2 + W(tau) with
W = 1 - g^2 E[u^2 <phi' phi'>] = -V''(D(tau)) (Sompolinsky et al. 1988; Crisanti & Sompolinsky
2018). D'(tau) is an eigenfunction with eigenvalue 0: the first odd level is the check.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.polynomial.polynomial import polyval
from numpy.typing import NDArray
from scipy.linalg import eigh

from pyscales.theory.stationary import StationaryState, Trajectory

FloatArray = NDArray[np.float64]

_HALF_WIDTH = 20.0


@dataclass(frozen=True)
class LyapunovTheory:
    """Result of `lyapunov_max_stationary`.

    Attributes
    ----------
    lyapunov_max : float
        Per membrane time.
    ground_state : float
        E0.
    zero_mode : float
        First odd level over kappa^2; its distance from 0 is the error of the discretisation.
    """

    lyapunov_max: float
    ground_state: float
    zero_mode: float


def lyapunov_max_stationary(
    state: StationaryState, trajectory: Trajectory, *, tolerance: float = 1e-8
) -> LyapunovTheory:
    """Diagonalise the Schroedinger operator by a sinc basis of even and of odd functions.

    The basis doubles (160 to 1280 functions) until the zero mode is below `tolerance`; the error
    falls exponentially. Cost O(n^3) in the basis size.
    """
    n_points = 160
    while True:
        ground, zero = _lowest_levels(state, trajectory, n_points)
        if abs(zero) < tolerance or n_points >= 1280:
            break
        n_points *= 2
    return LyapunovTheory(float(-ground / (1 + np.sqrt(1 - ground))), ground, zero)


def _lowest_levels(
    state: StationaryState, trajectory: Trajectory, n_points: int
) -> tuple[float, float]:
    kappa = 1.0 / trajectory.timescale_asymptotic
    h = _HALF_WIDTH / n_points
    rho = trajectory.rho_at(np.asarray((np.arange(n_points) + 0.5) * (h / kappa), dtype=float))
    n, e = state.order[1:], state.e[1:]
    potential = (2 * e.sum() - rho**2 * polyval(rho**2, e * n * (n + 1.0))) / kappa**2
    i = np.arange(n_points)
    minus = _sinc_kinetic(i[:, None] - i[None, :]) / h**2
    plus = _sinc_kinetic(i[:, None] + i[None, :] + 1) / h**2
    diagonal = np.diag(potential)
    ground, zero = (
        float(eigh(m, eigvals_only=True, subset_by_index=[0, 0])[0])
        for m in (minus + plus + diagonal, minus - plus + diagonal)
    )
    return ground * kappa**2, zero


def _sinc_kinetic(m: NDArray[np.int64]) -> FloatArray:
    """Matrix elements of -d^2/dy^2 between sinc functions m grid points apart (unit spacing)."""
    safe = np.where(m == 0, 1, m)
    return np.where(m == 0, np.pi**2 / 3, 2.0 * (-1.0) ** m / safe**2)
