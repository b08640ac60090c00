"""run CONFIG: the jobs of a configuration file, in one resumable folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from pyscales.cli import options as o
from pyscales.cli.output import keep_in, progress, remark, warn


def run(
    config_file: Annotated[Path, typer.Argument(metavar="CONFIG", help="TOML configuration.")],
    out: o.Out = None,
    set_: o.Set = None,
    quiet: o.Quiet = False,
) -> None:
    """Run the jobs of a configuration; finished parts are kept and reused."""
    from pyscales.cli.run_folder import write_run
    from pyscales.config import load_config, make_model, make_simulation
    from pyscales.study.jobs import run_jobs

    config = load_config(config_file, set_)
    model, _ = make_model(config)
    simulation = make_simulation(config)
    folder = out or Path(f"pyscales-run-{config_file.stem}")
    keep_in(folder)
    results: dict[str, Any] = {}
    with progress(quiet) as report:
        results = run_jobs(config.model_dump(), model, simulation, folder, report)
    for path in write_run(folder, config, results):
        remark(f"wrote {path}")
    unconverged = [k for k, d in results.items() if not d.attrs.get("converged", 1)]
    print(folder)
    if unconverged:
        warn("not converged: " + ", ".join(unconverged))
        raise typer.Exit(3)
