"""Readers of public files; each refuses what it cannot be sure of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyscales._lazy import lazy_names

if TYPE_CHECKING:
    from pyscales.connectome.readers.edge_lists import (
        read_connectome,
        read_edge_list,
        read_graphml,
        read_matrix,
    )
    from pyscales.connectome.readers.tables import (
        read_cells,
        read_coregistration,
        read_proofreading,
        read_scan_units,
        read_synapses,
    )

_WHERE = {
    "pyscales.connectome.readers.edge_lists": (
        "read_connectome",
        "read_edge_list",
        "read_graphml",
        "read_matrix",
    ),
    "pyscales.connectome.readers.tables": (
        "read_cells",
        "read_coregistration",
        "read_proofreading",
        "read_scan_units",
        "read_synapses",
    ),
}
__all__ = [
    "read_cells",
    "read_connectome",
    "read_coregistration",
    "read_edge_list",
    "read_graphml",
    "read_matrix",
    "read_proofreading",
    "read_scan_units",
    "read_synapses",
]

__getattr__ = lazy_names(__name__, _WHERE)
