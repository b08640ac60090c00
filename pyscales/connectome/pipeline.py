"""From NWB scans and tables to timescale against degree, with controls and a full account.

The reference analysis is Zenari, Taffarello, Mazzucato, Maritan & Suweis 2026 (arXiv:2603.04149):
single-neuron timescales at rest grow with in-degree. Estimator, selection and trace type are
settings here, because the numbers depend on them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pyscales.connectome.containers import Connectome
from pyscales.connectome.degree_fits import DegreeFit, fit_degrees
from pyscales.connectome.ledger import Ledger, Sieve
from pyscales.connectome.matching import match, name_units
from pyscales.connectome.model_on_wiring import WiringResult, WiringRun, run_on_wiring
from pyscales.connectome.observation import Observation
from pyscales.connectome.pipeline_config import PipelineConfig
from pyscales.connectome.readers.nwb import open_nwb
from pyscales.connectome.readers.tables import (
    read_cells,
    read_coregistration,
    read_proofreading,
    read_scan_units,
    read_synapses,
)
from pyscales.connectome.reciprocity import Reciprocity, reciprocity
from pyscales.connectome.signals import (
    Window,
    regress_out,
    resting_windows,
    signal_quality,
    usable_units,
)
from pyscales.connectome.statistics import (
    ClusteredBins,
    ClusteredSlope,
    PartialSpearman,
    Reliability,
    clustered_bins,
    clustered_slope,
    partial_spearman,
    reliability,
)
from pyscales.connectome.wiring import DegreeSummary, summarise_degrees, wiring_degrees
from pyscales.errors import InputError
from pyscales.timescales import EstimatorSettings, Quality, detection_floor, trace_timescales

if TYPE_CHECKING:
    import pandas as pd

FloatArray = NDArray[np.float64]
Progress = Callable[[str, float], None]

_NUMERIC = (
    "snr",
    "noise",
    "activity",
    "skewness",
    "edge_distance",
    "depth",
    "volume",
    "residual",
    "score",
)
_ACCEPTED = (Quality.OK, Quality.SHORT_WINDOW)


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


def run_pipeline(config: PipelineConfig, *, progress: Progress | None = None) -> PipelineResult:
    """Run the whole analysis of a pipeline file.

    Raises
    ------
    InputError
        A file that cannot be used, units that cannot be named with certainty, nothing left.
    """

    def report(label: str, fraction: float) -> None:
        if progress is not None:
            progress(label, fraction)

    ledgers: list[Ledger] = []
    notes: list[str] = []
    report("tables", 0.0)
    cells, ledger = read_cells(config.files.cells, voxel=config.files.voxel)
    ledgers.append(ledger)
    if "pt_root_id" not in cells:
        raise InputError("files.cells", list(cells.columns), "a column pt_root_id")
    coregistration, ledger = read_coregistration(
        config.files.coregistration,
        max_residual=config.units.max_residual,
        min_score=config.units.min_score,
    )
    ledgers.append(ledger)
    wiring, degree = _wiring(config, cells, ledgers, notes)
    report("tables", 1.0)
    parts, windows, floor = [], {}, 0.0
    for index, path in enumerate(config.files.nwb):
        report("scans", index / len(config.files.nwb))
        table, used, scan_floor = _scan(config, path, coregistration, wiring, ledgers, notes)
        windows[f"{table.attrs['scan']}"] = used
        floor = max(floor, scan_floor)
        parts.append(table)
    report("scans", 1.0)
    import pandas as pd

    units = pd.concat(parts, ignore_index=True)
    units["degree"] = degree[units["node"]]
    _add_node_columns(units, wiring)
    sieve = Sieve("matched units", len(units))
    sieve.drop(~units["quality"].isin(_ACCEPTED).to_numpy(), "timescale not usable")
    sieve.drop(~(units["timescale"] > 0).to_numpy(), "timescale undefined")
    sieve.drop((units["degree"] == 0).to_numpy(), "degree zero")
    ledgers.append(sieve.ledger())
    units = units[sieve.keep].reset_index(drop=True)
    if len(units) < 10:
        raise InputError(
            "units", len(units), "ten or more", "; ".join(x.sentence() for x in ledgers[-3:])
        )
    nuclei = _by_nucleus(units)
    ledgers.append(
        Ledger("units", len(units), {}, {"into the median of a nucleus": len(units) - len(nuclei)})
    )
    report("statistics", 0.0)
    out = _statistics(config, units, nuclei)
    report("statistics", 0.7)
    models = _models(config, wiring, report) if config.model.run else {}
    notes += [
        f"the model at symmetry {symmetry:g} is {run.phase}: its timescales mean nothing, raise "
        "model.gain_ratio"
        for symmetry, run in models.items()
        if run.phase != "chaotic"
    ]
    report("statistics", 1.0)
    whole = degree[degree > 0]
    return PipelineResult(
        units=units,
        nuclei=nuclei,
        wiring=wiring,
        degree=degree,
        ledgers=ledgers,
        notes=notes,
        windows=windows,
        fits=fit_degrees(np.round(whole)) if whole.size >= 10 else [],
        summary=summarise_degrees(degree),
        reciprocity=reciprocity(wiring, distance=wiring.n <= 8000),
        floor=floor,
        below_floor=int((units["timescale"] < floor).sum()),
        models=models,
        settings=config.model_dump(),
        **out,
    )


def _wiring(
    config: PipelineConfig, cells: pd.DataFrame, ledgers: list[Ledger], notes: list[str]
) -> tuple[Connectome, FloatArray]:
    wiring = read_synapses(config.files.synapses, cells=cells)
    ledgers.append(wiring.ledger)
    sources = None
    if config.files.proofreading is not None:
        status, ledger = read_proofreading(config.files.proofreading)
        ledgers.append(ledger)
        if config.degree.proofread_axons and "axon" in status:
            good = status.loc[status["axon"] != "none", "pt_root_id"]
            sources = wiring.nodes["pt_root_id"].isin(good).to_numpy()
            notes.append(f"{int(sources.sum())} of {wiring.n} cells have a proofread axon")
            if config.degree.direction == "out":
                notes.append("out-degrees of cells without a proofread axon count as zero")
    elif config.degree.proofread_axons:
        notes.append("no proofreading table: inputs from all axons are counted")
    degree = wiring_degrees(wiring, config.degree.direction, config.degree.measure, sources=sources)
    return wiring, degree


def _scan(
    config: PipelineConfig,
    path: str,
    coregistration: pd.DataFrame,
    wiring: Connectome,
    ledgers: list[Ledger],
    notes: list[str],
) -> tuple[pd.DataFrame, list[tuple[float, float]], float]:
    """Timescales of the matched units of one scan."""
    scan = open_nwb(path)
    label = f"{scan.session}-scan-{scan.scan_idx}"
    if config.files.scan_units is not None:
        named, how = name_units(scan.units, scan_units=read_scan_units(config.files.scan_units))
    else:
        named, how = name_units(scan.units, coregistration=coregistration)
    notes.append(f"{label}: {how}")
    matching = match(named, coregistration, wiring)
    ledgers.append(_renamed(matching.ledger, f"regions of {label}"))
    windows: list[Window] = [(0, scan.time.size)]
    if config.windows.resting:
        if len(scan.intervals) == 0:
            notes.append(f"{label}: no stimulus intervals, the whole recording is used")
        windows = resting_windows(
            scan.time,
            scan.intervals,
            margin=config.windows.margin,
            shortest=config.windows.shortest,
        )
    chosen = matching.units
    if config.units.fields is not None:
        chosen = chosen[chosen["field"].isin(config.units.fields)]
    traces = scan.traces(fields=sorted(int(f) for f in chosen["field"].unique()), mask_types=None)
    # Rows of the traces are the regions of these fields, in the order of the scan.
    where = _index(traces.units).get_indexer(_index(chosen))
    traces = traces.select(where)
    data = traces.data
    if config.windows.regress:
        signals = scan.behaviour()
        missing = [r for r in config.windows.regress if r not in signals]
        if missing:
            raise InputError("windows.regress", missing, f"signals of {label}: {list(signals)}")
        data, windows, share = regress_out(
            data, {r: signals[r] for r in config.windows.regress}, windows
        )
        notes.append(f"{label}: behaviour explains {100 * float(np.nanmedian(share)):.1f} %")
    quality = signal_quality(traces, windows)
    keep, ledger = usable_units(traces, quality, min_snr=config.units.min_snr)
    ledgers.append(_renamed(ledger, f"matched units of {label}"))
    table = chosen.reset_index(drop=True)[keep].reset_index(drop=True)
    settings = EstimatorSettings(
        methods=(config.estimator.method,),
        max_lag=config.estimator.max_lag,
        first_lag=config.estimator.first_lag,
        fast=config.estimator.decay,
        min_r2=config.estimator.min_r2,
    )
    method = config.estimator.method
    kept = data[:, keep]
    found = trace_timescales(kept, scan.fs, settings, windows=windows)[method]
    table["timescale"], table["quality"] = found.value, found.quality
    for name, part in zip(("first", "second"), halves(windows), strict=True):
        try:
            half = trace_timescales(kept, scan.fs, settings, windows=part)[method]
            value = np.where(half.usable, half.value, np.nan)
        except InputError:
            value = np.full(len(table), np.nan)
        with np.errstate(invalid="ignore", divide="ignore"):
            table[f"log_{name}_half"] = np.log(value)
    for name in ("snr", "noise", "mean", "activity", "skewness"):
        table[name] = getattr(quality, name)[keep]
    key = ["session", "scan_idx", "unit_id"]
    for name in ("residual", "score"):
        if name in coregistration:
            known = coregistration.drop_duplicates(key).set_index(key)[name]
            table[name] = known.reindex(_index(table, key)).to_numpy()
    table.attrs["scan"] = label
    used = [(float(scan.time[a]), float(scan.time[b - 1])) for a, b in windows]
    return table, used, detection_floor(scan.fs, config.estimator.decay)


def halves(windows: list[Window]) -> tuple[list[Window], list[Window]]:
    """Windows cut so that both lists hold the same number of frames, in time order."""
    total = sum(b - a for a, b in windows)
    left, first, second = total // 2, [], []
    for a, b in windows:
        cut = min(b, a + left)
        if cut > a:
            first.append((a, cut))
        if b > cut:
            second.append((cut, b))
        left -= cut - a
    return first, second


def _index(frame: pd.DataFrame, key: list[str] | None = None) -> Any:
    import pandas as pd

    return pd.MultiIndex.from_frame(frame[key or ["session", "scan_idx", "field", "mask_id"]])


def _renamed(ledger: Ledger, what: str) -> Ledger:
    return Ledger(what, ledger.total, ledger.excluded, ledger.merged)


def _add_node_columns(units: pd.DataFrame, wiring: Connectome) -> None:
    """Covariates of the node: depth (y, from the pia), distance to the nearest lateral face of the
    box around all nodes, volume, type, area."""
    nodes = wiring.nodes
    at = units["node"].to_numpy()
    for name in ("volume", "broad_type", "cell_type", "area", "layer"):
        if name in nodes:
            units[name] = nodes[name].to_numpy()[at]
    xyz = wiring.positions
    if xyz is not None:
        low, high = xyz.min(axis=0), xyz.max(axis=0)
        lateral = [0, 2]
        distance = np.minimum(xyz - low, high - xyz)[:, lateral].min(axis=1)
        units["edge_distance"] = distance[at]
        units["depth"] = xyz[at, 1]


def _by_nucleus(units: pd.DataFrame) -> pd.DataFrame:
    """One row per nucleus: median of the log timescale, means of numbers, first of the rest."""
    frame = units.assign(log_timescale=np.log(units["timescale"]))
    rules: dict[str, Any] = {"log_timescale": "median", "degree": "first", "node": "first"}
    for name in frame:
        if name in _NUMERIC:
            rules[name] = "mean"
        elif name in ("session", "scan_idx", "broad_type", "cell_type", "area", "layer"):
            rules[name] = "first"
    grouped = frame.groupby("nucleus_id", sort=True)
    out = grouped.agg(rules)
    out["n_units"] = grouped.size()
    out["timescale"] = np.exp(out["log_timescale"])
    return out.reset_index()


def _statistics(
    config: PipelineConfig, units: pd.DataFrame, nuclei: pd.DataFrame
) -> dict[str, Any]:
    s = config.statistics
    for name, wanted in (("covariates", s.covariates), ("strata", s.strata)):
        absent = [c for c in wanted if c not in nuclei]
        if absent:
            raise InputError(
                f"statistics.{name}", absent, "some of " + ", ".join(map(str, nuclei.columns))
            )
    options: dict[str, Any] = {
        "n_permutations": s.n_permutations,
        "n_bootstrap": s.n_bootstrap,
        "seed": s.seed,
    }
    value, degree = nuclei["log_timescale"], nuclei["degree"]
    strata = nuclei[s.strata].to_numpy() if s.strata else None
    first, second, where = _two_measurements(units, nuclei)
    return {
        "spearman": partial_spearman(value, degree, strata=strata, **options),
        "partial": partial_spearman(
            value,
            degree,
            covariates=nuclei[s.covariates],
            powers=s.powers,
            strata=strata,
            **options,
        ),
        "by_unit": partial_spearman(
            np.log(units["timescale"]),
            units["degree"],
            clusters=units["nucleus_id"],
            strata=units[s.strata].to_numpy() if s.strata else None,
            **options,
        ),
        "bins": clustered_bins(
            units["timescale"],
            units["degree"],
            clusters=units["nucleus_id"],
            n_bins=s.n_bins,
            seed=s.seed,
        ),
        "slope": clustered_slope(nuclei["timescale"], degree, seed=s.seed),
        "reliability": reliability(first, second, degree, n_bootstrap=s.n_bootstrap, seed=s.seed),
        "reliability_from": where,
    }


_ENOUGH = 30


def _two_measurements(
    units: pd.DataFrame, nuclei: pd.DataFrame
) -> tuple[FloatArray, FloatArray, str]:
    """Two log timescales per nucleus: first two scans, or the halves of the windows."""
    ordered = units.sort_values(["nucleus_id", "session", "scan_idx"], kind="stable")
    grouped = np.log(ordered["timescale"]).groupby(ordered["nucleus_id"])
    index = nuclei["nucleus_id"]
    if int((nuclei["n_units"] >= 2).sum()) >= _ENOUGH:
        second = grouped.nth(1)
        second.index = ordered.loc[second.index, "nucleus_id"]
        first = grouped.first()
        return (
            first.reindex(index).to_numpy(),
            second.reindex(index).to_numpy(),
            "two scans of a nucleus",
        )
    pair = units.groupby("nucleus_id")[["log_first_half", "log_second_half"]].mean()
    pair = pair.reindex(index)
    return (
        pair["log_first_half"].to_numpy(),
        pair["log_second_half"].to_numpy(),
        "two halves of the windows",
    )


def _models(
    config: PipelineConfig, wiring: Connectome, report: Progress
) -> dict[float, WiringResult]:
    m, e = config.model, config.estimator
    out = {}
    for index, symmetry in enumerate(m.symmetries):
        report("model on the wiring", index / len(m.symmetries))
        out[float(symmetry)] = run_on_wiring(
            wiring,
            WiringRun(
                gain_ratio=m.gain_ratio,
                symmetry=symmetry,
                rule=m.rule,
                membrane=m.membrane,
                seconds=m.seconds,
                observation=Observation(decay=e.decay),
                estimator=EstimatorSettings(
                    methods=(e.method,),
                    max_lag=e.max_lag,
                    first_lag=e.first_lag,
                    fast=e.decay,
                    min_r2=e.min_r2,
                ),
            ),
            seed=config.statistics.seed,
        )
    report("model on the wiring", 1.0)
    return out
