"""Stationary C(tau) and G(tau) with memory: the fixed point of `memory_map`, with its error.

A rough solution with few trajectories finds how slow the state is and from that step, window and
period. Then a model, the map with few trajectories and fixed random numbers, is corrected by the
averages of many (`memory_ensemble`), independently for several seeds. Their mean is the result;
`memory_state.stated` has its error.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pyscales.errors import InputError
from pyscales.theory.memory import MapMaker, MemoryPlan
from pyscales.theory.memory_ensemble import Guess, Solved, refine, shared_out, solve_plan
from pyscales.theory.memory_state import MemoryState, half_width

FloatArray = NDArray[np.float64]

ROOTS = ("anderson", "newton")
PRECISIONS = ("auto", "single", "double")

_ROUGH = 4e-3
_MODEL = 1e-3
_SINGLE = 1e-4
_PLAIN = 20
_PLAIN_LATER = 8
_SILENT = 1e-6
_SHRUNK = 0.05
_DECAYED = 0.02


@dataclass(frozen=True)
class MemoryOptions:
    """How to solve. Times in membrane time constants.

    Attributes
    ----------
    trajectories : int
        Per evaluation of the averages, all degree nodes together; the model has half of them.
    n_seeds : int
        Independent solutions; at least 2 for an error.
    replicas : int
        Evaluations per seed, each with its own random numbers, at least 2. The first fifth
        finds where the others are taken, of which the result is made.
    tolerance : float
        Of the residual: the larger of max |C' - C|/C(0) and |chi' - chi|/chi.
    max_sweeps : int
        Per seed.
    dt, window, period : float, optional
        Step, longest lag of C and G, period of the noise; by default from the half width of the
        rough solution: dt 0.1, 0.2 or 0.4 (half width below 3, below 15, above), window 6 half
        widths, period 30.
    max_window : float
        A state whose half width is above a quarter of it is not stationary for this solver: a
        static part, cut at the window, looks like a half width of half the window.
    root : {'anderson', 'newton'}
        How the equations are solved once a rough solution is known: by Anderson's iteration, or by
        Newton's method with Krylov solves, which only the Julia engine has. It takes more sweeps at
        loose tolerances, and reaches tight ones.
    precision : {'auto', 'single', 'double'}
        Of the sampled trajectories; sums, C and G are in double. 'auto' takes single on the
        embedded engine for tolerances of 1e-4 or more. Julia samples in double.
    workers : int
        Threads; the result does not depend on it.
    """

    trajectories: int = 700
    n_seeds: int = 4
    replicas: int = 5
    tolerance: float = 5e-4
    max_sweeps: int = 60
    dt: float | None = None
    window: float | None = None
    period: float | None = None
    max_window: float = 250.0
    root: str = "anderson"
    precision: str = "auto"
    workers: int = 2


def share_trajectories(weight: FloatArray, total: int) -> NDArray[np.int64]:
    """Trajectories per node: 8 or more, growing with weight^(3/4), `total` in sum or a few more."""
    wanted = weight**0.75
    return np.maximum(8, np.round(total * wanted / wanted.sum())).astype(np.int64)


def solve_memory(
    relative_degree: FloatArray,
    weight: FloatArray,
    gain: float,
    symmetry: float,
    *,
    options: MemoryOptions | None = None,
    seed: int | np.random.SeedSequence = 0,
    start: tuple[FloatArray, FloatArray, FloatArray] | None = None,
    progress: Callable[[float], None] | None = None,
    maps: MapMaker | None = None,
) -> MemoryState:
    """Solve for the stationary C and G.

    Parameters
    ----------
    relative_degree, weight : ndarray, shape (J,)
        Size-biased nodes: E[u f(u)] = sum_j weight_j f(u_j).
    gain, symmetry : float
    options : MemoryOptions
    seed : int or SeedSequence
        Same seed, same result.
    start : (lag, C, G), optional
        A nearby solution on any uniform lags from 0 (G at the same lags).
    progress : callable, optional
    maps : callable, optional
        Makes the maps of another engine, which are called from this thread only.

    Returns
    -------
    MemoryState

    Notes
    -----
    Close to the onset of chaos, and for strong self-couplings, the feedback is nearly marginal: the
    number of sweeps and the statistical error of the timescales grow, not those of C(0). Cost per
    sweep: see `memory_map`.
    """
    options = options or MemoryOptions()
    if options.root not in ROOTS:
        raise InputError("root", options.root, "one of " + ", ".join(ROOTS))
    if options.precision not in PRECISIONS:
        raise InputError("precision", options.precision, "one of " + ", ".join(PRECISIONS))
    if options.precision == "single" and maps is not None:
        raise InputError("precision", "single", "auto, double", "Julia samples in double.")
    if options.root == "newton" and maps is None:
        raise InputError("root", "newton", "anderson", "Newton's method needs --engine julia.")
    root = seed if isinstance(seed, np.random.SeedSequence) else np.random.SeedSequence(seed)
    for_rough, for_model, for_replicas = root.spawn(3)
    report = progress or (lambda fraction: None)
    guess = start or _first_guess(gain)
    history: list[list[float]] = []
    rough = _Rough(relative_degree, weight, gain, symmetry, options, for_rough, maps)
    found = rough.run(guess, history, report)
    plan = found.plan
    if found.phase != "chaotic":
        return _state([found], plan, found.phase, history, 1, options)
    report(0.15)
    few = replace(plan, count=share_trajectories(weight, max(options.trajectories // 2, 40)))
    model = solve_plan(
        few,
        found.guess,
        for_model,
        tolerance=max(_MODEL, options.tolerance),
        max_sweeps=options.max_sweeps,
        workers=options.workers,
        maps=maps,
        root=options.root,
    )
    rough_sweeps = sum(len(h) for h in history)
    history.append(model.residuals)
    report(0.3)
    refined = refine(
        model,
        plan,
        for_replicas.spawn(options.n_seeds),
        replicas=options.replicas,
        tolerance=options.tolerance,
        max_sweeps=options.max_sweeps,
        workers=options.workers,
        maps=maps,
        root=options.root,
        report=lambda fraction: report(0.3 + 0.7 * fraction),
    )
    solved = refined.solved
    history += [s.residuals for s in solved]
    sweeps = rough_sweeps + model.evaluations + sum(s.evaluations for s in solved)
    sweeps += refined.evaluations + options.n_seeds * sum(shared_out(options.replicas))
    return _state(solved, plan, "chaotic", history, sweeps, options, refined.left_out)


def _first_guess(gain: float) -> Guess:
    lag = np.arange(0.0, 40.0, 0.1)
    level = 0.2 + 0.5 * np.tanh(max(gain - 0.5, 0.0))
    return lag, level / np.cosh(lag / 8.0), 0.5 * np.exp(-lag)


@dataclass(frozen=True)
class _Rough:
    relative_degree: FloatArray
    weight: FloatArray
    gain: float
    symmetry: float
    options: MemoryOptions
    stream: np.random.SeedSequence
    maps: MapMaker | None = None

    @property
    def single(self) -> bool:
        if self.options.precision != "auto":
            return self.options.precision == "single"
        return self.maps is None and self.options.tolerance >= _SINGLE

    def plan(self, dt: float, window: float, period: float, trajectories: int) -> MemoryPlan:
        from scipy.fft import next_fast_len

        n_lags = int(round(window / dt))
        n_steps = 16 * next_fast_len(
            -(-max(int(np.ceil(period / dt)), 2 * n_lags) // 16), real=True
        )
        burn = int(np.ceil(min(max(30.0, window), 100.0) / dt))
        count = share_trajectories(self.weight, trajectories)
        return MemoryPlan(
            self.relative_degree,
            self.weight,
            count,
            self.gain,
            self.symmetry,
            dt,
            n_steps,
            burn,
            n_lags,
            self.single,
        )

    def run(
        self, guess: Guess, history: list[list[float]], report: Callable[[float], None]
    ) -> Solved:
        window = self.options.window or min(40.0, self.options.max_window)
        streams = self.stream.spawn(8)
        for stage in range(8):
            plan = self.plan(0.4, window, max(250.0, 4 * window), 160)
            found = solve_plan(
                plan,
                guess,
                streams[stage],
                tolerance=_ROUGH,
                max_sweeps=80,
                workers=self.options.workers,
                plain=_PLAIN if stage == 0 else _PLAIN_LATER,
                maps=self.maps,
            )
            history.append(found.residuals)
            report(0.02 * (stage + 1))
            shrunk = found.autocorrelation[0] < _SHRUNK * guess[1][0]
            guess = found.guess
            c = found.autocorrelation
            if c[0] < _SILENT:
                return replace(found, phase="silent")
            width = half_width(guess[0], c)
            if shrunk:
                continue
            if self.options.window is not None:
                break
            if width * 6 <= window or abs(c[-1]) < _DECAYED * c[0]:
                break
            if window >= self.options.max_window:
                if not 4 * width <= window:
                    return replace(found, phase="not stationary")
                break
            window = min(2.5 * window, self.options.max_window)
        if np.isnan(width):
            return replace(found, phase="not stationary")
        dt = self.options.dt or (0.1 if width < 3 else 0.2 if width < 15 else 0.4)
        window = self.options.window or float(np.clip(6 * width, 12.0, self.options.max_window))
        period = self.options.period or 30 * max(width, 3.0)
        final = self.plan(dt, window, period, self.options.trajectories)
        return replace(found, plan=final)


def _state(
    solved: list[Solved],
    plan: MemoryPlan,
    phase: str,
    history: list[list[float]],
    sweeps: int,
    options: MemoryOptions,
    left_out: int = 0,
) -> MemoryState:
    plan = solved[0].plan if phase != "chaotic" else plan
    residual = max(min(s.residuals) for s in solved)
    converged = all(s.converged for s in solved) and phase != "not stationary"
    if phase == "silent":
        retcode, message = "success", "C decays to 0 under iteration: x = 0 is stable"
    elif phase == "not stationary":
        retcode = "not_stationary"
        message = (
            "C does not decay within the longest window: the state is frozen or too slow for the "
            "stationary solver. Use fixed-points (frozen, multistable) or the two-time solver."
        )
    elif converged:
        retcode, message = "success", "converged"
    else:
        retcode = "max_iterations"
        message = (
            f"the residual stopped at {residual:.2g}: give more trajectories, or a larger "
            "tolerance if the statistical error is larger anyway"
        )
    c = np.stack([s.autocorrelation for s in solved])
    rho = c.mean(axis=0) / max(float(c[:, 0].mean()), 1e-300)
    spread = 2 * plan.dt * float((rho**2).sum() - 0.5)
    weighted = 1.0 / float(np.sum(plan.weight**2 / plan.count))
    samples = (
        len(solved)
        * shared_out(options.replicas)[1]
        * weighted
        * plan.n_steps
        * plan.dt
        / max(spread, plan.dt)
    )
    lag = plan.dt * np.arange(plan.n_lags + 1, dtype=np.float64)
    return MemoryState(
        plan.gain,
        plan.symmetry,
        plan.relative_degree,
        plan.weight,
        lag,
        c,
        lag[1:] - plan.dt / 2,
        np.stack([s.response for s in solved]),
        np.stack([s.of_node for s in solved]),
        np.stack([s.x_of_node for s in solved]),
        np.stack([s.slope for s in solved]),
        (
            np.stack([s.before.autocorrelation for s in solved]),
            np.stack([s.before.response for s in solved]),
            np.stack([s.before.autocorrelation_x_of_node for s in solved]),
        ),
        np.array([s.remaining for s in solved]),
        plan,
        phase,
        converged,
        retcode,
        message,
        residual,
        history,
        sweeps,
        left_out,
        samples,
    )
