"""Rank statistics of timescale against degree with the controls a reviewer asks for."""

from __future__ import annotations

from pyscales.connectome.statistics.attenuation import Reliability, reliability
from pyscales.connectome.statistics.binned import ClusteredBins, clustered_bins
from pyscales.connectome.statistics.covariates import Covariates, make_covariates
from pyscales.connectome.statistics.partial import PartialSpearman, partial_spearman
from pyscales.connectome.statistics.slope import ClusteredSlope, clustered_slope

__all__ = [
    "ClusteredBins",
    "ClusteredSlope",
    "Covariates",
    "PartialSpearman",
    "Reliability",
    "clustered_bins",
    "clustered_slope",
    "make_covariates",
    "partial_spearman",
    "reliability",
]
