"""Response of the silent state, x = 0: closed under linearity, no sampling.

    chi(omega) = E[u / (1 + i omega - gamma g^2 u chi(omega))],  G(t) its inverse transform.

At equal degrees G(t) = e^(-t) I_1(2 g sqrt(gamma) t)/(g sqrt(gamma) t), with J_1 and sqrt(-gamma)
for gamma < 0 (the resolvent of the elliptic law, Sommers et al. 1988).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]

_NEWTON = 60


def silent_transform(
    omega: FloatArray, relative_degree: FloatArray, weight: FloatArray, gain: float, symmetry: float
) -> ComplexArray:
    """chi(omega) on the branch that tends to 1/(1 + i omega), for a stable silent state.

    Parameters
    ----------
    omega : ndarray, shape (f,)
        Descending or ascending; the branch is followed from the largest value down.
    relative_degree, weight : ndarray, shape (J,)
        Size-biased nodes.
    """
    u, w, a = relative_degree, weight, symmetry * gain**2
    order = np.argsort(-np.abs(omega))
    out = np.empty(omega.size, dtype=complex)
    chi = 1.0 / (1.0 + 1j * omega[order[0]])
    for i in order:
        z = 1.0 + 1j * omega[i]
        for _ in range(_NEWTON):
            d = z - a * u * chi
            value = w @ (1.0 / d) - chi
            step = value / (1.0 - a * (w @ (u / d**2)))
            chi = chi + step
            if abs(step) < 1e-14 * abs(chi):
                break
        out[i] = chi
    return out


def silent_response(
    lag: FloatArray,
    relative_degree: FloatArray,
    weight: FloatArray,
    gain: float,
    symmetry: float,
    *,
    step: float = 0.02,
    period: float = 400.0,
) -> FloatArray:
    """G(t) at the lags of the silent state below its critical gain; shape of `lag`.

    The slow decay of chi(omega), which would ring, is taken out in closed form: e^(-t) (1 +
    gamma g^2 E[u^2] t^2/2). Error about 1e-6 away from the critical gain; close to it G has a
    long tail and `period` must be longer than that.
    """
    n = int(2 * np.ceil(period / step / 2))
    time = np.arange(n) * step
    omega = np.asarray(2 * np.pi * np.fft.rfftfreq(n, step), dtype=np.float64)
    chi = silent_transform(omega, relative_degree, weight, gain, symmetry)
    a = symmetry * gain**2 * float(weight @ relative_degree)
    leak = 1.0 / (1.0 + 1j * omega)
    rest = np.fft.irfft(chi - leak - a * leak**3, n) / step
    smooth = np.interp(lag, time, rest)
    return np.exp(-lag) * (1.0 + 0.5 * a * lag**2) + smooth
