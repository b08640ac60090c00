"""Broken files of every kind: one clear InputError that names the place, never a wrong number."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest

from pyscales.connectome.fixtures import FixtureSettings, make_fixture
from pyscales.connectome.pipeline import run_pipeline
from pyscales.connectome.pipeline_config import load_pipeline
from pyscales.errors import InputError

OPHYS = "processing/ophys"
SERIES = f"{OPHYS}/Fluorescence/RoiResponseSeries1"
PLANE = f"{OPHYS}/ImageSegmentation/PlaneSegmentation1"
TABLES = ("coregistration", "cells", "synapses", "scan_units", "proofreading")


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sound")
    return make_fixture(folder, FixtureSettings(n_cells=40, frames=1200, fields=2))


class Broken:
    """A copy of the files that can be damaged."""

    def __init__(self, sound, folder: Path) -> None:
        shutil.copytree(sound.folder, folder, dirs_exist_ok=True)
        self.folder = folder
        self.names = {name: sound.files[name].name for name in TABLES}
        self.nwb = [p.name for p in sound.files["nwb"]]
        self.extra = ""

    def path(self, name: str) -> Path:
        return self.folder / (self.nwb[0] if name == "nwb" else self.names[name])

    def hdf5(self, change: Callable[[h5py.File], None]) -> None:
        with h5py.File(self.path("nwb"), "r+") as file:
            change(file)

    def text(self, name: str, change: Callable[[str], str]) -> None:
        path = self.path(name)
        path.write_text(change(path.read_text()))

    def table(self, name: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
        """Rewrite a table in its own format."""
        path = self.path(name)
        if path.suffix == ".parquet":
            change(pd.read_parquet(path)).to_parquet(path)
        elif path.suffix == ".feather":
            change(pd.read_feather(path)).reset_index(drop=True).to_feather(path)
        else:
            change(pd.read_csv(path)).to_csv(path, index=False)

    def run(self) -> None:
        lines = ["[files]", "nwb = " + json.dumps(self.nwb)]
        lines += [f'{k} = "{v}"' for k, v in self.names.items()]
        lines += ["[statistics]\nn_permutations = 20\nn_bootstrap = 20\n", self.extra]
        toml = self.folder / "pipeline.toml"
        toml.write_text("\n".join(lines))
        run_pipeline(load_pipeline(toml))


def replace(place: str, value) -> Callable[[h5py.File], None]:
    def change(file: h5py.File) -> None:
        del file[place]
        if value is not None:
            file[place] = value

    return change


def edit(place: str, change: Callable[[np.ndarray], np.ndarray]) -> Callable[[h5py.File], None]:
    def apply(file: h5py.File) -> None:
        values = change(np.asarray(file[place]))
        del file[place]
        file[place] = values

    return apply


def assign(name: str, value) -> Callable[[pd.DataFrame], pd.DataFrame]:
    return lambda frame: frame.assign(**{name: value})


def first(name: str, value) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """The first row's cell replaced, the column being of objects if it must."""

    def change(frame: pd.DataFrame) -> pd.DataFrame:
        column = frame[name].astype(object)
        column.iloc[0] = value
        return frame.assign(**{name: column})

    return change


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def gap(data: np.ndarray) -> np.ndarray:
    data[3] = np.nan
    return data


def late_gap(data: np.ndarray) -> np.ndarray:
    data[1150:1153] = np.nan
    return data


def back(time: np.ndarray) -> np.ndarray:
    time[5] = time[3]
    return time


