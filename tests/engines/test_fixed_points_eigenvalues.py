"""Fixed points and eigenvalues."""

from __future__ import annotations

import importlib

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.sparse import csr_array, eye_array

from pyscales.engines import SamplingPlan, get_engine
from pyscales.network import sample_network

ENGINE = get_engine()


def gradient_network(n=120, seed=0):
    return sample_network(np.full(n, 20.0), symmetry=1.0, kind="dense", seed=seed).weights


@pytest.mark.parametrize("kind", [np.asarray, csr_array])
def test_gradient_network_below_and_above_its_critical_gain(kind):
    # Symmetric Gaussian couplings: x = 0 is the only fixed point below 1/2.
    w = gradient_network()
    x0 = 0.5 * np.random.default_rng(1).standard_normal(120)
    silent = ENGINE.fixed_point(kind(0.4 * w), x0)
    assert silent.status.success
    np.testing.assert_allclose(silent.x, 0.0, atol=1e-9)
    # Far above, the network relaxes downhill to a state that Newton's method then polishes.
    strong = 1.5 * w
    relaxed = ENGINE.integrate(strong, x0[None], SamplingPlan(200.0, 0.0, 1.0)).final_state[0]
    found = ENGINE.fixed_point(kind(strong), relaxed)
    assert found.status.success
    assert found.status.residual < 1e-10
    assert found.status.iterations <= 8
    assert np.abs(found.x).max() > 0.5
    np.testing.assert_allclose(found.x, strong @ np.tanh(found.x), atol=1e-9)
    np.testing.assert_allclose(found.x, relaxed, atol=0.05)
    slope = 1 - np.tanh(found.x) ** 2
    assert np.linalg.eigvals(strong * slope).real.max() < 1.0


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_two_neurons(sign):
    # x_1 = s w tanh x_2, x_2 = s w tanh x_1: |x| solves x = w tanh x.
    w = 1.7
    exact = brentq(lambda x: w * np.tanh(x) - x, 0.5, 3.0, xtol=1e-14)
    matrix = sign * np.array([[0.0, w], [w, 0.0]])
    found = ENGINE.fixed_point(matrix, np.array([1.0, sign * 1.1]))
    np.testing.assert_allclose(found.x, [exact, sign * exact], rtol=1e-9)
    assert ENGINE.fixed_point(matrix, np.zeros(2)).status.iterations == 0


def test_krylov_steps_end_where_factorised_ones_do(monkeypatch):
    # Bistable neurons with weak couplings; 500 neurons are beyond the factorisation.
    module = importlib.import_module("pyscales.engines.embedded.fixed_point")
    couplings = sample_network(np.full(500, 20.0), symmetry=0.5, seed=2).scaled(0.2)
    w = csr_array(2.5 * eye_array(500) + couplings)
    x0 = 2.4 * np.sign(np.random.default_rng(0).standard_normal(500))
    krylov = module.fixed_point(w, x0)
    assert krylov.status.method == "Newton, GMRES"
    # The first residual, a trial and at least one product per step.
    assert krylov.status.evaluations > 1 + 2 * krylov.status.iterations
    # Where GMRES gives up, the Jacobian is factorised.
    gives_up = lambda a, b, **_: (0 * b, 1)  # noqa: E731
    monkeypatch.setattr(module, "gmres", gives_up)
    factorised = module.fixed_point(w, x0)
    assert factorised.status.success
    assert factorised.status.evaluations == 1 + factorised.status.iterations
    np.testing.assert_allclose(krylov.x, factorised.x, atol=1e-9)


def test_failure_is_reported():
    # One Newton step is not enough from far away.
    w = 30.0 * gradient_network()
    x0 = np.random.default_rng(0).standard_normal(120)
    from pyscales.engines.embedded import fixed_point

    found = fixed_point(w, x0, max_iterations=1)
    assert not found.status.success
    assert found.status.retcode == "max_iterations"
    assert found.status.residual == pytest.approx(np.abs(w @ np.tanh(found.x) - found.x).max())
    assert "relax" in found.status.message
    assert not ENGINE.fixed_point(w, np.full(120, np.nan)).status.success


