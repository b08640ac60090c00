"""Spectrum of the Jacobian of a sampled network at x = 0 or at its states, with theory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pyscales.analysis.bulk_theory import (
    Variables,
    spectrum_theory,
    state_theory,
)
from pyscales.analysis.density_estimates import check_stochastic, density_estimates
from pyscales.analysis.eigenmodes import eigenmodes, scale_columns
from pyscales.analysis.mean_field_states import mean_field_state_theory
from pyscales.analysis.states import network_states
from pyscales.analysis.theory_degrees import require_equal_time_constants
from pyscales.engines import choose_engine, integration_seconds
from pyscales.errors import InputError
from pyscales.model import Model
from pyscales.results import make_dataset
from pyscales.theory.memory_solver import MemoryOptions
from pyscales.theory.spectrum.state import StateNodes

if TYPE_CHECKING:
    import xarray as xr

FloatArray = NDArray[np.float64]

AT = ("origin", "trajectory", "fixed-point")
METHODS = ("auto", "dense", "arnoldi", "stochastic", "theory")
DENSE_UP_TO = 3000


def spectrum(
    model: Model,
    *,
    at: str = "origin",
    seed: int = 0,
    method: str = "auto",
    k: int = 20,
    which: str = "LR",
    snapshots: int = 4,
    transient: float = 100.0,
    interval: float = 10.0,
    left: bool | None = None,
    points: int = 10,
    width: float = 0.1,
    probes: int = 2,
    workers: int = 2,
    engine: str = "auto",
) -> xr.Dataset:
    """Eigenvalues of M = -1 + W diag(phi'(x)), their eigenvectors' localisation, and the theory.

    f_k(lambda) = sum_i k_i |psi_i|^2 / sum_i |psi_i|^2 over the right eigenvector psi.

    Parameters
    ----------
    model : Model
        Needs `n` or a degree sequence, except for method 'theory'.
    at : {'origin', 'trajectory', 'fixed-point'}
        x = 0; `snapshots` states of a trajectory, `interval` apart after `transient`; the fixed
        point reached from where the trajectory is after `transient`. Times in membrane times.
    method : {'auto', 'dense', 'arnoldi', 'stochastic', 'theory'}
        All eigenvalues (O(n^3)) up to 3000 neurons, the `k` outermost, the density and
        localisation by random probes, or theory alone: away from the origin with the slopes phi'
        of the mean-field state and without any network (the other methods add the theory with
        the slopes of the states they reached).
    k, which : int, str
        Number and kind ('LR' rightmost, 'LM' largest modulus of W diag(phi')) for 'arnoldi'.
    left : bool, optional
        Left eigenvectors too, for condition numbers; default for 'dense' only, as it doubles the
        work of 'arnoldi'.
    points, width, probes : int, float, int
        For 'stochastic': points from the centre to beyond the edge, width of the smoothing over
        the radius of the bulk (cost ~ 1/width), random vectors.
    workers : int
        Threads; results do not depend on it.

    Returns
    -------
    xarray.Dataset
        Over `eigenvalue` (after `time` on a trajectory): real and imaginary part,
        `degree_localisation`, `inverse_participation`, `dominant_neuron` with its
        `dominant_share`, `condition_number`, `residual`; `numerical_abscissa`. Over `point` for
        'stochastic': `density_estimate`, `localisation_estimate`, their errors, and
        `density_smoothed`, `localisation_smoothed`, the theory at the same width. Theory: see
        `pyscales.analysis.bulk_theory`. attrs `rightmost`, `converged`, `message`.
    """
    _check(model, at, method, k, which, snapshots, transient, interval)
    if method == "stochastic":
        check_stochastic(model, points, width, probes)
    require_equal_time_constants(model)
    if method == "theory" and at == "origin":
        theory, attrs = spectrum_theory(model, seed=seed)
        return make_dataset(theory, attrs=_attrs(model, at, seed, method) | attrs)
    if method == "theory":
        choice = choose_engine(engine, job="the spectrum")
        theory, attrs = mean_field_state_theory(
            model, at, choice.engine, options=MemoryOptions(workers=workers), seed=seed
        )
        return make_dataset(theory, attrs=_attrs(model, at, seed, method) | attrs)
    n = model.n_neurons
    assert n is not None
    if method == "auto":
        method = "dense" if n <= DENSE_UP_TO else "arnoldi"
    choice = choose_engine(
        engine, job="the spectrum", seconds=_seconds(model, method, at, transient)
    )
    runner = choice.engine
    root = np.random.SeedSequence(seed, spawn_key=(0,))
    for_network, for_states = root.spawn(2)
    network = model.sample(for_network)
    weights = network.scaled(model.gain)
    states = network_states(
        weights,
        at,
        runner,
        for_states,
        transient=transient,
        count=snapshots,
        interval=interval,
        workers=workers,
    )
    several = at == "trajectory"
    variables: Variables = {
        "degree": (("neuron",), network.expected_degrees),
        "clipped_mass": ((), network.clipped_mass),
    }
    attrs = _attrs(model, at, seed, method)
    attrs |= {"engine": runner.name, "engine_reason": choice.reason}
    problem = "" if states.success else states.message
    if method == "stochastic":
        theory_nodes = None if at == "origin" else _pairs(network, states.slope)
        estimates, status = density_estimates(
            model,
            scale_columns(weights, states.slope[0]),
            network.expected_degrees,
            theory_nodes,
            points=points,
            width=width,
            probes=probes,
            seed=seed,
        )
        variables |= estimates
        problem = problem or ("" if status.success else status.message)
        attrs |= {"worst_residual": status.residual, "products": status.evaluations}
    else:
        found = [
            eigenmodes(
                weights,
                slope,
                network.expected_degrees,
                runner,
                k=None if method == "dense" else k,
                which=which,
                seed=seed,
                left=(method == "dense") if left is None else left,
                workers=workers,
            )
            for slope in states.slope
        ]
        for name in found[0].variables:
            dims, first = found[0].variables[name]
            stacked = np.stack([f.variables[name][1] for f in found])
            variables[name] = (("time", *dims), stacked) if several else (dims, first)
        worst = max(found, key=lambda f: (not f.status.success, f.status.residual)).status
        problem = problem or ("" if worst.success else worst.message)
        attrs |= {
            "worst_residual": worst.residual,
            "rightmost": max(float(f.variables["eigenvalue_real"][1].max()) for f in found),
        }
    attrs |= {"converged": not problem, "message": problem or "converged"}
    if at == "origin":
        theory, more = spectrum_theory(model, seed=seed)
        attrs |= more
    else:
        theory, more = _at_state(model, network, states.slope), {}
        variables["slope"] = (("time", "neuron"), states.slope)
        variables["state"] = (("time", "neuron"), states.x)
        if not several:
            variables["slope"] = (("neuron",), states.slope[0])
            variables["state"] = (("neuron",), states.x[0])
            attrs["fixed_point_residual"] = states.residual
    coords: Variables = {"time": (("time",), states.time)} if several else {}
    return make_dataset(variables | theory, coords, attrs)


def _at_state(model: Model, network: Any, slope: FloatArray) -> Variables:
    """Theory with the pairs (u, phi') of the sampled states, all of them pooled."""
    if model.directed and model.symmetry != 0:
        return {}
    degrees = network.expected_degrees
    scale = degrees.mean() / model.degrees.mean_degree
    return state_theory(
        _pairs(network, slope),
        model.symmetry,
        model.gain * float(np.sqrt(scale)),
        degrees.mean(),
        finite=True,
    )


def _pairs(network: Any, slope: FloatArray) -> StateNodes:
    times, n = slope.shape
    u = network.relative_degrees
    return StateNodes(np.tile(u, times), slope.ravel(), np.full(times * n, 1 / (times * n)))


def _seconds(model: Model, method: str, at: str, transient: float) -> float:
    """Rough time of the embedded engine: some 2500 products of an iteration, 2 ns per entry."""
    n = model.n_neurons or 0
    entries = n * (n if model.kind == "dense" else model.degrees.mean_degree)
    iteration = 2500 * 2e-9 * entries if method == "arnoldi" else 0.0
    return iteration + (0.0 if at == "origin" else integration_seconds(int(entries), 1, transient))


def _attrs(model: Model, at: str, seed: int, method: str) -> dict[str, Any]:
    return {
        "job": "spectrum",
        "model": model.parameters(),
        "seed": seed,
        "at": at,
        "method": method,
        "converged": True,
        "message": "converged",
    }


def _check(
    model: Model,
    at: str,
    method: str,
    k: int,
    which: str,
    snapshots: int,
    transient: float,
    interval: float,
) -> None:
    if at not in AT:
        raise InputError("spectrum.at", at, "one of " + ", ".join(AT))
    if method not in METHODS:
        raise InputError("spectrum.method", method, "one of " + ", ".join(METHODS))
    if which not in ("LR", "LM"):
        raise InputError("spectrum.which", which, "LR or LM")
    if not 1 <= snapshots <= 10_000:
        raise InputError("spectrum.snapshots", snapshots, "a whole number from 1 to 10000")
    if not (np.isfinite(transient) and transient >= 0):
        raise InputError("spectrum.transient", transient, "a finite number >= 0")
    if not (np.isfinite(interval) and interval > 0):
        raise InputError("spectrum.interval", interval, "a finite number > 0")
    n = model.n_neurons
    if n is None:
        if method == "theory":
            return
        raise InputError("n", None, "the number of neurons", "Give --n.")
    if method == "dense" and n > 20_000:
        raise InputError("spectrum.method", method, "arnoldi above 20000 neurons")
    if not 1 <= k <= max(1, n - 2):
        raise InputError("spectrum.k", k, f"a whole number from 1 to {n - 2}")
