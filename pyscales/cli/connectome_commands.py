"""connectome degrees | reciprocity | fit | simulate; microns."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from pyscales.cli import options as o
from pyscales.cli.output import emit, progress, remark

app = typer.Typer(no_args_is_help=True, help="Measured wiring: degrees, symmetry, laws, model.")

File = Annotated[
    Path, typer.Argument(help="Edge list, synapse table (csv, parquet, feather), GraphML or npz.")
]
Nodes = Annotated[Path | None, typer.Option("--nodes", help="Table of nodes with positions.")]
Types = Annotated[list[str] | None, typer.Option("--type", help="Edge types to keep (repeatable).")]
RowsAre = Annotated[
    str | None, typer.Option("--rows-are", help="npz matrices: what a row holds, pre or post.")
]
Direction = Annotated[str, typer.Option("--direction", help="in, out or total.")]
Measure = Annotated[str, typer.Option("--measure", help="partners, synapses or size.")]


def _read(file: Path, nodes: Path | None, types: list[str] | None, rows_are: str | None) -> Any:
    from pyscales.connectome.readers import read_connectome

    wiring = read_connectome(
        file, nodes=nodes, types=tuple(types) if types else None, rows_are=rows_are
    )
    remark(wiring.ledger.sentence())
    return wiring


@app.command()
def degrees(
    file: File,
    nodes: Nodes = None,
    types: Types = None,
    rows_are: RowsAre = None,
    measure: Measure = "partners",
    out: o.Out = None,
    as_json: o.Json = False,
) -> None:
    """Moments of in-, out- and total degree; --out writes them for every node."""
    import pandas as pd

    from pyscales.connectome.wiring import DIRECTIONS, summarise_degrees, wiring_degrees
    from pyscales.results import write_text_atomic

    wiring = _read(file, nodes, types, rows_are)
    found = {d: wiring_degrees(wiring, d, measure) for d in DIRECTIONS}
    record: dict[str, Any] = {
        "n": wiring.n,
        "n_edges": wiring.n_edges,
        "mean_degree": wiring.n_edges / wiring.n,
    }
    for direction, k in found.items():
        record |= {f"{direction}_{k_}": v for k_, v in asdict(summarise_degrees(k)).items()}
    record["ledger"] = wiring.ledger.as_dict()
    emit(record, as_json)
    if out is not None:
        table = pd.DataFrame({"node": wiring.nodes["node"], **found})
        out.mkdir(parents=True, exist_ok=True)
        write_text_atomic(out / "degrees.csv", table.to_csv(index=False))
        remark(f"wrote {out / 'degrees.csv'}")


@app.command()
def reciprocity(
    file: File,
    nodes: Nodes = None,
    types: Types = None,
    rows_are: RowsAre = None,
    distance: Annotated[bool, typer.Option(help="Include the null with distance.")] = True,
    bin_width: Annotated[float, typer.Option(help="Micrometres per distance bin.")] = 20.0,
    form: Annotated[str, typer.Option(help="clip, poisson or logistic.")] = "clip",
    as_json: o.Json = False,
) -> None:
    """Reciprocity and symmetry against equal, degree and distance nulls."""
    from pyscales.connectome.reciprocity import reciprocity as measure_reciprocity

    wiring = _read(file, nodes, types, rows_are)
    if distance and wiring.positions is None:
        remark("no positions: the null with distance is left out (give --nodes)")
    found = measure_reciprocity(wiring, distance=distance, bin_width=bin_width, form=form)
    record = asdict(found)
    nulls = record.pop("nulls")
    if as_json:
        record["nulls"] = nulls
        emit(record, True)
    else:
        emit(record, False)
        print("null\texpected\tsd\tratio\tz\tsymmetry\tconverged")
        for n in nulls:
            numbers = (n[k] for k in ("reciprocity", "reciprocity_sd", "ratio", "z", "symmetry"))
            print("\t".join([n["name"], *(f"{v:.5g}" for v in numbers), str(n["converged"])]))
    if not all(n["converged"] for n in nulls):
        raise typer.Exit(3)


@app.command()
def fit(
    file: File,
    nodes: Nodes = None,
    types: Types = None,
    rows_are: RowsAre = None,
    direction: Direction = "in",
    measure: Measure = "partners",
    as_json: o.Json = False,
) -> None:
    """Families of degree laws by AIC, with goodness of fit."""
    from pyscales.connectome.degree_fits import fit_degrees
    from pyscales.connectome.wiring import wiring_degrees

    wiring = _read(file, nodes, types, rows_are)
    fits = fit_degrees(wiring_degrees(wiring, direction, measure))
    if as_json:
        emit({"direction": direction, "measure": measure, "fits": [asdict(f) for f in fits]}, True)
    else:
        print("family\tdelta_aic\tks\tchi2_p\tparameters")
        for f in fits:
            words = ", ".join(f"{k} {v:.5g}" for k, v in f.parameters.items())
            print(f"{f.family}\t{f.delta_aic:.2f}\t{f.ks:.4f}\t{f.chi2_p:.3g}\t{words}")
    if not all(f.status.success for f in fits):
        raise typer.Exit(3)


@app.command()
def simulate(
    file: File,
    nodes: Nodes = None,
    types: Types = None,
    rows_are: RowsAre = None,
    gain: Annotated[float | None, typer.Option(help="g; default gain-ratio x critical.")] = None,
    gain_ratio: Annotated[float, typer.Option(help="Gain over the critical gain.")] = 3.0,
    symmetry: Annotated[
        float, typer.Option(help="Correlation of the couplings of reciprocated pairs.")
    ] = 0.0,
    rule: Annotated[
        str, typer.Option(help="Coupling scale: equal, synapses, sqrt_synapses, size.")
    ] = "equal",
    reciprocate: Annotated[bool, typer.Option(help="Give every edge its opposite.")] = False,
    membrane: Annotated[float, typer.Option(help="Seconds per membrane time constant.")] = 0.3,
    seconds: Annotated[float, typer.Option(help="Observed time, seconds.")] = 300.0,
    calcium: Annotated[bool, typer.Option(help="Also through a calcium recording.")] = True,
    max_lag: Annotated[float, typer.Option(help="Longest lag, seconds.")] = 10.0,
    seed: o.Seed = None,
    engine: o.Engine = None,
    as_json: o.Json = False,
) -> None:
    """The model on the measured wiring: timescales, and their relation to in-degree."""
    import numpy as np

    from pyscales.connectome.model_on_wiring import WiringRun, run_on_wiring
    from pyscales.connectome.observation import Observation
    from pyscales.timescales import EstimatorSettings

    wiring = _read(file, nodes, types, rows_are)
    settings = WiringRun(
        gain=gain,
        gain_ratio=gain_ratio,
        symmetry=symmetry,
        rule=rule,
        reciprocate=reciprocate,
        membrane=membrane,
        seconds=seconds,
        observation=Observation() if calcium else None,
        estimator=EstimatorSettings(max_lag=max_lag, min_r2=0.3),
    )
    found = run_on_wiring(
        wiring, settings, seed=1 if seed is None else seed, engine=engine or "auto"
    )
    record: dict[str, Any] = {
        "gain": found.gain,
        "critical_gain": found.critical_gain,
        "effective_symmetry": found.effective_symmetry,
        "temporal_variance": found.temporal_variance,
        "phase": found.phase,
    }
    for name, scales, rho in (
        ("direct", found.direct, found.direct_correlation),
        ("observed", found.observed, found.observed_correlation),
    ):
        if scales is None or rho is None:
            continue
        value = scales.value[scales.usable]
        low, median, high = np.quantile(value, [0.1, 0.5, 0.9]) if value.size else [np.nan] * 3
        record |= {
            f"{name}_timescale_median": float(median),
            f"{name}_timescale_10": float(low),
            f"{name}_timescale_90": float(high),
            f"{name}_usable": int(value.size),
            f"{name}_spearman": rho.rho,
            f"{name}_spearman_low": rho.low,
            f"{name}_spearman_high": rho.high,
        }
    record["theory_timescale_efold"] = found.theory_timescale
    record["message"] = found.status.message
    emit(record, as_json)
    if found.phase != "chaotic":
        remark(f"the network is {found.phase}: its timescales mean nothing; raise --gain-ratio")


def microns(
    pipeline: Annotated[Path, typer.Argument(help="TOML file with paths and settings.")],
    out: o.Out = None,
    quiet: o.Quiet = False,
    as_json: o.Json = False,
) -> None:
    """From NWB scans and tables to timescale against degree, with controls and a report."""
    from pyscales.connectome.outputs import write_pipeline
    from pyscales.connectome.pipeline import run_pipeline
    from pyscales.connectome.pipeline_config import load_pipeline

    config = load_pipeline(pipeline)
    with progress(quiet) as report:
        result = run_pipeline(config, progress=report)
    for ledger in result.ledgers:
        remark(f"{ledger.what}: {ledger.sentence()}")
    for note in result.notes:
        remark(note)
    summary = result.summary_dict()
    if as_json:
        emit(summary, True)
    else:
        print(f"units = {len(result.units)}\ncells = {len(result.nuclei)}")
        for name in ("spearman", "partial", "by_unit"):
            r = summary[name]
            print(
                f"{name} = {r['rho']:+.3f} [{r['low']:+.3f}, {r['high']:+.3f}], "
                f"p = {r['p_value']:.3g}"
            )
        r = summary["reliability"]
        print(f"corrected = {r['corrected']:+.3f} [{r['low']:+.3f}, {r['high']:+.3f}]")
    if out is not None:
        for path in write_pipeline(result, out):
            remark(f"wrote {path}")
