"""Density P_k(x*) and second moments of a static state, neurons of one degree at a time.

With z(x) = (x - s tanh x)/(g sqrt(u q)) a branch has the density N(z) (1 - s phi')/(g sqrt(u q));
the states themselves are those of `pyscales.theory.fixed_points`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pyscales.theory.fixed_points import FixedPointState, averages, outer_root

FloatArray = NDArray[np.float64]


def static_density(state: FixedPointState, relative_degree: float, x: FloatArray) -> FloatArray:
    """P_k(x*) under the rule of the state, shape of `x`; 0 between the wells for s > 1."""
    s = state.symmetry * state.gain**2 * state.chi * relative_degree
    width = state.gain * np.sqrt(relative_degree * state.q)
    a = np.abs(np.asarray(x, dtype=float))
    open_ = 1 - s * (1 - np.tanh(a) ** 2)
    z = (a - s * np.tanh(a)) / width
    density = np.exp(-0.5 * z**2) / (np.sqrt(2 * np.pi) * width) * np.maximum(open_, 0.0)
    if s <= 1:
        return density
    fold = float(np.arccosh(np.sqrt(s)))
    zero = float(outer_root(np.array(s), np.array(0.0)))
    if state.rule == "outer":
        return np.where(a >= zero, density, 0.0)
    limit = (s * np.tanh(fold) - fold) / width
    share = np.where(np.abs(z) < limit, 0.5, 1.0)
    return np.where(a >= fold, share * density, 0.0)


def static_moments(
    state: FixedPointState, relative_degree: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """<x*^2> and <tanh(x*)^2> at given degrees, shape of the degrees."""
    u = np.asarray(relative_degree, dtype=float)
    x2, phi2 = np.empty(u.size), np.empty(u.size)
    for i, v in enumerate(u):
        one = np.array([v])
        found = averages(
            one, np.ones(1), state.gain, state.symmetry, state.q, state.chi, state.rule
        )
        x2[i], phi2[i] = found.variance_x, found.q / v
    return x2, phi2
