"""Trajectories of the effective process with memory, and of their response to a probe.

The memory is a truncated causal convolution. Time runs in blocks of 64 steps: what lies before the
block enters by one matrix product with a Toeplitz block of the kernel, for all trajectories and for
the response at once. Inside, blocks of 16 steps do the same with what lies between; only the rest
is added step by step.
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy import fft

if TYPE_CHECKING:
    from pyscales.theory.memory import MemoryNumbers, MemoryPlan, ProbeField
    from pyscales.theory.memory_averages import LinearCopy

FloatArray = NDArray[np.float64]

BLOCK = 16
FAR = 64
_NO_MEMORY = 1e-20


def memory_kernel(response: FloatArray, dt: float) -> FloatArray:
    """h K_l, l = 1 .. L: G through the leak, times the step (step 2 of `memory_map`)."""
    e = float(np.exp(-dt))
    pushed = (dt * (1 - e) * response).tolist()
    return np.array(list(accumulate(pushed, lambda kept, new: e * kept + new)))


def volterra(
    field: FloatArray,
    probe: FloatArray,
    coefficient: FloatArray,
    kernel: FloatArray,
    n_burn: int,
) -> tuple[FloatArray, FloatArray]:
    """Solve step 5 of `memory_map` for some trajectories.

    Parameters
    ----------
    field, probe : ndarray, shape (n_steps, m)
        X and y0.
    coefficient : ndarray, shape (m,)
        c = gamma g^2 u.
    kernel : ndarray, shape (L,)
        h K_l, l = 1 .. L.
    n_burn : int

    Returns
    -------
    phi, psi : ndarray, shape (n_steps, m)
        tanh(x) and (1 - phi^2) y.
    """
    n_steps, m = field.shape
    n_lags, kind = kernel.size, field.dtype
    total = -(-(n_burn + n_steps) // BLOCK) * BLOCK
    offset = total - n_steps
    padded = np.concatenate([[0.0], kernel, np.zeros(FAR)]).astype(kind)
    far = padded[np.minimum(np.arange(FAR)[:, None] + n_lags - np.arange(n_lags), n_lags + 1)]
    row = np.arange(BLOCK)[:, None]
    middle = [padded[np.minimum(row + k - np.arange(k), n_lags + 1)] for k in range(0, FAR, BLOCK)]
    inside = padded[np.minimum(np.arange(BLOCK), n_lags + 1)]
    inside[0] = 1.0
    near = [np.ascontiguousarray(inside[: i + 1][::-1]) for i in range(BLOCK)]
    # The history holds c phi and c psi; a row of the running block its drive, until it is replaced.
    history = np.zeros((n_lags + total, 2 * m), kind)
    c = np.where(coefficient == 0, _NO_MEMORY, coefficient).astype(kind)
    drives = np.empty((FAR, 2 * m), kind)
    part = np.empty((BLOCK, 2 * m), kind)
    state = np.empty(2 * m, kind)
    x, y = state[:m], state[m:]
    phi, slope = np.empty(m, kind), np.empty(m, kind)
    for start in range(0, total, BLOCK):
        begun = start % FAR
        if begun == 0:
            size = min(FAR, total - start)
            np.matmul(far[:size], history[start : start + n_lags], out=drives[:size])
        drive = drives[begun : begun + BLOCK]
        base = n_lags + start
        if begun:
            drive += np.matmul(middle[begun // BLOCK], history[base - begun : base], out=part)
        first = (start - offset) % n_steps
        rows: slice | NDArray[np.intp] = slice(first, first + BLOCK)
        if first + BLOCK > n_steps:
            rows = np.arange(first, first + BLOCK) % n_steps
        block = history[base : base + BLOCK]
        np.add(drive[:, :m], field[rows], out=block[:, :m])
        np.add(drive[:, m:], probe[rows], out=block[:, m:])
        for i in range(BLOCK):
            np.dot(near[i], block[: i + 1], out=state)
            np.tanh(x, out=phi)
            target = block[i]
            scaled = target[:m]
            np.multiply(c, phi, out=scaled)
            np.multiply(phi, scaled, out=slope)
            np.subtract(c, slope, out=slope)
            np.multiply(slope, y, out=target[m:])
    found = history[n_lags + offset :]
    return found[:, :m] / c, found[:, m:] / c


def advance(
    plan: MemoryPlan,
    numbers: MemoryNumbers,
    probe: ProbeField,
    spectrum: FloatArray,
    kernel: FloatArray,
    copy: LinearCopy,
    columns: slice,
    *,
    keep_x: bool,
) -> dict[str, Any]:
    """Sums over the trajectories `columns`, per Fourier bin and node, shape (bins, J).

    'power', 'power_linear', 'cross': |phi_f|^2, |philin_f|^2 and Re phi_f conj(philin_f);
    'noise': phi_f conj(noise_f); 'probe', 'probe_square': q_f and |q_f|^2 of `memory_map`;
    'power_x': |x_f|^2 if asked for.
    """
    from pyscales.theory.memory import frequencies

    n_steps = plan.n_steps
    node = plan.node[columns]
    noise = numbers.noise[:, columns]
    real = numbers.probe.dtype
    coefficient = (plan.symmetry * plan.gain**2 * plan.relative_degree[node]).astype(real)
    leak = np.sqrt(n_steps * spectrum) / (1 + 1j * frequencies(plan))
    field_f = noise * (plan.gain * np.sqrt(plan.relative_degree))[node].astype(real)
    field_f *= leak[:, None].astype(noise.dtype)
    field = fft.irfft(field_f, n_steps, axis=0)
    leaked = probe.leaked[:, columns]
    phi, psi = volterra(field, leaked, coefficient, kernel, plan.n_burn)
    out: dict[str, Any] = {}

    def add(name: str, values: NDArray[Any]) -> None:
        wide = np.result_type(values.dtype, np.float64)
        sums = np.zeros((values.shape[0], plan.count.size), dtype=wide)
        present, first = np.unique(node, return_index=True)
        sums[:, present] = np.add.reduceat(values, first, axis=1)
        out[name] = sums

    phi_f = fft.rfft(phi, axis=0)
    if keep_x:
        transform = copy.kernel_transform.astype(noise.dtype)
        memory_f = transform[:, None] * phi_f
        x_f = field_f + memory_f * coefficient
        add("power_x", x_f.real**2 + x_f.imag**2)
    psi -= (1.0 - phi**2) * leaked
    q = fft.rfft(psi, axis=0)
    q *= probe.transform[:, columns].conj()
    add("probe", q)
    add("probe_square", q.real**2 + q.imag**2)
    strength = plan.symmetry * plan.gain**2 * plan.relative_degree * copy.slope
    through = (1 / (1 - strength * copy.kernel_transform[:, None])).astype(noise.dtype)
    field_f *= through[:, node]
    linear = fft.irfft(field_f, n_steps, axis=0)
    linear_f = fft.rfft(np.tanh(linear, out=linear), axis=0)
    add("power", phi_f.real**2 + phi_f.imag**2)
    add("power_linear", linear_f.real**2 + linear_f.imag**2)
    add("cross", phi_f.real * linear_f.real + phi_f.imag * linear_f.imag)
    add("noise", phi_f * noise.conj())
    add("noise_linear", linear_f * noise.conj())
    return out
