"""Reciprocity and symmetry of a wiring diagram against three null networks."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from pyscales.connectome.containers import Connectome
from pyscales.connectome.null_models import PairMoments, degree_null, distance_null, equal_null
from pyscales.connectome.wiring import reciprocal_pairs
from pyscales.errors import InputError

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Null:
    """What one null network expects.

    Attributes
    ----------
    name : str
        'equal', 'degree' or 'degree + distance'.
    reciprocity : float
        Expected reciprocated share of the edges.
    reciprocity_sd : float
        Standard deviation of that share from network to network.
    ratio : float
        Observed over expected.
    z : float
        (observed - expected) / sd.
    symmetry : float
        Expected correlation of W_ij and W_ji, weights drawn independently of the graph.
    converged : bool
    message : str
    """

    name: str
    reciprocity: float
    reciprocity_sd: float
    ratio: float
    z: float
    symmetry: float
    converged: bool
    message: str


@dataclass(frozen=True)
class Reciprocity:
    """Reciprocal structure of a wiring diagram.

    Attributes
    ----------
    n, n_edges : int
    mean_degree : float
        Edges per node.
    reciprocity, reciprocity_error : float
        Share of the edges whose opposite exists; jackknife error over nodes.
    symmetry, symmetry_error : float
        Pearson correlation of W_ij and W_ji (synapse counts) over all ordered pairs, zeros
        included; jackknife error over nodes.
    weight_reciprocal, weight_one_way : float
        Mean synapses of reciprocated and of other edges.
    log_weight_correlation : float
        Correlation of ln W_ij and ln W_ji over reciprocated pairs, both orders.
    nulls : list of Null
    """

    n: int
    n_edges: int
    mean_degree: float
    reciprocity: float
    reciprocity_error: float
    symmetry: float
    symmetry_error: float
    weight_reciprocal: float
    weight_one_way: float
    log_weight_correlation: float
    nulls: list[Null] = field(default_factory=list)


def reciprocity(
    connectome: Connectome,
    *,
    distance: bool = True,
    bin_width: float = 20.0,
    form: str = "clip",
) -> Reciprocity:
    r"""Reciprocity r and symmetry gamma, with what equal, degree and distance nulls expect.

    .. math:: r = \frac{\sum_{ij} A_{ij} A_{ji}}{\sum_{ij} A_{ij}}, \qquad
              \gamma = \frac{\langle W_{ij} W_{ji} \rangle - \langle W \rangle^2}
                            {\langle W^2 \rangle - \langle W \rangle^2}

    with averages over ordered pairs i != j. A null with independent edges and weights has
    <W_ij W_ji> = w^2 <p_ij p_ji>, w the mean weight of an edge.

    Parameters
    ----------
    connectome : Connectome
    distance : bool
        Include the null with degrees and distance where all positions are known.
    bin_width : float
        Micrometres; widened so that there are at most 200 bins.
    form : str
        As in `distance_null`.

    Raises
    ------
    InputError
        Fewer than two nodes or no edges.
    """
    n, n_edges = connectome.n, connectome.n_edges
    if n < 2 or n_edges == 0:
        raise InputError("connectome", (n, n_edges), "at least 2 nodes and 1 edge")
    if not (np.isfinite(bin_width) and bin_width > 0):
        raise InputError("bin_width", bin_width, "micrometres > 0")
    w = connectome.counts.astype(np.float64)
    pattern = csr_array((np.ones(w.nnz), w.indices, w.indptr), shape=w.shape)
    share, share_error = _share(pattern)
    gamma, gamma_error = _symmetry(w)
    k_in = np.diff(w.indptr).astype(np.float64)
    k_out = np.bincount(w.indices, minlength=n).astype(np.float64)
    nulls = [
        _null("equal", equal_null(n, n_edges), share, w),
        _null("degree", degree_null(k_in, k_out), share, w),
    ]
    xyz = connectome.positions
    if distance and xyz is not None:
        counts, edges_um = _edge_distances(w, xyz, bin_width)
        moments = distance_null(k_in, k_out, xyz, counts, edges_um, form=form)
        nulls.append(_null("degree + distance", moments, share, w))
    pairs = reciprocal_pairs(connectome.counts)
    reciprocal = float(pairs.forward.sum() + pairs.backward.sum())
    n_reciprocal = 2 * pairs.forward.size
    one_way = n_edges - n_reciprocal
    return Reciprocity(
        n,
        n_edges,
        n_edges / n,
        share,
        share_error,
        gamma,
        gamma_error,
        reciprocal / n_reciprocal if n_reciprocal else np.nan,
        (float(w.sum()) - reciprocal) / one_way if one_way else np.nan,
        _both_orders(np.log(pairs.forward), np.log(pairs.backward)),
        nulls,
    )


def _share(pattern: csr_array) -> tuple[float, float]:
    """Reciprocated share and its delete-one-node jackknife error."""
    n = int(pattern.shape[0])
    both = pattern.multiply(pattern.T)
    mutual = np.asarray(both.sum(axis=1)).ravel()
    degree = np.asarray(pattern.sum(axis=0)).ravel() + np.asarray(pattern.sum(axis=1)).ravel()
    total, edges = float(mutual.sum()), float(pattern.nnz)
    without = (total - 2.0 * mutual) / np.maximum(edges - degree, 1.0)
    return total / edges, _jackknife_error(without, n)


def _jackknife_error(values: FloatArray, n: int) -> float:
    return float(np.sqrt((n - 1) / n * np.sum((values - values.mean()) ** 2)))


def _symmetry(w: csr_array) -> tuple[float, float]:
    """Correlation of W_ij and W_ji over ordered pairs, with its jackknife error over nodes."""
    n = int(w.shape[0])
    sums = [_node_sums(m) for m in (w.multiply(w.T), w.multiply(w), w)]
    whole = [float(s.sum()) / 2.0 for s in sums]
    if n < 3:
        return _correlation(whole, n * (n - 1)), np.nan
    left = [total - s for total, s in zip(whole, sums, strict=True)]
    pairs = (n - 1) * (n - 2)
    cross, square, mean = (x / pairs for x in left)
    spread = square - mean**2
    with np.errstate(invalid="ignore", divide="ignore"):
        values = np.where(spread > 0, (cross - mean**2) / spread, np.nan)
    error = _jackknife_error(values, n) if np.isfinite(values).all() else np.nan
    return _correlation(whole, n * (n - 1)), error


def _node_sums(matrix: csr_array) -> FloatArray:
    """Sum over the row and the column of each node, without the diagonal."""
    return np.asarray(matrix.sum(axis=0)).ravel() + np.asarray(matrix.sum(axis=1)).ravel()


def _correlation(sums: list[float], pairs: int) -> float:
    cross, square, mean = (s / pairs for s in sums)
    spread = square - mean**2
    return float((cross - mean**2) / spread) if spread > 0 else np.nan


def _null(name: str, moments: PairMoments, share: float, w: csr_array) -> Null:
    n, edges = int(w.shape[0]), float(w.nnz)
    pairs = n * (n - 1)
    expected = moments.reciprocal / edges
    sd = float(np.sqrt(moments.variance)) / edges
    mean_weight = float(w.data.mean())
    mean, square = float(w.sum()) / pairs, float((w.data**2).sum()) / pairs
    symmetry = (mean_weight**2 * moments.reciprocal / pairs - mean**2) / (square - mean**2)
    return Null(
        name,
        expected,
        sd,
        share / expected if expected > 0 else np.nan,
        (share - expected) / sd if sd > 0 else np.nan,
        float(symmetry),
        moments.status.success,
        moments.status.message,
    )


def _edge_distances(w: csr_array, xyz: FloatArray, width: float) -> tuple[FloatArray, FloatArray]:
    """Edges per distance bin, and the bin edges from 0 to beyond the longest edge."""
    i, j = w.nonzero()
    distance = np.sqrt(((xyz[i] - xyz[j]) ** 2).sum(axis=1))
    reach = float(np.sqrt((np.ptp(xyz, axis=0) ** 2).sum())) + 1e-9
    n_bins = int(np.clip(np.ceil(reach / width), 1, 200))
    edges = np.linspace(0.0, max(reach, width * n_bins), n_bins + 1)
    found = np.searchsorted(edges[1:-1], distance, side="right")
    return np.bincount(found, minlength=n_bins).astype(np.float64), edges


def _both_orders(a: FloatArray, b: FloatArray) -> float:
    """Correlation of pairs whose order has no meaning."""
    if a.size < 2:
        return np.nan
    one, other = np.concatenate([a, b]), np.concatenate([b, a])
    return float(np.corrcoef(one, other)[0, 1]) if one.std() > 0 else np.nan


def effective_symmetry(weights: csr_array, coupling_symmetry: float = 1.0) -> float:
    r"""Symmetry that enters the theory of a directed network with one-way edges.

    .. math:: \gamma_{eff} = \gamma_J \frac{\sum_{ij} s_{ij} s_{ji}}{\sum_{ij} s_{ij}^2},

    s_ij the scale of the coupling from j to i (zero without an edge) and gamma_J the correlation
    of the two couplings of a reciprocated pair. For equal scales it is gamma_J times the
    reciprocity: an edge without its opposite gives no feedback.
    """
    s = csr_array(weights).astype(np.float64)
    square = float((s.data**2).sum())
    if square == 0:
        raise InputError("weights", 0.0, "at least one coupling")
    return coupling_symmetry * float(s.multiply(s.T).sum()) / square
