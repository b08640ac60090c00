"""What a point keeps of the results of its jobs: numbers with errors, labels, arrays on demand.

Variables are called ``<job>_<variable>`` (`simulation_variance_x`, `dmft_variance_x`); a variable
that begins with the name of its job keeps its name (`critical_gain`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pyscales.errors import InputError

if TYPE_CHECKING:
    import xarray as xr

_LABELS = ("phase", "status", "message", "branch", "engine")
_NUMBERS = ("converged", "rightmost", "residual", "evaluations")
_AVERAGED = ("variance_x", "temporal_variance", "static_power")
_TREND = ("timescale_hwhm", "timescale_hwhm_phi")


def summarise(
    results: dict[str, xr.Dataset], keep: tuple[str, ...] = (), seed: int = 0
) -> xr.Dataset:
    """One Dataset from those of a point's jobs.

    Parameters
    ----------
    results : dict of Dataset
        By job: critical_gain, dmft, simulation, timescales, spectrum, ...
    keep : tuple of str
        ``job.variable``: arrays kept whole.
    seed : int
        Of the bootstrap intervals of the trend of timescales with degree.

    Returns
    -------
    Dataset
        Numbers without dims, labels as strings, kept arrays with dims ``<job>_<dim>``.

    Raises
    ------
    InputError
        An array asked for does not exist.
    """
    import xarray as xr

    out: dict[str, tuple[tuple[str, ...], Any, dict[str, str]]] = {}
    for job, dataset in results.items():
        for name, value, attrs in _numbers(job, dataset, seed):
            out[variable_name(job, name)] = ((), value, attrs)
    for item in keep:
        job, _, name = item.partition(".")
        if job not in results or name not in results[job].variables:
            known = [f"{j}.{v}" for j, d in results.items() for v in d.data_vars if d[v].ndim]
            raise InputError("sweep.keep", item, "an array of a job: " + ", ".join(known))
        _keep(out, job, results[job], name)
    return xr.Dataset(out)


def variable_name(job: str, name: str) -> str:
    """Name of a job's variable in a point's Dataset."""
    return name if name.startswith(job) else f"{job}_{name}"


def _numbers(job: str, dataset: xr.Dataset, seed: int) -> list[tuple[str, Any, dict[str, str]]]:
    found: list[tuple[str, Any, dict[str, str]]] = []
    for name, variable in dataset.data_vars.items():
        if variable.size == 1 and variable.dtype.kind in "fiub":
            found.append((str(name), float(variable.values.reshape(-1)[0]), dict(variable.attrs)))
    if job == "simulation":
        found += _simulated(dataset)
    elif job == "timescales":
        found += _timescales(dataset, seed)
    for name in _NUMBERS:
        if name in dataset.attrs:
            found.append((name, float(dataset.attrs[name]), _words(name)))
    for name in _LABELS:
        if name in dataset.attrs:
            found.append((name, str(dataset.attrs[name]), _words(name)))
    return found


def _words(name: str) -> dict[str, str]:
    return {"units": "1", "long_name": name.replace("_", " ")}


def _simulated(dataset: xr.Dataset) -> list[tuple[str, Any, dict[str, str]]]:
    from pyscales.simulation import estimate_over_networks

    found: list[tuple[str, Any, dict[str, str]]] = []
    for name in _AVERAGED:
        estimate = estimate_over_networks(dataset[name].values)
        attrs = dict(dataset[name].attrs)
        error = attrs | {
            "long_name": f"standard error of: {attrs.get('long_name', name)} (over {estimate.over})"
        }
        found += [(name, estimate.mean, attrs), (f"{name}_error", estimate.error, error)]
    clipped = dataset["clipped_mass"]
    found.append(("clipped_mass", float(clipped.mean()), dict(clipped.attrs)))
    return found


def _timescales(dataset: xr.Dataset, seed: int) -> list[tuple[str, Any, dict[str, str]]]:
    from pyscales.analysis.network_timescales import timescale_by_degree

    found: list[tuple[str, Any, dict[str, str]]] = []
    for name in map(str, dataset.data_vars):
        if not name.startswith("timescale_") or name.endswith("_quality"):
            continue
        values = dataset[name].values
        finite = values[np.isfinite(values)]
        quartiles = np.percentile(finite, [25, 50, 75]) if finite.size else [np.nan] * 3
        attrs = dict(dataset[name].attrs)
        short = name.removeprefix("timescale_")
        for label, value in zip(
            ("lower_quartile", "median", "upper_quartile"), quartiles, strict=True
        ):
            words = {
                "long_name": f"{label.replace('_', ' ')} of the {attrs.get('long_name', name)}"
            }
            found.append((f"{short}_{label}", float(value), attrs | words))
        found.append(
            (f"{short}_n_used", float(finite.size), {"units": "1", "long_name": "neurons"})
        )
        if name in _TREND:
            trend = timescale_by_degree(dataset, name, seed=seed)["correlation"]
            for key in ("spearman", "slope"):
                for suffix in ("", "_low", "_high"):
                    words = {"units": "1", "long_name": f"{key}{suffix} of {name} against degree"}
                    found.append((f"{short}_{key}{suffix}", float(trend[key + suffix]), words))
    return found


def _keep(out: dict[str, Any], job: str, dataset: xr.Dataset, name: str) -> None:
    variable = dataset[name]
    dims = tuple(f"{job}_{d}" for d in variable.dims)
    out[variable_name(job, name)] = (dims, variable.values, dict(variable.attrs))
    for dim in map(str, variable.dims):
        if dim in dataset.coords:
            coordinate = dataset[dim]
            out[f"{job}_{dim}_values"] = (
                (f"{job}_{dim}",),
                coordinate.values,
                dict(coordinate.attrs),
            )
