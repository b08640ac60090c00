"""The outermost eigenvalues of a large matrix, with a search for what Arnoldi iteration missed.

ARPACK's rightmost eigenvalues are exact to their residuals, but not always the rightmost: where the
spectrum is stretched along the imaginary axis (symmetry < 0) its restarts can settle on other
points of a flat edge. Two measures repair that.

1. Filter. Eigenvectors of W are those of p(W), p a polynomial close to exp(tau z): the largest
   |p(lambda)| ~ exp(tau Re lambda) belong to the rightmost eigenvalues, wherever they are, and
   eigenvalues of largest modulus are what Arnoldi iteration finds best. p is the Taylor polynomial
   of degree 8 in steps h with h |lambda| <= 2, where its modulus follows exp(h Re) to 3e-4; tau is
   5 over the extent of the spectrum to the right.
2. Deflation. With Q an orthonormal basis of the invariant subspace found, P = 1 - Q Q^T, the
   dominant eigenvalue of P p(W) P from a new random start shows whether anything to the right of
   what was found is left. Its eigenvector is then computed to full accuracy and joins the
   subspace, [Q v] being invariant too, until nothing further is found.

Lehoucq, Sorensen & Yang 1998 (ARPACK); Saad 2011, Numerical Methods for Large Eigenvalue Problems,
ch. 7 (filters, deflation).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyscales.engines.base import Matrix

Array = NDArray[Any]
Product = Callable[[Array], Array]

_DEGREE = 8
_TAU = 5.0
_ROUNDS = 10


@dataclass(frozen=True)
class Outermost:
    """The k outermost eigenvalues (k,), right eigenvectors (n, k), and how they were found.

    Attributes
    ----------
    products : int
        Matrix-vector products.
    missed : int
        Eigenvalues that the plain iteration had missed and the check brought in.
    verified : bool
        Whether the last check found nothing further out.
    """

    values: Array
    vectors: Array
    products: int
    missed: int
    verified: bool


def outermost(
    matrix: Matrix,
    k: int,
    which: str,
    seed: int,
    *,
    tolerance: float = 1e-10,
    check: bool = True,
    product: Product | None = None,
) -> Outermost:
    """The k rightmost ('LR') or largest ('LM') eigenvalues of a real square matrix.

    Parameters
    ----------
    matrix : csr_array or ndarray, shape (n, n)
        n > k + 2.
    k, which, seed : int, str, int
        Start vectors come from `seed`.
    tolerance : float
        Of ARPACK, relative.
    check : bool
        False: plain ARPACK, for comparison.
    product : callable, optional
        `matrix @ v` for v of shape (n,) or (n, m), where something does it faster.

    Notes
    -----
    A few hundred to a few thousand products, O(nnz) each, more the closer the eigenvalues; memory
    about 60 vectors (3 k from k = 20).
    """
    search = _Search(matrix, which, np.random.default_rng(seed), product)
    wanted = min(k + 4, matrix.shape[0] - 2)
    values, vectors = search.plain(wanted, tolerance)
    if not check:
        return Outermost(*_first(values, vectors, k, which), search.products, 0, False)
    missed, verified = 0, False
    for _ in range(_ROUNDS):
        basis = _real_basis(vectors)
        size = np.sort(_size(values, which))[::-1]
        limit = (size[k - 1] if size.size >= k else -np.inf) + 1e-7 * search.radius
        if basis.shape[1] > search.n - 4:
            verified = size.size >= k
            break
        search.reach = max(limit, search.radius / 20) if np.isfinite(limit) else search.radius
        new = search.deflated(basis, 2, 1e-3)
        if np.any(_size(new[0], which) > limit):
            new = search.deflated(basis, min(4, search.n - basis.shape[1] - 2), tolerance)
        if not np.any(_size(new[0], which) > limit):
            verified = size.size >= k
            break
        missed += int(np.sum(_size(new[0], which) > limit))
        values, vectors = search.ritz(_real_basis(np.hstack([basis, new[1]])))
    return Outermost(*_first(values, vectors, k, which), search.products, missed, verified)


class _Search:
    def __init__(
        self, matrix: Matrix, which: str, rng: np.random.Generator, product: Product | None
    ) -> None:
        self.product: Product = product or (lambda v: matrix @ v)
        self.which, self.rng = which, rng
        self.n = matrix.shape[0]
        self.products = 0
        vector = rng.standard_normal(self.n)
        growth = []
        for _ in range(24):
            vector = self.times(vector / np.linalg.norm(vector))
            growth.append(float(np.linalg.norm(vector)))
            if growth[-1] == 0.0:
                break
        self.radius = max(1.15 * float(np.median(growth[8:] or [0.0])), 1e-300)
        self.reach = self.radius  # extent of the spectrum to the right

    def times(self, v: Array) -> Array:
        self.products += 1
        return self.product(v)

    def plain(self, k: int, tolerance: float) -> tuple[Array, Array]:
        return self._arpack(self.times, k, self.which, tolerance, 300)

    def deflated(self, basis: Array, k: int, tolerance: float) -> tuple[Array, Array]:
        """Outermost Ritz pairs of P W P: the eigenvalues outside the invariant subspace `basis`."""
        act = self.times if self.which == "LM" else self.filter

        def projected(v: Array) -> Array:
            v = act(v - basis @ (basis.T @ v))
            return v - basis @ (basis.T @ v)

        _, vectors = self._arpack(projected, k, "LM", tolerance, 200)
        return self.ritz(_real_basis(vectors - basis @ (basis.T @ vectors)), basis)

    def filter(self, v: Array) -> Array:
        tau = _TAU / self.reach
        steps = int(np.ceil(0.5 * tau * self.radius))
        h = tau / steps
        for _ in range(steps):
            term = total = v
            for j in range(1, _DEGREE + 1):
                term = (h / j) * self.times(term)
                total = total + term
            v = total
        return v

    def ritz(self, q: Array, basis: Array | None = None) -> tuple[Array, Array]:
        image = self.product(q)
        self.products += q.shape[1]
        if basis is not None:
            image = image - basis @ (basis.T @ image)
        values, small = np.linalg.eig(q.T @ image)
        vectors = q @ small
        residual = np.linalg.norm(image @ small - vectors * values, axis=0)
        # Pairs cut from the end of the iteration are not eigenvectors.
        good = residual < (1e-6 if basis is None else 1e-1) * self.radius
        return values[good], vectors[:, good]

    def _arpack(
        self, act: Any, k: int, which: str, tolerance: float, restarts: int
    ) -> tuple[Array, Array]:
        from scipy.sparse.linalg import ArpackError, ArpackNoConvergence, LinearOperator, eigs

        operator = LinearOperator((self.n, self.n), matvec=act, dtype=float)
        k = min(k, self.n - 2)
        ncv = min(self.n - 1, max(3 * k, 60 if tolerance < 1e-6 else 24))
        start = self.rng.standard_normal(self.n)
        try:
            return eigs(
                operator, k=k, which=which, v0=start, ncv=ncv, maxiter=restarts, tol=tolerance
            )
        except ArpackNoConvergence as error:
            return error.eigenvalues, error.eigenvectors
        except ArpackError:  # raised where the operator maps the start to zero: all is kernel
            return np.zeros(k), np.linalg.qr(self.rng.standard_normal((self.n, k)))[0]


def _real_basis(vectors: Array) -> Array:
    """Orthonormal real basis of the span of complex vectors and their conjugates."""
    stacked = np.hstack([vectors.real, vectors.imag])
    norm = np.linalg.norm(stacked, axis=0)
    stacked = stacked[:, norm > 1e-12] / norm[norm > 1e-12]
    if stacked.shape[1] == 0:
        return stacked
    gram = stacked.T @ stacked
    size, rotation = np.linalg.eigh(gram)
    keep = size > 1e-8 * size[-1]
    basis, _ = np.linalg.qr(stacked @ (rotation[:, keep] / np.sqrt(size[keep])))
    return basis


def _size(values: Array, which: str) -> Array:
    return np.real(values) if which == "LR" else np.abs(values)


def _first(values: Array, vectors: Array, k: int, which: str) -> tuple[Array, Array]:
    order = np.argsort(-_size(values, which), kind="stable")[:k]
    return values[order], vectors[:, order]
