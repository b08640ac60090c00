"""julia install, status, doctor, precompile."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from pyscales.cli import options as o
from pyscales.cli.output import emit, remark

app = typer.Typer(
    no_args_is_help=True, help="Set up and check the Julia engine. Only `install` downloads."
)

Julia = Annotated[
    str | None,
    typer.Option("--julia", help="Julia executable to use. [default: PYSCALES_JULIA, then PATH]"),
]


@app.command("install")
def install(
    julia: Julia = None,
    resolve: Annotated[
        bool, typer.Option("--resolve", help="Resolve versions anew instead of taking the lock.")
    ] = False,
    offline: Annotated[
        bool, typer.Option("--offline", help="Use only what the Julia depot holds.")
    ] = False,
    as_json: o.Json = False,
) -> None:
    """Get a Julia if none is given, install the locked environment, precompile, try it out."""
    from dataclasses import asdict

    from pyscales.engines.julia.install import install as run
    from pyscales.engines.julia.install import smoke_in_fresh_process

    record: dict[str, Any] = asdict(run(julia, resolve=resolve, offline=offline, say=remark))
    remark("trying it out in a fresh process ...")
    _finish(record, smoke_in_fresh_process(), as_json)


@app.command("status")
def status(as_json: o.Json = False) -> None:
    """What is set up; starts nothing. Exit 4 if the engine is not ready."""
    from pyscales.engines.julia.doctor import status as facts

    record = facts()
    emit(record, as_json)
    if not record["ready"]:
        raise typer.Exit(4)


@app.command("doctor")
def doctor(as_json: o.Json = False) -> None:
    """Status, and a solve with known answers in a fresh process."""
    from pyscales.engines.julia.doctor import status as facts
    from pyscales.engines.julia.install import smoke_in_fresh_process

    record = facts()
    if not record["ready"]:
        emit(record, as_json)
        raise typer.Exit(4)
    _finish(record, smoke_in_fresh_process(), as_json)


@app.command("precompile")
def precompile() -> None:
    """Precompile the environment again."""
    from pyscales.engines.julia.install import precompile as run

    run(remark)


def _finish(record: dict[str, Any], smoke: dict[str, object], as_json: bool) -> None:
    passed = bool(smoke.pop("passed"))
    record["smoke solve"] = "passed" if passed else f"failed: {smoke.pop('error', 'wrong numbers')}"
    record |= {f"smoke {k}": v for k, v in smoke.items()}
    emit(record, as_json)
    if not passed:
        raise typer.Exit(4)
