"""Fixed points of the network, -x + W tanh(x) = 0, by damped Newton steps."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, issparse
from scipy.sparse.linalg import LinearOperator, gmres

from pyscales.engines.base import FixedPoint, Matrix, SolverStatus

FloatArray = NDArray[np.float64]

_FACTORISE_UP_TO = 300
_FACTORISE_IF_NEEDED_UP_TO = 3000


def fixed_point(
    weights: Matrix, x0: FloatArray, *, tolerance: float = 1e-10, max_iterations: int = 60
) -> FixedPoint:
    """Newton's method with a line search from x0, shape (n,).

    The Jacobian -1 + W diag(1 - tanh(x)^2) is factorised up to 300 neurons; beyond, GMRES solves
    with it, or a factorisation up to 3000 neurons where GMRES does not converge. `status.residual`
    is max |-x + W tanh(x)|, `status.evaluations` counts all products with W. The point found need
    not be stable.
    """
    x = np.array(x0, dtype=float)
    w = csr_array(weights) if issparse(weights) else np.asarray(weights)
    residual = w @ np.tanh(x) - x
    size = float(np.max(np.abs(residual)))
    iterations, evaluations = 0, 1
    while size > tolerance and iterations < max_iterations:
        step, products = _newton_step(w, 1.0 - np.tanh(x) ** 2, residual)
        evaluations += products
        scale = 1.0
        while True:
            trial = x + scale * step
            new = w @ np.tanh(trial) - trial
            evaluations += 1
            if np.linalg.norm(new) < (1 - 1e-4 * scale) * np.linalg.norm(residual) or scale < 1e-6:
                break
            scale *= 0.5
        if scale < 1e-6:
            break
        x, residual = trial, new
        size = float(np.max(np.abs(residual)))
        iterations += 1
    success = size <= tolerance
    message = (
        "converged"
        if success
        else "No fixed point near the start: relax the network further, or it is chaotic there."
    )
    retcode = "success" if success else "max_iterations"
    method = "Newton, LU" if x.size <= _FACTORISE_UP_TO else "Newton, GMRES"
    status = SolverStatus(success, retcode, message, iterations, evaluations, size, method)
    return FixedPoint(x, status)


def _newton_step(w: Matrix, slope: FloatArray, residual: FloatArray) -> tuple[FloatArray, int]:
    """The step, and the products with W it took."""
    n = residual.size
    products = 0
    if n > _FACTORISE_UP_TO:

        def product(v: FloatArray) -> FloatArray:
            nonlocal products
            products += 1
            return v - w @ (slope * v)

        operator = LinearOperator((n, n), matvec=product, dtype=float)
        step, failed = gmres(operator, residual, rtol=1e-6, restart=60, maxiter=20)
        if not failed or n > _FACTORISE_IF_NEEDED_UP_TO:
            return step, products
    dense = w.toarray() if issparse(w) else w
    jacobian = np.eye(n) - dense * slope
    try:
        return np.linalg.solve(jacobian, residual), products
    except np.linalg.LinAlgError:
        return np.linalg.lstsq(jacobian, residual)[0], products
