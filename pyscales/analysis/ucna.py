"""Units with coloured noise: approximations against the exact density, as Datasets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pyscales.errors import InputError
from pyscales.results import make_dataset
from pyscales.theory.density_distance import (
    Density,
    Distance,
    bin_probabilities,
    distance,
    distance_from_counts,
)
from pyscales.theory.effective_process import (
    SampledUnit,
    sample_coloured,
    sample_ornstein_uhlenbeck,
)
from pyscales.theory.fokker_planck import FokkerPlanckSolution, solve_fokker_planck
from pyscales.theory.switching import LOWER_ESTIMATE, SwitchingTime, switching_time_ucna
from pyscales.theory.ucna import StationaryDensity, stationary_density, support_edge

if TYPE_CHECKING:
    import xarray as xr

FloatArray = NDArray[np.float64]
Progress = Callable[[str, float], None]

COMPARED = ("ucna", "slide", "white")
GOOD_L1 = 0.05


@dataclass(frozen=True)
class Noise:
    """Noise a sampled unit gets instead of the Ornstein-Uhlenbeck process: lags, <zeta zeta>."""

    lag: FloatArray
    autocorrelation: FloatArray


@dataclass(frozen=True)
class Sampling:
    """How walkers are sampled; times in membrane time constants."""

    n_walkers: int = 1000
    duration: float = 400.0
    seed: int = 0

    def stream(self, index: int) -> Sampling:
        """The same with an independent seed for unit `index`."""
        state = np.random.SeedSequence(self.seed, spawn_key=(index,)).generate_state(1)
        return replace(self, seed=int(state[0]))


@dataclass(frozen=True)
class UnitComparison:
    """Everything about one unit: the forms in the order of `COMPARED`, the exact solution."""

    forms: tuple[StationaryDensity, ...]
    exact: FokkerPlanckSolution
    distances: tuple[Distance, ...]
    switching: SwitchingTime
    sampled: SampledUnit | None
    distances_sampled: tuple[Distance, ...]


def compare_unit(
    self_coupling: float,
    noise_strength: float,
    noise_time: float,
    *,
    sampling: Sampling | None = None,
    noise: Noise | None = None,
    sampled: SampledUnit | None = None,
) -> UnitComparison:
    """Approximate densities of one unit, the exact one, their distances, switching times.

    Parameters
    ----------
    self_coupling, noise_strength, noise_time : float
        s, D, tau.
    sampling : Sampling, optional
        Also sample walkers, and give the distances to their histogram with errors.
    noise : Noise, optional
        The walkers' noise; default the Ornstein-Uhlenbeck process.
    sampled : SampledUnit, optional
        Walkers already at hand, or the neurons of a network.
    """
    unit = (self_coupling, noise_strength, noise_time)
    forms = tuple(stationary_density(*unit, form=form) for form in COMPARED)
    exact = solve_fokker_planck(*unit)
    kinks = (support_edge(self_coupling, noise_time),)
    end = max(exact.x[-1], *(p.end for p in forms))
    distances = tuple(distance(exact, p, end, kinks) for p in forms)
    from_sample: tuple[Distance, ...] = ()
    if sampled is None and sampling is not None:
        sampled = _sample(unit, sampling, noise)
    if sampled is not None:
        densities: tuple[Density, ...] = (*forms, exact)
        from_sample = tuple(
            distance_from_counts(sampled.counts, bin_probabilities(p, sampled.edges, kinks))
            for p in densities
        )
    return UnitComparison(forms, exact, distances, switching_time_ucna(*unit), sampled, from_sample)


def _sample(
    unit: tuple[float, float, float], sampling: Sampling, noise: Noise | None
) -> SampledUnit:
    options: dict[str, Any] = {
        "duration": sampling.duration,
        "n_walkers": sampling.n_walkers,
        "seed": sampling.seed,
    }
    if noise is None:
        return sample_ornstein_uhlenbeck(*unit, **options)
    return sample_coloured(unit[0], noise.lag, noise.autocorrelation, **options)


def ucna(
    self_coupling: float | FloatArray,
    noise_strength: float | FloatArray,
    noise_time: float | FloatArray,
    *,
    relative_degree: FloatArray | None = None,
    sampling: Sampling | None = None,
    noises: list[Noise] | None = None,
    sampled: list[SampledUnit] | None = None,
    n_x: int = 801,
    attrs: dict[str, Any] | None = None,
) -> xr.Dataset:
    """Stationary densities of units dx/dt = -x + s tanh x + coloured noise, and how good they are.

    Parameters
    ----------
    self_coupling, noise_strength, noise_time : float or ndarray, shape (p,)
        s, D, tau, one unit each; scalars are repeated.
    relative_degree : ndarray, shape (p,), optional
        Degrees the units stand for.
    sampling : Sampling, optional
        Also sample walkers; distances to their histogram then come with standard errors.
    noises : list of Noise, optional
        The walkers' noise per unit; default Ornstein-Uhlenbeck.
    sampled : list of SampledUnit, optional
        Walkers already at hand, one set per unit.
    n_x : int
        Points of the densities.

    Returns
    -------
    xarray.Dataset
        Over point, form ('ucna', 'slide', 'white') and x: `density`, `density_exact`, `l1`, `kl`,
        `kl_reverse`, `variance_x_form`, `mode`, `well_depth`, `switching_time` (exact) and
        `switching_time_ucna` (a lower estimate), status of the exact solution. With `sampling`:
        `density_sampled` over `bin`, `l1_sampled`, `kl_sampled` over `reference_form` (the forms
        and 'exact') and their errors.

    Notes
    -----
    Cost per unit below 2 s, mostly tens of milliseconds, plus the walkers.
    """
    s, d, tau = np.broadcast_arrays(
        *(
            np.atleast_1d(np.asarray(v, dtype=float))
            for v in (self_coupling, noise_strength, noise_time)
        )
    )
    if s.ndim != 1 or s.size == 0:
        raise InputError("self_coupling", s.shape, "numbers or equally long lists of numbers")
    if noises is not None and len(noises) != s.size:
        raise InputError("noises", len(noises), f"one per unit, {s.size}")
    if sampled is not None and len(sampled) != s.size:
        raise InputError("sampled", len(sampled), f"one per unit, {s.size}")
    if n_x < 3:
        raise InputError("n_x", n_x, "a whole number >= 3")
    found = [
        compare_unit(
            float(s[i]),
            float(d[i]),
            float(tau[i]),
            sampling=None if sampling is None else sampling.stream(i),
            noise=None if noises is None else noises[i],
            sampled=None if sampled is None else sampled[i],
        )
        for i in range(s.size)
    ]
    end = max(min(c.exact.x[-1], c.forms[2].end) for c in found)
    x = np.linspace(-end, end, n_x)
    point, by_form = ("point",), ("point", "form")
    variables: dict[str, tuple[tuple[str, ...], Any]] = {
        "self_coupling": (point, s.copy()),
        "noise_strength": (point, d.copy()),
        "noise_time": (point, tau.copy()),
        "support_edge": (point, [c.forms[0].support_edge for c in found]),
        "density": ((*by_form, "x"), [[p(x) for p in c.forms] for c in found]),
        "density_exact": (("point", "x"), [np.maximum(c.exact(x), 0.0) for c in found]),
        "l1": (by_form, [[q.l1 for q in c.distances] for c in found]),
        "kl": (by_form, [[q.kl for q in c.distances] for c in found]),
        "kl_reverse": (by_form, [[q.kl_reverse for q in c.distances] for c in found]),
        "normalisation": (by_form, [[_moment(p, 0) for p in c.forms] for c in found]),
        "variance_x_form": (by_form, [[_moment(p, 2) for p in c.forms] for c in found]),
        "variance_x_exact": (point, [c.exact.variance for c in found]),
        "mode": (by_form, [[_outer_mode(p) for p in c.forms] for c in found]),
        "well_depth": (by_form, [[_depth(p) for p in c.forms] for c in found]),
        "well": (point, [c.switching.well for c in found]),
        "barrier": (point, [c.switching.barrier for c in found]),
        "switching_time": (
            point,
            [c.exact.switching_time if c.switching.well > 0 else np.nan for c in found],
        ),
        "switching_time_ucna": (point, [c.switching.switching_time for c in found]),
        "rate_odd": (point, [c.exact.rate for c in found]),
        "residual": (point, [c.exact.residual for c in found]),
        "rate_residual": (point, [c.exact.rate_residual for c in found]),
        "density_converged": (point, [int(c.exact.residual < 1e-3) for c in found]),
    }
    if relative_degree is not None:
        variables["relative_degree_of_point"] = (point, np.asarray(relative_degree, dtype=float))
    if found[0].sampled is not None:
        variables |= _sampled_variables(found)
    unresolved = [c.exact.message for c in found if not c.exact.converged]
    return make_dataset(
        variables,
        {"x": (("x",), x), "form": (("form",), np.array(COMPARED))},
        {
            "job": "ucna",
            "switching_time_ucna_is": LOWER_ESTIMATE,
            "switching_messages": [c.switching.message for c in found],
            "support_messages": [c.forms[0].message for c in found],
            "slide_normalisable": [c.forms[1].normalisable for c in found],
            "converged": not unresolved,
            "message": unresolved[0] if unresolved else "converged",
        }
        | (attrs or {}),
    )


def _sampled_variables(found: list[UnitComparison]) -> dict[str, tuple[tuple[str, ...], Any]]:
    units = [c.sampled for c in found if c.sampled is not None]
    by_reference = ("point", "reference_form")
    distances = [c.distances_sampled for c in found]
    return {
        "reference_form": (("reference_form",), np.array([*COMPARED, "exact"])),
        "bin_edge": (("point", "edge"), [u.edges for u in units]),
        "density_sampled": (("point", "bin"), [u.density for u in units]),
        "density_sampled_error": (("point", "bin"), [u.density_error for u in units]),
        "l1_sampled": (by_reference, [[q.l1 for q in row] for row in distances]),
        "l1_sampled_error": (by_reference, [[q.l1_error for q in row] for row in distances]),
        "kl_sampled": (by_reference, [[q.kl for q in row] for row in distances]),
        "kl_sampled_error": (by_reference, [[q.kl_error for q in row] for row in distances]),
        "variance_x_sampled": (("point",), [u.variance for u in units]),
        "variance_x_sampled_error": (("point",), [u.variance_error for u in units]),
        "switching_time_sampled": (("point",), [u.switching_time for u in units]),
        "switching_time_sampled_error": (("point",), [u.switching_time_error for u in units]),
    }


def _moment(p: StationaryDensity, order: int) -> float:
    return p.moment(order) if p.normalisable else np.nan


def _outer_mode(p: StationaryDensity) -> float:
    modes = p.modes()
    return float(modes[-1]) if modes.size else np.nan


def _depth(p: StationaryDensity) -> float:
    """ln P(mode)/P(0): infinite with a forbidden zone, 0 with one mode at 0."""
    if not p.normalisable:
        return np.nan
    top, bottom = float(p(np.array(_outer_mode(p)))), float(p(np.array(0.0)))
    return float(np.log(top / bottom)) if bottom > 0 else np.inf


def ucna_map(
    self_coupling: FloatArray,
    noise_time: FloatArray,
    *,
    noise_strength: float = 1.0,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Where the approximations hold: distances to the exact density over (s, tau) at one D.

    Parameters
    ----------
    self_coupling, noise_time : array_like, shapes (a,), (b,)
        s and tau of the grid.
    noise_strength : float
        D, the same everywhere: noise of variance D/(2 tau).
    progress : callable, optional
        Called with (label, fraction).

    Returns
    -------
    xarray.Dataset
        Over self_coupling, noise_time, form: `l1`, `kl`, `kl_reverse`; over the grid
        `support_edge`, `switching_ratio` (UCNA over exact; NaN with one well or an unresolved
        rate), `residual`. attrs `good_l1`, `share_good`: the threshold below which a density
        counts as good, and the share of the grid where UCNA is.
    """
    s = np.atleast_1d(np.asarray(self_coupling, dtype=float))
    tau = np.atleast_1d(np.asarray(noise_time, dtype=float))
    shape = (s.size, tau.size)
    by_form = {k: np.full((*shape, len(COMPARED)), np.nan) for k in ("l1", "kl", "kl_reverse")}
    edge, ratio, residual = (np.full(shape, np.nan) for _ in range(3))
    for i, j in np.ndindex(shape):
        c = compare_unit(float(s[i]), noise_strength, float(tau[j]))
        for k, q in enumerate(c.distances):
            by_form["l1"][i, j, k] = q.l1
            by_form["kl"][i, j, k] = q.kl
            by_form["kl_reverse"][i, j, k] = q.kl_reverse
        edge[i, j], residual[i, j] = c.forms[0].support_edge, c.exact.residual
        if c.exact.converged:
            ratio[i, j] = c.switching.switching_time / c.exact.switching_time
        if progress is not None:
            progress("ucna map", (i * tau.size + j + 1) / (s.size * tau.size))
    grid = ("self_coupling", "noise_time")
    variables: dict[str, tuple[tuple[str, ...], Any]] = {
        name: ((*grid, "form"), values) for name, values in by_form.items()
    }
    variables |= {
        "support_edge": (grid, edge),
        "switching_ratio": (grid, ratio),
        "residual": (grid, residual),
    }
    return make_dataset(
        variables,
        {
            "self_coupling": (("self_coupling",), s),
            "noise_time": (("noise_time",), tau),
            "form": (("form",), np.array(COMPARED)),
        },
        {
            "job": "ucna-map",
            "noise_strength": noise_strength,
            "good_l1": GOOD_L1,
            "share_good": float((by_form["l1"][..., 0] < GOOD_L1).mean()),
            "converged": bool((residual < 1e-3).all()),
            "message": "largest residual of the exact density: " + f"{residual.max():.2g}",
        },
    )
