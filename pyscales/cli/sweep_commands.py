"""sweep init | plan | run | status | merge."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from pyscales.cli import options as o
from pyscales.cli.output import emit, keep_in, progress, remark, warn

app = typer.Typer(no_args_is_help=True, help="Many points: plan, run anywhere, go on, merge.")

PlanFile = Annotated[Path, typer.Argument(metavar="PLAN", help="TOML plan, see sweep init.")]
Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder of the sweep.")]
OutFolder = Annotated[Path, typer.Option("--out", help="Folder of the sweep.")]
Extend = Annotated[
    bool, typer.Option("--extend", help="Accept a plan that adds points to the old one.")
]


@app.command()
def init(
    file: Annotated[Path | None, typer.Argument(help="Where to write; default stdout.")] = None,
    force: Annotated[bool, typer.Option(help="Overwrite an existing file.")] = False,
) -> None:
    """Write a commented plan to start from."""
    from pyscales.errors import InputError
    from pyscales.results import write_text_atomic
    from pyscales.sweep.template import TEMPLATE

    if file is None:
        print(TEMPLATE, end="")
        return
    if file.exists() and not force:
        raise InputError("file", str(file), "a new file", "Add --force to overwrite it.")
    write_text_atomic(file, TEMPLATE)
    remark(f"wrote {file}")


@app.command()
def plan(
    plan_file: PlanFile,
    out: Annotated[Path | None, typer.Option("--out", help="Write the plan there.")] = None,
    set_: o.Set = None,
    extend: Extend = False,
    as_json: o.Json = False,
) -> None:
    """Check a plan and show its points; with --out, write it."""
    from pyscales.sweep import SweepFolder, read_plan

    read = read_plan(plan_file, set_)
    points = read.points()
    if out is not None:
        SweepFolder(out).adopt(read, extend=extend)
    record: dict[str, Any] = {
        "points": len(points),
        "shape": " x ".join(map(str, read.shape)),
        "repeats": read.repeats,
        "swept": ", ".join(read.swept),
        "jobs": ", ".join(points[0].config["run"]["jobs"]),
        "engine": points[0].config["run"]["engine"],
    }
    if read.refine is not None:
        record["refine"] = f"{read.refine.levels} level(s) along {read.refine.quantity}"
    if as_json:
        record["keys"] = {p.key: p.values | {"repeat": p.repeat} for p in points}
        emit(record, True)
        return
    emit(record, False)
    for point in points[:10]:
        print(f"{point.key}  {point.label()}")
    if len(points) > 10:
        print(f"... and {len(points) - 10} more")


@app.command()
def run(
    plan_file: Annotated[
        Path, typer.Argument(metavar="PLAN|FOLDER", help="TOML plan, or a planned folder.")
    ],
    out: Annotated[Path | None, typer.Option("--out", help="Folder of the sweep.")] = None,
    workers: Annotated[
        int, typer.Option("--workers", help="Processes (local) or jobs (slurm).")
    ] = 1,
    shard: Annotated[
        str | None, typer.Option("--shard", help="i/n: the i-th of n equal parts.")
    ] = None,
    executor: Annotated[str, typer.Option(help="local, dask or slurm.")] = "local",
    address: Annotated[
        str | None, typer.Option(help="Dask scheduler, e.g. tcp://host:8786.")
    ] = None,
    slurm: Annotated[
        list[str] | None,
        typer.Option("--slurm", help="submitit parameter, key=value (repeatable)."),
    ] = None,
    claims: Annotated[str, typer.Option(help="How workers agree: auto, lock, lease.")] = "auto",
    extend: Extend = False,
    set_: o.Set = None,
    quiet: o.Quiet = False,
    as_json: o.Json = False,
) -> None:
    """Compute the unfinished points; kill it and run it again as you like."""
    from pyscales.errors import InputError
    from pyscales.sweep import read_plan, run_sweep
    from pyscales.sweep.executors import Executor
    from pyscales.sweep.run import parse_shard

    if plan_file.is_dir():
        if out is not None or set_ or extend:
            raise InputError(
                "PLAN",
                str(plan_file),
                "a plan file with --out, --set or --extend",
                "Name the file.",
            )
        read, folder = None, plan_file
    else:
        read = read_plan(plan_file, set_)
        folder = out or Path(f"pyscales-run-{plan_file.stem}")
    keep_in(folder)
    where = Executor(executor, workers, address, _parameters(slurm))
    with progress(quiet) as report:
        result = run_sweep(
            read,
            folder,
            executor=where,
            shard=parse_shard(shard),
            claims=claims,
            extend=extend,
            progress=report,
        )
    for text in result.damaged:
        warn(text)
    for outcome in result.failed:
        warn(f"failed: {outcome.message}")
    if result.waiting:
        remark("Refinement waits for points of other shards; run again when they are finished.")
    emit(
        {
            "points": result.total,
            "in this shard": result.mine,
            "computed now": result.computed,
            "kept": result.kept,
            "failed": len(result.failed),
            "not converged": result.unconverged,
            "complete": result.complete,
            "folder": str(folder),
        },
        as_json,
    )
    if result.failed:
        raise typer.Exit(max(outcome.exit_code for outcome in result.failed))
    if result.unconverged:
        raise typer.Exit(3)


@app.command()
def status(folder: Folder, as_json: o.Json = False) -> None:
    """How far a sweep is; reads and checks every point file."""
    from pyscales.sweep import sweep_status

    found = sweep_status(folder)
    record = found.to_dict()
    damaged, failed = record.pop("damaged"), record.pop("failed")
    if as_json:
        emit(record | {"damaged": damaged, "failed": failed}, True)
        return
    emit({k.replace("_", " "): v for k, v in record.items()}, False)
    for name, why in damaged.items():
        print(f"damaged: {name}: {why}")
    for name, message in failed.items():
        print(f"failed: {name}: {message}")


@app.command()
def merge(
    folder: Folder,
    file: Annotated[Path | None, typer.Option(help="Default FOLDER/merged.nc.")] = None,
    partial: Annotated[bool, typer.Option(help="Accept unfinished points.")] = False,
    as_json: o.Json = False,
) -> None:
    """Merge all points into one NetCDF file."""
    from pyscales.sweep import merge_sweep

    merged = merge_sweep(folder, file, partial=partial)
    emit(
        {
            "file": str(file or folder / "merged.nc"),
            "points": int(merged.attrs["n_points"]),
            "finished": int(merged.attrs["n_finished"]),
            "dims": ", ".join(f"{k} {v}" for k, v in merged.sizes.items()),
            "variables": ", ".join(sorted(map(str, merged.data_vars))),
        },
        as_json,
    )


def _parameters(items: list[str] | None) -> dict[str, Any]:
    from pyscales.errors import InputError

    out: dict[str, Any] = {}
    for item in items or []:
        key, separator, value = item.partition("=")
        if not separator or not key:
            raise InputError("--slurm", item, "key=value", "Example: --slurm timeout_min=60")
        out[key] = int(value) if value.lstrip("-").isdigit() else value
    return out
