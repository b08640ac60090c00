"""The mean-field equations with memory: the map digit by digit, the solution to its tolerance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pyscales.degrees import Lognormal
from pyscales.engines import get_engine
from pyscales.engines.julia.engine import JuliaEngine
from pyscales.engines.julia.memory import JuliaMaps
from pyscales.theory.memory import MemoryPlan, draw_numbers, sweep
from pyscales.theory.memory_degrees import degree_curves
from pyscales.theory.memory_ensemble import solve_plan
from pyscales.theory.memory_solver import MemoryOptions

pytestmark = pytest.mark.julia


@pytest.mark.parametrize("n_steps", [240, 308, 512])
@pytest.mark.parametrize("symmetry", [0.3, -0.4])
def test_the_map_is_the_same_to_rounding(symmetry, n_steps):
    nodes = Lognormal(100.0, 0.5).nodes(5, size_bias=1.0)
    count = np.array([3, 9, 8, 2, 5])
    plan = MemoryPlan(
        nodes.relative_degree, nodes.weight, count, 2.0, symmetry, 0.2, n_steps, 45, 77
    )
    numbers = draw_numbers(plan, np.random.SeedSequence(1))
    c = 0.6 / np.cosh(0.2 * np.arange(78) / 5)
    g = 0.3 * np.exp(-0.2 * (np.arange(77) + 0.5))
    one = sweep(c, g, plan, numbers, keep_x=True)
    two = JuliaMaps()(plan, numbers, 2)(c, g, True)
    for name in ("autocorrelation", "response", "autocorrelation_of_node", "slope_of_node"):
        np.testing.assert_allclose(getattr(two, name), getattr(one, name), atol=1e-10, err_msg=name)
    np.testing.assert_allclose(
        two.autocorrelation_x_of_node, one.autocorrelation_x_of_node, rtol=1e-9, atol=1e-10
    )


def test_both_engines_solve_to_the_same_state():
    options = MemoryOptions(trajectories=120, n_seeds=2, tolerance=1e-6, period=60.0, window=12.0)
    one, two = (
        engine.solve_memory(np.ones(1), np.ones(1), 2.0, 0.25, options=options, seed=3)
        for engine in (get_engine("scipy"), JuliaEngine())
    )
    assert one.converged
    assert two.converged
    np.testing.assert_allclose(two.autocorrelation, one.autocorrelation, atol=1e-4)
    np.testing.assert_allclose(two.susceptibility, one.susceptibility, atol=1e-4)


def test_one_nonlinear_problem_has_the_same_root_in_both_engines():
    nodes = Lognormal(100.0, 0.5).nodes(3, size_bias=1.0)
    count = np.array([40, 60, 40])
    plan = MemoryPlan(nodes.relative_degree, nodes.weight, count, 1.8, 0.2, 0.2, 240, 100, 60)
    lag = np.arange(0.0, 12.1, 0.2)
    guess = (lag, 0.4 / np.cosh(lag / 3), 0.5 * np.exp(-lag))
    stream = np.random.SeedSequence(5)
    options = {"tolerance": 1e-11, "max_sweeps": 300}
    one = solve_plan(plan, guess, stream, **options)
    start = solve_plan(plan, guess, stream, tolerance=1e-2, max_sweeps=60).guess
    two = solve_plan(plan, start, stream, maps=JuliaMaps(), root="newton", **options)
    assert one.converged
    assert two.converged
    assert two.residuals[-1] <= 1e-11
    assert 0 < two.evaluations <= 300
    np.testing.assert_allclose(two.autocorrelation, one.autocorrelation, atol=1e-8)
    np.testing.assert_allclose(two.response, one.response, atol=1e-8)


def test_newton_solves_to_the_state_of_the_iteration():
    options = MemoryOptions(trajectories=120, n_seeds=2, tolerance=1e-6, period=60.0, window=12.0)
    nodes = (np.ones(1), np.ones(1), 2.0, 0.25)
    one = JuliaEngine().solve_memory(*nodes, options=options, seed=3)
    two = JuliaEngine().solve_memory(*nodes, options=replace(options, root="newton"), seed=3)
    assert two.converged
    # Seeds stop at a share of what their own samples move.
    assert two.residual < 1e-4
    np.testing.assert_allclose(two.autocorrelation, one.autocorrelation, atol=1e-4)
    np.testing.assert_allclose(two.susceptibility, one.susceptibility, atol=1e-4)
    assert two.sweeps > one.sweeps


def test_curves_of_degrees_are_the_same():
    options = MemoryOptions(trajectories=60, n_seeds=2, tolerance=1e-2, period=60.0, window=12.0)
    state = get_engine("scipy").solve_memory(
        np.ones(1), np.ones(1), 2.0, 0.25, options=options, seed=3
    )
    u = np.array([0.5, 2.0])
    one, two = (
        degree_curves(state, u, trajectories=20, seed=1, workers=2, maps=maps)
        for maps in (None, JuliaEngine().memory_maps)
    )
    np.testing.assert_allclose(two.x, one.x, atol=1e-9)
    np.testing.assert_allclose(two.phi, one.phi, atol=1e-9)
