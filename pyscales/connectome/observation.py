"""What a calcium recording makes of activity: kernel, noise, drift, frames.

The same model makes fixtures of known truth and turns simulations of the model into something that
can be compared with a recording.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyscales.errors import InputError
from pyscales.timescales.synthetic import exponential_kernel

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Observation:
    """A calcium recording.

    Attributes
    ----------
    fs : float
        Frames per second.
    rise, decay : float
        Times of the double-exponential kernel of the indicator, seconds; decay 0 for none.
    decay_sd : float
        Spread of the decay over cells, seconds.
    snr, snr_log_sd : float
        Median signal over noise (standard deviations), and its log spread over cells.
    rate : float or None
        Mean events per second; a Poisson count of softplus activity. None: the activity itself.
    gain : float
        How steeply activity drives the rate: softplus(gain (x - threshold)), x of unit variance.
    threshold : float
    drift : float
        Standard deviation of a slow additive drift over the noise.
    baseline : float
        F0 of raw fluorescence.
    """

    fs: float = 6.3009
    rise: float = 0.07
    decay: float = 1.2
    decay_sd: float = 0.15
    snr: float = 2.0
    snr_log_sd: float = 0.4
    rate: float | None = 5.0
    gain: float = 2.0
    threshold: float = 0.0
    drift: float = 0.0
    baseline: float = 200.0

    def __post_init__(self) -> None:
        for name in ("fs", "snr", "gain"):
            if not (np.isfinite(getattr(self, name)) and getattr(self, name) > 0):
                raise InputError(f"observation.{name}", getattr(self, name), "a number > 0")
        for name in ("rise", "decay", "decay_sd", "snr_log_sd", "drift"):
            if not (np.isfinite(getattr(self, name)) and getattr(self, name) >= 0):
                raise InputError(f"observation.{name}", getattr(self, name), "a number >= 0")
        if self.rate is not None and not self.rate > 0:
            raise InputError("observation.rate", self.rate, "events per second > 0, or none")


@dataclass(frozen=True)
class Observed:
    """Fluorescence and what made it.

    Attributes
    ----------
    fluorescence : ndarray of float32, shape (frames, units)
    snr, decay : ndarray, shape (units,)
    """

    fluorescence: NDArray[np.float32]
    snr: FloatArray
    decay: FloatArray


def observe(
    activity: FloatArray,
    step: float,
    observation: Observation,
    rng: np.random.Generator,
    *,
    snr: Any = None,
) -> Observed:
    """Fluorescence of activity sampled every `step` seconds.

    Parameters
    ----------
    activity : ndarray, shape (samples, units)
        x of the model; each unit is centred and scaled to unit variance.
    step : float
        Seconds, at most one frame.
    observation : Observation
    rng : numpy.random.Generator
    snr : array_like, shape (units,), optional
        Signal over noise of every unit instead of a draw.

    Returns
    -------
    Observed
        Cost O(samples units).
    """
    samples, n = activity.shape
    if not 0 < step <= 1.0 / observation.fs + 1e-12:
        raise InputError("step", step, f"seconds up to one frame ({1 / observation.fs:.4g})")
    spread = activity.std(axis=0)
    x = (activity - activity.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    if observation.rate is not None:
        drive = np.logaddexp(0.0, observation.gain * (x - observation.threshold))
        mean = np.maximum(drive.mean(axis=0), 1e-12)
        x = rng.poisson(drive / mean * (observation.rate * step)).astype(np.float64)
    decay = np.clip(
        observation.decay + observation.decay_sd * rng.standard_normal(n),
        0.25 * observation.decay,
        None,
    )
    if observation.decay > 0:
        x = exponential_kernel(x, 1.0 / step, decay)
    if observation.rise > 0:
        x = exponential_kernel(x, 1.0 / step, observation.rise)
    frames = int(np.floor(samples * step * observation.fs + 1e-9))
    at = np.minimum((np.arange(frames) / (observation.fs * step)).astype(int), samples - 1)
    x = x[at]
    scale = x.std(axis=0)
    quiet = scale == 0
    x /= np.where(quiet, 1.0, scale)
    level = (
        observation.snr * np.exp(observation.snr_log_sd * rng.standard_normal(n))
        if snr is None
        else np.asarray(snr, dtype=np.float64)
    )
    x += rng.standard_normal(x.shape) / level
    if observation.drift > 0:
        x += observation.drift / level * _drift(frames, n, rng)
    f = observation.baseline * (1.0 + 0.2 * x)
    return Observed(f.astype(np.float32), level, decay)


def _drift(frames: int, n: int, rng: np.random.Generator) -> FloatArray:
    """Half a period of a cosine and a line, random signs and sizes, unit variance."""
    t = np.linspace(0.0, 1.0, frames)[:, None]
    shape = rng.standard_normal(n) * np.cos(np.pi * t) + rng.standard_normal(n) * (t - 0.5)
    return shape / np.maximum(shape.std(axis=0), 1e-12)
