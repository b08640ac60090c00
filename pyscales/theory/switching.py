"""How long a bistable unit stays in one well: unified coloured-noise estimate.

Stern, Istrate & Mazzucato 2023, eLife 12:e86552, eq. 21: the mean first passage time of the
approximate process from the well x0 to the top of the barrier at x_e,

    <T> = (2/D) int_{x_e}^{x0} dx h(x)^2 / P(x) int_x^inf P,

x_e = 0, or the edge x_c of the support where h has a zero. Half of the passages that end at the top
of the barrier fall back, so the mean time in one well is 2 <T> there; a unit that enters the
forbidden zone |x| < x_c is carried through it, and the time is <T>. It is a lower estimate: by a
factor 1.1 to 2 where h > 0 everywhere, 5 to 20 where the zone is open. (Nearly white noise with a
barrier below 2 is the exception: there the estimate can be a few per cent high.) The exact rate is
in `pyscales.theory.fokker_planck`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from pyscales.theory.ucna import (
    check_unit,
    composite_nodes,
    noise_denominator,
    stationary_density,
    well_position,
)

FloatArray = NDArray[np.float64]

LOWER_ESTIMATE = "lower estimate of the mean time in one well"


@dataclass(frozen=True)
class SwitchingTime:
    """Result of `switching_time_ucna`.

    Attributes
    ----------
    switching_time : float
        2 <T>, or <T> with a forbidden zone; membrane times; NaN without two wells (s <= 1).
    well : float
        x0, positive root of x = s tanh x.
    barrier_edge : float
        x_e where the passage ends.
    barrier : float
        Height of the effective potential U + (tau/2) U'^2 at x_e over that at x0, in units of
        D/2: the exponent of the switching time.
    message : str
        That the time is a lower estimate, or why there is none.
    """

    switching_time: float
    well: float
    barrier_edge: float
    barrier: float
    message: str


def switching_time_ucna(
    self_coupling: float, noise_strength: float, noise_time: float
) -> SwitchingTime:
    """Mean time in one well by the approximation's mean first passage time, a lower estimate.

    Parameters
    ----------
    self_coupling, noise_strength, noise_time : float
        s, D > 0, tau > 0.
    """
    check_unit(self_coupling, noise_strength, noise_time)
    s, d, tau = self_coupling, noise_strength, noise_time
    well = well_position(s)
    if well == 0:
        return SwitchingTime(np.nan, 0.0, 0.0, np.nan, "one well: nothing to switch between")
    p = stationary_density(s, d, tau)
    edge = p.support_edge
    if edge >= well:
        return SwitchingTime(
            np.nan, well, edge, np.nan, "the well is outside the support of the approximation"
        )
    grid = np.linspace(edge, p.end, 20001)
    cumulative = CubicSpline(grid, p(grid)).antiderivative()
    total = float(cumulative(grid[-1]))
    x, w = composite_nodes(np.linspace(edge, well, 201))
    h = noise_denominator(x, s, tau)
    passage = (2.0 / d) * float(w @ (h**2 / p(x) * (total - cumulative(x))))
    top, bottom = np.array([edge, well])
    barrier = (_effective(top, s, tau) - _effective(bottom, s, tau)) / (0.5 * d)
    ends = "the top of the barrier" if edge == 0 else f"the edge of the forbidden zone, {edge:.4g}"
    time = passage if edge > 0 else 2 * passage
    return SwitchingTime(time, well, edge, barrier, f"{LOWER_ESTIMATE}; ends at {ends}")


def _effective(x: float, s: float, tau: float) -> float:
    f = -x + s * np.tanh(x)
    return float(0.5 * x * x - s * np.log(np.cosh(x)) + 0.5 * tau * f * f)
