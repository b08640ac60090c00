"""Theory of the spectrum of a model at x = 0 or at given states, as variables of a Dataset."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyscales._threads import single_threaded_blas
from pyscales.analysis.critical_gain import critical_gain
from pyscales.analysis.theory_degrees import theory_degrees
from pyscales.degrees import DegreeSequence
from pyscales.model import Model
from pyscales.theory.spectrum.boundary import boundary_curve, boundary_radius, rightmost_point
from pyscales.theory.spectrum.density import BulkDensity, bulk_density
from pyscales.theory.spectrum.hubs import hub_edge
from pyscales.theory.spectrum.largest_mode import largest_mode
from pyscales.theory.spectrum.outliers import hub_modes, numerical_abscissa
from pyscales.theory.spectrum.radial import radial_profile, spectral_radius
from pyscales.theory.spectrum.resolvent import modulus_distribution
from pyscales.theory.spectrum.state import StateNodes, state_density
from pyscales.theory.spectrum.symmetric import symmetric_density

FloatArray = NDArray[np.float64]
Variables = dict[str, tuple[tuple[str, ...], Any]]

_NODES = 400
_GRID = 41
_STATE_GRID = 31
_CLASSES = 60
_RADII = 101


@single_threaded_blas
def spectrum_theory(model: Model, *, seed: int = 0) -> tuple[Variables, dict[str, Any]]:
    """Boundary, density, radial distribution, localisation, hub modes and critical gain at x = 0.

    Returns
    -------
    variables, attrs
        All for the Jacobian -1 + W. `boundary_*` and the grid of `eigenvalue_density` cover one
        quadrant around -1; the grid also has `localisation_grid` (f_k) and `overlap_grid`. At
        symmetry +-1 `axis_density` over `axis` replaces them. `hub_*` over `hub` for a finite
        network, and for symmetry > 0 `rightmost_expected` with `rightmost_spread`, the largest of
        all their modes over networks. Degrees 'capped': boundary, and at symmetry 0 the radial
        law, of the connection probabilities of the graph in 60 classes of neurons.
    """
    finite = model.theory_degrees == "nominal" and model.n_neurons is not None
    chosen = theory_degrees(model.with_(theory_degrees="finite") if finite else model, seed=seed)
    gain, mean_degree = chosen.gain, chosen.law.mean_degree
    nodes = chosen.law.nodes(_NODES)
    positive = nodes.relative_degree > 0
    u, w = nodes.relative_degree[positive], nodes.weight[positive]
    variables: Variables = {}
    attrs: dict[str, Any] = {"theory_degrees": chosen.choice}
    if chosen.choice == "capped" and abs(model.symmetry) < 1:
        return _capped(model, seed), attrs
    if model.symmetry == 0:
        variables |= _radial(u, w, gain, chosen.law.moment(2), mean_degree)
    if model.directed and model.symmetry != 0:
        return variables, attrs
    if abs(model.symmetry) < 1:
        variables |= _plane(u, w, model.symmetry, gain, mean_degree)
    else:
        variables |= _axis(u, w, gain, mean_degree)
    if isinstance(chosen.law, DegreeSequence):
        degrees = chosen.law.relative_degrees
        sparse = np.inf if model.kind == "dense" else mean_degree
        modes = hub_modes(degrees, model.symmetry, mean_degree=sparse)
        variables |= {
            "hub_degree": (("hub",), mean_degree * modes.relative_degree),
            "hub_eigenvalue": (("hub",), gain * modes.eigenvalue),
            "hub_share": (("hub",), modes.hub_share),
            "hub_condition": (("hub",), modes.condition),
            "hub_spread": (("hub",), gain * modes.spread),
            "numerical_abscissa_theory": (
                (),
                gain * numerical_abscissa(degrees, model.symmetry) - 1.0,
            ),
        }
        if model.symmetry > 0:
            largest = largest_mode(degrees, model.symmetry, mean_degree=sparse)
            variables |= {
                "rightmost_expected": ((), gain * largest.mean - 1.0),
                "rightmost_spread": ((), gain * largest.spread),
            }
            attrs["rightmost_status"] = "solved" if largest.solved else "no solution of the field"
    result = critical_gain(model, seed=seed)
    variables["critical_gain"] = ((), result.critical_gain)
    attrs["critical_gain_branch"] = result.branch
    return variables, attrs


def _radial(
    u: FloatArray, w: FloatArray, gain: float, second_moment: float, mean_degree: float
) -> Variables:
    radius = spectral_radius(gain, second_moment)
    r = np.linspace(0.0, 1.0, _RADII)
    fraction, localisation = radial_profile(u, w, r * radius / max(gain, 1e-300))
    return {
        "spectral_radius": ((), radius),
        "radius": (("radius",), r * radius),
        "radial_distribution": (("radius",), np.maximum(fraction, 1.0 - w.sum())),
        "degree_localisation_theory": (("radius",), mean_degree * localisation),
    }


def _capped(model: Model, seed: int) -> Variables:
    from pyscales.network import connection_probability
    from pyscales.theory.spectrum.profile_density import profile_density
    from pyscales.theory.spectrum.variance_profile import (
        profile_boundary_radius,
        profile_radius,
        variance_profile,
    )

    law = model.finite_degrees()
    profile = variance_profile(
        law.degrees,
        lambda q: connection_probability(q, model.cap),  # type: ignore[arg-type]
        _CLASSES,
    )
    gain = model.gain * float(np.sqrt(law.mean_degree / model.degrees.mean_degree))
    variables: Variables = {"critical_gain": ((), critical_gain(model, seed=seed).critical_gain)}
    if model.directed and model.symmetry != 0:
        return variables
    angle = np.linspace(0.0, np.pi / 2, 31)
    if model.symmetry == 0:
        radius = np.full(angle.size, profile_radius(profile))
        r = np.linspace(0.02, 0.99, 34) * radius[0]
        found = profile_density(profile, 0.0, r, np.zeros_like(r))
        variables |= {
            "spectral_radius": ((), gain * radius[0]),
            "radius": (("radius",), gain * r),
            "radial_distribution": (("radius",), found.flux),
            "degree_localisation_theory": (("radius",), found.localisation),
        }
    else:
        radius = np.array([profile_boundary_radius(profile, model.symmetry, a) for a in angle])
    return variables | {
        "boundary_real": (("boundary",), gain * radius * np.cos(angle) - 1.0),
        "boundary_imag": (("boundary",), gain * radius * np.sin(angle)),
    }


def _plane(
    u: FloatArray, w: FloatArray, symmetry: float, gain: float, mean_degree: float
) -> Variables:
    x, y, x_grid, y_grid = _quadrant(u, w, symmetry, _GRID)
    grid = bulk_density(u, w, symmetry, x_grid, y_grid)
    variables = _outline(u, w, symmetry, gain)
    variables |= _grid_variables(x, y, grid, gain, mean_degree)
    if symmetry != 0:
        r = np.linspace(0.0, 1.02 * max(x[-1], y[-1]), _RADII)
        variables |= {
            "radius": (("radius",), gain * r),
            "radial_distribution": (("radius",), modulus_distribution(u, w, symmetry, r, 32)),
        }
    return variables


def _outline(u: FloatArray, w: FloatArray, symmetry: float, gain: float) -> Variables:
    x, y = boundary_curve(u, w, symmetry, 121)
    return {
        "boundary_real": (("boundary",), np.where(np.isfinite(x), gain * x - 1.0, np.nan)),
        "boundary_imag": (("boundary",), np.where(np.isfinite(y), gain * y, np.nan)),
    }


def _quadrant(
    u: FloatArray, w: FloatArray, symmetry: float, n: int
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Grid over one quadrant of the bulk; needles along the axes are cut at 0.03 radians."""
    width = boundary_radius(u, w, symmetry, 0.03)
    height = boundary_radius(u, w, symmetry, np.pi / 2 - 0.03)
    x, y = (s * (np.arange(n) + 0.5) / n for s in (width, height))
    x_grid, y_grid = np.meshgrid(x, y)
    return x, y, x_grid, y_grid


