"""Refinement along a boundary known in closed form."""

from __future__ import annotations

import numpy as np
import pytest
from sweep_plans import theory, tiny

from pyscales.sweep import make_plan, merge_sweep, run_sweep, sweep_status
from pyscales.sweep.refine import explore


def circle(setting):
    """Inside or outside of the unit circle."""
    return "in" if setting["model.gain"] ** 2 + setting["degrees.sigma"] ** 2 < 1 else "out"


def plan_on_square(levels):
    axis = {"start": 0.0, "stop": 1.5, "count": 4}
    return make_plan(
        theory(
            over={"model.gain": axis, "degrees.sigma": axis},
            refine={"quantity": "dmft_phase", "levels": levels},
        )
    )


@pytest.mark.parametrize("levels", [1, 3, 5])
def test_boundary_is_bracketed_to_the_finest_spacing(levels):
    found = explore(plan_on_square(levels), circle)
    assert found.complete
    spacing = 0.5 / 2**levels
    assert found.boundary
    for centre, half in found.boundary:
        radius = np.hypot(centre["model.gain"], centre["degrees.sigma"])
        assert sum(half.values()) == spacing / 2
        assert abs(radius - 1) <= spacing
    angles = [np.arctan2(c["degrees.sigma"], c["model.gain"]) for c, _ in found.boundary]
    assert np.diff(np.sort(angles)).max() < 2.5 * spacing


def test_refinement_needs_fewer_points_than_the_full_grid():
    counts = [len(explore(plan_on_square(levels), circle).settings) for levels in (2, 3, 4, 5)]
    full = [(3 * 2**levels + 1) ** 2 for levels in (2, 3, 4, 5)]
    assert counts[-1] < 0.12 * full[-1]
    growth = np.diff(counts)
    assert np.all(growth[1:] < 2.5 * growth[:-1])


def test_each_level_waits_for_the_one_before():
    known = {}

    def label(setting):
        return known.get(repr(setting))

    plan = plan_on_square(2)
    sizes = []
    while True:
        found = explore(plan, label)
        sizes.append(len(found.settings))
        if found.complete:
            break
        known |= {repr(s): circle(s) for s in found.settings}
    assert sizes[0] == 16
    assert len(sizes) == 4
    assert sorted(set(found.levels)) == [0, 1, 2]
    assert len({repr(s) for s in found.settings}) == len(found.settings)


@pytest.mark.slow
def test_critical_line_of_the_theory(tmp_path):
    """Silent below exp(-sigma^2/2), to half the finest spacing."""
    plan = make_plan(
        theory(
            over={"model.gain": [0.5, 0.75, 1.0, 1.25], "degrees.sigma": [0.0, 0.8]},
            refine={"quantity": "dmft_phase", "levels": 2},
        )
    )
    result = run_sweep(plan, tmp_path)
    assert result.complete
    merged = merge_sweep(tmp_path)
    along_gain = merged["boundary_gain_error"].values > 0
    gain = merged["boundary_gain"].values[along_gain]
    sigma = merged["boundary_sigma"].values[along_gain]
    error = merged["boundary_gain_error"].values[along_gain]
    np.testing.assert_allclose(error, 0.25 / 8)
    assert np.all(np.abs(gain - np.exp(-(sigma**2) / 2)) <= error + 1e-12)
    assert len(gain) >= 4
    assert set(merged["level"].values) == {0, 1, 2}
    again = run_sweep(None, tmp_path)
    assert (again.computed, again.kept) == (0, result.computed)


@pytest.mark.slow
def test_shards_refine_together(tmp_path):
    over = {"model.gain": [0.5, 1.0, 1.5]}
    refine = {"quantity": "simulation_temporal_variance", "threshold": 1e-3, "levels": 2}
    plan = make_plan(tiny(over=over, refine=refine, repeats=2))
    run_sweep(plan, tmp_path / "whole")
    waits = 0
    for _ in range(10):
        results = [run_sweep(plan, tmp_path / "parts", shard=(i, 2)) for i in (1, 2)]
        waits += sum(r.waiting for r in results)
        if results[-1].complete:
            break
    assert waits > 0
    assert sweep_status(tmp_path / "parts").computed_once == results[-1].total
    assert merge_sweep(tmp_path / "parts").identical(merge_sweep(tmp_path / "whole"))


def test_unknown_quantity_is_named(tmp_path):
    plan = make_plan(theory(over={"model.gain": [0.5, 1.5]}, refine={"quantity": "phase"}))
    with pytest.raises(Exception, match="dmft_phase"):
        run_sweep(plan, tmp_path)


def test_a_number_needs_a_threshold(tmp_path):
    refine = {"quantity": "dmft_d0"}
    plan = make_plan(theory(over={"model.gain": [0.5, 1.5]}, refine=refine))
    with pytest.raises(Exception, match="threshold"):
        run_sweep(plan, tmp_path)
