"""Timescales of activity: autocorrelations, estimators and their dependence on degree.

Plain arrays in, plain arrays out, always batched over units. A timescale is in the unit of the
lag step, and comes with a :class:`Quality` code per unit.
"""

from __future__ import annotations

from pyscales.timescales.autocorrelation import autocorrelation
from pyscales.timescales.by_degree import DegreeBins, bin_by_degree
from pyscales.timescales.efold import timescale_efold
from pyscales.timescales.estimate import METHODS, estimate_timescales
from pyscales.timescales.exponential_fit import ExponentialFit, timescale_fit
from pyscales.timescales.half_width import timescale_hwhm
from pyscales.timescales.integral import timescale_integral, timescale_rho2
from pyscales.timescales.quality import Quality, count_quality
from pyscales.timescales.rank_correlation import DegreeCorrelation, degree_correlation

__all__ = [
    "METHODS",
    "DegreeBins",
    "DegreeCorrelation",
    "ExponentialFit",
    "Quality",
    "autocorrelation",
    "bin_by_degree",
    "count_quality",
    "degree_correlation",
    "estimate_timescales",
    "timescale_efold",
    "timescale_fit",
    "timescale_hwhm",
    "timescale_integral",
    "timescale_rho2",
]
