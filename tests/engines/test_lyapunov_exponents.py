"""Tangent dynamics: linear networks, gradient dynamics, sum rule, translation in time."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.sparse import csr_array

from pyscales.engines import TangentPlan, get_engine
from pyscales.engines.embedded.lyapunov import lyapunov
from pyscales.errors import InputError
from pyscales.network import sample_network


def random_weights(n, gain, symmetry=0.0, seed=0):
    network = sample_network(np.full(n, 20.0), symmetry=symmetry, seed=seed, kind="dense")
    return network.scaled(gain)


def start(trials, n, seed=0, scale=1.0):
    return scale * np.random.default_rng(seed).standard_normal((trials, n))


def run(weights, x0, *plan, **options):
    return get_engine("scipy").lyapunov(weights, x0, TangentPlan(*plan), **options)


def test_linear_network_has_the_real_parts_of_its_eigenvalues():
    n = 12
    # A triangular matrix of rotations and real modes: exponents known, far apart.
    w = np.triu(0.3 * np.random.default_rng(1).standard_normal((n, n)), 1)
    np.fill_diagonal(w, np.linspace(0.8, -2.0, n))
    w[4, 4] = w[5, 5] = 0.1
    w[4, 5], w[5, 4] = 0.9, -0.9
    expected = np.sort(np.linalg.eigvals(w).real - 1)[::-1]
    found = run(w, start(2, n, scale=1e-200), n, 100.0, 400.0, 0.5, 0.05)
    assert found.status.success
    np.testing.assert_allclose(found.exponents[0], expected, atol=4e-3)
    np.testing.assert_allclose(found.exponents[0], found.exponents[1], atol=4e-3)


def test_antisymmetric_network_contracts_alike_in_every_direction():
    w = random_weights(30, 4.0, symmetry=-1.0)
    found = run(w, start(1, 30, scale=1e-3), 30, 60.0, 20.0, 1.0, 0.02)
    np.testing.assert_allclose(found.exponents, -1.0, atol=2e-4)


def test_exponents_sum_to_minus_n():
    """The trace of the Jacobian is -N whatever x is, since W has no self-connections."""
    n = 60
    w = random_weights(n, 4.0, seed=5)
    found = run(w, start(2, n), n, 30.0, 60.0, 1.0, 0.1)
    assert (found.exponents[:, 0] > 0.02).all()
    np.testing.assert_allclose(found.exponents.sum(axis=1), -n, rtol=1e-5)


def test_gradient_dynamics_end_in_the_jacobian_of_a_fixed_point():
    n = 80
    w = random_weights(n, 1.5, symmetry=1.0)
    found = run(w, start(2, n), 3, 400.0, 200.0, 1.0, 0.1)
    for trial in range(2):
        x = found.final_state[trial]
        assert np.abs(w @ np.tanh(x) - x).max() < 1e-6
        assert found.mean_square_x[trial] > 0.5
        slope = 1 - np.tanh(x) ** 2
        values = np.sort(np.linalg.eigvals(w * slope).real - 1)[::-1]
        np.testing.assert_allclose(found.exponents[trial], values[:3], atol=1e-2)
        assert found.exponents[trial, 0] < 0


def test_limit_cycle_has_a_zero_exponent():
    """Two units that rotate: x = 0 unstable, one closed orbit; time translation is neutral."""
    w = np.array([[2.0, 1.5], [-1.5, 2.0]])
    found = run(w, start(1, 2), 2, 100.0, 300.0, 0.5, 0.02)
    assert found.exponents[0, 0] == pytest.approx(0, abs=2e-3)
    assert found.exponents[0, 1] < -0.05


def test_growth_of_a_small_difference():
    """The exponent of one interval is the growth of a real perturbation of the trajectory."""
    n = 60
    w = random_weights(n, 3.0)
    x0 = start(1, n)
    found = run(w, x0, 1, 0.0, 1.0, 1.0, 0.02, seed=5)
    v = np.linalg.qr(np.random.default_rng(5).standard_normal((1, n, 1)))[0][0, :, 0]

    def rhs(t, x):
        return -x + w @ np.tanh(x)

    ends = [
        solve_ivp(rhs, (0, 1), x0[0] + s * 1e-6 * v, rtol=1e-11, atol=1e-13).y[:, -1]
        for s in (1, -1)
    ]
    growth = np.log(np.linalg.norm(ends[0] - ends[1]) / 2e-6)
    assert found.growth[0, 0, 0] == pytest.approx(growth, abs=1e-6)


def test_sparse_dense_and_threads_agree():
    network = sample_network(np.full(3000, 150.0), symmetry=0.3, seed=3)
    w = network.scaled(1.5)
    x0 = start(2, 3000)
    one, two = (run(w, x0, 2, 2.0, 4.0, 1.0, 0.2, workers=k) for k in (1, 2))
    np.testing.assert_array_equal(one.exponents, two.exponents)
    small = csr_array(random_weights(50, 2.0))
    a, b = (run(m, start(1, 50), 4, 5.0, 5.0, 1.0, 0.1) for m in (small, small.toarray()))
    np.testing.assert_allclose(a.exponents, b.exponents, atol=1e-9)
    assert a.status.evaluations == b.status.evaluations > 0


def test_gains_that_share_products():
    n = 80
    w, x0 = random_weights(n, 1.0), start(3, n)
    gains = np.array([0.5, 2.0, 4.0])
    plan = TangentPlan(2, 4.0, 10.0, 1.0, 0.1)
    together = lyapunov(w, x0, plan, factors=gains)
    for r, gain in enumerate(gains):
        alone = lyapunov(w, x0, plan, factors=np.full(3, gain))
        np.testing.assert_allclose(together.growth[r], alone.growth[r], rtol=1e-9, atol=1e-9)
        scaled = lyapunov(gain * w, x0, plan)
        np.testing.assert_allclose(scaled.growth[r], alone.growth[r], rtol=1e-9, atol=1e-9)


def test_single_precision_products():
    n = 80
    w, x0 = random_weights(n, 2.5), start(2, n)
    plan = TangentPlan(1, 2.0, 10.0, 1.0, 0.1)
    for weights in (w, csr_array(w)):
        double, single = (lyapunov(weights, x0, plan, precision=p) for p in ("double", "single"))
        assert single.growth.dtype == single.final_state.dtype == np.float64
        np.testing.assert_allclose(single.growth, double.growth, atol=2e-4)
        assert np.abs(single.growth - double.growth).max() > 0
    # A fixed point forgets the rounding of its approach.
    rest = lyapunov(
        random_weights(n, 0.6), x0, TangentPlan(1, 150.0, 100.0, 1.0, 0.2), precision="single"
    )
    exact = np.linalg.eigvals(random_weights(n, 0.6)).real.max() - 1
    np.testing.assert_allclose(rest.exponents[:, 0], exact, atol=2e-3)


def test_time_constants_rescale_time():
    n = 40
    w = random_weights(n, 3.0)
    x0 = start(1, n)
    plain = run(w, x0, 5, 10.0, 20.0, 1.0, 0.1)
    slow = run(w, x0, 5, 20.0, 40.0, 2.0, 0.2, time_constants=np.full(n, 2.0))
    np.testing.assert_allclose(slow.exponents, plain.exponents / 2, rtol=1e-10)


def test_a_state_that_is_not_finite_is_reported():
    found = run(np.full((3, 3), np.inf), start(1, 3), 1, 2.0, 4.0, 1.0, 0.1)
    assert not found.status.success
    assert found.status.retcode == "diverged"


@pytest.mark.parametrize(
    ("options", "field"),
    [({"precision": "half"}, "precision"), ({"factors": np.ones(3)}, "factors")],
)
def test_options_that_cannot_be_are_refused(options, field):
    with pytest.raises(InputError, match=field):
        lyapunov(
            random_weights(30, 1.5), start(2, 30), TangentPlan(1, 1.0, 2.0, 1.0, 0.1), **options
        )
