"""Density and localisation of a large Jacobian by random probes, beside the smoothed theory."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyscales._threads import single_threaded_blas
from pyscales.engines import SolverStatus
from pyscales.engines.embedded.stochastic_density import stochastic_density
from pyscales.errors import InputError
from pyscales.model import Model
from pyscales.theory.spectrum.boundary import boundary_radius
from pyscales.theory.spectrum.smoothed import smoothed_density
from pyscales.theory.spectrum.state import StateNodes

FloatArray = NDArray[np.float64]

_NODES = 300
_BLOCK = 2_000_000


def check_stochastic(model: Model, points: int, width: float, probes: int) -> None:
    """Refuse values outside their range."""
    if not 1 <= points <= 1000:
        raise InputError("spectrum.points", points, "a whole number from 1 to 1000")
    if not (np.isfinite(width) and 1e-3 <= width <= 1):
        raise InputError(
            "spectrum.width", width, "a number in [0.001, 1]", "It is relative to the radius."
        )
    if not 1 <= probes <= 10_000:
        raise InputError("spectrum.probes", probes, "a whole number from 1 to 10000")
    if abs(model.symmetry) == 1 or (model.directed and model.symmetry != 0):
        raise InputError(
            "spectrum.method",
            "stochastic",
            "another method at symmetry +-1 or for directed graphs with symmetry",
        )


@single_threaded_blas
def density_estimates(
    model: Model,
    matrix: Any,
    degrees: FloatArray,
    pairs: StateNodes | None,
    *,
    points: int,
    width: float,
    probes: int,
    seed: int,
) -> tuple[dict[str, tuple[tuple[str, ...], Any]], SolverStatus]:
    """Estimates along a ray at 45 degrees (of the ellipse's frame), to 1.1 times the edge.

    `matrix` is W diag(phi'); `pairs` holds degrees and slopes of a state, None at x = 0.
    """
    law = model.finite_degrees().nodes(_NODES)
    u, w = law.relative_degree, law.weight
    keep = u > 0
    u, w = u[keep], w[keep]
    scale = float(np.sqrt(degrees.mean() / model.degrees.mean_degree))
    if pairs is not None:
        u, w = _law_of(pairs)
    gain = model.gain * scale
    wide = boundary_radius(u, w, model.symmetry, 0.1)
    high = boundary_radius(u, w, model.symmetry, np.pi / 2 - 0.1)
    direction = np.array([wide, high]) / np.hypot(wide, high)
    edge = boundary_radius(u, w, model.symmetry, float(np.arctan2(direction[1], direction[0])))
    share = 1.1 * (np.arange(points) + 0.5) / points
    x, y = share * edge * direction[0], share * edge * direction[1]
    eta = width * edge
    z = gain * (x + 1j * y)
    step = max(1, min(12, _BLOCK // degrees.size))
    parts = [
        stochastic_density(matrix, degrees, z[i : i + step], gain * eta, probes=probes, seed=seed)
        for i in range(0, points, step)
    ]
    theory = smoothed_density(u, w, model.symmetry, x, y, eta)
    dims = ("point",)
    variables: dict[str, tuple[tuple[str, ...], Any]] = {
        "point_real": (dims, z.real - 1.0),
        "point_imag": (dims, z.imag),
        "density_estimate": (dims, np.concatenate([p.density for p in parts])),
        "density_estimate_error": (dims, np.concatenate([p.density_error for p in parts])),
        "density_smoothed": (dims, theory.density / gain**2),
        "localisation_estimate": (dims, np.concatenate([p.localisation for p in parts])),
        "localisation_estimate_error": (
            dims,
            np.concatenate([p.localisation_error for p in parts]),
        ),
    }
    if pairs is None:
        variables["localisation_smoothed"] = (dims, degrees.mean() * theory.localisation)
    worst = max((p.status for p in parts), key=lambda s: (not s.success, s.residual))
    total = sum(p.status.evaluations for p in parts)
    return variables, SolverStatus(
        worst.success, worst.retcode, worst.message, worst.iterations, total, worst.residual
    )


def _law_of(pairs: StateNodes) -> tuple[FloatArray, FloatArray]:
    from pyscales.degrees import DegreeSequence

    v = pairs.effective_degree[pairs.effective_degree > 0]
    nodes = DegreeSequence(v).nodes(_NODES)
    return nodes.relative_degree * v.mean(), nodes.weight * (v.size / pairs.weight.size)
