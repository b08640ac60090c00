"""Timescales that are integrals of the autocorrelation or of its square."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pyscales.timescales._checks import (
    FloatArray,
    QualityArray,
    Rows,
    check_choice,
    check_fraction,
    usable_rows,
)
from pyscales.timescales._crossing import first_crossing
from pyscales.timescales.quality import Quality

RULES = ("simpson", "trapezoid")


def timescale_integral(
    rho: npt.ArrayLike,
    lag_step: float = 1.0,
    *,
    rule: str = "simpson",
    tail_tolerance: float = 0.02,
) -> tuple[FloatArray, QualityArray]:
    r"""One-sided integral of rho up to its first zero.

    .. math:: \tau = \int_0^{\min(t_0, W)} \frac{\rho(t)}{\rho(0)}\, dt,

    where :math:`t_0` is the first zero of rho and W the largest lag. Stopping at the first zero
    keeps the noise of the long lags out. For :math:`\rho = e^{-t/\tau_0}` it is :math:`\tau_0`,
    for :math:`\rho = \mathrm{sech}(k t)` it is :math:`\pi / (2 k)`.

    Parameters
    ----------
    rho : array_like, shape (units, lags)
        Autocorrelations or autocovariances at lags 0, 1, 2, ... steps; normalised by lag 0.
    lag_step : float
        Distance of two lags, in the unit wanted for the timescale.
    rule : {"simpson", "trapezoid"}
        Quadrature; the last, partial interval uses a local cubic or a straight line.
    tail_tolerance : float
        A row without a zero whose largest value over the last tenth of the lags exceeds this is
        flagged SHORT_WINDOW. For an exponential the end value is the missing fraction.

    Returns
    -------
    value : ndarray, shape (units,)
        Timescale in the unit of `lag_step`; NaN where it is undefined.
    quality : ndarray of int8, shape (units,)
        Codes of :class:`Quality`: OK, NO_VARIANCE, NOT_FINITE, or SHORT_WINDOW where the tail is
        cut off or the value exceeds half the largest lag.

    Raises
    ------
    InputError
        If `rho` is not a real array (units, lags) with two lags or more, or an option is out of
        its range.

    Notes
    -----
    Cost and memory O(units lags).
    """
    check_choice("rule", rule, RULES)
    check_fraction("tail_tolerance", tail_tolerance)
    rows = usable_rows(rho, lag_step)
    crossing = first_crossing(rows.rho, 0.0, "cubic" if rule == "simpson" else "linear")
    last = np.where(crossing.reached, crossing.index, rows.rho.shape[1] - 1)
    cumulative = _cumulative(rows.rho, rule)
    whole = np.take_along_axis(cumulative, last[:, None], axis=1)[:, 0]
    values = rows.step * (whole + np.where(crossing.reached, crossing.area, 0.0))
    cut = ~crossing.reached & (_tail(rows) > tail_tolerance)
    return rows.finish(values, _codes(cut))


def timescale_rho2(
    rho: npt.ArrayLike,
    lag_step: float = 1.0,
    *,
    rule: str = "simpson",
    tail_tolerance: float = 0.02,
) -> tuple[FloatArray, QualityArray]:
    r"""One-sided integral of rho squared over the whole window.

    .. math:: \tau = \int_0^{W} \left(\frac{\rho(t)}{\rho(0)}\right)^2 dt,

    W being the largest lag. The factor is one and the integral one-sided: the two-sided integral
    of Wieland et al. (2015), also found in elephant, is twice this value. For
    :math:`\rho = e^{-t/\tau_0}` it is :math:`\tau_0 / 2`, for
    :math:`\rho = \mathrm{sech}(k t)` it is :math:`1 / k`. Negative parts of an oscillating rho
    count, and noise of variance v at the long lags adds v W, so choose the window with care.

    Parameters
    ----------
    rho : array_like, shape (units, lags)
        Autocorrelations or autocovariances at lags 0, 1, 2, ... steps; normalised by lag 0.
    lag_step : float
        Distance of two lags, in the unit wanted for the timescale.
    rule : {"simpson", "trapezoid"}
        Quadrature.
    tail_tolerance : float
        A row whose largest rho^2 over the last tenth of the lags exceeds this is flagged
        SHORT_WINDOW.

    Returns
    -------
    value : ndarray, shape (units,)
        Timescale in the unit of `lag_step`; NaN where it is undefined.
    quality : ndarray of int8, shape (units,)
        Codes of :class:`Quality`: OK, NO_VARIANCE, NOT_FINITE, or SHORT_WINDOW where the tail is
        cut off or the value exceeds half the largest lag.

    Raises
    ------
    InputError
        If `rho` is not a real array (units, lags) with two lags or more, or an option is out of
        its range.

    Notes
    -----
    Cost and memory O(units lags).

    References
    ----------
    Wieland, Bernardi, Schwalger and Lindner (2015), Phys. Rev. E 92:040901.
    """
    check_choice("rule", rule, RULES)
    check_fraction("tail_tolerance", tail_tolerance)
    rows = usable_rows(rho, lag_step)
    values = rows.step * _cumulative(rows.rho**2, rule)[:, -1]
    return rows.finish(values, _codes(_tail(rows) ** 2 > tail_tolerance))


def _cumulative(samples: FloatArray, rule: str) -> FloatArray:
    """Integral from lag 0 to each lag, in lag steps."""
    from scipy.integrate import cumulative_simpson, cumulative_trapezoid

    if samples.shape[0] == 0:
        return np.zeros_like(samples)
    if rule == "simpson" and samples.shape[1] > 2:
        return np.asarray(cumulative_simpson(samples, dx=1.0, axis=1, initial=0.0))
    return np.asarray(cumulative_trapezoid(samples, dx=1.0, axis=1, initial=0.0))


def _tail(rows: Rows) -> FloatArray:
    """Largest magnitude of rho over the last tenth of the lags, one lag at least."""
    n_tail = max(1, rows.rho.shape[1] // 10)
    return np.abs(rows.rho[:, -n_tail:]).max(axis=1)


def _codes(cut: npt.NDArray[np.bool_]) -> QualityArray:
    return np.where(cut, Quality.SHORT_WINDOW, Quality.OK).astype(np.int8)
