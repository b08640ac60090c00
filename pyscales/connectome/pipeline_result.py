"""What the pipeline found, and its plain numbers."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pyscales.connectome.containers import Connectome
from pyscales.connectome.degree_fits import DegreeFit
from pyscales.connectome.ledger import Ledger
from pyscales.connectome.model_on_wiring import WiringResult
from pyscales.connectome.reciprocity import Reciprocity
from pyscales.connectome.statistics import (
    ClusteredBins,
    ClusteredSlope,
    PartialSpearman,
    Reliability,
)
from pyscales.connectome.wiring import DegreeSummary

if TYPE_CHECKING:
    import pandas as pd

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PipelineResult:
    """Everything the pipeline found.

    Attributes
    ----------
    units : DataFrame
        One row per unit used: ids, timescale (s) and its two halves, degree, covariates.
    nuclei : DataFrame
        One row per nucleus: median log timescale over its units, degree, covariates.
    wiring : Connectome
    degree : ndarray, shape (nodes,)
        The degree used, of every node.
    ledgers : list of Ledger
        Every table and every unit, with what was left out.
    notes : list of str
    windows : dict of str to list
        Seconds used of every scan.
    spearman : PartialSpearman
        Timescale against degree, one value per nucleus, permuted within strata of its units.
    partial : PartialSpearman
        The same with the covariates taken out.
    by_unit : PartialSpearman
        Over units, resampled by nucleus.
    bins : ClusteredBins
    slope : ClusteredSlope
    reliability : Reliability
        From two scans of a nucleus where there are enough, else from two halves of the windows.
    reliability_from : str
    fits : list of DegreeFit
    summary : DegreeSummary
    reciprocity : Reciprocity
    floor : float
        Shortest resolvable timescale, seconds.
    below_floor : int
        Units below it.
    models : dict of float to WiringResult
        By symmetry.
    settings : dict
    """

    units: pd.DataFrame
    nuclei: pd.DataFrame
    wiring: Connectome
    degree: FloatArray
    ledgers: list[Ledger]
    notes: list[str]
    windows: dict[str, list[tuple[float, float]]]
    spearman: PartialSpearman
    partial: PartialSpearman
    by_unit: PartialSpearman
    bins: ClusteredBins
    slope: ClusteredSlope
    reliability: Reliability
    reliability_from: str
    fits: list[DegreeFit]
    summary: DegreeSummary
    reciprocity: Reciprocity
    floor: float
    below_floor: int
    models: dict[float, WiringResult] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)

    def summary_dict(self) -> dict[str, Any]:
        """Plain numbers for JSON."""
        out: dict[str, Any] = {
            "n_units": len(self.units),
            "n_nuclei": len(self.nuclei),
            "timescale_median": float(self.nuclei["timescale"].median()),
            "detection_floor": self.floor,
            "units_below_floor": self.below_floor,
            "reliability_from": self.reliability_from,
            "windows": self.windows,
            "notes": self.notes,
            "ledgers": [ledger.as_dict() for ledger in self.ledgers],
            "degree_fits": [
                {
                    "family": f.family,
                    "delta_aic": f.delta_aic,
                    "parameters": f.parameters,
                    "ks": f.ks,
                    "chi2_p": f.chi2_p,
                }
                for f in self.fits
            ],
        }
        for name in ("spearman", "partial", "by_unit", "slope", "reliability", "reciprocity"):
            record = asdict(getattr(self, name))
            record.pop("ledger", None)
            out[name] = record
        out["degrees"] = asdict(self.summary)
        out["models"] = [
            {
                "symmetry": symmetry,
                "gain": r.gain,
                "effective_symmetry": r.effective_symmetry,
                "rho_direct": r.direct_correlation.rho,
                "rho_observed": None
                if r.observed_correlation is None
                else r.observed_correlation.rho,
                "temporal_variance": r.temporal_variance,
                "phase": r.phase,
                "theory_timescale": r.theory_timescale if r.theory_timescale > 0 else None,
            }
            for symmetry, r in self.models.items()
        ]
        return out
