"""Eigenvalues carried by single hubs: where they lie, how they scatter, on which neuron they live.

For symmetry > 0 the eigenvalues +-x of a hub solve x = Sigma(x), Sigma = symmetry u h(x) (see
`pyscales.theory.spectrum.hubs`). With G_j = 1/(x - symmetry u_j h), E1 = E[u G^2], E2 = E[u^2 G^2]
over the neurons below it, the cavity argument also gives, at gain 1,

    share of the right (or left) eigenvector on the hub  1/L,  L = 1 + u E1/(1 - E2),
    slope                           K = 1 - Sigma' = 1 + symmetry u E1/(1 - symmetry E2),
    condition number of the eigenvalue                   L/K,
    variance of x over networks
        (u^2/N) (E2/(1 - E2) + symmetry^2 E2/(1 - symmetry E2)) / K^2,

the last with (1 + 2 symmetry^2) u E1/<k> more above K^2 on a sparse graph. The mode is
isolated while E2 < 1: at E2 = 1 it meets the bulk. For symmetry < 0, i W has symmetry of the
opposite sign: the modes sit at +-i x on the imaginary axis and destabilise nothing.

Numerical abscissa: (W + W^T)/2 is symmetric with variances (1 + symmetry)/2 times those of W, so
its largest eigenvalue is sqrt((1 + symmetry)/2) times the edge at symmetry 1. Between the gains at
which that and the rightmost eigenvalue of W reach 1, x = 0 is stable but some perturbations grow
before they decay (Trefethen & Embree 2005; Hennequin, Vogels & Gerstner 2012, PRE 86:011909).

After Valigi et al. 2025, arXiv:2507.20225, for the position; the rest is derived here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyscales.theory.spectrum.hubs import hub_edge

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class HubModes:
    """Isolated modes of the m largest hubs at gain 1, largest first; each array has shape (m,).

    Attributes
    ----------
    relative_degree : ndarray
        u of the hub.
    eigenvalue : ndarray
        Position x on the positive real axis (imaginary axis for symmetry < 0).
    hub_share : ndarray
        Share of the squared norm of the eigenvector on the hub itself.
    condition : ndarray
        Condition number of the eigenvalue, |left| |right| / |left . right|.
    spread : ndarray
        Standard deviation of the eigenvalue over networks.
    imaginary : bool
        Whether the modes lie on the imaginary axis.
    """

    relative_degree: FloatArray
    eigenvalue: FloatArray
    hub_share: FloatArray
    condition: FloatArray
    spread: FloatArray
    imaginary: bool


def hub_modes(
    relative_degree: FloatArray,
    symmetry: float,
    *,
    mean_degree: float = np.inf,
    max_modes: int = 20,
) -> HubModes:
    """Modes of the largest hubs, each in the field of the neurons below it.

    Parameters
    ----------
    relative_degree : ndarray, shape (n,)
        u of every neuron, any order.
    symmetry : float
        In [-1, 1]; 0 has none.
    mean_degree : float
        <k> of a sparse graph, for the spread; infinite for dense couplings.
    max_modes : int

    Notes
    -----
    Stops at the first hub whose mode would lie in the bulk. Repulsion between modes is left out,
    an effect of relative order 1/N unless two degrees nearly coincide. Cost O(n) per mode.
    """
    strength = abs(symmetry)
    u = np.sort(relative_degree)[::-1]
    n = u.size
    u = u[u > 0]
    rows = []
    for m in range(min(max_modes, u.size - 1) if strength > 0 else 0):
        top, rest = u[m], u[m + 1 :]
        if rest[0] >= top:
            break
        gap = top - rest
        x2 = strength * top**2 * float(np.sum(rest / gap)) / n
        e1 = float(np.sum(rest * (top / gap) ** 2)) / (n * x2)
        e2 = float(np.sum((rest * top / gap) ** 2)) / (n * x2)
        if e2 >= 1:
            break
        slope = 1 + strength * top * e1 / (1 - strength * e2)
        dressed = 1 + top * e1 / (1 - e2)
        variance = (top**2 / n) * (e2 / (1 - e2) + strength**2 * e2 / (1 - strength * e2))
        variance += (1 + 2 * strength**2) * top * e1 / mean_degree
        rows.append((top, np.sqrt(x2), 1 / dressed, dressed / slope, np.sqrt(variance) / slope))
    c = np.array(rows).reshape(-1, 5).T
    return HubModes(c[0], c[1], c[2], c[3], c[4], symmetry < 0)


def numerical_abscissa(relative_degree: FloatArray, symmetry: float) -> float:
    """Largest eigenvalue of (W + W^T)/2 at gain 1 for the degrees of a finite network.

    sqrt((1 + symmetry)/2) times the larger of bulk edge and hub pole at symmetry 1; for the
    Jacobian -1 + g W at x = 0 the abscissa is g times this, minus 1.
    """
    if symmetry == -1:
        return 0.0
    return float(np.sqrt((1 + symmetry) / 2)) * hub_edge(relative_degree, 1.0).edge
