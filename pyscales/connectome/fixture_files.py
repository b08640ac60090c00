"""Writers of generated files in the public layouts, oddities included."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

    from pyscales.connectome.fixtures import FixtureSettings


def write_nwb(
    path: Path,
    s: FixtureSettings,
    session: int,
    scan: int,
    table: pd.DataFrame,
    film: NDArray[np.float32],
    roots: NDArray[np.int64],
    rng: np.random.Generator,
) -> None:
    """One scan by h5py alone.

    As in the released files: the session id under general, no unit ids, timestamps instead of a
    rate, a NaN imaging rate, root ids as floats and only in fields with a match.
    """
    import h5py

    from pyscales.connectome.fixtures import stimulus_times

    text = h5py.string_dtype("utf-8")
    time = 0.4 + np.arange(film.shape[0]) / s.observation.fs
    with h5py.File(path, "w") as file:
        file.attrs["namespace"] = "core"
        file.attrs["neurodata_type"] = "NWBFile"
        file.attrs["nwb_version"] = "2.5.0"
        file.create_dataset("general/session_id", data=f"{session}-scan-{scan}", dtype=text)
        file.create_dataset("general/subject/subject_id", data="17797", dtype=text)
        ophys = file.create_group("processing/ophys")
        for field in sorted(table["field"].unique()):
            rows = np.flatnonzero(table["field"] == field)
            part = table.iloc[rows]
            series = ophys.create_group(f"Fluorescence/RoiResponseSeries{field}")
            series.create_dataset("data", data=film[:, rows])
            series.create_dataset("rois", data=np.arange(rows.size))
            stamps = series.create_dataset("timestamps", data=time)
            stamps.attrs["unit"] = "n.a."
            plane = ophys.create_group(f"ImageSegmentation/PlaneSegmentation{field}")
            plane.create_dataset("id", data=part["mask_id"].to_numpy(dtype=np.int64))
            plane.create_dataset(
                "mask_type", data=part["mask_type"].to_numpy(dtype=object), dtype=text
            )
            cell = part["cell"].to_numpy()
            if field > 1 and (cell >= 0).any():
                known = np.where(cell >= 0, roots[np.maximum(cell, 0)].astype(float), np.nan)
                plane.create_dataset("pt_root_id", data=known)
            imaging = file.create_group(f"general/optophysiology/ImagingPlane{field}")
            imaging.create_dataset("imaging_rate", data=np.nan)
        start, stop = stimulus_times(s)
        edges = 0.4 + np.arange(start, stop + 1e-6, 10.0)
        for index, name in enumerate(("Clip", "Monet2", "Trippy")):
            mine = np.arange(edges.size - 1) % 3 == index
            group = file.create_group(f"intervals/{name}")
            group.create_dataset("start_time", data=edges[:-1][mine])
            group.create_dataset("stop_time", data=edges[1:][mine])
        running = np.abs(np.cumsum(rng.standard_normal(2 * time.size))) * 0.01
        tread = file.create_group("acquisition/treadmill_velocity")
        tread.create_dataset("data", data=running)
        tread.create_dataset("timestamps", data=np.linspace(time[0], time[-1], running.size))


def write_tables(
    folder: Path,
    units: pd.DataFrame,
    kept: NDArray[np.bool_],
    nucleus: NDArray[np.int64],
    roots: NDArray[np.int64],
    position: NDArray[np.float64],
    rng: np.random.Generator,
) -> dict[str, Any]:
    """The tables that lead from units to wiring, each in another format."""
    files: dict[str, Any] = {
        "scan_units": folder / "ScanUnit.parquet",
        "coregistration": folder / "coregistration_manual_v4.csv",
        "cells": folder / "aibs_cell_info_merged.csv.gz",
        "proofreading": folder / "proofreading_status_and_strategy.csv",
        "synapses": folder / "synapses_with_axon_proofreading.feather",
    }
    units[["session", "scan_idx", "unit_id", "field", "mask_id"]].assign(ms_delay=0.0).to_parquet(
        files["scan_units"]
    )
    _coregistration(files["coregistration"], units, nucleus, roots, position, rng)
    _cells(files["cells"], nucleus, roots, position, rng)
    _proofreading(files["proofreading"], roots)
    _synapses(files["synapses"], kept, roots, rng)
    return files


def _coregistration(
    path: Path, units: Any, nucleus: Any, roots: Any, position: Any, rng: np.random.Generator
) -> None:
    import pandas as pd

    mine = units[units["cell"] >= 0]
    cell = mine["cell"].to_numpy()
    table = pd.DataFrame(
        {
            "id": np.arange(1, len(mine) + 1),
            "valid": "t",
            "target_id": nucleus[cell],
            "session": mine["session"].to_numpy(),
            "scan_idx": mine["scan_idx"].to_numpy(),
            "unit_id": mine["unit_id"].to_numpy(),
            "field": mine["field"].to_numpy(),
            "residual": np.abs(rng.normal(3.0, 3.0, len(mine))),
            "score": rng.normal(8.0, 4.0, len(mine)),
            "pt_root_id": roots[cell],
        }
    )
    voxels = np.round(position[cell] / (0.004, 0.004, 0.04)).astype(int)
    for axis, values in zip("xyz", voxels.T, strict=True):
        table[f"pt_position_{axis}"] = values
    table.to_csv(path, index=False)


def _cells(path: Path, nucleus: Any, roots: Any, position: Any, rng: np.random.Generator) -> None:
    """A headerless export with its header: two nuclei share a segment, one has none."""
    import pandas as pd

    n = nucleus.size
    extra = int(nucleus.max())
    voxels = np.round(np.vstack([position, position[:3]]) / (0.004, 0.004, 0.04)).astype(int)
    table = pd.DataFrame(
        {
            "id": np.concatenate([nucleus, extra + np.arange(1, 4)]),
            "pt_root_id": np.concatenate([roots, [roots.max() + 7] * 2, [0]]),
            "nuc_volume": rng.normal(400.0, 60.0, n + 3),
            "broad_type": "excitatory",
            "cell_type": rng.choice(["23P", "4P", "5P-IT"], n + 3),
            "visual_area": np.where(np.append(position[:, 0], [0, 0, 0]) > 250, "V1", "RL"),
            "pt_position_x": voxels[:, 0],
            "pt_position_y": voxels[:, 1],
            "pt_position_z": voxels[:, 2],
        }
    )
    with gzip.open(path, "wt", newline="") as file:
        table.to_csv(file, index=False, header=False)
    header = path.with_name(path.name.split(".")[0] + "_header.csv")
    header.write_text("".join(f"{name},bigint\r\n" for name in table))


def _proofreading(path: Path, roots: Any) -> None:
    """All axons extended but one; one segment changed since."""
    import pandas as pd

    valid = roots.copy()
    valid[-1] += 3
    axon = np.full(roots.size, "axon_fully_extended", dtype=object)
    axon[0] = "none"
    pd.DataFrame(
        {
            "id": np.arange(1, roots.size + 1),
            "valid": "t",
            "pt_root_id": roots,
            "valid_id": valid,
            "status_dendrite": "t",
            "status_axon": np.where(axon == "none", "f", "t"),
            "strategy_dendrite": "dendrite_clean",
            "strategy_axon": axon,
        }
    ).to_csv(path, index=False)


def _synapses(path: Path, kept: Any, roots: Any, rng: np.random.Generator) -> None:
    """One row per synapse, and some from and onto segments outside the cells."""
    import pandas as pd

    post, pre = np.nonzero(kept)
    number = 1 + rng.poisson(0.5, post.size)
    first = np.repeat(roots[pre], number)
    second = np.repeat(roots[post], number)
    outside = max(5, first.size // 20)
    strangers = roots.max() + 1000 + np.arange(outside)
    first = np.concatenate([first, strangers, roots[rng.integers(0, roots.size, outside)]])
    second = np.concatenate([second, roots[rng.integers(0, roots.size, outside)], strangers])
    size = np.round(np.exp(rng.normal(7.0, 1.0, first.size))).astype(np.int64)
    order = rng.permutation(first.size)
    pd.DataFrame(
        {
            "id": np.arange(1, first.size + 1),
            "pre_pt_root_id": first[order],
            "post_pt_root_id": second[order],
            "size": size[order],
        }
    ).to_feather(path)
