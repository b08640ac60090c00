"""Autocorrelation of many traces at once, by fast Fourier transform."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pyscales.errors import InputError
from pyscales.timescales._checks import FloatArray, check_choice, check_integer, check_real

MEANS = ("subtract", "keep")
_CHUNK_SAMPLES = 2**21
_LARGEST = 1e150
# A constant trace less its mean leaves rounding errors of a few units in the last place.
_ROUNDING = 64 * np.finfo(np.float64).eps


def autocorrelation(
    traces: npt.ArrayLike,
    max_lag: int,
    *,
    mean: str = "subtract",
    normalise: bool = True,
) -> FloatArray:
    r"""Unbiased autocorrelation of each unit, averaged over trials.

    .. math:: C_i(l) = \frac{1}{T - l} \sum_{t=0}^{T-l-1} x_i(t)\, x_i(t + l), \qquad
              \rho_i(l) = C_i(l) / C_i(0).

    Trials are averaged as covariances, before the division by lag 0.

    Parameters
    ----------
    traces : array_like, shape (units, time) or (trials, units, time)
        Real samples at equal time steps. A memory map is read piece by piece.
    max_lag : int
        Largest lag, in samples; 0 to time - 1.
    mean : {"subtract", "keep"}
        Subtract the time mean of every unit in every trial, or keep it. Subtraction biases rho by
        about -2 tau / T, tau being the integral timescale, so traces should last 50 tau or more.
    normalise : bool
        Divide by lag 0. Units without variance then get NaN at every lag.

    Returns
    -------
    ndarray, shape (units, max_lag + 1)
        rho without unit, or C in the squared unit of the traces.

    Raises
    ------
    InputError
        If `traces` has another number of dimensions, fewer than two samples, no unit or trial, or
        a value that is NaN, infinite or larger than 1e150, or if an option is out of its range.

    Notes
    -----
    Time O(trials units T log T); memory O(units max_lag) for the result and a fixed amount, or a
    few traces if these are longer, for the work.
    """
    samples = _check_traces(traces)
    _, n_units, n_time = samples.shape
    max_lag = check_integer("max_lag", max_lag, 0, n_time - 1)
    check_choice("mean", mean, MEANS)
    result = np.empty((n_units, max_lag + 1))
    chunk = max(1, _CHUNK_SAMPLES // (n_time + max_lag))
    for start in range(0, n_units, chunk):
        stop = min(start + chunk, n_units)
        result[start:stop] = _chunk(samples, start, stop, max_lag, mean == "subtract", normalise)
    return result


def _check_traces(traces: npt.ArrayLike) -> np.ndarray:
    """Traces as (trials, units, time), not copied."""
    samples = check_real("traces", traces)
    if samples.ndim not in (2, 3):
        raise InputError(
            "traces",
            samples.shape,
            "an array (units, time) or (trials, units, time)",
            "For a single trace pass traces[None, :].",
        )
    if samples.shape[-1] < 2:
        raise InputError("traces", samples.shape, "at least 2 samples in time (the last axis)")
    if 0 in samples.shape:
        raise InputError("traces", samples.shape, "at least one unit and one trial")
    return samples if samples.ndim == 3 else samples[None]


def _chunk(
    samples: np.ndarray, start: int, stop: int, max_lag: int, subtract: bool, normalise: bool
) -> FloatArray:
    """Autocorrelation of the units from `start` to `stop`."""
    total = np.zeros((stop - start, max_lag + 1))
    peak = np.zeros(stop - start)
    for trial in samples:
        x = np.array(trial[start:stop], dtype=np.float64, order="C")
        size = np.abs(x).max(axis=1)
        _check_sizes(size, start)
        peak = np.maximum(peak, size)
        if subtract:
            x -= x.mean(axis=1, keepdims=True)
        total += _lagged_products(x, max_lag)
    n_trials, _, n_time = samples.shape
    total /= n_trials * (n_time - np.arange(max_lag + 1))
    still = total[:, 0] <= (_ROUNDING * peak) ** 2
    total[still] = 0.0
    if normalise:
        lag0 = total[:, 0].copy()
        lag0[still] = np.nan
        total /= lag0[:, None]
    return total


def _check_sizes(size: FloatArray, start: int) -> None:
    """Refuse units whose largest magnitude is NaN, infinite or too large to square."""
    wrong = ~(size <= _LARGEST)
    if wrong.any():
        unit = int(np.flatnonzero(wrong)[0])
        raise InputError(
            f"traces (unit {start + unit})",
            float(size[unit]),
            f"finite values below {_LARGEST:g} in magnitude",
            "Remove the unit, or fill the gap before.",
        )


def _lagged_products(x: FloatArray, max_lag: int) -> FloatArray:
    """Sums of x(t) x(t + l) over t, for each row; padding keeps the lags from wrapping round."""
    from scipy import fft

    n_fft = fft.next_fast_len(x.shape[1] + max_lag, real=True)
    spectrum = fft.rfft(x, n_fft, axis=1)
    power = spectrum.real**2 + spectrum.imag**2
    return np.asarray(fft.irfft(power, n_fft, axis=1)[:, : max_lag + 1])
