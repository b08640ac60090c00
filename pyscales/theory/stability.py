"""Static instability of x = 0: susceptibility and critical gain on the real axis.

With t = symmetry g^2 chi, chi = E[u / (1 - t u)] and the condition 1 = g^2 E[u^2 / (1 - t u)^2]
become t m2(t) = symmetry n1(t), g = m2(t)^(-1/2), n1 = E[u/(1 - t u)], m2 = E[u^2/(1 - t u)^2]
(Taffarello 2025; the real-axis edge of the elliptic law with a rank-one variance profile, Kuczala
& Sharpee 2016). For symmetry > 0 the solution lies in 0 < t < 1/u_max; without a largest degree
there is none, because hubs of any size carry modes of their own (Valigi et al. 2025).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from pyscales.degrees.quadrature import EdgeNodes, Nodes

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class StaticEdge:
    """Real-axis edge of the bulk of W at gain 1.

    Attributes
    ----------
    critical_gain_static : float
        1 / edge; `inf` where W has no real part (symmetry -1).
    susceptibility : float
        chi at the critical gain.
    t : float
        symmetry g^2 chi at the critical gain.
    """

    critical_gain_static: float
    susceptibility: float
    t: float

    @property
    def edge(self) -> float:
        """Rightmost real point of the bulk of W at gain 1."""
        return 1.0 / self.critical_gain_static


def static_edge_positive(nodes: EdgeNodes, symmetry: float) -> StaticEdge:
    """Static critical gain for symmetry in (0, 1] and a law with a largest degree.

    Parameters
    ----------
    nodes : EdgeNodes
        Nodes clustered at u_max, or the degrees of a finite network.
    symmetry : float

    Returns
    -------
    StaticEdge

    Notes
    -----
    Root in delta = 1 - t u_max, on a logarithmic scale, so that an edge pressed against the pole
    by a thin tail keeps its accuracy; symmetries below about 1e-8 count as 0. Cost about 60 sums
    over the nodes.
    """
    u, w, gap, top = nodes.relative_degree, nodes.weight, nodes.gap, nodes.u_max

    def sums(log_delta: float) -> tuple[float, float, float]:
        delta = np.exp(log_delta)
        d = gap + delta * (1.0 - gap)
        return (1.0 - delta) / top, float(w @ (u / d)), float(w @ (u / d) ** 2)

    def excess(log_delta: float) -> float:
        t, n1, m2 = sums(log_delta)
        return t * m2 - symmetry * n1

    low, high = -1.0, -1e-8
    if excess(high) > 0:
        t, n1, m2 = sums(high)
        return StaticEdge(float(m2**-0.5), n1, t)
    while excess(low) < 0:
        low *= 2.0
        if low < -600:
            raise ArithmeticError("no static edge: the law has no mass near its largest degree")
    root = float(brentq(excess, low, high, xtol=1e-13, rtol=1e-14))
    t, n1, m2 = sums(root)
    return StaticEdge(float(m2**-0.5), n1, t)


def static_edge_nonpositive(nodes: Nodes, symmetry: float) -> StaticEdge:
    """Static critical gain for symmetry in [-1, 0], any law; 1 - t u >= 1 throughout."""
    u, w = nodes.relative_degree, nodes.weight
    if symmetry == 0:
        m2 = float(w @ u**2)
        return StaticEdge(m2**-0.5, float(w @ u), 0.0)
    if symmetry == -1:
        return StaticEdge(np.inf, 0.0, -np.inf)

    def sums(log_t: float) -> tuple[float, float, float]:
        t = -np.exp(log_t)
        ratio = u / (1.0 - t * u)
        return t, float(w @ ratio), float(w @ ratio**2)

    def excess(log_t: float) -> float:
        t, n1, m2 = sums(log_t)
        return t * m2 - symmetry * n1

    low, high = -1.0, 1.0
    while excess(low) < 0:
        low -= 2.0
    while excess(high) > 0:
        high += 2.0
    root = float(brentq(excess, low, high, xtol=1e-14, rtol=1e-14))
    t, n1, m2 = sums(root)
    return StaticEdge(float(m2**-0.5), n1, t)


def susceptibility_silent(nodes: Nodes, gain: float, symmetry: float) -> float:
    """chi of the silent state at a gain below the static critical gain.

    Solves chi = E[u/(1 - symmetry g^2 chi u)] on the branch that starts at chi = 1 for g = 0; at
    sigma 0, chi = (1 - sqrt(1 - 4 symmetry g^2)) / (2 symmetry g^2). NaN where that branch has
    ended (beyond the fold for symmetry > 0).
    """
    u, w = nodes.relative_degree, nodes.weight
    strength = symmetry * gain**2
    if strength == 0:
        return float(w @ u)
    if strength < 0:

        def excess(chi: float) -> float:
            return float(w @ (u / (1.0 - strength * chi * u))) - chi

        return float(brentq(excess, 0.0, 1.0, xtol=1e-15, rtol=1e-14))

    def gain_squared(t: float) -> float:
        return t / (symmetry * float(w @ (u / (1.0 - t * u))))

    def slope(t: float) -> float:
        n1, m2 = float(w @ (u / (1.0 - t * u))), float(w @ (u / (1.0 - t * u)) ** 2)
        return n1 - t * m2

    top = 1.0 / u.max()
    low, high = 0.0, top * (1 - 1e-12)
    if slope(high) < 0:
        high = float(brentq(slope, low, high, xtol=1e-15))
    if gain_squared(high) < gain**2:
        return np.nan
    t = float(brentq(lambda t: gain_squared(t) - gain**2, 0.0, high, xtol=1e-15))
    return t / strength
