"""Runs in one process: results, resumption, damage, failures, merging."""

from __future__ import annotations

import json

import numpy as np
import pytest
import xarray as xr
from sweep_plans import theory, tiny

from pyscales import Lognormal, Model, Simulation, simulate
from pyscales.errors import EngineError, InputError
from pyscales.simulation import estimate_over_networks
from pyscales.sweep import SweepFolder, make_plan, merge_sweep, run_sweep, sweep_status
from pyscales.sweep.executors import Executor
from pyscales.sweep.journal import history, note
from pyscales.sweep.run import parse_shard


def test_points_are_the_simulations_they_stand_for(tmp_path, grid):
    plan = make_plan(grid)
    result = run_sweep(plan, tmp_path)
    assert (result.computed, result.kept, result.complete) == (4, 0, True)
    merged = merge_sweep(tmp_path)
    assert merged["simulation_variance_x"].dims == ("gain", "repeat")
    point = plan.points()[3]
    model = Model(Lognormal(8.0, 0.5), 2.0, n=40)
    direct = simulate(
        model,
        Simulation(n_trials=1, transient=2.0, duration=10.0, max_lag=0.0),
        seed=point.config["run"]["seed"],
    )
    expected = estimate_over_networks(direct["variance_x"].values).mean
    assert float(merged["simulation_variance_x"][1, 1]) == expected
    assert merged["simulation_phase"].values[1, 1] == direct.attrs["phase"]
    np.testing.assert_allclose(merged["critical_gain"], merged["critical_gain"][0, 0])
    for variable in merged.data_vars.values():
        assert variable.attrs["units"]
        assert variable.attrs["long_name"]


def test_repeats_are_independent(tmp_path, grid):
    run_sweep(make_plan(grid), tmp_path)
    merged = merge_sweep(tmp_path)
    chaotic = merged["simulation_variance_x"].values[1]
    assert chaotic[0] != chaotic[1]


def test_second_run_computes_nothing_and_merges_to_the_same_bytes(tmp_path, grid):
    plan = make_plan(grid)
    run_sweep(plan, tmp_path)
    merge_sweep(tmp_path)
    first = (tmp_path / "merged.nc").read_bytes()
    result = run_sweep(None, tmp_path)
    assert (result.computed, result.kept) == (0, 4)
    merge_sweep(tmp_path)
    assert (tmp_path / "merged.nc").read_bytes() == first


def test_extended_plan_keeps_what_is_there(tmp_path):
    run_sweep(make_plan(tiny(over={"model.gain": [1.0, 2.0]})), tmp_path)
    more = make_plan(tiny(over={"model.gain": [1.0, 1.5, 2.0]}))
    with pytest.raises(InputError):
        run_sweep(more, tmp_path)
    result = run_sweep(more, tmp_path, extend=True)
    assert (result.computed, result.kept) == (1, 2)


def _flip(path):
    data = bytearray(path.read_bytes())
    with xr.open_dataset(path, engine="h5netcdf") as d:
        needle = d["numbers"].values.tobytes()
    at = data.find(needle)
    assert at >= 0
    data[at] ^= 1
    path.write_bytes(bytes(data))


@pytest.mark.parametrize("harm", ["cut", "empty", "garbage", "flipped bit", "another point"])
def test_damaged_files_are_found_named_and_computed_again(tmp_path, grid, harm):
    run_sweep(make_plan(grid), tmp_path)
    before = merge_sweep(tmp_path)
    victim, other = sorted((tmp_path / "points").glob("*.nc"))[:2]
    if harm == "cut":
        victim.write_bytes(victim.read_bytes()[:1000])
    elif harm == "empty":
        victim.write_bytes(b"")
    elif harm == "garbage":
        victim.write_bytes(b"not a file of this kind" * 100)
    elif harm == "flipped bit":
        _flip(victim)
    else:
        victim.write_bytes(other.read_bytes())
    status = sweep_status(tmp_path)
    assert list(status.damaged) == [victim.name]
    assert (status.finished, status.missing) == (3, 1)
    with pytest.raises(InputError, match=victim.name):
        merge_sweep(tmp_path)
    result = run_sweep(None, tmp_path)
    assert (result.computed, result.kept) == (1, 3)
    assert victim.name in result.damaged[0]
    assert merge_sweep(tmp_path).identical(before)
    after = sweep_status(tmp_path)
    assert (after.finished, after.computed_again, after.damaged) == (4, 0, {})


