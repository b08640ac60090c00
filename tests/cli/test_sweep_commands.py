"""sweep init, plan, run, status, merge on the command line."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

PLAN = """
[run]
jobs = ["critical-gain"]
[sweep.over]
degrees.sigma = [0.0, 0.5]
model.symmetry = [-0.5, 0.0]
"""


@pytest.fixture
def plan_file(tmp_path):
    path = tmp_path / "plan.toml"
    path.write_text(PLAN)
    return path


def test_plan_run_status_merge(cli, plan_file, tmp_path):
    folder = tmp_path / "s"
    planned = cli("sweep", "plan", plan_file, "--out", folder, "--json").json
    assert planned["points"] == 4
    assert planned["shape"] == "2 x 2"
    assert cli("sweep", "status", folder, "--json").json["missing"] == 4
    half = cli("sweep", "run", folder, "--shard", "1/2", "-q", "--json").json
    assert (half["computed now"], half["complete"]) == (2, False)
    assert cli("sweep", "merge", folder).code == 2
    assert cli("sweep", "merge", folder, "--partial", "--json").json["finished"] == 2
    rest = cli("sweep", "run", plan_file, "--out", folder, "-q", "--json").json
    assert (rest["computed now"], rest["kept"], rest["complete"]) == (2, 2, True)
    status = cli("sweep", "status", folder, "--json").json
    assert (status["finished"], status["computed_once"]) == (4, 4)
    merged = cli("sweep", "merge", folder, "--json").json
    assert "critical_gain" in merged["variables"]
    assert merged["dims"] == "sigma 2, symmetry 2"


def test_template_is_a_plan(cli, tmp_path):
    file = tmp_path / "plan.toml"
    assert cli("sweep", "init", file).code == 0
    assert cli("sweep", "init", file).code == 2
    assert cli("sweep", "init").out == file.read_text()
    assert cli("sweep", "plan", file, "--json").json["points"] == 8
    text = file.read_text().replace("# [sweep.refine]", "[sweep.refine]")
    text = text.replace("# quantity", "quantity").replace("# levels", "levels")
    file.write_text(text)
    assert "simulation_phase" in cli("sweep", "plan", file, "--json").json["refine"]


def test_changed_plan_says_what_differs(cli, plan_file, tmp_path):
    cli("sweep", "plan", plan_file, "--out", tmp_path / "s")
    done = cli(
        "sweep", "run", plan_file, "--out", tmp_path / "s", "--set", "degrees.mean_degree=50"
    )
    assert done.code == 2
    assert "base.degrees.mean_degree: absent -> 50" in done.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "nowhere.toml"),
        ("status", "nowhere"),
        ("merge", "nowhere"),
        ("run", "PLAN", "--shard", "5/2"),
        ("run", "PLAN", "--executor", "cloud"),
        ("run", "PLAN", "--executor", "dask"),
        ("run", "PLAN", "--workers", 0),
        ("run", "PLAN", "--claims", "maybe"),
        ("run", "PLAN", "--slurm", "mem", "--executor", "slurm"),
        ("run", "PLAN", "--executor", "dask", "--address", "tcp://127.0.0.1:9"),
    ],
)
def test_bad_input_is_exit_2(cli, plan_file, tmp_path, monkeypatch, arguments):
    monkeypatch.chdir(tmp_path)
    done = cli("sweep", *[plan_file if a == "PLAN" else a for a in arguments])
    assert done.code == 2
    assert done.err.startswith("pyscales: ")
    assert "Traceback" not in done.err


def test_missing_extra_is_exit_4(cli, plan_file, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "submitit", None)
    done = cli("sweep", "run", plan_file, "--out", tmp_path / "s", "--executor", "slurm")
    assert done.code == 4
    assert "pyscales[slurm]" in done.err


def test_slurm_that_takes_no_job_is_exit_4(cli, plan_file, tmp_path, monkeypatch):
    for name in ("sbatch", "srun"):
        program = tmp_path / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text("#!/bin/sh\necho 'Unable to contact slurm controller' >&2\nexit 1\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    pytest.importorskip("submitit")
    done = cli("sweep", "run", plan_file, "--out", tmp_path / "s", "--executor", "slurm")
    assert done.code == 4
    assert "Unable to contact slurm controller" in done.err
    assert "Traceback" not in done.err


def test_failed_point_sets_the_exit_code(cli, plan_file, tmp_path):
    done = cli(
        "sweep", "run", plan_file, "--out", tmp_path / "s", "-q", "--set", "run.jobs=['simulate']"
    )
    assert done.code == 2
    assert "failed: degrees.sigma = 0, model.symmetry = -0.5" in done.err


@pytest.mark.parametrize("workers", [1, 2])
def test_ctrl_c_keeps_what_is_finished(plan_file, tmp_path, workers):
    plan_file.write_text(
        '[run]\njobs = ["simulate"]\n[model]\nn = 300\n[degrees]\nmean_degree = 20\n'
        "[simulation]\nn_trials = 1\nmax_lag = 0\n"
        "[sweep.over]\nmodel.gain = { start = 1, stop = 2, count = 300 }\n"
    )
    folder = tmp_path / "s"
    process = subprocess.Popen(
        [sys.executable, "-m", "pyscales", "sweep", "run", plan_file, "--out", folder]
        + ["--workers", str(workers)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    deadline = time.time() + 120
    while not list((folder / "points").glob("[!.]*.nc")) and time.time() < deadline:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted" in err
    assert "kept" in err
    if workers == 1:  # a worker process interrupted while it starts prints what Python prints
        assert "Traceback" not in err
    assert list((folder / "points").glob("[!.]*.nc"))