def _grid_variables(
    x: FloatArray, y: FloatArray, grid: BulkDensity, gain: float, mean_degree: float
) -> Variables:
    dims = ("grid_y", "grid_x")
    # Densities whose level sets hold 75, 50, 25 % of the mass on the grid.
    falling = np.sort(grid.density.ravel())[::-1]
    mass = np.cumsum(falling) / max(falling.sum(), 1e-300)
    levels = falling[np.searchsorted(mass, [0.75, 0.5, 0.25])]
    return {
        "density_levels": (("level",), levels / max(gain, 1e-300) ** 2),
        "grid_real": (("grid_x",), gain * x - 1.0),
        "grid_imag": (("grid_y",), gain * y),
        "eigenvalue_density": (dims, grid.density / max(gain, 1e-300) ** 2),
        "localisation_grid": (dims, mean_degree * grid.localisation),
        "overlap_grid": (dims, grid.overlap),
    }


def _axis(u: FloatArray, w: FloatArray, gain: float, mean_degree: float) -> Variables:
    top = 1.15 * 2.0 * float(np.sqrt(w @ u**2))
    x = np.linspace(-top, top, 401)
    found = symmetric_density(u, w, x, width=0.02)
    return {
        "axis": (("axis",), gain * x),
        "axis_density": (("axis",), found.density / max(gain, 1e-300)),
        "axis_localisation": (("axis",), mean_degree * found.localisation),
    }


