"""Timescales of the matched units of one scan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pyscales.connectome.containers import Connectome
from pyscales.connectome.ledger import Ledger
from pyscales.connectome.matching import match, name_units
from pyscales.connectome.pipeline_config import PipelineConfig
from pyscales.connectome.readers.nwb import open_nwb
from pyscales.connectome.readers.tables import read_scan_units
from pyscales.connectome.signals import (
    Window,
    regress_out,
    resting_windows,
    signal_quality,
    usable_units,
)
from pyscales.errors import InputError
from pyscales.timescales import EstimatorSettings, detection_floor, trace_timescales

if TYPE_CHECKING:
    import pandas as pd


def scan_timescales(
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
