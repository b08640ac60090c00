"""Units to nuclei, and timescale against degree with its controls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pyscales.connectome.containers import Connectome
from pyscales.connectome.pipeline_config import PipelineConfig
from pyscales.connectome.statistics import (
    clustered_bins,
    clustered_slope,
    partial_spearman,
    reliability,
)
from pyscales.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

FloatArray = NDArray[np.float64]

_NUMERIC = (
    "snr",
    "noise",
    "activity",
    "skewness",
    "edge_distance",
    "depth",
    "volume",
    "residual",
    "score",
)
_ENOUGH = 30


def add_node_columns(units: pd.DataFrame, wiring: Connectome) -> None:
    """Covariates of the node: depth (y, from the pia), distance to the nearest lateral face of the
    box around all nodes, volume, type, area."""
    nodes = wiring.nodes
    at = units["node"].to_numpy()
    for name in ("volume", "broad_type", "cell_type", "area", "layer"):
        if name in nodes:
            units[name] = nodes[name].to_numpy()[at]
    xyz = wiring.positions
    if xyz is not None:
        low, high = xyz.min(axis=0), xyz.max(axis=0)
        lateral = [0, 2]
        distance = np.minimum(xyz - low, high - xyz)[:, lateral].min(axis=1)
        units["edge_distance"] = distance[at]
        units["depth"] = xyz[at, 1]


def one_row_per_nucleus(units: pd.DataFrame) -> pd.DataFrame:
    """One row per nucleus: median of the log timescale, means of numbers, first of the rest."""
    frame = units.assign(log_timescale=np.log(units["timescale"]))
    rules: dict[str, Any] = {"log_timescale": "median", "degree": "first", "node": "first"}
    for name in frame:
        if name in _NUMERIC:
            rules[name] = "mean"
        elif name in ("session", "scan_idx", "broad_type", "cell_type", "area", "layer"):
            rules[name] = "first"
    grouped = frame.groupby("nucleus_id", sort=True)
    out = grouped.agg(rules)
    out["n_units"] = grouped.size()
    out["timescale"] = np.exp(out["log_timescale"])
    return out.reset_index()


def degree_statistics(
    config: PipelineConfig, units: pd.DataFrame, nuclei: pd.DataFrame
) -> dict[str, Any]:
    s = config.statistics
    for name, wanted in (("covariates", s.covariates), ("strata", s.strata)):
        absent = [c for c in wanted if c not in nuclei]
        if absent:
            raise InputError(
                f"statistics.{name}", absent, "some of " + ", ".join(map(str, nuclei.columns))
            )
    options: dict[str, Any] = {
        "n_permutations": s.n_permutations,
        "n_bootstrap": s.n_bootstrap,
        "seed": s.seed,
    }
    value, degree = nuclei["log_timescale"], nuclei["degree"]
    strata = nuclei[s.strata].to_numpy() if s.strata else None
    first, second, where = _two_measurements(units, nuclei)
    return {
        "spearman": partial_spearman(value, degree, strata=strata, **options),
        "partial": partial_spearman(
            value,
            degree,
            covariates=nuclei[s.covariates],
            powers=s.powers,
            strata=strata,
            **options,
        ),
        "by_unit": partial_spearman(
            np.log(units["timescale"]),
            units["degree"],
            clusters=units["nucleus_id"],
            strata=units[s.strata].to_numpy() if s.strata else None,
            **options,
        ),
        "bins": clustered_bins(
            units["timescale"],
            units["degree"],
            clusters=units["nucleus_id"],
            n_bins=s.n_bins,
            seed=s.seed,
        ),
        "slope": clustered_slope(nuclei["timescale"], degree, seed=s.seed),
        "reliability": reliability(first, second, degree, n_bootstrap=s.n_bootstrap, seed=s.seed),
        "reliability_from": where,
    }


def _two_measurements(
    units: pd.DataFrame, nuclei: pd.DataFrame
) -> tuple[FloatArray, FloatArray, str]:
    """Two log timescales per nucleus: first two scans, or the halves of the windows."""
    ordered = units.sort_values(["nucleus_id", "session", "scan_idx"], kind="stable")
    grouped = np.log(ordered["timescale"]).groupby(ordered["nucleus_id"])
    index = nuclei["nucleus_id"]
    if int((nuclei["n_units"] >= 2).sum()) >= _ENOUGH:
        second = grouped.nth(1)
        second.index = ordered.loc[second.index, "nucleus_id"]
        first = grouped.first()
        return (
            first.reindex(index).to_numpy(),
            second.reindex(index).to_numpy(),
            "two scans of a nucleus",
        )
    pair = units.groupby("nucleus_id")[["log_first_half", "log_second_half"]].mean()
    pair = pair.reindex(index)
    return (
        pair["log_first_half"].to_numpy(),
        pair["log_second_half"].to_numpy(),
        "two halves of the windows",
    )
