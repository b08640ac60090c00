"""Simulate a model: networks, initial states, streamed statistics, one Dataset."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pyscales._interrupt import check as check_interrupt
from pyscales.engines import Engine, SamplingPlan, choose_engine, integration_seconds
from pyscales.engines.methods import METHODS, SOLVERS, check_precision, choose_method
from pyscales.errors import InputError
from pyscales.model import Model
from pyscales.results import Store, make_dataset
from pyscales.simulation.observables import phase_label, static_power, temporal_variance

if TYPE_CHECKING:
    import xarray as xr

FloatArray = NDArray[np.float64]
Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Simulation:
    """How to simulate. Times in membrane time constants.

    Attributes
    ----------
    n_networks, n_trials : int
        Sampled networks, and initial states integrated together on each.
    transient, duration : float
        Discarded and observed time.
    sample_interval : float
        Distance of the samples that enter the statistics.
    max_lag : float
        Longest lag of the autocorrelations; 0 for none.
    max_autocorrelation_neurons : int
        Neurons with an autocorrelation of their own, spread evenly over the degrees.
    record : int
        Neurons whose traces are kept, spread evenly over the degrees.
    initial_scale : float
        Standard deviation of the Gaussian initial state.
    solver : {'auto', 'nonstiff', 'stiff'}
        Family of methods; 'auto' takes the stiff one when time constants are widely spread.
    method : str
        'auto', or one of 'RK45', 'DOP853', 'RK23', 'BDF' (adaptive), 'ETD3', 'ETD3D', 'ETD1',
        'RK4', 'Euler' (fixed step).
    rtol, atol, dt : float
        Tolerances of the adaptive methods, step of the fixed ones.
    precision : {'double', 'single'}
        Of W and tanh(x) in the products; states and statistics are always double. Single is refused
        with BDF, with rtol < 1e-5 and on the dense surrogate.
    workers : int
        Threads; results do not depend on it.
    """

    n_networks: int = 1
    n_trials: int = 4
    transient: float = 100.0
    duration: float = 400.0
    sample_interval: float = 0.5
    max_lag: float = 50.0
    max_autocorrelation_neurons: int = 2000
    record: int = 0
    initial_scale: float = 1.0
    solver: str = "auto"
    method: str = "auto"
    rtol: float = 1e-4
    atol: float = 1e-6
    dt: float = 0.1
    precision: str = "double"
    workers: int = 2

    def __post_init__(self) -> None:
        for name in ("n_networks", "n_trials", "workers"):
            if not 1 <= getattr(self, name) <= 100_000:
                raise InputError(f"simulation.{name}", getattr(self, name), "a whole number >= 1")
        for name in ("duration", "sample_interval", "rtol", "atol", "dt"):
            if not (np.isfinite(getattr(self, name)) and getattr(self, name) > 0):
                raise InputError(f"simulation.{name}", getattr(self, name), "a finite number > 0")
        for name in ("transient", "max_lag", "initial_scale"):
            if not (np.isfinite(getattr(self, name)) and getattr(self, name) >= 0):
                raise InputError(f"simulation.{name}", getattr(self, name), "a finite number >= 0")
        for name in ("record", "max_autocorrelation_neurons"):
            if getattr(self, name) < 0:
                raise InputError(f"simulation.{name}", getattr(self, name), "a whole number >= 0")
        if self.solver not in SOLVERS:
            raise InputError("simulation.solver", self.solver, "one of " + ", ".join(SOLVERS))
        if self.method not in METHODS:
            raise InputError("simulation.method", self.method, "one of " + ", ".join(METHODS))
        method = choose_method(self.solver, self.method, None)
        check_precision(self.precision, method, self.rtol, field="simulation.precision")
        if self.duration < 2 * self.sample_interval:
            raise InputError(
                "simulation.duration",
                self.duration,
                f"at least two sample intervals ({2 * self.sample_interval:g})",
            )
        if self.max_lag > self.duration / 2:
            raise InputError(
                "simulation.max_lag",
                self.max_lag,
                f"at most half the duration ({self.duration / 2:g})",
                "Lengthen the run or shorten the lag.",
            )

    @property
    def n_lags(self) -> int:
        """Number of lags, lag 0 included; 0 when none are asked for."""
        return int(round(self.max_lag / self.sample_interval)) + 1 if self.max_lag > 0 else 0


def simulate(
    model: Model,
    simulation: Simulation | None = None,
    *,
    seed: int = 0,
    engine: str = "auto",
    store: Store | None = None,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Integrate sampled networks of a model and gather their statistics.

    tau dx/dt = -x + g W tanh(x); time averages after the transient.

    Parameters
    ----------
    model : Model
        Needs `n` or a degree sequence.
    simulation : Simulation
    seed : int
        Same seed, same result, whatever the number of workers; network r uses stream r.
    engine : {'auto', 'scipy', 'julia'}
        Attributes `engine` and `engine_reason` say which one ran and why.
    store : Store, optional
        Keeps every finished network, so that an interrupted call goes on where it stopped.
    progress : callable, optional
        Called with (label, fraction).

    Returns
    -------
    xarray.Dataset
        Dims network, trial, neuron (ascending degree), lag, time.

    Notes
    -----
    Cost per network: evaluations x nnz x trials; memory near that of the weights plus the lags.
    """
    simulation = simulation or Simulation()
    if model.n_neurons is None:
        raise InputError("n", None, "the number of neurons", "Give --n.")
    if seed < 0:
        raise InputError("seed", seed, "a whole number >= 0")
    choice = choose_engine(
        engine,
        job="the simulation",
        seconds=_seconds(model, simulation),
        entries=_entries(model),
        trials=simulation.n_trials,
    )
    runner = choice.engine
    store = store or Store(None)
    pieces = []
    for index in range(simulation.n_networks):
        recipe = {
            "job": "simulate",
            "model": model.parameters(),
            "degrees": _fingerprint(model),
            "simulation": {k: v for k, v in asdict(simulation).items() if k != "workers"},
            "seed": seed,
            "network": index,
            "engine": runner.name,
        }

        def report(fraction: float, index: int = index) -> None:
            check_interrupt()
            if progress is not None:
                progress("simulate", (index + fraction) / simulation.n_networks)

        def compute(index: int = index, report: Callable[[float], None] = report) -> xr.Dataset:
            return _one_network(model, simulation, seed, index, runner, report)

        pieces.append(store.get(f"network-{index:04d}", recipe, compute))
    dataset = _combine(pieces, model, simulation, seed, runner.name)
    dataset.attrs["engine_reason"] = choice.reason
    return dataset


