"""Every neuron has the same degree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pyscales.degrees.base import DegreeLaw, check_mean_degree
from pyscales.degrees.quadrature import EdgeNodes, FloatArray, Nodes


@dataclass(frozen=True)
class Homogeneous(DegreeLaw):
    """P(k) = delta(k - <k>): the classical random network (Sompolinsky et al. 1988)."""

    mean_degree: float
    name = "homogeneous"

    def __post_init__(self) -> None:
        check_mean_degree(self.mean_degree)

    @property
    def u_max(self) -> float:
        return 1.0

    def moment(self, order: float) -> float:
        return 1.0

    def fine_nodes(self, size_bias: float = 0.0) -> Nodes:
        return Nodes(np.ones(1), np.ones(1))

    def edge_nodes(self) -> EdgeNodes:
        return EdgeNodes(np.ones(1), np.ones(1), np.zeros(1), 1.0)

    def quantile(self, probability: FloatArray) -> FloatArray:
        return np.ones_like(probability)

    def pdf(self, degree: FloatArray) -> FloatArray:
        return np.where(np.asarray(degree) == self.mean_degree, np.inf, 0.0)

    def parameters(self) -> dict[str, Any]:
        return {"law": self.name, "mean_degree": self.mean_degree}
