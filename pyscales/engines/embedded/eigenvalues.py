"""Eigenvalues of W: all of them densely, or the outermost by Arnoldi iteration."""

from __future__ import annotations

import numpy as np
from scipy.sparse import issparse

from pyscales.engines.base import Eigenvalues, Matrix, SolverStatus

_RESIDUAL = 1e-8


def eigenvalues(
    matrix: Matrix, *, k: int | None = None, which: str = "LR", seed: int = 0
) -> Eigenvalues:
    """Eigenvalues and right eigenvectors of a real matrix.

    Parameters
    ----------
    matrix : csr_array or ndarray, shape (n, n)
    k : int or None
        None: all, by LAPACK, O(n^3). Otherwise the k wanted ones by ARPACK, O(nnz) per iteration.
    which : {'LR', 'LM'}
        Rightmost or of largest modulus.
    seed : int
        Of the start vector.

    Returns
    -------
    Eigenvalues
        Sorted by descending real part. `status.success` says that every residual
        |W v - lambda v| is below 1e-8 |W|, not that no eigenvalue was missed.
    """
    if k is None:
        dense = matrix.toarray() if issparse(matrix) else np.asarray(matrix)
        values, vectors = np.linalg.eig(dense)
        iterations = 0
    else:
        values, vectors, iterations = _arnoldi(matrix, k, which, seed)
    values, vectors = values.astype(complex), vectors.astype(complex)
    order = np.lexsort((values.imag, -values.real))
    values, vectors = values[order], vectors[:, order]
    residuals = np.linalg.norm(matrix @ vectors - vectors * values, axis=0)
    scale = max(float(np.abs(values).max(initial=0.0)), 1e-300)
    worst = float(residuals.max(initial=0.0)) / scale
    success = worst < _RESIDUAL and values.size >= (k or 1)
    message = (
        "converged"
        if success
        else "Not all eigenvalues converged: ask for more of them, or use the dense method."
    )
    return Eigenvalues(
        values,
        vectors,
        residuals,
        SolverStatus(
            success, "success" if success else "max_iterations", message, iterations, 0, worst
        ),
    )


def _arnoldi(matrix: Matrix, k: int, which: str, seed: int) -> tuple[np.ndarray, np.ndarray, int]:
    from scipy.sparse.linalg import ArpackNoConvergence, eigs

    n = matrix.shape[0]
    if k >= n - 2:
        values, vectors = np.linalg.eig(matrix.toarray() if issparse(matrix) else matrix)
        size = values.real if which == "LR" else np.abs(values)
        outer = np.argsort(-size, kind="stable")[:k]
        return values[outer], vectors[:, outer], 0
    start = np.random.default_rng(seed).standard_normal(n)
    ncv = min(n - 1, max(10 * k, 60))
    try:
        values, vectors = eigs(matrix, k=k, which=which, v0=start, ncv=ncv, maxiter=3000, tol=1e-10)
    except ArpackNoConvergence as error:
        values, vectors = error.eigenvalues, error.eigenvectors
    return values, vectors, ncv