def _entries(model: Model) -> int:
    n = model.n_neurons or 0
    return int(n * n if model.kind == "dense" else n * model.degrees.mean_degree)


def _seconds(model: Model, simulation: Simulation) -> float:
    spread = model.time_constants
    fastest = float(10 ** (-spread.spread / 2)) if spread.law == "log-uniform" else 1.0
    duration = simulation.transient + simulation.duration
    return simulation.n_networks * integration_seconds(
        _entries(model), simulation.n_trials, duration, fastest
    )


def _fingerprint(model: Model) -> str:
    import hashlib

    return hashlib.sha256(
        model.degrees.quantile(np.linspace(0.005, 0.995, 100)).tobytes()
    ).hexdigest()[:12]


def _spread(n: int, count: int) -> NDArray[np.int64]:
    count = min(n, count)
    return np.unique(np.round(np.linspace(0, n - 1, count)).astype(np.int64))


def _one_network(
    model: Model,
    simulation: Simulation,
    seed: int,
    index: int,
    engine: Engine,
    report: Callable[[float], None],
) -> xr.Dataset:
    root = np.random.SeedSequence(seed, spawn_key=(index,))
    for_network, for_states, for_time_constants = root.spawn(3)
    network = model.sample(for_network)
    n = network.n
    tau = model.time_constants.sample(n, for_time_constants)
    x0 = simulation.initial_scale * np.random.default_rng(for_states).standard_normal(
        (simulation.n_trials, n)
    )
    kept = _spread(n, simulation.max_autocorrelation_neurons)
    recorded = _spread(n, simulation.record) if simulation.record else np.zeros(0, np.int64)
    plan = SamplingPlan(
        simulation.transient,
        simulation.duration,
        simulation.sample_interval,
        simulation.n_lags,
        None if kept.size == n else kept,
        recorded,
    )
    result = engine.integrate(
        network.scaled(model.gain),
        x0,
        plan,
        solver=simulation.solver,
        method=simulation.method,
        time_constants=tau,
        rtol=simulation.rtol,
        atol=simulation.atol,
        dt=simulation.dt,
        precision=simulation.precision,
        workers=simulation.workers,
        progress=report,
    )
    with np.errstate(over="ignore", invalid="ignore"):
        f = temporal_variance(result.mean_x, result.mean_square_x)
        m2 = static_power(result.mean_x)
    variables: dict[str, tuple[tuple[str, ...], Any]] = {
        "degree": (("neuron",), network.expected_degrees),
        "realised_degree": (("neuron",), network.realised_degrees),
        "mean_x": (("trial", "neuron"), result.mean_x),
        "mean_square_x": (("trial", "neuron"), result.mean_square_x),
        "mean_square_phi": (("trial", "neuron"), result.mean_square_phi),
        "population_square_x": (("trial", "time"), result.population_square_x),
        "variance_x": (("trial",), result.mean_square_x.mean(axis=1)),
        "temporal_variance": (("trial",), f),
        "static_power": (("trial",), m2),
        "clipped_mass": ((), network.clipped_mass),
    }
    if tau is not None:
        variables["time_constant"] = (("neuron",), tau)
    if plan.n_lags:
        variables |= {
            "autocorrelation_x": (("kept", "lag"), result.autocorrelation_x),
            "autocorrelation_phi": (("kept", "lag"), result.autocorrelation_phi),
            "autocorrelation_x_population": (
                ("trial", "lag"),
                result.autocorrelation_population_x,
            ),
            "autocorrelation_phi_population": (
                ("trial", "lag"),
                result.autocorrelation_population_phi,
            ),
        }
    if recorded.size:
        variables["recorded_x"] = (("trial", "time", "recorded"), result.recorded)
    status = result.status
    return make_dataset(
        variables,
        attrs={
            "success": status.success,
            "retcode": status.retcode,
            "message": status.message,
            "evaluations": status.evaluations,
            "method": status.method,
        },
    )


