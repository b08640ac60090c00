"""Exponential Adams-Bashforth steps of order 1 and 3, plain or damped: one product of W per step.

tau dx/dt = -x + u(t) with u = W tanh(x) has an exact solution where u(t) is a polynomial. Through
the last three values of u,

    x(t + h) = e^-z x(t) + c_0 u(t) + c_1 u(t - h) + c_2 u(t - 2h),     z = h / tau,

so that the leak limits the step nowhere and a fixed point of the network is one of the steps. Order
1 holds u over the step: in effect the input comes h/2 late.

What limits order 3 is what it does to fast input. To u = e^(i w t) the steps answer like a filter,
with theta = w h,

    x = H u,     H(theta) = e^(-i theta) sum_j c_j e^(-i j theta) / (1 - e^(-z - i theta)).

For z = 1/2 |H| is near one at the fastest input that steps can hold, theta = pi, and noise made by
the steps themselves lives on. Damped steps use one more value, u(t - 3h), to subtract a third
difference, which leaves the order: by as much as makes |H| at pi equal to |H| at pi/2, which is
near the least greatest value of |H| for fast inputs. At z = 1/2 it is 0.73.

References
----------
Cox & Matthews 2002, J. Comput. Phys. 176:430 (exponential time differencing).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyscales.engines.embedded.right_hand_side import RightHandSide

FloatArray = NDArray[np.float64]

LARGEST_ERROR = 0.05
"""Local error, relative to x, above which a run has failed."""


@dataclass(frozen=True)
class StepCoefficients:
    """Coefficients of one step, each of shape (n, 1), or (1, 1) when all time constants are one.

    With M_k = z int_0^1 e^(-z (1 - s)) s^k ds.

    Attributes
    ----------
    decay : ndarray
        e^-z.
    first, slope : ndarray
        M_0 and M_1: the step of order 1 is decay x + first u(t), that of order 2 adds
        slope (u(t + h) - u(t)), or slope (u(t) - u(t - h)).
    curvature : ndarray
        (M_1 + M_2) / 2: order 3 adds curvature (u(t) - 2 u(t - h) + u(t - 2h)).
    damping : ndarray
        Damped steps subtract damping (u(t) - 3 u(t - h) + 3 u(t - 2h) - u(t - 3h)).
    """

    decay: FloatArray
    first: FloatArray
    slope: FloatArray
    curvature: FloatArray
    damping: FloatArray


def step_coefficients(step: float, rate: FloatArray) -> StepCoefficients:
    """Coefficients of a step h > 0 for rates 1 / tau_i of shape (n, 1), or (1, 1)."""
    z = step * rate
    m0, m1, m2 = (_moment(z, k) for k in range(3))
    decay, curvature = np.exp(-z), 0.5 * (m1 + m2)
    return StepCoefficients(decay, m0, m1, curvature, _damping(decay, m0, m1, curvature))


def _damping(q: FloatArray, m0: FloatArray, m1: FloatArray, curvature: FloatArray) -> FloatArray:
    """d >= 0 with |H(pi)| = |H(pi/2)|.

    With c_j the weights of order 3 and r = (1 + q)^2 / (1 + q^2) it is the smaller root of

        (c_0 - c_1 + c_2 - 8d)^2 = r ((c_0 - c_2 + 2d)^2 + (c_1 + 2d)^2).
    """
    c0, c1, c2 = m0 + m1 + curvature, -m1 - 2 * curvature, curvature
    r = (1 + q) ** 2 / (1 + q * q)
    top, real = c0 - c1 + c2, c0 - c2
    a = 64 - 8 * r
    b = 16 * top + 4 * r * (real + c1)
    c = top * top - r * (real * real + c1 * c1)
    return np.asarray((b - np.sqrt(b * b - 4 * a * c)) / (2 * a))


def _moment(z: FloatArray, k: int) -> FloatArray:
    """M_k(z): its Taylor series up to z = 1, else M_0 = 1 - e^-z, M_k = 1 - (k / z) M_(k-1)."""
    small = np.minimum(z, 1.0)
    series = np.zeros_like(z)
    for j in range(20, -1, -1):
        series = math.factorial(k) / math.factorial(k + j + 1) - small * series
    large = np.maximum(z, 1.0)
    recurrence = -np.expm1(-large)
    for j in range(1, k + 1):
        recurrence = 1.0 - (j / large) * recurrence
    return np.where(z <= 1.0, small * series, recurrence)


class ExponentialAdams:
    """Callable advance(x, h) -> x, states of shape (n, trials); keeps the last values of u.

    After a change of h the third order starts anew: one step of order 2 with two products, one of
    order 2 with one, which leaves the global error of third order.
    """

    def __init__(self, f: RightHandSide, order: int = 3, damped: bool = False) -> None:
        self._f = f
        self._order = order
        self._values = order + damped
        self._step = np.nan
        self._past: list[Any] = []
        self._coefficients = step_coefficients(1.0, f.rate)
        self._weights: list[list[Any]] = []
        self._room: list[Any] = []

    def __call__(self, x: FloatArray, h: float) -> FloatArray:
        """The state after h; x is left alone, the one before it may be overwritten."""
        u = self._f.input(x)
        if not abs(h - self._step) <= 1e-9 * h:
            self._start(h, x, u)
        fresh = self._order == 3 and not self._past
        self._past = [u, *self._past[: self._values - 1]]
        out = self._next(x)
        np.multiply(x, self._coefficients.decay, out=out)
        out += self._sum(self._weights[len(self._past) - 1])
        if fresh:
            out += self._coefficients.slope * (self._f.input(out) - u)
        return out

    def local_error(self, x: FloatArray) -> float:
        """Last difference between order 3 and order 2, rms over rms of x; 0 for x = 0.

        NaN for order 1.
        """
        if self._order == 1:
            return np.nan
        scale = _norm(x)
        if len(self._past) < 3 or scale == 0.0:
            return 0.0
        u, before, earlier = self._past[:3]
        bend = u - before
        bend -= before
        bend += earlier
        curvature = self._coefficients.curvature
        if curvature.size == 1:
            return float(curvature.item()) * _norm(bend) / scale
        return _norm(curvature * bend) / scale

    def _start(self, h: float, x: FloatArray, u: Any) -> None:
        self._step = h
        self._past = []
        c = self._coefficients = step_coefficients(h, self._f.rate)
        rows = [
            [c.first],
            [c.first + c.slope, -c.slope],
            [c.first + c.slope + c.curvature, -c.slope - 2 * c.curvature, c.curvature],
        ]
        third = zip([*rows[2], 0.0 * c.damping], (1, -3, 3, -1), strict=True)
        rows.append([weight - k * c.damping for weight, k in third])
        self._weights = [[w.astype(u.dtype) for w in row] for row in rows]
        self._room = [np.empty_like(x), np.empty_like(x), np.empty_like(u), np.empty_like(u)]

    def _next(self, x: FloatArray) -> FloatArray:
        first, second = self._room[:2]
        return second if x is first else first

    def _sum(self, weights: list[Any]) -> Any:
        total, term = self._room[2:]
        np.multiply(self._past[0], weights[0], out=total)
        for u, weight in zip(self._past[1:], weights[1:], strict=True):
            total += np.multiply(u, weight, out=term)
        return total


def _norm(z: Any) -> float:
    """Euclidean norm without BLAS, whose waiting threads would slow the products."""
    return math.sqrt(np.einsum("ij,ij->", z, z, dtype=np.float64))
