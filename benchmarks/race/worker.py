"""One contender in a process of its own, told what to do by lines of JSON.

    python -m benchmarks.race.worker CONTENDER PROBLEM '{"trials": 1, ...}'

Each line of standard input is a request, each line of standard output its answer.
"""

from __future__ import annotations

import json
import os
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.race.problem import load


def statistics(contender: Any, units: int, chunk: int, lags: list[int]) -> dict[str, Any]:
    """x(t) x(t - lag) per unit of time, averaged over neurons and trials, for each lag."""
    contender.recording = True
    products: list[list[float]] = [[] for _ in lags]
    past: list[np.ndarray] = []
    evaluations = 0
    for _ in range(units // chunk):
        states = contender.advance(chunk)
        evaluations += contender.evaluations
        for x in contender.numpy(states).astype(np.float64):
            past = [x, *past[: max(lags)]]
            for lag, found in zip(lags, products, strict=True):
                if lag < len(past):
                    found.append(float(np.mean(x * past[lag])))
    return {"products": products, "evaluations": evaluations}


def main() -> None:
    """Build the contender, then serve."""
    name, path, options = sys.argv[1], Path(sys.argv[2]), json.loads(sys.argv[3])
    requests, answers = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w")
    # What libraries print goes to standard error, and nobody but this loop reads requests.
    os.dup2(2, 1)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    problem = load(path, options.pop("trials"))
    start = time.perf_counter()
    contender = import_module(f"benchmarks.race.contenders.{name}").Contender(problem, **options)
    answer: dict[str, Any] = {
        "ready": True,
        "version": contender.version,
        "batched": contender.batched,
        "setup_seconds": time.perf_counter() - start,
    }
    while True:
        answers.write(json.dumps(answer) + "\n")
        answers.flush()
        line = requests.readline()
        if not line:
            return
        request = json.loads(line)
        if request["do"] == "advance":
            start = time.perf_counter()
            contender.advance(request["units"])
            seconds = time.perf_counter() - start
            answer = {"seconds": seconds, "evaluations": contender.evaluations}
        else:
            answer = statistics(contender, request["units"], request["chunk"], request["lags"])


if __name__ == "__main__":
    main()
