"""One vocabulary of options for all commands, and what they mean for the configuration."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from pyscales.cli.output import keep_in, quieter

N = Annotated[int | None, typer.Option("--n", help="Neurons (quantiles of the law in theory).")]
MeanDegree = Annotated[float | None, typer.Option("--mean-degree", help="<k>. [default: 100]")]
Sigma = Annotated[
    float | None, typer.Option("--sigma", help="Lognormal: sd of ln k. [default: 0.5]")
]
KMax = Annotated[float | None, typer.Option("--k-max", help="Largest degree of the law.")]
Law = Annotated[
    str | None,
    typer.Option("--law", help="lognormal, homogeneous, gamma, power-law. [default: lognormal]"),
]
Shape = Annotated[float | None, typer.Option("--shape", help="Gamma law: CV is shape^(-1/2).")]
Exponent = Annotated[float | None, typer.Option("--exponent", help="Power law: exponent.")]
Degrees = Annotated[
    Path | None, typer.Option("--degrees", help="File of degrees or edge list (real wiring).")
]
Direction = Annotated[
    str | None, typer.Option("--direction", help="Degree from an edge list: total, in, out.")
]
Gain = Annotated[float | None, typer.Option("--gain", help="Gain g. [default: 1.5]")]
Symmetry = Annotated[
    float | None, typer.Option("--symmetry", help="corr(J_ij, J_ji), -1..1. [default: 0]")
]
TheoryDegrees = Annotated[
    str | None,
    typer.Option("--theory-degrees", help="auto, nominal, finite, capped, realised."),
]
Seed = Annotated[int | None, typer.Option("--seed", help="Same seed, same result. [default: 1]")]
Engine = Annotated[str | None, typer.Option("--engine", help="auto, scipy, julia, mkl.")]
Solver = Annotated[
    str | None, typer.Option("--solver", help="auto, nonstiff, stiff. [default: auto]")
]
TimeConstants = Annotated[
    str | None,
    typer.Option(
        "--time-constants",
        help="homogeneous, lognormal, log-uniform, or a file. [default: homogeneous]",
    ),
]
TauSpread = Annotated[
    float | None,
    typer.Option("--tau-spread", help="Lognormal: sd of ln tau; log-uniform: decades."),
]
Out = Annotated[
    Path | None,
    typer.Option("--out", help="Folder for results.", callback=lambda v: keep_in(v)),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Set = Annotated[
    list[str] | None, typer.Option("--set", help="Override: section.key=value (repeatable).")
]
Quiet = Annotated[
    bool,
    typer.Option("--quiet", "-q", help="No progress, no remarks.", callback=lambda v: quieter(v)),
]


_TIME_CONSTANT_LAWS = ("homogeneous", "lognormal", "log-uniform")


def sections(
    *,
    n: int | None = None,
    mean_degree: float | None = None,
    sigma: float | None = None,
    k_max: float | None = None,
    law: str | None = None,
    shape: float | None = None,
    exponent: float | None = None,
    degrees: Path | None = None,
    direction: str | None = None,
    gain: float | None = None,
    symmetry: float | None = None,
    theory_degrees: str | None = None,
    seed: int | None = None,
    engine: str | None = None,
    solver: str | None = None,
    time_constants: str | None = None,
    tau_spread: float | None = None,
) -> dict[str, Any]:
    """Options given on the command line as configuration sections."""
    if degrees is not None and law is None:
        law = "empirical"
    tau_file = None
    if time_constants is not None and time_constants not in _TIME_CONSTANT_LAWS:
        time_constants, tau_file = "file", time_constants
    given: dict[str, dict[str, Any]] = {
        "run": {"seed": seed, "engine": engine},
        "degrees": {
            "law": law,
            "mean_degree": mean_degree,
            "sigma": sigma,
            "k_max": k_max,
            "shape": shape,
            "exponent": exponent,
            "file": None if degrees is None else str(degrees),
            "direction": direction,
        },
        "model": {
            "n": n,
            "gain": gain,
            "symmetry": symmetry,
            "theory_degrees": theory_degrees,
        },
        "time_constants": {"law": time_constants, "spread": tau_spread, "file": tau_file},
        "simulation": {"solver": solver},
    }
    return {
        name: {k: v for k, v in values.items() if v is not None} for name, values in given.items()
    }
