"""One sweep with memory: the convolution, its determinism, limits that are known exactly."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import iv, jv

from pyscales import Lognormal
from pyscales.theory.memory import (
    MemoryNumbers,
    MemoryPlan,
    draw_numbers,
    memory_map,
    noise_spectrum,
    probe_field,
    sweep,
)
from pyscales.theory.memory_averages import control_variate
from pyscales.theory.memory_trajectories import memory_kernel, volterra
from pyscales.theory.silent_response import silent_response, silent_transform
from pyscales.theory.stationary import correlation_phi, solve_stationary, solve_trajectory

H = 0.2


def plan(symmetry=0.3, gain=1.6, n_lags=60, n_steps=320, count=(20, 30), u=(0.7, 1.9), **changes):
    values = {
        "relative_degree": np.array(u, dtype=float),
        "weight": np.array([0.6, 0.4][: len(u)]) if len(u) > 1 else np.ones(1),
        "count": np.array(count),
        "gain": gain,
        "symmetry": symmetry,
        "dt": H,
        "n_steps": n_steps,
        "n_burn": 150,
        "n_lags": n_lags,
    }
    return MemoryPlan(**(values | changes))


def guess(n_lags, dt=H):
    lag = np.arange(n_lags + 1) * dt
    return 0.4 / np.cosh(lag / 4), 0.5 * np.exp(-1.2 * (lag[1:] - dt / 2))


@pytest.mark.parametrize("n_lags", [3, 15, 16, 37])
def test_blocked_convolution_equals_the_direct_sum(n_lags):
    rng = np.random.default_rng(1)
    n_steps, m, n_burn = 70, 4, 21
    field, probe = rng.standard_normal((2, n_steps, m))
    coefficient, kernel = rng.uniform(-1, 1, m), rng.uniform(0, 0.3, n_lags)
    phi, psi = volterra(field, probe, coefficient, kernel, n_burn)
    total = -(-(n_burn + n_steps) // 16) * 16
    a, b = np.zeros((2, n_lags + total, m))
    for t in range(total):
        now = n_lags + t
        past = slice(now - n_lags, now)
        step = (t - (total - n_steps)) % n_steps
        x = field[step] + coefficient * (kernel[::-1] @ a[past])
        y = probe[step] + coefficient * (kernel[::-1] @ b[past])
        a[now] = np.tanh(x)
        b[now] = (1 - a[now] ** 2) * y
    np.testing.assert_allclose(phi, a[-n_steps:], atol=1e-14)
    np.testing.assert_allclose(psi, b[-n_steps:], atol=1e-14)


def test_kernel_keeps_the_static_response():
    g = np.exp(-0.3 * np.arange(200) * H) * np.cos(np.arange(200) * H)
    kernel = memory_kernel(g, H)
    assert kernel[0] == pytest.approx(H * (1 - np.exp(-H)) * g[0])
    long = memory_kernel(np.concatenate([g, np.zeros(400)]), H)
    assert long.sum() == pytest.approx(H * g.sum(), rel=1e-12)


def test_numbers_have_unit_power_in_every_bin_and_follow_the_seed():
    p = plan()
    numbers = draw_numbers(p, np.random.SeedSequence(3))
    power = np.abs(numbers.noise) ** 2
    np.testing.assert_allclose(power[:, :20].mean(axis=1), 1, atol=1e-12)
    np.testing.assert_allclose(power[:, 20:].mean(axis=1), 1, atol=1e-12)
    assert np.all(numbers.noise[[0, -1]].imag == 0)
    assert set(np.unique(numbers.probe)) == {-1.0, 1.0}
    again = draw_numbers(p, np.random.SeedSequence(3))
    np.testing.assert_array_equal(again.noise, numbers.noise)


def test_map_is_a_function_whatever_the_workers(monkeypatch):
    monkeypatch.setattr("pyscales.theory.memory._COLUMNS", 16)
    p = plan()
    numbers = draw_numbers(p, np.random.SeedSequence(4))
    c, g = memory_map(*guess(p.n_lags), p, numbers)
    c2, g2 = memory_map(*guess(p.n_lags), p, numbers)
    out = sweep(*guess(p.n_lags), p, numbers, workers=3)
    np.testing.assert_array_equal(c, c2)
    np.testing.assert_array_equal(g, g2)
    np.testing.assert_array_equal(c, out.autocorrelation)
    np.testing.assert_array_equal(g, out.response)


@pytest.mark.parametrize("symmetry", [0.3, -0.4])
def test_single_precision_costs_its_rounding_alone(symmetry):
    p = plan(symmetry=symmetry, single=True)
    numbers = draw_numbers(p, np.random.SeedSequence(4))
    assert (numbers.noise.dtype, numbers.probe.dtype) == (np.complex64, np.float32)
    same = MemoryNumbers(numbers.noise.astype(complex), numbers.probe.astype(float))
    one, two = (sweep(*guess(p.n_lags), p, n, keep_x=True) for n in (numbers, same))
    for name in ("autocorrelation", "response", "autocorrelation_x_of_node", "slope_of_node"):
        found, wanted = getattr(one, name), getattr(two, name)
        assert found.dtype == np.float64
        np.testing.assert_allclose(found, wanted, atol=3e-6 * np.abs(wanted).max(), err_msg=name)


def test_the_probe_alone_has_the_same_mean_and_more_scatter():
    p = plan(count=(150, 150))
    both = []
    for seed in range(8):
        numbers = draw_numbers(p, np.random.SeedSequence(seed))
        one, two = (sweep(*guess(p.n_lags), p, numbers, blend=b) for b in (True, False))
        np.testing.assert_array_equal(one.autocorrelation, two.autocorrelation)
        both.append((one.response.sum() * H, two.response.sum() * H))
    blended, probed = np.array(both).T
    scatter = blended.std(ddof=1), probed.std(ddof=1)
    assert abs(blended.mean() - probed.mean()) < 4 * np.hypot(*scatter) / np.sqrt(8)
    assert scatter[1] > scatter[0]


def test_trajectories_without_memory_are_returned_as_they_are():
    field, probe = np.random.default_rng(2).standard_normal((2, 64, 3))
    phi, psi = volterra(field, probe, np.zeros(3), np.full(10, 0.3), 0)
    np.testing.assert_allclose(phi, np.tanh(field), atol=1e-14)
    np.testing.assert_allclose(psi, (1 - np.tanh(field) ** 2) * probe, atol=1e-14)


def test_control_variate_knows_its_own_averages():
    p = plan(count=(4000, 4000))
    c, g = guess(p.n_lags)
    spectrum = noise_spectrum(c, p.n_steps)
    copy = control_variate(p, spectrum, memory_kernel(g, H))
    numbers = draw_numbers(p, np.random.SeedSequence(5))
    for j, columns in enumerate((slice(0, 4000), slice(4000, 8000))):
        u = p.relative_degree[j]
        omega = 2 * np.pi * np.fft.rfftfreq(p.n_steps, H)
        through = p.gain * np.sqrt(u * p.n_steps * spectrum) / (1 + 1j * omega)
        through = through / (1 - p.symmetry * p.gain**2 * u * copy.slope[j] * copy.kernel_transform)
        xi = numbers.noise[:, columns]
        tanh_f = np.fft.rfft(
            np.tanh(np.fft.irfft(through[:, None] * xi, p.n_steps, axis=0)), axis=0
        )
        power, coherent = np.abs(tanh_f) ** 2, tanh_f * xi.conj()
        low = slice(1, 12)
        error = power[low].std(axis=1) / np.sqrt(4000)
        assert np.all(np.abs(power[low].mean(axis=1) - copy.power[low, j]) < 5 * error)
        error = coherent[low].std(axis=1) / np.sqrt(4000)
        assert np.all(np.abs(coherent[low].mean(axis=1) - copy.coherent[low, j]) < 5 * error)


def test_without_symmetry_the_exact_solution_is_a_fixed_point():
    nodes = Lognormal(100.0, 0.5).nodes(9, size_bias=1.0)
    state = solve_stationary(nodes.relative_degree, nodes.weight, 1.5)
    trajectory = solve_trajectory(state)
    p = plan(
        0.0,
        1.5,
        260,
        960,
        relative_degree=nodes.relative_degree,
        weight=nodes.weight,
        count=np.full(9, 12),
    )
    lag = np.arange(261) * H
    c = correlation_phi(state, trajectory.rho_at(lag))
    numbers = draw_numbers(p, np.random.SeedSequence(6))
    found, g = memory_map(c, np.exp(-lag[1:]), p, numbers)
    np.testing.assert_allclose(found, c, atol=3e-5)
    slope = 1 - sum(w * (a.sum()) for w, a in zip(state.weight, state.a_squared.T, strict=True))
    cells = slope * np.exp(-lag[:-1]) * (1 - np.exp(-H)) / H
    np.testing.assert_allclose(g, cells, atol=3e-5)


def bessel(t, gain, symmetry):
    rate = gain * np.sqrt(abs(symmetry))
    return np.exp(-t) * (iv if symmetry > 0 else jv)(1, 2 * rate * t) / (rate * t)


@pytest.mark.parametrize(("gain", "symmetry"), [(0.6, 0.5), (1.2, -0.5), (0.45, 1.0), (0.7, -1.0)])
def test_silent_response_is_the_bessel_form(gain, symmetry):
    t = np.arange(1, 200) * 0.1
    one = np.ones(1)
    exact = bessel(t, gain, symmetry)
    np.testing.assert_allclose(silent_response(t, one, one, gain, symmetry), exact, atol=1e-9)
    a = symmetry * gain**2
    chi = silent_transform(np.zeros(1), one, one, gain, symmetry)[0]
    assert chi == pytest.approx((1 - np.sqrt(1 - 4 * a)) / (2 * a), rel=1e-12)


@pytest.mark.parametrize(("gain", "symmetry"), [(0.6, 0.5), (1.2, -0.5)])
def test_sampled_response_of_the_silent_state(gain, symmetry):
    # One sweep without noise: trajectories are 0, the probe's response is linear.
    p = plan(symmetry, gain, 100, 2000, count=(400,), u=(1.0,))
    edges = np.maximum(np.arange(101) * H, 1e-9)
    lag = (np.arange(100) + 0.5) * H
    numbers = draw_numbers(p, np.random.SeedSequence(7))
    probe = probe_field(p, numbers)
    g = np.exp(-lag)
    for _ in range(14):
        out = sweep(np.zeros(101), g, p, numbers, probe=probe)
        g = out.response
    ends = bessel(edges, gain, symmetry)
    exact = (ends[:-1] + ends[1:] + 4 * bessel(lag, gain, symmetry)) / 6  # cell averages
    # Statistical error of the probe: about 1e-3 per lag at 400 trajectories of 400 time units.
    assert np.abs(g - exact).max() < 5e-3
    assert np.sqrt(np.mean((g - exact) ** 2)) < 1.5e-3
    chi = (1 - np.sqrt(1 - 4 * symmetry * gain**2)) / (2 * symmetry * gain**2)
    assert g.sum() * H == pytest.approx(chi, abs=0.015)
    np.testing.assert_array_equal(out.autocorrelation, 0)


def test_response_is_the_derivative_to_a_constant_field():
    # chi of one sweep against the change of <phi> when a constant field is added to every unit.
    p = plan(count=(1500, 1500), n_steps=640)
    c, g = guess(p.n_lags)
    numbers = draw_numbers(p, np.random.SeedSequence(8))
    _, found = memory_map(c, g, p, numbers)
    kernel = memory_kernel(g, H)
    spectrum = noise_spectrum(c, p.n_steps)
    omega = 2 * np.pi * np.fft.rfftfreq(p.n_steps, H)
    leak = np.sqrt(p.n_steps * spectrum) / (1 + 1j * omega)
    u = p.relative_degree[p.node]
    field = np.fft.irfft(leak[:, None] * numbers.noise * p.gain * np.sqrt(u), p.n_steps, axis=0)
    coefficient = p.symmetry * p.gain**2 * u
    shift = 0.05
    up, down = (
        volterra(field + s, 0 * field, coefficient, kernel, p.n_burn)[0].mean(axis=0)
        for s in (shift, -shift)
    )
    slope = (up - down) / (2 * shift)
    share = p.weight[p.node] / p.count[p.node]
    static = float(share @ slope)
    error = np.sqrt(np.sum(share**2) * slope.var())
    assert found.sum() * H == pytest.approx(static, abs=3 * error + 0.004)
