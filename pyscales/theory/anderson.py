"""Anderson acceleration of a fixed-point iteration v = m(v)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

_WORSE = 5.0
_LEAST_DAMPING = 0.2
_AFTER_WORSE = 2


@dataclass
class Secants:
    """Pairs of differences (steps and changes of the residual), newest last.

    Pairs of one solution can start the next one, if both maps are alike.
    """

    steps: list[FloatArray] = field(default_factory=list)
    changes: list[FloatArray] = field(default_factory=list)

    def add(self, step: FloatArray, change: FloatArray, keep: int) -> None:
        """Append a pair and forget all but the newest `keep`."""
        self.steps, self.changes = [*self.steps, step][-keep:], [*self.changes, change][-keep:]

    def copy(self) -> Secants:
        """A copy that can grow on its own."""
        return Secants(list(self.steps), list(self.changes))


@dataclass(frozen=True)
class AndersonResult:
    """Best point of an iteration.

    Attributes
    ----------
    point : ndarray
        Input of the map with the smallest residual.
    image : ndarray
        The map there.
    residuals : list of float
        Size of the residual at every evaluation.
    converged, stalled : bool
        Residual below the tolerance; no progress over the last evaluations.
    secants : Secants
    evaluations : int
        Of the map.
    ahead : ndarray
        Where the accelerated iteration would go from `point`; for a smooth map closer to the fixed
        point than `image`.
    """

    point: FloatArray
    image: FloatArray
    residuals: list[float]
    converged: bool
    stalled: bool
    secants: Secants
    evaluations: int
    ahead: FloatArray


def anderson(
    mapping: Callable[[FloatArray], FloatArray],
    start: FloatArray,
    size: Callable[[FloatArray], float],
    *,
    tolerance: float,
    max_evaluations: int,
    depth: int = 8,
    damping: float = 0.8,
    patience: int = 12,
    plain: int = 0,
    restarts: int = 2,
    least: int = 1,
    rcond: float = 1e-7,
    secants: Secants | None = None,
) -> AndersonResult:
    """Iterate v <- v + damping r - (dV + damping dR) argmin |r - dR t|, r = m(v) - v.

    Type II of Fang & Saad 2009 (Numer. Linear Algebra Appl. 16:197), with the newest `depth`
    secant pairs; a residual 5 times the best so far leads back to the best point, richer by that
    pair; when it happens twice running all pairs are dropped and two plain steps taken.
    Without progress, `patience` plain steps lead away from a slow stretch (a residual that must
    grow before it can vanish) and the acceleration starts anew, at most `restarts` times.

    Parameters
    ----------
    mapping : callable
    start : ndarray
    size : callable
        Of a residual, compared with `tolerance`.
    patience : int
        Evaluations without a new best residual that count as a stall.
    plain : int
        Steps v <- m(v) before the acceleration.
    least : int
        Evaluations before it may stop.
    rcond : float
        Combinations of the pairs that change the residual by less than this share of the largest
        are not used: where the map is not smooth they are noise.
    secants : Secants, optional
        Pairs to start with.
    """
    pairs = Secants() if secants is None else secants.copy()
    history: list[float] = []
    point = start
    image = mapping(point)
    residual = image - point
    history.append(size(residual))
    best = (history[0], point, image)
    since_best, wild, gamma, stalled = 0, 0, damping, False
    while (best[0] > tolerance or len(history) < least) and len(history) < max_evaluations:
        trial = point + (residual if plain > 0 else _accelerated(residual, pairs, gamma, rcond))
        image = mapping(trial)
        new = image - trial
        history.append(size(new))
        if plain <= 0 and not history[-1] <= _WORSE * best[0]:
            wild += 1
            if wild == 1:
                pairs.add(trial - point, new - residual, depth)
            else:
                pairs = Secants()
                gamma = max(0.5 * gamma, _LEAST_DAMPING)
                plain, wild = _AFTER_WORSE, 0
            point, residual = best[1], best[2] - best[1]
        else:
            wild = 0
            pairs.add(trial - point, new - residual, depth)
            point, residual = trial, new
        if plain > 0:
            plain -= 1
            best, since_best = (history[-1], trial, image), 0
        elif history[-1] < best[0]:
            best, since_best = (history[-1], trial, image), 0
        else:
            since_best += 1
        if since_best >= patience:
            if restarts == 0:
                stalled = True
                break
            restarts -= 1
            plain, since_best, gamma = patience, 0, damping
            pairs = Secants()
            point, residual = best[1], best[2] - best[1]
    ahead = best[1] + _accelerated(best[2] - best[1], pairs, damping, rcond)
    return AndersonResult(
        best[1], best[2], history, best[0] <= tolerance, stalled, pairs, len(history), ahead
    )


def _accelerated(residual: FloatArray, pairs: Secants, gamma: float, rcond: float) -> FloatArray:
    """The step: what the pairs say of the linear map, and `gamma` of what they leave."""
    if not pairs.steps:
        return gamma * residual
    changes = np.stack(pairs.changes, axis=1)
    theta = np.linalg.lstsq(changes, residual, rcond=rcond)[0]
    return gamma * residual - (np.stack(pairs.steps, axis=1) + gamma * changes) @ theta
