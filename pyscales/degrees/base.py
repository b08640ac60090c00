"""What every degree law offers: moments, quadrature, quantiles and samples.

All averages are written in the relative degree u = k/<k>, so that E[u] = 1.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

import numpy as np

from pyscales.degrees.quadrature import (
    EdgeNodes,
    FloatArray,
    Nodes,
    composite_legendre,
    gauss_from_atoms,
)
from pyscales.errors import InputError

if TYPE_CHECKING:
    from pyscales.degrees.sequence import DegreeSequence

DEFAULT_NODES = 48


def check_mean_degree(value: float) -> None:
    """Refuse a mean degree that is not a positive finite number."""
    if not (np.isfinite(value) and value > 0):
        raise InputError(
            "mean_degree", value, "a finite number > 0", "Give the mean number of partners."
        )


class DegreeLaw(ABC):
    """A distribution of expected degrees, P(k), with mean `mean_degree`.

    Attributes
    ----------
    mean_degree : float
        <k>.
    """

    name: str
    mean_degree: float

    @property
    @abstractmethod
    def u_max(self) -> float:
        """Upper end of the support of u; `inf` for an unbounded law."""

    @property
    def bounded(self) -> bool:
        """Whether the support of u ends."""
        return bool(np.isfinite(self.u_max))

    @property
    def n_atoms(self) -> int | None:
        """Number of neurons the law describes one by one; None for a continuous law."""
        return None

    @abstractmethod
    def moment(self, order: float) -> float:
        """E[u^order]."""

    @abstractmethod
    def fine_nodes(self, size_bias: float = 0.0) -> Nodes:
        """Many nodes (hundreds to thousands), accurate for functions with narrow features."""

    @abstractmethod
    def quantile(self, probability: FloatArray) -> FloatArray:
        """Relative degree at cumulative probability (the inverse distribution function)."""

    @abstractmethod
    def pdf(self, degree: FloatArray) -> FloatArray:
        """Probability density of the degree k (not of u)."""

    @abstractmethod
    def parameters(self) -> dict[str, Any]:
        """The defining parameters, as written to results."""

    def nodes(self, n: int = DEFAULT_NODES, size_bias: float = 0.0) -> Nodes:
        """Gauss quadrature in ln u for averages over P(k), size-biased on request.

        Parameters
        ----------
        n : int
            Number of nodes; discrete laws with fewer distinct degrees come back exactly.
        size_bias : float
            p in E[u^p f(u)] / E[u^p]; p = 1 is the degree of a neighbour.

        Returns
        -------
        Nodes
            Exact for polynomials in ln u up to degree 2n - 1. Isolated neurons (u = 0) keep a
            node of their own.
        """
        fine = self.fine_nodes(size_bias)
        if len(fine) <= n:
            return fine
        positive = fine.relative_degree > 0
        zero_mass = float(fine.weight[~positive].sum())
        x, w = gauss_from_atoms(np.log(fine.relative_degree[positive]), fine.weight[positive], n)
        u = np.exp(x)
        if zero_mass > 0:
            u, w = np.concatenate([[0.0], u]), np.concatenate([[zero_mass], w])
        return Nodes(u, w / w.sum())

    @abstractmethod
    def edge_nodes(self) -> EdgeNodes:
        """Nodes clustered at the largest degree; raises InputError for an unbounded law."""

    def sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        """n independent expected degrees drawn from the law (inverse transform), shape (n,)."""
        return self.mean_degree * self.quantile(rng.random(n))

    def finite(self, n: int) -> DegreeSequence:
        """The n quantiles of the law, u_i = F^-1((i - 1/2)/n) / mean, as a law of their own.

        This is the degree sequence of a network of n neurons without sampling noise; its mean is
        `mean_degree` exactly.
        """
        from pyscales.degrees.sequence import DegreeSequence

        if n < 1:
            raise InputError("n", n, "an integer >= 1", "Give the number of neurons.")
        u = self.quantile((np.arange(n) + 0.5) / n)
        return DegreeSequence(self.mean_degree * u / u.mean(), source=f"quantiles:{self.name}")


class ContinuousLaw(DegreeLaw):
    """A law with a density in v = ln u; a subclass gives that density and its range."""

    @abstractmethod
    def log_density(self, v: FloatArray, size_bias: float) -> FloatArray:
        """ln of the density of v = ln u under the size-biased law, up to a constant."""

    @property
    @abstractmethod
    def log_density_terms(self) -> tuple[float, float, float]:
        """(a, b, c) of `log_density` = a v + b v^2 + c exp(v) + constant, without size bias."""

    @abstractmethod
    def log_range(self, size_bias: float) -> tuple[float, float]:
        """Range of v outside which the size-biased law has less than 1e-16 of its mass."""

    def fine_nodes(self, size_bias: float = 0.0) -> Nodes:
        low, high = self.log_range(size_bias)
        v, w = composite_legendre(np.linspace(low, high, 61))
        log_w = self.log_density(v, size_bias)
        w = w * np.exp(log_w - log_w.max())
        return Nodes(np.exp(v), w / w.sum())

    def edge_nodes(self) -> EdgeNodes:
        if not self.bounded:
            raise InputError(
                "degrees",
                self.name,
                "a law with a largest degree",
                "Give --k-max, or --n for the quantiles of a finite network.",
            )
        low, _ = self.log_range(0.0)
        v_max = float(np.log(self.u_max))
        y, w = composite_legendre(np.linspace(-60.0, np.log(v_max - low), 121))
        drop = np.exp(y)
        log_w = self.log_density(v_max - drop, 0.0)
        w = w * drop * np.exp(log_w - log_w.max())
        return EdgeNodes(
            self.u_max * np.exp(-drop), w / w.sum(), -np.expm1(-drop), float(self.u_max)
        )
