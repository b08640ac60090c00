"""Spectrum of the Jacobian at x = 0 of a sampled network, with theory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pyscales._threads import single_threaded_blas
from pyscales.analysis.critical_gain import critical_gain
from pyscales.analysis.theory_degrees import require_equal_time_constants, theory_degrees
from pyscales.engines import get_engine
from pyscales.errors import InputError
from pyscales.model import Model
from pyscales.results import make_dataset
from pyscales.theory.spectrum.boundary import boundary_curve
from pyscales.theory.spectrum.radial import radial_profile, spectral_radius

if TYPE_CHECKING:
    import xarray as xr

FloatArray = NDArray[np.float64]

DENSE_UP_TO = 3000


def spectrum(
    model: Model,
    *,
    seed: int = 0,
    method: str = "auto",
    k: int = 20,
    which: str = "LR",
    engine: str = "auto",
) -> xr.Dataset:
    """Eigenvalues of M = -1 + W at the origin, their localisation on degrees, and the theory.

    f_k(lambda) = sum_i k_i |psi_i|^2 / sum_i |psi_i|^2 over the right eigenvector psi.

    Parameters
    ----------
    model : Model
        Needs `n` or a degree sequence.
    method : {'auto', 'dense', 'arnoldi'}
        All eigenvalues (O(n^3)) up to 3000 neurons, or the `k` outermost.
    k, which : int, str
        Number and kind ('LR' rightmost, 'LM' largest modulus) for 'arnoldi'.

    Returns
    -------
    xarray.Dataset
        Over `eigenvalue`: real and imaginary part, `degree_localisation`, `residual`; theory:
        `spectral_radius` (symmetry 0), boundary, radial distribution and localisation;
        `critical_gain`. attrs `rightmost`, `converged`, `message`.
    """
    if model.n_neurons is None:
        raise InputError("n", None, "the number of neurons", "Give --n.")
    if method not in ("auto", "dense", "arnoldi"):
        raise InputError("spectrum.method", method, "auto, dense or arnoldi")
    if which not in ("LR", "LM"):
        raise InputError("spectrum.which", which, "LR or LM")
    require_equal_time_constants(model)
    n = model.n_neurons
    if method == "dense" and n > 20_000:
        raise InputError("spectrum.method", method, "arnoldi above 20000 neurons")
    if not 1 <= k <= max(1, n - 2):
        raise InputError("spectrum.k", k, f"a whole number from 1 to {n - 2}")
    if method == "auto":
        method = "dense" if n <= DENSE_UP_TO else "arnoldi"
    runner = get_engine(engine)
    network = model.sample(np.random.SeedSequence(seed, spawn_key=(0,)).spawn(2)[0])
    found = runner.eigenvalues(
        network.scaled(model.gain), k=None if method == "dense" else k, which=which, seed=seed
    )
    weight = np.abs(found.vectors) ** 2
    localisation = network.expected_degrees @ weight / weight.sum(axis=0)
    variables: dict[str, tuple[tuple[str, ...], Any]] = {
        "eigenvalue_real": (("eigenvalue",), found.values.real - 1.0),
        "eigenvalue_imag": (("eigenvalue",), found.values.imag),
        "degree_localisation": (("eigenvalue",), localisation),
        "residual": (("eigenvalue",), found.residuals),
        "degree": (("neuron",), network.expected_degrees),
        "clipped_mass": ((), network.clipped_mass),
    }
    attrs = {
        "job": "spectrum",
        "model": model.parameters(),
        "seed": seed,
        "engine": runner.name,
        "method": method,
        "converged": found.status.success,
        "worst_residual": found.status.residual,
        "message": found.status.message,
        "rightmost": float(found.values.real.max() - 1.0),
    }
    theory, theory_attrs = spectrum_theory(model, seed=seed)
    return make_dataset(variables | theory, attrs=attrs | theory_attrs)


@single_threaded_blas
def spectrum_theory(
    model: Model, *, seed: int = 0
) -> tuple[dict[str, tuple[tuple[str, ...], Any]], dict[str, Any]]:
    """Radius, boundary, radial distribution and localisation of the bulk, and the critical gain."""
    chosen = theory_degrees(
        model.with_(theory_degrees="finite") if model.theory_degrees == "nominal" else model,
        seed=seed,
    )
    mean_degree = chosen.law.mean_degree
    nodes = chosen.law.nodes(400)
    positive = nodes.relative_degree > 0
    u, w = nodes.relative_degree[positive], nodes.weight[positive]
    variables: dict[str, tuple[tuple[str, ...], Any]] = {}
    if model.symmetry == 0:
        radius = spectral_radius(chosen.gain, chosen.law.moment(2))
        r = np.linspace(0.0, 1.0, 101)
        fraction, localisation = radial_profile(u, w, r * radius / max(chosen.gain, 1e-300))
        isolated = 1.0 - w.sum()
        variables |= {
            "spectral_radius": ((), radius),
            "radius": (("radius",), r * radius),
            "radial_distribution": (("radius",), np.maximum(fraction, isolated)),
            "degree_localisation_theory": (("radius",), mean_degree * localisation),
        }
    if abs(model.symmetry) < 1 and not model.directed:
        x, y = boundary_curve(u, w, model.symmetry, 121)
        variables |= {
            "boundary_real": (("boundary",), chosen.gain * x - 1.0),
            "boundary_imag": (("boundary",), chosen.gain * y),
        }
    attrs: dict[str, Any] = {"theory_degrees": chosen.choice}
    if not (model.directed and model.symmetry != 0):
        result = critical_gain(model, seed=seed)
        variables["critical_gain"] = ((), result.critical_gain)
        attrs["critical_gain_branch"] = result.branch
    return variables, attrs
