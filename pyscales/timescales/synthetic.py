"""Signals of known timescale, for tests of estimators and corrections of their bias."""

from __future__ import annotations

from typing import Any

import numpy as np

from pyscales.timescales._checks import FloatArray


def exponential_kernel(x: FloatArray, fs: float, decay: Any) -> FloatArray:
    """Convolve each unit with exp(-t / decay), causal and normalised to unit sum.

    Parameters
    ----------
    x : ndarray, shape (samples, units)
    fs : float
        Samples per second.
    decay : float or ndarray, shape (units,)
        Seconds. The filter starts in the steady state of the first second.
    """
    from scipy.signal import lfilter

    a = np.exp(-1.0 / (fs * np.broadcast_to(np.asarray(decay, dtype=float), x.shape[1:])))
    start = x[: max(1, int(fs))].mean(axis=0)
    if np.ptp(a) == 0:
        b = float(a.flat[0])
        return np.asarray(lfilter([1 - b], [1.0, -b], x, axis=0, zi=b * start[None])[0])
    out = np.empty_like(x)
    state = start
    for i in range(x.shape[0]):
        state = a * state + (1 - a) * x[i]
        out[i] = state
    return out


def ornstein_uhlenbeck(
    tau: FloatArray, fs: float, n_frames: int, rng: np.random.Generator
) -> FloatArray:
    """Stationary Gaussian signals with autocorrelation exp(-t / tau), unit variance.

    Exact at the samples: x(t + h) = a x(t) + sqrt(1 - a^2) n, a = exp(-h / tau).

    Returns
    -------
    ndarray, shape (n_frames, units)
    """
    a = np.exp(-1.0 / (fs * tau))
    noise = rng.standard_normal((n_frames, tau.size)) * np.sqrt(1.0 - a**2)
    noise[0] = rng.standard_normal(tau.size)
    if np.ptp(a) == 0:
        from scipy.signal import lfilter

        return np.asarray(lfilter([1.0], [1.0, -float(a[0])], noise, axis=0))
    for i in range(1, n_frames):
        noise[i] += a * noise[i - 1]
    return noise
