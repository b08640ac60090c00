"""reproduce: the study's figures and report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from pyscales.cli import options as o
from pyscales.cli.output import emit, keep_in, progress, remark


def reproduce(
    preset: Annotated[
        str,
        typer.Option(
            help="quick (minutes), paper, or smoke (seconds; too small to mean anything)."
        ),
    ] = "quick",
    degrees: o.Degrees = None,
    direction: o.Direction = None,
    n: o.N = None,
    seed: o.Seed = None,
    engine: o.Engine = None,
    out: o.Out = None,
    quiet: o.Quiet = False,
    as_json: o.Json = False,
) -> None:
    """Theory and simulation of the study, figures and report.html, from one command."""
    from pyscales.config import build_config, make_degrees
    from pyscales.errors import InputError
    from pyscales.study import PRESETS
    from pyscales.study import reproduce as run

    if preset not in PRESETS:
        raise InputError("--preset", preset, "one of " + ", ".join(PRESETS))
    config = build_config(
        o.sections(degrees=degrees, direction=direction, seed=seed, engine=engine, n=n)
    )
    law, notes = None, []
    if degrees is not None:
        law, found = make_degrees(config.degrees)
        if found is not None:
            notes = [file_note(found)]
    folder = out or Path("pyscales-run")
    keep_in(folder)
    with progress(quiet) as report:
        study = run(
            preset,
            degrees=law,
            n=n,
            seed=config.run.seed,
            folder=folder,
            engine=config.run.engine,
            progress=report,
            notes=notes,
        )
        report("figures", 0.0)
        from pyscales.figures import draw_all
        from pyscales.report import write_report

        figures = draw_all(study, folder / "figures")
        report("figures", 1.0)
        page = write_report(study, figures, folder)
    record: dict[str, Any] = {
        "report": str(page),
        "figures": [str(f.png) for f in figures],
        "comparison": study.comparison,
    }
    if as_json:
        emit(record, True)
        return
    for row in study.comparison:
        print(
            f"gain {row['gain']:.4g}  {row['quantity']}: theory {row['theory']:.4f}, "
            f"simulation {row['simulation']:.4f} +- {row['error']:.4f} "
            f"({100 * row['relative_difference']:+.1f} %, {row['standard_errors']:+.1f} s.e.)"
        )
    for name, label in (("zero", "symmetry 0"), ("positive", "symmetry > 0")):
        for quantity, result in study.by_degree[name].items():
            c = result["correlation"]
            print(
                f"{label}: {quantity} against degree: Spearman {c['spearman']:+.3f} "
                f"[{c['spearman_low']:+.3f}, {c['spearman_high']:+.3f}]"
            )
    for note in study.notes:
        remark(note)
    print(page)


def file_note(found: Any) -> str:
    """One sentence on what was read from a degree file."""
    text = f"{found.law.n_atoms} neurons with mean degree {found.law.mean_degree:.4g}"
    if found.kind == "edges":
        text += (
            f" from {found.n_edges} edges ({found.n_self_loops} self-connections and "
            f"{found.n_duplicates} repeated rows left out)"
        )
    if found.n_isolated:
        text += f"; {found.n_isolated} neurons without a partner left out"
    return text + "."
