"""Rightmost eigenvalue of W for symmetry > 0 when hubs of similar degree compete.

The self-energy of neuron i at gain 1 scatters over networks, as its realised degree and the sum of
J_ij J_ji do. In the field h of the others it has, with G = 1/(x - symmetry u h), E1 = E[u G^2] and
E2 = E[u^2 G^2] over the bulk, mean and variance

    Sigma_i(x) = symmetry u_i h_i(x),
    s_i(x)^2 = (u_i^2/N) (E2/(1 - E2) + symmetry^2 E2/(1 - symmetry E2))
               + (1 + 2 symmetry^2) u_i E1/<k>,

the last term on a sparse graph only. A mode of neuron i lies above x where its self-energy exceeds
x, so that with independent normal scatter the largest of all modes has the distribution function

    F(x) = prod_i Phi( (x - Sigma_i(x)) / s_i(x) )      above the edge of the bulk, E2 = 1.

The field of the bulk is the mean over the same scatter, a principal value (Dawson's function D),

    h = (1/N) sum_j u_j R(x - Sigma_j, s_j),   R(y, s) = sqrt(2)/s D( y/(sqrt(2) s) ) -> 1/y,

which holds the corrections of relative order 1/<k> of a sparse graph (at equal degrees and
symmetry 1 those of Lee & Schnelli 2018, PTRF 171:543). Each other isolated hub j adds
u_j R(x - Sigma_j, s)/(N (1 - symmetry E2)), s^2 = s_j^2 + u_i u_j/N, to the field of hub i: the
second term, the variance of their coupling, keeps the shift finite where degrees coincide.
One hub far above the others gives its pole and spread (`pyscales.theory.spectrum.outliers`).
Modes of different neurons are taken as independent. Derived here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import dawsn, log_ndtr

from pyscales.theory.spectrum.hubs import hub_edge, hub_pole

FloatArray = NDArray[np.float64]

_SINGLE = 100
_CLASSES = 100
_GRID = 401
_SWEEPS = 300
_TOLERANCE = 1e-9
_INSIDE = 1.5  # E2 from which a point counts as inside the bulk at once


@dataclass(frozen=True)
class LargestMode:
    """Rightmost eigenvalue of W at gain 1 over networks with the same degrees.

    Attributes
    ----------
    mean, spread : float
        Expectation and standard deviation over networks; NaN where `solved` is false.
    eigenvalue, distribution : ndarray
        F(x) above the edge of the bulk; F at the first point is the probability that no mode has
        left it.
    """

    mean: float
    spread: float
    eigenvalue: FloatArray
    distribution: FloatArray

    @property
    def solved(self) -> bool:
        """Whether the field has a solution up to where F is one."""
        return bool(np.isfinite(self.mean))


def largest_mode(
    relative_degree: FloatArray, symmetry: float, *, mean_degree: float = np.inf
) -> LargestMode:
    """Mean, spread and distribution of the largest of all modes and the edge of the bulk.

    Parameters
    ----------
    relative_degree : ndarray, shape (n,)
        u of every neuron, any order.
    symmetry : float
        In (0, 1].
    mean_degree : float
        <k> of a sparse graph; infinite for dense couplings.

    Notes
    -----
    The largest 100 neurons one by one, the others in 100 classes. Hubs are all neurons down to the
    last that is isolated from those below it. Next to the edge of the bulk, and
    where no hub is isolated, independence of the modes is an approximation (1 to 2 % at n = 1000).
    Cost some tenths of a second after sorting, whatever n.
    """
    n = relative_degree.size
    u, count = _classes(relative_degree)
    everyone = np.sort(relative_degree)[::-1]
    alone = [hub_pole(everyone[m:], symmetry)[1] for m in range(min(_SINGLE, u.size - 1))]
    hubs = int(np.flatnonzero(alone)[-1]) + 1 if any(alone) else 0
    field = _Field(u, count, hubs, n, symmetry, mean_degree)
    everyone[:hubs] = 0.0
    low = hub_edge(everyone, symmetry).static.edge
    high = 1.05 * max(low, hub_edge(relative_degree, symmetry).edge)
    limit = 100 * high
    while not (complete := field.log_distribution(np.array([high]))[0] >= -1e-9) and high < limit:
        high *= 1.05
    x = np.linspace(low * (1 + 1e-6), high, _GRID)
    logs = field.log_distribution(x)
    outside = np.flatnonzero(~np.isfinite(logs))
    start = outside[-1] + 1 if outside.size else 0
    x, logs = x[start:], logs[start:]
    if not (x.size and complete):
        return LargestMode(np.nan, np.nan, x, logs)
    # Shifts by other hubs can let it fall again: F is the least value from x on.
    f = np.exp(np.minimum.accumulate(logs[::-1])[::-1])
    mean = x[0] + np.trapezoid(1 - f, x)
    square = np.trapezoid(2 * (x - x[0]) * (1 - f), x) - (mean - x[0]) ** 2
    return LargestMode(float(mean), float(np.sqrt(max(square, 0.0))), x, f)


def _classes(relative_degree: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Degrees, descending, and neurons of each: the largest one by one, then classes."""
    u = np.sort(relative_degree)[::-1]
    u = u[u > 0]
    top, rest = u[:_SINGLE], u[_SINGLE:]
    if rest.size <= _CLASSES:
        return u, np.ones(u.size)
    bounds = np.geomspace(rest[-1], rest[0], _CLASSES + 1)
    index = np.clip(np.searchsorted(bounds, rest), 1, _CLASSES)
    count = np.bincount(index).astype(float)
    total = np.bincount(index, rest)
    mean = (total[count > 0] / count[count > 0])[::-1]
    return np.append(top, mean), np.append(np.ones(top.size), count[count > 0][::-1])


