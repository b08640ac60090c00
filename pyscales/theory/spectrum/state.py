"""Bulk of the Jacobian -1 + W diag(phi'(x)) at a state x.

D^{1/2} W D^{1/2}, D = diag(phi'), has the eigenvalues of W D, and entries of variance v_i v_j/N
and symmetry as W, v = u phi'(x). So every formula of the spectrum at x = 0 holds with the law of v
in place of that of u (the mean of v is not 1). Right eigenvectors of W D are D^{-1/2} times those
of D^{1/2} W D^{1/2} and weigh neurons by u/Q(v), left ones by u phi'^2/Q(v):

    f_k/<k> = E[u^2/Q(v)] / E[u/Q(v)],   overlap = Y E[u/Q] E[u phi'^2/Q] / (pi rho).

x and W are taken as independent, exact for the bulk at leading order: the rightmost real point
crosses 1 where the mean-field fixed point loses stability, 1 = g^2 E[u^2 (phi'/(1 - symmetry g^2
chi u phi'))^2] (Stern, Sompolinsky & Abbott 2014; Ahmadian, Fumarola & Miller 2015, PRE 91:012820).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyscales.theory.fixed_points import FixedPointState, outer_root
from pyscales.theory.spectrum.density import BulkDensity, bulk_density

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class StateNodes:
    """Nodes of the joint law of degree and slope, shape (k,).

    Attributes
    ----------
    relative_degree : ndarray
        u.
    slope : ndarray
        phi'(x).
    weight : ndarray
        Sums to one.
    """

    relative_degree: FloatArray
    slope: FloatArray
    weight: FloatArray

    @property
    def effective_degree(self) -> FloatArray:
        """v = u phi'(x)."""
        return self.relative_degree * self.slope


def chaotic_state_nodes(u: FloatArray, w: FloatArray, d0: float, n_field: int = 24) -> StateNodes:
    """Degree and slope in the stationary state at symmetry 0, where x = sqrt(u D(0)) z, z Gaussian.

    Parameters
    ----------
    u, w : ndarray, shape (m,)
        Relative degrees and weights of P(k).
    d0 : float
        D(0) of `pyscales.theory.stationary`.
    n_field : int
        Legendre nodes in z > 0 (the slope is even).
    """
    z, by_z = _half_normal(n_field)
    slope = 1.0 / np.cosh(np.multiply.outer(np.sqrt(u * d0), z)) ** 2
    degree = np.repeat(u, n_field)
    return StateNodes(degree, slope.ravel(), np.multiply.outer(w, by_z).ravel())


def static_state_nodes(
    u: FloatArray, w: FloatArray, state: FixedPointState, n_field: int = 24
) -> StateNodes:
    """Degree and slope in a static state: x = s_u tanh(x) + g sqrt(u q) z, the root with z's sign.

    Parameters
    ----------
    u, w : ndarray, shape (m,)
        Relative degrees and weights of P(k).
    state : FixedPointState
        With rule 'outer' (`pyscales.theory.fixed_points`).
    """
    z, by_z = _half_normal(n_field)
    s = state.symmetry * state.gain**2 * state.chi * u[:, None]
    x = outer_root(s, state.gain * np.sqrt(u * state.q)[:, None] * z)
    slope = 1.0 / np.cosh(np.minimum(x, 350.0)) ** 2
    return StateNodes(np.repeat(u, n_field), slope.ravel(), np.multiply.outer(w, by_z).ravel())


def sampled_state_nodes(u: FloatArray, w: FloatArray, slope: FloatArray) -> StateNodes:
    """Degree and slope from equally likely slopes at every degree, shape (m, k)."""
    k = slope.shape[1]
    return StateNodes(np.repeat(u, k), slope.ravel(), np.repeat(w / k, k))


def _half_normal(n: int) -> tuple[FloatArray, FloatArray]:
    """Legendre nodes in 0 < z < 8 with the weights of |z|, z standard normal."""
    x, by_x = np.polynomial.legendre.leggauss(n)
    z = 4.0 * (x + 1)
    by_z = by_x * np.exp(-0.5 * z**2)
    return z, by_z / by_z.sum()


def state_radius(nodes: StateNodes) -> float:
    """Radius of the bulk of W diag(phi') at gain 1 and symmetry 0, sqrt(E[u^2 phi'^2])."""
    return float(np.sqrt(nodes.weight @ nodes.effective_degree**2))


def state_density(
    nodes: StateNodes,
    symmetry: float,
    x: FloatArray,
    y: FloatArray,
    compressed: tuple[FloatArray, FloatArray] | None = None,
) -> BulkDensity:
    """Density of W diag(phi') at gain 1 at the points x + i y, any shape, symmetry in (-1, 1).

    `localisation` and `overlap` are those of the right and left eigenvectors of W diag(phi').
    `compressed`: nodes and weights of the law of v alone, to solve with when `nodes` are many.
    """
    v = nodes.effective_degree
    found = bulk_density(*(compressed or (v, nodes.weight)), symmetry, x, y)
    x, y = np.broadcast_arrays(np.asarray(x, dtype=float), np.asarray(y, dtype=float))
    c0, c1, c2 = (c[..., None] for c in found.quadratic(x, y, symmetry))
    with np.errstate(divide="ignore", invalid="ignore"):
        share = nodes.weight * nodes.relative_degree / (c0 + c1 * v + c2 * v**2)
        right, left = share.sum(axis=-1), share @ nodes.slope**2
        localisation = (share @ nodes.relative_degree) / right
        overlap = found.y * right * left / (np.pi * found.density)
    return BulkDensity(found.inside, found.density, localisation, overlap, found.y, found.a)
