"""C(t, t') and G(t, t') from an initial state: transients, silence, frozen states.

    dx/dt = -x + g sqrt(u) eta(t) + gamma g^2 u int_0^t G(t, t') phi(x(t')) dt',
    C(t, t') = <eta eta> = E[u <phi(x(t)) phi(x(t'))>],  G(t, t') = E[u <d phi(x(t))/d h(t')>].

Causality makes one pass enough: the state at step n needs the noise before n only, so row n of C
follows from the trajectories, and the noise of step n from row n, by one more row of the Cholesky
factor (sampling of the effective process: Roy, Biroli, Bunin & Cammarota 2019, arXiv:1901.10036,
who iterate whole trajectories instead).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyscales.theory.memory_averages import node_means
from pyscales.theory.memory_solver import share_trajectories

FloatArray = NDArray[np.float64]

_JITTER = 1e-7


@dataclass(frozen=True)
class TwoTimeState:
    """Correlation and response from t = 0; T times, J degree nodes.

    Attributes
    ----------
    time : ndarray, shape (T,)
    autocorrelation : ndarray, shape (T, T)
        C(t, t'), symmetric.
    response : ndarray, shape (T, T)
        G(t, t') for t' < t, averaged over the step that starts at t'; 0 elsewhere.
    variance_x_of_node, mean_x_of_node : ndarray, shape (T, J)
        <x^2> and <x>.
    variance_x : ndarray, shape (T,)
        Population mean of <x^2>.
    autocorrelation_error : ndarray, shape (T,)
        Standard error of C(t, t) from the scatter of the trajectories, feedback not included.
    trajectories : int
    """

    time: FloatArray
    autocorrelation: FloatArray
    response: FloatArray
    variance_x_of_node: FloatArray
    mean_x_of_node: FloatArray
    variance_x: FloatArray
    autocorrelation_error: FloatArray
    trajectories: int


def solve_two_time(
    relative_degree: FloatArray,
    weight: FloatArray,
    gain: float,
    symmetry: float,
    *,
    duration: float,
    dt: float = 0.1,
    initial_mean: float = 0.0,
    initial_scale: float = 1.0,
    trajectories: int = 3000,
    seed: int | np.random.SeedSequence = 0,
    progress: Callable[[float], None] | None = None,
) -> TwoTimeState:
    """One causal pass.

    Parameters
    ----------
    relative_degree, weight : ndarray, shape (J,)
        Size-biased nodes: E[u f(u)] = sum_j weight_j f(u_j).
    duration, dt : float
        Membrane times. The step is exponential Euler, of first order: C is off by about dt/4
        relative to the change of C within one membrane time.
    initial_mean, initial_scale : float
        Gaussian initial state of every neuron.
    trajectories : int
        All nodes together; each carries a random probe for the response.

    Notes
    -----
    Memory O(T^2) for C, G and the Cholesky factor and O(T) per trajectory. Cost O(T^3/3) for the
    factor and 4 T^2/2 multiplications per trajectory. The probe's noise in a single G(t, t') is
    about (2 n dt)^(-1/2) <phi'>; sums over t' average it out.
    """
    u, w = relative_degree, weight
    n_times = int(round(duration / dt)) + 1
    count = share_trajectories(w, trajectories)
    node = np.repeat(np.arange(u.size), count)
    n = int(count.sum())
    share = (w / count)[node]
    scale = gain * np.sqrt(u)[node]
    coefficient = symmetry * gain**2 * u[node]
    rng = np.random.default_rng(seed)
    probe = 2.0 * rng.integers(0, 2, size=(n_times, n)) - 1.0
    white = rng.standard_normal((n_times, n))
    white /= np.sqrt(node_means(white**2, count))[:, node]
    e = float(np.exp(-dt))
    x = initial_mean + initial_scale * rng.standard_normal(n)
    # The directly probed part of y is known: exp(-(t - t')), and is not sampled.
    direct, through = np.zeros(n), np.zeros(n)
    phi, psi = np.empty((n_times, n)), np.empty((n_times, n))
    c, g, factor = np.zeros((3, n_times, n_times))
    decay = (1 - e) / dt * e ** np.arange(n_times)
    square, mean = np.empty((n_times, u.size)), np.empty((n_times, u.size))
    error = np.empty(n_times)
    for i in range(n_times):
        phi[i] = np.tanh(x)
        slope = 1.0 - phi[i] ** 2
        psi[i] = slope * (direct + through)
        square[i], mean[i] = node_means(x**2, count), node_means(x, count)
        c[i, : i + 1] = c[: i + 1, i] = phi[: i + 1] @ (share * phi[i])
        p = phi[i] ** 2
        scatter = node_means(p**2, count) - node_means(p, count) ** 2
        error[i] = np.sqrt(np.sum(w**2 * scatter / count))
        if i:
            g[i, :i] = probe[:i] @ (share * slope * through) / dt
            g[i, :i] += float(share @ slope) * decay[i - 1 :: -1][:i]
        row = _cholesky_row(factor, c, i)
        eta = row @ white[: i + 1]
        kernel = dt * g[i, :i]
        memory, echo = coefficient * (kernel @ phi[:i]), coefficient * (kernel @ psi[:i])
        x = e * x + (1 - e) * (scale * eta + memory)
        through = e * through + (1 - e) * echo
        direct = e * direct + (1 - e) * probe[i]
        if progress is not None and i % 20 == 0:
            progress(((i + 1) / n_times) ** 2)
    return TwoTimeState(
        dt * np.arange(n_times, dtype=np.float64),
        c,
        g,
        square,
        mean,
        square @ (w / u),
        error,
        n,
    )


def _cholesky_row(factor: FloatArray, c: FloatArray, i: int) -> FloatArray:
    """Row i of the lower Cholesky factor of c, written into `factor`; shape (i + 1,)."""
    from scipy.linalg import solve_triangular

    if i:
        factor[i, :i] = solve_triangular(factor[:i, :i], c[i, :i], lower=True, check_finite=False)
    # A smooth C is singular to rounding: a little white noise on the diagonal keeps it definite.
    rest = (1 + _JITTER) * c[i, i] - factor[i, :i] @ factor[i, :i]
    factor[i, i] = np.sqrt(max(rest, 0.1 * _JITTER * c[i, i] + 1e-300))
    return factor[i, : i + 1]
