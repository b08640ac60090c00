"""First crossing of a level by sampled autocorrelations, with local interpolation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pyscales.timescales._checks import (
    FloatArray,
    QualityArray,
    Rows,
    check_choice,
    usable_rows,
)
from pyscales.timescales.quality import Quality

INTERPOLATIONS = ("cubic", "linear")
_BISECTIONS = 52


@dataclass(frozen=True)
class Crossing:
    """Where each row first falls below a level; lengths are in lag steps.

    Attributes
    ----------
    reached : ndarray of bool, shape (units,)
        False where the row stays at or above the level.
    index : ndarray of int, shape (units,)
        Last lag before the crossing (0 where not reached).
    position : ndarray, shape (units,)
        Interpolated crossing (meaningless where not reached).
    area : ndarray, shape (units,)
        Integral of the interpolant from `index` to `position`.
    """

    reached: npt.NDArray[np.bool_]
    index: npt.NDArray[np.intp]
    position: FloatArray
    area: FloatArray


def _differences(nodes: FloatArray) -> list[FloatArray]:
    """Leading forward differences of order 0, 1, ... of each row of `nodes`."""
    result = [nodes[:, 0]]
    while nodes.shape[1] > 1:
        nodes = np.diff(nodes, axis=1)
        result.append(nodes[:, 0])
    return result


def _evaluate(differences: list[FloatArray], u: FloatArray) -> FloatArray:
    """Newton's forward interpolation polynomial at `u` steps from the first node."""
    total = differences[0].copy()
    binomial = np.ones_like(u)
    for order, difference in enumerate(differences[1:]):
        binomial = binomial * (u - order) / (order + 1)
        total += binomial * difference
    return total


def first_crossing(rho: FloatArray, level: float, interpolation: str) -> Crossing:
    """First crossing of `level` from above, rows starting above it.

    The interval is the first one whose right end lies below the level. Inside it the row is
    replaced by the polynomial through the nearest four lags (two when linear), none of them
    negative: autocorrelations may have a kink at lag 0, so its even continuation is not used.
    """
    n_lags = rho.shape[1]
    width = min(4, n_lags) if interpolation == "cubic" else 2
    below = rho < level
    reached: npt.NDArray[np.bool_] = np.asarray(below.any(axis=1))
    index = np.where(reached, below.argmax(axis=1) - 1, 0)
    start = np.clip(index - (width // 2 - 1), 0, n_lags - width)
    nodes = np.take_along_axis(rho, start[:, None] + np.arange(width), axis=1)
    differences = _differences(nodes)
    left = (index - start).astype(np.float64)
    low, high = left.copy(), left + 1.0
    for _ in range(_BISECTIONS):
        middle = 0.5 * (low + high)
        above = _evaluate(differences, middle) >= level
        low = np.where(above, middle, low)
        high = np.where(above, high, middle)
    root = 0.5 * (low + high)
    # Simpson's rule integrates a cubic exactly.
    ends = _evaluate(differences, left) + _evaluate(differences, root)
    area = (root - left) / 6 * (ends + 4 * _evaluate(differences, 0.5 * (left + root)))
    return Crossing(reached, index, start + root, area)


def crossing_timescale(
    rho: npt.ArrayLike, lag_step: float, level: float, interpolation: str
) -> tuple[FloatArray, QualityArray]:
    """Lag at which each normalised row first falls below `level`, with its quality."""
    check_choice("interpolation", interpolation, INTERPOLATIONS)
    rows: Rows = usable_rows(rho, lag_step)
    crossing = first_crossing(rows.rho, level, interpolation)
    values = np.where(crossing.reached, crossing.position * rows.step, np.nan)
    codes = np.where(crossing.reached, Quality.OK, Quality.NOT_REACHED).astype(np.int8)
    return rows.finish(values, codes)
