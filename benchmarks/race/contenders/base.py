"""What a contender is, and integrators written out by hand for those that bring only a product."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from benchmarks.race.problem import Problem

# Explicit Runge-Kutta methods: rows of a, then b.
TABLEAUS: dict[str, tuple[list[list[float]], list[float]]] = {
    "euler": ([[]], [1.0]),
    "heun": ([[], [1.0]], [0.5, 0.5]),
    "midpoint": ([[], [0.5]], [0.0, 1.0]),
    "heun3": ([[], [1 / 3], [0.0, 2 / 3]], [0.25, 0.0, 0.75]),
    "bosh3": ([[], [0.5], [0.0, 0.75]], [2 / 9, 1 / 3, 4 / 9]),
    "rk4": ([[], [0.5], [0.0, 0.5], [0.0, 0.0, 1.0]], [1 / 6, 1 / 3, 1 / 3, 1 / 6]),
}


class Base(ABC):
    """A contender on one problem.

    `advance(units)` goes on from the present state and returns the states at each whole unit of
    time in a form of its own; `numpy(states)` turns them into shape (units, trials, n).
    `evaluations` counts products W tanh(x) of one advance, if they are known.

    Parameters
    ----------
    problem : Problem
    precision : {'double', 'single'}
    threads : int
    method, step : str, float
        Integrator and its step, or its tolerance where it is adaptive.
    """

    version = ""
    batched = True

    def __init__(
        self, problem: Problem, precision: str, threads: int, method: str, step: float
    ) -> None:
        self.problem = problem
        self.dtype = np.float32 if precision == "single" else np.float64
        self.precision = precision
        self.threads = threads
        self.method = method
        self.step = step
        self.evaluations = 0
        self.prepare()

    @abstractmethod
    def prepare(self) -> None:
        """Build what `advance` needs; not timed."""

    @abstractmethod
    def advance(self, units: int) -> Any:
        """States at the next `units` whole times."""

    def numpy(self, states: Any) -> np.ndarray:
        """As an array of shape (units, trials, n)."""
        return np.asarray(states)

    @property
    def steps_per_unit(self) -> int:
        """Fixed steps per unit of time."""
        return max(1, round(1.0 / self.step))


class HandWritten(Base):
    """Fixed steps in NumPy around a product of W: `product(y)` for y of shape (n, trials)."""

    product: Callable[[np.ndarray], np.ndarray]

    def start(self) -> None:
        """Keep the settled states with the trials side by side."""
        self.x = np.ascontiguousarray(self.problem.states.T.astype(self.dtype))
        self.past: list[np.ndarray] = []

    def input(self, x: np.ndarray) -> np.ndarray:
        """W tanh(x)."""
        self.evaluations += 1
        return self.product(np.tanh(x))

    def advance(self, units: int) -> Any:
        self.evaluations = 0
        out = []
        h = self.dtype(1.0 / self.steps_per_unit)
        step = self.exponential if self.method.startswith("etd") else self.runge_kutta
        for _ in range(units):
            for _ in range(self.steps_per_unit):
                step(h)
            out.append(self.x.copy())
        return out

    def numpy(self, states: Any) -> np.ndarray:
        return np.stack([s.T for s in states])

    def runge_kutta(self, h: Any) -> None:
        """One step of a method of `TABLEAUS`."""
        a, b = TABLEAUS[self.method]
        slopes: list[np.ndarray] = []
        for row in a:
            y = self.x
            for c, k in zip(row, slopes, strict=True):
                if c:
                    y = y + self.dtype(c) * h * k
            k = self.input(y)
            k -= y
            slopes.append(k)
        for c, k in zip(b, slopes, strict=True):
            if c:
                k *= self.dtype(c) * h
                self.x = self.x + k

    def exponential(self, h: Any) -> None:
        """One step of exponential Adams-Bashforth: etd1, etd3, or etd3d, damped."""
        values = 4 if self.method == "etd3d" else int(self.method[-1])
        self.past = [self.input(self.x), *self.past[: values - 1]]
        decay, weights = step_weights(float(h), len(self.past))
        x = self.x * self.dtype(decay)
        for c, u in zip(weights, self.past, strict=True):
            x += self.dtype(c) * u
        self.x = x


@cache
def step_weights(h: float, values: int) -> tuple[float, np.ndarray]:
    """Decay and weights of a step with that many values of u; four: damped."""
    decay, weights = adams_weights(h, min(values, 3))
    return decay, damped(weights, decay) if values == 4 else weights


def adams_weights(h: float, order: int) -> tuple[float, np.ndarray]:
    """e^-h and the weights of u at 0, -h, -2h in int_0^h e^-(h - s) u(s) ds."""
    moments = [1.0 - np.exp(-h)]
    for k in range(1, order):
        moments.append(h**k - k * moments[-1])
    nodes = np.vander(-h * np.arange(order), order, increasing=True)
    return float(np.exp(-h)), np.array(moments) @ np.linalg.inv(nodes)


def damped(weights: np.ndarray, decay: float) -> np.ndarray:
    """Weights of order 3 less so much of a third difference that alternating inputs and those of
    half that frequency come out equally large."""
    third = np.array([1.0, -3.0, 3.0, -1.0])

    def excess(share: float) -> float:
        c = np.append(weights, 0.0) - share * third
        alternating = abs(c @ [1, -1, 1, -1]) / (1 + decay)
        return float(alternating - abs(c @ [1, -1j, -1, 1j]) / abs(1 + 1j * decay))

    return np.append(weights, 0.0) - bisection(excess, 0.0, 0.5) * third


def bisection(f: Callable[[float], float], low: float, high: float) -> float:
    """Root of f, positive at low and negative at high."""
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if f(middle) > 0 else (low, middle)
    return 0.5 * (low + high)
