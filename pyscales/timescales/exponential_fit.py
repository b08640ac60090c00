"""Least-squares fit of a decaying exponential with an offset."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pyscales.errors import InputError
from pyscales.timescales._checks import (
    FloatArray,
    QualityArray,
    check_fraction,
    check_integer,
    check_rho,
    usable_rows,
)
from pyscales.timescales.quality import Quality

_GRID = 64
_CHUNK_SAMPLES = 2**19
_TOLERANCE = 1e-11
_ITERATIONS = 80
_MIN_SAMPLES = 4
_FLAT = 1e-13
_LARGEST_EXPONENT = 700.0


class ExponentialFit(NamedTuple):
    """Result of :func:`timescale_fit`, arrays of shape (units,), NaN where undefined.

    Attributes
    ----------
    value : ndarray
        Timescale tau in the unit of the lag step.
    quality : ndarray of int8
        Codes of :class:`Quality`.
    amplitude, offset : ndarray
        A and B, relative to rho at lag 0; A is extrapolated to lag 0.
    r2 : ndarray
        Explained fraction of the variance of rho over the lags used.
    """

    value: FloatArray
    quality: QualityArray
    amplitude: FloatArray
    offset: FloatArray
    r2: FloatArray


def timescale_fit(
    rho: npt.ArrayLike,
    lag_step: float = 1.0,
    *,
    first_lag: int = 1,
    last_lag: int | None = None,
    min_r2: float = 0.5,
) -> ExponentialFit:
    r"""Timescale of the best exponential with offset, in the sense of least squares.

    .. math:: \min_{A, B, \tau} \sum_{l} \left( \rho(t_l) - A e^{-t_l / \tau} - B \right)^2,
              \qquad h / 5 \le \tau \le 10\, t_{last},

    h being the lag step. A and B follow in closed form from tau (variable projection), so that
    the search has one dimension: a grid over log tau finds the global minimum, and Chandrupatla's
    bracketing method solves for a zero of the derivative next to it, all units at once.

    Parameters
    ----------
    rho : array_like, shape (units, lags)
        Autocorrelations or autocovariances at lags 0, 1, 2, ... steps; normalised by lag 0.
    lag_step : float
        Distance of two lags, in the unit wanted for the timescale.
    first_lag : int
        First lag used, in steps. The default leaves out lag 0, which holds white noise.
    last_lag : int, optional
        Last lag used, in steps; the largest by default.
    min_r2 : float
        A fit that explains less than this fraction is flagged POOR_FIT.

    Returns
    -------
    ExponentialFit
        Named tuple (value, quality, amplitude, offset, r2). Codes: OK, NOT_REACHED (rho is
        constant over the lags used), NO_VARIANCE, NOT_FINITE, AT_BOUND, POOR_FIT (r2 below
        `min_r2` or A not positive), SHORT_WINDOW (tau exceeds half the largest lag of `rho`).

    Raises
    ------
    InputError
        If `rho` is not a real array (units, lags), fewer than four lags are used, or an option is
        out of its range.

    Notes
    -----
    Time O(units lags) with about 64 multiplications and 10 exponentials per sample; the work
    memory is bounded because units are taken in groups.

    References
    ----------
    Murray et al. (2014), Nature Neuroscience 17:1661.
    """
    first, last = _check_range(check_rho(rho).shape[1], first_lag, last_lag)
    check_fraction("min_r2", min_r2)
    rows = usable_rows(rho, lag_step)
    problem = _Problem(np.arange(last - first + 1, dtype=np.float64), first, 10.0 * last)
    columns = np.empty((5, rows.rho.shape[0]))
    chunk = max(1, _CHUNK_SAMPLES // (last - first + 1))
    for start in range(0, rows.rho.shape[0], chunk):
        part = slice(start, start + chunk)
        columns[:, part] = problem.solve(rows.rho[part, first : last + 1])
    tau, amplitude, offset, r2, bound = columns
    codes = np.full(tau.shape, Quality.OK, dtype=np.int8)
    codes[(r2 < min_r2) | (amplitude <= 0)] = Quality.POOR_FIT
    codes[bound > 0] = Quality.AT_BOUND
    codes[np.isnan(tau)] = Quality.NOT_REACHED
    value, quality = rows.finish(tau * rows.step, codes)
    return ExponentialFit(
        value, quality, rows.scatter(amplitude), rows.scatter(offset), rows.scatter(r2)
    )


def _check_range(n_lags: int, first_lag: int, last_lag: int | None) -> tuple[int, int]:
    """First and last lag used, or InputError."""
    first = check_integer("first_lag", first_lag, 0, n_lags - 1)
    last = n_lags - 1 if last_lag is None else check_integer("last_lag", last_lag, 1, n_lags - 1)
    if last - first + 1 < _MIN_SAMPLES:
        raise InputError(
            "first_lag",
            first,
            f"a range of at least {_MIN_SAMPLES} lags, here {first}..{last}",
            "Compute more lags, or start the fit earlier.",
        )
    return first, last


@dataclass(frozen=True)
class _Point:
    """The reduced problem at one log tau per row: slope and cost as fractions of the variance."""

    slope: FloatArray
    cost: FloatArray
    amplitude: FloatArray
    offset: FloatArray


@dataclass(frozen=True)
class _Problem:
    """Fit of A exp(-s / tau) + B to rows of samples at `steps`, counted from lag `first`.

    All lengths are in lag steps. `largest` is the upper bound of tau.
    """

    steps: FloatArray
    first: int
    largest: float

    def solve(self, samples: FloatArray) -> FloatArray:
        """Array (5, rows) of tau, A at lag 0, B, r2 and 1 where tau lies at a bound."""
        mean = samples.mean(axis=1, keepdims=True)
        centred = samples - mean
        norm = np.sqrt(np.einsum("ij,ij->i", centred, centred))
        result = np.full((5, samples.shape[0]), np.nan)
        moving = norm > _FLAT * np.sqrt(samples.shape[1]) * np.abs(samples).max(axis=1)
        y = centred[moving] / norm[moving, None]
        theta, bound = self._search(y)
        point = self._at(y, theta)
        tau = np.exp(theta)
        lift = np.exp(np.minimum(self.first / tau, _LARGEST_EXPONENT))
        result[:, moving] = (
            tau,
            point.amplitude * norm[moving] * lift,
            point.offset * norm[moving] + mean[moving, 0],
            1.0 - point.cost,
            bound,
        )
        return result

    def _at(self, y: FloatArray, theta: FloatArray) -> _Point:
        """Best A and B at each row's own tau = exp(theta)."""
        scaled = self.steps * np.exp(-theta)[:, None]
        # The offset absorbs constants, so exp may be replaced by expm1, exact for a long tau.
        decay = np.expm1(-scaled)
        turn = scaled * (decay + 1.0)
        level = decay.mean(axis=1)
        decay -= level[:, None]
        amplitude = np.einsum("ij,ij->i", y, decay) / np.einsum("ij,ij->i", decay, decay)
        residual = y - amplitude[:, None] * decay
        slope = -2.0 * amplitude * np.einsum("ij,ij->i", residual, turn)
        cost = np.einsum("ij,ij->i", residual, residual)
        return _Point(slope, cost, amplitude, -amplitude * (level + 1.0))

    def _search(self, y: FloatArray) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
        """Log tau of the global minimum of each row, and whether it is a bound."""
        grid = np.linspace(np.log(0.2), np.log(self.largest), _GRID)
        best, downhill = self._grid_minimum(y, grid)
        other = best + np.where(downhill, 1, -1)
        bound = (other < 0) | (other >= _GRID)
        theta = grid[best]
        inner = np.flatnonzero(~bound)
        pair = np.sort(np.stack([best[inner], other[inner]]), axis=0)
        if inner.size:
            theta[inner] = self._refine(y[inner], grid[pair[0]], grid[pair[1]])
        return theta, bound

    def _grid_minimum(
        self, y: FloatArray, grid: FloatArray
    ) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.bool_]]:
        """Best grid point of each row, and whether the cost falls further to its right."""
        decay = np.expm1(-self.steps[:, None] * np.exp(-grid))
        decay -= decay.mean(axis=0)
        decay /= np.sqrt((decay**2).sum(axis=0))
        best = ((y @ decay) ** 2).argmax(axis=1)
        return best, self._at(y, grid[best]).slope < 0

    def _refine(self, y: FloatArray, left: FloatArray, right: FloatArray) -> FloatArray:
        """Zero of the slope between `left` and `right`, by Chandrupatla's method.

        One end of the bracket is the best grid point, the other its neighbour downhill, which is
        no better. A minimum therefore lies between them even if a hump keeps the slope from
        changing sign; the cost then tells the sides of the hump apart, and the step is a
        bisection.
        """
        result = np.empty_like(left)
        active = np.arange(y.shape[0])
        ends = self._at(y, left), self._at(y, right)
        low = np.minimum(ends[0].cost, ends[1].cost)
        hump_left, hump_right = ends[0].slope > 0, ends[1].slope < 0
        x1, f1 = right, np.where(hump_right, np.nan, ends[1].slope)
        x2, f2 = left, np.where(hump_left, np.nan, ends[0].slope)
        x3, f3 = x2, f2
        on_right = np.ones(active.size, dtype=bool)
        step = np.full(active.size, 0.5)
        for _ in range(_ITERATIONS):
            x = x1 + step * (x2 - x1)
            result[active] = x
            point = self._at(y, x)
            dearer = point.cost > low * (1.0 + 1e-9) + 1e-24
            beyond_left = hump_left & dearer & (point.slope > 0)
            beyond_right = hump_right & dearer & (point.slope < 0)
            f = np.where(beyond_left | beyond_right, np.nan, point.slope)
            side = ((point.slope > 0) | beyond_right) & ~beyond_left
            same = side == on_right
            x3, f3 = np.where(same, x1, x2), np.where(same, f1, f2)
            x2, f2 = np.where(same, x2, x1), np.where(same, f2, f1)
            x1, f1, on_right = x, f, side
            step = _next_step((x1, x2, x3), (f1, f2, f3))
            going = (np.abs(x2 - x1) > 2 * _TOLERANCE) & (f1 != 0)
            if not going.any():
                break
            active, y, low, step = active[going], y[going], low[going], step[going]
            hump_left, hump_right, on_right = hump_left[going], hump_right[going], on_right[going]
            x1, x2, x3, f1, f2, f3 = (v[going] for v in (x1, x2, x3, f1, f2, f3))
        return result


_Triple = tuple[FloatArray, FloatArray, FloatArray]


def _next_step(x: _Triple, f: _Triple) -> FloatArray:
    """Next point of Chandrupatla's method as a fraction of the way from x1 to x2.

    Inverse quadratic interpolation where its two conditions hold, otherwise (NaN included) one
    half.
    """
    (x1, x2, x3), (f1, f2, f3) = x, f
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        xi = (x1 - x2) / (x3 - x2)
        phi = (f1 - f2) / (f3 - f2)
        safe = (phi**2 < xi) & ((1 - phi) ** 2 < 1 - xi)
        guess = f1 / (f2 - f1) * f3 / (f2 - f3)
        guess += (x3 - x1) / (x2 - x1) * f1 / (f3 - f1) * f2 / (f3 - f2)
        step = np.where(safe & np.isfinite(guess), guess, 0.5)
        margin = np.minimum(_TOLERANCE / np.abs(x2 - x1), 0.5)
    return np.clip(step, margin, 1 - margin)
