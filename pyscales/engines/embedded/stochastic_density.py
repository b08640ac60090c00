"""Density of eigenvalues of a large sparse matrix in the plane, without eigenvalues.

For a random vector v with unit phases, and A = z - W Hermitised at a width eta,

    rho_eta(z) = (eta^2/(pi n)) E[x1^H x2],  (A^H A + eta^2) x1 = v,  (A A^H + eta^2) x2 = v,

and the components of conj(v) x1 estimate the weights of the right singular vectors of A at small
singular values: the localisation of the right eigenvectors near z. Both systems are solved by
conjugate gradients, which is Lanczos iteration on the Hermitised problem, for all points z at once
with one sparse product of a block. One vector carries a relative error of order n^{-1/2}.

Hutchinson 1990 (random probes); Feinberg & Zee 1997 (Hermitisation); Lin, Saad & Yang 2016, SIAM
Rev. 58:34 (spectral densities of large matrices).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyscales.engines.base import Matrix, SolverStatus

FloatArray = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]


@dataclass(frozen=True)
class StochasticDensity:
    """Estimates at m points, with standard errors over the probes (NaN for one probe).

    Attributes
    ----------
    density, density_error : ndarray, shape (m,)
        rho_eta, per unit area.
    localisation, localisation_error : ndarray, shape (m,)
        Mean of `values` weighed by the right singular vectors at z.
    status : SolverStatus
        `evaluations` counts products with one real vector, by W or its transpose.
    """

    density: FloatArray
    density_error: FloatArray
    localisation: FloatArray
    localisation_error: FloatArray
    status: SolverStatus


def stochastic_density(
    matrix: Matrix,
    values: FloatArray,
    z: ComplexArray,
    width: float,
    *,
    probes: int = 4,
    seed: int = 0,
    tolerance: float = 1e-5,
    max_iterations: int = 2000,
) -> StochasticDensity:
    """Smoothed density of eigenvalues and localisation at the points z.

    Parameters
    ----------
    matrix : csr_array or ndarray, shape (n, n)
        Real.
    values : ndarray, shape (n,)
        What the localisation averages: the degrees of the neurons.
    z : ndarray, shape (m,)
    width : float
        eta > 0. The number of iterations grows as |W|/eta, the smoothing bias as eta.
    probes : int
        Random vectors.
    tolerance : float
        Relative residual of the conjugate gradients.

    Notes
    -----
    Cost per probe and iteration: two products with 2 m columns. Memory: 10 blocks of n x m complex
    numbers; split many points into several calls.
    """
    n = matrix.shape[0]
    z = np.asarray(z, dtype=complex)
    turned = matrix.T
    rng = np.random.default_rng(seed)
    products = 0

    def shifted(x: ComplexArray) -> ComplexArray:
        nonlocal products
        products += 2 * z.size
        return z * x - _times(matrix, x)

    def adjoint(x: ComplexArray) -> ComplexArray:
        nonlocal products
        products += 2 * z.size
        return z.conj() * x - _times(turned, x)

    density, localisation = np.empty((probes, z.size)), np.empty((probes, z.size))
    iterations, worst, eta2 = 0, 0.0, width**2
    for p in range(probes):
        v = np.exp(2j * np.pi * rng.random(n))[:, None]
        block = np.repeat(v, z.size, axis=1)
        x1, steps1, r1 = _conjugate_gradients(
            lambda x: adjoint(shifted(x)) + eta2 * x, block, tolerance, max_iterations
        )
        x2, steps2, r2 = _conjugate_gradients(
            lambda x: shifted(adjoint(x)) + eta2 * x, block, tolerance, max_iterations
        )
        density[p] = eta2 / (np.pi * n) * np.real(np.sum(x1.conj() * x2, axis=0))
        weight = np.real(v.conj() * x1)
        localisation[p] = (values @ weight) / weight.sum(axis=0)
        iterations, worst = max(iterations, steps1, steps2), max(worst, r1, r2)
    success = worst <= tolerance
    message = (
        "converged" if success else "Conjugate gradients did not converge: use a larger width."
    )
    status = SolverStatus(
        success, "success" if success else "max_iterations", message, iterations, products, worst
    )
    return StochasticDensity(
        density.mean(axis=0),
        _error(density),
        localisation.mean(axis=0),
        _error(localisation),
        status,
    )


def _error(samples: FloatArray) -> FloatArray:
    if samples.shape[0] < 2:
        return np.full(samples.shape[1], np.nan)
    return samples.std(axis=0, ddof=1) / np.sqrt(samples.shape[0])


def _times(matrix: Any, x: ComplexArray) -> ComplexArray:
    """Real matrix times a complex block, as one product with twice the columns."""
    return np.ascontiguousarray(matrix @ x.view(np.float64)).view(np.complex128)


def _conjugate_gradients(
    act: Callable[[ComplexArray], ComplexArray],
    b: ComplexArray,
    tolerance: float,
    max_iterations: int,
) -> tuple[ComplexArray, int, float]:
    """Solve one Hermitian positive system per column; returns x, iterations, worst residual."""
    x = np.zeros_like(b)
    r = b.copy()
    p = b.copy()
    size = np.sum(np.abs(r) ** 2, axis=0)
    target = tolerance**2 * size
    step = 0
    while np.any(size > target) and step < max_iterations:
        image = act(p)
        alpha = size / np.maximum(np.real(np.sum(p.conj() * image, axis=0)), 1e-300)
        x += alpha * p
        r -= alpha * image
        new = np.sum(np.abs(r) ** 2, axis=0)
        p = r + (new / np.maximum(size, 1e-300)) * p
        size = new
        step += 1
    return x, step, float(np.sqrt(np.max(size / (target / tolerance**2))))
