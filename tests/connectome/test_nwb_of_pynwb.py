"""A scan written by pynwb, the way the released files were, is read the same."""

from __future__ import annotations

import datetime

import numpy as np
import pytest

from pyscales.connectome.readers.nwb import open_nwb

pynwb = pytest.importorskip("pynwb")


@pytest.fixture
def written(tmp_path):
    from hdmf.common import VectorData
    from pynwb.epoch import TimeIntervals
    from pynwb.ophys import (
        Fluorescence,
        ImageSegmentation,
        OpticalChannel,
        PlaneSegmentation,
        RoiResponseSeries,
    )

    rng = np.random.default_rng(0)
    start = datetime.datetime(2018, 1, 1, tzinfo=datetime.UTC)
    nwb = pynwb.NWBFile("scan", "id", start, session_id="4-scan-7")
    device = nwb.create_device("two-photon")
    module = nwb.create_processing_module("ophys", "traces")
    segmentation = ImageSegmentation()
    module.add(segmentation)
    time = np.arange(400) / 6.3
    films, series = {}, []
    for field, n in ((1, 5), (2, 4)):
        plane = nwb.create_imaging_plane(
            name=f"ImagingPlane{field}",
            optical_channel=OpticalChannel(
                name=f"c{field}", description="x", emission_lambda=500.0
            ),
            description="x",
            device=device,
            excitation_lambda=920.0,
            indicator="GCaMP6",
            location="VISp",
            imaging_rate=float("nan"),
        )
        kinds = ["soma"] * (n - 1) + ["artifact"]
        table = PlaneSegmentation(
            name=f"PlaneSegmentation{field}",
            description="x",
            imaging_plane=plane,
            id=np.arange(1, n + 1),
            columns=[
                VectorData(name="image_mask", description="x", data=np.zeros((n, 4, 4), "f4")),
                VectorData(name="mask_type", description="x", data=kinds),
                VectorData(name="pt_root_id", description="x", data=np.full(n, 8.6e17)),
            ],
            colnames=["image_mask", "mask_type", "pt_root_id"],
        )
        segmentation.add_plane_segmentation(table)
        films[field] = rng.standard_normal((400, n)).astype(np.float32)
        series.append(
            RoiResponseSeries(
                name=f"RoiResponseSeries{field}",
                data=films[field],
                unit="n.a.",
                rois=table.create_roi_table_region("x", region=list(range(n))),
                timestamps=time,
            )
        )
    module.add(Fluorescence(roi_response_series=series))
    clip = TimeIntervals(name="Clip", description="x")
    clip.add_row(start_time=20.0, stop_time=30.0)
    nwb.add_time_intervals(clip)
    path = tmp_path / "scan.nwb"
    with pynwb.NWBHDF5IO(path, "w") as file:
        file.write(nwb)
    return path, films, time


def test_the_layout_of_pynwb(written):
    path, films, time = written
    scan = open_nwb(path)
    assert (scan.session, scan.scan_idx, scan.fields) == (4, 7, (1, 2))
    np.testing.assert_allclose(scan.time, time)
    assert scan.units["mask_id"].tolist() == [1, 2, 3, 4, 5, 1, 2, 3, 4]
    assert (scan.units["mask_type"] == "artifact").sum() == 2
    assert scan.intervals[["start", "stop", "kind"]].to_numpy().tolist() == [[20.0, 30.0, "Clip"]]
    traces = scan.traces()
    expected = np.hstack([films[1][:, :-1], films[2][:, :-1]])
    np.testing.assert_array_equal(traces.data, expected)
