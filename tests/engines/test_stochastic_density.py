"""Density of eigenvalues by random probes, against traces and theory at the same width."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from pyscales import Lognormal, Model, spectrum
from pyscales.engines.embedded.stochastic_density import stochastic_density
from pyscales.network import sample_network
from pyscales.theory.spectrum.density import bulk_density
from pyscales.theory.spectrum.smoothed import smoothed_density

ONE = np.ones(1)


def exact_traces(w, degrees, z, width):
    n = w.shape[0]
    density, localisation = [], []
    for point in z:
        a = point * np.eye(n) - w
        right = np.linalg.inv(a.conj().T @ a + width**2 * np.eye(n))
        left = np.linalg.inv(a @ a.conj().T + width**2 * np.eye(n))
        density.append(width**2 / (np.pi * n) * np.trace(right @ left).real)
        weight = np.diag(right).real
        localisation.append(degrees @ weight / weight.sum())
    return np.array(density), np.array(localisation)


@pytest.mark.parametrize("kind", [np.asarray, csr_array])
def test_probes_estimate_the_traces(kind):
    law = Lognormal(20.0, 0.6).finite(80)
    w = sample_network(law.degrees, symmetry=-0.3, kind="dense", seed=0).weights
    z = np.array([0.2 + 0.1j, 0.7 + 0.6j, 1.5])
    density, localisation = exact_traces(w, law.degrees, z, 0.3)
    found = stochastic_density(kind(w), law.degrees, z, 0.3, probes=60, seed=1)
    assert found.status.success
    assert np.all(np.abs(found.density - density) < 4 * found.density_error)
    assert np.all(found.density_error < 0.06 * density)
    assert np.all(np.abs(found.localisation - localisation) < 4 * found.localisation_error)
    again = stochastic_density(kind(w), law.degrees, z, 0.3, probes=60, seed=1)
    np.testing.assert_array_equal(found.density, again.density)
    one = stochastic_density(kind(w), law.degrees, z, 0.3, probes=1)
    assert np.isnan(one.density_error).all()


def test_diagonal_matrix_is_exact_for_any_probe():
    # |v_i| = 1, so that the trace of a diagonal matrix has no variance.
    d = np.array([0.5, -1.0, 2.0])
    z, width = np.array([0.3 + 0.4j]), 0.2
    found = stochastic_density(np.diag(d), d + 2, z, width, probes=1, tolerance=1e-12)
    q = np.abs(z[0] - d) ** 2 + width**2
    assert found.density[0] == pytest.approx(width**2 / np.pi * np.mean(q**-2.0), rel=1e-9)
    assert found.localisation[0] == pytest.approx(np.sum((d + 2) / q) / np.sum(1 / q), rel=1e-9)


def test_failure_is_reported():
    w = np.random.default_rng(0).standard_normal((60, 60))
    found = stochastic_density(w, np.ones(60), np.array([0.1]), 1e-3, probes=1, max_iterations=5)
    assert not found.status.success
    assert "width" in found.status.message


@pytest.mark.parametrize("symmetry", [-0.4, 0.0, 0.5])
def test_smoothed_theory_tends_to_the_density(symmetry):
    law = Lognormal(1.0, 0.5).nodes(60)
    u, w = law.relative_degree, law.weight
    x, y = (1 + symmetry) * np.array([0.1, 0.6]), (1 - symmetry) * np.array([0.2, 0.3])
    exact = bulk_density(u, w, symmetry, x, y)
    errors = []
    for width in (1e-2, 1e-3, 1e-4):
        found = smoothed_density(u, w, symmetry, x, y, width)
        assert found.residual < 1e-11
        errors.append(np.abs(found.density / exact.density - 1).max())
        near = np.abs(found.localisation / exact.localisation - 1).max()
    assert errors[2] < 2e-3
    assert errors[0] > errors[1] > errors[2]
    assert near < 1e-3


def test_smoothed_ginibre_has_a_closed_form():
    # u = 1, symmetry 0, z = 0: m = 1/(eta + m), and rho = (1/pi) d(z conj / Q)/d zbar.
    eta = 0.3
    m = 0.5 * (-eta + np.sqrt(eta**2 + 4))
    x, y = np.array([1e-6]), np.zeros(1)
    found = smoothed_density(ONE, ONE, 0.0, x, y, eta)
    # g = conj(z)/Q with Q = (eta + m)^2 at z = 0, stationary in |z|^2 at first order.
    assert found.density[0] == pytest.approx(1 / (np.pi * (eta + m) ** 2), rel=1e-5)


def test_estimates_of_a_model_agree_with_the_smoothed_theory():
    model = Model(Lognormal(50.0, 0.5), 1.3, 0.3, n=800, kind="dense")
    found = spectrum(model, method="stochastic", points=4, width=0.2, probes=3, seed=2)
    assert found.attrs["converged"]
    ratio = found["density_estimate"] / found["density_smoothed"]
    np.testing.assert_allclose(ratio, 1.0, atol=0.15)
    ratio = found["localisation_estimate"] / found["localisation_smoothed"]
    np.testing.assert_allclose(ratio, 1.0, atol=0.05)


def test_estimates_at_a_state():
    model = Model(Lognormal(50.0, 0.5), 2.0, 0.0, n=1000, kind="dense")
    found = spectrum(
        model, at="trajectory", method="stochastic", snapshots=1, points=4, width=0.2, probes=4
    )
    ratio = found["density_estimate"] / found["density_smoothed"]
    np.testing.assert_allclose(ratio[1:], 1.0, atol=0.15)
