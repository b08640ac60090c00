"""What recorded calcium can resolve: the shortest timescale, and the bias of an estimator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from pyscales.errors import InputError
from pyscales.timescales._checks import FloatArray
from pyscales.timescales.of_traces import EstimatorSettings, trace_timescales
from pyscales.timescales.synthetic import exponential_kernel, ornstein_uhlenbeck
from pyscales.timescales.windows import Window


def detection_floor(fs: float, decay: float | None = None) -> float:
    r"""Shortest timescale that frames and indicator resolve, in seconds.

    Two frames, and with an indicator of decay tau_c a quarter of tau_c: an Ornstein-Uhlenbeck
    signal of time tau behind it has a correlation time of tau + tau_c, which then differs from
    the bare kernel by 25 %, about the cell-to-cell scatter of tau_c itself.

    Parameters
    ----------
    fs : float
        Frames per second.
    decay : float, optional
        Decay time of the indicator, seconds.
    """
    if not (np.isfinite(fs) and fs > 0):
        raise InputError("fs", fs, "frames per second > 0")
    if decay is not None and not (np.isfinite(decay) and decay > 0):
        raise InputError("decay", decay, "seconds > 0")
    return float(max(2.0 / fs, 0.25 * (decay or 0.0)))


@dataclass(frozen=True)
class BiasCurve:
    """Median estimate at known timescales, for one recording length and signal quality.

    Attributes
    ----------
    truth, estimate : ndarray, shape (points,)
        Seconds; `estimate` is made non-decreasing.
    spread : ndarray
        Standard deviation of ln(estimate) over simulated traces.
    settings : EstimatorSettings
    """

    truth: FloatArray
    estimate: FloatArray
    spread: FloatArray
    settings: EstimatorSettings

    def correct(self, values: npt.ArrayLike) -> FloatArray:
        """Truth at which the median estimate equals each value; NaN outside the curve."""
        v = np.log(np.asarray(values, dtype=np.float64))
        x, keep = np.unique(np.log(self.estimate), return_index=True)
        return np.exp(np.interp(v, x, np.log(self.truth)[keep], left=np.nan, right=np.nan))


def bias_curve(
    fs: float,
    n_frames: int,
    *,
    settings: EstimatorSettings | None = None,
    windows: Sequence[Window] | None = None,
    truths: npt.ArrayLike | None = None,
    decay: float | None = None,
    snr: float = np.inf,
    n_traces: int = 100,
    seed: int = 0,
) -> BiasCurve:
    """Bias of an estimator by simulation: Ornstein-Uhlenbeck signals of known time.

    Parameters
    ----------
    fs, n_frames
        Of the recording.
    settings, windows
        Of the estimate to be corrected (the first method is used, without its jackknife).
    truths : array_like, optional
        Timescales to simulate; 12 values from the frame step to max_lag by default.
    decay : float, optional
        Exponential kernel applied to the signal.
    snr : float
        Standard deviation of the signal over that of the white noise.
    n_traces : int
        Per timescale.
    seed : int

    Returns
    -------
    BiasCurve
        Cost O(truths n_traces n_frames).
    """
    chosen = replace(settings or EstimatorSettings(), n_blocks=0)
    tau = (
        np.geomspace(1.0 / fs, chosen.max_lag, 12)
        if truths is None
        else np.sort(np.asarray(truths, dtype=np.float64))
    )
    if not ((tau > 0).all() and np.isfinite(tau).all() and tau.size >= 2):
        raise InputError("truths", tau, "two or more timescales > 0")
    method = chosen.methods[0]
    rng = np.random.default_rng(seed)
    median, spread = np.empty(tau.size), np.empty(tau.size)
    for i, value in enumerate(tau):
        x = ornstein_uhlenbeck(np.full(n_traces, value), fs, n_frames, rng)
        if decay is not None:
            x = exponential_kernel(x, fs, decay)
        if np.isfinite(snr):
            x += rng.standard_normal(x.shape) * x.std(axis=0) / snr
        found = trace_timescales(x, fs, chosen, windows=windows)[method]
        good = np.log(found.value[found.usable])
        median[i] = np.exp(np.median(good)) if good.size else np.nan
        spread[i] = good.std() if good.size else np.nan
    known = np.isfinite(median)
    return BiasCurve(tau[known], np.maximum.accumulate(median[known]), spread[known], chosen)
