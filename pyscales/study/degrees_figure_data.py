"""Degree law, realised degrees and the adjacency in blocks of neurons sorted by degree."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array

from pyscales.model import Model
from pyscales.results import make_dataset

if TYPE_CHECKING:
    import xarray as xr

_BLOCKS = 100


def degree_data(model: Model, *, seed: int) -> xr.Dataset:
    """Degrees of one sampled network, the density of the law, edge density per block pair.

    Returns
    -------
    xarray.Dataset
        `degree`, `realised_degree` (neuron, ascending expected degree); `law_density` over
        `law_degree` (continuous laws); `edge_density` (row_block, column_block).
    """
    network = model.sample(np.random.SeedSequence(seed, spawn_key=(0,)).spawn(2)[0])
    n = network.n
    blocks = min(_BLOCKS, n)
    label = (np.arange(n) * blocks) // n
    pick = csr_array((np.ones(n), (label, np.arange(n))), shape=(blocks, n))
    weights = network.weights
    pattern = csr_array(
        (np.ones(weights.nnz), weights.indices, weights.indptr), shape=weights.shape
    )
    counts = (pick @ pattern @ pick.T).toarray()
    size = np.bincount(label, minlength=blocks)
    variables = {
        "degree": (("neuron",), network.expected_degrees),
        "realised_degree": (("neuron",), network.realised_degrees),
        "edge_density": (("row_block", "column_block"), counts / np.multiply.outer(size, size)),
        "clipped_mass": ((), network.clipped_mass),
    }
    k = network.expected_degrees
    grid = np.geomspace(max(k[k > 0].min() / 2, 1e-3), 1.5 * k.max(), 300)
    density = model.degrees.pdf(grid)
    if np.isfinite(density).all() and density.max() > 0:
        variables |= {
            "law_degree": (("grid",), grid),
            "law_density": (("grid",), density),
        }
    return make_dataset(
        variables,
        attrs={
            "job": "degrees",
            "model": model.parameters(),
            "seed": seed,
            "n_edges": network.n_edges,
            "degree_cv": float(k.std() / k.mean()),
            "realised_degree_cv": float(
                network.realised_degrees.std() / network.realised_degrees.mean()
            ),
        },
    )
