"""Lyapunov exponents of sampled networks, with mean-field theory at symmetry 0, as a Dataset."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pyscales.analysis.dmft import solve_dmft
from pyscales.engines import Engine, TangentPlan, choose_engine, integration_seconds
from pyscales.errors import InputError
from pyscales.model import Model
from pyscales.results import Store, make_dataset
from pyscales.simulation.observables import error_from_blocks, estimate_over_networks
from pyscales.theory.lyapunov_spectrum import (
    entropy_rate,
    kaplan_yorke_dimension,
    kind_of_attractor,
    onset_of_chaos,
)

if TYPE_CHECKING:
    import xarray as xr

FloatArray = NDArray[np.float64]
Progress = Callable[[str, float], None]

_BLOCKS = 10


@dataclass(frozen=True)
class LyapunovSettings:
    """How exponents are measured. Times in membrane time constants.

    Attributes
    ----------
    n_networks, n_trials : int
        Sampled networks, and initial states on each.
    n_exponents : int
        The first m exponents.
    transient, duration : float
        Discarded and observed time.
    interval : float
        Time between two orthonormalisations.
    dt : float
        Step of the fourth-order Runge-Kutta method.
    initial_scale : float
        Standard deviation of the Gaussian initial state.
    workers : int
        Threads; results do not depend on it.
    """

    n_networks: int = 1
    n_trials: int = 2
    n_exponents: int = 1
    transient: float = 100.0
    duration: float = 400.0
    interval: float = 1.0
    dt: float = 0.1
    initial_scale: float = 1.0
    workers: int = 2

    def __post_init__(self) -> None:
        for name in ("n_networks", "n_trials", "n_exponents", "workers"):
            if not 1 <= getattr(self, name) <= 100_000:
                raise InputError(f"lyapunov.{name}", getattr(self, name), "a whole number >= 1")
        for name in ("duration", "interval", "dt", "initial_scale"):
            if not (np.isfinite(getattr(self, name)) and getattr(self, name) > 0):
                raise InputError(f"lyapunov.{name}", getattr(self, name), "a finite number > 0")
        if not (np.isfinite(self.transient) and self.transient >= 0):
            raise InputError("lyapunov.transient", self.transient, "a finite number >= 0")
        if self.duration < _BLOCKS * self.interval:
            raise InputError(
                "lyapunov.duration",
                self.duration,
                f"at least {_BLOCKS} intervals ({_BLOCKS * self.interval:g})",
            )
        if self.dt > 0.5:
            raise InputError("lyapunov.dt", self.dt, "a step of at most 0.5")

    def plan(self) -> TangentPlan:
        """The same for an engine."""
        return TangentPlan(self.n_exponents, self.transient, self.duration, self.interval, self.dt)


def lyapunov(
    model: Model,
    settings: LyapunovSettings | None = None,
    *,
    gains: FloatArray | None = None,
    seed: int = 0,
    engine: str = "auto",
    store: Store | None = None,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Lyapunov exponents by tangent dynamics beside the trajectory, for one gain or several.

    The largest exponent is positive in chaos, negative at a stable fixed point (silent or frozen)
    and 0 on a limit cycle.

    Parameters
    ----------
    model : Model
        Needs `n` or a degree sequence.
    settings : LyapunovSettings
    gains : array_like, optional
        Ascending gains on the same networks; default the model's.
    seed : int
        Same seed, same result; network r is the one `simulate` draws.
    engine : str
    store : Store, optional
        Keeps every finished network.
    progress : callable, optional
        Called with (label, fraction).

    Returns
    -------
    xarray.Dataset
        Over gain, network, trial, exponent: `lyapunov_exponent` and its error from ten blocks of
        time; per gain `lyapunov_max` and its error over networks (a single network: over trials, a
        single trial: from blocks), `lyapunov_max_theory` (mean field, symmetry 0, else NaN),
        `kaplan_yorke_dimension`, `entropy_rate` (NaN unless `n_exponents` reaches far enough),
        `variance_x`, and the shares of trajectories `share_at_rest` and `share_chaotic`
        (`theory.lyapunov_spectrum.kind_of_attractor`; the others cycle or are undecided). attrs
        `onset_gain`, `onset_error`, `onset_low`, `onset_high`, `onset_undecided`,
        `onset_status`, `onset_message` (`theory.lyapunov_spectrum.Onset`).

    Notes
    -----
    Cost per network and gain: 4 (transient + duration)/dt products of W with
    (1 + n_exponents) n_trials columns.
    """
    settings = settings or LyapunovSettings()
    n = model.n_neurons
    if n is None:
        raise InputError("n", None, "the number of neurons", "Give --n.")
    if settings.n_exponents > n:
        raise InputError("lyapunov.n_exponents", settings.n_exponents, f"at most n = {n}")
    if seed < 0:
        raise InputError("seed", seed, "a whole number >= 0")
    grid = np.atleast_1d(np.asarray([model.gain] if gains is None else gains, dtype=float))
    if not (np.isfinite(grid).all() and (grid >= 0).all() and (np.diff(grid) > 0).all()):
        raise InputError("gains", grid.tolist(), "ascending finite numbers >= 0")
    choice = choose_engine(
        engine, job="the measurement", seconds=_seconds(model, settings, grid.size)
    )
    runner = choice.engine
    store = store or Store(None)
    models = [model.with_(gain=float(g)) for g in grid]
    rows, count = [], settings.n_networks
    for j, at in enumerate(models):
        pieces = []
        for index in range(count):
            recipe = {
                "job": "lyapunov",
                "model": at.parameters(),
                "degrees": _fingerprint(at),
                "settings": {k: v for k, v in asdict(settings).items() if k != "workers"},
                "seed": seed,
                "network": index,
                "engine": runner.name,
            }

            def report(fraction: float, done: int = j * count + index) -> None:
                if progress is not None:
                    progress("lyapunov", (done + fraction) / (count * len(models)))

            def compute(
                at: Model = at, index: int = index, report: Callable[[float], None] = report
            ) -> xr.Dataset:
                return _one_network(at, settings, seed, index, runner, report)

            pieces.append(store.get(f"lyapunov-{j:03d}-{index:04d}", recipe, compute))
        rows.append(pieces)
    dataset = _combine(rows, models, settings, seed, runner.name)
    dataset.attrs["engine_reason"] = choice.reason
    return dataset


