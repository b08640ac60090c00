"""One self-coupled unit per degree class of a model, from its mean-field solution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from pyscales.analysis.dmft import DmftSolution, solve_dmft
from pyscales.analysis.ucna import Noise, Sampling, ucna
from pyscales.errors import InputError
from pyscales.model import Model
from pyscales.theory.effective_noise import EffectiveUnits, effective_units

if TYPE_CHECKING:
    import xarray as xr

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class MeanFieldCurves:
    """What a unit needs of the mean-field solution.

    Attributes
    ----------
    lag, autocorrelation : ndarray, shape (l,)
        C of phi(x), size-biased, on uniform lags from 0.
    susceptibility : float
        chi = int G; NaN at symmetry 0, where it does not enter.
    gain : float
        Gain that belongs to the theory's degrees.
    converged : bool
    message : str
    """

    lag: FloatArray
    autocorrelation: FloatArray
    susceptibility: float
    gain: float
    converged: bool
    message: str


def mean_field_curves(
    model: Model, *, step: float = 0.05, seed: int = 0, engine: str = "auto"
) -> MeanFieldCurves:
    """C(lag) and chi of a model's stationary state, on lags `step` apart.

    Raises
    ------
    InputError
        The state is silent, so that there is no noise.
    """
    if model.symmetry != 0:
        return _with_memory(model, step, seed, engine)
    coarse = solve_dmft(model, n_lags=2, seed=seed, engine=engine)
    _refuse_silence(model, coarse)
    reach = 2.0 * float(coarse.lag[-1])
    n_lags = int(np.ceil(reach / step)) + 1
    found = solve_dmft(model, max_lag=step * (n_lags - 1), n_lags=n_lags, seed=seed, engine=engine)
    return _curves(found, found.lag, found.curves["autocorrelation"], np.nan)


def _with_memory(model: Model, step: float, seed: int, engine: str) -> MeanFieldCurves:
    found = solve_dmft(model, seed=seed, engine=engine)
    _refuse_silence(model, found)
    lag = np.asarray(step * np.arange(int(found.lag[-1] / step) + 1), dtype=float)
    c = CubicSpline(found.lag, found.curves["autocorrelation"])(lag)
    return _curves(found, lag, c, float(found.scalars["susceptibility"]))


def _refuse_silence(model: Model, found: DmftSolution) -> None:
    if found.attrs["phase"] == "silent":
        raise InputError(
            "gain", model.gain, "a gain above the critical one", "The state is silent: no noise."
        )


def _curves(
    found: DmftSolution, lag: FloatArray, c: FloatArray, susceptibility: float
) -> MeanFieldCurves:
    return MeanFieldCurves(
        lag,
        c,
        susceptibility,
        float(found.attrs["theory_gain"]),
        bool(found.attrs["converged"]),
        str(found.attrs["message"]),
    )


def degree_units(
    curves: MeanFieldCurves, symmetry: float, relative_degree: FloatArray
) -> EffectiveUnits:
    """Self-coupling and noise of neurons of given relative degrees."""
    return effective_units(
        curves.lag,
        curves.autocorrelation,
        curves.susceptibility,
        gain=curves.gain,
        symmetry=symmetry,
        relative_degree=relative_degree,
    )


def ucna_of_model(
    model: Model,
    *,
    relative_degree: FloatArray | None = None,
    sampling: Sampling | None = None,
    curves: MeanFieldCurves | None = None,
    seed: int = 0,
    engine: str = "auto",
) -> xr.Dataset:
    """`ucna` for the units that stand for the degree classes of a model.

    Parameters
    ----------
    model : Model
    relative_degree : array_like, shape (p,), optional
        u = k/<k>; default the 10, 50 and 90 % quantiles of the degree law.
    sampling : Sampling, optional
        Walkers with the true C(lag) as their noise, not the Ornstein-Uhlenbeck process: the
        distances then tell both steps of the approximation together.
    curves : MeanFieldCurves, optional
        A solution already at hand.

    Returns
    -------
    xarray.Dataset
        As `ucna`, with `relative_degree_of_point`.
    """
    curves = curves or mean_field_curves(model, seed=seed, engine=engine)
    if relative_degree is None:
        u = np.unique(model.degrees.quantile(np.array([0.1, 0.5, 0.9])))
        u = u[u > 0]
    else:
        u = np.atleast_1d(np.asarray(relative_degree, dtype=float))
    units = degree_units(curves, model.symmetry, u)
    noises = None
    if sampling is not None:
        noises = [Noise(curves.lag, curves.gain**2 * float(k) * curves.autocorrelation) for k in u]
    return ucna(
        units.self_coupling,
        units.noise_strength,
        np.full(u.size, units.noise_time),
        relative_degree=u,
        sampling=sampling,
        noises=noises,
        attrs={
            "model": model.parameters(),
            "mean_field_converged": curves.converged,
            "mean_field_message": curves.message,
            "noise_message": units.message,
            "noise_tail": units.tail,
            "susceptibility": curves.susceptibility,
        },
    )
