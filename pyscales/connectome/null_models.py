"""Connection probabilities of null networks: equal, given degrees, given degrees and distance.

Every null draws the directed pairs independently, so what it expects of a reciprocated pair is
p_ij p_ji. Heterogeneous probabilities alone raise the expected reciprocity (Hoffmann & Triesch
2017, Netw. Neurosci. 1:159).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyscales.engines.base import SolverStatus
from pyscales.errors import InputError

FloatArray = NDArray[np.float64]

FORMS = ("clip", "poisson", "logistic")
_BLOCK = 2**22
_LARGEST = 30_000


@dataclass(frozen=True)
class PairMoments:
    """Sums over ordered pairs i != j of a null network.

    Attributes
    ----------
    edges : float
        Sum of p_ij: expected edges.
    reciprocal : float
        Sum of p_ij p_ji: expected edges that are reciprocated.
    variance : float
        Variance of the number of reciprocated edges.
    status : SolverStatus
        Of the fit; 'success' at once for the closed forms.
    """

    edges: float
    reciprocal: float
    variance: float
    status: SolverStatus


_CLOSED = SolverStatus(True, "success", "closed form", 0, 0, 0.0)


def equal_null(n: int, n_edges: int) -> PairMoments:
    """Erdos-Renyi: p = E / (N (N - 1))."""
    pairs = n * (n - 1)
    p = n_edges / pairs
    return PairMoments(float(n_edges), pairs * p * p, 2.0 * pairs * p * p * (1.0 - p * p), _CLOSED)


def degree_null(k_in: FloatArray, k_out: FloatArray) -> PairMoments:
    r"""Chung-Lu with in- and out-degrees, p_ij = k_in,i k_out,j / E without a cap.

    .. math:: \sum_{i \ne j} p_{ij} p_{ji}
              = \frac{(\sum_i a_i)^2 - \sum_i a_i^2}{E^2}, \qquad a_i = k_{in,i} k_{out,i}.

    Without the cap the probability of a hub pair can exceed one; the variance caps it. Cost O(N).
    """
    total = float(k_in.sum())
    a = k_in * k_out
    reciprocal = (a.sum() ** 2 - (a**2).sum()) / total**2
    edges = (k_in.sum() * k_out.sum() - a.sum()) / total
    fourth = (np.sum(a**2) ** 2 - np.sum(a**4)) / total**4
    return PairMoments(
        float(edges), float(reciprocal), float(max(2.0 * (reciprocal - fourth), 0.0)), _CLOSED
    )


def distance_null(
    k_in: FloatArray,
    k_out: FloatArray,
    positions: FloatArray,
    edge_counts: FloatArray,
    edges_um: FloatArray,
    *,
    form: str = "clip",
    max_iterations: int = 60,
    tolerance: float = 2e-3,
) -> PairMoments:
    r"""Probabilities that keep in-degrees, out-degrees and the edges at every distance.

    .. math:: p_{ij} = h(a_i\, b_j\, f(d_{ij})), \qquad
              h(q) = \min(1, q),\ 1 - e^{-q} \text{ or } q / (1 + q),

    with a, b and the step function f adjusted in turn until the three sets of sums agree
    (iterative proportional fitting). 'clip' is the degree null times a function of distance,
    'logistic' the network of largest entropy under the same constraints.

    Parameters
    ----------
    k_in, k_out : ndarray, shape (n,)
    positions : ndarray, shape (n, 3)
        Micrometres.
    edge_counts : ndarray, shape (bins,)
        Edges per distance bin.
    edges_um : ndarray, shape (bins + 1,)
        Bin edges in micrometres; the last bin takes everything beyond.
    form : {'clip', 'poisson', 'logistic'}
    max_iterations : int
    tolerance : float
        Largest relative misfit, weighted by degree: sum |expected - k| / E.

    Returns
    -------
    PairMoments
        Cost O(iterations n^2) time, n^2 bytes.

    Raises
    ------
    InputError
        More than 30,000 nodes, an unknown form.
    """
    if form not in FORMS:
        raise InputError("form", form, "one of " + ", ".join(FORMS))
    n = k_in.size
    if n > _LARGEST:
        raise InputError("n", n, f"at most {_LARGEST} nodes for the distance null", "Subsample.")
    bins = _bins(positions, edges_um)
    n_bins = edge_counts.size
    total = float(edge_counts.sum())
    a, b = k_in / np.sqrt(total), k_out / np.sqrt(total)
    f = np.append(np.ones(n_bins), 0.0)
    misfit, used = np.inf, 0
    while used < max_iterations:
        used += 1
        rows, columns, shells = _sums(a, b, f, bins, form)
        misfit = float(
            max(
                np.abs(rows - k_in).sum(),
                np.abs(columns - k_out).sum(),
                np.abs(shells[:-1] - edge_counts).sum(),
            )
            / total
        )
        if misfit < tolerance:
            break
        a, b = _adjust(a, k_in, rows), _adjust(b, k_out, columns)
        f[:-1] = _adjust(f[:-1], edge_counts, shells[:-1])
    edges, reciprocal, variance = _moments(a, b, f, bins, form)
    good = misfit < tolerance
    status = SolverStatus(
        good,
        "success" if good else "max_iterations",
        "degrees and distances agree" if good else "Raise max_iterations or use wider bins.",
        used,
        used,
        misfit,
    )
    return PairMoments(edges, reciprocal, variance, status)


# Three sets of factors share the correction, so each takes a part of it.
_STEP = 0.6


def _adjust(factor: FloatArray, wanted: FloatArray, found: FloatArray) -> FloatArray:
    ratio = np.divide(wanted, found, out=np.zeros_like(wanted), where=found > 0)
    return np.asarray(factor * ratio**_STEP)


def _bins(positions: FloatArray, edges_um: FloatArray) -> NDArray[np.uint8]:
    """Distance bin of every pair; the diagonal has a bin of its own, the last."""
    from scipy.spatial.distance import cdist

    n, n_bins = positions.shape[0], edges_um.size - 1
    if n_bins > 254:
        raise InputError("bins", n_bins, "at most 254 distance bins")
    out = np.empty((n, n), dtype=np.uint8)
    step = max(1, _BLOCK // n)
    for start in range(0, n, step):
        distance = cdist(positions[start : start + step], positions)
        found = np.searchsorted(edges_um[1:-1], distance.ravel(), side="right")
        out[start : start + step] = found.reshape(distance.shape)
    np.fill_diagonal(out, n_bins)
    return out


def _probability(q: FloatArray, form: str) -> FloatArray:
    if form == "clip":
        return np.minimum(q, 1.0)
    if form == "poisson":
        return np.asarray(-np.expm1(-q))
    return q / (1.0 + q)


def _blocks(n: int) -> list[slice]:
    step = max(1, _BLOCK // n)
    return [slice(s, min(n, s + step)) for s in range(0, n, step)]


def _sums(
    a: FloatArray, b: FloatArray, f: FloatArray, bins: NDArray[np.uint8], form: str
) -> tuple[FloatArray, FloatArray, FloatArray]:
    n = a.size
    rows, columns, shells = np.zeros(n), np.zeros(n), np.zeros(f.size)
    for part in _blocks(n):
        p = _probability(np.multiply.outer(a[part], b) * f[bins[part]], form)
        rows[part] = p.sum(axis=1)
        columns += p.sum(axis=0)
        shells += np.bincount(bins[part].ravel(), weights=p.ravel(), minlength=f.size)
    return rows, columns, shells


def _moments(
    a: FloatArray, b: FloatArray, f: FloatArray, bins: NDArray[np.uint8], form: str
) -> tuple[float, float, float]:
    edges = reciprocal = variance = 0.0
    for part in _blocks(a.size):
        shell = f[bins[part]]
        p = _probability(np.multiply.outer(a[part], b) * shell, form)
        back = _probability(np.multiply.outer(b[part], a) * shell, form)
        both = p * back
        edges += float(p.sum())
        reciprocal += float(both.sum())
        variance += float(2.0 * (both * (1.0 - both)).sum())
    return edges, reciprocal, variance


def swap_edges(
    pre: NDArray[np.int64], post: NDArray[np.int64], rng: np.random.Generator, *, rounds: float = 10
) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """Directed double-edge swaps: random wiring with exactly the same in- and out-degrees.

    Parameters
    ----------
    pre, post : ndarray of int, shape (edges,)
        Distinct edges without self-connections.
    rng : numpy.random.Generator
    rounds : float
        Attempted swaps per edge.

    Returns
    -------
    pre, post, accepted
        Cost O(rounds edges), about a microsecond each.
    """
    source, target = pre.tolist(), post.tolist()
    known = set(zip(source, target, strict=True))
    m, accepted = len(source), 0
    pairs: Any = rng.integers(0, m, (int(rounds * m), 2)).tolist()
    for x, y in pairs:
        a, b, c, d = source[x], target[x], source[y], target[y]
        if a == d or c == b or (a, d) in known or (c, b) in known:
            continue
        known -= {(a, b), (c, d)}
        known |= {(a, d), (c, b)}
        target[x], target[y] = d, b
        accepted += 1
    return np.array(source), np.array(target), accepted
