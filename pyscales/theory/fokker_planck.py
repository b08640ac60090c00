"""Exact stationary density and slowest rate of a self-coupled unit with Ornstein-Uhlenbeck noise.

dx/dt = f(x) + c y, f = -x + s tanh x, c = sqrt(D / 2 tau), and y a unit Ornstein-Uhlenbeck process
of correlation time tau. Its Fokker-Planck equation,

    dP/dt = -d/dx [(f + c y) P] + (1/tau) d/dy (y + d/dy) P,

is expanded in Hermite functions of y, P = sum_n p_n(x) he_n(y) e^(-y^2/2)/sqrt(2 pi), which leaves
a chain of equations in x (Risken 1989, The Fokker-Planck Equation, ch. 9; Jung & Haenggi 1987)

    dp_n/dt = -(f p_n)' - c [sqrt(n) p_{n-1}' + sqrt(n+1) p_{n+1}'] - (n/tau) p_n.

x is discretised by sinc functions, split by parity (x, y) -> (-x, -y): the even sector holds the
stationary density, the odd one the slowest rate lambda_1; two wells exchange their occupations at
rate lambda_1, so that the mean time in one well is T = 2 / lambda_1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lu_factor, lu_solve
from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigs

from pyscales._threads import single_threaded_blas
from pyscales.theory.ucna import check_unit, drift, well_position

FloatArray = NDArray[np.float64]

_MAX_WORK = 1.1e9  # n_hermite n_x^3 of the last level: about a second
_GROWTH = 1.35
_GROWTH_HERMITE = 1.2
_SLOW = 1e-10


@dataclass(frozen=True)
class FokkerPlanckSolution:
    """Stationary state of the unit; call it with x for the density.

    Attributes
    ----------
    self_coupling, noise_strength, noise_time : float
        s, D, tau.
    x : ndarray, shape (m,)
        Grid on the half line.
    density : ndarray, shape (m,)
        P(x) = P(-x).
    variance : float
        <x^2>.
    rate : float
        lambda_1, slowest rate of odd functions, per membrane time.
    switching_time : float
        T = 2/lambda_1, the mean time in one well if there are two (s > 1).
    converged : bool
        Density and rate both.
    residual, rate_residual : float
        Relative change of the density (L1, and variance) and of the rate against the coarser
        solution; box, grid and number of Hermite functions all differ between the two.
    zero_mode : float
        Eigenvalue of the stationary density, 0 in the exact solution.
    edge : float
        Largest share of the odd mode in the outer tenth of the box; a mode of the discretisation
        instead of the unit would sit there.
    message : str
    n_x, n_hermite : int
        Size of the accepted discretisation.
    """

    self_coupling: float
    noise_strength: float
    noise_time: float
    x: FloatArray
    density: FloatArray
    variance: float
    rate: float
    switching_time: float
    converged: bool
    residual: float
    rate_residual: float
    zero_mode: float
    edge: float
    message: str
    n_x: int
    n_hermite: int

    def __call__(self, x: FloatArray) -> FloatArray:
        """Density at any x by sinc interpolation, 0 outside the box."""
        x = np.asarray(x, dtype=float)
        h = 2 * self.x[0]
        z = np.abs(x.ravel())[:, None]
        values = (np.sinc((z - self.x) / h) + np.sinc((z + self.x) / h)) @ self.density
        values[z[:, 0] > self.x[-1] + 0.5 * h] = 0.0
        return values.reshape(x.shape)


@single_threaded_blas
def solve_fokker_planck(
    self_coupling: float,
    noise_strength: float,
    noise_time: float,
    *,
    tolerance: float = 1e-5,
) -> FokkerPlanckSolution:
    """Refine until two discretisations agree.

    Parameters
    ----------
    self_coupling, noise_strength, noise_time : float
        s, D > 0, tau > 0.
    tolerance : float
        Of the relative change of density, variance and rate; the solution returned is the finer
        one, whose error is far smaller.

    Returns
    -------
    FokkerPlanckSolution
        `converged` is False where the largest discretisation allowed is still too small: long
        noise times (tau above ~15) with deep wells. Rates below 1e-10 are at the rounding error;
        `message` says whether the density is good all the same.

    Notes
    -----
    Cost O(n_hermite n_x^3), tens of milliseconds for tau of order 1, below 2 s always; the sinc
    and Hermite series converge geometrically.
    """
    check_unit(self_coupling, noise_strength, noise_time)
    parameters = (self_coupling, noise_strength, noise_time)
    residual = rate_residual = np.inf
    found = _solve_level(*parameters, *_sizes(*parameters, 0))
    for level in range(1, 40):
        sizes = _sizes(*parameters, level)
        if sizes[1] ** 3 * sizes[2] > _MAX_WORK:
            break
        coarse, found = found, _solve_level(*parameters, *sizes)
        residual, rate_residual = _changes(coarse, found)
        too_slow = abs(found.rate) < _SLOW
        if residual < tolerance and (rate_residual < tolerance or too_slow):
            break
    good = residual < tolerance and abs(found.zero_mode) < 1e-4
    good_rate = (
        rate_residual < tolerance
        and found.edge < 1e-3
        and abs(found.zero_mode) < 1e-2 * found.rate
        and found.rate > 0
    )
    message = "converged"
    if not good:
        message = "Not resolved: shorten the noise time, raise the noise, loosen the tolerance."
    elif not good_rate:
        message = "The density is converged; the rate is too slow for this discretisation."
    return FokkerPlanckSolution(
        *parameters,
        found.x,
        found.density,
        found.variance,
        found.rate,
        2.0 / found.rate if found.rate > 0 else np.inf,
        bool(good and good_rate),
        residual,
        rate_residual,
        found.zero_mode,
        found.edge,
        message,
        found.x.size,
        found.n_hermite,
    )


@dataclass(frozen=True)
class _Level:
    x: FloatArray
    density: FloatArray
    variance: float
    rate: float
    zero_mode: float
    edge: float
    n_hermite: int


def _sizes(s: float, d: float, tau: float, level: int) -> tuple[float, int, int]:
    """Box, grid points and Hermite functions of a refinement level."""
    width = np.sqrt(d / (2 * (1 + tau)))
    if s < 0:
        width = np.sqrt(d / (2 * (1 - s) * (1 + (1 - s) * tau)))
        return *_grid(8.0 * np.sqrt(d / (2 * (1 + tau))), width, level), _hermite(tau, level)
    well = well_position(s) if s > 1 else s
    return *_grid(well + 8.0 * width, width, level), _hermite(tau, level)


def _grid(reach: float, width: float, level: int) -> tuple[float, int]:
    box = reach * (1.0 + 0.02 * level)
    return box, int(np.ceil(box * _GROWTH**level / (0.4 * width)))


def _hermite(tau: float, level: int) -> int:
    return int((20 + 8 * tau) * _GROWTH_HERMITE**level)


def _changes(a: _Level, b: _Level) -> tuple[float, float]:
    """Relative change of the density and of the rate from level a to level b."""
    h = 2 * a.x[0]
    at = b.x[:, None]
    coarse = (np.sinc((at - a.x) / h) + np.sinc((at + a.x) / h)) @ a.density
    l1 = 4 * b.x[0] * float(np.abs(coarse - b.density).sum())
    change = max(l1, abs(a.variance / b.variance - 1))
    return change, abs(a.rate - b.rate) / max(abs(b.rate), 1e-300)


def _solve_level(s: float, d: float, tau: float, box: float, m: int, n: int) -> _Level:
    chain = _Chain(s, d, tau, box, m, n, parity=0)
    x, h = chain.x, box / m
    start = np.zeros((n, m))
    start[0] = np.exp(-((np.abs(x) - well_position(s)) ** 2) / (2 * (0.25 + d)))
    zero = 0.0
    for _ in range(3):
        image = chain.solve(start)
        zero = float(np.vdot(start, start) / np.vdot(start, image))
        start = image / np.linalg.norm(image)
    density = start[0] / (2 * h * start[0].sum())
    variance = float(2 * h * (x**2 @ density))

    odd = _Chain(s, d, tau, box, m, n, parity=1)
    guess = np.zeros((n, m))
    guess[0] = np.tanh(x) * density
    rate, mode = _slowest(odd, guess)
    outer = x > 0.9 * box
    edge = float(np.abs(mode[0, outer]).max() / np.abs(mode[0]).max())
    return _Level(x, density, variance, rate, zero, edge, n)


def _slowest(chain: _Chain, guess: FloatArray) -> tuple[float, FloatArray]:
    """Eigenvalue of smallest modulus, with its sign turned, and its mode."""
    shape = guess.shape
    operator = LinearOperator(
        (guess.size, guess.size),
        matvec=lambda v: chain.solve(v.reshape(shape)).ravel(),
        dtype=float,
    )
    try:
        values, vectors = eigs(operator, k=1, v0=guess.ravel(), ncv=24, tol=1e-11, maxiter=60)
    except ArpackNoConvergence as error:
        if not error.eigenvalues.size:
            return np.nan, guess
        values, vectors = error.eigenvalues, error.eigenvectors
    mode = vectors[:, 0].reshape(shape)
    phase = mode.ravel()[np.argmax(np.abs(mode))]
    return float(-(1 / values[0]).real), np.asarray((mode / phase).real)


class _Chain:
    """Block-tridiagonal operator of one parity, factorised from the last Hermite function down."""

    def __init__(
        self, s: float, d: float, tau: float, box: float, m: int, n: int, *, parity: int
    ) -> None:
        self.x = np.asarray((np.arange(m) + 0.5) * (box / m), dtype=float)
        self.coupling = np.sqrt(d / (2 * tau))
        self.parity = parity
        even, odd = _derivatives(m, box / m)
        self._derivative = (even, odd)
        f = drift(self.x, s)
        # The derivative of f p_n acts on a function of the other parity, since f is odd.
        transport = (-odd * f, -even * f)
        self._factors: list[Any] = [None] * n
        for k in range(n - 1, -1, -1):
            block = transport[self._odd(k)].copy()
            block[np.diag_indices(m)] -= k / tau
            if k < n - 1:
                lower = self._derivative[self._odd(k)]
                upper = self._derivative[1 - self._odd(k)]
                inner = lu_solve(self._factors[k + 1], lower, check_finite=False)
                block -= (self.coupling**2 * (k + 1)) * (upper @ inner)
            self._factors[k] = lu_factor(block, overwrite_a=True, check_finite=False)

    def _odd(self, k: int) -> int:
        """1 if p_k is an odd function of x."""
        return (k + self.parity) % 2

    def solve(self, right: FloatArray) -> FloatArray:
        """Solve L p = right; shapes (n_hermite, n_x)."""
        n = right.shape[0]
        reduced = right.copy()
        for k in range(n - 2, -1, -1):
            inner = lu_solve(self._factors[k + 1], reduced[k + 1], check_finite=False)
            upper = self._derivative[1 - self._odd(k)]
            reduced[k] += self.coupling * np.sqrt(k + 1) * (upper @ inner)
        out = np.empty_like(reduced)
        out[0] = lu_solve(self._factors[0], reduced[0], check_finite=False)
        for k in range(1, n):
            lower = self._derivative[self._odd(k - 1)]
            source = reduced[k] + self.coupling * np.sqrt(k) * (lower @ out[k - 1])
            out[k] = lu_solve(self._factors[k], source, check_finite=False)
        return out


def _derivatives(m: int, h: float) -> tuple[FloatArray, FloatArray]:
    """d/dx of even and of odd functions given on the half grid (j + 1/2) h."""
    i = np.arange(m)

    def element(k: NDArray[np.int64]) -> FloatArray:
        return np.where(k == 0, 0.0, (-1.0) ** k / np.where(k == 0, 1, k)) / h

    direct, mirrored = element(i[:, None] - i), element(i[:, None] + i + 1)
    return direct + mirrored, direct - mirrored
