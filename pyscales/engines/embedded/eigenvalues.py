"""Eigenvalues of a real matrix: all of them densely, or the outermost by Arnoldi iteration."""

from __future__ import annotations

import numpy as np
from scipy.sparse import issparse

from pyscales.engines.base import Eigenvalues, Matrix, SolverStatus
from pyscales.engines.embedded.arnoldi import Product, outermost
from pyscales.engines.embedded.right_hand_side import RightHandSide

_RESIDUAL = 1e-8


def eigenvalues(
    matrix: Matrix,
    *,
    k: int | None = None,
    which: str = "LR",
    seed: int = 0,
    workers: int = 1,
    product: Product | None = None,
) -> Eigenvalues:
    """Eigenvalues and right eigenvectors of a real matrix.

    Parameters
    ----------
    matrix : csr_array or ndarray, shape (n, n)
    k : int or None
        None: all, by LAPACK, O(n^3). Otherwise the k wanted ones by Arnoldi iteration, with a
        search for missed ones (`pyscales.engines.embedded.arnoldi`), O(nnz) per product.
    which : {'LR', 'LM'}
        Rightmost or of largest modulus.
    seed : int
        Of the start vector.
    workers : int
        Threads of the products with a sparse matrix; results do not depend on it.
    product : callable, optional
        `matrix @ v` for the iteration, where an engine does it faster.

    Returns
    -------
    Eigenvalues
        Sorted by descending real part. `status.success` says that every residual
        |W v - lambda v| is below 1e-8 |W|, and for given `k` that a search from a new random
        start found nothing further out. `status.evaluations` counts matrix-vector products.
    """
    n = matrix.shape[0]
    products, missed, verified, method = 0, 0, True, "LAPACK"
    if k is None or k >= n - 6:
        dense = matrix.toarray() if issparse(matrix) else np.asarray(matrix)
        values, vectors = np.linalg.eig(dense)
        size = values.real if which == "LR" else np.abs(values)
        outer = np.argsort(-size, kind="stable")[:k]
        values, vectors = values[outer], vectors[:, outer]
    else:
        rows = RightHandSide(matrix, workers)
        try:
            found = outermost(matrix, k, which, seed, product=product or rows.product)
        finally:
            rows.close()
        values, vectors, products = found.values, found.vectors, found.products
        missed, verified, method = found.missed, found.verified, "ARPACK with search"
    values, vectors = values.astype(complex), vectors.astype(complex)
    order = np.lexsort((values.imag, -values.real))
    values, vectors = values[order], vectors[:, order]
    # Real and imaginary part apart: SciPy would copy W to complex numbers.
    image = matrix @ vectors.real + 1j * (matrix @ vectors.imag)
    residuals = np.linalg.norm(image - vectors * values, axis=0)
    scale = max(float(np.abs(values).max(initial=0.0)), 1e-300)
    worst = float(residuals.max(initial=0.0)) / scale
    success = worst < _RESIDUAL and values.size >= (k or 1) and verified
    message = "converged"
    if missed:
        message += f"; the search brought in {missed} that plain Arnoldi iteration had missed"
    if not success:
        message = "Not all eigenvalues converged: ask for more of them, or use the dense method."
    retcode = "success" if success else "max_iterations"
    return Eigenvalues(
        values,
        vectors,
        residuals,
        SolverStatus(success, retcode, message, 0, products, worst, method),
    )
