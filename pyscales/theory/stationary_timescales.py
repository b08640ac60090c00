"""Every timescale of the stationary state at symmetry 0, for x and for phi(x).

All times in units of the membrane time constant. For x all degrees share D(tau)/D(0); for phi the
size-biased C(tau) is used, and per degree where asked.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from scipy.optimize import brentq

from pyscales.theory.stationary import StationaryState, Trajectory, odd_series

FloatArray = NDArray[np.float64]


def timescales_x(trajectory: Trajectory) -> dict[str, float]:
    """Half width, 1/e time, one-sided integrals of rho and rho^2, asymptotic decay time of x."""
    s, rho, slope = trajectory.s, trajectory.rho, trajectory.lag_slope
    return {
        "timescale_hwhm": trajectory.lag_at(0.5),
        "timescale_efold": trajectory.lag_at(np.exp(-1.0)),
        "timescale_integral": float(CubicSpline(s, rho * slope).integrate(0, s[-1])),
        "timescale_rho2": float(CubicSpline(s, rho**2 * slope).integrate(0, s[-1])),
        "timescale_asymptotic": trajectory.timescale_asymptotic,
    }


def timescales_phi(
    state: StationaryState, trajectory: Trajectory, coefficients: FloatArray | None = None
) -> dict[str, float]:
    """The same for phi, from Mehler coefficients (default: the size-biased C(tau))."""
    c = state.c if coefficients is None else coefficients
    c = c / c.sum()
    s, slope = trajectory.s, trajectory.lag_slope
    level = odd_series(trajectory.rho, c)

    def lag_at(value: float) -> float:
        root = brentq(lambda r: float(odd_series(r, c)) - value, 1e-6, 1.0, xtol=1e-15)
        return trajectory.lag_at(root)

    return {
        "timescale_hwhm_phi": lag_at(0.5),
        "timescale_efold_phi": lag_at(np.exp(-1.0)),
        "timescale_integral_phi": float(CubicSpline(s, level * slope).integrate(0, s[-1])),
        "timescale_rho2_phi": float(CubicSpline(s, level**2 * slope).integrate(0, s[-1])),
    }
