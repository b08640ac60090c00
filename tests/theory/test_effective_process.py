"""Sampled units, distances of densities, and the map from mean-field curves to units."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtr

from pyscales.errors import InputError
from pyscales.theory.density_distance import bin_probabilities, distance, distance_from_counts
from pyscales.theory.effective_noise import effective_units
from pyscales.theory.effective_process import (
    gaussian_paths,
    sample_coloured,
    sample_ornstein_uhlenbeck,
)


def gauss(sd):
    return lambda x: np.exp(-((np.asarray(x) / sd) ** 2) / 2) / (np.sqrt(2 * np.pi) * sd)


@pytest.mark.parametrize("ratio", [0.5, 0.9, 1.3])
def test_distances_of_two_gaussians(ratio):
    found = distance(gauss(1.0), gauss(ratio), 9.0)
    assert found.kl == pytest.approx(np.log(ratio) + 1 / (2 * ratio**2) - 0.5, abs=1e-8)
    assert found.kl_reverse == pytest.approx(-np.log(ratio) + ratio**2 / 2 - 0.5, abs=1e-7)
    cross = np.sqrt(2 * np.log(ratio) / (1 - ratio**-2))
    assert found.l1 == pytest.approx(4 * abs(ndtr(cross) - ndtr(cross / ratio)), abs=1e-5)


def test_counts_give_the_distance_without_the_bias_of_counting():
    edges = np.linspace(0, 8, 41)
    rng = np.random.default_rng(2)
    counts = np.array([np.histogram(np.abs(rng.normal(size=2000)), edges)[0] for _ in range(40)])
    q = bin_probabilities(gauss(1.2), edges)
    exact = bin_probabilities(gauss(1.0), edges)
    kl = float(np.sum(exact[exact > 0] * np.log(exact[exact > 0] / q[exact > 0])))
    found = distance_from_counts(counts, q)
    assert found.kl == pytest.approx(kl, abs=3 * found.kl_error)
    assert found.l1 == pytest.approx(np.abs(exact - q).sum(), abs=3 * found.l1_error)
    same = distance_from_counts(counts, exact)
    assert abs(same.kl) < 3 * same.kl_error
    assert distance_from_counts(counts, np.where(edges[1:] > 1, q, 0)).kl == np.inf


def test_linear_unit_with_ornstein_uhlenbeck_noise():
    for tau in (0.2, 5.0):
        found = sample_ornstein_uhlenbeck(0, 1.0, tau, duration=150, seed=4)
        exact = 1.0 / (2 * (1 + tau))
        assert found.variance == pytest.approx(exact, abs=4 * found.variance_error)
        assert found.variance_error < 0.02 * exact
        assert np.isnan(found.switching_time)
        assert found.n_switches == 0


def test_linear_unit_with_any_noise():
    lag = np.arange(0, 60, 0.1)
    parts = ((0.8, 4.0), (0.3, 0.7))
    c = sum(a * np.exp(-lag / t) for a, t in parts)
    found = sample_coloured(0, lag, c, duration=300, seed=1)
    exact = sum(a * t / (1 + t) for a, t in parts)
    assert found.variance == pytest.approx(exact, abs=4 * found.variance_error)
    assert found.variance_error < 0.02 * exact
    assert found.clipped < 1e-6
    assert found.density @ (2 * np.diff(found.edges)) == pytest.approx(1.0)
    assert (found.density_error[:5] > 0).all()


def test_paths_have_the_autocorrelation_asked_for():
    lag = np.arange(0, 30, 0.5)
    c = np.exp(-lag / 2) * np.cos(lag)
    paths, clipped = gaussian_paths(c, 400, 4000, np.random.default_rng(0))
    assert paths.shape == (4000, 400)
    assert clipped < 1e-3
    for k in (0, 1, 4, 12):
        product = (paths[:, : 400 - k] * paths[:, k:]).mean(axis=1)
        error = product.std() / np.sqrt(product.size)
        assert product.mean() == pytest.approx(c[k], abs=4 * error)


def test_same_seed_same_walkers():
    a, b, c = (
        sample_ornstein_uhlenbeck(1.5, 0.5, 1, duration=20, n_walkers=40, seed=s) for s in (7, 7, 8)
    )
    np.testing.assert_array_equal(a.counts, b.counts)
    assert a.variance == b.variance != c.variance


def test_units_from_curves():
    lag = np.linspace(0, 80, 1601)
    c = 0.3 * np.exp(-lag / 4)
    u = np.array([0.5, 2.0])
    found = effective_units(lag, c, 0.6, gain=1.5, symmetry=0.4, relative_degree=u)
    assert found.noise_time == pytest.approx(4.0, rel=1e-6)
    np.testing.assert_allclose(found.noise_strength, 2 * 2.25 * u * 0.3 * 4, rtol=1e-6)
    np.testing.assert_allclose(found.self_coupling, 0.4 * 2.25 * 0.6 * u)
    assert found.tail < 1e-8
    zero = effective_units(lag, c, np.nan, gain=1.5, symmetry=0, relative_degree=u)
    np.testing.assert_array_equal(zero.self_coupling, 0)
    static = effective_units(lag, c + 0.1, 0.6, gain=1.5, symmetry=0.4, relative_degree=u)
    assert "static" in static.message


def test_curves_and_walkers_that_cannot_be_used():
    lag = np.linspace(0, 10, 11)
    good = {"gain": 1.0, "symmetry": 0.0, "relative_degree": np.ones(1)}
    for c in (np.zeros(11), np.full(11, np.nan), np.ones(5)):
        with pytest.raises(InputError):
            effective_units(lag, c, 0.5, **good)
    with pytest.raises(InputError, match="relative_degree"):
        effective_units(lag, np.exp(-lag), 0.5, **(good | {"relative_degree": np.zeros(1)}))
    with pytest.raises(InputError, match="n_walkers"):
        sample_ornstein_uhlenbeck(1, 1, 1, n_walkers=30)
    with pytest.raises(InputError, match="duration"):
        sample_ornstein_uhlenbeck(1, 1, 1, duration=0)
    with pytest.raises(InputError, match="lag"):
        sample_coloured(1, lag**2, np.exp(-lag))
    with pytest.raises(InputError, match="autocorrelation"):
        sample_coloured(1, lag, -np.exp(-lag))
