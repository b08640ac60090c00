"""Rightmost eigenvalue of W against network size: bulk, hub mode, sampled networks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pyscales.analysis.critical_gain import critical_gain
from pyscales.analysis.theory_degrees import require_equal_time_constants, require_undirected
from pyscales.engines import get_engine
from pyscales.errors import InputError
from pyscales.model import Model
from pyscales.results import make_dataset
from pyscales.theory.spectrum.hubs import hub_edge
from pyscales.theory.spectrum.outliers import hub_modes

if TYPE_CHECKING:
    import xarray as xr


def hub_outliers(
    model: Model,
    sizes: Sequence[int],
    *,
    n_networks: int = 2,
    seed: int = 0,
    workers: int = 2,
    engine: str = "auto",
    progress: Callable[[str, float], None] | None = None,
) -> xr.Dataset:
    """The eigenvalue that destabilises x = 0 as the network, and its largest hub, grow.

    Parameters
    ----------
    model : Model
        Symmetry in (0, 1]; its gain and `n` are not used.
    sizes : sequence of int
        Neurons; the degrees are the quantiles of the law.
    n_networks : int
        Networks sampled at each size.
    workers : int
        Threads; results do not depend on it.

    Returns
    -------
    xarray.Dataset
        Over `n_neurons`, at gain 1: `static_edge` (hubs in the continuum), `bulk_edge` (without
        isolated hubs), `hub_pole`, `hub_spread`, `hub_share`, `degree_max`, `critical_gain`
        (theory); with `network`: `rightmost_eigenvalue` and its `dominant_share` of the
        eigenvector on one neuron, `dominant_rank` of that neuron's degree (0: the largest hub),
        `critical_gain_network` = 1/rightmost eigenvalue.
    """
    require_undirected(model)
    require_equal_time_constants(model)
    if not 0 < model.symmetry <= 1:
        raise InputError("symmetry", model.symmetry, "a number in (0, 1] for hub outliers")
    if len(sizes) == 0 or min(sizes) < 10:
        raise InputError("sizes", list(sizes), "whole numbers >= 10")
    if n_networks < 1:
        raise InputError("n_networks", n_networks, "a whole number >= 1")
    runner = get_engine(engine)
    rows: list[dict[str, Any]] = []
    problem = ""
    for i, size in enumerate(sizes):
        point = model.with_(n=int(size), gain=1.0)
        law = point.finite_degrees()
        scale = float(np.sqrt(law.mean_degree / model.degrees.mean_degree))
        edge = hub_edge(law.relative_degrees, model.symmetry)
        sparse = np.inf if model.kind == "dense" else law.mean_degree
        mode = hub_modes(law.relative_degrees, model.symmetry, mean_degree=sparse, max_modes=1)
        row: dict[str, Any] = {
            "degree_max": float(law.degrees[-1]),
            "static_edge": scale * edge.static.edge,
            "bulk_edge": scale * edge.bulk,
            "hub_pole": scale * edge.pole,
            "hub_spread": scale * (mode.spread[0] if mode.spread.size else np.nan),
            "hub_share": mode.hub_share[0] if mode.hub_share.size else np.nan,
            "critical_gain": critical_gain(point.with_(theory_degrees="finite")).critical_gain,
        }
        sampled = []
        for r in range(n_networks):
            if progress is not None:
                progress("hub outliers", (i + r / n_networks) / len(sizes))
            network = point.sample(np.random.SeedSequence(seed, spawn_key=(r,)).spawn(2)[0])
            found = runner.eigenvalues(network.weights, k=1, which="LR", seed=seed, workers=workers)
            problem = problem or ("" if found.status.success else found.status.message)
            weight = np.abs(found.vectors[:, 0]) ** 2
            top = int(weight.argmax())
            rank = int(np.sum(network.expected_degrees > network.expected_degrees[top]))
            sampled.append(
                (found.values[0].real, weight[top] / weight.sum(), rank, network.clipped_mass)
            )
        value, share, rank, lost = np.array(sampled).T
        row |= {
            "rightmost_eigenvalue": value,
            "dominant_share": share,
            "dominant_rank": rank,
            "critical_gain_network": 1.0 / value,
            "clipped_mass": lost[0],
        }
        rows.append(row)
    variables: dict[str, tuple[tuple[str, ...], Any]] = {}
    for name in rows[0]:
        stacked = np.array([row[name] for row in rows])
        variables[name] = (("n_neurons", "network")[: stacked.ndim], stacked)
    return make_dataset(
        variables,
        {"n_neurons": (("n_neurons",), np.asarray(sizes, dtype=int))},
        {
            "job": "hub-outliers",
            "model": model.parameters(),
            "seed": seed,
            "converged": not problem,
            "message": problem or "converged",
        },
    )
