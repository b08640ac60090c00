"""Units with coloured noise against the neurons of simulated networks, class by class of degree."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pyscales.analysis.degree_units import MeanFieldCurves, degree_units, mean_field_curves
from pyscales.analysis.ucna import ucna
from pyscales.engines import SamplingPlan, get_engine
from pyscales.errors import InputError
from pyscales.model import Model
from pyscales.simulation import Simulation
from pyscales.theory.effective_process import unit_from_traces

if TYPE_CHECKING:
    import xarray as xr

FloatArray = NDArray[np.float64]
Progress = Callable[[str, float], None]

_CLASS_WIDTH = 0.1
_FEW = 4
_TRACE_GROUPS = 20


def degree_traces(
    model: Model,
    relative_degree: FloatArray,
    simulation: Simulation,
    *,
    neurons_per_class: int = 40,
    seed: int = 0,
    engine: str = "auto",
    progress: Progress | None = None,
) -> list[FloatArray]:
    """Traces of the neurons within 10 % of each relative degree, over networks and trials.

    Parameters
    ----------
    model : Model
        Needs `n`.
    relative_degree : ndarray, shape (p,)
    simulation : Simulation
        Networks, trials, times; lags are not used.
    neurons_per_class : int
        Neurons of each network recorded per class, at most.

    Returns
    -------
    list of ndarray, shape (traces, time)
        Network by network, neuron by neuron, the trials of a neuron side by side.
    """
    if model.n_neurons is None:
        raise InputError("n", None, "the number of neurons", "Give --n.")
    runner = get_engine(engine)
    traces: list[list[FloatArray]] = [[] for _ in relative_degree]
    for index in range(simulation.n_networks):
        root = np.random.SeedSequence(seed, spawn_key=(index,))
        for_network, for_states, for_time_constants = root.spawn(3)
        network = model.sample(for_network)
        x0 = simulation.initial_scale * np.random.default_rng(for_states).standard_normal(
            (simulation.n_trials, network.n)
        )
        chosen = [
            _class_members(network.relative_degrees, float(k), neurons_per_class)
            for k in relative_degree
        ]
        record = np.unique(np.concatenate(chosen))
        plan = SamplingPlan(
            simulation.transient,
            simulation.duration,
            simulation.sample_interval,
            record_neurons=record,
        )

        def report(fraction: float, index: int = index) -> None:
            if progress is not None:
                progress("networks", (index + fraction) / simulation.n_networks)

        found = runner.integrate(
            network.scaled(model.gain),
            x0,
            plan,
            solver=simulation.solver,
            method=simulation.method,
            time_constants=model.time_constants.sample(network.n, for_time_constants),
            rtol=simulation.rtol,
            atol=simulation.atol,
            dt=simulation.dt,
            precision=simulation.precision,
            workers=simulation.workers,
            progress=report,
        )
        for k, neurons in enumerate(chosen):
            part = found.recorded[:, :, np.searchsorted(record, neurons)]
            # The trials of one neuron side by side: they share its inputs, so one group of traces.
            traces[k].append(part.transpose(2, 0, 1).reshape(-1, part.shape[1]))
    return [np.concatenate(rows) for rows in traces]


def _class_members(u: FloatArray, k: float, count: int) -> NDArray[np.int64]:
    """Up to `count` neurons closest to relative degree k, within 10 %."""
    distance = np.abs(np.log(np.maximum(u, 1e-300) / k))
    nearest = np.argsort(distance, kind="stable")[:count]
    members = nearest[distance[nearest] < _CLASS_WIDTH]
    if not members.size:
        raise InputError(
            "relative_degree",
            k,
            f"degrees of the network, {u.min():.3g} to {u.max():.3g} times the mean",
            "No neuron is within 10 % of it.",
        )
    return np.asarray(np.sort(members))


def ucna_against_network(
    model: Model,
    *,
    relative_degree: FloatArray,
    simulation: Simulation | None = None,
    curves: MeanFieldCurves | None = None,
    neurons_per_class: int = 40,
    seed: int = 0,
    engine: str = "auto",
    progress: Progress | None = None,
) -> xr.Dataset:
    """`ucna_of_model` with the neurons of simulated networks in the place of the walkers.

    The difference holds three steps: the network is finite, its memory is taken as an immediate
    self-coupling, its noise as an Ornstein-Uhlenbeck process, and UCNA approximates what follows.
    `l1_sampled` to 'exact' (which leaves the last one out) against that to 'ucna' tells them apart.

    Parameters
    ----------
    model : Model
        Needs `n`.
    relative_degree : array_like, shape (p,)
        u = k/<k> of the classes.
    simulation : Simulation
    curves : MeanFieldCurves, optional
        Mean-field solution already at hand.
    neurons_per_class : int
        Neurons recorded per class and network; together at least 20 traces.

    Returns
    -------
    xarray.Dataset
        As `ucna` with `sampling`; errors over networks where there are four or more, else over 20
        groups of traces, which leave out most of the scatter between networks. Attribute
        `error_over` says which.
    """
    simulation = simulation or Simulation()
    u = np.atleast_1d(np.asarray(relative_degree, dtype=float))
    curves = curves or mean_field_curves(model, seed=seed, engine=engine)
    units = degree_units(curves, model.symmetry, u)
    traces = degree_traces(
        model,
        u,
        simulation,
        neurons_per_class=neurons_per_class,
        seed=seed,
        engine=engine,
        progress=progress,
    )
    sampled = [
        unit_from_traces(
            rows,
            simulation.sample_interval,
            float(units.self_coupling[k]),
            noise_time=units.noise_time,
            n_groups=_groups(rows.shape[0], simulation.n_networks),
        )
        for k, rows in enumerate(traces)
    ]
    return ucna(
        units.self_coupling,
        units.noise_strength,
        np.full(u.size, units.noise_time),
        relative_degree=u,
        sampled=sampled,
        attrs={
            "model": model.parameters(),
            "mean_field_converged": curves.converged,
            "mean_field_message": curves.message,
            "noise_message": units.message,
            "noise_tail": units.tail,
            "susceptibility": curves.susceptibility,
            "sampled_from": "network",
            "error_over": "networks"
            if all(_groups(r.shape[0], simulation.n_networks) != _TRACE_GROUPS for r in traces)
            else "groups of traces",
        },
    )


def _groups(rows: int, n_networks: int) -> int:
    """One group of traces per network, if there are enough and all have as many."""
    return n_networks if n_networks >= _FEW and rows % n_networks == 0 else _TRACE_GROUPS
