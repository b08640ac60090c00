"""Fixed point of the average of many samples of `memory_map`.

F_0, the map with few trajectories and fixed random numbers, is a smooth function whose fixed point
Anderson acceleration finds in some ten sweeps, but one with the error of few trajectories,
multiplied by a feedback loop that is nearly marginal. Its Jacobian is nearly that of the exact map.
So the exact map F is replaced by the model

    F(v) ~ F_0(v) + d,   d = mean over fresh random numbers of [F_r(w) - F_0(w)],

w close to the solution: each of the many F_r is evaluated once instead of iterated (a defect
correction with common random numbers; Stetter 1978, Numer. Math. 29:425). A fifth of the samples,
taken at the fixed point of F_0, gives a first d and with it w, where the others are taken. Their d
alone is used, as what F_0 has wrong far from w would move all seeds alike. Rarely the response of
one hub trajectory grows so much while it changes wells that it outweighs all others of a sample;
samples whose chi lies far from the median (`usual`) are left out, and counted. The seeds have the
samples shared between them: v = F_0(v) + d for the mean d is solved to 2e-3 or the tolerance, the
larger of them, and from there seed s solves v = F_0(v) + d_s, d_s over its own samples alone, to
the tolerance, or to a fifth of d_s - d where that lies between the tolerance and its double.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from pyscales.theory.anderson import AndersonResult, Secants, anderson
from pyscales.theory.memory import (
    Map,
    MapMaker,
    MemoryNumbers,
    MemoryPlan,
    Sweep,
    draw_numbers,
    embedded_map,
)

FloatArray = NDArray[np.float64]
Guess = tuple[FloatArray, FloatArray, FloatArray]

_DEPTH = 16
_CLOSE = 2e-3
_ATTEMPTS = 6
_SWEEPS_OF_ATTEMPT = 10
_SHARE = 0.2
_LOOSE = 2.0
_PLAIN = 3
_NOISE = 20.0
_LEAST = 3
_MOST_REMAINING = 3.0


@dataclass(frozen=True)
class Solved:
    """A fixed point and what was averaged there, and `before`, where the iteration started.

    `remaining`: how much of what the iteration has changed it may still be off, r/(r_0 - r) for a
    residual that fell from r_0 to r, at most 3. `guess` is (lag, C, G at the lags).
    """

    plan: MemoryPlan
    numbers: MemoryNumbers
    guess: Guess
    point: FloatArray
    unit: FloatArray
    autocorrelation: FloatArray
    response: FloatArray
    of_node: FloatArray
    x_of_node: FloatArray
    slope: FloatArray
    before: Sweep
    remaining: float
    residuals: list[float]
    converged: bool
    secants: Secants | None
    evaluations: int
    phase: str = "chaotic"

    def continued(self, later: Solved) -> Solved:
        """`later`, which started where this one ended, with the history of both."""
        return replace(
            later,
            before=self.before,
            remaining=_remaining(self.residuals[0], later.residuals[-1]),
            residuals=[*self.residuals, *later.residuals],
            evaluations=self.evaluations + later.evaluations,
        )


def _remaining(first: float, last: float) -> float:
    """What may be left of a change that took the residual from `first` to `last`."""
    return last / max(first - last, last / _MOST_REMAINING, 1e-300)


def on_grid(guess: Guess, plan: MemoryPlan) -> FloatArray:
    """C at the lags of a plan and G in its cells, one vector."""
    lag, c, g = guess
    grid = np.arange(plan.n_lags + 1) * plan.dt
    return np.concatenate(
        [np.interp(grid, lag, c, right=0.0), np.interp(grid[1:] - plan.dt / 2, lag, g, right=0.0)]
    )


@dataclass(frozen=True)
class _Model:
    """F_0 + shift in units of C(0) and chi: what the least squares of the acceleration weigh."""

    plan: MemoryPlan
    unit: FloatArray
    run: Map
    root: str = "anderson"

    def at(self, v: FloatArray, keep_x: bool = True) -> Sweep:
        cut = self.plan.n_lags + 1
        v = v * self.unit
        return self.run(v[:cut], v[cut:], keep_x)

    def solve(
        self,
        start: FloatArray,
        shift: FloatArray | float,
        tolerance: float,
        max_sweeps: int,
        secants: Secants | None,
        plain: int = 0,
        least: int = 1,
        noisy: bool = False,
    ) -> tuple[AndersonResult, Sweep]:
        """The iteration, and the averages of F_0 where it started."""
        if self.root == "newton":
            shifts = np.zeros(start.size) + shift
            root = self.run.root(start, self.unit, shifts, tolerance, max_sweeps)
            return root, self.at(start)
        first: list[Sweep] = []

        def mapping(v: FloatArray) -> FloatArray:
            there = self.at(v, keep_x=not first)
            first.append(there)
            return self.vector(there) + shift

        found = anderson(
            mapping,
            start,
            self.size,
            tolerance=tolerance,
            max_evaluations=max_sweeps,
            depth=_DEPTH if secants is not None else 8,
            plain=plain,
            least=least,
            rcond=float(np.clip(_NOISE * tolerance, 1e-7, 1e-2)) if noisy else 1e-7,
            secants=secants,
        )
        return found, first[0]

    def size(self, r: FloatArray) -> float:
        """The larger of max |r_C| and |r_chi|."""
        cut = self.plan.n_lags + 1
        return max(float(np.abs(r[:cut]).max()), abs(float(r[cut:].sum())))

    def vector(self, found: Sweep) -> FloatArray:
        return np.concatenate([found.autocorrelation, found.response]) / self.unit


def solve_plan(
    plan: MemoryPlan,
    guess: Guess,
    stream: np.random.SeedSequence,
    *,
    tolerance: float,
    max_sweeps: int,
    workers: int = 1,
    plain: int = 0,
    maps: MapMaker | None = None,
    root: str = "anderson",
) -> Solved:
    """Fixed point of the map with one set of random numbers."""
    cut = plan.n_lags + 1
    start = on_grid(guess, plan)
    unit = np.concatenate(
        [
            np.full(cut, max(float(start[0]), 1e-300)),
            np.full(plan.n_lags, max(abs(float(start[cut:].sum())), 1e-300)),
        ]
    )
    numbers = draw_numbers(plan, stream)
    model = _Model(plan, unit, (maps or embedded_map)(plan, numbers, workers), root)
    found = model.solve(start / unit, 0.0, tolerance, max_sweeps, None, plain)
    return _finish(model, numbers, *found, None)


def _finish(
    model: _Model,
    numbers: MemoryNumbers,
    found: AndersonResult,
    before: Sweep,
    defect: Sweep | None,
) -> Solved:
    """Averages at the solution: one step ahead of the iteration, or at its last image if better."""
    plan, unit = model.plan, model.unit
    cut = plan.n_lags + 1
    evaluations = found.evaluations
    if defect is not None:
        before = _combined([before, defect], [1.0, 1.0])
    for point in (found.ahead, found.image):
        last = model.at(point)
        if defect is not None:
            last = _combined([last, defect], [1.0, 1.0])
        evaluations += 1
        residual = model.size(model.vector(last) - point)
        if residual <= min(found.residuals):
            break
    c, g = point[:cut] * unit[:cut], point[cut:] * unit[cut:]
    grid = plan.dt * np.arange(cut, dtype=np.float64)
    return Solved(
        plan,
        numbers,
        (grid, c, np.interp(grid, grid[1:] - plan.dt / 2, g)),
        point,
        unit,
        last.autocorrelation,
        last.response,
        last.autocorrelation_of_node,
        last.autocorrelation_x_of_node,
        last.slope_of_node,
        before,
        _remaining(found.residuals[0], residual),
        [*found.residuals, residual],
        found.converged,
        found.secants,
        evaluations,
    )


def _combined(sweeps: list[Sweep], weights: list[float]) -> Sweep:
    """Weighted sum of all averages."""
    return Sweep(
        *(
            np.sum([w * getattr(s, name) for s, w in zip(sweeps, weights, strict=True)], axis=0)
            for name in Sweep.__dataclass_fields__
        )
    )


def shared_out(replicas: int) -> tuple[int, int]:
    """Samples of a seed at the first point and at the second, at least one each."""
    first = max(1, replicas // 5)
    return first, max(1, replicas - first)


@dataclass(frozen=True)
class Refined:
    """Solutions, the evaluations of F_0 before they part, and the samples that were left out."""

    solved: list[Solved]
    evaluations: int
    left_out: int


def usual(values: FloatArray) -> NDArray[np.bool_]:
    """Which of n equivalent estimates lie within 8 + 128/n robust deviations of their median.

    The deviation is that of a Gaussian with the same median distance from the median; of few values
    it is known badly, hence the allowance.
    """
    centre = np.median(values)
    away = np.abs(values - centre)
    limit = (8 + 128 / values.size) * 1.4826 * np.median(away)
    return np.asarray(away <= max(float(limit), 1e-9 * abs(float(centre))))


def refine(
    base: Solved,
    plan: MemoryPlan,
    streams: list[np.random.SeedSequence],
    *,
    replicas: int,
    tolerance: float,
    max_sweeps: int,
    workers: int = 1,
    maps: MapMaker | None = None,
    root: str = "anderson",
    report: Callable[[float], None] = lambda fraction: None,
) -> Refined:
    """One corrected solution per stream.

    Parameters
    ----------
    base : Solved
        Fixed point of F_0, the start.
    plan : MemoryPlan
        Of the samples; differs from that of `base` in `count` only.
    streams : list of SeedSequence
        One per seed.
    replicas : int
        Samples per seed (`shared_out`).

    Notes
    -----
    The result does not depend on `workers`; with an engine's `maps` all of them are called from
    this thread, and only random numbers are drawn in others.
    """
    seeds = len(streams)
    first, rest = shared_out(replicas)
    drawn = [s.spawn(first + rest) for s in streams]
    serial = maps is not None
    make = maps or embedded_map
    model = _Model(base.plan, base.unit, make(base.plan, base.numbers, workers), root)
    cut = plan.n_lags + 1
    point, secants = base.point, base.secants
    evaluations = 0
    left_out = 0
    done = 0

    def sample(v: FloatArray, numbers: MemoryNumbers) -> Sweep:
        nonlocal done
        found = make(plan, numbers, workers if serial else 1)(v[:cut], v[cut:], True)
        done += 1
        report(0.8 * done / ((first + rest) * seeds))
        return found

    def drawn_sample(v: FloatArray, stream: np.random.SeedSequence) -> Sweep:
        return sample(v, draw_numbers(plan, stream))

    for part in (slice(0, first), slice(first, first + rest)):
        here = model.at(point)
        jobs = [stream for own in drawn for stream in own[part]]
        work = partial(drawn_sample, point * base.unit)
        if workers == 1:
            found = [work(j) for j in jobs]
        elif serial:
            found = [sample(point * base.unit, n) for n in _drawn_ahead(plan, jobs, workers)]
        else:
            with ThreadPoolExecutor(workers) as pool:
                found = list(pool.map(work, jobs))
        chi = np.array([model.vector(f)[cut:].sum() for f in found])
        each = len(jobs) // seeds
        keep = usual(chi).reshape(seeds, each)
        keep[~keep.any(axis=1)] = True
        left_out += int((~keep).sum())
        defects = []
        for s in range(seeds):
            kept = [found[s * each + k] for k in np.flatnonzero(keep[s])]
            weights = [1 / len(kept)] * len(kept)
            defects.append(_combined([*kept, here], [*weights, -1.0]))
        shift = model.vector(_combined(defects, [1 / seeds] * seeds))
        # A point to sample at, or to start the seeds from, only has to be close.
        common, _ = model.solve(point, shift, max(tolerance, _CLOSE), max_sweeps, secants)
        point, secants = common.ahead, common.secants
        evaluations += 1 + common.evaluations
    mean_shift = shift

    def one(defect: Sweep) -> Solved:
        shift = model.vector(defect)
        alone = model
        if not serial:
            alone = _Model(base.plan, base.unit, make(base.plan, base.numbers, 1), root)
        # What its own samples move it by.
        own = _SHARE * model.size(shift - mean_shift)
        enough = min(max(tolerance, own), _LOOSE * tolerance)
        sweeps = max_sweeps if root == "newton" else min(_SWEEPS_OF_ATTEMPT, max_sweeps)

        def attempt(start: FloatArray, pairs: Secants | None, noisy: bool = True) -> Solved:
            plain = 0 if pairs is not None else _PLAIN
            found = alone.solve(start, shift, tolerance, sweeps, pairs, plain, _LEAST, noisy)
            return _finish(alone, base.numbers, *found, defect)

        # A first attempt that fails tells that jumps of the units dominate the secants.
        solved = ended = attempt(point, secants, noisy=False)
        for k in range(1, _ATTEMPTS):
            if min(ended.residuals) <= enough:
                break
            ended = attempt(ended.point, None if k == _ATTEMPTS // 2 else ended.secants)
            solved = solved.continued(ended)
        return replace(solved, converged=min(ended.residuals) <= enough and common.converged)

    if serial or workers == 1:
        return Refined([one(d) for d in defects], evaluations, left_out)
    with ThreadPoolExecutor(workers) as pool:
        return Refined(list(pool.map(one, defects)), evaluations, left_out)


def _drawn_ahead(
    plan: MemoryPlan, streams: list[np.random.SeedSequence], workers: int
) -> Iterator[MemoryNumbers]:
    """Random numbers of the streams in turn, drawn by threads a few at a time."""
    with ThreadPoolExecutor(workers) as pool:
        for k in range(0, len(streams), workers):
            yield from pool.map(partial(draw_numbers, plan), streams[k : k + workers])