def test_half_written_parts_are_removed(tmp_path, grid):
    plan = make_plan(grid)
    folder = SweepFolder(tmp_path)
    folder.points.mkdir()
    left = folder.points / f".{plan.points()[0].key}.nc.12345.part"
    left.write_bytes(b"half")
    run_sweep(plan, tmp_path)
    assert not left.exists()


def test_partial_merge_marks_what_is_missing(tmp_path, grid):
    plan = make_plan(grid)
    run_sweep(plan, tmp_path)
    whole = merge_sweep(tmp_path)
    SweepFolder(tmp_path).file_of(plan.points()[1]).unlink()
    part = merge_sweep(tmp_path, tmp_path / "part.nc", partial=True)
    assert np.isnan(part["simulation_variance_x"].values[0, 1])
    assert part["simulation_phase"].values[0, 1] == ""
    assert part["simulation_variance_x"].values[1, 1] == whole["simulation_variance_x"].values[1, 1]
    assert int(part.attrs["n_finished"]) == 3


def test_a_failing_point_stops_no_other(tmp_path):
    plan = make_plan(
        {
            "run": {"jobs": ["simulate"]},
            "model": {"gain": 1.0},
            "degrees": {"mean_degree": 8.0},
            "simulation": {"n_trials": 1, "transient": 2.0, "duration": 10.0, "max_lag": 0.0},
            "sweep": {"points": [{"model.n": 40}, {"model.gain": 2.0}]},
        }
    )
    result = run_sweep(plan, tmp_path)
    assert result.computed == 1
    assert len(result.failed) == 1
    assert "model.gain = 2" in result.failed[0].message
    assert "number of neurons" in result.failed[0].message
    assert result.failed[0].exit_code == 2
    assert not result.complete
    status = sweep_status(tmp_path)
    assert list(status.failed.values()) == [result.failed[0].message]


def test_kept_arrays_and_their_coordinates(tmp_path):
    plan = make_plan(theory(over={"model.gain": [1.5, 2.0]}, keep=["dmft.autocorrelation_x"]))
    run_sweep(plan, tmp_path)
    merged = merge_sweep(tmp_path)
    assert merged["dmft_autocorrelation_x"].dims == ("gain", "dmft_lag")
    np.testing.assert_allclose(merged["dmft_autocorrelation_x"][:, 0], merged["dmft_variance_x"])
    assert merged["dmft_lag_values"].shape == (2, 20)
    wrong = make_plan(theory(over={"model.gain": [1.5]}, keep=["dmft.nothing"]))
    failed = run_sweep(wrong, tmp_path / "wrong").failed
    assert "sweep.keep" in failed[0].message
    assert "dmft.autocorrelation_x" in failed[0].message


def test_timescales_of_a_point(tmp_path):
    data = tiny(over={"model.gain": [2.0]})
    data["run"]["jobs"] = ["timescales"]
    data["degrees"]["mean_degree"] = 15.0
    data["model"]["n"] = 120
    data["simulation"] |= {"transient": 20.0, "duration": 60.0, "max_lag": 20.0}
    data["timescales"] = {"methods": ["hwhm"]}
    run_sweep(make_plan(data), tmp_path)
    merged = merge_sweep(tmp_path)
    low, middle, high = (
        float(merged[f"timescales_hwhm_{q}"][0])
        for q in ("lower_quartile", "median", "upper_quartile")
    )
    assert 0 < low <= middle <= high
    assert (
        merged["timescales_hwhm_spearman_low"]
        <= merged["timescales_hwhm_spearman"]
        <= merged["timescales_hwhm_spearman_high"]
    ).all()


