"""fixed-points, self-couplings."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from pyscales.cli import options as o
from pyscales.cli.output import emit, remark


def fixed_points(
    rule: Annotated[
        str, typer.Option(help="Root of bistable neurons: outer (most stable) or equal.")
    ] = "outer",
    dynamics: Annotated[
        bool,
        typer.Option(help="Where the static state is unstable, let the dynamics name the phase."),
    ] = True,
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
    as_json: o.Json = False,
) -> None:
    """Static states: q, susceptibility, stability, bistable neurons, region, phase."""
    from pyscales.analysis.fixed_points import fixed_points as solve
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
    solution = solve(
        model,
        rule=rule,
        dynamics=dynamics,
        seed=config.run.seed,
        engine=config.run.engine,
    )
    emit(solution.record(), as_json)
    if out is not None:
        for path in write_run(out, config, {"fixed_points": solution.to_dataset()}):
            remark(f"wrote {path}")
    if not solution.state.converged:
        raise typer.Exit(3)


def self_couplings(
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
    as_json: o.Json = False,
) -> None:
    """Effective self-couplings s_k, threshold of bistability, share of bistable neurons."""
    from pyscales.analysis.fixed_points import self_coupling as solve
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
    dataset = solve(
        model,
        seed=config.run.seed,
        engine=config.run.engine,
        trajectories=section.trajectories,
        n_seeds=section.n_seeds,
        tolerance=section.tolerance,
        root=section.root,
    )
    record: dict[str, Any] = {k: dataset.attrs[k] for k in ("phase", "region")}
    for i, source in enumerate(dataset["source"].values):
        for name in ("susceptibility", "bistability_threshold", "fraction_bistable"):
            record[f"{name}_{source}"] = float(dataset[name].values[i])
    record |= {
        "susceptibility_error": float(dataset["susceptibility_error"].values[0]),
        "converged": bool(dataset.attrs["converged"]),
        "message": dataset.attrs["message"],
    }
    emit(record, as_json)
    if out is not None:
        from pyscales.figures.memory import draw_self_couplings
        from pyscales.figures.style import save

        drawing = draw_self_couplings(dataset)
        files = write_run(out, config, {"self_couplings": dataset})
        for path in [*files, *save(drawing.figure, out / "figures", drawing.name)]:
            remark(f"wrote {path}")
    if not record["converged"]:
        raise typer.Exit(3)
