"""Lyapunov exponents of the network by tangent dynamics beside the trajectory.

tau dv/dt = -v + W (phi'(x) v) for m tangent vectors per trial, orthonormalised by QR after every
interval (Benettin, Galgani, Giorgilli & Strelcyn 1980, Meccanica 15:9; for these networks Engelken,
Wolf & Abbott 2023, Phys. Rev. Res. 5:043044). State and tangents take the same Runge-Kutta stages,
so the tangents follow the derivative of the discrete map exactly: all exponents of the map sum to
the mean of ln det, and the step enters only through the map.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

from pyscales.engines.base import (
    LyapunovExponents,
    Matrix,
    Progress,
    SolverStatus,
    TangentPlan,
)
from pyscales.engines.embedded.right_hand_side import RightHandSide
from pyscales.engines.methods import PRECISIONS
from pyscales.errors import InputError

FloatArray = NDArray[np.float64]


def lyapunov(
    weights: Matrix,
    x0: FloatArray,
    plan: TangentPlan,
    *,
    time_constants: FloatArray | None = None,
    seed: int = 0,
    workers: int = 1,
    progress: Progress | None = None,
    factors: FloatArray | None = None,
    precision: str = "double",
) -> LyapunovExponents:
    """First m Lyapunov exponents of tau dx/dt = -x + W tanh(x), per trial.

    Parameters
    ----------
    weights : csr_array or ndarray, shape (n, n)
        W, gain included.
    x0 : ndarray, shape (trials, n)
    plan : TangentPlan
    time_constants : ndarray, shape (n,), optional
        tau_i; the step should stay below the shortest.
    seed : int
        Of the initial tangent vectors.
    workers : int
        Threads over rows; the result does not depend on it.
    progress : callable, optional
        Called with the fraction done.
    factors : ndarray, shape (trials,), optional
        Trial r runs on factors[r] W: several gains share the products.
    precision : {'double', 'single'}
        'single' keeps W and the right-hand sides of its products in 32 bits, states, tangents and
        sums in 64: a product is then accurate to about 1e-7.

    Returns
    -------
    LyapunovExponents

    Notes
    -----
    Every step costs four products of W with (1 + m) x trials columns, every interval a QR of an
    n x m matrix per trial. Memory about six times n (1 + m) trials numbers.
    """
    trials, n = x0.shape
    if precision not in PRECISIONS:
        raise InputError("precision", precision, "one of " + ", ".join(PRECISIONS))
    if factors is not None and np.shape(factors) != (trials,):
        raise InputError("factors", np.shape(factors), f"shape ({trials},), one per trial")
    m = min(plan.n_exponents, n)
    rng = np.random.default_rng(seed)
    tangents = np.linalg.qr(rng.standard_normal((trials, n, m)))[0]
    if precision == "single" and not issparse(weights):
        weights = np.asarray(weights, dtype=np.float32)
    flow = _TangentFlow(
        RightHandSide(weights, workers, time_constants, precision), trials, m, factors
    )
    steps = max(1, int(np.ceil(plan.interval / plan.dt - 1e-9)))
    h = plan.interval / steps
    n_transient = int(np.ceil(plan.transient / plan.interval))
    alone = n_transient // 2
    total = n_transient + plan.n_intervals
    x = np.ascontiguousarray(x0.T)
    growth = np.full((trials, plan.n_intervals, m), np.nan)
    squares = np.zeros(trials)
    taken = 0
    try:
        with np.errstate(over="ignore", invalid="ignore"):
            for i in range(total):
                if i < alone:
                    for _ in range(steps):
                        x = flow.advance_state(x, h)
                else:
                    both = flow.join(x, tangents)
                    for _ in range(steps):
                        both = flow.advance(both, h)
                    x, tangents = flow.split(both)
                if not (np.isfinite(x).all() and np.isfinite(tangents).all()):
                    break
                if i >= alone:
                    tangents, stretch = _orthonormalise(tangents)
                if i >= n_transient:
                    growth[:, i - n_transient] = np.log(stretch) / plan.interval
                    squares += (x * x).mean(axis=0)
                taken = i + 1
                if progress is not None:
                    progress(taken / total)
    finally:
        flow.close()
    done = taken == total
    status = SolverStatus(
        done,
        "success" if done else "diverged",
        "reached the end" if done else "The state is not finite: lower dt.",
        taken * steps,
        flow.evaluations,
        method="RK4",
    )
    return LyapunovExponents(
        growth.mean(axis=1), growth, squares / plan.n_intervals, np.ascontiguousarray(x.T), status
    )


def _orthonormalise(tangents: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Orthonormal vectors (trials, n, m) and the stretching of each, (trials, m)."""
    if tangents.shape[2] == 1:
        norm = np.linalg.norm(tangents, axis=1)
        return tangents / norm[:, None], norm
    q, r = np.linalg.qr(tangents)
    return q, np.abs(np.diagonal(r, axis1=1, axis2=2))


