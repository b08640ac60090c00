"""Families of degree laws fitted by maximum likelihood and compared by AIC.

Degrees are whole numbers from 1 on; every family is a distribution on 1, 2, 3, ... Continuous
families are integrated over the cell (k - 1/2, k + 1/2), and all are renormalised above 1/2.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special, stats

from pyscales.engines.base import SolverStatus
from pyscales.errors import InputError

FloatArray = NDArray[np.float64]

_FLOOR = 1e-300
_EXACT_TERMS = 400


@dataclass(frozen=True)
class DegreeFit:
    """One family fitted to degrees.

    Attributes
    ----------
    family : str
    parameters : dict of str to float
    log_likelihood, aic : float
    delta_aic : float
        AIC less the smallest of the comparison.
    weight : float
        Akaike weight.
    ks : float
        Largest distance of the cumulative distributions.
    chi2_p : float
        Chi-square test on bins with five or more expected nodes, parameters counted.
    status : SolverStatus
    """

    family: str
    parameters: dict[str, float]
    log_likelihood: float
    aic: float
    delta_aic: float
    weight: float
    ks: float
    chi2_p: float
    status: SolverStatus

    def pmf(self, k: Any) -> FloatArray:
        """Probability of degrees k >= 1 under the fit."""
        family = FAMILIES[self.family]
        theta = family.to_theta([self.parameters[name] for name in family.names])
        return np.exp(family.log_pmf(np.asarray(k, dtype=np.float64), theta))


@dataclass(frozen=True)
class _Family:
    """Names of the parameters, log pmf of the unconstrained ones, and both maps."""

    names: tuple[str, ...]
    log_pmf: Callable[[FloatArray, FloatArray], FloatArray]
    start: Callable[[FloatArray, FloatArray], list[list[float]]]
    to_parameters: Callable[[FloatArray], list[float]]
    to_theta: Callable[[list[float]], FloatArray]


def _log(values: Any) -> FloatArray:
    return np.log(np.maximum(values, _FLOOR))


def _cells(sf: Callable[[FloatArray], FloatArray], k: FloatArray) -> FloatArray:
    """Log probability of the cell around k, given the survival function, above 1/2."""
    return _log(sf(k - 0.5) - sf(k + 0.5)) - _log(sf(np.array(0.5)))


def _lognormal(k: FloatArray, theta: FloatArray) -> FloatArray:
    mu, sigma = theta[0], np.exp(theta[1])
    # The smaller tail keeps digits on both sides of the median.
    low, high = (np.log(k - 0.5) - mu) / sigma, (np.log(k + 0.5) - mu) / sigma
    flip = low > 0
    a, b = np.where(flip, -high, low), np.where(flip, -low, high)
    return _log(special.ndtr(b) - special.ndtr(a)) - special.log_ndtr(-(np.log(0.5) - mu) / sigma)


def _gamma(k: FloatArray, theta: FloatArray) -> FloatArray:
    shape, scale = np.exp(theta[0]), np.exp(theta[1])
    return _cells(lambda x: special.gammaincc(shape, x / scale), k)


def _negative_binomial(k: FloatArray, theta: FloatArray) -> FloatArray:
    size, mean = np.exp(theta[0]), np.exp(theta[1])
    p = size / (size + mean)
    log0 = size * np.log(p)
    body = (
        special.gammaln(k + size)
        - special.gammaln(size)
        - special.gammaln(k + 1.0)
        + log0
        + k * np.log1p(-p)
    )
    return body - np.log(-np.expm1(min(log0, -_FLOOR)))


def _geometric(k: FloatArray, theta: FloatArray) -> FloatArray:
    p = special.expit(theta[0])
    return np.log(p) + (k - 1.0) * np.log1p(-p)


def _power_law(k: FloatArray, theta: FloatArray) -> FloatArray:
    exponent = 1.0 + np.exp(theta[0])
    return -exponent * np.log(k) - np.log(special.zeta(exponent, 1.0))


def _cutoff(k: FloatArray, theta: FloatArray) -> FloatArray:
    exponent, scale = theta[0], np.exp(theta[1])
    return -exponent * np.log(k) - k / scale - _log_cutoff_norm(exponent, scale)


def _log_cutoff_norm(exponent: float, scale: float) -> float:
    """log sum_k k^-a exp(-k / s): exact terms, then Euler-Maclaurin with a log-spaced integral."""
    k = np.arange(1.0, _EXACT_TERMS)
    terms = -exponent * np.log(k) - k / scale
    last = float(_EXACT_TERMS)
    u = np.linspace(np.log(last), np.log(last + 60.0 * scale + 10.0 * last), 2001)
    x = np.exp(u)
    values = (1.0 - exponent) * u - x / scale
    top = max(float(terms.max()), float(values.max()))
    from scipy.integrate import simpson

    integral = float(simpson(np.exp(values - top), x=u))
    edge = float(np.exp(-exponent * np.log(last) - last / scale - top))
    slope = edge * (exponent / last + 1.0 / scale)
    total = float(np.exp(terms - top).sum()) + integral + edge / 2.0 + slope / 12.0
    return top + float(np.log(total))


def _moments(k: FloatArray, count: FloatArray) -> tuple[float, float, float, float]:
    w = count / count.sum()
    mean = float(w @ k)
    variance = float(w @ (k - mean) ** 2)
    log_mean = float(w @ np.log(k))
    log_sd = float(np.sqrt(w @ (np.log(k) - log_mean) ** 2))
    return mean, max(variance, 1e-6), log_mean, max(log_sd, 1e-2)


def _start_lognormal(k: FloatArray, c: FloatArray) -> list[list[float]]:
    _, _, m, s = _moments(k, c)
    return [[m, np.log(s)], [m - s, np.log(1.3 * s)]]


def _start_gamma(k: FloatArray, c: FloatArray) -> list[list[float]]:
    mean, variance, *_ = _moments(k, c)
    return [[np.log(mean**2 / variance), np.log(variance / mean)], [0.0, np.log(mean)]]


def _start_nb(k: FloatArray, c: FloatArray) -> list[list[float]]:
    mean, variance, *_ = _moments(k, c)
    size = mean**2 / max(variance - mean, 0.05 * mean)
    return [[np.log(size), np.log(mean)], [0.0, np.log(mean)]]


def _start_geometric(k: FloatArray, c: FloatArray) -> list[list[float]]:
    mean = max(_moments(k, c)[0], 1.0 + 1e-6)
    return [[float(special.logit(min(1.0 / mean, 1 - 1e-9)))]]


def _start_power(k: FloatArray, c: FloatArray) -> list[list[float]]:
    _, _, log_mean, _ = _moments(k, c)
    return [[-np.log(max(log_mean + 0.4, 0.05))]]


def _start_cutoff(k: FloatArray, c: FloatArray) -> list[list[float]]:
    mean, *_ = _moments(k, c)
    return [[0.5, np.log(2 * mean)], [1.5, np.log(5 * mean)], [-0.5, np.log(mean)]]


def _exp(theta: FloatArray) -> list[float]:
    return [float(v) for v in np.exp(theta)]


FAMILIES: dict[str, _Family] = {
    "lognormal": _Family(
        ("mu", "sigma"),
        _lognormal,
        _start_lognormal,
        lambda t: [float(t[0]), float(np.exp(t[1]))],
        lambda p: np.array([p[0], np.log(p[1])]),
    ),
    "negative binomial": _Family(
        ("size", "mean"), _negative_binomial, _start_nb, _exp, lambda p: np.log(p)
    ),
    "gamma": _Family(("shape", "scale"), _gamma, _start_gamma, _exp, lambda p: np.log(p)),
    "geometric": _Family(
        ("p",),
        _geometric,
        _start_geometric,
        lambda t: [float(special.expit(t[0]))],
        lambda p: special.logit(np.array(p)),
    ),
    "power law": _Family(
        ("exponent",),
        _power_law,
        _start_power,
        lambda t: [float(1.0 + np.exp(t[0]))],
        lambda p: np.log(np.array(p) - 1.0),
    ),
    "power law with cutoff": _Family(
        ("exponent", "cutoff"),
        _cutoff,
        _start_cutoff,
        lambda t: [float(t[0]), float(np.exp(t[1]))],
        lambda p: np.array([p[0], np.log(p[1])]),
    ),
}


def fit_degrees(degrees: Any, families: tuple[str, ...] = tuple(FAMILIES)) -> list[DegreeFit]:
    """Fit families to the degrees k >= 1, best first.

    Parameters
    ----------
    degrees : array_like of whole numbers >= 0, shape (n,)
        Nodes of degree zero are left out; at least ten others are needed.
    families : tuple of str

    Returns
    -------
    list of DegreeFit
        By ascending AIC. Cost O(distinct degrees) per evaluation, some hundred evaluations.

    Raises
    ------
    InputError
        Negative, fractional or too few degrees, an unknown family.

    References
    ----------
    Burnham & Anderson 2002. Clauset, Shalizi & Newman 2009, SIAM Rev. 51:661.
    """
    k = np.asarray(degrees, dtype=np.float64)
    if k.ndim != 1 or not np.isfinite(k).all() or (k < 0).any() or (k != np.floor(k)).any():
        raise InputError("degrees", k.shape, "whole numbers >= 0", "Fit partners or synapses.")
    unknown = [f for f in families if f not in FAMILIES]
    if unknown or not families:
        raise InputError("families", unknown, "some of " + ", ".join(FAMILIES))
    positive = k[k > 0]
    if positive.size < 10 or np.unique(positive).size < 3:
        raise InputError("degrees", positive.size, "ten positive degrees or more, not all equal")
    values, counts = np.unique(positive, return_counts=True)
    found = [_fit(name, values, counts.astype(np.float64)) for name in families]
    best = min(f[2] for f in found)
    relative = np.array([np.exp(-0.5 * (f[2] - best)) for f in found])
    weights = relative / relative.sum()
    fits = [
        DegreeFit(name, parameters, ll, aic, aic - best, float(weight), *checks, status)
        for (name, parameters, aic, ll, checks, status), weight in zip(found, weights, strict=True)
    ]
    return sorted(fits, key=lambda f: f.aic)


def _fit(
    name: str, values: FloatArray, counts: FloatArray
) -> tuple[str, dict[str, float], float, float, tuple[float, float], SolverStatus]:
    family = FAMILIES[name]

    def loss(theta: FloatArray) -> float:
        with np.errstate(all="ignore"):
            value = -float(counts @ family.log_pmf(values, theta))
        return value if np.isfinite(value) else 1e15

    best: Any = None
    for start in family.start(values, counts):
        result = optimize.minimize(
            loss,
            np.array(start),
            method="Nelder-Mead",
            options={"xatol": 1e-7, "fatol": 1e-7, "maxiter": 4000},
        )
        if best is None or result.fun < best.fun:
            best = result
    theta = np.atleast_1d(best.x)
    parameters = dict(zip(family.names, family.to_parameters(theta), strict=True))
    status = SolverStatus(
        bool(best.success),
        "success" if best.success else "max_iterations",
        str(best.message),
        int(best.nit),
        int(best.nfev),
    )
    ll = -float(best.fun)
    aic = 2.0 * theta.size - 2.0 * ll
    return name, parameters, aic, ll, _checks(family, theta, values, counts), status


def _checks(
    family: _Family, theta: FloatArray, values: FloatArray, counts: FloatArray
) -> tuple[float, float]:
    """Kolmogorov-Smirnov distance and chi-square p-value."""
    n = counts.sum()
    grid = np.arange(1.0, values[-1] + 1.0)
    with np.errstate(all="ignore"):
        p = np.exp(family.log_pmf(grid, theta))
    observed = np.zeros(grid.size)
    observed[values.astype(int) - 1] = counts
    ks = float(np.abs(np.cumsum(p) - np.cumsum(observed) / n).max())
    expected, seen = _merge(np.append(n * p, max(n * (1.0 - p.sum()), 0.0)), np.append(observed, 0))
    dof = expected.size - 1 - theta.size
    if dof < 1:
        return ks, np.nan
    chi2 = float(((seen - expected) ** 2 / expected).sum())
    return ks, float(stats.chi2.sf(chi2, dof))


def _merge(expected: FloatArray, seen: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Neighbouring cells joined until each expects five nodes or more."""
    e, s = [0.0], [0.0]
    for a, b in zip(expected, seen, strict=True):
        e[-1] += float(a)
        s[-1] += float(b)
        if e[-1] >= 5.0:
            e.append(0.0)
            s.append(0.0)
    if len(e) > 1:
        last_e, last_s = e.pop(), s.pop()
        e[-1] += last_e
        s[-1] += last_s
    return np.array(e), np.array(s)