def _combine(
    pieces: list[xr.Dataset], model: Model, simulation: Simulation, seed: int, engine: str
) -> xr.Dataset:
    n = int(pieces[0].sizes["neuron"])
    kept = _spread(n, simulation.max_autocorrelation_neurons)
    variables: dict[str, tuple[tuple[str, ...], Any]] = {}
    for name, first in pieces[0].data_vars.items():
        stacked = np.stack([p[name].values for p in pieces])
        variables[str(name)] = (("network", *(str(d) for d in first.dims)), stacked)
    time = simulation.sample_interval * np.arange(1, pieces[0].sizes["time"] + 1)
    coords: dict[str, tuple[tuple[str, ...], Any]] = {"time": (("time",), time)}
    if simulation.n_lags:
        coords["lag"] = (("lag",), simulation.sample_interval * np.arange(simulation.n_lags))
        coords["neuron"] = (("neuron",), np.arange(n))
    if simulation.record:
        coords["recorded_neuron"] = (("recorded",), _spread(n, simulation.record))
    f = variables["temporal_variance"][1]
    m2 = variables["static_power"][1]
    failed = [p for p in pieces if not p.attrs["success"]]
    dataset = make_dataset(
        variables,
        coords,
        {
            "job": "simulate",
            "model": model.parameters(),
            "simulation": asdict(simulation),
            "seed": seed,
            "engine": engine,
            "method": pieces[0].attrs["method"],
            "phase": phase_label(float(f.mean()), float(m2.mean())),
            "converged": not failed,
            "message": failed[0].attrs["message"] if failed else "reached the end",
            "evaluations": int(sum(p.attrs["evaluations"] for p in pieces)),
        },
    )
    if simulation.n_lags:
        dataset = dataset.assign_coords(kept_neuron=(("kept",), kept))
    return dataset
