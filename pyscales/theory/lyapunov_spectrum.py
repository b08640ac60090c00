"""What follows from a list of Lyapunov exponents: dimension, entropy rate, the onset of chaos."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def kaplan_yorke_dimension(exponents: FloatArray) -> float:
    """D = k + sum_{i<=k} lambda_i / |lambda_{k+1}|, k the last index with a sum >= 0.

    Kaplan & Yorke 1979. 0 if the largest exponent is negative (a fixed point); NaN if the
    exponents given do not reach a negative sum.
    """
    ordered = np.sort(np.asarray(exponents, dtype=float))[::-1]
    if ordered.size == 0 or np.isnan(ordered).any():
        return np.nan
    if ordered[0] < 0:
        return 0.0
    sums = np.cumsum(ordered)
    below = np.nonzero(sums < 0)[0]
    if below.size == 0:
        return np.nan
    k = int(below[0])
    return float(k + sums[k - 1] / abs(ordered[k]))


def entropy_rate(exponents: FloatArray) -> float:
    """Sum of the positive exponents, an upper bound of the entropy rate (Pesin 1977).

    In nats per membrane time; NaN if the exponents given do not reach a negative one.
    """
    values = np.asarray(exponents, dtype=float)
    if values.size == 0 or np.isnan(values).any() or values.min() >= 0:
        return np.nan
    return float(values[values > 0].sum())


@dataclass(frozen=True)
class Onset:
    """Gain at which the largest exponent changes sign.

    Attributes
    ----------
    gain : float
        Linear interpolation between the two gains that enclose it; NaN if none do.
    low, high : float
        Last gain whose exponent is not above zero by two standard errors, and first gain from
        which all exponents are.
    message : str
    """

    gain: float
    low: float
    high: float
    message: str


def onset_of_chaos(gains: FloatArray, lyapunov_max: FloatArray, errors: FloatArray) -> Onset:
    """Bracket the onset of chaos on ascending gains; NaN errors count as 0."""
    significant = lyapunov_max - 2 * np.nan_to_num(errors) > 0
    if not significant.any() or not significant[-1]:
        return Onset(np.nan, float(gains[-1]), np.nan, "not chaotic at the largest gain")
    if significant.all():
        return Onset(np.nan, np.nan, float(gains[0]), "chaotic at every gain")
    i = int(np.nonzero(~significant)[0][-1])
    low, high = float(gains[i]), float(gains[i + 1])
    a, b = float(lyapunov_max[i]), float(lyapunov_max[i + 1])
    between = low + (high - low) * min(max(-a / (b - a), 0.0), 1.0) if b > a else low
    return Onset(between, low, high, "between the two gains")
