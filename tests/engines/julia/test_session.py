"""Processes with Julia in them: Ctrl-C, two at once, loky, threads, start-up time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time

import numpy as np
import pytest

pytestmark = pytest.mark.julia

HEAD = """
import sys, time
import numpy as np
from pyscales.engines import SamplingPlan
from pyscales.engines.julia.engine import JuliaEngine
from pyscales.network import sample_network

def job(duration, workers=1, n=400):
    w = sample_network(np.full(n, 40.0), symmetry=0.0, seed=1).scaled(1.8)
    x0 = np.random.default_rng(0).standard_normal((2, n))
    return JuliaEngine().integrate(w, x0, SamplingPlan(0.0, duration, 0.5, 20), workers=workers)
"""


def python(script, **options):
    return subprocess.Popen(
        [sys.executable, "-c", HEAD + textwrap.dedent(script)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


@pytest.mark.parametrize("workers", [pytest.param(1, marks=pytest.mark.slow), 2])
def test_ctrl_c_during_a_long_solve(workers):
    process = python(f"""
        job(2.0, {workers})
        print("solving", flush=True)
        try:
            job(1e7, {workers})
        except KeyboardInterrupt:
            print("interrupted", flush=True)
        # Julia is still there, and Python still gets its signals.
        print(job(2.0).status.retcode, flush=True)
        try:
            time.sleep(30)
        except KeyboardInterrupt:
            print("interrupted again", flush=True)
    """)
    try:
        assert process.stdout.readline().strip() == "solving"
        time.sleep(1.5)
        for word in ("interrupted", "interrupted again"):
            sent = time.perf_counter()
            process.send_signal(signal.SIGINT)
            assert process.stdout.readline().strip() == word
            assert time.perf_counter() - sent < 2.0
            if word == "interrupted":
                assert process.stdout.readline().strip() == "success"
                time.sleep(0.5)
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
    finally:
        process.kill()


@pytest.mark.slow
def test_ctrl_c_of_a_command_keeps_what_was_finished(tmp_path):
    command = [sys.executable, "-m", "pyscales", "simulate", "--n", "200", "--mean-degree", "20"]
    command += ["--engine", "julia", "--networks", "100000", "--duration", "60", "-q"]
    command += ["--set", "simulation.max_lag=0"]
    command += ["--out", str(tmp_path)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        parts = tmp_path / "parts"
        limit = time.time() + 120
        while time.time() < limit and not (parts.is_dir() and len(list(parts.glob("*.nc"))) >= 3):
            time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        sent = time.perf_counter()
        _, err = process.communicate(timeout=30)
        assert time.perf_counter() - sent < 3.0
        assert process.returncode == 130
        assert "interrupted" in err
        assert len(list(parts.glob("*.nc"))) >= 3
    finally:
        process.kill()


@pytest.mark.slow
def test_sigterm_ends_the_process():
    process = python("""
        job(2.0, 2)
        print("solving", flush=True)
        job(1e7, 2)
    """)
    try:
        assert process.stdout.readline().strip() == "solving"
        process.terminate()
        process.communicate(timeout=20)
        assert process.returncode == -signal.SIGTERM
    finally:
        process.kill()


def test_two_processes_at_once_and_threads_give_the_same_numbers():
    script = "print(repr(job(20.0, {}).autocorrelation_phi.sum()))"
    both = [python(script.format(workers)) for workers in (1, 2)]
    results = [process.communicate(timeout=300) for process in both]
    assert all(process.returncode == 0 for process in both), results
    assert results[0][0] == results[1][0]
    assert results[0][0].strip()


@pytest.mark.slow
def test_environment_after_the_start_is_that_before():
    process = python("""
        import os
        before = dict(os.environ)
        job(1.0)
        after = dict(os.environ)
        changed = {k for k in before | after if before.get(k) != after.get(k)}
        print(sorted(k for k in changed if k != "JULIA_PYTHONCALL_EXE"))
        print(sys.modules.get("juliapkg"))
    """)
    out, err = process.communicate(timeout=300)
    assert out.splitlines() == ["[]", "None"], out + err


@pytest.mark.slow
def test_loky_workers():
    from joblib import Parallel, delayed

    def one(seed):
        from pyscales import Lognormal, Model, Simulation, simulate

        run = Simulation(n_trials=1, transient=1.0, duration=4.0, max_lag=0.0)
        model = Model(Lognormal(10.0, 0.3), 1.5, n=60)
        return float(simulate(model, run, seed=seed, engine="julia")["variance_x"][0, 0])

    found = Parallel(n_jobs=2, backend="loky")(delayed(one)(seed) for seed in (1, 2, 1))
    assert found[0] == found[2] != found[1]
    assert np.isfinite(found).all()


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_process_is_refused():
    process = python("""
        import os
        job(1.0)
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            from pyscales.errors import EngineError
            try:
                job(1.0)
            except EngineError as error:
                print("refused" if "loky" in str(error) else error, flush=True)
            os._exit(0)
        os.waitpid(child, 0)
    """)
    out, err = process.communicate(timeout=300)
    assert out.strip() == "refused", out + err


@pytest.mark.slow
def test_another_thread_is_refused():
    process = python("""
        import threading
        job(1.0)
        def other():
            from pyscales.errors import EngineError
            try:
                job(1.0)
            except EngineError as error:
                print("refused" if "thread" in str(error) else error, flush=True)
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    """)
    out, err = process.communicate(timeout=300)
    assert out.strip() == "refused", out + err


def test_first_call_of_a_fresh_process():
    started = time.perf_counter()
    process = python("print(job(2.0).status.method)")
    out, err = process.communicate(timeout=300)
    assert out.strip() == "Tsit5", err
    # 8 s on an idle machine; tests may share it.
    assert time.perf_counter() - started < 40
