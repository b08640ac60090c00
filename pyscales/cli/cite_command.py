"""cite: BibTeX for what a run used."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pyscales.cli import options as o
from pyscales.cli.output import emit


def cite(
    sources: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[FOLDER|FILE]...", help="Run folders or NetCDF files of results."),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every work known.")] = False,
    as_json: o.Json = False,
) -> None:
    """BibTeX for what a run used; without a run, the program and its theory."""
    from pyscales.citations import references_of

    found = references_of(sources or [], everything=everything)
    if not as_json:
        print(found.bibtex(), end="")
        return
    emit({r.key: r.fields | {"type": r.kind, "reason": r.reason} for r in found.entries}, True)
