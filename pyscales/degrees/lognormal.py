"""Lognormal degrees, unbounded or truncated at a largest degree."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.special import log_ndtr, ndtri_exp

from pyscales.degrees.base import ContinuousLaw, check_mean_degree
from pyscales.degrees.homogeneous import Homogeneous
from pyscales.degrees.quadrature import EdgeNodes, FloatArray, Nodes
from pyscales.errors import InputError


@dataclass(frozen=True)
class Lognormal(ContinuousLaw):
    """k = <k> exp(sigma z + m), z standard normal, optionally truncated at k <= k_max.

    Unbounded: m = -sigma^2/2 and E[u^p] = exp(p(p-1) sigma^2/2). Truncated: z <= z_max, with m
    and z_max such that the mean stays `mean_degree` and the largest degree is `k_max`.

    Parameters
    ----------
    mean_degree : float
        <k>.
    sigma : float
        Standard deviation of ln k before truncation, 0..5.
    k_max : float, optional
        Largest degree; must exceed `mean_degree`.
    """

    mean_degree: float
    sigma: float
    k_max: float | None = None
    name = "lognormal"

    def __post_init__(self) -> None:
        check_mean_degree(self.mean_degree)
        if not (np.isfinite(self.sigma) and 0 <= self.sigma <= 5):
            raise InputError(
                "sigma",
                self.sigma,
                "a number in [0, 5]",
                "It is the standard deviation of ln k; measured connectomes have 0.5 to 1.2.",
            )
        if self.k_max is not None and not (
            np.isfinite(self.k_max) and self.k_max > self.mean_degree
        ):
            raise InputError(
                "k_max",
                self.k_max,
                f"a finite number above the mean degree {self.mean_degree:g}",
                "Leave it out for an unbounded law.",
            )

    @cached_property
    def _z_max(self) -> float:
        if self.k_max is None or self.sigma == 0:
            return np.inf
        from scipy.optimize import brentq

        s, target = self.sigma, np.log(self.k_max / self.mean_degree)

        def excess(z: float) -> float:
            return float(s * z - s**2 / 2 - log_ndtr(z - s) + log_ndtr(z) - target)

        high = (target + s**2 / 2) / s + 1.0
        low = high - 2.0
        while excess(low) > 0:
            low -= 2.0 * (high - low)
        return float(brentq(excess, low, high, xtol=1e-14, rtol=1e-14))

    @cached_property
    def _shift(self) -> float:
        z, s = self._z_max, self.sigma
        return float(-(s**2) / 2 - (log_ndtr(z - s) - log_ndtr(z) if np.isfinite(z) else 0.0))

    @property
    def u_max(self) -> float:
        if self.sigma == 0:
            return 1.0
        return np.inf if self.k_max is None else self.k_max / self.mean_degree

    def moment(self, order: float) -> float:
        s, z = self.sigma, self._z_max
        value = order * self._shift + order**2 * s**2 / 2
        if np.isfinite(z):
            value += float(log_ndtr(z - order * s) - log_ndtr(z))
        return float(np.exp(value))

    def log_density(self, v: FloatArray, size_bias: float) -> FloatArray:
        z = (v - self._shift) / self.sigma
        return -0.5 * z**2 + size_bias * v

    @property
    def log_density_terms(self) -> tuple[float, float, float]:
        return self._shift / self.sigma**2, -0.5 / self.sigma**2, 0.0

    def log_range(self, size_bias: float) -> tuple[float, float]:
        centre = size_bias * self.sigma
        high = min(self._z_max, centre + 9.0 + 2.0 * self.sigma)  # room for E[u^2 f]
        below = max(centre - high, 0.0)
        low = min(centre, high) - 81.0 / (np.hypot(below, 9.0) + below)
        return self._shift + self.sigma * low, self._shift + self.sigma * high

    def fine_nodes(self, size_bias: float = 0.0) -> Nodes:
        if self.sigma == 0:
            return Homogeneous(self.mean_degree).fine_nodes()
        return super().fine_nodes(size_bias)

    def edge_nodes(self) -> EdgeNodes:
        if self.sigma == 0:
            return Homogeneous(self.mean_degree).edge_nodes()
        return super().edge_nodes()

    def quantile(self, probability: FloatArray) -> FloatArray:
        p = np.asarray(probability, dtype=float)
        if self.sigma == 0:
            return np.ones_like(p)
        with np.errstate(divide="ignore"):
            z = ndtri_exp(np.log(p) + log_ndtr(self._z_max))
        return np.exp(self.sigma * np.minimum(z, self._z_max) + self._shift)

    def pdf(self, degree: FloatArray) -> FloatArray:
        k = np.asarray(degree, dtype=float)
        out = np.zeros_like(k)
        inside = (k > 0) & (k <= self.u_max * self.mean_degree)
        if self.sigma == 0:
            return Homogeneous(self.mean_degree).pdf(k)
        z = (np.log(k[inside] / self.mean_degree) - self._shift) / self.sigma
        log_p = -0.5 * z**2 - log_ndtr(self._z_max)
        out[inside] = np.exp(log_p) / (np.sqrt(2 * np.pi) * self.sigma * k[inside])
        return out

    def parameters(self) -> dict[str, Any]:
        out: dict[str, Any] = {
            "law": self.name,
            "mean_degree": self.mean_degree,
            "sigma": self.sigma,
        }
        if self.k_max is not None:
            out["k_max"] = self.k_max
        return out
