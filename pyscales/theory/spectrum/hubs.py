"""Isolated modes of hubs for symmetry > 0 in a finite network.

The resolvent of the top hub, with the field h of the other neurons, is
1 / (x - gamma g^2 u_max h(x)); at its pole t = gamma g^2 h / x = 1/u_max, and the self-consistency
of h gives the pole in closed form,

    x = g u_max sqrt( gamma (1/N) sum_{i != hub} u_i / (u_max - u_i) )

(cavity argument of Valigi et al. 2025, arXiv:2507.20225, applied to one hub). It lies on the
physical branch while (1/N) sum t u^2/(1 - t u)^2 < (1/N) sum u/(1 - t u).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyscales.degrees.quadrature import EdgeNodes
from pyscales.theory.stability import StaticEdge, static_edge_positive

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class HubEdge:
    """Rightmost real eigenvalue of W at gain 1 for symmetry > 0, hubs treated one by one.

    Attributes
    ----------
    edge : float
        max(bulk, pole).
    bulk : float
        Static edge of the neurons that carry no isolated mode.
    pole : float
        Eigenvalue carried by the largest hub; NaN where it has none.
    n_hubs : int
        Neurons with an isolated mode.
    static : StaticEdge
        The continuum condition applied to all neurons, hubs included.
    """

    edge: float
    bulk: float
    pole: float
    n_hubs: int
    static: StaticEdge


def hub_pole(relative_degree: FloatArray, symmetry: float) -> tuple[float, bool]:
    """Pole of the first neuron of a descending list in the field of the others, at gain 1.

    Parameters
    ----------
    relative_degree : ndarray, shape (m,)
        Descending; the list may be the tail of a larger network.
    symmetry : float

    Returns
    -------
    pole : float
        Per sqrt of the share m/N of the neurons in the list: multiply by sqrt(m/N).
    physical : bool
        Whether it lies on the physical branch.
    """
    top, rest = relative_degree[0], relative_degree[1:]
    if rest.size == 0 or rest[0] >= top:
        return np.nan, False
    ratio = rest / (top - rest)
    n1, m2 = float(ratio.sum()), float(top * np.sum(ratio**2))
    return float(top * np.sqrt(symmetry * n1 / relative_degree.size)), m2 < top * n1


def hub_edge(relative_degree: FloatArray, symmetry: float) -> HubEdge:
    """Bulk edge, hub pole and their maximum for the degrees of a finite network.

    Parameters
    ----------
    relative_degree : ndarray, shape (n,)
        u_i = k_i/<k> of every neuron, any order.
    symmetry : float
        In (0, 1].

    Notes
    -----
    Neurons are taken off from the top while each has a physical pole in the field of those below
    it; the rest is the bulk. As symmetry -> 0 the edge tends to that of the bulk, which leaves out
    the hubs' own share u_max^2 / (n E[u^2]) of the static condition: sampled networks lie closer
    to it. Cost O(n) per hub.
    """
    u = np.sort(relative_degree)[::-1]
    u = u[u > 0]
    n = relative_degree.size
    static = _static(u, n, symmetry)
    first, physical = hub_pole(u, symmetry)
    if not physical:
        return HubEdge(static.edge, static.edge, np.nan, 0, static)
    n_hubs = 1
    while n_hubs < u.size - 1 and hub_pole(u[n_hubs:], symmetry)[1]:
        n_hubs += 1
    bulk = _static(u[n_hubs:], n, symmetry).edge
    pole = first * np.sqrt(u.size / n)
    return HubEdge(max(bulk, pole), bulk, pole, n_hubs, static)


def _static(u: FloatArray, n: int, symmetry: float) -> StaticEdge:
    nodes = EdgeNodes(u, np.full(u.size, 1.0 / n), 1.0 - u / u[0], float(u[0]))
    return static_edge_positive(nodes, symmetry)
