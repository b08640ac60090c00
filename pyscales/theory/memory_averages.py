"""Averages of the effective process with memory: control variate and response estimates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.polynomial.polynomial import polyval
from numpy.typing import NDArray

from pyscales.theory.gaussian import (
    enough_for_tanh,
    hermite_coefficients_tanh,
    mean_slope_tanh,
    mean_square_tanh,
)

if TYPE_CHECKING:
    from pyscales.theory.memory import MemoryPlan

FloatArray = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]

_ITERATIONS = 60
_SETTLED = 1e-15
_LARGEST_LOOP = 0.85
_ORDERS = 120
_SMOOTHING = 17
_LEAST_REST = 1e-9


def node_means(values: FloatArray, count: NDArray[np.int64]) -> FloatArray:
    """Means over the trajectories of each node; last axis n -> J."""
    first = np.concatenate([[0], np.cumsum(count)[:-1]])
    return np.add.reduceat(values, first, axis=-1) / count


@dataclass(frozen=True)
class LinearCopy:
    """Step 6 of `memory_map`: linear copies of the trajectories.

    Attributes
    ----------
    slope : ndarray, shape (J,)
        kappa.
    variance : ndarray, shape (J,)
        Of the Gaussian xlin.
    power : ndarray, shape (bins, J)
        B, the exact power of tanh(xlin).
    coherent : ndarray of complex, shape (bins, J)
        E, the exact mean of philin_f conj(noise_f).
    kernel_transform : ndarray of complex, shape (bins,)
        Khat.
    """

    slope: FloatArray
    variance: FloatArray
    power: FloatArray
    coherent: ComplexArray
    kernel_transform: ComplexArray


def control_variate(plan: MemoryPlan, spectrum: FloatArray, kernel: FloatArray) -> LinearCopy:
    """Statistical linearisation of every node, and its exact averages.

    kernel : ndarray, shape (L,)
        h K_l, l = 1 .. L.
    """
    from pyscales.theory.memory import frequencies

    n_steps = plan.n_steps
    transform = np.fft.rfft(np.concatenate([[0.0], kernel]), n_steps)
    coefficient = plan.symmetry * plan.gain**2 * plan.relative_degree
    bare = (plan.gain**2 * plan.relative_degree) * (spectrum / (1 + frequencies(plan) ** 2))[
        :, None
    ]
    both = np.full(spectrum.size, 2.0 / n_steps)
    both[0] = both[-1] = 1.0 / n_steps
    real, square = transform.real[:, None], np.abs(transform[:, None]) ** 2
    loop = coefficient * float(transform[0].real)
    with np.errstate(divide="ignore"):
        largest = np.where(loop > 0, _LARGEST_LOOP / loop, np.inf)

    def power(slope: FloatArray) -> FloatArray:
        strength = coefficient * slope
        return bare / (1 - 2 * strength * real + strength**2 * square)

    slope = np.full(coefficient.size, 0.5)
    for _ in range(_ITERATIONS):
        v = both @ power(slope)
        wanted = np.minimum(mean_slope_tanh(v, enough_for_tanh(v)), largest)
        before, slope = slope, 0.5 * (slope + wanted)
        if np.abs(slope - before).max() < _SETTLED:
            break
    x_x = np.fft.irfft(power(slope), n_steps, axis=0)[: n_steps // 2 + 1]
    variance = x_x[0]
    step = enough_for_tanh(variance)
    squares = hermite_coefficients_tanh(variance, _ORDERS, step) ** 2
    squares[-1] += mean_square_tanh(variance, step) - squares.sum(axis=0)
    rho = x_x / np.where(variance > 0, variance, 1.0)
    exact = np.stack([r * polyval(r**2, s) for r, s in zip(rho.T, squares.T, strict=True)], axis=1)
    of_tanh = n_steps * np.fft.rfft(np.concatenate([exact, exact[-2:0:-1]]), axis=0).real
    leak = np.sqrt(n_steps * spectrum) / (1 + 1j * frequencies(plan))
    through = leak[:, None] / (1 - coefficient * slope * transform[:, None])
    coherent = mean_slope_tanh(variance, step) * plan.gain * np.sqrt(plan.relative_degree) * through
    return LinearCopy(slope, variance, of_tanh, coherent, transform)


@dataclass(frozen=True)
class Controlled:
    """Step 7 of `memory_map`, shape (bins, J): averages freed from the noise the copies share.

    Attributes
    ----------
    power : ndarray
        |phi_f|^2.
    coherent : ndarray of complex
        phi_f conj(noise_f).
    variance : ndarray
        Of `coherent`.
    """

    power: FloatArray
    coherent: ComplexArray
    variance: FloatArray


def apply_control(plan: MemoryPlan, copy: LinearCopy, means: dict[str, Any]) -> Controlled:
    """Separate the part of phi that follows the noise, and correct both parts by the copies."""
    r, r_copy = means["noise"], means["noise_linear"]
    unbiased = plan.count / (plan.count - 1.0)
    rest = unbiased * (means["power"] - np.abs(r) ** 2)
    rest_copy = unbiased * (means["power_linear"] - np.abs(r_copy) ** 2)
    shared = unbiased * (means["cross"] - (r * r_copy.conj()).real)
    floor = _LEAST_REST * means["power_linear"].sum(axis=0) + 1e-300
    beta = shared.sum(axis=0) / np.maximum(rest_copy.sum(axis=0), floor)
    coherent = r - beta * (r_copy - copy.coherent)
    variance = (rest - 2 * beta * shared + beta**2 * rest_copy) / plan.count
    exact_rest = copy.power - np.abs(copy.coherent) ** 2
    power = np.abs(coherent) ** 2 - variance + rest - beta**2 * (rest_copy - exact_rest)
    return Controlled(power, coherent, np.maximum(variance, 0.0))


def response_estimate(
    plan: MemoryPlan,
    spectrum: FloatArray,
    slope: FloatArray,
    controlled: Controlled,
    means: dict[str, Any],
    blend: bool = True,
) -> FloatArray:
    """Steps 8 to 10 of `memory_map`: probe and noise estimates of G, blended bin by bin.

    slope : ndarray, shape (J,)
        <phi'> of every node.
    means : dict of ndarray, shape (bins, J)
        Averages over the trajectories of a node (see `memory_trajectories.advance`).
    blend : bool
        False: the probe's estimate alone.
    """
    from pyscales.theory.memory import frequencies

    h, n_steps, n_lags = plan.dt, plan.n_steps, plan.n_lags
    e = np.exp(-h)
    probed = np.fft.irfft(means["probe"] @ plan.weight, n_steps)[1 : n_lags + 1] / (n_steps * h)
    exact = float(plan.weight @ slope) * (1 - e) / h * np.exp(-h * np.arange(n_lags))
    by_probe = exact + probed
    top = float(spectrum.max())
    if top == 0 or plan.gain == 0 or not blend:
        return by_probe
    drive = n_steps * np.maximum(spectrum, 1e-12 * top)
    scale = plan.gain * np.sqrt(plan.relative_degree)
    by_noise = (controlled.coherent / scale) @ plan.weight / np.sqrt(drive)
    variance_noise = _smooth((controlled.variance / scale**2) @ plan.weight**2 / drive)
    scatter = means["probe_square"] - np.abs(means["probe"]) ** 2
    variance_probe = _smooth(scatter @ (plan.weight**2 / plan.count) / n_steps**2)
    omega = frequencies(plan)
    half = np.exp(-0.5j * omega * h)
    known = h * half * np.fft.rfft(by_probe, n_steps)
    share = variance_probe / (variance_probe + variance_noise + 1e-300)
    change = share * (by_noise * np.sinc(omega * h / (2 * np.pi)) - known)
    return by_probe + np.fft.irfft(change / half, n_steps)[:n_lags] / h


def _smooth(values: FloatArray) -> FloatArray:
    half = _SMOOTHING // 2
    window = np.hanning(_SMOOTHING + 2)[1:-1]
    padded = np.pad(values, half, mode="reflect")
    return np.convolve(padded, window / window.sum(), mode="valid")
