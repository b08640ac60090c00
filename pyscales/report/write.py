"""Assembly of the report: words, tables, figures and data files into one HTML page."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pyscales.figures.reading import law_label
from pyscales.report.statements import (
    answer,
    finite_size,
    problems,
    timescale_notes,
)
from pyscales.report.tables import (
    SYMBOLS,
    Table,
    comparison_table,
    critical_table,
    degree_table,
    timescale_table,
)
from pyscales.results import write_text_atomic

if TYPE_CHECKING:
    from pyscales.figures import FigureFile
    from pyscales.study import Study

SVG_UP_TO = 500_000


@dataclass(frozen=True)
class Section:
    """A heading with what stands under it."""

    key: str
    title: str
    paragraphs: list[str]
    tables: list[Table]
    figures: list[dict[str, str]]


def write_report(study: Study, figures: Sequence[FigureFile], folder: str | Path) -> Path:
    """Write ``report.html``: one file without scripts that needs nothing from elsewhere.

    Parameters
    ----------
    study : Study
    figures : sequence of FigureFile
        From `pyscales.figures.draw_all`; embedded, so their files may be moved afterwards.
    folder : path
        Where the report goes. Data files in its subfolder ``data`` are listed with links.

    Returns
    -------
    path
        Of the report.
    """
    folder = Path(folder)
    return render_page(
        folder,
        title="Why neurons in one network keep different time",
        subtitle=_subtitle(study),
        conventions="Time is in membrane time constants. Angle brackets are averages over neurons, "
        "with a T over time.",
        answer=answer(study),
        problems=problems(study),
        sections=_sections(study, figures),
        notes=study.notes,
        symbols=SYMBOLS,
        provenance=provenance_rows(study.provenance, study.seed),
        config=json.dumps(study.provenance.get("config", {}), indent=2, default=str),
        bibtex=_bibtex(study),
    )


def render_page(folder: Path, **parts: Any) -> Path:
    """Fill the template of all reports and write ``report.html`` into `folder`.

    Parameters
    ----------
    folder : path
    parts
        What the template names: title, subtitle, conventions, answer, problems, sections, notes,
        symbols, provenance, config, bibtex.
    """
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("pyscales.report", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    template = environment.get_template("report.html.j2")
    path = folder / "report.html"
    write_text_atomic(path, template.render(data=_data_files(folder), **parts))
    return path


def _subtitle(study: Study) -> str:
    degrees = study.pieces["degrees"]
    return (
        f"Degrees: {law_label(study)}; N = {degrees.sizes['neuron']}, mean degree "
        f"{study.model.degrees.mean_degree:.4g}, preset {study.preset.name}, seed {study.seed}"
    )


def _sections(study: Study, figures: Sequence[FigureFile]) -> list[Section]:
    images = {f.name: embedded_image(f) for f in figures}

    def chosen(*names: str) -> list[dict[str, str]]:
        return [images.pop(n) for n in names if n in images]

    sections = [
        Section("overview", "At a glance", [], [], chosen("overview")),
        Section("degrees", "Degrees", [], [degree_table(study)], chosen("degrees")),
        Section(
            "phases",
            "Phases and critical gain",
            [],
            [critical_table(study)],
            chosen("phase_diagram"),
        ),
        Section("spectrum", "Spectrum", [], [], chosen("spectrum", "outliers")),
        Section(
            "theory",
            "Theory against simulation",
            finite_size(study),
            [comparison_table(study)],
            chosen("autocorrelations"),
        ),
        Section(
            "timescales",
            "Timescales and degree",
            timescale_notes(study),
            [timescale_table(study)],
            chosen("timescale_degree", "timescales", "traces"),
        ),
    ]
    feedback = chosen("self_couplings", "bistable_traces", "ucna", "lyapunov")
    if feedback:
        sections.append(Section("feedback", "Feedback and chaos", [], [], feedback))
    if images:
        sections.append(Section("more", "More figures", [], [], list(images.values())))
    return sections


def embedded_image(figure: FigureFile) -> dict[str, str]:
    """Embedded image: the drawing as vectors, or the PNG where that is smaller by far."""
    heavy = figure.svg.stat().st_size > SVG_UP_TO
    path, kind = (figure.png, "png") if heavy else (figure.svg, "svg+xml")
    data = base64.b64encode(path.read_bytes()).decode("ascii")
    return {
        "name": figure.name,
        "title": figure.title,
        "caption": figure.caption,
        "alt": figure.alt,
        "source": f"data:image/{kind};base64,{data}",
    }


def provenance_rows(p: dict[str, Any], seed: int) -> list[tuple[str, str]]:
    """Names and values of where a result comes from."""
    packages = p.get("packages", {})
    return [
        ("pyscales", str(p.get("pyscales", "unknown"))),
        ("Python", str(p.get("python", "unknown"))),
        ("packages", ", ".join(f"{k} {v}" for k, v in packages.items()) or "unknown"),
        ("platform", str(p.get("platform", "unknown"))),
        ("created", str(p.get("created", "unknown"))),
        ("seed", str(p.get("seed", seed))),
    ]


def _bibtex(study: Study) -> str:
    """What to cite for the pieces of the study."""
    from pyscales.citations.used import references_for, tags_of

    tags = {"data:figures"}.union(*(tags_of(piece) for piece in study.pieces.values()))
    return references_for(tags).bibtex()


def _data_files(folder: Path) -> list[dict[str, str]]:
    """Data files of the study with links relative to the report."""
    found = sorted(
        p for kind in ("*.nc", "*.csv") for p in (folder / "data").glob(kind) if p.is_file()
    )
    found += [p for p in (folder / "summary.json", folder / "provenance.json") if p.is_file()]
    return [
        {
            "name": p.relative_to(folder).as_posix(),
            "link": quote(p.relative_to(folder).as_posix()),
            "size": _size(p.stat().st_size),
        }
        for p in found
    ]


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{max(1, round(count / 1e3))} kB"