@dataclass(frozen=True)
class _Field:
    """Field of the bulk, the classes after the first `hubs`, and the modes in it."""

    u: FloatArray
    count: FloatArray
    hubs: int
    n: int
    symmetry: float
    mean_degree: float

    def log_distribution(self, x: FloatArray) -> FloatArray:
        """log F(x), shape (points,); NaN inside the bulk or unsolved."""
        g, m = self.symmetry, self.hubs
        h = self.solve(x)
        gap, variance, e2 = self._scatter(x, h)
        top = self.u[:m]
        for i in range(m):
            others = np.arange(m) != i
            width = np.sqrt(variance[:, :m] + top[i] * top / self.n)
            added = _mean_inverse(x[:, None] - g * h[:, None] * top, width) * top / self.n
            gap[:, i] -= g * top[i] * added[:, others].sum(axis=1) / (1 - g * np.minimum(e2, 0.999))
        logs = log_ndtr(gap / np.sqrt(np.maximum(variance, 1e-300)))
        return np.where(e2 < 1, logs @ self.count, np.nan)

    def solve(self, x: FloatArray) -> FloatArray:
        """h(x) of the bulk by Newton's method, NaN where it did not converge."""
        weight = (self.count * self.u)[self.hubs :] / self.n
        h = weight.sum() / x
        active = np.ones(x.size, dtype=bool)
        for _ in range(_SWEEPS):
            gap, variance, e2 = self._scatter(x[active], h[active])
            response = _mean_inverse(gap[:, self.hubs :], np.sqrt(variance[:, self.hubs :]))
            step = response @ weight - h[active]
            # Slope of the sum without scatter, kept away from 1 next to the edge.
            h[active] += step / np.maximum(1.0 - self.symmetry * e2, 0.2)
            active[active] = (np.abs(step) > _TOLERANCE) & (e2 < _INSIDE)
            if not active.any():
                break
        h[active] = np.nan
        return h

    def _scatter(self, x: FloatArray, h: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """x - Sigma and s^2, shape (points, classes); E2, infinite beyond the branch."""
        u, g = self.u, self.symmetry
        gap = x[:, None] - g * h[:, None] * u
        bulk = gap[:, self.hubs :]
        weight = (self.count * u)[self.hubs :] / self.n
        e1 = (bulk**-2.0 @ weight)[:, None]
        found = bulk**-2.0 @ (weight * u[self.hubs :])
        found[~(bulk.min(axis=1) > 0)] = np.inf
        e2 = np.minimum(found, 0.999)[:, None]
        variance = u**2 / self.n * (e2 / (1 - e2) + g**2 * e2 / (1 - g * e2))
        return gap, variance + (1 + 2 * g**2) * u * e1 / self.mean_degree, found


def _mean_inverse(gap: FloatArray, spread: FloatArray) -> FloatArray:
    """Principal value of 1/(gap - s z) over normal z."""
    scale = np.sqrt(2.0) * np.maximum(spread, 1e-9 * np.abs(gap))
    return 2.0 / scale * dawsn(gap / scale)
