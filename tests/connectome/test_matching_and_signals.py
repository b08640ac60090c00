"""Regions to units to nuclei by exact keys; windows, quality and cleaning of traces."""

from __future__ import annotations

import h5py
import numpy as np
import pandas as pd
import pytest

from pyscales.connectome.containers import make_traces
from pyscales.connectome.fixtures import FixtureSettings, make_fixture, stimulus_times
from pyscales.connectome.matching import match, name_units
from pyscales.connectome.readers import (
    read_cells,
    read_coregistration,
    read_proofreading,
    read_scan_units,
    read_synapses,
)
from pyscales.connectome.readers.activity import read_traces
from pyscales.connectome.readers.nwb import open_nwb
from pyscales.connectome.signals import (
    regress_out,
    resting_windows,
    signal_quality,
    usable_units,
)
from pyscales.errors import InputError
from pyscales.timescales.synthetic import exponential_kernel, ornstein_uhlenbeck


@pytest.fixture(scope="module")
def animal(tmp_path_factory):
    return make_fixture(tmp_path_factory.mktemp("animal"), FixtureSettings(n_cells=60, frames=900))


def test_scan_is_read_lazily_and_exactly(animal):
    scan = open_nwb(animal.files["nwb"][0])
    truth = animal.units[animal.units["session"] == 4]
    assert (scan.session, scan.scan_idx, scan.fields) == (4, 7, (1, 2, 3))
    assert scan.fs == pytest.approx(6.3009)
    for name in ("field", "mask_id", "mask_type"):
        assert scan.units[name].tolist() == truth[name].tolist()
    one = scan.traces(fields=[2], window=(20.0, 40.0))
    assert (one.units["mask_type"] == "soma").all()
    assert (one.units["field"] == 2).all()
    assert one.time[0] >= 20.0
    assert one.time[-1] < 40.0
    with h5py.File(animal.files["nwb"][0]) as file:
        data = file["processing/ophys/Fluorescence/RoiResponseSeries2/data"]
        first = int(np.searchsorted(scan.time, 20.0))
        expected = data[first : first + one.time.size][:, one.units["column"].to_numpy()]
    np.testing.assert_array_equal(one.data, expected)
    start, stop = stimulus_times(animal.settings)
    assert scan.intervals["start"].min() == pytest.approx(start + 0.4)
    assert scan.intervals["stop"].max() == pytest.approx(stop + 0.4)
    assert set(scan.intervals["kind"]) == {"Clip", "Monet2", "Trippy"}
    running = scan.behaviour()["treadmill"]
    assert np.isfinite(running).all()
    with pytest.raises(InputError, match="fields"):
        scan.traces(fields=[9])
    with pytest.raises(InputError, match="window"):
        scan.traces(window=(1e6, 2e6))


@pytest.mark.parametrize("exact", [True, False])
def test_mapping_from_mask_to_node_is_exact(animal, exact):
    coregistration, _ = read_coregistration(animal.files["coregistration"])
    cells, _ = read_cells(animal.files["cells"])
    wiring = read_synapses(animal.files["synapses"], cells=cells)
    scan_units = read_scan_units(animal.files["scan_units"]) if exact else None
    for path in animal.files["nwb"]:
        scan = open_nwb(path)
        named, how = name_units(scan.units, scan_units=scan_units, coregistration=coregistration)
        truth = animal.units[animal.units["session"] == scan.session].reset_index(drop=True)
        assert named["unit_id"].tolist() == truth["unit_id"].tolist()
        assert ("ScanUnit" in how) == exact
        found = match(named, coregistration, wiring)
        cell = truth["cell"].to_numpy()
        assert found.row.tolist() == np.flatnonzero(cell >= 0).tolist()
        expected = animal.nucleus_id[cell[cell >= 0]]
        assert found.units["nucleus_id"].tolist() == expected.tolist()
        root = wiring.nodes["pt_root_id"].to_numpy()[found.node]
        assert root.tolist() == animal.pt_root_id[cell[cell >= 0]].tolist()
        assert found.ledger.excluded == {"without a coregistered nucleus": int((cell < 0).sum())}


def test_wiring_equals_the_truth(animal):
    cells, _ = read_cells(animal.files["cells"])
    wiring = read_synapses(animal.files["synapses"], cells=cells)
    order = np.searchsorted(animal.pt_root_id, wiring.nodes["pt_root_id"])
    truth = animal.adjacency[np.ix_(order, order)]
    np.testing.assert_array_equal(wiring.counts.toarray() > 0, truth)
    np.testing.assert_allclose(wiring.positions, animal.position[order], atol=0.04)
    # Root ids differ by less than a float can tell, and still keep apart.
    assert np.unique(animal.pt_root_id.astype(float)).size < animal.pt_root_id.size
    status, ledger = read_proofreading(animal.files["proofreading"])
    assert (status["axon"] == "none").sum() == 1
    assert ledger.excluded == {"segment changed since (valid_id)": 1}


def test_numbering_is_refused_when_one_row_disagrees(animal):
    scan = open_nwb(animal.files["nwb"][0])
    coregistration, _ = read_coregistration(animal.files["coregistration"])
    wrong = coregistration.copy()
    wrong.loc[0, "field"] = wrong.loc[0, "field"] % 3 + 1
    with pytest.raises(InputError, match="1 of"):
        name_units(scan.units, coregistration=wrong)
    with pytest.raises(InputError, match="NWB files"):
        name_units(scan.units)
    with pytest.raises(InputError, match="masks 1"):
        name_units(scan.units.iloc[5:], coregistration=coregistration)
    units = read_scan_units(animal.files["scan_units"])
    with pytest.raises(InputError, match="other scans"):
        name_units(scan.units, scan_units=units[units["session"] == 5])


