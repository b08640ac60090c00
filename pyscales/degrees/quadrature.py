"""Gauss quadrature for any degree law, from a fine representation of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

_CHUNK = 20_000
_CHUNK_NODES = 12


@dataclass(frozen=True)
class Nodes:
    """Nodes and weights of an average over degrees.

    Attributes
    ----------
    relative_degree : ndarray, shape (n,)
        u = k/<k>, ascending.
    weight : ndarray, shape (n,)
        Weights that sum to one: E[u^p f(u)] / E[u^p] ~ sum_j weight_j f(u_j), p the size bias.
    """

    relative_degree: FloatArray
    weight: FloatArray

    def __len__(self) -> int:
        return self.relative_degree.size


@dataclass(frozen=True)
class EdgeNodes:
    """Nodes clustered at the largest degree, for integrands with a pole near it.

    Attributes
    ----------
    relative_degree, weight : ndarray, shape (n,)
        As in `Nodes`, without size bias.
    gap : ndarray, shape (n,)
        1 - u/u_max, kept separately so that it is exact where u is close to u_max.
    u_max : float
        Largest relative degree.
    """

    relative_degree: FloatArray
    weight: FloatArray
    gap: FloatArray
    u_max: float


def composite_legendre(edges: FloatArray, order: int = 16) -> tuple[FloatArray, FloatArray]:
    """Gauss-Legendre nodes and weights on consecutive panels given by their edges."""
    x, w = np.polynomial.legendre.leggauss(order)
    half = 0.5 * np.diff(edges)
    middle = 0.5 * (edges[1:] + edges[:-1])
    nodes = middle[:, None] + half[:, None] * x
    return nodes.ravel(), (half[:, None] * w).ravel()


def gauss_from_atoms(x: FloatArray, weight: FloatArray, n: int) -> tuple[FloatArray, FloatArray]:
    """Reduce a discrete measure to the n-point Gauss rule with the same first 2n moments in x.

    Lanczos tridiagonalisation of diag(x) started at sqrt(weight) (Golub & Welsch 1969, Math.
    Comp. 23:221), with full reorthogonalisation. Measures above 20,000 atoms are first reduced
    in sorted chunks, each to a 12-point rule. Cost O(len(x) n^2).

    Parameters
    ----------
    x, weight : ndarray, shape (m,)
        Atoms and their positive weights.
    n : int
        Number of nodes wanted; measures with at most n atoms come back unchanged.

    Returns
    -------
    nodes, weights : ndarray, shape (<= n,)
        Ascending nodes; the weights keep the total mass.
    """
    keep = weight > 0
    x, weight = x[keep], weight[keep]
    order = np.argsort(x, kind="stable")
    x, weight = x[order], weight[order]
    if x.size <= n:
        return x, weight
    if x.size > _CHUNK:
        parts = [
            gauss_from_atoms(x[i : i + _CHUNK], weight[i : i + _CHUNK], _CHUNK_NODES)
            for i in range(0, x.size, _CHUNK)
        ]
        return gauss_from_atoms(
            np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts]), n
        )
    mass = weight.sum()
    centre = np.average(x, weights=weight)
    shifted = x - centre
    scale = float(np.max(np.abs(shifted))) or 1.0
    shifted /= scale
    basis = np.empty((n, x.size))
    alpha = np.empty(n)
    beta = np.empty(n)
    vector = np.sqrt(weight / mass)
    count = 0
    for j in range(n):
        basis[j] = vector
        product = shifted * vector
        alpha[j] = vector @ product
        count = j + 1
        for _ in range(2):
            product -= basis[:count].T @ (basis[:count] @ product)
        beta[j] = np.linalg.norm(product)
        if beta[j] < 1e-14:
            break
        vector = product / beta[j]
    from scipy.linalg import eigh_tridiagonal

    values, vectors = eigh_tridiagonal(alpha[:count], beta[: count - 1])
    return centre + scale * values, mass * vectors[0] ** 2
