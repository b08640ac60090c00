"""The report of a pipeline run, on the page of all reports."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pyscales.citations.used import references_for
from pyscales.figures.connectome import control_rows
from pyscales.figures.numbers import fixed, plain, with_interval
from pyscales.report.tables import Table
from pyscales.report.write import Section, embedded_image, provenance_rows, render_page
from pyscales.results import provenance

if TYPE_CHECKING:
    from pyscales.connectome.pipeline_result import PipelineResult
    from pyscales.figures import FigureFile

SYMBOLS = (
    ("timescale", "decay time of the autocorrelation of the resting trace, seconds"),
    ("degree", "partners, synapses or synapse size, as stated; from proofread axons if so said"),
    ("Spearman", "rank correlation; p by permutation of labels within strata"),
    ("covariates taken out", "correlation of rank residuals (partial Spearman)"),
    ("corrected for noise", "correlation over the root of the test-retest reliability"),
    ("symmetry", "correlation of W_ij and W_ji over all ordered pairs"),
    ("floor", "shortest timescale that frame rate and indicator resolve"),
)


def write_connectome_report(
    result: PipelineResult, figures: Sequence[FigureFile], folder: str | Path
) -> Path:
    """Write ``report.html`` of a pipeline run into `folder`."""
    images = {f.name: embedded_image(f) for f in figures}

    def section(key: str, title: str, words: list[str], tables: list[Table], name: str) -> Section:
        return Section(key, title, words, tables, [images[name]] if name in images else [])

    sections = [
        section("relation", "Timescale and degree", [], [], "connectome_relation"),
        section(
            "controls", "Controls", _remarks(result), [_controls(result)], "connectome_controls"
        ),
        section("distribution", "Timescales", [], [], "connectome_distribution"),
        section("wiring", "Wiring", [], [_fits(result), _reciprocity(result)], "connectome_wiring"),
        section("units", "What was used and what was left out", [], [_account(result)], ""),
    ]
    return render_page(
        Path(folder),
        title="Timescale and degree in measured wiring",
        subtitle=f"{len(result.units)} units of {len(result.nuclei)} cells; wiring of "
        f"{result.wiring.n} cells and {result.wiring.n_edges} edges",
        answer=_answer(result),
        problems=[n.name + ": " + n.message for n in result.reciprocity.nulls if not n.converged],
        sections=sections,
        notes=result.notes,
        symbols=SYMBOLS,
        conventions="Time is in seconds. Intervals are bootstraps over cells.",
        provenance=provenance_rows(
            provenance(result.settings, result.settings["statistics"]["seed"]),
            result.settings["statistics"]["seed"],
        ),
        config=json.dumps(result.settings, indent=2),
        bibtex=references_for({"data:figures", "data:microns"}).bibtex(),
    )


def _answer(result: PipelineResult) -> list[str]:
    s, p, r = result.spearman, result.partial, result.reliability
    if s.low > 0:
        word = "grow with degree"
    elif s.high < 0:
        word = "fall with degree"
    else:
        word = "show no clear relation to degree"
    return [
        f"Timescales at rest {word}: Spearman {with_interval(s.rho, s.low, s.high)}, "
        f"p = {plain(s.p_value, 2)}.",
        f"With {', '.join(p.covariates) or 'no covariate'} taken out: "
        f"{with_interval(p.rho, p.low, p.high)}; corrected for the noise of the estimates: "
        f"{with_interval(r.corrected, r.low, r.high)}.",
    ]


def _controls(result: PipelineResult) -> Table:
    return Table(
        "Rank correlation of timescale and degree under every control.",
        ("control", "Spearman", "95 % interval"),
        [
            (label, fixed(rho, 3), f"[{fixed(low, 3)}, {fixed(high, 3)}]")
            for label, rho, low, high in control_rows(result)
        ],
    )


def _remarks(result: PipelineResult) -> list[str]:
    r = result.reliability
    out = [
        f"Reliability of one measurement {fixed(r.half, 2)}, of the average {fixed(r.full, 2)}, "
        f"from {result.reliability_from} ({r.n} cells).",
        f"Units below the floor of {plain(result.floor, 2)} s: {result.below_floor}.",
        "Signal to noise is no covariate by default: the indicator passes slow signals better, so "
        "taking it out also takes out part of the timescale; the noise level does not.",
        "The timescale includes the indicator: ranks are reliable, absolute values are too long.",
    ]
    out += [
        f"Seconds used of {scan}: " + ", ".join(f"{a:.0f} to {b:.0f}" for a, b in used) + "."
        for scan, used in result.windows.items()
    ]
    return out


def _fits(result: PipelineResult) -> Table:
    return Table(
        "Families of degree laws, best first.",
        ("family", "AIC difference", "parameters", "KS distance", "chi-square p"),
        [
            (
                f.family,
                plain(f.delta_aic, 4),
                ", ".join(f"{k} {plain(v, 4)}" for k, v in f.parameters.items()),
                fixed(f.ks, 3),
                plain(f.chi2_p, 2),
            )
            for f in result.fits
        ],
    )


def _reciprocity(result: PipelineResult) -> Table:
    r = result.reciprocity
    return Table(
        f"Reciprocity {fixed(r.reciprocity, 4)} ± {fixed(r.reciprocity_error, 4)} and symmetry "
        f"{fixed(r.symmetry, 4)} ± {fixed(r.symmetry_error, 4)} against null networks.",
        ("null", "expected reciprocity", "observed / expected", "z", "expected symmetry"),
        [
            (
                n.name,
                fixed(n.reciprocity, 4),
                plain(n.ratio, 3),
                fixed(n.z, 1),
                fixed(n.symmetry, 4),
            )
            for n in r.nulls
        ],
    )


def _account(result: PipelineResult) -> Table:
    rows = []
    for ledger in result.ledgers:
        left = "; ".join(f"{n} {why}" for why, n in {**ledger.excluded, **ledger.merged}.items())
        rows.append((ledger.what, str(ledger.total), str(ledger.kept), left or "nothing"))
    return Table(
        "Rows read and used; left out or merged, by reason.",
        ("what", "read", "used", "left out or merged"),
        rows,
    )
