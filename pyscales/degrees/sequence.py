"""A given list of degrees as a law: quantiles of a finite network, measured degrees."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from pyscales.degrees.base import DegreeLaw
from pyscales.degrees.quadrature import EdgeNodes, FloatArray, Nodes
from pyscales.errors import InputError


class DegreeSequence(DegreeLaw):
    """The empirical law of n degrees: every average is an exact sum over the neurons.

    Parameters
    ----------
    degrees : array_like, shape (n,)
        Finite, not negative, not all zero.
    source : str
        Where they come from, written to results.
    """

    name = "sequence"

    def __init__(self, degrees: FloatArray, *, source: str = "array") -> None:
        k = np.array(degrees, dtype=float)
        if k.ndim != 1 or k.size == 0:
            raise InputError(
                "degrees", k.shape, "a list of at least one degree", "Give one number per neuron."
            )
        bad = ~np.isfinite(k)
        if bad.any():
            i = int(np.argmax(bad))
            raise InputError(
                f"degrees[{i}]", float(k[i]), "finite numbers", "Remove or repair that entry."
            )
        if (k < 0).any():
            i = int(np.argmax(k < 0))
            raise InputError(
                f"degrees[{i}]", float(k[i]), "numbers >= 0", "A degree counts partners."
            )
        if k.max() == 0:
            raise InputError(
                "degrees", "all zero", "at least one positive degree", "Check the column read."
            )
        k.sort()
        k.flags.writeable = False
        self.degrees = k
        self.source = source
        self.mean_degree = float(k.mean())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DegreeSequence) and np.array_equal(self.degrees, other.degrees)

    def __hash__(self) -> int:
        return hash((self.degrees.size, self.mean_degree, self.u_max))

    def __repr__(self) -> str:
        return (
            f"DegreeSequence(n={self.degrees.size}, mean_degree={self.mean_degree:g}, "
            f"source={self.source!r})"
        )

    @property
    def n_atoms(self) -> int:
        return self.degrees.size

    @property
    def u_max(self) -> float:
        return float(self.degrees[-1] / self.mean_degree)

    @property
    def relative_degrees(self) -> FloatArray:
        """u of every neuron, ascending, shape (n,)."""
        return self.degrees / self.mean_degree

    @cached_property
    def _atoms(self) -> tuple[FloatArray, FloatArray]:
        values, counts = np.unique(self.degrees, return_counts=True)
        return values / self.mean_degree, counts / self.degrees.size

    def moment(self, order: float) -> float:
        u, w = self._atoms
        if order < 0 and u[0] == 0:
            return np.inf
        return float(np.sum(w * u**order))

    def fine_nodes(self, size_bias: float = 0.0) -> Nodes:
        u, w = self._atoms
        if size_bias != 0:
            u, w = u[u > 0], w[u > 0] * u[u > 0] ** size_bias
        return Nodes(u, w / w.sum())

    def edge_nodes(self) -> EdgeNodes:
        u, w = self._atoms
        return EdgeNodes(u, w, 1 - u / u[-1], self.u_max)

    def quantile(self, probability: FloatArray) -> FloatArray:
        index = np.clip(np.ceil(np.asarray(probability) * self.degrees.size) - 1, 0, None)
        return self.relative_degrees[index.astype(int)]

    def pdf(self, degree: FloatArray) -> FloatArray:
        return np.where(np.isin(degree, self.degrees), np.inf, 0.0)

    def parameters(self) -> dict[str, Any]:
        return {
            "law": self.name,
            "mean_degree": self.mean_degree,
            "n": self.degrees.size,
            "source": self.source,
        }
