"""pyscales: why neurons in one network keep different time.

The public names are loaded on first use, so that importing the package stays fast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyscales._lazy import lazy_names
from pyscales._version import __version__

if TYPE_CHECKING:
    from pyscales.analysis.critical_gain import CriticalGain, critical_gain
    from pyscales.analysis.degree_units import ucna_of_model
    from pyscales.analysis.dmft import DmftSolution, dmft, solve_dmft
    from pyscales.analysis.fixed_points import FixedPointSolution, fixed_points, self_coupling
    from pyscales.analysis.lyapunov import LyapunovSettings, lyapunov
    from pyscales.analysis.network_timescales import network_timescales, timescale_by_degree
    from pyscales.analysis.outliers import hub_outliers
    from pyscales.analysis.phase_diagram import phase_diagram
    from pyscales.analysis.spectrum import spectrum
    from pyscales.analysis.theory_timescales import theory_timescales
    from pyscales.analysis.two_time import dmft_two_time
    from pyscales.analysis.ucna import Sampling, ucna, ucna_map
    from pyscales.analysis.unit_network import ucna_against_network
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
    from pyscales.study import Study, reproduce
    from pyscales.sweep import make_plan, merge_sweep, read_plan, run_sweep, sweep_status

_WHERE = {
    "pyscales.analysis.critical_gain": ("CriticalGain", "critical_gain"),
    "pyscales.analysis.dmft": ("DmftSolution", "dmft", "solve_dmft"),
    "pyscales.analysis.fixed_points": ("FixedPointSolution", "fixed_points", "self_coupling"),
    "pyscales.analysis.lyapunov": ("LyapunovSettings", "lyapunov"),
    "pyscales.analysis.network_timescales": ("network_timescales", "timescale_by_degree"),
    "pyscales.analysis.outliers": ("hub_outliers",),
    "pyscales.analysis.phase_diagram": ("phase_diagram",),
    "pyscales.analysis.theory_timescales": ("theory_timescales",),
    "pyscales.analysis.two_time": ("dmft_two_time",),
    "pyscales.analysis.degree_units": ("ucna_of_model",),
    "pyscales.analysis.spectrum": ("spectrum",),
    "pyscales.analysis.ucna": ("Sampling", "ucna", "ucna_map"),
    "pyscales.analysis.unit_network": ("ucna_against_network",),
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
    "pyscales.study": ("Study", "reproduce"),
    "pyscales.sweep": ("make_plan", "merge_sweep", "read_plan", "run_sweep", "sweep_status"),
}
__all__ = [
    "ConvergenceError",
    "CriticalGain",
    "DegreeSequence",
    "DmftSolution",
    "EngineError",
    "FixedPointSolution",
    "Gamma",
    "Homogeneous",
    "InputError",
    "Lognormal",
    "LyapunovSettings",
    "Model",
    "Network",
    "PowerLaw",
    "PyscalesError",
    "Sampling",
    "Simulation",
    "Store",
    "Study",
    "__version__",
    "critical_gain",
    "dmft",
    "dmft_two_time",
    "fixed_points",
    "hub_outliers",
    "load_dataset",
    "lyapunov",
    "make_plan",
    "merge_sweep",
    "network_timescales",
    "phase_diagram",
    "read_degrees",
    "read_plan",
    "reproduce",
    "run_sweep",
    "sample_network",
    "save_dataset",
    "self_coupling",
    "simulate",
    "solve_dmft",
    "spectrum",
    "theory_timescales",
    "sweep_status",
    "timescale_by_degree",
    "ucna",
    "ucna_against_network",
    "ucna_map",
    "ucna_of_model",
]


__getattr__ = lazy_names(__name__, _WHERE)


def __dir__() -> list[str]:
    return sorted(__all__)
