"""Power-law degrees between a smallest and a largest degree."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from pyscales.degrees.base import ContinuousLaw, check_mean_degree
from pyscales.degrees.quadrature import FloatArray
from pyscales.errors import InputError


def _power_integral(power: float, low: float, high: float) -> float:
    """int_low^high u^power du."""
    span = np.log(high / low)
    if power == -1:
        return float(span)
    return float(low ** (power + 1) * np.expm1((power + 1) * span) / (power + 1))


@dataclass(frozen=True)
class PowerLaw(ContinuousLaw):
    """P(k) ~ k^-exponent for k_min <= k <= k_max (hard cutoff).

    `k_min` follows from the mean degree.

    Parameters
    ----------
    mean_degree : float
        <k>.
    exponent : float
        Exponent of the density, 0..10.
    k_max : float
        Largest degree; must exceed `mean_degree`.
    """

    mean_degree: float
    exponent: float
    k_max: float
    name = "power-law"

    def __post_init__(self) -> None:
        check_mean_degree(self.mean_degree)
        if not (np.isfinite(self.exponent) and 0 <= self.exponent <= 10):
            raise InputError("exponent", self.exponent, "a number in [0, 10]", "Usual: 2 to 3.")
        if self.k_max is None or not (np.isfinite(self.k_max) and self.k_max > self.mean_degree):
            raise InputError(
                "k_max",
                self.k_max,
                f"a finite number above the mean degree {self.mean_degree:g}",
                "The power law needs its cutoff.",
            )
        a, b = 1e-12, self.u_max
        least = _power_integral(1 - self.exponent, a, b) / _power_integral(-self.exponent, a, b)
        if least >= 1:
            raise InputError(
                "mean_degree",
                self.mean_degree,
                f"above {least * self.mean_degree:.6g} for this exponent and k_max",
                "Raise the mean degree or the exponent, or lower k_max.",
            )

    @property
    def u_max(self) -> float:
        return self.k_max / self.mean_degree

    @cached_property
    def _u_min(self) -> float:
        from scipy.optimize import brentq

        b, p = self.u_max, self.exponent

        def excess(log_a: float) -> float:
            a = np.exp(log_a)
            return _power_integral(1 - p, a, b) / _power_integral(-p, a, b) - 1.0

        low, high = np.log(1e-12), np.log(b) * (1 - 1e-12) if b > 1 else 0.0
        return float(np.exp(brentq(excess, low, min(high, 0.0), xtol=1e-14, rtol=1e-14)))

    def moment(self, order: float) -> float:
        a, b, p = self._u_min, self.u_max, self.exponent
        return _power_integral(order - p, a, b) / _power_integral(-p, a, b)

    def log_density(self, v: FloatArray, size_bias: float) -> FloatArray:
        return (1 - self.exponent + size_bias) * v

    @property
    def log_density_terms(self) -> tuple[float, float, float]:
        return 1 - self.exponent, 0.0, 0.0

    def log_range(self, size_bias: float) -> tuple[float, float]:
        return float(np.log(self._u_min)), float(np.log(self.u_max))

    def quantile(self, probability: FloatArray) -> FloatArray:
        a, b, p = self._u_min, self.u_max, 1 - self.exponent
        q = np.asarray(probability, dtype=float)
        if p == 0:
            return a * (b / a) ** q
        return a * np.exp(np.log1p(q * np.expm1(p * np.log(b / a))) / p)

    def pdf(self, degree: FloatArray) -> FloatArray:
        k = np.asarray(degree, dtype=float)
        u = k / self.mean_degree
        inside = (u >= self._u_min) & (u <= self.u_max)
        norm = _power_integral(-self.exponent, self._u_min, self.u_max) * self.mean_degree
        return np.where(inside, np.where(inside, u, 1.0) ** -self.exponent / norm, 0.0)

    def parameters(self) -> dict[str, Any]:
        return {
            "law": self.name,
            "mean_degree": self.mean_degree,
            "exponent": self.exponent,
            "k_max": self.k_max,
        }
