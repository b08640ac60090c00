"""Timescales per neuron from a simulation, and their relation to degree."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pyscales.errors import InputError
from pyscales.results import make_dataset
from pyscales.timescales import (
    bin_by_degree,
    count_quality,
    degree_correlation,
    estimate_timescales,
)

if TYPE_CHECKING:
    import xarray as xr

FloatArray = NDArray[np.float64]

METHODS = ("hwhm", "efold", "fit", "integral", "rho2")


def network_timescales(
    simulation: xr.Dataset, *, methods: tuple[str, ...] = METHODS, mean: str = "keep"
) -> xr.Dataset:
    """Timescales of x and of phi(x) for every neuron with an autocorrelation.

    Parameters
    ----------
    simulation : Dataset
        From `pyscales.simulate`, with autocorrelations. Trials are averaged before estimation.
    methods : tuple of str
        Of 'hwhm', 'efold', 'fit', 'integral', 'rho2'.
    mean : {'keep', 'subtract'}
        'keep' is right in the chaotic phase, where the ensemble mean is 0 and subtracting the
        average over a finite run biases long timescales down; 'subtract' removes a static part.

    Returns
    -------
    Dataset
        Dims network, kept: `timescale_*` (x) and `timescale_*_phi`, with quality flags, degrees.
    """
    if "autocorrelation_x" not in simulation:
        raise InputError(
            "file",
            str(simulation.attrs.get("job", "?")),
            "a simulation with autocorrelations",
            "Simulate with max_lag > 0.",
        )
    if mean not in ("keep", "subtract"):
        raise InputError("timescales.mean", mean, "keep or subtract")
    unknown = [m for m in methods if m not in METHODS]
    if unknown:
        raise InputError("timescales.methods", unknown[0], "one of " + ", ".join(METHODS))
    lags = simulation["lag"].values
    kept = simulation["kept_neuron"].values
    static = (simulation["mean_x"].values[..., kept] ** 2).mean(axis=1)
    variables: dict[str, tuple[tuple[str, ...], Any]] = {}
    for suffix, name in (("", "autocorrelation_x"), ("_phi", "autocorrelation_phi")):
        c = simulation[name].values
        if mean == "subtract":
            if suffix:
                continue
            c = c - static[..., None]
        n_networks, n_kept, n_lags = c.shape
        found = estimate_timescales(c.reshape(-1, n_lags), lags, methods, suffix)
        variables |= {
            k: (("network", "kept"), v.reshape(n_networks, n_kept)) for k, v in found.items()
        }
    variables["degree"] = (("network", "kept"), simulation["degree"].values[:, kept])
    variables["realised_degree"] = (
        ("network", "kept"),
        simulation["realised_degree"].values[:, kept],
    )
    counts = {
        k: count_quality(v[1].ravel()) for k, v in variables.items() if k.endswith("_quality")
    }
    return make_dataset(
        variables,
        attrs={
            "job": "timescales",
            "mean": mean,
            "quality": counts,
            "model": simulation.attrs.get("model", ""),
            "phase": simulation.attrs.get("phase", ""),
        },
    )


def timescale_by_degree(
    dataset: xr.Dataset, name: str, *, degree: str = "realised_degree", seed: int = 0
) -> dict[str, Any]:
    """Binned medians with confidence intervals and the rank correlation with degree.

    Parameters
    ----------
    dataset : Dataset
        From `network_timescales`; networks are pooled.
    name : str
        Variable, such as 'timescale_hwhm' or 'timescale_hwhm_phi'.
    degree : {'realised_degree', 'degree'}
    seed : int
        Of the bootstrap.

    Returns
    -------
    dict
        'bins' and 'correlation' as plain dicts (see `pyscales.timescales`).
    """
    if name not in dataset:
        raise InputError(
            "timescale",
            name,
            "a timescale in the file: "
            + ", ".join(
                str(k)
                for k in dataset
                if str(k).startswith("timescale") and "quality" not in str(k)
            ),
        )
    values = dataset[name].values.ravel()
    quality = dataset[f"{name}_quality"].values.ravel()
    k = dataset[degree].values.ravel().astype(float)
    return {
        "bins": asdict(bin_by_degree(values, k, quality=quality, seed=seed)),
        "correlation": asdict(degree_correlation(values, k, quality=quality, seed=seed)),
    }