def test_singular_jacobian_at_the_start():
    # 1 - W diag(phi') is singular at this start.
    found = ENGINE.fixed_point(np.array([[1.0, 1.0], [0.0, 1.0]]), np.array([0.0, 1.0]))
    residual = np.array([[1.0, 1.0], [0.0, 1.0]]) @ np.tanh(found.x) - found.x
    assert found.status.residual == pytest.approx(np.abs(residual).max(), abs=1e-15)
    assert found.status.success == (found.status.residual <= 1e-10)


@pytest.mark.slow
def test_large_networks_are_solved_iteratively():
    network = sample_network(np.full(3200, 12.0), symmetry=0.0, seed=3)
    w = network.scaled(0.6)
    w = w + csr_array(0.5 * np.eye(3200)[:, :1] @ np.ones((1, 3200)) / 3200)
    x0 = 0.3 * np.random.default_rng(0).standard_normal(3200)
    found = ENGINE.fixed_point(w, x0)
    assert found.status.success
    np.testing.assert_allclose(found.x, w @ np.tanh(found.x), atol=1e-9)


def test_eigenvalues_of_a_known_matrix():
    rng = np.random.default_rng(0)
    basis = rng.standard_normal((5, 5))
    block = np.diag([3.0, -4.0, 1.0, 0.5, 0.5])
    block[3, 4], block[4, 3] = -2.0, 2.0
    matrix = basis @ block @ np.linalg.inv(basis)
    found = ENGINE.eigenvalues(matrix)
    np.testing.assert_allclose(found.values, [3, 1, 0.5 - 2j, 0.5 + 2j, -4], atol=1e-10)
    for value, vector in zip(found.values, found.vectors.T, strict=True):
        np.testing.assert_allclose(matrix @ vector, value * vector, atol=1e-9)
    assert found.status.success


@pytest.mark.parametrize("which", ["LR", "LM"])
@pytest.mark.parametrize("kind", [np.asarray, csr_array])
def test_arnoldi_finds_the_outermost_of_the_dense_ones(which, kind):
    w = sample_network(np.linspace(5.0, 60.0, 200), symmetry=0.3, kind="dense", seed=2).weights
    every = ENGINE.eigenvalues(w).values
    found = ENGINE.eigenvalues(kind(w), k=5, which=which, seed=1)
    size = every.real if which == "LR" else np.abs(every)
    mine = found.values.real if which == "LR" else np.abs(found.values)
    np.testing.assert_allclose(np.sort(mine)[::-1], np.sort(size)[::-1][:5], rtol=1e-8)
    assert found.status.success
    assert np.all(found.residuals < 1e-8 * np.abs(every).max())
    assert np.all(np.diff(found.values.real) <= 1e-12)
    direct = np.linalg.norm(w @ found.vectors - found.vectors * found.values, axis=0)
    np.testing.assert_allclose(found.residuals, direct, atol=1e-12)
    again = ENGINE.eigenvalues(kind(w), k=5, which=which, seed=1)
    np.testing.assert_array_equal(found.values, again.values)
    np.testing.assert_array_equal(found.vectors, again.vectors)


@pytest.mark.parametrize(("n", "k"), [(1, 1), (2, 1), (3, 1), (5, 3), (6, 5), (6, 6)])
def test_a_few_eigenvalues_of_a_small_matrix(n, k):
    matrix = np.random.default_rng(n).standard_normal((n, n))
    found = ENGINE.eigenvalues(csr_array(matrix), k=k)
    expected = np.sort(np.linalg.eigvals(matrix).real)[::-1][:k]
    np.testing.assert_allclose(np.sort(found.values.real)[::-1], expected, atol=1e-10)
    assert found.status.success


def test_asking_for_more_than_there_are_is_not_a_success():
    found = ENGINE.eigenvalues(np.diag([1.0, 2.0, 3.0]), k=4)
    assert found.values.size == 3
    assert not found.status.success


def test_nilpotent_and_empty_couplings():
    assert ENGINE.eigenvalues(np.zeros((4, 4))).status.success
    chain = ENGINE.eigenvalues(np.array([[0.0, 1.0], [0.0, 0.0]]))
    np.testing.assert_allclose(chain.values, 0.0, atol=1e-12)
    assert chain.status.success
