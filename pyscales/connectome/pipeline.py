"""From NWB scans and tables to timescale against degree, with controls and a full account.

The reference analysis is Zenari, Taffarello, Mazzucato, Maritan & Suweis 2026 (arXiv:2603.04149):
single-neuron timescales at rest grow with in-degree. Estimator, selection and trace type are
settings here, because the numbers depend on them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pyscales.connectome.containers import Connectome
from pyscales.connectome.degree_fits import fit_degrees
from pyscales.connectome.ledger import Ledger, Sieve
from pyscales.connectome.model_on_wiring import WiringResult, WiringRun, run_on_wiring
from pyscales.connectome.observation import Observation
from pyscales.connectome.pipeline_config import PipelineConfig
from pyscales.connectome.pipeline_result import PipelineResult
from pyscales.connectome.pipeline_scan import scan_timescales
from pyscales.connectome.pipeline_statistics import (
    add_node_columns,
    degree_statistics,
    one_row_per_nucleus,
)
from pyscales.connectome.readers.tables import (
    read_cells,
    read_coregistration,
    read_proofreading,
    read_synapses,
)
from pyscales.connectome.reciprocity import reciprocity
from pyscales.connectome.wiring import summarise_degrees, wiring_degrees
from pyscales.errors import InputError
from pyscales.timescales import EstimatorSettings, Quality

if TYPE_CHECKING:
    import pandas as pd

FloatArray = NDArray[np.float64]
Progress = Callable[[str, float], None]

_ACCEPTED = (Quality.OK, Quality.SHORT_WINDOW)


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
        table, used, scan_floor = scan_timescales(
            config, path, coregistration, wiring, ledgers, notes
        )
        windows[f"{table.attrs['scan']}"] = used
        floor = max(floor, scan_floor)
        parts.append(table)
    report("scans", 1.0)
    import pandas as pd

    units = pd.concat(parts, ignore_index=True)
    units["degree"] = degree[units["node"]]
    add_node_columns(units, wiring)
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
    nuclei = one_row_per_nucleus(units)
    ledgers.append(
        Ledger("units", len(units), {}, {"into the median of a nucleus": len(units) - len(nuclei)})
    )
    report("statistics", 0.0)
    out = degree_statistics(config, units, nuclei)
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
