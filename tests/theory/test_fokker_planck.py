"""Exact solution for Ornstein-Uhlenbeck noise: closed forms, a Markov chain, sampled walkers."""

from __future__ import annotations

import time

import numpy as np
import pytest
from coloured_noise_reference import POINTS, SWITCHING
from scipy.sparse import diags, kron
from scipy.sparse.linalg import eigs

from pyscales.theory.density_distance import bin_probabilities, distance, distance_from_counts
from pyscales.theory.effective_process import sample_ornstein_uhlenbeck
from pyscales.theory.fokker_planck import solve_fokker_planck
from pyscales.theory.ucna import drift, stationary_density


@pytest.mark.parametrize(("d", "tau"), [(0.5, 1.0), (1.0, 10.0), (3.0, 0.1), (0.01, 2.0)])
def test_linear_unit(d, tau):
    found = solve_fokker_planck(0, d, tau, tolerance=1e-7)
    variance = d / (2 * (1 + tau))
    assert found.converged
    assert found.variance == pytest.approx(variance, rel=1e-7)
    # At tau = 1 both rates meet in a defective eigenvalue: half the digits are lost.
    assert found.rate == pytest.approx(min(1, 1 / tau), rel=1e-5 if tau == 1 else 1e-7)
    x = np.linspace(-4, 4, 9) * np.sqrt(variance)
    gauss = np.exp(-(x**2) / (2 * variance)) / np.sqrt(2 * np.pi * variance)
    np.testing.assert_allclose(found(x), gauss, atol=1e-7 * gauss.max())


@pytest.mark.parametrize("point", POINTS, ids=lambda p: str(p.unit))
def test_second_moment(point):
    found = solve_fokker_planck(*point.unit)
    tolerance = 3e-3 if point.sampled else 2e-4 if point.tau > 1.5 else 2e-6
    assert found.variance == pytest.approx(point.variance, rel=tolerance)
    assert found.residual < 1e-3
    assert found.converged == (point.s < 5)


@pytest.mark.parametrize(("s", "d", "tau", "exact", "rel", "estimate"), SWITCHING)
def test_switching_time(s, d, tau, exact, rel, estimate):
    found = solve_fokker_planck(s, d, tau)
    assert found.converged
    assert found.switching_time == pytest.approx(exact, rel=rel)
    assert found.rate_residual < 1e-5


def markov_chain_rate(s, d, tau, nx, ny, box):
    """Slowest rate of a jump process on a grid: upwind in x, exponential fitting in y."""
    x = (np.arange(nx) + 0.5) * 2 * box / nx - box
    y = (np.arange(ny) + 0.5) * 10 / ny - 5
    hx, hy = x[1] - x[0], y[1] - y[0]
    wall = 0.5 * (y[1:] + y[:-1]) * hy
    up, down = (b / (np.expm1(b) * hy**2 * tau) for b in (wall, -wall))
    along_y = diags([up, down], [-1, 1]) - diags([np.r_[up, 0] + np.r_[0, down]], [0])
    velocity = drift(x, s)[:, None] + np.sqrt(d / (2 * tau)) * y
    right, left = np.maximum(velocity, 0) / hx, np.maximum(-velocity, 0) / hx
    right[-1], left[0] = 0, 0
    along_x = (
        diags([right.ravel()[:-ny]], [-ny])
        + diags([left.ravel()[ny:]], [ny])
        - diags([(right + left).ravel()], [0])
    )
    generator = (kron(diags([np.ones(nx)], [0]), along_y) + along_x).tocsc()
    values = eigs(generator, k=2, sigma=1e-4, return_eigenvectors=False)
    return float(np.sort(-values.real)[1])


def test_rate_against_a_markov_chain():
    """A jump process has no modes of its own: what it relaxes with is the unit's rate."""
    s, d, tau = 1.5, 0.5, 1.0
    coarse, fine = (markov_chain_rate(s, d, tau, n, 61, 3.6) for n in (240, 480))
    found = solve_fokker_planck(s, d, tau)
    assert coarse > fine > found.rate
    assert 2 * fine - coarse == pytest.approx(found.rate, rel=0.02)


def test_white_noise_and_ucna_are_the_limits_of_short_noise_times():
    """White noise is wrong at order tau; UCNA has that order right."""
    s, d = 1.4, 0.6
    l1 = {}
    for tau in (0.02, 0.01):
        exact = solve_fokker_planck(s, d, tau, tolerance=1e-7)
        for form in ("white", "ucna"):
            p = stationary_density(s, d, tau, form=form)
            l1[form, tau] = distance(exact, p, p.end).l1
    assert l1["white", 0.02] / l1["white", 0.01] == pytest.approx(2, rel=0.02)
    assert l1["ucna", 0.02] / l1["ucna", 0.01] == pytest.approx(4, rel=0.05)
    assert l1["ucna", 0.01] < 0.05 * l1["white", 0.01]


def test_even_and_normalised():
    found = solve_fokker_planck(1.5, 0.5, 1)
    x = np.linspace(-6, 6, 6001)
    p = found(x)
    assert p.sum() * (x[1] - x[0]) == pytest.approx(1, abs=1e-8)
    np.testing.assert_allclose(p, p[::-1], atol=1e-12)
    assert p.min() > -1e-8
    assert found(np.array([50.0])) == 0


def test_unresolved_units_say_so():
    found = solve_fokker_planck(3, 0.3, 1)
    assert not found.converged
    assert found.residual < 1e-5
    assert "rate" in found.message


def test_under_two_seconds():
    # Twice the promise, so that a busy machine does not fail it.
    for unit in ((3, 2, 2), (1.5, 1, 10)):
        start = time.process_time()
        solve_fokker_planck(*unit)
        assert time.process_time() - start < 4


@pytest.mark.parametrize(("s", "d", "tau"), [(0.5, 0.5, 1.0), (1.2, 0.5, 2.0), (2.0, 1.0, 2.0)])
def test_against_sampled_walkers(s, d, tau):
    exact = solve_fokker_planck(s, d, tau)
    sampled = sample_ornstein_uhlenbeck(s, d, tau, seed=11, duration=200)
    z = (sampled.variance - exact.variance) / sampled.variance_error
    assert abs(z) < 4
    assert sampled.variance_error < 0.01 * exact.variance
    found = distance_from_counts(sampled.counts, bin_probabilities(exact, sampled.edges))
    assert found.l1 < 5 * found.l1_error + 2e-3
    assert abs(found.kl) < 5 * found.kl_error
    ucna = stationary_density(s, d, tau, form="both")
    far = distance_from_counts(sampled.counts, bin_probabilities(ucna, sampled.edges, (0.5493,)))
    direct = distance(exact, ucna, ucna.end, (0.5493,))
    assert far.l1 == pytest.approx(direct.l1, abs=4 * far.l1_error)


@pytest.mark.slow
@pytest.mark.parametrize(("s", "d", "tau"), [(1.5, 0.5, 1.0), (1.5, 1.0, 1.9)])
def test_switching_time_of_sampled_walkers(s, d, tau):
    exact = solve_fokker_planck(s, d, tau)
    sampled = sample_ornstein_uhlenbeck(s, d, tau, seed=5, n_walkers=4000, duration=600)
    assert sampled.switching_time_error < 0.03 * exact.switching_time
    z = (sampled.switching_time - exact.switching_time) / sampled.switching_time_error
    assert abs(z) < 3.5
