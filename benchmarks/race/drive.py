"""Processes of contenders, and what is measured with them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]


class Worker:
    """A contender in its own interpreter; leaves its threads asleep between requests."""

    def __init__(self, python: str, contender: str, problem: Path, options: dict[str, Any]) -> None:
        threads = str(options["threads"])
        names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
        env = os.environ | dict.fromkeys(names, threads)
        env["PYTHONPATH"] = os.pathsep.join([str(ROOT), *filter(None, [env.get("PYTHONPATH")])])
        self.errors: list[str] = []
        self._process = subprocess.Popen(
            [python, "-m", "benchmarks.race.worker", contender, str(problem), json.dumps(options)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=env,
        )
        threading.Thread(target=self._read_errors, daemon=True).start()
        self.about = self._answer()

    def _read_errors(self) -> None:
        assert self._process.stderr
        for line in self._process.stderr:
            self.errors = [*self.errors[-20:], line.rstrip()]

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            self._process.wait()
            time.sleep(0.2)
            said = [e for e in self.errors if e.strip()]
            raise RuntimeError(said[-1] if said else f"exit code {self._process.returncode}")
        return json.loads(line)

    def ask(self, **request: Any) -> dict[str, Any]:
        """Send a request and wait for its answer."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin
        self._process.stdin.close()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()


def copy_bandwidth(threads: int) -> float:
    """Bytes read and written per second by memcpy of 128 MB in each of some threads."""
    pairs = [(np.ones(16_000_000), np.zeros(16_000_000)) for _ in range(threads)]
    best = np.inf
    for _ in range(5):
        jobs = [threading.Thread(target=np.copyto, args=(b, a)) for a, b in pairs]
        start = time.perf_counter()
        for job in jobs:
            job.start()
        for job in jobs:
            job.join()
        best = min(best, time.perf_counter() - start)
    return threads * 2 * pairs[0][0].nbytes / best


def busy_share(seconds: float) -> float:
    """Share of the machine's cores that is at work, measured over some time; 0 off Linux."""

    def times() -> tuple[int, int]:
        with open("/proc/stat", encoding="ascii") as stream:
            fields = [int(x) for x in stream.readline().split()[1:9]]
        return sum(fields), fields[3] + fields[4]

    if not os.path.exists("/proc/stat"):
        return 0.0
    total, idle = times()
    time.sleep(seconds)
    total_then, idle_then = times()
    return 1.0 - (idle_then - idle) / max(total_then - total, 1)


def wait_for_quiet(patience: float) -> float:
    """Wait until other work takes less than a tenth of the cores, at most `patience` seconds."""
    end = time.monotonic() + patience
    # Also until the threads of the last contender sleep.
    while (busy := busy_share(0.2)) > 0.1 and time.monotonic() < end:
        pass
    return busy


def alternate(
    workers: dict[str, Worker], repeats: int, seconds: float, patience: float = 0.0
) -> dict[str, dict[str, Any]]:
    """Seconds per unit of time of each contender, one after the other, `repeats` times.

    Every repeat spans as many units as take about `seconds`, from 5 to 200. Each waits up to
    `patience` seconds for the rest of the machine to be idle; "busy" says how busy it was.
    """
    found: dict[str, dict[str, Any]] = {}
    for name, worker in workers.items():
        worker.ask(do="advance", units=5)  # compiles, fills caches
        first = worker.ask(do="advance", units=5)["seconds"] / 5
        units = int(np.clip(round(seconds / first), 5, 200))
        worker.ask(do="advance", units=units)
        found[name] = {"units": units, "seconds": [], "busy": [], "evaluations": 0.0}
    for _ in range(repeats):
        for name, worker in workers.items():
            row = found[name]
            row["busy"].append(wait_for_quiet(patience))
            answer = worker.ask(do="advance", units=row["units"])
            row["seconds"].append(answer["seconds"] / row["units"])
            row["evaluations"] = answer["evaluations"] / row["units"]
    return found


def python_of(contender: str, chosen: list[str]) -> str:
    """Interpreter of a contender: NAME=PATH for one of them, PATH for all but pyscales' own."""
    named = dict(entry.split("=", 1) for entry in chosen if "=" in entry)
    general = [entry for entry in chosen if "=" not in entry]
    if contender.startswith("pyscales"):
        return sys.executable
    return named.get(contender, general[-1] if general else sys.executable)
