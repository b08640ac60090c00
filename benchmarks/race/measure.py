"""The measured pieces: each writes one JSON file, and is not repeated while that file exists."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.race import drive, settings
from benchmarks.race.settings import Entry


def problem_file(folder: Path, n: int) -> Path:
    """The network of n neurons, sampled if it is missing."""
    path = folder / f"network-{n}.npz"
    if not path.exists():
        from benchmarks.race.problem import make

        make(path, n)
    return path


def accuracy_file(folder: Path, run: tuple[str, str, str, float]) -> Path:
    """Where the accuracy of (contender, precision, method, step) is kept."""
    contender, precision, method, step = run
    return folder / f"accuracy-{contender}-{precision}-{method}-{step:.4g}.json"


def measure_accuracy(folder: Path, run: tuple[str, str, str, float], python: str) -> dict[str, Any]:
    """Autocovariances of x at the lags of the settings, eight trials."""
    contender, precision, method, step = run
    options = {"trials": 8, "precision": precision, "threads": 2, "method": method, "step": step}
    worker = drive.Worker(python, contender, problem_file(folder, settings.ACCURACY_N), options)
    found = worker.ask(
        do="statistics",
        units=settings.ACCURACY_UNITS,
        chunk=settings.CHUNK,
        lags=settings.LAGS,
    )
    worker.close()
    row: dict[str, Any] = {"run": run}
    row["evaluations per unit"] = found["evaluations"] / settings.ACCURACY_UNITS
    row["products"] = [mean_and_error(series) for series in found["products"]]
    accuracy_file(folder, run).write_text(json.dumps(row, indent=1))
    return row


def mean_and_error(series: list[float], blocks: int = 20) -> tuple[float, float]:
    """Time average and its standard error from the means of blocks."""
    values = np.array(series)
    size = values.size // blocks
    means = values[: blocks * size].reshape(blocks, size).mean(axis=1)
    return float(values.mean()), float(means.std(ddof=1) / blocks**0.5)


def deviations(folder: Path, run: tuple[str, str, str, float]) -> list[tuple[float, float]]:
    """Difference of each autocovariance from the reference over its variance, standard error."""
    here = json.loads(accuracy_file(folder, run).read_text())["products"]
    exact = json.loads(accuracy_file(folder, settings.REFERENCE).read_text())["products"]
    variance = exact[0][0]
    return [
        ((a - b) / variance, float(np.hypot(e, f)) / variance)
        for (a, e), (b, f) in zip(here, exact, strict=True)
    ]


def admitted(folder: Path, run: tuple[str, str, str, float]) -> bool:
    """Whether no statistic is off by more than the tolerance and two standard errors."""
    return all(
        abs(value) < settings.TOLERANCE + 2 * error for value, error in deviations(folder, run)
    )


def accuracy_run(entry: Entry, setting: settings.Setting) -> tuple[str, str, str, float]:
    """The accuracy measurement that counts for an entry."""
    by = entry.measured_by or entry.module
    precision = "single" if by == "mkl_loop" else entry.precision
    return (by, precision, *setting)


def chosen_setting(folder: Path, entry: Entry) -> settings.Setting:
    """The admitted setting with fewest evaluations per unit of time.

    Raises
    ------
    LookupError
        If none is admitted.
    """
    found = []
    for setting in entry.settings:
        run = accuracy_run(entry, setting)
        if not accuracy_file(folder, run).exists():
            continue
        if admitted(folder, run):
            row = json.loads(accuracy_file(folder, run).read_text())
            found.append((row["evaluations per unit"], setting))
    if not found:
        raise LookupError(f"{entry.label}: no setting is accurate enough")
    return min(found)[1]


def time_file(folder: Path, n: int, trials: int, entry: Entry) -> Path:
    """Where the times of an entry are kept."""
    return folder / f"time-{n}-{trials}-{entry.key}.json"


def measure_time(
    folder: Path, n: int, trials: int, entry: Entry, chosen: list[str]
) -> dict[str, Any]:
    """Race of an entry against both engines of pyscales in its precision, alternating."""
    path = problem_file(folder, n)
    racers = [o for o in settings.OURS if o.precision == entry.precision]
    if entry not in racers:
        racers.append(entry)
    row: dict[str, Any] = {"n": n, "trials": trials, "precision": entry.precision}
    row["copy bandwidth"] = drive.copy_bandwidth(2)
    workers: dict[str, drive.Worker] = {}
    try:
        for racer in racers:
            method, step = chosen_setting(folder, racer)
            options = {
                "trials": trials,
                "precision": racer.precision,
                "threads": 2,
                "method": racer.name_of(method),
                "step": step,
            }
            python = drive.python_of(racer.module, chosen)
            workers[racer.key] = drive.Worker(python, racer.module, path, options)
            about = workers[racer.key].about
            copies = 1 if about["batched"] else trials
            row[racer.key] = {
                "label": racer.label,
                "version": about["version"],
                "method": method,
                "step": step,
                "copies": copies,
            }
        started = time.time()
        found = drive.alternate(workers, settings.REPEATS[n], settings.SECONDS[n])
        row["elapsed"] = time.time() - started
    except (RuntimeError, LookupError, OSError) as error:
        row["failed"] = str(error)
        found = {}
    finally:
        for worker in workers.values():
            worker.close()
    for key, values in found.items():
        copies = row[key]["copies"]
        row[key] |= values | {
            "seconds": [copies * s for s in values["seconds"]],
            "evaluations": copies * values["evaluations"],
        }
    time_file(folder, n, trials, entry).write_text(json.dumps(row, indent=1))
    return row