class _TangentFlow:
    """Runge-Kutta steps of states (n, trials) joined with tangents (n, trials * m)."""

    def __init__(
        self,
        right_hand_side: RightHandSide,
        trials: int,
        m: int,
        factors: FloatArray | None,
    ) -> None:
        self._f = right_hand_side
        self._trials, self._m = trials, m
        self._factors_x, self._factors = factors, None
        if factors is not None:
            self._factors = np.concatenate([factors, np.repeat(factors, m)])

    @property
    def evaluations(self) -> int:
        """Products with W, whatever the number of columns."""
        return self._f.evaluations

    def close(self) -> None:
        self._f.close()

    def join(self, x: FloatArray, tangents: FloatArray) -> FloatArray:
        n = x.shape[0]
        return np.concatenate([x, tangents.transpose(1, 0, 2).reshape(n, -1)], axis=1)

    def split(self, both: FloatArray) -> tuple[FloatArray, FloatArray]:
        x, rest = both[:, : self._trials], both[:, self._trials :]
        tangents = rest.reshape(-1, self._trials, self._m).transpose(1, 0, 2)
        return np.ascontiguousarray(x), np.ascontiguousarray(tangents)

    def advance_state(self, x: FloatArray, h: float) -> FloatArray:
        k1 = self._velocity(x)
        k2 = self._velocity(x + 0.5 * h * k1)
        k3 = self._velocity(x + 0.5 * h * k2)
        k4 = self._velocity(x + h * k3)
        return x + (h / 6) * (k1 + 2 * (k2 + k3) + k4)

    def advance(self, both: FloatArray, h: float) -> FloatArray:
        k1 = self._derivative(both)
        k2 = self._derivative(both + 0.5 * h * k1)
        k3 = self._derivative(both + 0.5 * h * k2)
        k4 = self._derivative(both + h * k3)
        k2 += k3
        k2 *= 2.0
        k2 += k1
        k2 += k4
        k2 *= h / 6
        k2 += both
        return k2

    def _velocity(self, x: FloatArray) -> FloatArray:
        return self._minus_leak(self._f.input(x), x, self._factors_x)

    def _derivative(self, both: FloatArray) -> FloatArray:
        self._f.evaluations += 1
        n, trials = both.shape[0], self._trials
        signal = np.empty_like(both, dtype=np.float32 if self._f.single else np.float64)
        signal[:, :trials] = both[:, :trials]
        phi = np.tanh(signal[:, :trials], out=signal[:, :trials])
        np.multiply(
            (1.0 - phi * phi)[:, :, None],
            both[:, trials:].reshape(n, trials, self._m),
            out=signal[:, trials:].reshape(n, trials, self._m),
        )
        return self._minus_leak(self._f.product(signal), both, self._factors)

    def _minus_leak(
        self, product: FloatArray, y: FloatArray, factors: FloatArray | None
    ) -> FloatArray:
        out = product.astype(np.float64, copy=False)
        if factors is not None:
            out *= factors
        out -= y
        if self._f.rate.size > 1:
            out *= self._f.rate
        return out