CASES: dict[str, tuple[Callable[[Broken], None], str]] = {
    # the scan
    "nwb truncated": (lambda b: truncate(b.path("nwb")), "complete HDF5"),
    "nwb is text": (lambda b: b.path("nwb").write_text("not HDF5"), "complete HDF5"),
    "nwb absent": (lambda b: b.path("nwb").unlink(), "files.nwb"),
    "no session id": (lambda b: b.hdf5(replace("general/session_id", None)), "session_id"),
    "odd session id": (lambda b: b.hdf5(replace("general/session_id", "mouse 4")), "mouse 4"),
    "no fluorescence": (lambda b: b.hdf5(replace(f"{OPHYS}/Fluorescence", None)), "Fluorescence"),
    "no samples": (lambda b: b.hdf5(replace(f"{SERIES}/data", None)), "data"),
    "flat samples": (lambda b: b.hdf5(edit(f"{SERIES}/data", np.ravel)), "shape"),
    "frames differ between fields": (
        lambda b: b.hdf5(edit(f"{SERIES}/data", lambda x: x[:-5])),
        "frames",
    ),
    "no timestamps": (lambda b: b.hdf5(replace(f"{SERIES}/timestamps", None)), "timestamps"),
    "timestamps too few": (
        lambda b: b.hdf5(edit(f"{SERIES}/timestamps", lambda t: t[:-1])),
        "per frame",
    ),
    "time steps back": (lambda b: b.hdf5(edit(f"{SERIES}/timestamps", back)), "grow"),
    "NaN time": (lambda b: b.hdf5(edit(f"{SERIES}/timestamps", gap)), "finite"),
    "rois beyond the masks": (
        lambda b: b.hdf5(edit(f"{SERIES}/rois", lambda r: r + 1000)),
        "rois",
    ),
    "mask numbers as floats": (
        lambda b: b.hdf5(edit(f"{PLANE}/id", lambda i: i.astype(float))),
        "integer mask",
    ),
    "mask numbers repeated": (
        lambda b: b.hdf5(edit(f"{PLANE}/id", lambda i: np.ones_like(i))),
        "repeated",
    ),
    "no mask types": (lambda b: b.hdf5(replace(f"{PLANE}/mask_type", None)), "mask_type"),
    "empty interval": (
        lambda b: b.hdf5(edit("intervals/Clip/stop_time", lambda s: s - 10.0)),
        "stop after the start",
    ),
    "interval without stop": (
        lambda b: b.hdf5(replace("intervals/Clip/stop_time", None)),
        "stop_time",
    ),
    "stimuli on another clock": (
        lambda b: [
            b.hdf5(edit(f"intervals/{n}/{e}_time", lambda t: t + 1e6))
            for n in ("Clip", "Monet2", "Trippy")
            for e in ("stop", "start")
        ],
        "clocks",
    ),
    "no rest": (
        lambda b: setattr(b, "extra", "[windows]\nshortest = 1000.0\n"),
        "longest time without stimulus",
    ),
    # tables
    "float root ids in text": (
        lambda b: b.table("proofreading", lambda f: f.assign(pt_root_id=f["pt_root_id"] + 0.0)),
        "pt_root_id",
    ),
    "float root ids in feather": (
        lambda b: b.table("synapses", lambda f: f.assign(pre_pt_root_id=f["pre_pt_root_id"] * 1.0)),
        "rounded by floats",
    ),
    "id that is no number": (
        lambda b: b.table("coregistration", first("unit_id", "seven")),
        "seven",
    ),
    "negative id": (lambda b: b.table("coregistration", first("target_id", -4)), "row 1"),
    "id too large": (lambda b: b.table("proofreading", first("pt_root_id", 2**70)), "2^63"),
    "missing unit id": (lambda b: b.table("coregistration", first("unit_id", "")), "row 1"),
    "missing column": (
        lambda b: b.table("synapses", lambda f: f.drop(columns="post_pt_root_id")),
        "post_pt_root_id",
    ),
    "misspelt column": (
        lambda b: b.table("scan_units", lambda f: f.rename(columns={"mask_id": "maskid"})),
        "mask_id",
    ),
    "wrong delimiter": (
        lambda b: b.text("coregistration", lambda t: t.replace(",", "|")),
        "single column",
    ),
    "ragged row": (
        lambda b: b.text("coregistration", lambda t: t + "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"),
        "complete table",
    ),
    "short row": (lambda b: b.text("coregistration", lambda t: t + "999,t,4\n"), "row"),
    "header twice": (
        lambda b: b.text("coregistration", lambda t: t.replace("unit_id", "session", 1)),
        "differ",
    ),
    "header only": (
        lambda b: b.text("coregistration", lambda t: t.splitlines()[0] + "\n"),
        "rows below",
    ),
    "empty file": (lambda b: b.path("proofreading").write_text(""), "empty"),
    "binary in text": (lambda b: b.path("proofreading").write_bytes(b"\xff\xfe\x00"), "readable"),
    "truncated gzip": (lambda b: truncate(b.path("cells")), "table"),
    "truncated feather": (lambda b: truncate(b.path("synapses")), "feather"),
    "truncated parquet": (lambda b: truncate(b.path("scan_units")), "parquet"),
    "headerless without its header": (
        lambda b: (b.folder / "aibs_cell_info_merged_header.csv").unlink(),
        "headerless export",
    ),
    "header of another length": (
        lambda b: (b.folder / "aibs_cell_info_merged_header.csv").write_text("id,bigint\r\n"),
        "names",
    ),
    "unknown format": (
        lambda b: b.names.__setitem__(
            "synapses", shutil.copy(b.path("synapses"), b.folder / "s.xlsx").name
        ),
        "ending in",
    ),
    "duplicate masks in ScanUnit": (
        lambda b: b.table("scan_units", lambda f: pd.concat([f, f.iloc[:1]])),
        "repeated",
    ),
    "ScanUnit of other scans": (lambda b: b.table("scan_units", assign("session", 9)), "scans"),
    "numbering contradicted": (
        lambda b: [b.names.pop("scan_units"), b.table("coregistration", assign("field", 1))],
        "disagree",
    ),
    "coregistration of other scans": (
        lambda b: [b.names.pop("scan_units"), b.table("coregistration", assign("session", 9))],
        "rows of these scans",
    ),
    "negative synapse size": (
        lambda b: [
            b.table("synapses", assign("size", -1)),
        ],
        "sizes >= 0",
    ),
    "residual is text": (
        lambda b: [
            b.table("coregistration", first("residual", "near")),
        ],
        "near",
    ),
    "truth value is a colour": (
        lambda b: b.table("coregistration", first("valid", "green")),
        "green",
    ),
    "no status column": (
        lambda b: b.table("proofreading", lambda f: f[["id", "pt_root_id"]]),
        "strategy_axon",
    ),
    "cells of another animal": (
        lambda b: b.table(
            "synapses",
            lambda f: f.assign(
                pre_pt_root_id=f["pre_pt_root_id"] + 10**9,
            ),
        ),
        "ten or more",
    ),
    "lag beyond the windows": (
        lambda b: setattr(b, "extra", "[estimator]\nmax_lag = 500.0\n"),
        "longest window",
    ),
    "signal that was not recorded": (
        lambda b: setattr(b, "extra", '[windows]\nregress = ["pupil"]\n'),
        "pupil",
    ),
    "field that is not there": (
        lambda b: setattr(b, "extra", "[units]\nfields = [7]\n"),
        "fields",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_broken_input(case, sound, tmp_path):
    broken = Broken(sound, tmp_path)
    damage, word = CASES[case]
    damage(broken)
    with pytest.raises(InputError) as caught:
        broken.run()
    assert word in str(caught.value), str(caught.value)
    assert caught.value.exit_code == 2


def test_there_are_forty_kinds():
    assert len(CASES) >= 40


def test_the_sound_files_run(sound, tmp_path):
    Broken(sound, tmp_path).run()


def test_nan_traces_are_left_out_and_counted(sound, tmp_path):
    """A few frames of NaN exclude the units of one field, by reason."""
    broken = Broken(sound, tmp_path)
    broken.hdf5(edit(f"{SERIES}/data", late_gap))
    broken.run()
    result = run_pipeline(load_pipeline(tmp_path / "pipeline.toml"))
    mine = next(x for x in result.ledgers if x.what == "matched units of 4-scan-7")
    assert mine.excluded["NaN samples in the windows"] > 0
    assert (result.units.query("session == 4")["field"] == 2).all()


def test_a_segment_with_two_nuclei_never_enters(sound, tmp_path):
    broken = Broken(sound, tmp_path)
    path = broken.path("cells")
    with gzip.open(path, "rt") as file:
        lines = file.read().splitlines()
    root = lines[4].split(",")[1]
    doubled = lines[5].split(",")
    doubled[1] = root
    lines[5] = ",".join(doubled)
    with gzip.open(path, "wt") as file:
        file.write("\n".join(lines) + "\n")
    broken.run()
    result = run_pipeline(load_pipeline(tmp_path / "pipeline.toml"))
    cells = next(x for x in result.ledgers if x.what == "cells")
    assert cells.excluded["segment with several nuclei"] == 4
    assert int(root) not in set(result.wiring.nodes["pt_root_id"])
