"""Timescales of recorded traces: batched, over windows, with bias and error by jackknife."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pyscales.errors import InputError
from pyscales.timescales._checks import FloatArray, QualityArray, check_integer
from pyscales.timescales.autoregression import timescale_ar1
from pyscales.timescales.efold import timescale_efold
from pyscales.timescales.exponential_fit import timescale_fit
from pyscales.timescales.half_width import timescale_hwhm
from pyscales.timescales.integral import timescale_integral, timescale_rho2
from pyscales.timescales.quality import Quality
from pyscales.timescales.two_exponentials import timescale_two_exponentials
from pyscales.timescales.windows import (
    BlockSums,
    Window,
    block_sums,
    check_windows,
    split_windows,
    unit_chunks,
)

TRACE_METHODS = ("fit", "two_exponentials", "ar1", "hwhm", "efold", "integral", "rho2")

_USABLE = (Quality.OK, Quality.SHORT_WINDOW)
_Estimator = Callable[[FloatArray], tuple[FloatArray, QualityArray]]


@dataclass(frozen=True)
class TraceTimescales:
    """Timescales of traces by one method, arrays of shape (units,).

    Attributes
    ----------
    method : str
    value : ndarray
        Seconds; NaN where undefined.
    quality : ndarray of int8
        Codes of :class:`Quality`.
    corrected : ndarray
        Seconds; the jackknife removes the part of the bias of ln(value) that falls as 1 / T. NaN
        without a jackknife.
    log_error : ndarray
        Jackknife standard error of ln(value).
    low, high : ndarray
        Ends of the interval around `corrected`, t distribution with blocks - 1 degrees.
    """

    method: str
    value: FloatArray
    quality: QualityArray
    corrected: FloatArray
    log_error: FloatArray
    low: FloatArray
    high: FloatArray

    @property
    def usable(self) -> npt.NDArray[np.bool_]:
        """Units with a value worth using: quality OK or SHORT_WINDOW."""
        return np.isin(self.quality, _USABLE) & np.isfinite(self.value)


@dataclass(frozen=True)
class EstimatorSettings:
    """How timescales are estimated.

    Attributes
    ----------
    methods : tuple of str
        Some of `TRACE_METHODS`. 'fit' is one exponential with offset from `first_lag` on.
    max_lag : float
        Seconds.
    first_lag : int
        First lag of the fits, in frames; 0 would hold the white noise.
    fast : float or None
        Decay of the indicator in seconds, for 'two_exponentials'.
    n_blocks : int
        Blocks of the jackknife; 0 for none.
    center : str
        Mean over all windows ('all') or over each block ('block').
    min_r2 : float
    confidence : float
    """

    methods: tuple[str, ...] = ("fit",)
    max_lag: float = 10.0
    first_lag: int = 1
    fast: float | None = None
    n_blocks: int = 0
    center: str = "all"
    min_r2: float = 0.5
    confidence: float = 0.95

    def __post_init__(self) -> None:
        unknown = [m for m in self.methods if m not in TRACE_METHODS]
        if unknown or not self.methods:
            raise InputError("methods", unknown, "some of " + ", ".join(TRACE_METHODS))
        if "two_exponentials" in self.methods and self.fast is None:
            raise InputError("fast", None, "the decay of the indicator (s) for two_exponentials")
        if not (np.isfinite(self.max_lag) and self.max_lag > 0):
            raise InputError("max_lag", self.max_lag, "seconds > 0")
        check_integer("first_lag", self.first_lag, 0)
        check_integer("n_blocks", self.n_blocks, 0)
        if self.n_blocks in (1, 2):
            raise InputError("n_blocks", self.n_blocks, "0, or 3 or more")
        if not 0 < self.confidence < 1:
            raise InputError("confidence", self.confidence, "a number between 0 and 1")


def trace_timescales(
    traces: Any,
    fs: float,
    settings: EstimatorSettings | None = None,
    *,
    windows: Sequence[Window] | None = None,
    progress: Callable[[float], None] | None = None,
) -> dict[str, TraceTimescales]:
    r"""Timescales of many traces, in seconds.

    The autocovariance is averaged over the windows (unbiased normalisation, no pair across a
    gap), divided by lag 0, and handed to the estimators. The delete-one-block jackknife works on
    ln tau: with theta_b the estimate without block b,

    .. math:: \theta_{corr} = B\theta - (B-1)\bar\theta_b, \qquad
              s^2 = \frac{B-1}{B} \sum_b (\theta_b - \bar\theta_b)^2 .

    Parameters
    ----------
    traces : array_like, shape (time, units)
        Also a memory map or an HDF5 dataset, read in groups of units.
    fs : float
        Frames per second.
    settings : EstimatorSettings
    windows : sequence of (first frame, frame after the last), optional
        Frames to use; all by default.
    progress : callable, optional
        Called with the fraction done.

    Returns
    -------
    dict of method to TraceTimescales

    Raises
    ------
    InputError
        A shape that is not (time, units), NaN samples, windows shorter than the lags.

    Notes
    -----
    Time O(units T log T) for the autocorrelations and O(units lags (blocks + 1)) for the fits;
    memory about 200 MB whatever the number of units, besides the results.
    """
    chosen = settings or EstimatorSettings()
    if len(getattr(traces, "shape", ())) != 2:
        raise InputError("traces", getattr(traces, "shape", None), "an array (time, units)")
    if not (np.isfinite(fs) and fs > 0):
        raise InputError("fs", fs, "frames per second > 0")
    n_frames, n_units = traces.shape
    used = check_windows(windows, n_frames)
    max_lag = int(np.ceil(chosen.max_lag * fs))
    longest = max(b - a for a, b in used)
    if max_lag >= longest:
        raise InputError(
            "max_lag", chosen.max_lag, f"below the longest window ({longest / fs:.4g} s)"
        )
    estimators = _estimators(chosen, 1.0 / fs)
    shortest = 2 * (max_lag + 1)
    blocks = split_windows(used, max(chosen.n_blocks, 1), shortest) if chosen.n_blocks else used
    if chosen.n_blocks and len(blocks) < 3:
        raise InputError(
            "n_blocks",
            chosen.n_blocks,
            f"windows of {3 * shortest / fs:.4g} s in all for three blocks of twice max_lag",
            "Shorten max_lag, lengthen the windows or set n_blocks = 0.",
        )
    parts: list[dict[str, np.ndarray]] = []
    for units in unit_chunks(n_units, sum(b - a for a, b in used)):
        sums = block_sums(traces, blocks, max_lag, units=units, center=chosen.center)
        parts.append(_estimate(sums, estimators, chosen))
        if progress is not None:
            progress(units.stop / n_units)
    return {m: _join(m, parts) for m in chosen.methods}


def _estimators(settings: EstimatorSettings, step: float) -> dict[str, _Estimator]:
    first, r2 = settings.first_lag, settings.min_r2

    def fit(rho: FloatArray) -> tuple[FloatArray, QualityArray]:
        found = timescale_fit(rho, step, first_lag=first, min_r2=r2)
        return found.value, found.quality

    def two(rho: FloatArray) -> tuple[FloatArray, QualityArray]:
        return timescale_two_exponentials(
            rho, step, fast=float(settings.fast or 0.0), first_lag=first, min_r2=r2
        )

    known: dict[str, _Estimator] = {
        "fit": fit,
        "two_exponentials": two,
        "ar1": lambda rho: timescale_ar1(rho, step),
        "hwhm": lambda rho: timescale_hwhm(rho, step),
        "efold": lambda rho: timescale_efold(rho, step),
        "integral": lambda rho: timescale_integral(rho, step),
        "rho2": lambda rho: timescale_rho2(rho, step),
    }
    return {m: known[m] for m in settings.methods}


def _normalised(covariance: FloatArray) -> FloatArray:
    lag0 = covariance[:, :1]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(lag0 > 0, covariance / lag0, np.nan))


def _estimate(
    sums: BlockSums, estimators: dict[str, _Estimator], settings: EstimatorSettings
) -> dict[str, np.ndarray]:
    from scipy.special import stdtrit

    rho = _normalised(sums.covariance())
    out: dict[str, np.ndarray] = {}
    left = (
        [_normalised(sums.covariance(b)) for b in range(sums.n_blocks)] if settings.n_blocks else []
    )
    for method, estimate in estimators.items():
        value, quality = estimate(rho)
        corrected, error = np.full_like(value, np.nan), np.full_like(value, np.nan)
        half = np.full_like(value, np.nan)
        if left:
            with np.errstate(invalid="ignore", divide="ignore"):
                theta = np.log(value)
                each = np.log(np.stack([estimate(r)[0] for r in left]))
            b = len(left)
            mean = each.mean(axis=0)
            corrected = np.exp(b * theta - (b - 1) * mean)
            error = np.sqrt((b - 1) / b * ((each - mean) ** 2).sum(axis=0))
            half = error * float(stdtrit(b - 1, 0.5 + 0.5 * settings.confidence))
        with np.errstate(invalid="ignore", over="ignore"):
            out |= {
                f"{method} value": value,
                f"{method} quality": quality,
                f"{method} corrected": corrected,
                f"{method} error": error,
                f"{method} low": corrected * np.exp(-half),
                f"{method} high": corrected * np.exp(half),
            }
    return out


def _join(method: str, parts: list[dict[str, np.ndarray]]) -> TraceTimescales:
    names = ("value", "quality", "corrected", "error", "low", "high")
    joined = [np.concatenate([p[f"{method} {n}"] for p in parts]) for n in names]
    return TraceTimescales(method, *joined)
