"""Effective self-couplings s_k = gamma g^2 chi k/<k> and the bistable neurons, s_k > 1.

A neuron whose static feedback exceeds one has two wells, x0 = s tanh(x0) (Stern, Sompolinsky &
Abbott 2014, arXiv:1409.2535; with degrees: arXiv:2603.04149). chi is that of the state at hand:
from the whole response G, from the fixed-point theory, or of the silent state.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyscales.degrees import DegreeLaw
from pyscales.theory.fixed_points import outer_root

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class SelfCouplings:
    """Self-couplings of a degree law.

    Attributes
    ----------
    susceptibility : float
    slope : float
        gamma g^2 chi, so that s = slope u.
    threshold : float
        Relative degree k_c/<k> = 1/(gamma g^2 chi) of bistability; inf for symmetry <= 0.
    fraction_bistable : float
        Share of neurons above it.
    quantile : ndarray, shape (m,)
        Probabilities.
    self_coupling, well : ndarray, shape (m,)
        s and the wells' |x0| (0 for s <= 1) at those quantiles of the law.
    """

    susceptibility: float
    slope: float
    threshold: float
    fraction_bistable: float
    quantile: FloatArray
    self_coupling: FloatArray
    well: FloatArray


def share_above(law: DegreeLaw, relative_degree: float) -> float:
    """P(u > relative_degree), exact to 1e-12 for continuous laws, a count for sequences."""
    if relative_degree >= law.u_max:
        return 0.0
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        if float(law.quantile(np.array([middle]))[0]) <= relative_degree:
            low = middle
        else:
            high = middle
    return 1.0 - 0.5 * (low + high)


def self_couplings(
    law: DegreeLaw,
    gain: float,
    symmetry: float,
    susceptibility: float,
    quantile: FloatArray | None = None,
) -> SelfCouplings:
    """Distribution of s_k over the network, threshold degree and fraction of bistable neurons."""
    p = (np.arange(200) + 0.5) / 200 if quantile is None else np.asarray(quantile, dtype=float)
    slope = symmetry * gain**2 * susceptibility
    s = slope * law.quantile(p)
    threshold = 1.0 / slope if slope > 0 else np.inf
    fraction = share_above(law, threshold) if np.isfinite(threshold) else 0.0
    well = np.where(s > 1, outer_root(s, np.zeros_like(s)), 0.0)
    return SelfCouplings(susceptibility, slope, threshold, fraction, p, s, well)
