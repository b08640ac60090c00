"""lyapunov."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from pyscales.cli import options as o
from pyscales.cli.output import emit, plain, progress, remark, warn


def lyapunov(
    gains: Annotated[
        str | None,
        typer.Option(help="Several gains, as 'a,b,c' or 'start:stop:count': onset of chaos."),
    ] = None,
    exponents: Annotated[int | None, typer.Option(help="First m exponents. [default: 1]")] = None,
    duration: Annotated[float | None, typer.Option(help="Observed time. [default: 400]")] = None,
    transient: Annotated[float | None, typer.Option(help="Discarded time. [default: 100]")] = None,
    trials: Annotated[int | None, typer.Option(help="Initial states. [default: 2]")] = None,
    networks: Annotated[int | None, typer.Option(help="Networks. [default: 1]")] = None,
    dt: Annotated[float | None, typer.Option(help="Runge-Kutta step. [default: 0.1]")] = None,
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
    time_constants: o.TimeConstants = None,
    tau_spread: o.TauSpread = None,
    seed: o.Seed = None,
    engine: o.Engine = None,
    out: o.Out = None,
    set_: o.Set = None,
    quiet: o.Quiet = False,
    as_json: o.Json = False,
) -> None:
    """Lyapunov exponents of sampled networks, with mean-field theory at symmetry 0."""
    import numpy as np

    from pyscales.analysis.lyapunov import LyapunovSettings
    from pyscales.analysis.lyapunov import lyapunov as solve
    from pyscales.cli.run_folder import write_run
    from pyscales.cli.theory_commands import parse_grid
    from pyscales.config import build_config, make_model
    from pyscales.errors import InputError
    from pyscales.results import Store

    if gains is not None and gain is not None:
        raise InputError("--gains", gains, "absent when --gain is given", "Give one of the two.")
    data: dict[str, Any] = o.sections(
        n=n if n is not None or degrees is not None else 1000,
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
        time_constants=time_constants,
        tau_spread=tau_spread,
        seed=seed,
        engine=engine,
    )
    given = {
        "gains": None if gains is None else parse_grid("--gains", gains),
        "n_exponents": exponents,
        "duration": duration,
        "transient": transient,
        "n_trials": trials,
        "n_networks": networks,
        "dt": dt,
    }
    data["lyapunov"] = {k: v for k, v in given.items() if v is not None}
    config = build_config(data, set_)
    model, _ = make_model(config)
    section = config.lyapunov.model_dump()
    grid = section.pop("gains")
    settings = LyapunovSettings(**section)
    with progress(quiet) as report:
        dataset = solve(
            model,
            settings,
            gains=None if grid is None else np.array(grid),
            seed=config.run.seed,
            engine=config.run.engine,
            store=Store(None if out is None else out / "parts"),
            progress=report,
        )
    attrs = dataset.attrs
    names = (
        "lyapunov_max",
        "lyapunov_max_error",
        "lyapunov_max_theory",
        "kaplan_yorke_dimension",
        "entropy_rate",
        "share_at_rest",
        "share_chaotic",
    )
    one = dataset.sizes["gain"] == 1
    columns = {name: plain(dataset[name].values) for name in ("gain", *names)}
    record: dict[str, Any] = {k: v[0] if one else v for k, v in columns.items()}
    record |= {
        "error_over": attrs["error_over"],
        "converged": bool(attrs["converged"]),
        "message": attrs["message"],
        "engine": attrs["engine"],
    }
    mean = dataset["lyapunov_exponent"].mean(("network", "trial")).values
    if settings.n_exponents > 1:
        record["lyapunov_exponents"] = mean[0] if one else mean
    if not one:
        parts = ("gain", "error", "low", "high", "undecided", "status", "message")
        record |= {f"onset_{k}": attrs[f"onset_{k}"] for k in parts}
    if as_json or one:
        emit(record, as_json)
    else:
        print("\t".join(columns))
        for row in zip(*columns.values(), strict=True):
            print("\t".join("-" if x is None else f"{x:.6g}" for x in row))
        warn(
            f"onset of chaos: {attrs['onset_gain']:.4g} ± {attrs['onset_error']:.2g} "
            f"[{attrs['onset_low']:.4g}, {attrs['onset_high']:.4g}], {attrs['onset_status']}: "
            f"{attrs['onset_message']}"
        )
    files = write_run(out, config, {"lyapunov": dataset})
    if out is not None:
        from pyscales.figures.lyapunov import draw_lyapunov
        from pyscales.figures.style import save

        files += save(draw_lyapunov(dataset).figure, out / "figures", "lyapunov")
    for path in files:
        remark(f"wrote {path}")
    if not attrs["converged"]:
        raise typer.Exit(3)
