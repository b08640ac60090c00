"""Command of the race.

    python -m benchmarks.race [--python PATH] [--python CONTENDER=PATH] [--only TEXT] [--plan]

Measures every piece that has no result yet, then writes `benchmarks/RESULTS.md`. Peers run in the
interpreters given (see `benchmarks/peers.txt`), pyscales in this one. `--plan` prints the missing
pieces, `--only` runs those whose name contains a text, so that pieces can be run one by one.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from benchmarks.race import drive, measure, settings


def pieces(folder: Path, chosen: list[str]) -> dict[str, tuple[Path, Callable[[], object]]]:
    """Name -> (its file, what to call), in order."""
    found: dict[str, tuple[Path, Callable[[], object]]] = {}
    for run in settings.accuracy_runs():
        path = measure.accuracy_file(folder, run)
        python = drive.python_of(run[0], chosen)
        found[path.stem] = (path, lambda r=run, p=python: measure.measure_accuracy(folder, r, p))
    for n in settings.SIZES:
        for trials in settings.TRIALS:
            for entry in settings.PEERS:
                if n > entry.largest or trials > entry.most_trials:
                    continue
                path = measure.time_file(folder, n, trials, entry)
                found[path.stem] = (
                    path,
                    lambda n=n, t=trials, e=entry: measure.measure_time(folder, n, t, e, chosen),
                )
    return found


def main() -> None:
    """Measure what is missing, then report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", action="append", default=[], help="interpreter of the peers")
    parser.add_argument("--folder", type=Path, default=Path("benchmarks/race-results"))
    parser.add_argument("--only", default="", help="pieces whose name contains this")
    parser.add_argument("--plan", action="store_true", help="print the missing pieces")
    parser.add_argument("--no-report", action="store_true")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    for name, (path, run) in pieces(options.folder, options.python).items():
        if path.exists() or options.only not in name:
            continue
        print(name, flush=True)
        if options.plan:
            continue
        try:
            run()
        except RuntimeError as error:
            print(f"  {error}", flush=True)
    if not (options.plan or options.no_report):
        from benchmarks.race.report import write

        write(options.folder, Path(__file__).resolve().parents[1] / "RESULTS.md")


if __name__ == "__main__":
    main()
