"""Timescales of activity: autocorrelations, estimators and their dependence on degree.

Plain arrays in, plain arrays out, always batched over units. A timescale is in the unit of the
lag step, and comes with a :class:`Quality` code per unit.
"""

from __future__ import annotations

from pyscales.timescales.autocorrelation import autocorrelation
from pyscales.timescales.autoregression import timescale_ar1
from pyscales.timescales.by_degree import DegreeBins, bin_by_degree
from pyscales.timescales.detection import BiasCurve, bias_curve, detection_floor
from pyscales.timescales.efold import timescale_efold
from pyscales.timescales.estimate import METHODS, estimate_timescales
from pyscales.timescales.exponential_fit import ExponentialFit, timescale_fit
from pyscales.timescales.half_width import timescale_hwhm
from pyscales.timescales.integral import timescale_integral, timescale_rho2
from pyscales.timescales.of_traces import (
    TRACE_METHODS,
    EstimatorSettings,
    TraceTimescales,
    trace_timescales,
)
from pyscales.timescales.quality import Quality, count_quality
from pyscales.timescales.rank_correlation import DegreeCorrelation, degree_correlation
from pyscales.timescales.two_exponentials import timescale_two_exponentials

__all__ = [
    "METHODS",
    "TRACE_METHODS",
    "BiasCurve",
    "DegreeBins",
    "DegreeCorrelation",
    "EstimatorSettings",
    "ExponentialFit",
    "Quality",
    "TraceTimescales",
    "autocorrelation",
    "bias_curve",
    "bin_by_degree",
    "count_quality",
    "degree_correlation",
    "detection_floor",
    "estimate_timescales",
    "timescale_ar1",
    "timescale_efold",
    "timescale_fit",
    "timescale_hwhm",
    "timescale_integral",
    "timescale_rho2",
    "timescale_two_exponentials",
    "trace_timescales",
]
