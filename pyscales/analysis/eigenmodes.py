"""Eigenvalues and eigenvectors of W diag(phi'): localisation, condition numbers, abscissa."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, issparse

from pyscales._threads import single_threaded_blas
from pyscales.engines import Engine, SolverStatus

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Eigenmodes:
    """Variables over `eigenvalue` of a Jacobian -1 + W diag(phi'), and the solver's status."""

    variables: dict[str, tuple[tuple[str, ...], Any]]
    status: SolverStatus


@single_threaded_blas
def eigenmodes(
    weights: Any,
    slope: FloatArray,
    degrees: FloatArray,
    engine: Engine,
    *,
    k: int | None,
    which: str,
    seed: int,
    left: bool,
    workers: int = 1,
) -> Eigenmodes:
    """Spectrum of -1 + W diag(slope) with what its eigenvectors say.

    Returns
    -------
    Eigenmodes
        `degree_localisation` f_k, `inverse_participation` sum |psi|^4 / (sum |psi|^2)^2 (1/n for
        an extended vector, 1 for a single neuron), `dominant_neuron` and its `dominant_share` of
        |psi|^2, `residual`; with `left`, `left_degree_localisation` and `condition_number`
        |left| |right| / |left . right| (1 for normal matrices); `numerical_abscissa`, the largest
        eigenvalue of the symmetric part of the Jacobian.
    """
    matrix = scale_columns(weights, slope)
    found = engine.eigenvalues(matrix, k=k, which=which, seed=seed, workers=workers)
    weight = np.abs(found.vectors) ** 2
    total = weight.sum(axis=0)
    dims = ("eigenvalue",)
    variables: dict[str, tuple[tuple[str, ...], Any]] = {
        "eigenvalue_real": (dims, found.values.real - 1.0),
        "eigenvalue_imag": (dims, found.values.imag),
        "degree_localisation": (dims, degrees @ weight / total),
        "inverse_participation": (dims, (weight**2).sum(axis=0) / total**2),
        "dominant_neuron": (dims, weight.argmax(axis=0)),
        "dominant_share": (dims, weight.max(axis=0) / total),
        "residual": (dims, found.residuals),
        "numerical_abscissa": ((), symmetric_top(matrix, seed) - 1.0),
    }
    status = found.status
    if left:
        vectors, status = _left_vectors(matrix, found, engine, k, which, seed, workers)
        weight = np.abs(vectors) ** 2
        product = np.abs(np.sum(vectors.conj() * found.vectors, axis=0))
        with np.errstate(divide="ignore", invalid="ignore"):
            norms = np.sqrt(weight.sum(axis=0) * total)
            variables["condition_number"] = (dims, norms / product)
            variables["left_degree_localisation"] = (dims, degrees @ weight / weight.sum(axis=0))
    return Eigenmodes(variables, status)


def scale_columns(weights: Any, factor: FloatArray) -> Any:
    """W diag(factor), dense or csr; the pattern is shared."""
    if not issparse(weights):
        return weights * factor
    return csr_array(
        (weights.data * factor[weights.indices], weights.indices, weights.indptr),
        shape=weights.shape,
    )


def symmetric_top(matrix: Any, seed: int) -> float:
    """Largest eigenvalue of (M + M^T)/2, by Lanczos iteration above 500 rows."""
    from scipy.linalg import eigvalsh
    from scipy.sparse.linalg import LinearOperator, eigsh

    n = matrix.shape[0]
    if n <= 500:
        dense = matrix.toarray() if issparse(matrix) else matrix
        return float(eigvalsh((dense + dense.T) / 2, subset_by_index=[n - 1, n - 1])[0])
    turned = matrix.T
    operator = LinearOperator((n, n), matvec=lambda v: 0.5 * (matrix @ v + turned @ v), dtype=float)
    start = np.random.default_rng(seed).standard_normal(n)
    top = eigsh(operator, k=1, which="LA", v0=start, tol=1e-9, ncv=40, return_eigenvectors=False)
    return float(top[0])


def _left_vectors(
    matrix: Any,
    right: Any,
    engine: Engine,
    k: int | None,
    which: str,
    seed: int,
    workers: int,
) -> tuple[Any, SolverStatus]:
    """Left eigenvectors in the order of the right ones; NaN where none matches."""
    if k is None:
        try:
            return np.linalg.inv(right.vectors).conj().T, right.status
        except np.linalg.LinAlgError:  # not diagonalisable
            return np.full(right.vectors.shape, np.nan, dtype=complex), right.status
    turned = csr_array(matrix.T) if issparse(matrix) else np.ascontiguousarray(matrix.T)
    k = min(k + 4, matrix.shape[0])
    other = engine.eigenvalues(turned, k=k, which=which, seed=seed, workers=workers)
    vectors = np.full(right.vectors.shape, np.nan, dtype=complex)
    scale = float(np.abs(right.values).max(initial=1e-300))
    for i, value in enumerate(right.values):
        j = int(np.argmin(np.abs(other.values.conj() - value)))
        if abs(other.values[j].conj() - value) < 1e-6 * scale:
            vectors[:, i] = other.vectors[:, j]
    status = right.status if not right.status.success else other.status
    return vectors, status
