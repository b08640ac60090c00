"""Density inside the bulk with the connection probabilities of the finite graph, cap included.

With variances S_ij = p_ij/<k> at gain 1 that are not of rank one, every class of neurons has its
own field: s_i = eta + sum_j S_ij y_j, h_i = sum_j S_ij g_j, and

    Q_i = |z - symmetry h_i|^2 + s_i^2,   y_i = s_i / Q_i,   g_i = conj(z - symmetry h_i) / Q_i

at width eta -> 0; the bulk is where y stays positive. rho = (1/pi) d/dzbar of the mean of g_i,
right eigenvectors weigh neurons by y_i, and the mean squared condition number is
N mean(y)^2/(pi rho).
Rank one gives back `pyscales.theory.spectrum.density`.

Alt, Erdos & Krueger 2018, Ann. Appl. Probab. 28:148; Cook, Hachem, Najim & Renfrew 2018.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyscales.theory.spectrum.variance_profile import VarianceProfile

FloatArray = NDArray[np.float64]

_INSIDE = 1e-5


@dataclass(frozen=True)
class ProfileDensity:
    """At m points, gain 1; `localisation` and `overlap` are NaN outside the bulk.

    Attributes
    ----------
    inside : ndarray of bool
    density : ndarray
        rho, 0 outside.
    localisation : ndarray
        f_k in partners: nominal degrees weighed by the right eigenvectors.
    overlap : ndarray
        Mean squared condition number over N.
    flux : ndarray
        Re(z g(z)): averaged over a circle, the fraction of eigenvalues within it.
    residual : float
        Worst residual of the equations.
    """

    inside: NDArray[np.bool_]
    density: FloatArray
    localisation: FloatArray
    overlap: FloatArray
    flux: FloatArray
    residual: float


def profile_density(
    profile: VarianceProfile, symmetry: float, x: FloatArray, y: FloatArray
) -> ProfileDensity:
    """Density, localisation and overlap at the points x + i y, shape (m,), symmetry in (-1, 1).

    Cost per point: about 60 solutions of 3 n linear equations, n the number of classes; pass a
    profile of some 60 classes.
    """
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    share = profile.size / profile.size.sum()
    rows = []
    for at in zip(x.ravel(), y.ravel(), strict=True):
        state, size = _follow(profile.row, symmetry, *at)
        rows.append((*_observe(profile, share, symmetry, at, state), size))
    columns = np.array(rows).reshape(-1, 6).T
    inside, density, localisation, overlap, flux = (c.reshape(x.shape) for c in columns[:5])
    return ProfileDensity(
        inside.astype(bool),
        density,
        localisation,
        overlap,
        flux,
        float(columns[5].max(initial=0.0)),
    )


def _follow(
    row: FloatArray, symmetry: float, x: float, y: float
) -> tuple[tuple[FloatArray, FloatArray, FloatArray], float]:
    """Newton's method from a large width down to zero."""
    n = row.shape[0]
    top = 4.0 * float(np.sqrt(row.sum(axis=1).max())) + np.hypot(x, y)
    state = np.concatenate([np.full(n, 1 / top), np.zeros(2 * n)])
    size = np.inf
    for eta in [*np.geomspace(top, 1e-7, 42), 0.0]:
        for _ in range(30):
            residual, jacobian = _system(row, symmetry, x, y, eta, state)
            size = float(np.max(np.abs(residual)))
            if size < 1e-13:
                break
            step = np.linalg.solve(jacobian, residual)
            new = state - step
            new[:n] = np.where(new[:n] > 0, new[:n], 0.5 * state[:n])
            state = new
            if np.max(np.abs(step)) < 1e-15 * max(1.0, float(np.max(np.abs(state)))):
                break
        if eta < 1e-6 and state[:n].max() < _INSIDE:
            break  # outside the bulk, where y ~ eta
    return (state[:n], state[n : 2 * n], state[2 * n :]), size


def _system(
    row: FloatArray, symmetry: float, x: float, y: float, eta: float, state: FloatArray
) -> tuple[FloatArray, FloatArray]:
    n = row.shape[0]
    weight, real, imag = state[:n], state[n : 2 * n], state[2 * n :]
    s, c, d = _fields(row, symmetry, x, y, eta, weight, real, imag)
    q = s**2 + c**2 + d**2
    residual = np.concatenate([weight * q - s, real * q - c, imag * q + d])
    turned = -symmetry * row
    jacobian = np.empty((3 * n, 3 * n))
    for i, (unknown, own) in enumerate(((weight, -1.0), (real, -1.0), (imag, 1.0))):
        for j, (field, matrix) in enumerate(((s, row), (c, turned), (d, turned))):
            factor = 2 * unknown * field + (own if i == j else 0.0)
            jacobian[i * n : (i + 1) * n, j * n : (j + 1) * n] = factor[:, None] * matrix
    jacobian[np.diag_indices(3 * n)] += np.tile(q, 3)
    return residual, jacobian


def _fields(
    row: FloatArray,
    symmetry: float,
    x: float,
    y: float,
    eta: float,
    weight: FloatArray,
    real: FloatArray,
    imag: FloatArray,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    return eta + row @ weight, x - symmetry * (row @ real), y - symmetry * (row @ imag)


def _observe(
    profile: VarianceProfile,
    share: FloatArray,
    symmetry: float,
    at: tuple[float, float],
    state: tuple[FloatArray, FloatArray, FloatArray],
) -> tuple[float, float, float, float, float]:
    weight, real, imag = state
    x, y = at
    flux = float(share @ (x * real - y * imag))
    if weight.max() < _INSIDE:
        return 0.0, 0.0, np.nan, np.nan, flux
    n = weight.size
    _, c, d = _fields(profile.row, symmetry, x, y, 0.0, weight, real, imag)
    _, jacobian = _system(profile.row, symmetry, x, y, 0.0, np.concatenate(state))
    by_x = np.concatenate([2 * weight * c, 2 * real * c - 1, 2 * imag * c])
    by_y = np.concatenate([2 * weight * d, 2 * real * d, 2 * imag * d + 1])
    slope = -np.linalg.solve(jacobian, np.stack([by_x, by_y], axis=1))
    divergence = float(share @ slope[n : 2 * n, 0] - share @ slope[2 * n :, 1])
    density = divergence / (2 * np.pi)
    total = float(share @ weight)
    localisation = float(share @ (profile.degree * weight)) / total
    return 1.0, density, localisation, total**2 / (np.pi * density), flux
