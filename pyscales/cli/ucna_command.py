"""ucna."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from pyscales.cli import options as o
from pyscales.cli.output import emit, plain, progress, remark

_GRID = "'a,b,c' or 'start:stop:count'"
_PER_POINT = (
    "relative_degree_of_point",
    "self_coupling",
    "noise_strength",
    "noise_time",
    "support_edge",
    "variance_x_exact",
    "well",
    "barrier",
    "switching_time",
    "switching_time_ucna",
    "residual",
    "rate_residual",
    "variance_x_sampled",
    "variance_x_sampled_error",
    "switching_time_sampled",
    "switching_time_sampled_error",
)
_PER_FORM = ("l1", "kl", "kl_reverse", "variance_x_form", "normalisation", "mode", "well_depth")
_PER_REFERENCE = ("l1_sampled", "l1_sampled_error", "kl_sampled", "kl_sampled_error")


def ucna(
    self_coupling: Annotated[
        str | None, typer.Option(help=f"Effective self-coupling s: a number, {_GRID}.")
    ] = None,
    noise_strength: Annotated[
        str | None, typer.Option(help="D, twice the integral of the noise autocorrelation.")
    ] = None,
    noise_time: Annotated[
        str | None, typer.Option(help="Correlation time of the noise, membrane times.")
    ] = None,
    relative_degree: Annotated[
        str | None, typer.Option(help=f"From the model: degrees k/<k>, {_GRID}.")
    ] = None,
    map_: Annotated[
        bool, typer.Option("--map", help="All pairs of --self-coupling and --noise-time.")
    ] = False,
    sample: Annotated[bool, typer.Option(help="Sample walkers too.")] = False,
    duration: Annotated[
        float, typer.Option(help="Observed time of the walkers, membrane times.")
    ] = 400.0,
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
    """Density and switching of one unit with coloured noise: UCNA, the slides' form, exact.

    Give the unit (--self-coupling --noise-strength --noise-time), or a model and its degree
    classes (--gain --symmetry ... --relative-degree).
    """
    import numpy as np

    from pyscales.analysis.degree_units import ucna_of_model
    from pyscales.analysis.ucna import Sampling, ucna_map
    from pyscales.analysis.ucna import ucna as solve
    from pyscales.cli.run_folder import write_run
    from pyscales.cli.theory_commands import parse_grid
    from pyscales.config import build_config, make_model
    from pyscales.errors import InputError

    model_options = o.sections(
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
    )
    direct = {
        "--self-coupling": self_coupling,
        "--noise-strength": noise_strength,
        "--noise-time": noise_time,
    }
    config = build_config(model_options, set_)
    given = [k for k, v in direct.items() if v is not None]
    sampling = Sampling(duration=duration, seed=config.run.seed) if sample else None
    if not given:
        if map_:
            raise InputError("--map", True, "a grid given by --self-coupling and --noise-time")
        model, _ = make_model(config)
        u = None if relative_degree is None else parse_grid("--relative-degree", relative_degree)
        dataset = ucna_of_model(
            model,
            relative_degree=None if u is None else np.array(u),
            sampling=sampling,
            seed=config.run.seed,
            engine=config.run.engine,
        )
    else:
        missing = [k for k in direct if k not in given]
        if missing:
            raise InputError(missing[0], None, "a number", "A unit needs all three: s, D, tau.")
        named = [f"{s}.{k}" for s in ("degrees", "model") for k in model_options[s]]
        if relative_degree is not None:
            named.append("--relative-degree")
        if named:
            raise InputError(
                named[0], "given", "absent with --self-coupling", "A unit or a model, not both."
            )
        s, d, tau = (np.array(parse_grid(k, str(v))) for k, v in direct.items())
        if map_:
            if d.size != 1 or sample:
                raise InputError("--noise-strength", d.tolist(), "one number, without --sample")
            with progress(quiet) as report:
                dataset = ucna_map(s, tau, noise_strength=float(d[0]), progress=report)
        else:
            sizes = {v.size for v in (s, d, tau)} - {1}
            if len(sizes) > 1:
                raise InputError(
                    "--self-coupling", s.tolist(), "lists of equal length", "For all pairs: --map."
                )
            dataset = solve(s, d, tau, sampling=sampling)
    _print(dataset, as_json, map_)
    for path in _write(out, config, dataset, write_run):
        remark(f"wrote {path}")
    if not dataset.attrs["converged"]:
        raise typer.Exit(3)


def _print(dataset: Any, as_json: bool, is_map: bool) -> None:
    attrs = dataset.attrs
    end = {"converged": bool(attrs["converged"]), "message": attrs["message"]}
    if is_map:
        emit(_map_record(dataset) | end, as_json)
        return
    record = _record(dataset)
    if "noise_message" in attrs:
        end["noise_message"] = attrs["noise_message"]
    if as_json or dataset.sizes["point"] == 1:
        if dataset.sizes["point"] == 1:
            record = {k: v[0] for k, v in record.items()}
        record["switching_time_ucna_is"] = attrs["switching_time_ucna_is"]
        emit(record | end, as_json)
        return
    print("\t".join(record))
    for row in zip(*record.values(), strict=True):
        print("\t".join("-" if x is None else f"{x:.6g}" for x in row))


def _record(dataset: Any) -> dict[str, list[Any]]:
    """Columns over the points: scalars, then what depends on the form."""
    columns = {k: plain(dataset[k].values) for k in _PER_POINT if k in dataset}
    for names, dim in ((_PER_FORM, "form"), (_PER_REFERENCE, "reference_form")):
        for name in names:
            if name not in dataset:
                continue
            for i, form in enumerate(dataset[dim].values):
                key = f"{name.removesuffix('_form')}_{form}"
                columns[key] = plain(dataset[name].values[:, i])
    return columns


def _map_record(dataset: Any) -> dict[str, Any]:
    names = ("self_coupling", "noise_time", "support_edge", "switching_ratio", "residual")
    record: dict[str, Any] = {k: plain(dataset[k].values) for k in names}
    for i, form in enumerate(dataset["form"].values):
        record |= {f"{k}_{form}": plain(dataset[k].values[..., i]) for k in ("l1", "kl")}
    return record | {k: dataset.attrs[k] for k in ("noise_strength", "good_l1", "share_good")}


def _write(out: Path | None, config: Any, dataset: Any, write_run: Any) -> list[Path]:
    """Results, and their figure beside them."""
    if out is None:
        return []
    from pyscales.figures.style import save
    from pyscales.figures.ucna import draw_ucna, draw_ucna_map

    is_map = dataset.attrs["job"] == "ucna-map"
    files: list[Path] = write_run(out, config, {"ucna_map" if is_map else "ucna": dataset})
    drawing = draw_ucna_map(dataset) if is_map else draw_ucna(dataset)
    return [*files, *save(drawing.figure, out / "figures", drawing.name)]
