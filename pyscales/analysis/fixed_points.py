"""Static states and effective self-couplings of a model as Datasets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pyscales._threads import single_threaded_blas
from pyscales.analysis.dmft import solve_dmft
from pyscales.analysis.theory_degrees import require_undirected, theory_degrees
from pyscales.engines import choose_engine
from pyscales.errors import InputError
from pyscales.model import Model
from pyscales.results import make_dataset
from pyscales.theory.fixed_points import (
    RULES,
    FixedPointState,
)
from pyscales.theory.self_coupling import SelfCouplings, self_couplings
from pyscales.theory.static_density import static_density

if TYPE_CHECKING:
    import xarray as xr

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class FixedPointSolution:
    """Static state of a model: the state, its self-couplings, the degrees that were used.

    `phase` is that of the network: 'silent' or 'frozen' where the typical static state is stable;
    where it is not, 'chaotic', 'frozen' or 'silent' by the dynamics, or 'undecided' if they were
    not asked. `phase_message` says how it was found.
    """

    model: Model
    state: FixedPointState
    couplings: SelfCouplings
    theory_degrees: str
    relative_degree: FloatArray
    phase: str
    phase_message: str
    engine: str
    engine_reason: str

    def record(self) -> dict[str, Any]:
        """Plain numbers and how they were found."""
        s = self.state
        return {
            "phase": self.phase,
            "region": s.region,
            "order_parameter_q": s.q,
            "variance_x": s.variance_x,
            "susceptibility": s.chi,
            "static_instability": s.instability,
            "bistability_threshold": self.couplings.threshold,
            "fraction_bistable": self.couplings.fraction_bistable,
            "rule": s.rule,
            "converged": s.converged,
            "retcode": s.retcode,
            "residual": s.residual,
            "evaluations": s.iterations,
            "engine": self.engine,
            "engine_reason": self.engine_reason,
            "theory_degrees": self.theory_degrees,
            "message": s.message,
            "phase_message": self.phase_message,
        }

    def to_dataset(self, n_points: int = 801) -> xr.Dataset:
        """The same over `relative_degree`, with the density of x* over `x`."""
        s = self.state
        u = self.relative_degree
        top = s.symmetry * s.gain**2 * s.chi * u[-1] + 5 * s.gain * np.sqrt(u[-1] * max(s.q, 1e-12))
        x = np.linspace(-1, 1, n_points) * max(top, 1e-3)
        density = np.zeros((n_points, u.size))
        if s.q > 0:
            density = np.stack([static_density(s, v, x) for v in u], axis=1)
        slope = s.symmetry * s.gain**2 * s.chi
        record = self.record()
        numbers = {k: ((), v) for k, v in record.items() if isinstance(v, float)}
        numbers.pop("residual")
        return make_dataset(
            numbers
            | {
                "self_coupling": (("relative_degree",), slope * u),
                "static_density": (("x", "relative_degree"), density),
            },
            {"relative_degree": (("relative_degree",), u), "x": (("x",), x)},
            {"job": "fixed-points", "model": self.model.parameters()}
            | {k: v for k, v in record.items() if not isinstance(v, float) or k == "residual"},
        )


@single_threaded_blas
def fixed_points(
    model: Model,
    *,
    rule: str = "outer",
    n_degrees: int = 7,
    dynamics: bool = False,
    seed: int = 0,
    engine: str = "auto",
) -> FixedPointSolution:
    """Static mean-field state: q, chi, Lambda, P_k(x*), region and phase.

    Parameters
    ----------
    model : Model
    rule : {'outer', 'equal'}
        Root of a bistable neuron (see `pyscales.theory.fixed_points`).
    n_degrees : int
        Degrees with a density of their own.
    dynamics : bool
        Where Lambda >= 1, solve the mean-field dynamics (some 10 s) to name the phase: chaotic if
        C decays, frozen if it does not within the longest window of the solver.
    engine : str
        Of both; 'auto' takes the embedded one for the static state, which takes it a second.

    Raises
    ------
    InputError
        Unknown rule; directed graph with symmetry != 0.
    """
    if rule not in RULES:
        raise InputError("rule", rule, "one of " + ", ".join(RULES))
    require_undirected(model)
    chosen = theory_degrees(model, seed=seed)
    choice = choose_engine(engine, job="the static theory", seconds=1.0)
    state = choice.engine.static_state(chosen.law, chosen.gain, model.symmetry, rule=rule)
    couplings = self_couplings(chosen.law, chosen.gain, model.symmetry, state.chi)
    u = chosen.law.quantile(np.append(np.linspace(0.05, 0.95, n_degrees - 1), 0.999))
    phase, message = state.region, state.message
    if state.region == "unstable":
        phase, message = "undecided", "Lambda >= 1: the dynamics decide, and were not solved"
    if dynamics and state.region == "unstable":
        moving = solve_dmft(model, seed=seed, engine=engine, n_seeds=2, tolerance=1e-3)
        phase, message = str(moving.attrs["phase"]), str(moving.attrs["message"])
    return FixedPointSolution(
        model,
        state,
        couplings,
        chosen.choice,
        np.unique(u[u > 0]),
        phase,
        message,
        choice.engine.name,
        choice.reason,
    )


@single_threaded_blas
def self_coupling(
    model: Model, *, seed: int = 0, engine: str = "auto", **options: Any
) -> xr.Dataset:
    """Self-couplings with chi from the response G and from the fixed points, side by side.

    Parameters
    ----------
    model : Model
    options
        Of `pyscales.dmft` (trajectories, n_seeds, tolerance, workers).

    Returns
    -------
    Dataset
        Over `source` ('response', 'fixed_points'): `susceptibility`, its error (response),
        `bistability_threshold` k_c/<k>, `fraction_bistable`; over `source` and `quantile`:
        `self_coupling`, `well`. Attrs: `phase` of the response's state, `region` of the fixed
        points. Where the state is not stationary the response's entries are NaN.
    """
    require_undirected(model)
    chosen = theory_degrees(model, seed=seed)
    dynamic = solve_dmft(model, seed=seed, engine=engine, **options)
    static = fixed_points(model, seed=seed, engine=engine)
    phase = str(dynamic.attrs["phase"])
    chi = float(dynamic.scalars.get("susceptibility", np.nan))
    if phase == "frozen":
        chi = np.nan
    found = [
        self_couplings(chosen.law, chosen.gain, model.symmetry, value)
        for value in (chi, static.state.chi)
    ]
    error = float(dynamic.scalars.get("susceptibility_error", np.nan))
    names = ("susceptibility", "threshold", "fraction_bistable")
    scalar = {n: np.array([getattr(f, n) for f in found]) for n in names}
    if np.isnan(chi):
        scalar["threshold"][0] = scalar["fraction_bistable"][0] = np.nan
    return make_dataset(
        {
            "susceptibility": (("source",), scalar["susceptibility"]),
            "susceptibility_error": (("source",), np.array([error, 0.0])),
            "bistability_threshold": (("source",), scalar["threshold"]),
            "fraction_bistable": (("source",), scalar["fraction_bistable"]),
            "self_coupling": (("source", "quantile"), np.stack([f.self_coupling for f in found])),
            "well": (("source", "quantile"), np.stack([f.well for f in found])),
        },
        {
            "quantile": (("quantile",), found[0].quantile),
            "source": (("source",), np.array(["response", "fixed_points"])),
        },
        {
            "job": "self-couplings",
            "model": model.parameters(),
            "phase": phase,
            "region": static.state.region,
            "engine": dynamic.attrs["engine"],
            "engine_reason": dynamic.attrs["engine_reason"],
            "converged": bool(dynamic.attrs["converged"]) and static.state.converged,
            "message": str(dynamic.attrs["message"]),
        },
    )
