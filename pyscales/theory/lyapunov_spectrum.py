"""What follows from a list of Lyapunov exponents: dimension, entropy rate, the onset of chaos."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

_DRAWS = 2000


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


def kind_of_attractor(
    exponents: FloatArray, errors: FloatArray, smallest: float = 1e-3
) -> NDArray[np.int64]:
    """-1 at rest, 0 cycle or torus, +1 chaos, from the largest exponents of trajectories.

    A bounded trajectory that does not end in a fixed point has a largest exponent >= 0, the
    direction of its own flow (Haken 1983, Phys. Lett. A 94:71). An exponent within `smallest`, or
    within two standard errors, of 0 counts as 0; NaN errors count as 0.
    """
    values = np.asarray(exponents, dtype=float)
    resolved = np.abs(values) > np.fmax(2 * np.asarray(errors, dtype=float), smallest)
    return np.where(resolved, np.sign(values), 0).astype(np.int64)


@dataclass(frozen=True)
class Onset:
    """Gain at which the largest exponent, a mean over trajectories, changes sign.

    Attributes
    ----------
    gain, error : float
        Linear interpolation between the last gain with an exponent <= 0 and the next, and its
        standard deviation when the exponents vary within their errors (independent, Gaussian);
        NaN unless the exponent changes sign among the gains.
    low, high : float
        Last gain whose exponent is negative by two standard errors (or <= 0 without one), and
        first gain from which all exponents are positive by two; NaN where there is none.
    undecided : int
        Gains between the two, which are within two standard errors of 0.
    status : str
        'bracketed' (`low` and `high` are known), 'uncertain' (the exponent changes sign, but is
        nowhere negative by two standard errors), 'above the gains', 'below the gains'.
    message : str
        The same in words, with what to do.
    """

    gain: float
    error: float
    low: float
    high: float
    undecided: int
    status: str
    message: str


def sign_change(gains: FloatArray, exponents: FloatArray) -> FloatArray:
    """Gain of the last change of sign per row of exponents (..., gains); NaN where there is none.

    Linear interpolation between the last gain with an exponent <= 0 and the next.
    """
    grid, values = np.asarray(gains, dtype=float), np.asarray(exponents, dtype=float)
    below = values <= 0
    last = values.shape[-1] - 1 - np.argmax(below[..., ::-1], axis=-1)
    found = below.any(axis=-1) & (last < values.shape[-1] - 1)
    i = np.where(found, last, 0)
    after = np.minimum(i + 1, values.shape[-1] - 1)
    a = np.take_along_axis(values, i[..., None], axis=-1)[..., 0]
    b = np.take_along_axis(values, after[..., None], axis=-1)[..., 0]
    share = -a / np.where(found, b - a, 1.0)
    return np.where(found, grid[i] + (grid[after] - grid[i]) * share, np.nan)


def onset_of_chaos(gains: FloatArray, lyapunov_max: FloatArray, errors: FloatArray) -> Onset:
    """Bracket the onset of chaos on ascending gains; NaN errors count as 0."""
    spread = np.nan_to_num(errors)
    positive = lyapunov_max - 2 * spread > 0
    negative = (lyapunov_max + 2 * spread < 0) | ((lyapunov_max <= 0) & (spread == 0))
    first = int(np.nonzero(~positive)[0][-1]) + 1 if not positive.all() else 0
    known = np.nonzero(negative[:first])[0]
    low = float(gains[known[-1]]) if known.size else np.nan
    if first == gains.size:
        return Onset(
            np.nan,
            np.nan,
            low,
            np.nan,
            first - 1 - int(known[-1]) if known.size else first,
            "above the gains",
            "not chaotic by two standard errors at the largest gain: add larger gains or "
            "lengthen the run",
        )
    high = float(gains[first])
    between = float(sign_change(gains, lyapunov_max))
    if not np.isfinite(between):
        return Onset(
            np.nan,
            np.nan,
            low,
            high,
            first,
            "below the gains",
            "no exponent <= 0 at the gains below the first chaotic one: add smaller gains",
        )
    noise = np.random.default_rng(0).standard_normal((_DRAWS, gains.size))
    drawn = sign_change(gains, lyapunov_max + spread * noise)
    error = float(np.nanstd(drawn)) if np.isfinite(drawn).any() else np.nan
    if not known.size:
        return Onset(
            between,
            error,
            low,
            high,
            first,
            "uncertain",
            "no exponent is negative by two standard errors: smaller gains, more networks or a "
            "longer run",
        )
    undecided = first - 1 - int(known[-1])
    return Onset(
        between,
        error,
        low,
        high,
        undecided,
        "bracketed",
        "between the two gains"
        + (
            f"; {undecided} between them within two standard errors of 0, like cycles: more "
            "networks or a longer run may narrow it"
            if undecided
            else ""
        ),
    )
