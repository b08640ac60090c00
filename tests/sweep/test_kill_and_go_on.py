"""200 points, killed at random moments, any number of workers and kinds of executor: one result."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from slurm_cluster import has_slurm

from pyscales.sweep import make_plan, merge_sweep, run_sweep, sweep_status
from pyscales.sweep.executors import Executor
from pyscales.sweep.journal import history

pytestmark = pytest.mark.slow

PLAN = """
[run]
jobs = ["critical-gain", "simulate"]
[degrees]
mean_degree = 8.0
[model]
n = 40
[simulation]
n_trials = 1
transient = 2.0
duration = 10.0
max_lag = 0.0
[sweep]
repeats = 2
[sweep.over]
model.gain = { start = 0.5, stop = 2.4, count = 20 }
degrees.sigma = [0.0, 0.2, 0.4, 0.6, 0.8]
"""
POINTS = 200


@pytest.fixture(scope="module")
def plan_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("plan") / "plan.toml"
    path.write_text(PLAN)
    return path


@pytest.fixture(scope="module")
def reference(plan_file, tmp_path_factory):
    """One process, no interruption."""
    folder = tmp_path_factory.mktemp("reference")
    start(plan_file, folder).wait()
    merge_sweep(folder)
    return (folder / "merged.nc").read_bytes()


def start(plan_file, folder, *options):
    return subprocess.Popen(
        [sys.executable, "-m", "pyscales", "sweep", "run", plan_file, "--out", folder, *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def finished(folder: Path) -> int:
    return len(list((folder / "points").glob("[!.]*.nc")))


def kill_when(process, folder, count, whole_group, pause):
    """SIGKILL a moment after this many points; the workers too, or the parent alone."""
    while finished(folder) < count and process.poll() is None:
        time.sleep(0.002)
    time.sleep(pause)
    assert process.poll() is None, "the run ended before it could be killed"
    if whole_group:
        os.killpg(process.pid, signal.SIGKILL)
    else:
        os.kill(process.pid, signal.SIGKILL)
    process.wait()


def check(folder, reference):
    """The same bytes, and every point computed once."""
    merge_sweep(folder)
    assert (folder / "merged.nc").read_bytes() == reference
    found = sweep_status(folder)
    assert (found.total, found.finished, found.computed_once) == (POINTS, POINTS, POINTS)
    assert (found.computed_again, found.missing, found.running) == (0, 0, 0)
    counts = history(folder / "log").finished
    assert max(counts.values()) == 1
    return found


@pytest.mark.parametrize(("workers", "claims"), [(1, "lock"), (2, "lock"), (4, "lease")])
def test_three_kills(plan_file, tmp_path, reference, workers, claims):
    options = ("--workers", str(workers), "--claims", claims)
    rng = random.Random(workers)
    for low, whole_group in ((5, True), (60, False), (120, True)):
        process = start(plan_file, tmp_path, *options)
        kill_when(process, tmp_path, low + rng.randrange(40), whole_group, 0.1 * rng.random())
        assert finished(tmp_path) < POINTS
    assert start(plan_file, tmp_path, *options).wait() == 0
    found = check(tmp_path, reference)
    assert found.interrupted <= 3 * workers
    print(f"{workers} workers: {found}")


def test_two_shards_at_once(plan_file, tmp_path, reference):
    both = [start(plan_file, tmp_path, "--shard", f"{i}/2") for i in (1, 2)]
    assert [p.wait() for p in both] == [0, 0]
    check(tmp_path, reference)


def test_dask_cluster(plan_file, tmp_path, reference):
    distributed = pytest.importorskip("distributed")
    from pyscales.sweep import read_plan

    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None
    ) as cluster:
        result = run_sweep(
            read_plan(plan_file),
            tmp_path,
            executor=Executor("dask", address=cluster.scheduler_address),
        )
    assert (result.computed, result.complete) == (POINTS, True)
    check(tmp_path, reference)


@pytest.mark.skipif(not has_slurm(), reason="no Slurm cluster here")
def test_jobs_of_a_real_cluster(plan_file, tmp_path, reference):
    pytest.importorskip("submitit")
    from pyscales.sweep import read_plan

    executor = Executor("slurm", 2, slurm={"timeout_min": 10})
    result = run_sweep(read_plan(plan_file), tmp_path, executor=executor)
    assert (result.computed, result.complete) == (POINTS, True)
    check(tmp_path, reference)


def test_submitit_jobs(plan_file, tmp_path, reference):
    pytest.importorskip("submitit")
    from pyscales.sweep import read_plan

    result = run_sweep(
        read_plan(plan_file), tmp_path, executor=Executor("slurm", 2, cluster="local")
    )
    assert (result.computed, result.complete) == (POINTS, True)
    check(tmp_path, reference)


def test_threads_of_one_process_agree(tmp_path):
    """Claims hold between threads as well."""
    data = {
        "run": {"jobs": ["critical-gain"]},
        "sweep": {"over": {"model.symmetry": [i / 40 - 1 for i in range(1, 20)]}},
    }
    plan = make_plan(data)
    with ThreadPoolExecutor(3) as pool:
        results = list(pool.map(lambda _: run_sweep(plan, tmp_path), range(3)))
    assert sum(r.computed for r in results) == 19
    assert sum(r.kept for r in results) == 38
    assert json.loads((tmp_path / "plan.json").read_text())["repeats"] == 1
