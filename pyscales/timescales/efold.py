"""Lag at which an autocorrelation has fallen to 1/e."""

from __future__ import annotations

import math

import numpy.typing as npt

from pyscales.timescales._checks import FloatArray, QualityArray
from pyscales.timescales._crossing import crossing_timescale


def timescale_efold(
    rho: npt.ArrayLike, lag_step: float = 1.0, *, interpolation: str = "cubic"
) -> tuple[FloatArray, QualityArray]:
    r"""Folding time: the first lag at which rho falls to 1/e.

    Solves :math:`\rho(\tau) = \rho(0) / e` for the smallest :math:`\tau`. For
    :math:`\rho = e^{-t/\tau_0}` it is :math:`\tau_0`, for
    :math:`\rho = \mathrm{sech}(k t)` it is :math:`\mathrm{arccosh}(e) / k`.

    Parameters
    ----------
    rho : array_like, shape (units, lags)
        Autocorrelations or autocovariances at lags 0, 1, 2, ... steps; normalised by lag 0.
    lag_step : float
        Distance of two lags, in the unit wanted for the timescale.
    interpolation : {"cubic", "linear"}
        Between lags: the cubic through the nearest four lags, or a straight line.

    Returns
    -------
    value : ndarray, shape (units,)
        Timescale in the unit of `lag_step`; NaN where it is undefined.
    quality : ndarray of int8, shape (units,)
        Codes of :class:`Quality`: OK, NOT_REACHED, NO_VARIANCE, NOT_FINITE, or SHORT_WINDOW where
        the value exceeds half the largest lag.

    Raises
    ------
    InputError
        If `rho` is not a real array (units, lags) with two lags or more, or an option is unknown.

    Notes
    -----
    Cost and memory O(units lags). The error of cubic interpolation is O(step^4).
    """
    return crossing_timescale(rho, lag_step, math.exp(-1.0), interpolation)
