"""two-time, theory-timescales."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from pyscales.cli import options as o
from pyscales.cli.output import emit, remark


def two_time(
    duration: Annotated[float, typer.Option(help="Time from the initial state.")] = 30.0,
    dt: Annotated[float, typer.Option(help="Step; at most 4000 of them.")] = 0.1,
    initial_mean: Annotated[float, typer.Option(help="Mean of the initial x.")] = 0.0,
    initial_scale: Annotated[float, typer.Option(help="Its standard deviation.")] = 1.0,
    trajectories: Annotated[int, typer.Option(help="Sampled effective neurons.")] = 3000,
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
    out: o.Out = None,
    set_: o.Set = None,
    as_json: o.Json = False,
) -> None:
    """Mean field from an initial state, C(t, t') and G(t, t'): transients, silence, freezing."""
    from pyscales.analysis.two_time import dmft_two_time
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
        ),
        set_,
    )
    model, _ = make_model(config)
    dataset = dmft_two_time(
        model,
        duration=duration,
        dt=dt,
        initial_mean=initial_mean,
        initial_scale=initial_scale,
        trajectories=trajectories,
        seed=config.run.seed,
    )
    c = dataset["autocorrelation_two_time"].values
    g = dataset["response_two_time"].values
    half = c.shape[0] // 2
    emit(
        {
            "duration": float(dataset["time"].values[-1]),
            "variance_x": float(dataset["variance_x_in_time"].values[-1]),
            "variance_phi": float(c[-1, -1]),
            "variance_phi_error": float(dataset["variance_phi_in_time_error"].values[-1]),
            "autocorrelation_from_half_time": float(c[-1, half]),
            "susceptibility": float(g[-1].sum() * dt),
            "trajectories": int(dataset.attrs["trajectories"]),
        },
        as_json,
    )
    _write(out, config, write_run, "two_time", dataset)


def theory_timescales(
    n_degrees: Annotated[int, typer.Option(help="Degrees solved.")] = 14,
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
    """Timescale against degree and its spread over the network, from theory, for x and phi(x)."""
    from pyscales.analysis.theory_timescales import theory_timescales as solve
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
        n_degrees=n_degrees,
        trajectories=section.trajectories,
        n_seeds=section.n_seeds,
        tolerance=section.tolerance,
        engine=config.run.engine,
        seed=config.run.seed,
    )
    record: dict[str, Any] = {}
    for suffix in ("", "_phi"):
        for name in (f"degree_slope{suffix}", f"log_spread{suffix}"):
            record[name] = float(dataset[name])
            record[f"{name}_error"] = float(dataset[f"{name}_error"])
    record["relative_degree"] = dataset["relative_degree"].values.tolist()
    for name in ("timescale_hwhm_of_degree", "timescale_hwhm_phi_of_degree"):
        record[name] = dataset[name].values.tolist()
        record[f"{name}_error"] = dataset[f"{name}_error"].values.tolist()
    record |= {k: dataset.attrs[k] for k in ("phase", "converged", "message")}
    record["converged"] = bool(record["converged"])
    emit(record, as_json)
    _write(out, config, write_run, "theory_timescales", dataset)
    if not record["converged"]:
        raise typer.Exit(3)


def _write(out: Any, config: Any, write_run: Any, name: str, dataset: Any) -> None:
    """Results, and their figure beside them."""
    if out is None:
        return
    from pyscales.figures.memory import draw_theory_timescales, draw_two_time
    from pyscales.figures.style import save

    files = write_run(out, config, {name: dataset})
    drawing = (draw_two_time if name == "two_time" else draw_theory_timescales)(dataset)
    for path in [*files, *save(drawing.figure, out / "figures", drawing.name)]:
        remark(f"wrote {path}")
