"""Checks of arguments and the common first step of all estimators."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pyscales.errors import InputError
from pyscales.timescales.quality import Quality

FloatArray = npt.NDArray[np.float64]
QualityArray = npt.NDArray[np.int8]


def check_integer(field: str, value: object, low: int, high: int | None = None) -> int:
    """Return `value` as an int in [low, high], or raise InputError."""
    allowed = f"an integer of at least {low}" if high is None else f"an integer in [{low}, {high}]"
    try:
        number = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        raise InputError(field, value, allowed) from None
    if number < low or (high is not None and number > high):
        raise InputError(field, value, allowed)
    return number


def check_fraction(field: str, value: float) -> float:
    """Return `value` as a float in (0, 1), or raise InputError."""
    allowed = "a number strictly between 0 and 1"
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise InputError(field, value, allowed) from None
    if not 0.0 < number < 1.0:
        raise InputError(field, value, allowed)
    return number


def check_choice(field: str, value: str, choices: Sequence[str]) -> str:
    """Return `value` if it is one of `choices`, or raise InputError."""
    if value not in choices:
        raise InputError(field, value, "one of " + ", ".join(choices))
    return value


def check_step(lag_step: float) -> float:
    """Return the lag step as a positive finite float, or raise InputError."""
    allowed = "a positive finite number, in the unit wanted for the timescales"
    try:
        step = float(lag_step)
    except (TypeError, ValueError):
        raise InputError("lag_step", lag_step, allowed) from None
    if not (np.isfinite(step) and step > 0):
        raise InputError("lag_step", lag_step, allowed)
    return step


def check_real(field: str, values: npt.ArrayLike) -> np.ndarray:
    """Return `values` as a real numeric array without copying it, or raise InputError."""
    try:
        array = np.asarray(values)
    except ValueError:
        raise InputError(field, type(values).__name__, "a rectangular numeric array") from None
    if array.dtype.kind not in "biuf":
        raise InputError(field, array.dtype, "an array of real numbers")
    return array


def check_rho(rho: npt.ArrayLike) -> np.ndarray:
    """Return autocorrelations (units, lags) with at least two lags, or raise InputError."""
    array = check_real("rho", rho)
    if array.ndim != 2:
        raise InputError(
            "rho", array.shape, "an array (units, lags)", "For a single unit pass rho[None, :]."
        )
    if array.shape[1] < 2:
        raise InputError("rho", array.shape, "at least 2 lags, the first being lag 0")
    return array


@dataclass(frozen=True)
class Rows:
    """The rows of an autocorrelation that an estimator can use.

    Attributes
    ----------
    rho : ndarray, shape (n_usable, lags)
        Usable rows divided by their lag-0 value.
    usable : ndarray of bool, shape (units,)
    quality : ndarray of int8, shape (units,)
        OK where usable, otherwise why not.
    step, window : float
        Lag step and largest lag, in the unit of the timescales.
    """

    rho: FloatArray
    usable: npt.NDArray[np.bool_]
    quality: QualityArray
    step: float
    window: float

    def scatter(self, values: FloatArray) -> FloatArray:
        """Values of the usable rows among all units, NaN elsewhere."""
        full = np.full(self.usable.shape, np.nan)
        full[self.usable] = values
        return full

    def finish(self, values: FloatArray, codes: QualityArray) -> tuple[FloatArray, QualityArray]:
        """Put values and codes of the usable rows among all units, flagging long timescales."""
        suspicious = (codes == Quality.OK) & (values > self.window / 2)
        quality = self.quality.copy()
        quality[self.usable] = np.where(suspicious, np.int8(Quality.SHORT_WINDOW), codes)
        return self.scatter(values), quality


def usable_rows(rho: npt.ArrayLike, lag_step: float) -> Rows:
    """Check `rho`, sort out rows without variance or with NaN, and normalise the others.

    A row that is NaN at every lag is what :func:`autocorrelation` writes for a unit without
    variance, and is flagged so; a row that is NaN or infinite at some lags is NOT_FINITE.
    """
    array = check_rho(rho)
    step = check_step(lag_step)
    finite = np.isfinite(array)
    undefined = np.isnan(array).all(axis=1)
    complete = finite.all(axis=1)
    quality = np.full(array.shape[0], Quality.OK, dtype=np.int8)
    quality[~complete] = Quality.NOT_FINITE
    quality[undefined | (complete & (array[:, 0] <= 0))] = Quality.NO_VARIANCE
    usable = quality == Quality.OK
    kept = array[usable].astype(np.float64)
    kept /= kept[:, :1].copy()
    return Rows(kept, usable, quality, step, step * (array.shape[1] - 1))
