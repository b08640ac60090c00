"""timescales of recorded traces: NWB, npz and tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pyscales.cli.output import emit, remark

SUFFIXES = (".nwb", ".npz", ".csv", ".csv.gz", ".tsv", ".parquet", ".feather")


def is_recording(file: Path) -> bool:
    """Whether a file holds recorded traces rather than a simulation."""
    return file.name.lower().endswith(SUFFIXES)


def recorded_timescales(
    file: Path,
    *,
    methods: list[str] | None,
    max_lag: float | None,
    blocks: int | None,
    fs: float | None,
    resting: bool,
    out: Path | None,
    as_json: bool,
) -> None:
    """Estimate and print; one line per method, all units with --out."""
    import numpy as np
    import pandas as pd

    from pyscales.connectome.readers.activity import read_traces
    from pyscales.connectome.readers.nwb import open_nwb
    from pyscales.connectome.signals import resting_windows, signal_quality, usable_units
    from pyscales.results import write_text_atomic
    from pyscales.timescales import EstimatorSettings, count_quality, trace_timescales

    if file.name.lower().endswith(".nwb"):
        traces = open_nwb(file).traces(mask_types=None)
    else:
        traces = read_traces(file, fs=fs)
    windows = resting_windows(traces.time, traces.intervals) if resting else [(0, traces.time.size)]
    keep, ledger = usable_units(traces, signal_quality(traces, windows))
    remark(ledger.sentence())
    settings = EstimatorSettings(
        methods=tuple(methods or ("fit",)),
        max_lag=min(10.0, traces.duration / 10) if max_lag is None else max_lag,
        n_blocks=blocks or 0,
        fast=1.2,
    )
    found = trace_timescales(traces.data[:, keep], traces.fs, settings, windows=windows)
    record: dict[str, Any] = {
        "unit": "seconds",
        "fs": traces.fs,
        "n_units": int(keep.sum()),
        "max_lag": settings.max_lag,
        "ledger": ledger.as_dict(),
    }
    table = traces.units[keep].reset_index(drop=True)
    for method, result in found.items():
        value = result.value[result.usable]
        quartiles = np.percentile(value, [25, 50, 75]) if value.size else [np.nan] * 3
        record[f"timescale_{method}"] = {
            "median": quartiles[1],
            "quartile_low": quartiles[0],
            "quartile_high": quartiles[2],
            "n_used": int(value.size),
            "quality": {k: v for k, v in count_quality(result.quality).items() if v},
        }
        for name in ("value", "quality", "corrected", "log_error", "low", "high"):
            table[f"timescale_{method}_{name}"] = getattr(result, name)
    if as_json:
        emit(record, True)
    else:
        print("timescale\tmedian\tquartile_low\tquartile_high\tn_used\tquality")
        for name, row in record.items():
            if isinstance(row, dict) and "median" in row:
                numbers = "\t".join(
                    f"{row[k]:.4g}" for k in ("median", "quartile_low", "quartile_high")
                )
                words = ", ".join(f"{k} {v}" for k, v in row["quality"].items())
                print(f"{name}\t{numbers}\t{row['n_used']}\t{words}")
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        write_text_atomic(out / "timescales.csv", pd.DataFrame(table).to_csv(index=False))
        remark(f"wrote {out / 'timescales.csv'}")