def _seconds(model: Model, settings: LyapunovSettings, gains: int) -> float:
    """Rough time of the embedded engine: four products per step, each with 1 + m columns."""
    n = model.n_neurons or 0
    entries = n * n if model.kind == "dense" else int(n * model.degrees.mean_degree)
    columns = settings.n_trials * (1 + settings.n_exponents)
    steps = (settings.transient + settings.duration) * 4 / settings.dt / 8
    return gains * settings.n_networks * integration_seconds(entries, columns, steps)


def _fingerprint(model: Model) -> str:
    levels = np.linspace(0.005, 0.995, 100)
    return hashlib.sha256(model.degrees.quantile(levels).tobytes()).hexdigest()[:12]


def _one_network(
    model: Model,
    settings: LyapunovSettings,
    seed: int,
    index: int,
    engine: Engine,
    report: Callable[[float], None],
) -> xr.Dataset:
    root = np.random.SeedSequence(seed, spawn_key=(index,))
    for_network, for_states, for_time_constants, for_tangents = root.spawn(4)
    network = model.sample(for_network)
    x0 = settings.initial_scale * np.random.default_rng(for_states).standard_normal(
        (settings.n_trials, network.n)
    )
    found = engine.lyapunov(
        network.scaled(model.gain),
        x0,
        settings.plan(),
        time_constants=model.time_constants.sample(network.n, for_time_constants),
        seed=int(for_tangents.generate_state(1)[0]),
        workers=settings.workers,
        progress=report,
    )
    series = found.growth.transpose(0, 2, 1)
    errors = np.array([[error_from_blocks(s, _BLOCKS) for s in trial] for trial in series])
    order = np.argsort(-found.exponents, axis=1, kind="stable")
    return make_dataset(
        {
            "lyapunov_exponent": (
                ("trial", "exponent"),
                np.take_along_axis(found.exponents, order, axis=1),
            ),
            "lyapunov_exponent_error": (
                ("trial", "exponent"),
                np.take_along_axis(errors, order, axis=1),
            ),
            "variance_x": (("trial",), found.mean_square_x),
        },
        attrs={
            "success": found.status.success,
            "message": found.status.message,
            "evaluations": found.status.evaluations,
        },
    )


