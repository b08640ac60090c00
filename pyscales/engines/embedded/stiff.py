"""Stiff integration: scipy's BDF with Newton steps solved by GMRES on the sparse network."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import BDF
from scipy.linalg import lu_factor, lu_solve
from scipy.sparse import csc_array
from scipy.sparse.linalg import LinearOperator, gmres

from pyscales.engines.embedded.right_hand_side import RightHandSide

FloatArray = NDArray[np.float64]

_DENSE_UP_TO = 150
_RTOL = 0.1
_MAX_KRYLOV = 40


class NewtonKrylovBDF(BDF):
    """BDF of order 1-5 (Shampine & Reichelt 1997, SIAM J. Sci. Comput. 18:1) without factorising.

    The Jacobian of dx/dt = (-x + W tanh(x))/tau is (-1 + W diag(phi'))/tau, block-diagonal over
    trials. A step of size h needs solutions of (1 - c J) d = b, c ~ h. Scaled by the diagonal they
    read d - r W (phi' d) = b / (1 + c/tau), r = (c/tau)/(1 + c/tau) < 1, whose operator has a
    bounded spectrum for every h: GMRES needs few products with W, and no fill-in is paid (the LU
    factors of a random graph are dense). Up to 150 neurons each trial is factorised densely.

    Parameters
    ----------
    f : RightHandSide
    x0 : ndarray, shape (n, trials)
    t_bound : float
    rtol, atol : float

    Attributes
    ----------
    krylov : int
        Products with W spent in linear solves; they count as evaluations of `f`.
    """

    def __init__(
        self, f: RightHandSide, x0: FloatArray, t_bound: float, rtol: float, atol: float
    ) -> None:
        no_jacobian = csc_array((x0.size, x0.size))
        super().__init__(
            f.flat(x0.shape),
            0.0,
            x0.ravel(),
            t_bound,
            rtol=rtol,
            atol=atol,
            jac=no_jacobian,
        )
        self.krylov = 0
        self._f, self._shape = f, x0.shape
        self._rate = np.broadcast_to(f.rate, (x0.shape[0], 1))
        self.jac = self._jacobian
        self.J = self._jacobian(0.0, self.y)
        self.I = _Identity()
        small = x0.shape[0] <= _DENSE_UP_TO
        self.lu = self._factorise if small else self._prepare
        self.solve_lu = self._solve_dense if small else self._solve_krylov

    def _jacobian(self, t: float, y: FloatArray) -> _Slope:
        self.njev += 1
        return _Slope(1.0 - np.tanh(y.reshape(self._shape)) ** 2)

    def _factorise(self, system: _System) -> list[Any]:
        n = self._shape[0]
        w = self._f.product(np.eye(n)) * self._rate
        base = np.diag((1.0 + system.c * self._rate).ravel())
        return [lu_factor(base - system.c * w * slope) for slope in system.slope.T]

    def _solve_dense(self, factors: list[Any], b: FloatArray) -> FloatArray:
        columns = b.reshape(self._shape).T
        solved = [lu_solve(lu, v) for lu, v in zip(factors, columns, strict=True)]
        return np.array(solved).T.ravel()

    def _prepare(self, system: _System) -> tuple[LinearOperator, FloatArray]:
        scale = 1.0 + system.c * self._rate
        ratio = system.c * self._rate / scale
        shape = self._shape

        def apply(v: FloatArray) -> FloatArray:
            self.krylov += 1
            self._f.evaluations += 1
            d = v.reshape(shape)
            out = self._f.product(system.slope * d)
            out *= ratio
            return (d - out).ravel()

        return LinearOperator((self.n, self.n), matvec=apply, dtype=float), scale

    def _solve_krylov(
        self, prepared: tuple[LinearOperator, FloatArray], b: FloatArray
    ) -> FloatArray:
        operator, scale = prepared
        right = (b.reshape(self._shape) / scale).ravel()
        return gmres(operator, right, rtol=_RTOL, restart=_MAX_KRYLOV, maxiter=1)[0]


class _System:
    """1 - c J, kept as its parts."""

    def __init__(self, c: float, slope: FloatArray) -> None:
        self.c, self.slope = c, slope


class _Slope:
    """The Jacobian as phi'(x), shape (n, trials); c times it is a _System."""

    __array_ufunc__ = None

    def __init__(self, slope: FloatArray) -> None:
        self.slope = slope

    def __rmul__(self, c: float) -> _System:
        return _System(float(c), self.slope)


class _Identity:
    def __sub__(self, other: _System) -> _System:
        return other
