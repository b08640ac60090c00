"""Gamma-distributed degrees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import gammaincinv, gammaln

from pyscales.degrees.base import ContinuousLaw, check_mean_degree
from pyscales.degrees.quadrature import FloatArray
from pyscales.errors import InputError


@dataclass(frozen=True)
class Gamma(ContinuousLaw):
    """P(u) = a^a u^(a-1) exp(-a u) / Gamma(a), a = `shape`; CV^2 = 1/a, E[u^2] = 1 + 1/a.

    Unbounded, with an exponential tail.
    """

    mean_degree: float
    shape: float
    name = "gamma"

    def __post_init__(self) -> None:
        check_mean_degree(self.mean_degree)
        if not (np.isfinite(self.shape) and 0.05 <= self.shape <= 1e6):
            raise InputError(
                "shape", self.shape, "a number in [0.05, 1e6]", "CV of the degrees is shape^(-1/2)."
            )

    @property
    def u_max(self) -> float:
        return np.inf

    def moment(self, order: float) -> float:
        a = self.shape
        return float(np.exp(gammaln(a + order) - gammaln(a) - order * np.log(a)))

    def log_density(self, v: FloatArray, size_bias: float) -> FloatArray:
        return (self.shape + size_bias) * v - self.shape * np.exp(v)

    @property
    def log_density_terms(self) -> tuple[float, float, float]:
        return self.shape, 0.0, -self.shape

    def log_range(self, size_bias: float) -> tuple[float, float]:
        a = self.shape + size_bias
        low = np.log(gammaincinv(a, 1e-17)) if a > 0.5 else np.log(1e-17) / a
        return float(low - np.log(self.shape)), float(
            np.log((a + 9 * np.sqrt(2 * a) + 40) / self.shape)
        )

    def quantile(self, probability: FloatArray) -> FloatArray:
        return gammaincinv(self.shape, probability) / self.shape

    def pdf(self, degree: FloatArray) -> FloatArray:
        k = np.asarray(degree, dtype=float)
        a, u = self.shape, k / self.mean_degree
        with np.errstate(divide="ignore", invalid="ignore"):
            log_p = a * np.log(a) + (a - 1) * np.log(u) - a * u - gammaln(a)
        return np.where(k > 0, np.exp(log_p) / self.mean_degree, 0.0)

    def parameters(self) -> dict[str, Any]:
        return {"law": self.name, "mean_degree": self.mean_degree, "shape": self.shape}