def _combine(
    rows: list[list[xr.Dataset]],
    models: list[Model],
    settings: LyapunovSettings,
    seed: int,
    engine: str,
) -> xr.Dataset:
    def stacked(name: str) -> FloatArray:
        return np.array([[piece[name].values for piece in row] for row in rows])

    exponents, errors = stacked("lyapunov_exponent"), stacked("lyapunov_exponent_error")
    variance = stacked("variance_x")
    estimates = [estimate_over_networks(e[..., 0]) for e in exponents]
    largest = np.array([e.mean for e in estimates])
    error = np.array([e.error for e in estimates])
    over = estimates[0].over
    if exponents[0, ..., 0].size == 1:
        error, over = errors[:, 0, 0, 0], "blocks of time"
    mean = exponents.mean(axis=(1, 2))
    gains = np.array([m.gain for m in models])
    kinds = kind_of_attractor(exponents[..., 0], errors[..., 0])
    onset = onset_of_chaos(gains, largest, error)
    failed = [p for row in rows for p in row if not p.attrs["success"]]
    by_gain, by_trial = ("gain",), ("gain", "network", "trial")
    variables: dict[str, tuple[tuple[str, ...], Any]] = {
        "lyapunov_exponent": ((*by_trial, "exponent"), exponents),
        "lyapunov_exponent_error": ((*by_trial, "exponent"), errors),
        "lyapunov_max": (by_gain, largest),
        "lyapunov_max_error": (by_gain, error),
        "lyapunov_max_theory": (by_gain, np.array([_theory(m, seed) for m in models])),
        "kaplan_yorke_dimension": (by_gain, np.array([kaplan_yorke_dimension(e) for e in mean])),
        "entropy_rate": (by_gain, np.array([entropy_rate(e) for e in mean])),
        "share_at_rest": (by_gain, (kinds < 0).mean(axis=(1, 2))),
        "share_chaotic": (by_gain, (kinds > 0).mean(axis=(1, 2))),
        "variance_x": (by_trial, variance),
    }
    return make_dataset(
        variables,
        {
            "gain": (by_gain, gains),
            "exponent": (("exponent",), np.arange(1, exponents.shape[-1] + 1)),
        },
        {
            "job": "lyapunov",
            "model": models[0].parameters(),
            "settings": asdict(settings),
            "seed": seed,
            "engine": engine,
            "error_over": over,
            "onset_gain": onset.gain,
            "onset_error": onset.error,
            "onset_low": onset.low,
            "onset_high": onset.high,
            "onset_undecided": onset.undecided,
            "onset_status": onset.status,
            "onset_message": onset.message,
            "converged": not failed,
            "message": failed[0].attrs["message"] if failed else "reached the end",
            "evaluations": int(sum(p.attrs["evaluations"] for row in rows for p in row)),
        },
    )


def _theory(model: Model, seed: int) -> float:
    """Mean-field exponent; NaN where theory has none (symmetry, unequal time constants)."""
    if model.symmetry != 0 or not model.time_constants.homogeneous:
        return np.nan
    solution = solve_dmft(model, n_lags=2, seed=seed)
    return float(solution.scalars["lyapunov_max"]) if solution.attrs["converged"] else np.nan
