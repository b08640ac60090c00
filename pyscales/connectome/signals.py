"""Which seconds and which units of a recording to use, and how traces are cleaned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pyscales.connectome.containers import FloatArray, Traces
from pyscales.connectome.ledger import Ledger, Sieve
from pyscales.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

Window = tuple[int, int]


def resting_windows(
    time: FloatArray,
    intervals: pd.DataFrame,
    *,
    margin: float = 5.0,
    shortest: float = 60.0,
) -> list[Window]:
    """Frames outside every stimulus: the complement of the intervals.

    Parameters
    ----------
    time : ndarray, shape (frames,)
        Seconds.
    intervals : DataFrame
        start and stop in seconds on the same clock.
    margin : float
        Seconds left out after a stimulus ends (the indicator decays) and before one starts.
    shortest : float
        Seconds; gaps below are left out (those between trials are not rest).

    Returns
    -------
    list of (first frame, frame after the last)
        Without any interval the whole recording.

    Raises
    ------
    InputError
        No window is long enough, or the stimuli lie outside the recording.
    """
    if margin < 0 or shortest <= 0:
        raise InputError("margin, shortest", (margin, shortest), "seconds >= 0 and > 0")
    if len(intervals) == 0:
        return [(0, time.size)]
    start = intervals["start"].to_numpy(dtype=float) - margin
    stop = intervals["stop"].to_numpy(dtype=float) + margin
    if stop.max() < time[0] or start.min() > time[-1]:
        raise InputError(
            "intervals",
            (float(start.min()), float(stop.max())),
            f"stimuli within {time[0]:.4g}..{time[-1]:.4g} s",
            "Stimuli and frames are on different clocks.",
        )
    order = np.argsort(start)
    start, stop = start[order], np.maximum.accumulate(stop[order])
    opens = np.concatenate([[time[0]], stop])
    closes = np.concatenate([start, [time[-1] + 1e-9]])
    windows = []
    for a, b in zip(opens, closes, strict=True):
        if b - a >= shortest:
            first, last = (int(v) for v in np.searchsorted(time, (a, b)))
            if last - first >= 2:
                windows.append((first, last))
    if not windows:
        longest = float((closes - opens).max())
        raise InputError(
            "shortest",
            shortest,
            f"at most {max(longest, 0):.4g} s, the longest time without stimulus",
            "Lower it, or use all of the recording.",
        )
    return windows


@dataclass(frozen=True)
class SignalQuality:
    """What the samples of the chosen windows say about each unit, arrays of shape (units,).

    Attributes
    ----------
    snr : ndarray
        Standard deviation of the signal over that of the white noise; NaN without variance. The
        indicator passes slow signals better, so it depends on the timescale: a filter, not a
        covariate.
    noise : ndarray
        Standard deviation of the white noise over the mean: a property of the recording alone,
        and so the covariate to take out.
    mean : ndarray
        Mean of the samples.
    activity : ndarray
        (mean - 10th percentile) / |10th percentile|: grows with the rate of events in raw
        fluorescence.
    skewness : ndarray
    finite : ndarray of bool
        All samples finite.
    """

    snr: FloatArray
    noise: FloatArray
    mean: FloatArray
    activity: FloatArray
    skewness: FloatArray
    finite: NDArray[np.bool_]


def signal_quality(traces: Traces, windows: list[Window]) -> SignalQuality:
    r"""Noise level and signal of each unit.

    White noise sits in lag 0 of the autocovariance alone, so

    .. math:: \sigma_n^2 = C(0) - (3\, C(1) - 3\, C(2) + C(3)), \qquad
              \mathrm{snr}^2 = (C(0) - \sigma_n^2) / \sigma_n^2,

    the bracket being C extrapolated to lag 0 by a parabola. A signal of correlation time tau adds
    (h / tau)^3 of its variance to the noise, h the frame step. Cost O(samples).
    """
    n = traces.n_units
    snr, level, mean, active, skew = (np.full(n, np.nan) for _ in range(5))
    finite = np.zeros(n, dtype=bool)
    for first in range(0, n, 256):
        part = slice(first, min(n, first + 256))
        pieces = [np.asarray(traces.data[a:b, part], dtype=np.float64) for a, b in windows]
        y = np.concatenate(pieces)
        good = np.isfinite(y).all(axis=0)
        finite[part] = good
        if not good.any():
            continue
        y = y[:, good]
        centre = y.mean(axis=0)
        pieces = [p[:, good] - centre for p in pieces]
        c0, c1, c2, c3 = (_lagged(pieces, lag) for lag in range(4))
        noise = np.clip(c0 - (3.0 * c1 - 3.0 * c2 + c3), 0.0, c0)
        low = np.percentile(y, 10, axis=0)
        at = np.arange(n)[part][good]
        varies = c0 > (1e-12 * np.abs(centre)) ** 2
        with np.errstate(invalid="ignore", divide="ignore"):
            snr[at] = np.where(varies, np.sqrt((c0 - noise) / noise), np.nan)
            level[at] = np.where(centre != 0, np.sqrt(noise) / np.abs(centre), np.nan)
            mean[at] = centre
            active[at] = np.where(low != 0, (centre - low) / np.abs(low), np.nan)
            third = sum((p**3).sum(axis=0) for p in pieces) / y.shape[0]
            skew[at] = np.where(varies, third / c0**1.5, np.nan)
    return SignalQuality(snr, level, mean, active, skew, finite)


def _lagged(pieces: list[FloatArray], lag: int) -> FloatArray:
    """Mean product at one lag over all pieces."""
    total = sum((p[: p.shape[0] - lag] * p[lag:]).sum(axis=0) for p in pieces)
    return np.asarray(total / max(1, sum(max(p.shape[0] - lag, 0) for p in pieces)))


def usable_units(
    traces: Traces, quality: SignalQuality, *, min_snr: float = 0.0
) -> tuple[NDArray[np.bool_], Ledger]:
    """Units to estimate: somata with finite, varying samples and enough signal."""
    sieve = Sieve("units", traces.n_units)
    if "mask_type" in traces.units:
        sieve.drop((traces.units["mask_type"] != "soma").to_numpy(), "not a soma")
    sieve.drop(~quality.finite, "NaN samples in the windows")
    sieve.drop(np.isnan(quality.snr), "no variance")
    if min_snr > 0:
        sieve.drop(~(quality.snr >= min_snr), f"signal to noise below {min_snr:g}")
    return sieve.keep, sieve.ledger()


def regress_out(
    data: NDArray[np.floating], regressors: dict[str, FloatArray], windows: list[Window]
) -> tuple[NDArray[np.float32], list[Window], FloatArray]:
    """Residuals of the traces on running, pupil and the like, by least squares.

    Parameters
    ----------
    data : ndarray, shape (time, units)
    regressors : dict of str to ndarray, shape (time,)
        NaN samples cut the windows.
    windows : list of (first, stop)

    Returns
    -------
    residual : ndarray of float32, shape (time, units)
        Zero outside the windows; the mean of each unit is kept.
    windows : list
        Cut at frames where a regressor is NaN; pieces of fewer than 10 frames are left out.
    share : ndarray, shape (units,)
        Explained fraction of the variance.

    Raises
    ------
    InputError
        A regressor of another length, or one that does not vary in the windows.
    """
    columns = []
    for name, values in regressors.items():
        if values.shape != (data.shape[0],):
            raise InputError(f"regressors.{name}", values.shape, f"shape ({data.shape[0]},)")
        columns.append(values)
    x = np.column_stack(columns)
    cut = cut_windows(windows, np.asarray(np.isfinite(x).all(axis=1)))
    if not cut:
        raise InputError("regressors", "NaN", "finite samples in the windows")
    rows = np.concatenate([np.arange(a, b) for a, b in cut])
    design = x[rows]
    spread = design.std(axis=0)
    if not (spread > 0).all():
        name = list(regressors)[int(np.flatnonzero(spread == 0)[0])]
        raise InputError(f"regressors.{name}", "constant", "values that vary in the windows")
    design = (design - design.mean(axis=0)) / spread
    basis, _ = np.linalg.qr(design)
    out = np.zeros(data.shape, dtype=np.float32)
    y = data[rows].astype(np.float64)
    level = y.mean(axis=0)
    residual = y - level - basis @ (basis.T @ (y - level))
    out[rows] = residual + level
    with np.errstate(invalid="ignore", divide="ignore"):
        share = 1.0 - residual.var(axis=0) / y.var(axis=0)
    return out, cut, share


def cut_windows(windows: list[Window], good: NDArray[np.bool_], shortest: int = 10) -> list[Window]:
    """Windows without the frames that are not good."""
    out = []
    for a, b in windows:
        edges = np.flatnonzero(np.diff(np.concatenate([[0], good[a:b].astype(int), [0]])))
        out += [
            (int(a + s), int(a + e))
            for s, e in zip(edges[::2], edges[1::2], strict=True)
            if e - s >= shortest
        ]
    return out
