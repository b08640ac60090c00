"""A sampled network: couplings at unit gain, with the degrees and the seed it came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from pyscales.errors import InputError
from pyscales.network.chung_lu import sample_edges
from pyscales.network.connection_probability import Cap, FloatArray, check_cap, check_degrees
from pyscales.network.couplings import (
    check_dtype,
    check_mean_degree,
    check_symmetry,
    sample_couplings,
)
from pyscales.network.expected_degrees import capped_mass, clipped_mass
from pyscales.network.surrogate import sample_surrogate

Kind = Literal["chung-lu", "dense"]
Seed = int | np.integer[Any] | np.random.SeedSequence

KINDS: tuple[str, ...] = get_args(Kind)

# Keeps these streams apart from the children the caller spawns from the same sequence.
_STREAM_TAG = 0x6E6574


@dataclass(frozen=True, eq=False)
class Network:
    """Couplings of one network at unit gain, and what is known about them.

    The model is dx_i/dt = -x_i + g sum_j W_ij tanh(x_j); the gain g is applied by `scaled`.

    Parameters
    ----------
    weights : csr_array or ndarray, shape (N, N)
        W_ij from node j to node i, variance 1 / `mean_degree` on the edges (``chung-lu``) or
        u_i u_j / N (``dense``).
    expected_degrees : ndarray, shape (N,)
        Nominal degrees k_i, read-only.
    realised_degrees : ndarray, shape (N,)
        Number of inputs of each node, read-only; equal to the expected degrees for ``dense``,
        where degrees do not fluctuate.
    out_degrees : ndarray, shape (N,)
        Number of outputs of each node; the same array as `realised_degrees` unless directed.
    mean_degree : float
        <k> in the variance of the couplings.
    symmetry : float
        corr(J_ij, J_ji).
    directed : bool
        Whether the two directions of a pair were drawn independently.
    cap : str
        How nominal probabilities above one were treated.
    clipped_mass : float
        Fraction of the nominal edges lost to the cap; 0 for ``dense``.
    kind : {"chung-lu", "dense"}
        Sparse graph or dense surrogate.
    seed_entropy : int or sequence of int
        Entropy of the seed sequence.
    spawn_key : tuple of int
        Its spawn key: ``SeedSequence(seed_entropy, spawn_key=spawn_key)`` draws the same network.
    """

    weights: csr_array | npt.NDArray[Any] = field(repr=False)
    expected_degrees: FloatArray = field(repr=False)
    realised_degrees: npt.NDArray[Any] = field(repr=False)
    out_degrees: npt.NDArray[Any] = field(repr=False)
    mean_degree: float
    symmetry: float
    directed: bool
    cap: Cap
    clipped_mass: float
    kind: Kind
    seed_entropy: int | Sequence[int] | None
    spawn_key: tuple[int, ...] = ()

    @property
    def n(self) -> int:
        """Number of nodes."""
        return int(self.expected_degrees.size)

    @property
    def n_edges(self) -> int:
        """Number of edges: pairs of nodes when undirected, entries when directed."""
        if isinstance(self.weights, np.ndarray):
            return self.n * (self.n - 1) // 2
        entries = int(self.weights.nnz)
        return entries if self.directed else entries // 2

    @property
    def relative_degrees(self) -> FloatArray:
        """Expected degrees over their mean, u_i = k_i / mean(k), shape (N,)."""
        return self.expected_degrees / self.expected_degrees.mean()

    @property
    def relative_realised_degrees(self) -> FloatArray:
        """Realised degrees over their own mean, shape (N,); zeros for a graph without edges."""
        mean = float(self.realised_degrees.mean())
        return self.realised_degrees / (mean if mean > 0.0 else 1.0)

    @property
    def capped_mass(self) -> float:
        """Share of the nominal edges on pairs whose nominal probability exceeds one."""
        return 0.0 if self.kind == "dense" else capped_mass(self.expected_degrees)

    def scaled(self, gain: float) -> csr_array | npt.NDArray[Any]:
        """Couplings at a given gain, g W.

        Parameters
        ----------
        gain : float
            g, finite and >= 0.

        Returns
        -------
        csr_array or ndarray, shape (N, N)
            The type of `weights`. A sparse result shares its indices with `weights`, so only the
            entries are new; do not change the pattern of either in place. Cost O(entries).

        Raises
        ------
        InputError
            If `gain` is negative or not finite.
        """
        try:
            factor = float(gain)
        except (TypeError, ValueError):
            raise InputError("gain", gain, "a finite number >= 0") from None
        if not (np.isfinite(factor) and factor >= 0.0):
            raise InputError("gain", gain, "a finite number >= 0")
        if isinstance(self.weights, np.ndarray):
            return np.asarray(self.weights * factor)
        data, indices, indptr = self.weights.data, self.weights.indices, self.weights.indptr
        matrix = csr_array((data * factor, indices, indptr), shape=self.weights.shape, copy=False)
        matrix.has_canonical_format = True
        return matrix


def sample_network(
    expected_degrees: npt.ArrayLike,
    *,
    mean_degree: float | None = None,
    symmetry: float,
    seed: Seed,
    kind: Kind = "chung-lu",
    directed: bool = False,
    cap: Cap = "clip",
    dtype: npt.DTypeLike = "float64",
    allow_oversized: bool = False,
) -> Network:
    """Draw a network of given expected degrees.

    ``chung-lu``: W_ij = A_ij J_ij / sqrt(<k>), P(A_ij = 1) = p(k_i k_j / sum(k)).
    ``dense``: no graph, W_ij = sqrt(k_i k_j / (sum(k) <k>)) J_ij, the same variances uncapped,
    which is sqrt(u_i u_j / N) J_ij when <k> is the mean of the degrees.
    In both J_ij ~ N(0, 1) and corr(J_ij, J_ji) = `symmetry`.

    Parameters
    ----------
    expected_degrees : array_like, shape (N,)
        Nominal degrees k_i >= 0, not all zero.
    mean_degree : float, optional
        <k> in the variance 1 / <k>; the mean of `expected_degrees` when left out.
    symmetry : float
        Correlation between the two directions of a pair, in [-1, 1].
    seed : int or numpy.random.SeedSequence
        The graph and the couplings use independent streams derived from it, so the same seed gives
        the same graph at any symmetry. A sequence is read, not advanced.
    kind : {"chung-lu", "dense"}
        Sparse graph or dense surrogate.
    directed : bool
        Draw the edges (i, j) and (j, i) independently; ``chung-lu`` only. The correlation then
        holds on the pairs that happen to be reciprocated.
    cap : {"clip", "norros-reittu"}
        How nominal probabilities above one are treated. What is lost is in
        ``Network.clipped_mass``.
    dtype : {"float64", "float32"}
        Type of the couplings.
    allow_oversized : bool
        Accept ``chung-lu`` degrees above N. Such nodes join nearly all others and miss the rest of
        their degree, which counts in ``Network.clipped_mass``.

    Returns
    -------
    Network
        Cost O(N log N + edges) for ``chung-lu``, O(N^2) for ``dense``.

    Raises
    ------
    InputError
        If a value is out of range: degrees empty, negative, not finite, all zero or above N;
        `symmetry` outside [-1, 1]; an unknown `kind`, `cap` or `dtype`; a directed dense network;
        a seed that is neither a whole number >= 0 nor a SeedSequence.

    References
    ----------
    Chung & Lu 2002, PNAS 99:15879; Norros & Reittu 2006, Adv. Appl. Probab. 38:59; Sommers,
    Crisanti, Sompolinsky & Stein 1988, PRL 60:1895.
    """
    degrees = np.array(check_degrees(expected_degrees))
    degrees.flags.writeable = False
    average = _mean_degree(degrees, mean_degree)
    symmetry = check_symmetry(symmetry)
    check_cap(cap)
    number_type = check_dtype(dtype)
    _check_kind(kind, directed)
    if kind == "chung-lu" and not allow_oversized:
        _check_oversized(degrees)
    sequence = _seed_sequence(seed)
    for_graph, for_couplings = _streams(sequence)

    weights: csr_array | npt.NDArray[Any]
    if kind == "dense":
        relative = degrees / np.sqrt(degrees.mean() * average)
        weights = sample_surrogate(relative, for_couplings, symmetry=symmetry, dtype=number_type)
        inputs: npt.NDArray[Any] = degrees
        outputs: npt.NDArray[Any] = degrees
        lost = 0.0
    else:
        row, col = sample_edges(degrees, for_graph, directed=directed, cap=cap)
        weights = sample_couplings(
            row,
            col,
            degrees.size,
            for_couplings,
            symmetry=symmetry,
            mean_degree=average,
            directed=directed,
            dtype=number_type,
        )
        inputs, outputs = _degrees_of(weights, directed)
        lost = clipped_mass(degrees, cap)
    return Network(
        weights=weights,
        expected_degrees=degrees,
        realised_degrees=inputs,
        out_degrees=outputs,
        mean_degree=average,
        symmetry=symmetry,
        directed=directed,
        cap=cap,
        clipped_mass=lost,
        kind=kind,
        seed_entropy=sequence.entropy,
        spawn_key=tuple(sequence.spawn_key),
    )


def _mean_degree(degrees: FloatArray, mean_degree: float | None) -> float:
    if not degrees.any():
        raise InputError("expected_degrees", 0.0, "at least one degree > 0")
    return check_mean_degree(float(degrees.mean()) if mean_degree is None else mean_degree)


def _check_kind(kind: str, directed: bool) -> None:
    if kind not in KINDS:
        raise InputError("kind", kind, "'chung-lu' or 'dense'")
    if kind == "dense" and directed:
        raise InputError(
            "directed",
            directed,
            "false for kind = 'dense'",
            "The surrogate has no edges to direct; symmetry = 0 makes both directions independent.",
        )


def _check_oversized(degrees: FloatArray) -> None:
    largest, n = float(degrees.max()), degrees.size
    if largest > n:
        raise InputError(
            "expected_degrees",
            largest,
            f"at most N = {n}",
            f"N is smaller than a degree: raise N above {int(np.ceil(largest))}, lower the mean "
            "degree, truncate the degree law, or pass allow_oversized = true.",
        )


def _seed_sequence(seed: Seed) -> np.random.SeedSequence:
    if isinstance(seed, np.random.SeedSequence):
        return seed
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise InputError("seed", seed, "a whole number >= 0 or a numpy SeedSequence")
    return np.random.SeedSequence(int(seed))


def _streams(
    sequence: np.random.SeedSequence,
) -> tuple[np.random.Generator, np.random.Generator]:
    """Independent generators for the graph and for the couplings; the sequence is not advanced."""
    own = np.random.SeedSequence(
        sequence.entropy,
        spawn_key=(*sequence.spawn_key, _STREAM_TAG),
        pool_size=sequence.pool_size,
    )
    graph, couplings = own.spawn(2)
    return np.random.default_rng(graph), np.random.default_rng(couplings)


def _degrees_of(
    weights: csr_array, directed: bool
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    inputs = np.diff(weights.indptr).astype(np.int64)
    inputs.flags.writeable = False
    if not directed:
        return inputs, inputs
    outputs = np.bincount(weights.indices, minlength=weights.shape[0]).astype(np.int64)
    outputs.flags.writeable = False
    return inputs, outputs
