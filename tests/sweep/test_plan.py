"""Plans, their points, and what is refused."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from sweep_plans import tiny

from pyscales.errors import InputError
from pyscales.sweep import SweepFolder, make_plan, read_plan


def keys(plan):
    return [p.key for p in plan.points()]


def test_grid_is_the_product_of_its_axes_and_repeats():
    plan = make_plan(
        tiny(over={"model.gain": [1.0, 2.0], "degrees.sigma": [0.0, 0.5, 1.0]}, repeats=2)
    )
    found = [(p.values["model.gain"], p.values["degrees.sigma"], p.repeat) for p in plan.points()]
    assert found == list(itertools.product([1.0, 2.0], [0.0, 0.5, 1.0], [0, 1]))
    assert plan.shape == (2, 3)
    assert all(p.config["model"]["gain"] == p.values["model.gain"] for p in plan.points())
    assert len(set(keys(plan))) == 12


def test_spaced_values():
    plan = make_plan(
        tiny(
            over={
                "model": {"gain": {"start": 1, "stop": 2, "count": 5}},
                "degrees": {"sigma": {"start": 0.01, "stop": 1, "count": 3, "spacing": "log"}},
            }
        )
    )
    assert plan.axes[0].values == (1.0, 1.25, 1.5, 1.75, 2.0)
    np.testing.assert_allclose(plan.axes[1].values, [0.01, 0.1, 1.0], rtol=1e-15)


def test_list_of_points_resolves_keys_left_out():
    plan = make_plan(tiny(points=[{"model": {"gain": 1.2}}, {"degrees.sigma": 0.3}]))
    values = [p.values for p in plan.points()]
    assert values == [
        {"model.gain": 1.2, "degrees.sigma": None},
        {"model.gain": 1.5, "degrees.sigma": 0.3},
    ]


def test_key_depends_on_content_alone():
    over = {"model.gain": [1.0, 2.0]}
    base = keys(make_plan(tiny(over=over)))
    assert keys(make_plan(tiny(over={"model.gain": [2.0, 1.0]}))) == base[::-1]
    assert keys(make_plan(tiny(over=over), ["simulation.workers=7"])) == base
    assert not set(keys(make_plan(tiny(over=over), ["model.n=41"]))) & set(base)
    assert not set(keys(make_plan(tiny(over=over), ["run.seed=2"]))) & set(base)


def test_seeds_differ_between_points_and_repeats_unless_shared():
    over = {"model.gain": [1.0, 2.0]}
    seeds = [p.config["run"]["seed"] for p in make_plan(tiny(over=over, repeats=3)).points()]
    assert len(set(seeds)) == 6
    shared = make_plan(tiny(over=over, repeats=3, seeds="shared")).points()
    seeds = [p.config["run"]["seed"] for p in shared]
    assert seeds[:3] == seeds[3:]
    assert len(set(seeds)) == 3


def test_degree_file_counts_by_content(tmp_path):
    (tmp_path / "a.txt").write_text("1\n1\n2\n2\n3\n3\n")
    (tmp_path / "b.txt").write_text("1\n1\n2\n2\n3\n4\n")
    (tmp_path / "moved").mkdir()
    (tmp_path / "moved" / "c.txt").write_text("1\n1\n2\n2\n3\n3\n")
    text = (
        '[run]\njobs = ["critical-gain"]\n[degrees]\nlaw = "empirical"\n'
        '[sweep.over]\ndegrees.file = ["a.txt", "b.txt", "moved/c.txt"]\n'
    )
    (tmp_path / "plan.toml").write_text(text)
    points = read_plan(tmp_path / "plan.toml").points()
    assert points[0].key == points[2].key
    assert points[0].key != points[1].key
    assert points[0].config["degrees"]["file"] == str(tmp_path / "a.txt")


@pytest.mark.parametrize(
    ("sweep", "field"),
    [
        ({}, "sweep"),
        ({"over": {"model.gain": [1.0]}, "points": [{"model.gain": 1.0}]}, "sweep"),
        ({"over": {"model.gain": []}}, "sweep.over.model.gain"),
        ({"over": {"model.gain": 1.0}}, "sweep.over.model.gain"),
        ({"over": {"model.gain": [1.0, 1.0]}}, "sweep.over.model.gain"),
        ({"over": {"model.gain": {"start": 1, "stop": 2}}}, "sweep.over.model.gain"),
        (
            {"over": {"model.gain": {"start": 1, "stop": 2, "count": 0}}},
            "sweep.over.model.gain.count",
        ),
        (
            {"over": {"model.gain": {"start": 0, "stop": 2, "count": 3, "spacing": "log"}}},
            "sweep.over.model.gain",
        ),
        ({"over": {"model.gian": [1.0]}}, "model.gian"),
        ({"over": {"model.gain": ["much"]}}, "model.gain"),
        ({"over": {"model.gain": [-1.0]}}, "gain"),
        ({"over": {"model.n": [100, 5]}}, "n"),
        ({"over": {"model.gain": [1.0]}, "repeats": 0}, "sweep.repeats"),
        ({"over": {"model.gain": [1.0]}, "repeat": 2}, "sweep.repeat"),
        ({"over": {"run.jobs": [["phase-diagram"]]}}, "run.jobs"),
        (
            {"over": {"model.gain": {"start": 0, "stop": 1, "count": 1000}}, "repeats": 1001},
            "sweep",
        ),
        ({"over": {"model.n": [50, 60]}, "refine": {"quantity": "x"}}, "sweep.refine"),
        ({"points": [{"model.gain": 1.0}], "refine": {"quantity": "x"}}, "sweep.refine"),
        (
            {"over": {"model.gain": [1.0, 3.0, 2.0]}, "refine": {"quantity": "x"}},
            "sweep.over.model.gain",
        ),
    ],
)
def test_bad_plans_are_refused_by_field(sweep, field):
    with pytest.raises(InputError) as caught:
        make_plan(tiny(**sweep)).points()
    assert caught.value.field == field


def test_another_plan_is_refused_with_what_differs(tmp_path):
    over = {"model.gain": [1.0, 2.0]}
    folder = SweepFolder(tmp_path)
    folder.adopt(make_plan(tiny(over=over)))
    folder.adopt(make_plan(tiny(over=over)))
    with pytest.raises(InputError, match=r"base\.model\.n: 40 -> 41"):
        folder.adopt(make_plan(tiny(over=over), ["model.n=41"]))
    with pytest.raises(InputError, match=r"over\.model\.gain: \[1\.0, 2\.0\] -> \[1\.0\]"):
        folder.adopt(make_plan(tiny(over={"model.gain": [1.0]})))
    with pytest.raises(InputError, match="1 old points would be lost"):
        folder.adopt(make_plan(tiny(over={"model.gain": [1.0]})), extend=True)
    folder.adopt(make_plan(tiny(over={"model.gain": [1.0, 1.5, 2.0]}, repeats=2)), extend=True)
    assert folder.load_plan().repeats == 2


def test_other_versions_are_refused_by_name(tmp_path):
    from dataclasses import replace

    plan = make_plan(tiny(over={"model.gain": [1.0]}))
    folder = SweepFolder(tmp_path)
    folder.adopt(replace(plan, versions=plan.versions | {"numpy": "1.0"}))
    with pytest.raises(InputError, match=r"versions\.numpy"):
        folder.adopt(plan)


def test_plan_survives_its_file(tmp_path):
    plan = make_plan(
        tiny(
            over={"model.gain": {"start": 0.1, "stop": 2, "count": 7}},
            refine={"quantity": "simulation_phase", "levels": 2},
        )
    )
    folder = SweepFolder(tmp_path)
    folder.adopt(plan)
    assert keys(folder.load_plan()) == keys(plan)
