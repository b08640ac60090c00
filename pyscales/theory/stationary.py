"""Exact stationary dynamical mean-field theory at symmetry 0, for any degree law.

At symmetry 0 a neuron of relative degree u has the autocorrelation Delta_u(tau) = u D(tau), and D
moves like a particle in the potential

    V(D) = -D^2/2 + g^2 E[ <Phi(x) Phi(y)> - <Phi>^2 ],   Phi = ln cosh,

x and y Gaussian of variance u D(0) and covariance u D (Sompolinsky, Crisanti & Sommers 1988,
PRL 61:259; Crisanti & Sompolinsky 2018, PRE 98:062120; with degrees: arXiv:2603.04149). Written
with the Mehler coefficients c_n of C(rho) = E[u <phi phi>] = sum_n c_n rho^n, rho = D/D(0), and
e_n = g^2 c_n / ((n + 1) D(0)), the condition V(D(0)) = 0 reads sum_n e_n = 1/2 and

    V / D(0)^2 = -rho^2 sum_{n >= 3} e_n (1 - rho^(n-1)),

a sum of terms of one sign: nothing cancels, neither near rho = 0, 1 nor near the critical gain.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.polynomial.polynomial import polyval
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from scipy.optimize import brentq

from pyscales.theory.gaussian import (
    hermite_coefficients_tanh,
    mean_square_tanh,
    variance_log_cosh,
)

FloatArray = NDArray[np.float64]

_S_MAX = 34.0
_S_POINTS = 1701
_TAIL = 1e-10
_MAX_TERMS = 3000
_CLOSEST = 1e-9


@dataclass(frozen=True)
class StationaryState:
    """Stationary solution at symmetry 0. Time in units of the membrane time constant.

    Attributes
    ----------
    gain : float
    phase : str
        'silent' or 'chaotic'.
    d0 : float
        D(0); the variance of x at relative degree u is u D(0), the population mean D(0).
    order : ndarray of int, shape (m,)
        Odd orders n = 1, 3, ...
    c, e : ndarray, shape (m,)
        Mehler coefficients of E[u <phi phi>] and of the potential (see the module).
    relative_degree, weight : ndarray, shape (k,)
        Size-biased degree nodes the coefficients were averaged with.
    a_squared : ndarray, shape (m, k)
        Squared Hermite coefficients of tanh per degree node.
    converged : bool
    residual : float
        |V(D(0))| / D(0)^2 at the root.
    truncation : float
        Share of C(0) beyond the last Mehler term, put into the last one.
    iterations : int
        Evaluations of the root finder.
    message : str
        What happened and what to try.
    """

    gain: float
    phase: str
    d0: float
    order: NDArray[np.int64]
    c: FloatArray
    e: FloatArray
    relative_degree: FloatArray
    weight: FloatArray
    a_squared: FloatArray
    converged: bool
    residual: float
    truncation: float
    iterations: int
    message: str

    @property
    def autocorrelation_phi0(self) -> float:
        """C(0) = E[u <phi^2>]."""
        return float(self.c.sum())


RootFinder = Callable[[FloatArray, FloatArray, float, float, float], tuple[float, int, bool]]


def solve_stationary(
    relative_degree: FloatArray,
    weight: FloatArray,
    gain: float,
    *,
    find_root: RootFinder | None = None,
) -> StationaryState:
    """Solve for D(0) and the Mehler coefficients of the stationary state at symmetry 0.

    Parameters
    ----------
    relative_degree, weight : ndarray, shape (k,)
        Size-biased nodes: E[u f(u)] = sum_j weight_j f(u_j).
    gain : float
        g >= 0.
    find_root : callable, optional
        Root ln D(0) of `excess` between two bounds: f(u, w, gain, low, high) returns it, the
        evaluations spent and whether it converged. Default: Brent's method.

    Returns
    -------
    StationaryState
        Below the critical gain g_c = E[u^2]^(-1/2) the silent state with D(0) = 0. The largest
        root is taken; V has one maximum only, so it is the only positive one.

    Notes
    -----
    Cost: about 20 evaluations of 1200 k terms, then up to 3000 x 1200 x k multiplications where
    hubs saturate. Within 1e-9 of the critical gain the root is below the rounding error and
    `converged` is False.
    """
    u, w = relative_degree, weight
    above = gain**2 * float(w @ u) - 1.0
    if above <= 0:
        return _silent(gain, u, w)
    if above < 2 * _CLOSEST:
        return _silent(
            gain,
            u,
            w,
            converged=False,
            phase="chaotic",
            message="The gain is within 1e-9 of the critical gain: D(0) is below rounding error. "
            "Use the expansion D(0) = eps E[u^2]/E[u^3], or a larger gain.",
        )
    high = float(np.log(0.75 * gain**2))
    low = float(np.log(max(1e-12, above * 1e-3 / float(w @ u**2))))
    while excess(u, w, gain, low) < 0:
        low -= 5.0
    root, calls, found = (find_root or _brent)(u, w, gain, low, high)
    d0 = float(np.exp(root))
    order, c, a_squared, truncation = _mehler(u, w, d0)
    e = gain**2 * c / ((order + 1) * d0)
    mismatch = abs(2 * e.sum() - 1.0)
    e *= 0.5 / e.sum()
    residual = max(abs(excess(u, w, gain, root)), mismatch)
    converged = bool(found and residual < 1e-6)
    message = "converged" if converged else "Mehler series truncated: use fewer or smaller hubs."
    return StationaryState(
        gain,
        "chaotic",
        d0,
        order,
        c,
        e,
        u,
        w,
        a_squared,
        converged,
        residual,
        truncation,
        calls,
        message,
    )


def excess(u: FloatArray, w: FloatArray, gain: float, log_d0: float) -> float:
    """2 g^2 E[<Phi^2> - <Phi>^2] / D(0)^2 - 1, zero where V(D(0)) = 0."""
    d0 = np.exp(log_d0)
    return 2 * gain**2 * float(w @ (variance_log_cosh(u * d0) / u)) / d0**2 - 1.0


def _brent(
    u: FloatArray, w: FloatArray, gain: float, low: float, high: float
) -> tuple[float, int, bool]:
    root, info = brentq(
        lambda log_d0: excess(u, w, gain, log_d0),
        low,
        high,
        xtol=1e-15,
        rtol=1e-15,
        full_output=True,
    )
    return root, info.function_calls, bool(info.converged)


def _silent(
    gain: float,
    u: FloatArray,
    w: FloatArray,
    *,
    converged: bool = True,
    phase: str = "silent",
    message: str = "below the critical gain: x = 0 is stable",
) -> StationaryState:
    return StationaryState(
        gain,
        phase,
        0.0,
        np.array([1], dtype=np.int64),
        np.zeros(1),
        np.zeros(1),
        u,
        w,
        np.zeros((1, u.size)),
        converged,
        0.0,
        0.0,
        0,
        message,
    )


def _mehler(
    u: FloatArray, w: FloatArray, d0: float
) -> tuple[NDArray[np.int64], FloatArray, FloatArray, float]:
    exact = mean_square_tanh(u * d0)
    n_terms = 120
    while True:
        a_squared = hermite_coefficients_tanh(u * d0, n_terms) ** 2
        missing = exact - a_squared.sum(axis=0)
        missing[missing < 1e-14 * exact] = 0.0  # rounding, which weighs near the critical gain
        truncation = float(w @ missing) / float(w @ exact)
        if truncation < _TAIL or n_terms >= _MAX_TERMS:
            break
        n_terms = min(5 * n_terms, _MAX_TERMS)
    a_squared[-1] += missing
    order = 2 * np.arange(n_terms, dtype=np.int64) + 1
    return order, a_squared @ w, a_squared, truncation


@dataclass(frozen=True)
class Trajectory:
    """D(tau)/D(0) of a stationary state as a smooth function of the lag.

    Attributes
    ----------
    s : ndarray, shape (n,)
        Parameter with rho = 1/cosh(s), uniform from 0.
    rho : ndarray, shape (n,)
    lag : ndarray, shape (n,)
        tau(s) = int_0^s D(0) |d rho/d s| / sqrt(-2V) ds.
    lag_slope : ndarray, shape (n,)
        d tau / d s, tends to `timescale_asymptotic`.
    timescale_asymptotic : float
        Decay time of D at long lags, [1 - g^2 E[u^2 <phi'>^2]]^(-1/2).
    """

    s: FloatArray
    rho: FloatArray
    lag: FloatArray
    lag_slope: FloatArray
    timescale_asymptotic: float

    def rho_at(self, lag: FloatArray) -> FloatArray:
        """D(lag)/D(0) at any lag >= 0."""
        lag = np.asarray(lag, dtype=float)
        inside = np.minimum(lag, self.lag[-1])
        s = CubicSpline(self.lag, self.s)(inside)
        return np.exp(-(lag - inside) / self.timescale_asymptotic) / np.cosh(s)

    def lag_at(self, rho: float) -> float:
        """Lag at which D has fallen to rho D(0), 0 < rho <= 1."""
        return float(CubicSpline(self.s, self.lag)(np.arccosh(1.0 / rho)))


def solve_trajectory(state: StationaryState) -> Trajectory:
    """Integrate the particle's motion in V: the lag as a function of D (quadrature, no ODE).

    With rho = 1/cosh(s), sum_n e_n (1 - rho^(n-1)) = tanh(s)^2 sum_i E_i rho^(2i), where E_i is the
    sum of e_n over n > 2i + 1, so that d tau / d s = (2 sum_i E_i rho^(2i))^(-1/2) is smooth.
    """
    if state.d0 == 0:
        raise ValueError("the silent state has no autocorrelation")
    s = np.linspace(0.0, _S_MAX, _S_POINTS)
    rho = 1.0 / np.cosh(s)
    suffix = np.cumsum(state.e[:0:-1])[::-1]
    slope = 1.0 / np.sqrt(2 * polyval(rho**2, suffix))
    lag = CubicSpline(s, slope).antiderivative()(s)
    return Trajectory(s, rho, lag, slope, float(1.0 / np.sqrt(2 * suffix[0])))


def odd_series(rho: FloatArray, coefficients: FloatArray) -> FloatArray:
    """sum_j coefficients_j rho^(2j+1), Horner; shape rho.shape + coefficients.shape[1:]."""
    rho = np.asarray(rho, dtype=float)
    values = polyval(rho**2, coefficients, tensor=True)
    return np.moveaxis(values * rho, 0, -1) if coefficients.ndim == 2 else values * rho


def correlation_phi(state: StationaryState, rho: FloatArray) -> FloatArray:
    """Size-biased C = E[u <phi(x(t)) phi(x(t + tau))>] at correlation rho; shape of `rho`."""
    return odd_series(rho, state.c)


def correlation_phi_of_degree(
    relative_degree: FloatArray, d0: float, rho: FloatArray
) -> FloatArray:
    """<phi phi> of neurons of given relative degrees; shape rho.shape + degrees.shape."""
    variance = np.asarray(relative_degree, dtype=float) * d0
    _, _, a_squared, _ = _mehler(variance, np.full(variance.size, 1 / variance.size), 1.0)
    return odd_series(rho, a_squared)


def population_coefficients_phi(state: StationaryState) -> FloatArray:
    """Mehler coefficients of the population mean E[<phi phi>] (no size bias), shape (m,)."""
    return state.a_squared @ (state.weight / state.relative_degree)