def test_units_that_match_twice_or_nowhere_are_counted(animal):
    cells, _ = read_cells(animal.files["cells"])
    wiring = read_synapses(animal.files["synapses"], cells=cells)
    nucleus = animal.nucleus_id
    units = pd.DataFrame({"session": 4, "scan_idx": 7, "unit_id": [1, 2, 3, 0, 5]})
    table = pd.DataFrame(
        {
            "session": 4,
            "scan_idx": 7,
            "unit_id": [1, 2, 2, 5],
            "nucleus_id": [nucleus[0], nucleus[1], nucleus[2], 42],
        }
    )
    found = match(units, table, wiring)
    assert found.units["nucleus_id"].tolist() == [nucleus[0]]
    assert found.ledger.excluded == {
        "without a unit id": 1,
        "matched to several nuclei": 1,
        "without a coregistered nucleus": 1,
        "nucleus not among the nodes": 1,
    }
    assert found.ledger.kept == 1
    with pytest.raises(InputError, match="each unit once"):
        match(pd.concat([units, units]), table, wiring)


# --- windows and quality ----------------------------------------------------------------------


def test_resting_windows_are_the_complement():
    time = np.arange(0, 1000, 0.5)
    table = pd.DataFrame({"start": [300.0, 100.0, 310.0], "stop": [310.0, 300.0, 400.0]})
    windows = resting_windows(time, table, margin=10.0, shortest=60.0)
    assert [(time[a], time[b - 1]) for a, b in windows] == [(0.0, 89.5), (410.0, 999.5)]
    assert resting_windows(time, table, margin=10, shortest=100) == windows[1:]
    assert resting_windows(time, table[:0]) == [(0, 2000)]
    with pytest.raises(InputError, match="longest time"):
        resting_windows(time, table, shortest=700.0)
    with pytest.raises(InputError, match="clocks"):
        resting_windows(time, table + 1e5)


def test_signal_to_noise_does_not_depend_on_the_timescale():
    rng = np.random.default_rng(0)
    tau = np.repeat([0.6, 4.0], 100)
    x = exponential_kernel(ornstein_uhlenbeck(tau, 6.3, 4000, rng), 6.3, 1.2)
    x /= x.std(axis=0)
    truth = np.tile([0.5, 2.0], 100)
    traces = make_traces(100 + x + rng.standard_normal(x.shape) / truth, np.arange(4000) / 6.3)
    found = signal_quality(traces, [(0, 1500), (2000, 4000)]).snr
    for value in (0.5, 2.0):
        fast, slow = (np.median(found[(truth == value) & (tau == t)]) for t in (0.6, 4.0))
        assert fast == pytest.approx(value, rel=0.12)
        assert slow == pytest.approx(value, rel=0.12)


def test_units_without_signal_are_left_out_by_reason():
    rng = np.random.default_rng(1)
    data = 10 + exponential_kernel(ornstein_uhlenbeck(np.full(5, 1.0), 6.3, 600, rng), 6.3, 1.0)
    data[:, 0] = 10.0
    data[10, 1] = np.nan
    data[:, 3] = 10 + rng.standard_normal(600)
    units = pd.DataFrame({"mask_type": ["soma", "soma", "artifact", "soma", "soma"]})
    traces = make_traces(data, np.arange(600) / 6.3, units)
    keep, ledger = usable_units(traces, signal_quality(traces, [(0, 600)]), min_snr=0.7)
    assert keep.tolist() == [False, False, False, False, True]
    assert ledger.excluded == {
        "not a soma": 1,
        "NaN samples in the windows": 1,
        "no variance": 1,
        "signal to noise below 0.7": 1,
    }


def test_regression_removes_a_shared_signal_and_cuts_gaps():
    rng = np.random.default_rng(2)
    own = rng.standard_normal((800, 3))
    running = rng.standard_normal(800)
    running[390:400] = np.nan
    data = own + 3 * np.nan_to_num(running)[:, None] + 50
    out, windows, share = regress_out(data, {"running": running}, [(0, 700)])
    assert windows == [(0, 390), (400, 700)]
    rows = np.r_[0:390, 400:700]
    assert np.abs(np.corrcoef(out[rows, 0], running[rows])[0, 1]) < 1e-6
    assert np.corrcoef(out[rows, 0], own[rows, 0])[0, 1] > 0.99
    np.testing.assert_allclose(out[rows].mean(axis=0), data[rows].mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(share, 0.9, atol=0.02)
    with pytest.raises(InputError, match="constant"):
        regress_out(data, {"running": np.ones(800)}, [(0, 700)])


def test_traces_from_npz_and_tables(tmp_path):
    x = np.random.default_rng(0).standard_normal((50, 3))
    t = np.arange(50) * 0.2
    np.savez(tmp_path / "a.npz", trace_z=x.T, time_s=t, neuron=["a", "b", "c"])
    found = read_traces(tmp_path / "a.npz")
    np.testing.assert_array_equal(found.data, x)
    assert found.units["name"].tolist() == ["a", "b", "c"]
    assert found.fs == pytest.approx(5.0)
    pd.DataFrame(x, columns=["a", "b", "c"]).assign(time=t).to_csv(tmp_path / "a.csv", index=False)
    np.testing.assert_allclose(read_traces(tmp_path / "a.csv").data, x)
    np.savez(tmp_path / "b.npz", data=x[:3])
    with pytest.raises(InputError, match="units_first"):
        read_traces(tmp_path / "b.npz")
    assert read_traces(tmp_path / "b.npz", fs=2.0, units_first=False).duration == 1.5
