"""Phase labels and error bars from simulated averages."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

SILENT_BELOW = 1e-4
FROZEN_BELOW = 1e-4


def temporal_variance(mean_x: FloatArray, mean_square_x: FloatArray) -> FloatArray:
    """f = <<x^2>_T - <x>_T^2> over the neurons; last axis neurons."""
    return np.maximum(mean_square_x - mean_x**2, 0.0).mean(axis=-1)


def static_power(mean_x: FloatArray) -> FloatArray:
    """m2 = <<x>_T^2> over the neurons; last axis neurons."""
    return (mean_x**2).mean(axis=-1)


def phase_label(f: float, m2: float) -> str:
    """'silent', 'frozen' or 'chaotic' from f and m2.

    silent: f < 1e-4 and m2 < 1e-4; frozen: f < 1e-4 <= m2; chaotic: f >= 1e-4. Close to a
    transition the relaxation is slow, and a finite run can still carry a decaying state: a longer
    transient moves the label, not the threshold.
    """
    if f >= FROZEN_BELOW:
        return "chaotic"
    return "silent" if m2 < SILENT_BELOW else "frozen"


@dataclass(frozen=True)
class Estimate:
    """A mean with its standard error and what the error was taken over."""

    mean: float
    error: float
    over: str


def estimate_over_networks(values: FloatArray) -> Estimate:
    """Mean and standard error of values of shape (networks, trials).

    Networks are independent; trials of one network are not, in a finite network. With a single
    network the scatter over trials is given, which misses the scatter between networks; with a
    single value the error is NaN.
    """
    per_network = values.mean(axis=1)
    if per_network.size > 1:
        return Estimate(
            float(per_network.mean()),
            float(per_network.std(ddof=1) / np.sqrt(per_network.size)),
            "networks",
        )
    if values.shape[1] > 1:
        return Estimate(
            float(values.mean()),
            float(values.std(ddof=1) / np.sqrt(values.shape[1])),
            "trials",
        )
    return Estimate(float(values.mean()), np.nan, "single run")


def error_from_blocks(series: FloatArray, n_blocks: int = 10) -> float:
    """Standard error of the time average of a stationary series by block means, shape (time,)."""
    size = series.size // n_blocks
    if size < 1:
        return np.nan
    means = series[: size * n_blocks].reshape(n_blocks, size).mean(axis=1)
    return float(means.std(ddof=1) / np.sqrt(n_blocks))
