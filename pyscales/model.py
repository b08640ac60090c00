"""The model: degree law, gain, symmetry and how finite networks are drawn from it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyscales.degrees import DegreeLaw, DegreeSequence
from pyscales.errors import InputError
from pyscales.time_constants import TimeConstants

FloatArray = NDArray[np.float64]

THEORY_DEGREES = ("auto", "nominal", "finite", "capped", "realised")
DEGREE_SAMPLING = ("quantiles", "random")


@dataclass(frozen=True)
class Model:
    """tau_i dx_i/dt = -x_i + sum_j A_ij J_ij tanh(x_j), P(A_ij = 1) = k_i k_j/(N<k>).

    J_ij ~ N(0, gain^2/<k>) with corr(J_ij, J_ji) = symmetry. Time in membrane time constants.

    Parameters
    ----------
    degrees : DegreeLaw
        Law of the expected degrees.
    gain : float
        g >= 0.
    symmetry : float
        Correlation of reciprocal couplings, -1..1.
    n : int, optional
        Neurons of a sampled network; a `DegreeSequence` brings its own.
    kind : {'chung-lu', 'dense'}
        Sparse graph, or the dense surrogate W_ij = g sqrt(u_i u_j/N) J_ij.
    directed : bool
        Draw A_ij and A_ji independently.
    cap : {'clip', 'norros-reittu'}
        What becomes of probabilities above one.
    degree_sampling : {'quantiles', 'random'}
        Expected degrees of a network: the N quantiles of the law, or N draws.
    theory_degrees : {'auto', 'nominal', 'finite', 'capped', 'realised'}
        Degrees the theory uses: the law (`nominal`), the N quantiles (`finite`), the expected
        degrees after the cap (`capped`), those of a sampled graph (`realised`). 'auto' is
        `finite` when `n` is given and `nominal` otherwise.
    time_constants : TimeConstants
        tau_i; all one by default. The mean-field theory needs them equal, simulations do not.

    Raises
    ------
    InputError
        A value outside its range.
    """

    degrees: DegreeLaw
    gain: float
    symmetry: float = 0.0
    n: int | None = None
    kind: str = "chung-lu"
    directed: bool = False
    cap: str = "clip"
    degree_sampling: str = "quantiles"
    theory_degrees: str = "auto"
    time_constants: TimeConstants = field(default_factory=TimeConstants)

    def __post_init__(self) -> None:
        if not (np.isfinite(self.gain) and self.gain >= 0):
            raise InputError("gain", self.gain, "a finite number >= 0")
        if not (np.isfinite(self.symmetry) and -1 <= self.symmetry <= 1):
            raise InputError(
                "symmetry",
                self.symmetry,
                "a number in [-1, 1]",
                "It is the correlation of J_ij and J_ji.",
            )
        if self.n is not None and not (isinstance(self.n, int) and 2 <= self.n <= 100_000_000):
            raise InputError("n", self.n, "a whole number from 2 to 1e8")
        for name, value, allowed in (
            ("kind", self.kind, ("chung-lu", "dense")),
            ("cap", self.cap, ("clip", "norros-reittu")),
            ("degree_sampling", self.degree_sampling, DEGREE_SAMPLING),
            ("theory_degrees", self.theory_degrees, THEORY_DEGREES),
        ):
            if value not in allowed:
                raise InputError(name, value, "one of " + ", ".join(allowed))
        n = self.n_neurons
        if n is not None and self.kind == "chung-lu" and self.degrees.mean_degree > n - 1:
            raise InputError(
                "n",
                n,
                f"above the mean degree {self.degrees.mean_degree:g}",
                "A neuron has at most n - 1 partners: raise n or lower mean_degree.",
            )

        if (
            n is not None
            and self.kind == "chung-lu"
            and isinstance(self.degrees, DegreeSequence)
            and self.degrees.degrees[-1] > n - 1
        ):
            raise InputError(
                "n",
                n,
                f"above the largest degree {self.degrees.degrees[-1]:g}",
                "A neuron has at most n - 1 partners: raise n or leave it out.",
            )

    @property
    def n_neurons(self) -> int | None:
        """`n`, or the length of a given degree sequence."""
        return self.n if self.n is not None else self.degrees.n_atoms

    def with_(self, **changes: Any) -> Model:
        """A copy with some fields changed."""
        return replace(self, **changes)

    def finite_degrees(self) -> DegreeSequence:
        """Quantile degrees of a network of `n` neurons (a given sequence unchanged)."""
        n = self.n_neurons
        if n is None:
            raise InputError("n", None, "the number of neurons", "Give --n.")
        if isinstance(self.degrees, DegreeSequence) and self.degrees.n_atoms == n:
            return self.degrees
        return self.degrees.finite(n)

    def network_degrees(self, seed: np.random.SeedSequence) -> FloatArray:
        """Expected degrees of one network, shape (n,), ascending for quantiles."""
        if self.degree_sampling == "quantiles":
            return self.finite_degrees().degrees
        n = self.n_neurons
        if n is None:
            raise InputError("n", None, "the number of neurons", "Give --n.")
        return np.sort(self.degrees.sample(n, np.random.default_rng(seed)))

    def sample(self, seed: int | np.random.SeedSequence) -> Any:
        """Draw a `pyscales.network.Network` (unit gain); same seed, same network."""
        from pyscales.network import sample_network

        root = seed if isinstance(seed, np.random.SeedSequence) else np.random.SeedSequence(seed)
        for_degrees, for_network = (
            np.random.SeedSequence(root.entropy, spawn_key=(*root.spawn_key, i)) for i in (0, 1)
        )
        return sample_network(
            self.network_degrees(for_degrees),
            mean_degree=self.degrees.mean_degree,
            symmetry=self.symmetry,
            seed=for_network,
            kind=self.kind,  # type: ignore[arg-type]
            directed=self.directed,
            cap=self.cap,  # type: ignore[arg-type]
            allow_oversized=True,
        )

    def parameters(self) -> dict[str, Any]:
        """Plain values that define the model, for results and reports."""
        out: dict[str, Any] = {f"degrees.{k}": v for k, v in self.degrees.parameters().items()}
        out |= {
            "gain": self.gain,
            "symmetry": self.symmetry,
            "n": self.n_neurons,
            "kind": self.kind,
            "directed": self.directed,
            "cap": self.cap,
            "degree_sampling": self.degree_sampling,
            "theory_degrees": self.theory_degrees,
        }
        if not self.time_constants.homogeneous:
            out |= {f"time_constants.{k}": v for k, v in self.time_constants.parameters().items()}
        return out
