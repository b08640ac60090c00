"""Simulation of sampled networks and what is read off them."""

from pyscales.simulation.driver import METHODS, Simulation, simulate
from pyscales.simulation.observables import (
    Estimate,
    error_from_blocks,
    estimate_over_networks,
    phase_label,
    static_power,
    temporal_variance,
)

__all__ = [
    "METHODS",
    "Estimate",
    "Simulation",
    "error_from_blocks",
    "estimate_over_networks",
    "phase_label",
    "simulate",
    "static_power",
    "temporal_variance",
]
