"""critical-gain, dmft, phase-diagram."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from pyscales.cli import options as o
from pyscales.cli.output import emit, plain, progress


def critical_gain(
    n: o.N = None,
    mean_degree: o.MeanDegree = None,
    sigma: o.Sigma = None,
    k_max: o.KMax = None,
    law: o.Law = None,
    shape: o.Shape = None,
    exponent: o.Exponent = None,
    degrees: o.Degrees = None,
    direction: o.Direction = None,
    symmetry: o.Symmetry = None,
    theory_degrees: o.TheoryDegrees = None,
    seed: o.Seed = None,
    out: o.Out = None,
    set_: o.Set = None,
    quiet: o.Quiet = False,
    as_json: o.Json = False,
) -> None:
    """Gain at which x = 0 becomes unstable, for any symmetry."""
    from pyscales.analysis.critical_gain import critical_gain as solve
    from pyscales.cli.run_folder import write_run
    from pyscales.config import build_config, make_model

    config = build_config(
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
            symmetry=symmetry,
            theory_degrees=theory_degrees,
            seed=seed,
        ),
        set_,
    )
    model, _ = make_model(config)
    result = solve(model, seed=config.run.seed)
    emit(result.to_dict(), as_json)
    if out is not None:
        from pyscales.results import make_dataset

        dataset = make_dataset(
            {
                "critical_gain": ((), result.critical_gain),
                "critical_gain_static": ((), result.critical_gain_static),
                "frequency": ((), result.frequency),
            },
            attrs={"job": "critical-gain", "model": model.parameters(), "status": result.status},
        )
        write_run(out, config, {"critical_gain": dataset})


def dmft(
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
    theory_degrees: o.TheoryDegrees = None,
    seed: o.Seed = None,
    engine: o.Engine = None,
    out: o.Out = None,
    set_: o.Set = None,
    quiet: o.Quiet = False,
    as_json: o.Json = False,
) -> None:
    """Mean-field theory: variance, autocorrelation, timescales, Lyapunov exponent."""
    from pyscales.analysis.dmft import solve_dmft
    from pyscales.cli.run_folder import write_run
    from pyscales.config import build_config, make_model

    config = build_config(
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
            theory_degrees=theory_degrees,
            seed=seed,
            engine=engine,
        ),
        set_,
    )
    model, _ = make_model(config)
    section = config.dmft
    solution = solve_dmft(
        model,
        max_lag=section.max_lag,
        n_lags=section.n_lags,
        n_nodes=section.n_nodes,
        trajectories=section.trajectories,
        n_seeds=section.n_seeds,
        replicas=section.replicas,
        tolerance=section.tolerance,
        root=section.root,
        engine=config.run.engine,
        seed=config.run.seed,
    )
    attrs = solution.attrs
    emit(
        {
            "phase": attrs["phase"],
            **solution.scalars,
            "converged": bool(attrs["converged"]),
            "residual": float(attrs["residual"]),
            "theory_degrees": attrs["theory_degrees"],
            "engine": attrs["engine"],
            "message": attrs["message"],
        },
        as_json,
    )
    if out is not None:
        write_run(out, config, {"dmft": solution.to_dataset()})
    if not attrs["converged"]:
        raise typer.Exit(3)


def phase_diagram(
    axis: Annotated[str | None, typer.Option(help="Second axis: sigma or symmetry.")] = None,
    values: Annotated[
        str | None, typer.Option(help="Second axis, as 'a,b,c' or 'start:stop:count'.")
    ] = None,
    gains: Annotated[
        str | None, typer.Option(help="Gains, as 'a,b,c' or 'start:stop:count'.")
    ] = None,
    simulate: Annotated[bool, typer.Option(help="Simulate every point (needs --n).")] = False,
    n: o.N = None,
    mean_degree: o.MeanDegree = None,
    sigma: o.Sigma = None,
    k_max: o.KMax = None,
    law: o.Law = None,
    shape: o.Shape = None,
    exponent: o.Exponent = None,
    degrees: o.Degrees = None,
    direction: o.Direction = None,
    symmetry: o.Symmetry = None,
    theory_degrees: o.TheoryDegrees = None,
    seed: o.Seed = None,
    engine: o.Engine = None,
    out: o.Out = None,
    set_: o.Set = None,
    quiet: o.Quiet = False,
    as_json: o.Json = False,
) -> None:
    """Critical lines and phases over gain x sigma or gain x symmetry."""
    import numpy as np

    from pyscales.analysis.phase_diagram import phase_diagram as solve
    from pyscales.cli.run_folder import write_run
    from pyscales.config import build_config, make_model, make_simulation
    from pyscales.results import Store

    data: dict[str, Any] = o.sections(
        n=n,
        mean_degree=mean_degree,
        sigma=sigma,
        k_max=k_max,
        law=law,
        shape=shape,
        exponent=exponent,
        degrees=degrees,
        direction=direction,
        symmetry=symmetry,
        theory_degrees=theory_degrees,
        seed=seed,
        engine=engine,
    )
    section: dict[str, Any] = {}
    if axis is not None:
        section["axis"] = axis
    if values is not None:
        section["values"] = parse_grid("--values", values)
    if gains is not None:
        section["gains"] = parse_grid("--gains", gains)
    section["simulate"] = simulate
    data["phase_diagram"] = section
    config = build_config(data, set_)
    model, _ = make_model(config)
    wanted = config.phase_diagram
    with progress(quiet or not wanted.simulate) as report:
        dataset = solve(
            model,
            wanted.axis,
            np.array(wanted.values),
            np.array(wanted.gains),
            simulation=make_simulation(config) if wanted.simulate else None,
            seed=config.run.seed,
            engine=config.run.engine,
            store=Store(None if out is None else out / "parts"),
            progress=report,
        )
    write_run(out, config, {"phase_diagram": dataset})
    record = {str(k): plain(v.values) for k, v in (dataset.coords | dataset.data_vars).items()}
    if as_json:
        emit(record, True)
        return
    header = [wanted.axis, "critical_gain", "critical_gain_static", "frequency", "phases by gain"]
    print("\t".join(header))
    phases = record.get("phase_simulated", record["phase_theory"])
    for i, v in enumerate(record[wanted.axis]):
        row = [v, record["critical_gain"][i], record["critical_gain_static"][i]]
        row.append(record["frequency"][i])
        numbers = "\t".join("-" if x is None else f"{x:.6g}" for x in row)
        marks = " ".join(f"{g:g}:{p}" for g, p in zip(record["gain"], phases[i], strict=True))
        print(f"{numbers}\t{marks}")


def parse_grid(name: str, text: str) -> list[float]:
    """Numbers from 'a,b,c' or 'start:stop:count'."""
    import numpy as np

    from pyscales.errors import InputError

    try:
        if ":" in text:
            start, stop, count = text.split(":")
            return [float(x) for x in np.linspace(float(start), float(stop), int(count))]
        return [float(x) for x in text.split(",")]
    except ValueError:
        raise InputError(name, text, "'a,b,c' or 'start:stop:count'") from None
