"""Static states: roots, averages against sampling, lines of instability, networks."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtr

from pyscales import Homogeneous, Lognormal, Model, Simulation, dmft, fixed_points, simulate
from pyscales.theory.fixed_points import (
    averages,
    other_root,
    outer_root,
    solve_fixed_points,
)
from pyscales.theory.gaussian import mean_square_tanh
from pyscales.theory.self_coupling import self_couplings, share_above
from pyscales.theory.static_density import static_density, static_moments


def test_roots_solve_the_equation():
    s = np.array([-2.0, 0.0, 0.5, 0.999, 1.0, 1.001, 1.5, 4.0])[:, None]
    b = np.array([0.0, 1e-6, 0.1, 1.0, 8.0])[None, :]
    x = outer_root(s, b)
    np.testing.assert_allclose(x - s * np.tanh(x), np.broadcast_to(b, x.shape), atol=1e-10)
    assert np.all(x >= 0)
    assert outer_root(np.array(1.5), np.array(0.0)) > 0.5
    other = other_root(np.array([1.5, 1.5, 0.5]), np.array([0.05, 2.0, 0.0]))
    assert other[0] < 0
    assert other[0] - 1.5 * np.tanh(other[0]) == pytest.approx(0.05, abs=1e-9)
    assert np.isnan(other[1:]).all()


@pytest.mark.parametrize("rule", ["outer", "equal"])
@pytest.mark.parametrize("u", [0.4, 1.0, 3.0])
def test_averages_are_those_of_sampled_roots(u, rule):
    gain, symmetry, q, chi = 0.9, 0.5, 0.2, 1.1
    s, width = symmetry * gain**2 * chi * u, gain * np.sqrt(u * q)
    z = (np.arange(200_000) + 0.5) / 200_000
    from scipy.special import ndtri

    field = np.abs(ndtri(z)) * width
    x = outer_root(np.array(s), field)
    wanted = np.mean(np.tanh(x) ** 2)
    second = np.mean(x**2)
    if rule == "equal":
        y = other_root(np.array(s), field)
        both = ~np.isnan(y)
        wanted = np.mean(np.where(both, 0.5 * (np.tanh(x) ** 2 + np.tanh(y) ** 2), np.tanh(x) ** 2))
        second = np.mean(np.where(both, 0.5 * (x**2 + y**2), x**2))
    found = averages(np.array([u]), np.ones(1), gain, symmetry, q, chi, rule)
    assert found.q == pytest.approx(u * wanted, rel=2e-4)
    assert found.variance_x == pytest.approx(second, rel=2e-4)
    if rule == "outer":
        slope = 1 - np.tanh(x) ** 2
        response = slope / (1 - s * slope)
        assert found.chi == pytest.approx(u * response.mean(), rel=2e-4)
        assert found.instability == pytest.approx(gain**2 * u**2 * np.mean(response**2), rel=1e-3)


def test_without_symmetry_the_state_is_gaussian():
    found = solve_fixed_points(Homogeneous(100.0), 1.5, 0.0)
    assert found.q == pytest.approx(
        float(mean_square_tanh(np.array([2.25 * found.q]))[0]), rel=1e-8
    )
    assert found.variance_x == pytest.approx(2.25 * found.q, rel=1e-8)
    assert found.region == "unstable"
    assert solve_fixed_points(Homogeneous(100.0), 0.9, 0.0).region == "silent"


# Gain at which the static state loses its stability (Lambda = 1), unbounded lognormal law.
LINES = [
    (0.25, 0.5, 0.6297),
    (0.5, 0.25, 0.6560),
    (0.5, 0.5, 0.5315),
    (0.75, 0.75, 0.4169),
    (1.0, 0.25, 0.4095),
    (1.0, 0.5, 0.3872),
    (1.0, 1.0, 0.4783),
]


@pytest.mark.parametrize(("sigma", "symmetry", "gain"), LINES)
def test_lines_of_instability(sigma, symmetry, gain):
    found = solve_fixed_points(Lognormal(100.0, sigma), gain, symmetry)
    assert found.converged
    assert found.instability == pytest.approx(1, abs=4e-3)


@pytest.mark.parametrize("gain", [0.6, 0.66])
def test_without_spread_silence_ends_at_the_known_gain(gain):
    found = solve_fixed_points(Homogeneous(100.0), gain, 0.5)
    assert found.region == "silent"
    a = 0.5 * gain**2
    assert found.chi == pytest.approx((1 - np.sqrt(1 - 4 * a)) / (2 * a), rel=1e-4)
    assert solve_fixed_points(Homogeneous(100.0), 0.68, 0.5).region == "unstable"


# q where freezing becomes visible, 1e-4, at sigma 0.5, 0.75, 1 and symmetry 0.5.
@pytest.mark.parametrize(("sigma", "gain"), [(0.5, 0.475), (0.75, 0.304), (1.0, 0.179)])
def test_onset_of_visible_freezing(sigma, gain):
    found = solve_fixed_points(Lognormal(100.0, sigma), gain, 0.5)
    assert found.q == pytest.approx(1e-4, rel=0.1)


@pytest.mark.parametrize("rule", ["outer", "equal"])
def test_density_has_the_moments_of_the_averages(rule):
    found = solve_fixed_points(Lognormal(100.0, 1.0), 0.38, 0.5, rule=rule)
    x = np.linspace(-12, 12, 400_001)
    for u in (0.5, 2.0, 25.0):
        density = static_density(found, u, x)
        x2, phi2 = static_moments(found, np.array([u]))
        assert np.trapezoid(density, x) == pytest.approx(1, abs=2e-3)
        assert np.trapezoid(density * x**2, x) == pytest.approx(float(x2[0]), rel=4e-3)
        assert np.trapezoid(density * np.tanh(x) ** 2, x) == pytest.approx(float(phi2[0]), rel=4e-3)


def test_self_couplings_of_a_lognormal():
    law = Lognormal(100.0, 0.5)
    found = self_couplings(law, 2.0, 0.25, 0.454)
    assert found.threshold == pytest.approx(2.2026, rel=1e-3)
    exact = ndtr(-(np.log(found.threshold) + 0.125) / 0.5)
    assert found.fraction_bistable == pytest.approx(exact, rel=1e-9)
    np.testing.assert_allclose(found.self_coupling, 0.454 * law.quantile(found.quantile))
    bistable = found.self_coupling > 1
    np.testing.assert_allclose(
        found.well[bistable], found.self_coupling[bistable] * np.tanh(found.well[bistable])
    )
    assert share_above(law, 0.0) == pytest.approx(1.0)
    assert self_couplings(law, 2.0, -0.25, 0.454).fraction_bistable == 0


def test_frozen_state_is_called_frozen():
    found = dmft(Model(Lognormal(100.0, 1.0), 0.36, 0.5))
    assert found.attrs["phase"] == "frozen"
    # Dense networks of 1500 neurons: q = 0.042 at this gain.
    assert float(found["order_parameter_q"]) == pytest.approx(0.045, rel=0.1)
    static = fixed_points(Model(Lognormal(100.0, 1.0), 0.36, 0.5))
    assert static.state.region == static.phase == "frozen"
    assert fixed_points(Model(Lognormal(100.0, 0.0), 0.6, 0.5)).phase == "silent"


@pytest.mark.slow
def test_frozen_state_beyond_the_typical_instability_is_called_frozen():
    # Networks are static here although Lambda > 1; C of the sampled process does not decay.
    found = dmft(Model(Lognormal(100.0, 1.0), 0.42, 0.5), n_seeds=2)
    assert found.attrs["phase"] == "frozen"
    assert float(found["static_instability"]) == pytest.approx(1.06, abs=0.02)
    assert float(found["order_parameter_q"]) == pytest.approx(0.1, rel=0.1)


@pytest.mark.slow
def test_phase_of_an_unstable_static_state_is_left_to_the_dynamics():
    model = Model(Lognormal(100.0, 1.0), 0.42, 0.5)
    assert fixed_points(model).phase == "undecided"
    found = fixed_points(model, dynamics=True)
    assert (found.state.region, found.phase) == ("unstable", "frozen")
    assert "does not decay" in found.phase_message
    # Without spread and at a large gain C decays.
    moving = fixed_points(Model(Lognormal(100.0, 0.0), 2.0, 0.25), dynamics=True)
    assert (moving.state.region, moving.phase) == ("unstable", "chaotic")


@pytest.mark.slow
def test_frozen_networks_have_the_static_order_parameter():
    model = Model(Lognormal(100.0, 1.0), 0.42, 0.5, n=800, kind="dense")
    found = simulate(
        model,
        Simulation(n_networks=3, n_trials=1, transient=200, duration=50, max_lag=0, rtol=1e-3),
        seed=3,
    )
    assert found.attrs["phase"] == "frozen"
    k = found["degree"].values
    u = k / k.mean(axis=1, keepdims=True)
    q = (u * found["mean_square_phi"].values[:, 0]).mean(axis=1)
    theory = fixed_points(model).state.q
    # 1500 neurons: 0.094; single networks of 800 scatter by about a tenth.
    assert q.mean() == pytest.approx(theory, rel=0.2)
    assert theory == pytest.approx(0.1, rel=0.15)
