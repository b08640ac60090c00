"""Timescale of a first-order autoregression, without or with measurement noise."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pyscales.errors import InputError
from pyscales.timescales._checks import FloatArray, QualityArray, check_rho, usable_rows
from pyscales.timescales.quality import Quality


def timescale_ar1(
    rho: npt.ArrayLike,
    lag_step: float = 1.0,
    *,
    noise: bool = True,
    n_samples: int | None = None,
) -> tuple[FloatArray, QualityArray]:
    r"""Timescale -h / ln(phi) of x(t + h) = phi x(t) + noise.

    .. math:: \phi = \rho(1) \quad\text{or, with white measurement noise,}\quad
              \phi = \rho(2) / \rho(1).

    White noise multiplies rho at every positive lag by the same factor, so the ratio is free of
    it. It uses two lags only: unbiased by noise, but of large variance where tau is many steps.

    Parameters
    ----------
    rho : array_like, shape (units, lags)
    lag_step : float
    noise : bool
        Allow for measurement noise; needs lag 2.
    n_samples : int, optional
        Length of the traces: phi is corrected by (1 + 3 phi) / n, its bias to first order when the
        mean is estimated too (Marriott & Pope 1954). Only without noise.

    Returns
    -------
    value : ndarray, shape (units,)
    quality : ndarray of int8
        OK, NO_VARIANCE, NOT_FINITE, NOT_REACHED where phi is outside (0, 1), SHORT_WINDOW.
    """
    array = check_rho(rho)
    if noise and array.shape[1] < 3:
        raise InputError("rho", array.shape, "lags 0, 1 and 2")
    if noise and n_samples is not None:
        raise InputError("n_samples", n_samples, "None when noise is allowed for")
    rows = usable_rows(array, lag_step)
    with np.errstate(invalid="ignore", divide="ignore"):
        phi = rows.rho[:, 2] / rows.rho[:, 1] if noise else rows.rho[:, 1].copy()
        if noise:
            phi = np.where(rows.rho[:, 1] > 0, phi, np.nan)
        if n_samples is not None:
            phi = phi + (1.0 + 3.0 * phi) / n_samples
        inside = (phi > 0) & (phi < 1)
        value = np.where(inside, -rows.step / np.log(np.where(inside, phi, 0.5)), np.nan)
    codes = np.where(inside, Quality.OK, Quality.NOT_REACHED).astype(np.int8)
    return rows.finish(value, codes)
