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
        Linear interpolation between the last gain with an exponent <= 0 and the next; NaN unless
        the exponent changes sign among the gains.
    low, high : float
        Last gain whose exponent is negative by two standard errors (or <= 0 without one), and
        first gain from which all exponents are positive by two; NaN where there is none.
    status : str
        'bracketed' (the two gains next to the change of sign differ from 0 by two standard
        errors), 'uncertain' (they do not), 'above the gains', 'below the gains'.
    message : str
        The same in words, with what to do.
    """

    gain: float
    low: float
    high: float
    status: str
    message: str


def onset_of_chaos(gains: FloatArray, lyapunov_max: FloatArray, errors: FloatArray) -> Onset:
    """Bracket the onset of chaos on ascending gains; NaN errors count as 0."""
    double = 2 * np.nan_to_num(errors)
    positive = lyapunov_max - double > 0
    negative = (lyapunov_max + double < 0) | ((lyapunov_max <= 0) & (double == 0))
    first = int(np.nonzero(~positive)[0][-1]) + 1 if not positive.all() else 0
    high = float(gains[first]) if first < gains.size else np.nan
    if not positive[-1]:
        low = float(gains[negative][-1]) if negative.any() else np.nan
        return Onset(
            np.nan,
            low,
            np.nan,
            "above the gains",
            "not chaotic by two standard errors at the largest gain: add larger gains or "
            "lengthen the run",
        )
    below = np.nonzero(lyapunov_max[:first] <= 0)[0]
    known = np.nonzero(negative[:first])[0]
    low = float(gains[known[-1]]) if known.size else np.nan
    if not below.size:
        return Onset(
            np.nan,
            low,
            high,
            "below the gains",
            "no exponent <= 0 at the gains below the first chaotic one: add smaller gains",
        )
    i = int(below[-1])
    a, b = float(lyapunov_max[i]), float(lyapunov_max[i + 1])
    between = float(gains[i] + (gains[i + 1] - gains[i]) * -a / (b - a))
    if negative[i] and positive[i + 1]:
        return Onset(between, low, high, "bracketed", "between the two gains")
    return Onset(
        between,
        low,
        high,
        "uncertain",
        "an exponent next to the change of sign is within two standard errors of 0: more networks "
        "or a longer run",
    )
