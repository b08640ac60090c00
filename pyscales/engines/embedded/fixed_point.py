"""Fixed points of the network, -x + W tanh(x) = 0, by damped Newton steps."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, issparse
from scipy.sparse.linalg import LinearOperator, gmres

from pyscales.engines.base import FixedPoint, Matrix, SolverStatus

FloatArray = NDArray[np.float64]

_DENSE_UP_TO = 3000


def fixed_point(
    weights: Matrix, x0: FloatArray, *, tolerance: float = 1e-10, max_iterations: int = 60
) -> FixedPoint:
    """Newton's method with a line search from x0, shape (n,).

    The Jacobian -1 + W diag(1 - tanh(x)^2) is solved densely up to 3000 neurons and by GMRES
    beyond. `status.residual` is max |-x + W tanh(x)|. The point found need not be stable.
    """
    x = np.array(x0, dtype=float)
    w = csr_array(weights) if issparse(weights) else np.asarray(weights)
    residual = w @ np.tanh(x) - x
    size = float(np.max(np.abs(residual)))
    iterations = evaluations = 0
    while size > tolerance and iterations < max_iterations:
        step = _newton_step(w, 1.0 - np.tanh(x) ** 2, residual)
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
    return FixedPoint(x, SolverStatus(success, retcode, message, iterations, evaluations, size))


def _newton_step(w: Matrix, slope: FloatArray, residual: FloatArray) -> FloatArray:
    n = residual.size
    if n <= _DENSE_UP_TO:
        dense = w.toarray() if issparse(w) else w
        jacobian = np.eye(n) - dense * slope
        try:
            return np.linalg.solve(jacobian, residual)
        except np.linalg.LinAlgError:
            return np.linalg.lstsq(jacobian, residual)[0]
    operator = LinearOperator((n, n), matvec=lambda v: v - w @ (slope * v), dtype=float)
    return gmres(operator, residual, rtol=1e-6, restart=60, maxiter=20)[0]
