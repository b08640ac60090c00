"""Fit of a slow exponential next to a fast one of known time, as a calcium kernel leaves it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pyscales.errors import InputError
from pyscales.timescales._checks import (
    FloatArray,
    QualityArray,
    check_integer,
    check_rho,
    check_step,
    usable_rows,
)
from pyscales.timescales.quality import Quality

_GRID = 240
_MIN_SAMPLES = 5


def timescale_two_exponentials(
    rho: npt.ArrayLike,
    lag_step: float = 1.0,
    *,
    fast: float,
    first_lag: int = 1,
    last_lag: int | None = None,
    min_r2: float = 0.5,
) -> tuple[FloatArray, QualityArray]:
    r"""Timescale of the signal behind an exponential kernel of decay `fast`.

    .. math:: \min \sum_l \left( \rho(t_l) - A e^{-t_l/\tau} - B e^{-t_l/\tau_c} - D \right)^2

    An Ornstein-Uhlenbeck signal of time tau seen through a kernel of decay tau_c has
    (tau e^{-t/tau} - tau_c e^{-t/tau_c}) / (tau - tau_c); spike noise adds to B. All amplitudes
    are free, so tau is badly determined where it is close to `fast`: prefer ranks of the single
    exponential unless traces are long. A wrong `fast` biases tau.

    Parameters
    ----------
    rho : array_like, shape (units, lags)
    lag_step : float
    fast : float
        tau_c in the unit of `lag_step`, > 0.
    first_lag, last_lag : int
        Range of lags, in steps.
    min_r2 : float
        Explained fraction below which a fit is flagged POOR_FIT.

    Returns
    -------
    value : ndarray, shape (units,)
    quality : ndarray of int8
        OK, NO_VARIANCE, NOT_FINITE, NOT_REACHED (constant rho), AT_BOUND, POOR_FIT (also where
        A <= 0), SHORT_WINDOW.

    Raises
    ------
    InputError
        Fewer than five lags, `fast` not positive.

    Notes
    -----
    The amplitudes follow in closed form from tau (variable projection); tau is sought on 240
    log-spaced values with a parabola through the best three, so it is good to about 1e-3. Cost
    O(240 units lags) as one matrix product.
    """
    array = check_rho(rho)
    step = check_step(lag_step)
    if not (np.isfinite(fast) and fast > 0):
        raise InputError("fast", fast, "a finite time > 0", "Give the decay time of the indicator.")
    last = array.shape[1] - 1 if last_lag is None else last_lag
    first = check_integer("first_lag", first_lag, 0, array.shape[1] - 1)
    last = check_integer("last_lag", last, first, array.shape[1] - 1)
    if last - first + 1 < _MIN_SAMPLES:
        raise InputError("last_lag", last, f"at least {_MIN_SAMPLES} lags from {first} on")
    rows = usable_rows(array, step)
    t = step * np.arange(first, last + 1)
    y = rows.rho[:, first : last + 1]
    known, _ = np.linalg.qr(np.column_stack([np.ones_like(t), np.exp(-t / fast)]))
    total = ((y - y.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)
    y = y - (y @ known) @ known.T
    tau = np.geomspace(step / 5, 10 * step * last, _GRID)
    basis = np.exp(-t[:, None] / tau)
    basis = basis - known @ (known.T @ basis)
    norm = np.sqrt((basis**2).sum(axis=0))
    # Where the slow exponential is the fast one, or both are constant, nothing is left to fit.
    defined = norm > 1e-7 * np.sqrt(t.size)
    basis = np.where(defined, basis / np.where(defined, norm, 1.0), 0.0)
    amplitude = y @ basis
    explained = amplitude**2
    best = explained.argmax(axis=1)
    at = np.arange(y.shape[0])
    inner = np.clip(best, 1, _GRID - 2)
    left, mid, right = (explained[at, inner + s] for s in (-1, 0, 1))
    with np.errstate(invalid="ignore", divide="ignore"):
        shift = np.clip(0.5 * (left - right) / (left - 2 * mid + right), -1.0, 1.0)
    shift = np.where(np.isfinite(shift) & (inner == best), shift, 0.0)
    width = np.log(tau[1] / tau[0])
    value = np.exp(np.log(tau[best]) + shift * width)
    residual = (y**2).sum(axis=1) - explained[at, best]
    codes = np.full(y.shape[0], Quality.OK, dtype=np.int8)
    with np.errstate(invalid="ignore", divide="ignore"):
        poor = ~(1.0 - residual / total >= min_r2)
    codes[poor | (amplitude[at, best] <= 0)] = Quality.POOR_FIT
    codes[(best == 0) | (best == _GRID - 1)] = Quality.AT_BOUND
    flat = total <= 1e-26 * np.maximum(np.abs(rows.rho).max(axis=1, initial=0.0), 1e-300)
    codes[flat] = Quality.NOT_REACHED
    value[flat] = np.nan
    return rows.finish(value, codes)
