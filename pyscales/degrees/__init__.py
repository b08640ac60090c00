"""Degree laws: moments, quadrature for averages over P(k), quantiles and samples."""

from pyscales.degrees.base import ContinuousLaw, DegreeLaw
from pyscales.degrees.empirical import DegreeFile, read_degrees
from pyscales.degrees.gamma import Gamma
from pyscales.degrees.homogeneous import Homogeneous
from pyscales.degrees.lognormal import Lognormal
from pyscales.degrees.power_law import PowerLaw
from pyscales.degrees.quadrature import EdgeNodes, Nodes, gauss_from_atoms
from pyscales.degrees.sequence import DegreeSequence

__all__ = [
    "ContinuousLaw",
    "DegreeFile",
    "DegreeLaw",
    "DegreeSequence",
    "EdgeNodes",
    "Gamma",
    "Homogeneous",
    "Lognormal",
    "Nodes",
    "PowerLaw",
    "gauss_from_atoms",
    "read_degrees",
]
