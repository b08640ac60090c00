"""All timescale estimators behind one call."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from pyscales.errors import InputError
from pyscales.timescales._checks import FloatArray, QualityArray, check_real, check_rho
from pyscales.timescales.efold import timescale_efold
from pyscales.timescales.exponential_fit import timescale_fit
from pyscales.timescales.half_width import timescale_hwhm
from pyscales.timescales.integral import timescale_integral, timescale_rho2

METHODS = ("hwhm", "efold", "fit", "integral", "rho2")
_CHUNK_SAMPLES = 2**22
_UNIFORMITY = 1e-3

_Estimator = Callable[[np.ndarray, float], tuple[FloatArray, QualityArray]]


def estimate_timescales(
    rho: npt.ArrayLike,
    lags: npt.ArrayLike,
    methods: Sequence[str] = METHODS,
    suffix: str = "",
    *,
    first_lag: int = 1,
    min_r2: float = 0.5,
) -> dict[str, np.ndarray]:
    """Estimate the timescales of autocorrelations by several definitions.

    Parameters
    ----------
    rho : array_like, shape (units, lags)
        Autocorrelations or autocovariances.
    lags : array_like, shape (lags,)
        Equally spaced lags starting at 0, in the unit wanted for the timescales.
    methods : sequence of str
        Some of "hwhm", "efold", "fit", "integral", "rho2". The definitions differ by factors that
        depend on the shape of rho, so their values are never to be mixed.
    suffix : str
        Appended to the names, for example "_phi".
    first_lag : int
        First lag of the exponential fit, as in :func:`timescale_fit`.
    min_r2 : float
        Threshold of the exponential fit, as in :func:`timescale_fit`.

    Returns
    -------
    dict of str to ndarray, shape (units,)
        ``timescale_<method><suffix>`` in the unit of `lags`, NaN where undefined, and
        ``timescale_<method><suffix>_quality`` with int8 codes of :class:`Quality`.

    Raises
    ------
    InputError
        If `lags` are not uniform from 0, do not match `rho`, or a method is unknown.

    Notes
    -----
    Time O(units lags), the fit having the largest constant; the work memory is bounded because
    units are taken in groups.
    """
    samples = check_rho(rho)
    step = _check_lags(lags, samples.shape[1])
    estimators = _select(methods, first_lag, min_r2)
    n_units, n_lags = samples.shape
    result: dict[str, np.ndarray] = {}
    for method in estimators:
        result[f"timescale_{method}{suffix}"] = np.empty(n_units)
        result[f"timescale_{method}{suffix}_quality"] = np.empty(n_units, dtype=np.int8)
    chunk = max(1, _CHUNK_SAMPLES // n_lags)
    # One pass even without units, so that options are checked.
    for start in range(0, max(n_units, 1), chunk):
        rows = slice(start, start + chunk)
        for method, estimator in estimators.items():
            value, quality = estimator(samples[rows], step)
            result[f"timescale_{method}{suffix}"][rows] = value
            result[f"timescale_{method}{suffix}_quality"][rows] = quality
    return result


def _select(methods: Sequence[str], first_lag: int, min_r2: float) -> dict[str, _Estimator]:
    """The estimators asked for, each as a function of (rho, lag step)."""

    def fit(rho: np.ndarray, step: float) -> tuple[FloatArray, QualityArray]:
        fitted = timescale_fit(rho, step, first_lag=first_lag, min_r2=min_r2)
        return fitted.value, fitted.quality

    known: dict[str, _Estimator] = {
        "hwhm": timescale_hwhm,
        "efold": timescale_efold,
        "fit": fit,
        "integral": timescale_integral,
        "rho2": timescale_rho2,
    }
    names = [methods] if isinstance(methods, str) else list(methods)
    if not names or any(name not in known for name in names):
        raise InputError("methods", methods, "one or more of " + ", ".join(METHODS))
    return {name: known[name] for name in names}


def _check_lags(lags: npt.ArrayLike, n_lags: int) -> float:
    """Lag step of uniform lags that start at 0, or InputError."""
    values = check_real("lags", lags).astype(np.float64)
    if values.shape != (n_lags,):
        raise InputError("lags", values.shape, f"one lag per column of rho, shape ({n_lags},)")
    if not np.isfinite(values).all():
        raise InputError("lags", values, "finite numbers")
    step = float(values[-1] - values[0]) / (n_lags - 1)
    allowed = "lags that start at 0 and grow by equal steps"
    fix = "Resample the autocorrelation on a uniform grid."
    if step <= 0 or abs(values[0]) > _UNIFORMITY * step:
        raise InputError("lags", values, allowed, fix)
    if np.abs(values - step * np.arange(n_lags)).max() > _UNIFORMITY * step:
        raise InputError("lags", values, allowed, fix)
    return step
