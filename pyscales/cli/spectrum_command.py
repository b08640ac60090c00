"""spectrum."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from pyscales.cli import options as o
from pyscales.cli.output import emit, remark, scalars


def spectrum(
    n: o.N = None,
    at: Annotated[str | None, typer.Option(help="origin, trajectory, fixed-point.")] = None,
    method: Annotated[
        str | None, typer.Option(help="auto, dense, arnoldi, stochastic, theory.")
    ] = None,
    k: Annotated[int | None, typer.Option(help="Eigenvalues wanted (arnoldi).")] = None,
    which: Annotated[str | None, typer.Option(help="LR rightmost, LM largest (arnoldi).")] = None,
    snapshots: Annotated[int | None, typer.Option(help="States of the trajectory.")] = None,
    transient: Annotated[float | None, typer.Option(help="Time before the first state.")] = None,
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
    """Eigenvalues of the Jacobian of one network at x = 0 or at its states, with theory."""
    from pyscales.analysis.spectrum import spectrum as solve
    from pyscales.cli.run_folder import write_run
    from pyscales.config import build_config, make_model

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
        seed=seed,
        engine=engine,
    )
    given = {
        "at": at,
        "method": method,
        "k": k,
        "which": which,
        "snapshots": snapshots,
        "transient": transient,
    }
    data["spectrum"] = {key: value for key, value in given.items() if value is not None}
    config = build_config(data, set_)
    model, _ = make_model(config)
    dataset = solve(
        model, seed=config.run.seed, engine=config.run.engine, **config.spectrum.model_dump()
    )
    attrs = dataset.attrs
    record: dict[str, Any] = {"at": attrs["at"], "method": attrs["method"], **scalars(dataset)}
    if "rightmost" in attrs:
        record |= {
            "rightmost": float(attrs["rightmost"]),
            "n_eigenvalues": int(dataset.sizes["eigenvalue"]),
            "worst_residual": float(attrs["worst_residual"]),
        }
        for name in ("degree_localisation", "inverse_participation", "dominant_neuron"):
            record[f"rightmost_{name}"] = dataset[name].values.ravel()[0].item()
    record |= {"converged": bool(attrs["converged"]), "message": attrs["message"]}
    if as_json:
        for variable, values in dataset.data_vars.items():
            if values.ndim and values.dims[-1] in ("eigenvalue", "hub", "point"):
                record[str(variable)] = values.values
    emit(record, as_json)
    for path in write_run(out, config, {"spectrum": dataset}):
        remark(f"wrote {path}")
    if not attrs["converged"]:
        raise typer.Exit(3)
