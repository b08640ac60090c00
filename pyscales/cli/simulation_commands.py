"""simulate, timescales."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from pyscales.cli import options as o
from pyscales.cli.output import emit, progress, remark

Duration = Annotated[
    float | None, typer.Option(help="Observed time, membrane time constants. [default: 400]")
]
Transient = Annotated[float | None, typer.Option(help="Discarded time. [default: 100]")]
Trials = Annotated[int | None, typer.Option("--trials", help="Initial states. [default: 4]")]
Networks = Annotated[int | None, typer.Option("--networks", help="Networks. [default: 1]")]
DEFAULT_N = 1000


def _simulated(
    options: dict[str, Any],
    set_: list[str] | None,
    timing: dict[str, Any],
    out: Path | None,
    quiet: bool,
) -> tuple[Any, Any]:
    from pyscales.config import build_config, make_model, make_simulation
    from pyscales.results import Store
    from pyscales.simulation import simulate as run

    options["simulation"] |= {k: v for k, v in timing.items() if v is not None}
    if "file" not in options["degrees"]:
        options["model"].setdefault("n", DEFAULT_N)
    config = build_config(options, set_)
    model, _ = make_model(config)
    with progress(quiet) as report:
        dataset = run(
            model,
            make_simulation(config),
            seed=config.run.seed,
            engine=config.run.engine,
            store=Store(None if out is None else out / "parts"),
            progress=report,
        )
    return config, dataset


def simulate(
    n: o.N = None,
    mean_degree: o.MeanDegree = None,
    sigma: o.Sigma = None,
    k_max: o.KMax = None,
    law: o.Law = None,
    shape: o.Shape = None,
    exponent: o.Exponent = None,
    degrees: o.Degrees = None,
    direction: o.Direction = None,
    gain: o.Gain = None,
    symmetry: o.Symmetry = None,
    time_constants: o.TimeConstants = None,
    tau_spread: o.TauSpread = None,
    duration: Duration = None,
    transient: Transient = None,
    trials: Trials = None,
    networks: Networks = None,
    seed: o.Seed = None,
    engine: o.Engine = None,
    solver: o.Solver = None,
    out: o.Out = None,
    set_: o.Set = None,
    quiet: o.Quiet = False,
    as_json: o.Json = False,
) -> None:
    """Integrate sampled networks; variances, autocorrelations, phase."""
    from pyscales.cli.run_folder import write_run
    from pyscales.simulation import estimate_over_networks

    config, dataset = _simulated(
        o.sections(
            n=n,
            mean_degree=mean_degree,
            sigma=sigma,
            k_max=k_max,
            law=law,
            shape=shape,
            exponent=exponent,
            degrees=degrees,
            direction=direction,
            gain=gain,
            symmetry=symmetry,
            seed=seed,
            engine=engine,
            solver=solver,
            time_constants=time_constants,
            tau_spread=tau_spread,
        ),
        set_,
        {
            "duration": duration,
            "transient": transient,
            "n_trials": trials,
            "n_networks": networks,
        },
        out,
        quiet,
    )
    attrs = dataset.attrs
    record: dict[str, Any] = {"phase": attrs["phase"]}
    for name in ("variance_x", "temporal_variance", "static_power"):
        found = estimate_over_networks(dataset[name].values)
        record |= {name: found.mean, f"{name}_error": found.error}
    record |= {
        "error_over": found.over,
        "clipped_mass": float(dataset["clipped_mass"].mean()),
        "evaluations": int(attrs["evaluations"]),
        "engine": attrs["engine"],
        "engine_reason": attrs["engine_reason"],
        "method": attrs["method"],
        "converged": bool(attrs["converged"]),
        "message": attrs["message"],
    }
    emit(record, as_json)
    for path in write_run(out, config, {"simulation": dataset}):
        remark(f"wrote {path}")
    if not attrs["converged"]:
        raise typer.Exit(3)


def timescales(
    file: Annotated[
        Path | None,
        typer.Argument(
            help="simulation.nc from `simulate --out`, or recorded traces (.nwb, .npz, .csv); "
            "without it, simulate first."
        ),
    ] = None,
    degree: Annotated[
        str, typer.Option(help="Degree to relate to: realised_degree or degree.")
    ] = "realised_degree",
    n: o.N = None,
    mean_degree: o.MeanDegree = None,
    sigma: o.Sigma = None,
    k_max: o.KMax = None,
    law: o.Law = None,
    shape: o.Shape = None,
    exponent: o.Exponent = None,
    degrees: o.Degrees = None,
    direction: o.Direction = None,
    gain: o.Gain = None,
    symmetry: o.Symmetry = None,
    time_constants: o.TimeConstants = None,
    tau_spread: o.TauSpread = None,
    duration: Duration = None,
    transient: Transient = None,
    trials: Trials = None,
    networks: Networks = None,
    seed: o.Seed = None,
    engine: o.Engine = None,
    solver: o.Solver = None,
    method: Annotated[
        list[str] | None, typer.Option(help="Recorded traces: fit, hwhm, ... (repeatable).")
    ] = None,
    max_lag: Annotated[float | None, typer.Option(help="Recorded traces: seconds.")] = None,
    blocks: Annotated[int | None, typer.Option(help="Recorded traces: jackknife blocks.")] = None,
    fs: Annotated[float | None, typer.Option(help="Recorded traces: frames per second.")] = None,
    resting: Annotated[
        bool, typer.Option(help="Recorded traces: only outside the stimuli.")
    ] = True,
    out: o.Out = None,
    set_: o.Set = None,
    quiet: o.Quiet = False,
    as_json: o.Json = False,
) -> None:
    """Timescales of every neuron, for x and phi(x), and their relation to degree."""
    from pyscales.cli.trace_timescales import is_recording, recorded_timescales

    if file is not None and is_recording(file):
        recorded_timescales(
            file,
            methods=method,
            max_lag=max_lag,
            blocks=blocks,
            fs=fs,
            resting=resting,
            out=out,
            as_json=as_json,
        )
        return
    import numpy as np

    from pyscales.analysis.network_timescales import network_timescales, timescale_by_degree
    from pyscales.cli.run_folder import write_run
    from pyscales.config import build_config
    from pyscales.errors import InputError
    from pyscales.results import load_dataset

    if degree not in ("realised_degree", "degree"):
        raise InputError("--degree", degree, "realised_degree or degree")
    given = o.sections(
        n=n,
        mean_degree=mean_degree,
        sigma=sigma,
        k_max=k_max,
        law=law,
        shape=shape,
        exponent=exponent,
        degrees=degrees,
        direction=direction,
        gain=gain,
        symmetry=symmetry,
        seed=seed,
        engine=engine,
        solver=solver,
        time_constants=time_constants,
        tau_spread=tau_spread,
    )
    if file is not None:
        if given["model"] or given["degrees"]:
            raise InputError(
                "options",
                "model options with a file",
                "either a file or model options",
                "The file brings its own model.",
            )
        config, dataset = build_config(given, set_), load_dataset(file)
    else:
        timing = {
            "duration": duration,
            "transient": transient,
            "n_trials": trials,
            "n_networks": networks,
        }
        config, dataset = _simulated(given, set_, timing, out, quiet)
    found = network_timescales(
        dataset, methods=tuple(config.timescales.methods), mean=config.timescales.mean
    )
    record: dict[str, Any] = {"phase": found.attrs["phase"], "unit": "membrane time constants"}
    for name in found.data_vars:
        if not str(name).startswith("timescale_") or str(name).endswith("_quality"):
            continue
        result = timescale_by_degree(found, str(name), degree=degree, seed=config.run.seed)
        values = found[name].values[np.isfinite(found[name].values)]
        quartiles = np.percentile(values, [25, 50, 75]) if values.size else [np.nan] * 3
        record[str(name)] = {
            "median": quartiles[1],
            "quartile_low": quartiles[0],
            "quartile_high": quartiles[2],
            "n_used": result["correlation"]["n_used"],
            "n_excluded": result["correlation"]["n_excluded"],
            "spearman": result["correlation"]["spearman"],
            "spearman_low": result["correlation"]["spearman_low"],
            "spearman_high": result["correlation"]["spearman_high"],
            "slope": result["correlation"]["slope"],
            "slope_low": result["correlation"]["slope_low"],
            "slope_high": result["correlation"]["slope_high"],
        }
        if as_json:
            record[str(name)]["bins"] = result["bins"]
    if as_json:
        emit(record, True)
    else:
        _print_table(record)
    for path in write_run(out, config, {"timescales": found}):
        remark(f"wrote {path}")


def _print_table(record: dict[str, Any]) -> None:
    print(f"# phase {record['phase']}; times in {record['unit']}; slope of ln timescale on ln k")
    columns = ["median", "quartile_low", "quartile_high", "n_used", "n_excluded"]
    columns += ["spearman", "spearman_low", "spearman_high", "slope", "slope_low", "slope_high"]
    print("\t".join(["timescale", *columns]))
    for name, row in record.items():
        if isinstance(row, dict):
            print("\t".join([name, *(f"{row[c]:.4g}" for c in columns)]))
