"""pyscales: why neurons in one network keep different time.

The public names are loaded on first use, so that importing the package stays fast.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from pyscales._version import __version__

if TYPE_CHECKING:
    from pyscales.analysis import (
        critical_gain,
        dmft,
        network_timescales,
        phase_diagram,
        spectrum,
        timescale_by_degree,
    )
    from pyscales.degrees import (
        DegreeSequence,
        Gamma,
        Homogeneous,
        Lognormal,
        PowerLaw,
        read_degrees,
    )
    from pyscales.errors import (
        ConvergenceError,
        EngineError,
        InputError,
        PyscalesError,
    )
    from pyscales.model import Model
    from pyscales.network import Network, sample_network
    from pyscales.results import Store, load_dataset, save_dataset
    from pyscales.simulation import Simulation, simulate

_WHERE = {
    "pyscales.analysis": (
        "critical_gain",
        "dmft",
        "network_timescales",
        "phase_diagram",
        "spectrum",
        "timescale_by_degree",
    ),
    "pyscales.degrees": (
        "DegreeSequence",
        "Gamma",
        "Homogeneous",
        "Lognormal",
        "PowerLaw",
        "read_degrees",
    ),
    "pyscales.errors": ("ConvergenceError", "EngineError", "InputError", "PyscalesError"),
    "pyscales.model": ("Model",),
    "pyscales.network": ("Network", "sample_network"),
    "pyscales.results": ("Store", "load_dataset", "save_dataset"),
    "pyscales.simulation": ("Simulation", "simulate"),
}
_MODULE_OF = {name: module for module, names in _WHERE.items() for name in names}

__all__ = [
    "ConvergenceError",
    "DegreeSequence",
    "EngineError",
    "Gamma",
    "Homogeneous",
    "InputError",
    "Lognormal",
    "Model",
    "Network",
    "PowerLaw",
    "PyscalesError",
    "Simulation",
    "Store",
    "__version__",
    "critical_gain",
    "dmft",
    "load_dataset",
    "network_timescales",
    "phase_diagram",
    "read_degrees",
    "sample_network",
    "save_dataset",
    "simulate",
    "spectrum",
    "timescale_by_degree",
]


def __getattr__(name: str) -> Any:
    if name in _MODULE_OF:
        return getattr(import_module(_MODULE_OF[name]), name)
    raise AttributeError(f"module 'pyscales' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