@single_threaded_blas
def state_theory(
    nodes: StateNodes, symmetry: float, gain: float, mean_degree: float, finite: bool
) -> Variables:
    """Boundary, density and rightmost point of -1 + W diag(phi') for the joint law of (u, phi').

    `finite`: the nodes are single neurons, so that a hub may carry the rightmost mode.
    """
    keep = nodes.effective_degree > 0
    # Saturated neurons: slopes whose squares would underflow.
    slope = np.maximum(nodes.slope[keep], 1e-30 * nodes.slope.max(initial=0.0))
    nodes = StateNodes(nodes.relative_degree[keep], slope, nodes.weight[keep])
    v, w = nodes.effective_degree, nodes.weight
    variables: Variables = {}
    if abs(symmetry) < 1:
        law = v, w
        if finite and v.size > _NODES:
            fitted = DegreeSequence(v).nodes(_NODES)
            law = fitted.relative_degree * v.mean(), fitted.weight * w.sum()
        variables |= _outline(*law, symmetry, gain)
        x, y, x_grid, y_grid = _quadrant(*law, symmetry, _STATE_GRID)
        grid = state_density(nodes, symmetry, x_grid, y_grid, law)
        variables |= _grid_variables(x, y, grid, gain, mean_degree)
        if symmetry == 0:
            radius = float(np.sqrt(w @ v**2))
            r = np.linspace(0.0, 1.0, _RADII)[1:-1] * radius
            along = state_density(nodes, 0.0, r, np.zeros_like(r), law)
            variables |= {
                "spectral_radius": ((), gain * radius),
                "radius": (("radius",), gain * r),
                "radial_distribution": (("radius",), radial_profile(*law, r)[0]),
                "degree_localisation_theory": (("radius",), mean_degree * along.localisation),
            }
    variables["rightmost_theory"] = ((), gain * _edge(v, w, symmetry, finite) - 1.0)
    return variables


def _edge(v: FloatArray, w: FloatArray, symmetry: float, finite: bool) -> float:
    if symmetry > 0 and finite:
        # The list may leave out neurons without input: their share of 1/N is in the weights.
        return hub_edge(v, symmetry).edge * float(np.sqrt(w.sum()))
    if symmetry == -1:
        return 0.0
    if symmetry > 0:
        return boundary_radius(v, w, symmetry, 0.0)
    return rightmost_point(v, w, symmetry).real