def test_networks_of_an_interrupted_point_are_kept(tmp_path, monkeypatch):
    data = tiny(over={"model.gain": [2.0]})
    data["simulation"]["n_networks"] = 3
    plan = make_plan(data)
    from pyscales.simulation import driver

    calls = []
    original = driver._one_network

    def stop_at_third(*args, **kwargs):
        calls.append(args[3])
        if len(calls) == 3:
            raise KeyboardInterrupt
        return original(*args, **kwargs)

    monkeypatch.setattr(driver, "_one_network", stop_at_third)
    with pytest.raises(KeyboardInterrupt):
        run_sweep(plan, tmp_path)
    calls.clear()
    run_sweep(plan, tmp_path)
    assert calls == [2]
    assert not list((tmp_path / "parts").iterdir())


def test_log_survives_a_torn_line(tmp_path):
    note(tmp_path, "started", "a")
    file = next(tmp_path.glob("*.jsonl"))
    with open(file, "a") as handle:
        handle.write('{"event": "finis')
    note(tmp_path, "finished", "b", seconds=1.5)
    found = history(tmp_path)
    assert dict(found.started) == {"a": 1}
    assert dict(found.finished) == {"b": 1}
    assert found.seconds == 1.5


def test_worker_with_other_versions_refuses(tmp_path, monkeypatch):
    from pyscales.sweep import worker

    plan = make_plan(theory(over={"model.gain": [1.5]}))
    monkeypatch.setattr(worker, "relevant_versions", lambda: {"numpy": "0"})
    result = run_sweep(plan, tmp_path)
    assert "the plan was made with" in result.failed[0].message


@pytest.mark.parametrize("text", ["0/2", "3/2", "a/b", "1", "1/2/3"])
def test_bad_shards(text):
    with pytest.raises(InputError):
        parse_shard(text)


def test_shards_partition_the_points(tmp_path, grid):
    plan = make_plan(grid)
    first = run_sweep(plan, tmp_path, shard=(1, 3))
    assert not first.complete
    second = run_sweep(plan, tmp_path, shard=(2, 3))
    third = run_sweep(plan, tmp_path, shard=(3, 3))
    assert [r.computed for r in (first, second, third)] == [2, 1, 1]
    assert third.complete


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "cloud"},
        {"workers": 0},
        {"name": "dask"},
        {"address": "tcp://x:1"},
        {"slurm": {"mem_gb": 1}},
    ],
)
def test_bad_executors(wrong):
    with pytest.raises(InputError):
        Executor(**wrong)


@pytest.mark.parametrize(
    ("executor", "package", "extra"),
    [
        (Executor("dask", address="tcp://127.0.0.1:1"), "distributed", "dask"),
        (Executor("slurm"), "submitit", "slurm"),
    ],
)
def test_missing_package_is_named_with_its_extra(
    tmp_path, grid, monkeypatch, executor, package, extra
):
    import sys

    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(EngineError, match=rf"pyscales\[{extra}\]"):
        run_sweep(make_plan(grid), tmp_path, executor=executor)


def test_attributes_hold_no_clock_and_no_machine(tmp_path, grid):
    run_sweep(make_plan(grid), tmp_path)
    merged = merge_sweep(tmp_path)
    plan = json.loads(merged.attrs["plan"])
    assert plan["repeats"] == 2
    assert set(merged.attrs) == {"job", "plan", "versions", "n_points", "n_finished"}


def test_lyapunov_exponents_of_a_point(tmp_path):
    data = tiny(over={"model.gain": [0.5, 2.0]})
    data["run"]["jobs"] = ["lyapunov"]
    data["lyapunov"] = {"transient": 20.0, "duration": 40.0}
    run_sweep(make_plan(data), tmp_path)
    largest = merge_sweep(tmp_path)["lyapunov_max"]
    assert float(largest[0]) < -0.3
    assert largest[0] < largest[1]
