"""Networks: Chung-Lu graphs, correlated couplings and the dense surrogate."""

from pyscales.network.chung_lu import sample_adjacency, sample_edges
from pyscales.network.connection_probability import CAPS, Cap, connection_probability
from pyscales.network.couplings import measure_symmetry, reciprocity, sample_couplings
from pyscales.network.expected_degrees import (
    capped_mass,
    clipped_mass,
    expected_realised_degrees,
    probability_matrix,
)
from pyscales.network.network import KINDS, Kind, Network, sample_network
from pyscales.network.surrogate import sample_surrogate

__all__ = [
    "CAPS",
    "Cap",
    "KINDS",
    "Kind",
    "Network",
    "capped_mass",
    "clipped_mass",
    "connection_probability",
    "expected_realised_degrees",
    "measure_symmetry",
    "probability_matrix",
    "reciprocity",
    "sample_adjacency",
    "sample_couplings",
    "sample_edges",
    "sample_network",
    "sample_surrogate",
]
