"""From the mean-field solution to one self-coupled unit with Ornstein-Uhlenbeck noise.

A neuron of relative degree u obeys dx/dt = -x + g sqrt(u) eta + gamma g^2 u (G * phi(x)) with
<eta eta> = C(t). Replacing the memory by an immediate self-coupling and the noise by an
Ornstein-Uhlenbeck process of the same strength and correlation time,

    s_u = gamma g^2 u chi,   tau_zeta = int_0^inf C(t) dt / C(0),   D_u = 2 g^2 u C(0) tau_zeta,

chi = int G (Taffarello 2025; Stern, Istrate & Mazzucato 2023, eLife 12:e86552, who call D/2 D_S).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import simpson

from pyscales.errors import InputError

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class EffectiveUnits:
    """Parameters of the units, one per relative degree.

    Attributes
    ----------
    relative_degree, self_coupling, noise_strength : ndarray, shape (r,)
        u, s_u, D_u.
    noise_time : float
        tau_zeta, the same for every degree.
    tail : float
        |C| at the last lag over C(0): what the integral leaves out is of this size times the
        decay time. A frozen (static) part of C shows here, and makes the integral meaningless.
    message : str
    """

    relative_degree: FloatArray
    self_coupling: FloatArray
    noise_strength: FloatArray
    noise_time: float
    tail: float
    message: str


def effective_units(
    lag: FloatArray,
    autocorrelation: FloatArray,
    susceptibility: float,
    *,
    gain: float,
    symmetry: float,
    relative_degree: FloatArray,
) -> EffectiveUnits:
    """Map C(lag), chi and degrees to self-couplings and noise.

    Parameters
    ----------
    lag, autocorrelation : ndarray, shape (l,)
        C of phi(x), size-biased, on ascending lags from 0.
    susceptibility : float
        chi = int_0^inf G; not used at symmetry 0.
    gain, symmetry : float
    relative_degree : ndarray, shape (r,)
        u > 0.
    """
    lag, c = np.asarray(lag, dtype=float), np.asarray(autocorrelation, dtype=float)
    u = np.atleast_1d(np.asarray(relative_degree, dtype=float))
    if lag.ndim != 1 or lag.shape != c.shape or lag.size < 3 or lag[0] != 0:
        raise InputError("lag", lag.shape, "lags from 0, one per value of the autocorrelation")
    if not (np.isfinite(c).all() and c[0] > 0):
        raise InputError(
            "autocorrelation", float(c[0]), "finite, positive at lag 0", "Is the state silent?"
        )
    if not (np.isfinite(u).all() and (u > 0).all()):
        raise InputError("relative_degree", float(u.min()), "numbers > 0")
    noise_time = float(simpson(c, x=lag) / c[0])
    if noise_time <= 0:
        raise InputError("autocorrelation", noise_time, "a positive integral over the lags")
    tail = float(abs(c[-1]) / c[0])
    message = "C has decayed within the lags"
    if tail > 0.01:
        message = (
            f"C is still {tail:.2g} of C(0) at the last lag: the noise time is too short, or a "
            "part of C is static and no Ornstein-Uhlenbeck process stands for it"
        )
    strength = 2 * gain**2 * u * c[0] * noise_time
    coupling = np.zeros(u.size) if symmetry == 0 else symmetry * gain**2 * u * susceptibility
    return EffectiveUnits(u, coupling, strength, noise_time, tail, message)
