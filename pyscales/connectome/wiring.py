"""Degrees of a measured wiring diagram, and what its reciprocal pairs look like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from pyscales.connectome.containers import Connectome
from pyscales.errors import InputError

FloatArray = NDArray[np.float64]

DIRECTIONS = ("in", "out", "total")
MEASURES = ("partners", "synapses", "size")


def wiring_degrees(
    connectome: Connectome,
    direction: str = "in",
    measure: str = "partners",
    *,
    sources: Any = None,
    targets: Any = None,
) -> FloatArray:
    """Degree of every node.

    Parameters
    ----------
    connectome : Connectome
    direction : {'in', 'out', 'total'}
        Total partners are the distinct partners of either direction; total synapses and sizes are
        sums of both.
    measure : {'partners', 'synapses', 'size'}
    sources, targets : array_like of bool, shape (n,), optional
        Count only outputs of `sources` (for example proofread axons) onto `targets` (proofread
        dendrites). A degree is complete only if its own side is restricted to proofread cells.

    Returns
    -------
    ndarray, shape (n,)
        Cost O(n + edges).

    Raises
    ------
    InputError
        Unknown option, sizes asked for but not known, a mask of another length.
    """
    if direction not in DIRECTIONS:
        raise InputError("direction", direction, "one of " + ", ".join(DIRECTIONS))
    matrix = _restricted(connectome, measure, sources, targets)
    inputs = np.asarray(matrix.sum(axis=1), dtype=np.float64)
    outputs = np.asarray(matrix.sum(axis=0), dtype=np.float64)
    if direction == "in":
        return inputs
    if direction == "out":
        return outputs
    if measure == "partners":
        both = csr_array(matrix + matrix.T)
        return np.diff(both.indptr).astype(np.float64)
    return inputs + outputs


def _restricted(connectome: Connectome, measure: str, sources: Any, targets: Any) -> csr_array:
    if measure not in MEASURES:
        raise InputError("measure", measure, "one of " + ", ".join(MEASURES))
    if measure == "size" and connectome.sizes is None:
        raise InputError("measure", "size", "partners or synapses", "The file has no sizes.")
    matrix = csr_array(connectome.sizes if measure == "size" else connectome.counts, copy=True)
    matrix = matrix.astype(np.float64)
    if measure == "partners":
        matrix.data = np.ones_like(matrix.data)
    rows = np.repeat(np.arange(connectome.n), np.diff(matrix.indptr))
    keep = np.ones(matrix.nnz, dtype=bool)
    for name, mask, ends in (("sources", sources, matrix.indices), ("targets", targets, rows)):
        if mask is None:
            continue
        chosen = np.asarray(mask)
        if chosen.shape != (connectome.n,) or chosen.dtype != np.bool_:
            raise InputError(name, chosen.shape, f"a mask of shape ({connectome.n},)")
        keep &= chosen[ends]
    matrix.data = matrix.data * keep
    matrix.eliminate_zeros()
    return matrix


@dataclass(frozen=True)
class DegreeSummary:
    """Moments of a degree sequence.

    Attributes
    ----------
    n, n_zero : int
        Nodes, and nodes of degree zero.
    mean, median, maximum : float
        Over all nodes.
    cv : float
        Standard deviation over mean, all nodes.
    sd_log : float
        Standard deviation of ln k over nodes with k > 0.
    """

    n: int
    n_zero: int
    mean: float
    median: float
    maximum: float
    cv: float
    sd_log: float


def summarise_degrees(degrees: Any) -> DegreeSummary:
    """Moments of degrees >= 0, shape (n,)."""
    k = np.asarray(degrees, dtype=np.float64)
    if k.ndim != 1 or k.size == 0 or not np.isfinite(k).all() or (k < 0).any():
        raise InputError("degrees", k.shape, "finite numbers >= 0, one per node")
    positive = k[k > 0]
    mean = float(k.mean())
    return DegreeSummary(
        k.size,
        int((k == 0).sum()),
        mean,
        float(np.median(k)),
        float(k.max()),
        float(k.std() / mean) if mean > 0 else np.nan,
        float(np.log(positive).std()) if positive.size else np.nan,
    )


@dataclass(frozen=True)
class ReciprocalPairs:
    """Both entries of every reciprocated pair, W_ij and W_ji with i > j."""

    forward: FloatArray
    backward: FloatArray
    lower: NDArray[np.intp]
    upper: NDArray[np.intp]


def reciprocal_pairs(weights: csr_array) -> ReciprocalPairs:
    """The reciprocated pairs of a sparse matrix. Cost O(n + edges)."""
    from scipy.sparse import tril

    pattern = csr_array(weights, copy=True).astype(np.float64)
    pattern.data = np.ones_like(pattern.data)
    both = tril(pattern.multiply(pattern.T), k=-1).tocoo()
    i, j = both.coords
    real = csr_array(weights).astype(np.float64)
    forward = np.asarray(real[i, j]).ravel().astype(np.float64)
    backward = np.asarray(real[j, i]).ravel().astype(np.float64)
    return ReciprocalPairs(forward, backward, j.astype(np.intp), i.astype(np.intp))
