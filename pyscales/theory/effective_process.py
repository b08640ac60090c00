"""Sampling of one self-coupled unit, dx/dt = -x + s tanh x + zeta, by many independent walkers.

Two noises: an Ornstein-Uhlenbeck process of strength D and correlation time tau, updated exactly,
and Gaussian noise with any stationary autocorrelation, drawn whole by circulant embedding
(Dietrich & Newsam 1997, SIAM J. Sci. Comput. 18:1088). x takes trapezoidal (Heun) steps; its error
is O(dt^2). Statistics come with standard errors over independent groups of walkers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyscales.errors import InputError
from pyscales.theory.ucna import check_unit, density_end, well_position

FloatArray = NDArray[np.float64]

_GROUPS = 20
_CHUNK = 512
_SAMPLE = 0.2
_LAGS = np.array([5, 10, 15, 20, 25, 30, 40, 50, 60, 80, 100, 120, 160, 200, 240, 300, 360])


@dataclass(frozen=True)
class SampledUnit:
    """Result of the samplers.

    Attributes
    ----------
    edges : ndarray, shape (bins + 1,)
        Edges of the bins of |x|.
    counts : ndarray, shape (groups, bins)
        Samples of |x| per group of walkers (samples beyond the last edge enter the last bin).
    variance, variance_error : float
        <x^2> and its standard error over the groups.
    switching_time, switching_time_error : float
        2/lambda with lambda from the decay of <sign x(t) sign x(t + lag)> between two lags;
        NaN with one well, or where the decay is not seen within the recorded stretches.
    n_switches : int
        Passages between the inner faces |x| = x0/2 of the two wells.
    samples : int
    clipped : float
        Share of the noise power lost to negative eigenvalues of the circulant embedding.
    """

    edges: FloatArray
    counts: FloatArray
    variance: float
    variance_error: float
    switching_time: float
    switching_time_error: float
    n_switches: int
    samples: int
    clipped: float

    @property
    def density(self) -> FloatArray:
        """P(x) at the bins, P(x) = P(-x), shape (bins,)."""
        return self.counts.sum(axis=0) / (self.counts.sum() * 2 * np.diff(self.edges))

    @property
    def density_error(self) -> FloatArray:
        """Standard error of `density` over the groups, shape (bins,)."""
        share = self.counts / self.counts.sum(axis=1, keepdims=True)
        error = share.std(axis=0, ddof=1) / np.sqrt(share.shape[0])
        return np.asarray(error / (2 * np.diff(self.edges)))


def sample_ornstein_uhlenbeck(
    self_coupling: float,
    noise_strength: float,
    noise_time: float,
    *,
    duration: float = 400.0,
    n_walkers: int = 1000,
    dt: float = 0.05,
    n_bins: int = 80,
    seed: int = 0,
) -> SampledUnit:
    """Sample the unit with Ornstein-Uhlenbeck noise <zeta zeta> = (D/2 tau) e^(-|t|/tau).

    Parameters
    ----------
    self_coupling, noise_strength, noise_time : float
        s, D > 0, tau > 0.
    duration : float
        Observed time per walker after ten times the longer of tau and 1, membrane times.
    n_walkers : int
        Multiple of 20: the errors are taken over 20 groups.
    dt : float
        Step, at most tau/4.
    n_bins : int
        Bins of |x|.

    Notes
    -----
    Cost about 15 operations and one Gaussian number per step and walker.
    """
    check_unit(self_coupling, noise_strength, noise_time)
    dt = min(_positive("dt", dt), 0.25 * noise_time)
    rng = np.random.default_rng(seed)
    keep = np.exp(-dt / noise_time)
    size = np.sqrt(noise_strength / (2 * noise_time))
    kick = size * np.sqrt(-np.expm1(-2 * dt / noise_time))

    def noise() -> Iterator[FloatArray]:
        z = size * rng.standard_normal(n_walkers)
        while True:
            yield z
            z = keep * z + kick * rng.standard_normal(n_walkers)

    end = density_end(self_coupling, noise_strength, noise_time)
    transient = 10.0 * max(1.0, noise_time)
    steps = (int(np.ceil(transient / dt)), int(np.ceil(_positive("duration", duration) / dt)))
    edges = np.linspace(0.0, end, n_bins + 1)
    settled = 5.0 * max(1.0, noise_time)
    return _walk(self_coupling, noise(), rng, n_walkers, dt, steps, edges, settled)


def sample_coloured(
    self_coupling: float,
    lag: FloatArray,
    autocorrelation: FloatArray,
    *,
    duration: float = 400.0,
    n_walkers: int = 400,
    n_bins: int = 80,
    seed: int = 0,
) -> SampledUnit:
    """Sample the unit with Gaussian noise of a given autocorrelation.

    Parameters
    ----------
    self_coupling : float
    lag : ndarray, shape (l,)
        Uniform from 0; its step is the step of the integration.
    autocorrelation : ndarray, shape (l,)
        <zeta(t) zeta(t + lag)>, gain and degree included; zero beyond the last lag.
    duration, n_walkers, n_bins, seed
        As in `sample_ornstein_uhlenbeck`; the transient is twice the last lag or 20.

    Notes
    -----
    Memory: all noise of the run, n_walkers x duration / dt numbers.
    """
    lag, c = np.asarray(lag, dtype=float), np.asarray(autocorrelation, dtype=float)
    if lag.ndim != 1 or lag.size < 3 or lag.shape != c.shape or lag[0] != 0:
        raise InputError("lag", lag.shape, "lags from 0, one per value of the autocorrelation")
    dt = float(lag[1])
    if not (dt > 0 and np.allclose(np.diff(lag), dt, rtol=1e-6)):
        raise InputError("lag", dt, "uniform lags with a positive step")
    if not (np.isfinite(c).all() and c[0] > 0):
        raise InputError("autocorrelation", c[0], "finite values, positive at lag 0")
    rng = np.random.default_rng(seed)
    n_transient = max(2 * lag.size, int(20.0 / dt))
    n_steps = int(np.ceil(_positive("duration", duration) / dt))
    paths, clipped = gaussian_paths(c, n_transient + n_steps + 2, n_walkers, rng)
    reach = max(well_position(self_coupling), 1.0, abs(self_coupling))
    end = reach + 7.0 * np.sqrt(c[0])
    edges = np.linspace(0.0, end, n_bins + 1)
    steps = (n_transient, n_steps)
    settled = 5.0 * max(1.0, dt * (float(c.sum()) / float(c[0]) - 0.5))
    found = _walk(self_coupling, iter(paths.T), rng, n_walkers, dt, steps, edges, settled)
    return SampledUnit(**{**found.__dict__, "clipped": clipped})


def unit_from_traces(
    traces: FloatArray,
    interval: float,
    self_coupling: float,
    *,
    noise_time: float,
    n_bins: int = 60,
    n_groups: int = _GROUPS,
) -> SampledUnit:
    """The same statistics from recorded traces, such as those of a network's neurons.

    Parameters
    ----------
    traces : ndarray, shape (traces, time)
        At least 20; consecutive ones make the groups over which errors are taken, so independent
        traces should be far apart. A remainder beyond a multiple of `n_groups` is left out.
    interval : float
        Time between samples, membrane times.
    self_coupling, noise_time : float
        s and tau of the unit they are compared with: with s > 1 the switching time is read off.
    n_groups : int
        Groups; one per network where there are several networks.
    """
    n_walkers = traces.shape[0] // n_groups * n_groups
    if n_walkers < max(n_groups, _GROUPS):
        raise InputError("traces", traces.shape[0], f"at least {max(n_groups, _GROUPS)} traces")
    x = traces[:n_walkers].T
    edges = np.linspace(0.0, 1.02 * float(np.abs(x).max()) + 1e-300, n_bins + 1)
    grouped = x.reshape(x.shape[0], n_groups, -1)
    counts = np.array([np.histogram(np.abs(grouped[:, k]), edges)[0] for k in range(n_groups)])
    squares = (grouped**2).mean(axis=(0, 2))
    well = well_position(self_coupling)
    time, time_error, switches = np.nan, np.nan, 0
    if well > 0:
        longest = x.shape[0] // 3
        lags = np.unique(np.geomspace(1, max(longest, 2), 24).astype(int))
        products = _sign_products(np.sign(x), lags, n_groups)
        time, time_error = _switching_time(products, lags * interval, 5.0 * max(1.0, noise_time))
        beyond = np.where(np.abs(x) > 0.5 * well, np.sign(x), 0.0)
        for column in beyond.T:
            side = column[column != 0]
            switches += int((side[1:] != side[:-1]).sum())
    return SampledUnit(
        edges,
        counts.astype(float),
        float(squares.mean()),
        float(squares.std(ddof=1) / np.sqrt(n_groups)),
        time,
        time_error,
        switches,
        x.size,
        0.0,
    )


def gaussian_paths(
    autocorrelation: FloatArray, n_steps: int, n_paths: int, rng: np.random.Generator
) -> tuple[FloatArray, float]:
    """Stationary Gaussian paths of a given autocorrelation, shape (n_paths, n_steps).

    Circulant embedding of the autocorrelation (zero beyond its last lag); negative eigenvalues are
    set to 0, the second value is the share of power they carried. Cost O(n log n) per path.
    """
    m = autocorrelation.size
    period = 2 * int(2 ** np.ceil(np.log2(n_steps + m)))
    ring = np.zeros(period)
    ring[:m] = autocorrelation
    ring[period - m + 1 :] = autocorrelation[:0:-1]
    power = np.fft.rfft(ring).real
    clipped = float(-power[power < 0].sum() / np.abs(power).sum())
    scale = np.sqrt(np.maximum(power, 0.0) * period)
    out = np.empty((n_paths, n_steps))
    for i in range(n_paths):
        z = rng.standard_normal((2, scale.size))
        spectrum = scale * (z[0] + 1j * z[1]) / np.sqrt(2)
        spectrum[0], spectrum[-1] = scale[0] * z[0, 0], scale[-1] * z[0, -1]
        out[i] = np.fft.irfft(spectrum, period)[:n_steps]
    return out, clipped


def _walk(
    s: float,
    noise: Iterator[FloatArray],
    rng: np.random.Generator,
    n_walkers: int,
    dt: float,
    steps: tuple[int, int],
    edges: FloatArray,
    settled: float,
) -> SampledUnit:
    if n_walkers < _GROUPS or n_walkers % _GROUPS:
        raise InputError("n_walkers", n_walkers, f"a multiple of {_GROUPS}")
    well = well_position(s)
    x = well * np.where(rng.random(n_walkers) < 0.5, -1.0, 1.0)
    z = next(noise)
    for _ in range(steps[0]):
        x, z = _heun(x, z, next(noise), s, dt)
    stride = max(1, int(round(_SAMPLE / dt)))
    group = np.repeat(np.arange(_GROUPS), n_walkers // _GROUPS)
    bins = edges.size - 1
    counts = np.zeros(_GROUPS * bins)
    signs = np.zeros((_GROUPS, _LAGS.size))
    squares, switches = np.zeros(n_walkers), np.zeros(n_walkers)
    side = np.sign(x)
    buffer: list[FloatArray] = []
    samples = stretches = 0
    for i in range(steps[1]):
        x, z = _heun(x, z, next(noise), s, dt)
        if well > 0:
            passed = x * side < -0.5 * well
            switches += passed
            side = np.where(passed, -side, side)
        if i % stride == 0:
            squares += x * x
            samples += 1
            buffer.append(x)
        if len(buffer) == _CHUNK or (i == steps[1] - 1 and buffer):
            block = np.array(buffer)
            place = np.minimum((np.abs(block) * (bins / edges[-1])).astype(int), bins - 1)
            counts += np.bincount((group * bins + place).ravel(), minlength=counts.size)
            if len(buffer) == _CHUNK:
                signs += _sign_products(np.sign(block), _LAGS)
                stretches += 1
            buffer = []
    per_group = squares.reshape(_GROUPS, -1).mean(axis=1) / samples
    time, time_error = np.nan, np.nan
    if well > 0 and stretches:
        time, time_error = _switching_time(signs / stretches, _LAGS * stride * dt, settled)
    return SampledUnit(
        edges,
        counts.reshape(_GROUPS, bins),
        float(per_group.mean()),
        float(per_group.std(ddof=1) / np.sqrt(_GROUPS)),
        time,
        time_error,
        int(switches.sum()),
        samples * n_walkers,
        0.0,
    )


def _sign_products(
    sign: FloatArray, lags: NDArray[np.int64], n_groups: int = _GROUPS
) -> FloatArray:
    """<sign x(t) sign x(t + lag)> per group, shape (groups, lags)."""
    grouped = sign.reshape(sign.shape[0], n_groups, -1)
    return np.stack([(grouped[:-k] * grouped[k:]).mean(axis=(0, 2)) for k in lags], axis=1)


def _switching_time(
    correlation: FloatArray, lag: FloatArray, settled: float
) -> tuple[float, float]:
    """2/lambda from ln of the correlation at two lags, jackknifed over the groups.

    The faster modes die out before the first lag, five noise or membrane times; the second is the
    last one at which a fifth of the correlation at the first is left.
    """
    mean = correlation.mean(axis=0)
    first = int(np.searchsorted(lag, 0.999 * settled))
    if first >= lag.size - 1 or mean[first] <= 0.02:
        return np.nan, np.nan
    late = np.nonzero((mean > 0.2 * mean[first]) & (np.arange(lag.size) > first))[0]
    if not late.size:
        return np.nan, np.nan
    last = int(late[-1])

    def time(c: FloatArray) -> float:
        if not (c[first] > 0 and c[last] > 0):
            return np.inf
        fall = np.log(c[first] / c[last])
        return float(2 * (lag[last] - lag[first]) / fall) if fall > 0 else np.inf

    n = correlation.shape[0]
    left_out = np.array([time((n * mean - row) / (n - 1)) for row in correlation])
    if not np.isfinite(left_out).all():
        return np.inf, np.nan
    error = np.sqrt((n - 1) / n * ((left_out - left_out.mean()) ** 2).sum())
    return time(mean), float(error)


def _heun(
    x: FloatArray, z: FloatArray, z_next: FloatArray, s: float, dt: float
) -> tuple[FloatArray, FloatArray]:
    slope = s * np.tanh(x) - x + z
    guess = x + dt * slope
    return x + 0.5 * dt * (slope + s * np.tanh(guess) - guess + z_next), z_next


def _positive(name: str, value: float) -> float:
    if not (np.isfinite(value) and value > 0):
        raise InputError(name, value, "a finite number > 0")
    return float(value)
