"""One sweep of the self-consistent mean-field equations with memory (symmetry != 0).

A neuron of relative degree u sees a Gaussian field and its own past through its neighbours,

    dx/dt = -x + g sqrt(u) eta(t) + gamma g^2 u int_0^inf G(s) phi(x(t - s)) ds,   phi = tanh,
    C(tau) = <eta eta> = E[u <phi(x(t)) phi(x(t + tau))>],
    G(tau) = E[u <d phi(x(t))/d h(t - tau)>],

h a field added to the right-hand side. `memory_map` maps C and G to the averages they lead to; the
stationary state is its fixed point. All random numbers are arguments, so the map is a function, and
two engines given the same numbers can be compared digit by digit.

Sources: Sompolinsky, Crisanti & Sommers 1988; Marti, Brunel & Ostojic 2018, arXiv:1707.08337 (the
equations); Roy, Biroli, Bunin & Cammarota 2019, arXiv:1901.10036 (sampling of the effective
process); arXiv:2603.04149 (degrees).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from pyscales.errors import EngineError
from pyscales.theory.anderson import AndersonResult
from pyscales.theory.memory_averages import (
    apply_control,
    control_variate,
    node_means,
    response_estimate,
)
from pyscales.theory.memory_trajectories import advance, memory_kernel

FloatArray = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]

_COLUMNS = 1024


@dataclass(frozen=True)
class MemoryPlan:
    """Discretisation and physics of `memory_map`.

    Attributes
    ----------
    relative_degree, weight : ndarray, shape (J,)
        Size-biased degree nodes: E[u f(u)] = sum_j weight_j f(u_j).
    count : ndarray of int, shape (J,)
        Trajectories per node, n = sum of them; at least 2 each.
    gain, symmetry : float
    dt : float
        Step h, in membrane time constants.
    n_steps : int
        Even number of steps of the period T = n_steps h; noise and probe are periodic.
    n_burn : int
        Steps before the averages start.
    n_lags : int
        L: C is known at lags 0, h, .., L h, G in the cells [(l - 1) h, l h], l = 1 .. L; both are 0
        beyond. L <= n_steps / 2.
    single : bool
        Trajectories, transforms and random numbers in single precision, their sums in double:
        half the time, other random numbers. For the embedded map.
    """

    relative_degree: FloatArray
    weight: FloatArray
    count: NDArray[np.int64]
    gain: float
    symmetry: float
    dt: float
    n_steps: int
    n_burn: int
    n_lags: int
    single: bool = False

    @property
    def n_trajectories(self) -> int:
        """n, all nodes together."""
        return int(self.count.sum())

    @property
    def node(self) -> NDArray[np.int64]:
        """Node of every trajectory, ascending, shape (n,)."""
        return np.repeat(np.arange(self.count.size), self.count)


@dataclass(frozen=True)
class MemoryNumbers:
    """Random numbers of a sweep, in its precision.

    Attributes
    ----------
    noise : ndarray of complex, shape (n_steps // 2 + 1, n)
        White Fourier coefficients of every trajectory, |noise|^2 averaged over the trajectories of
        a node equal to 1 in every bin; real in the first and last bin.
    probe : ndarray, shape (n_steps, n)
        +-1, the sign of the probing field during each step.
    """

    noise: ComplexArray
    probe: FloatArray


def draw_numbers(plan: MemoryPlan, seed: np.random.SeedSequence) -> MemoryNumbers:
    """Numbers for `memory_map`, with the sample power of every Fourier bin made exactly 1.

    Without that the error of the low bins is amplified by the nearly marginal feedback loop.
    """
    rng = np.random.default_rng(seed)
    real: type[Any] = np.float32 if plan.single else np.float64
    shape = (plan.n_steps // 2 + 1, plan.n_trajectories)
    noise: NDArray[Any] = np.empty(shape, dtype=np.result_type(real, np.complex64))
    noise.real = rng.standard_normal(shape, dtype=real)
    noise.imag = rng.standard_normal(shape, dtype=real)
    noise.imag[[0, -1]] = 0.0
    power = noise.real**2
    power += noise.imag**2
    noise *= (1.0 / np.sqrt(node_means(power, plan.count))).astype(real)[:, plan.node]
    size = (plan.n_steps, plan.n_trajectories)
    signs = rng.integers(0, 2, size=size, dtype=np.int8 if plan.single else np.int64)
    probe: NDArray[Any] = signs.astype(real)
    probe *= 2
    probe -= 1
    return MemoryNumbers(noise, probe)


@dataclass(frozen=True)
class Sweep:
    """Averages of one sweep.

    Attributes
    ----------
    autocorrelation : ndarray, shape (L + 1,)
        C' at lags 0, h, .., L h.
    response : ndarray, shape (L,)
        G', cell averages at lags (l - 1/2) h.
    autocorrelation_of_node, autocorrelation_x_of_node : ndarray, shape (L + 1, J)
        <phi phi> and <x x> of every node.
    slope_of_node : ndarray, shape (J,)
        <phi'(x)>.
    linear_slope : ndarray, shape (J,)
        kappa of the linear copies (control variate).
    """

    autocorrelation: FloatArray
    response: FloatArray
    autocorrelation_of_node: FloatArray
    autocorrelation_x_of_node: FloatArray
    slope_of_node: FloatArray
    linear_slope: FloatArray


def memory_map(
    autocorrelation: FloatArray,
    response: FloatArray,
    plan: MemoryPlan,
    numbers: MemoryNumbers,
) -> tuple[FloatArray, FloatArray]:
    """(C, G) -> (C', G'), a deterministic function of its arguments.

    Parameters
    ----------
    autocorrelation : ndarray, shape (L + 1,)
        C at lags 0, h, .., L h.
    response : ndarray, shape (L,)
        G averaged over the cells [(l - 1) h, l h].
    plan : MemoryPlan
    numbers : MemoryNumbers

    Returns
    -------
    C', G' : ndarray, shapes (L + 1,) and (L,)

    Notes
    -----
    Definition, step by step. h = dt, N = n_steps, e = exp(-h), omega_f = 2 pi f/(N h), bins f =
    0 .. N/2, c_j = gamma g^2 u_j, DFT with exp(-i omega t) and the factor 1/N in the inverse; time
    indices are taken modulo N; < > is the mean over the trajectories of a node (and the N steps).

    1. Spectrum. S_f = max(0, DFT of C continued evenly and by zeros to the period N).
    2. Kernel of the memory through the leak, K_0 = 0, K_l = e K_(l-1) + (1 - e) G_l, l = 1 .. L
       (exact for a G constant in its cells), and its transform Khat_f = h sum_l K_l exp(-i omega_f
       l h).
    3. Noise through the leak: X = inverse DFT of g sqrt(u_j) sqrt(N S_f) noise_f/(1 + i omega_f).
    4. Probe through the leak: y0 = inverse DFT of probe_f (1 - e) z/(1 - e z), z = exp(-i omega_f
       h).
    5. Trajectories, n = -n_burn' .. N - 1, with n_burn' the smallest number >= n_burn that makes
       n_burn' + N a multiple of 16; phi_n = psi_n = 0 before:

           x_n = X_n + c_j h sum_(l=1..L) K_l phi_(n-l),   phi_n = tanh(x_n),
           y_n = y0_n + c_j h sum_(l=1..L) K_l psi_(n-l),  psi_n = (1 - phi_n^2) y_n.

       x solves the equation of motion with errors O(h^2) that vanish at low frequency; y is its
       response to the probe. Averages use n = 0 .. N - 1.
    6. Linear copies. kappa_j: 60 times kappa <- (kappa + min(<phi'>_v, kappa_max))/2 from 0.5, with
       v the variance of a Gaussian of spectrum P_f(kappa) = g^2 u_j S_f/((1 + omega_f^2)
       |1 - c_j kappa Khat_f|^2), v = (1/N) sum over all N bins of P, and kappa_max = 0.85/(c_j
       Khat_0) if c_j Khat_0 > 0, else infinite. xlin = inverse DFT of X_f/(1 - c_j kappa_j Khat_f),
       p = DFT of tanh(xlin). Exactly known: Q_f, the mean of |p_f|^2, is N times the DFT of sum
       a_n^2 rho^n, rho the correlation of the spectrum P, over the first 120 odd orders, the
       missing part of <tanh^2> added to the last one; E_f, the mean of p_f conj(noise_f), is
       <phi'>_v g sqrt(u_j) sqrt(N S_f)/((1 + i omega_f)(1 - c_j kappa_j Khat_f)).
    7. Control variate. With f = DFT of phi and < > the mean over the m_j trajectories of a node,
       R = <f conj(noise)>, r = <p conj(noise)>, and the parts that do not follow the noise, b =
       m/(m - 1): I = b(<|f|^2> - |R|^2), i = b(<|p|^2> - |r|^2), s = b(<Re f conj(p)> - Re R
       conj(r)). beta = sum_f s/max(sum_f i, 1e-9 sum_f <|p|^2>), sums over f = 0 .. N/2. Then
       R+ = R - beta (r - E), v+ = max(0, V), V = (I - 2 beta s + beta^2 i)/m, and the power is
       |R+|^2 - V + I - beta^2 (i - (Q - |E|^2)); its inverse DFT over N is <phi phi>_j, and
       C'_l = sum_j weight_j <phi phi>_jl.
    8. Response by the probe: H_l = sum_j weight_j [<phi'>_j e^(l-1) (1 - e)/h + (1/h)
       <(psi_n - phi'_n y0_n) probe_(n-l)>], l = 1 .. L, <phi'>_j = 1 - <phi phi>_j0.
    9. Response by the noise (Novikov's theorem; it needs power in the bin): F_f = sum_j weight_j
       R+_jf/(g sqrt(u_j) sqrt(N S+_f)), S+ = max(S, 1e-12 max S). Variances of both: vF_f = sum_j
       weight_j^2 v+_jf/(g^2 u_j N S+_f), vH_f = sum_j weight_j^2 (<|q_f|^2> - |<q_f>|^2)/(N^2
       m_j), q_f = DFT(psi - phi' y0) conj(probe_f); both are smoothed over 17 bins with a Hann
       window (np.hanning(19) without its zeros, normalised; reflected at the ends).
    10. G'_l = H_l + (1/h) inverse DFT of lambda_f [F_f sin(a)/a - h sum_l H_l exp(-i omega_f
       (l - 1/2) h)] exp(i omega_f h/2) at index l - 1, lambda = vH/(vH + vF + 1e-300), a =
       omega_f h/2; the plain H where S = 0 throughout, or gain = 0.

    Cost: 2 n (N + n_burn) L multiplications in matrix products twice, and about 10 transforms of
    n N numbers. Memory O(N) per 1024 trajectories beside the random numbers.
    """
    found = sweep(autocorrelation, response, plan, numbers)
    return found.autocorrelation, found.response


@dataclass(frozen=True)
class ProbeField:
    """Transform of the probe, and the probe through the leak (step 4); the same in every sweep."""

    transform: ComplexArray
    leaked: FloatArray


def probe_field(plan: MemoryPlan, numbers: MemoryNumbers) -> ProbeField:
    """Step 4 of `memory_map`."""
    from scipy import fft

    e = np.exp(-plan.dt)
    z = np.exp(-1j * frequencies(plan) * plan.dt)
    transform = fft.rfft(numbers.probe, axis=0)
    through = ((1 - e) * z / (1 - e * z)).astype(transform.dtype)
    leaked = fft.irfft(transform * through[:, None], plan.n_steps, axis=0)
    return ProbeField(transform, leaked)


class Map(Protocol):
    """The map with its random numbers fixed."""

    def __call__(
        self, autocorrelation: FloatArray, response: FloatArray, keep_x: bool = False
    ) -> Sweep:
        """One sweep; <x x> is computed when `keep_x` is set."""
        ...

    def root(
        self,
        start: FloatArray,
        unit: FloatArray,
        shift: FloatArray,
        tolerance: float,
        max_sweeps: int,
    ) -> AndersonResult:
        """v = map(v) + shift from `start`, all in units of `unit`, C first and then G."""
        ...


MapMaker = Callable[[MemoryPlan, MemoryNumbers, int], Map]


@dataclass(frozen=True)
class EmbeddedMap:
    """`sweep` with all but (C, G, keep_x) fixed; `workers` threads."""

    plan: MemoryPlan
    numbers: MemoryNumbers
    workers: int
    probe: ProbeField

    def __call__(
        self, autocorrelation: FloatArray, response: FloatArray, keep_x: bool = False
    ) -> Sweep:
        """One sweep."""
        return sweep(
            autocorrelation,
            response,
            self.plan,
            self.numbers,
            probe=self.probe,
            keep_x=keep_x,
            workers=self.workers,
        )

    def root(self, *arguments: Any) -> AndersonResult:
        """Not on this engine, which iterates instead (`anderson`)."""
        raise EngineError("Newton's method for C and G needs --engine julia.")


def embedded_map(plan: MemoryPlan, numbers: MemoryNumbers, workers: int) -> EmbeddedMap:
    """The map on NumPy and SciPy."""
    return EmbeddedMap(plan, numbers, workers, probe_field(plan, numbers))


def frequencies(plan: MemoryPlan) -> FloatArray:
    """omega_f, radians per membrane time constant, shape (n_steps // 2 + 1,)."""
    return np.asarray(2 * np.pi * np.fft.rfftfreq(plan.n_steps, plan.dt), dtype=np.float64)


def noise_spectrum(autocorrelation: FloatArray, n_steps: int) -> FloatArray:
    """Step 1 of `memory_map`: shape (n_steps // 2 + 1,)."""
    n_lags = autocorrelation.size - 1
    periodic = np.zeros(n_steps)
    periodic[: n_lags + 1] = autocorrelation
    periodic[n_steps - n_lags :] = autocorrelation[:0:-1]
    return np.maximum(np.fft.rfft(periodic).real, 0.0)


def sweep(
    autocorrelation: FloatArray,
    response: FloatArray,
    plan: MemoryPlan,
    numbers: MemoryNumbers,
    *,
    probe: ProbeField | None = None,
    keep_x: bool = False,
    workers: int = 1,
    blend: bool = True,
) -> Sweep:
    """`memory_map` with everything it averages; `workers` threads share the trajectories.

    The result does not depend on `workers`; <x x> is computed when `keep_x` is set; without `blend`
    the response is that of the probe alone (step 8).
    """
    from concurrent.futures import ThreadPoolExecutor

    n = plan.n_trajectories
    probe = probe_field(plan, numbers) if probe is None else probe
    kernel = memory_kernel(response, plan.dt)
    spectrum = noise_spectrum(autocorrelation, plan.n_steps)
    copy = control_variate(plan, spectrum, kernel)
    parts_wanted = -(-n // _COLUMNS)
    edges = [n * k // parts_wanted for k in range(parts_wanted + 1)]

    def part(index: int) -> dict[str, Any]:
        columns = slice(edges[index], edges[index + 1])
        return advance(plan, numbers, probe, spectrum, kernel, copy, columns, keep_x=keep_x)

    if workers == 1 or len(edges) == 2:
        parts = [part(i) for i in range(len(edges) - 1)]
    else:
        with ThreadPoolExecutor(workers) as pool:
            parts = list(pool.map(part, range(len(edges) - 1)))
    total = {k: sum(p[k] for p in parts[1:]) + parts[0][k] for k in parts[0]}
    means = {k: v / plan.count for k, v in total.items()}
    n_lags = plan.n_lags
    controlled = apply_control(plan, copy, means)
    of_node = np.fft.irfft(controlled.power, plan.n_steps, axis=0)[: n_lags + 1] / plan.n_steps
    slope = 1.0 - of_node[0]
    x_x = (
        np.fft.irfft(means["power_x"], plan.n_steps, axis=0)[: n_lags + 1] / plan.n_steps
        if keep_x
        else np.zeros((0, plan.count.size))
    )
    return Sweep(
        of_node @ plan.weight,
        response_estimate(plan, spectrum, slope, controlled, means, blend),
        of_node,
        x_x,
        slope,
        copy.slope,
    )
