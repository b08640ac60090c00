"""connectome, microns and timescales of recordings, from the command line."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from pyscales.connectome.fixtures import FixtureSettings, make_fixture
from pyscales.timescales.synthetic import ornstein_uhlenbeck


@pytest.fixture(scope="module")
def animal(tmp_path_factory):
    folder = tmp_path_factory.mktemp("animal")
    animal = make_fixture(folder, FixtureSettings(n_cells=60, frames=2000, seed=1))
    lines = ["[files]", "nwb = " + json.dumps([p.name for p in animal.files["nwb"]])]
    names = ("coregistration", "cells", "synapses", "scan_units", "proofreading")
    lines += [f'{n} = "{animal.files[n].name}"' for n in names]
    lines += ["[statistics]", "n_permutations = 50", "n_bootstrap = 50"]
    lines += ["[model]", "run = true", "seconds = 60", "symmetries = [0.0]"]
    (folder / "pipeline.toml").write_text("\n".join(lines))
    return animal


@pytest.fixture(scope="module")
def edges(tmp_path_factory):
    rng = np.random.default_rng(0)
    n = 80
    k = rng.lognormal(2, 0.6, n)
    p = np.minimum(np.outer(k, k) / k.sum(), 1)
    post, pre = (rng.random((n, n)) < p).nonzero()
    folder = tmp_path_factory.mktemp("edges")
    pd.DataFrame({"i": pre, "j": post, "weight": 1}).to_csv(folder / "edges.csv", index=False)
    nodes = pd.DataFrame(rng.uniform(0, 100, (n, 3)), columns=["x", "y", "z"])
    nodes.insert(0, "node", np.arange(n))
    nodes.to_csv(folder / "nodes.csv", index=False)
    return folder


def test_degrees_and_their_file(cli, edges, tmp_path):
    done = cli("connectome", "degrees", edges / "edges.csv", "--out", tmp_path, "--json")
    assert done.code == 0
    record = done.json
    table = pd.read_csv(edges / "edges.csv")
    table = table[table["i"] != table["j"]]
    assert record["n_edges"] == len(table)
    written = pd.read_csv(tmp_path / "degrees.csv").set_index("node")
    assert written["in"].sum() == len(table)
    expected = table.groupby("j").size()
    assert (written.loc[expected.index, "in"] == expected).all()


def test_reciprocity_with_and_without_positions(cli, edges):
    done = cli("connectome", "reciprocity", edges / "edges.csv", "--json")
    assert [n["name"] for n in done.json["nulls"]] == ["equal", "degree"]
    assert "no positions" in done.err
    done = cli("connectome", "reciprocity", edges / "edges.csv", "--nodes", edges / "nodes.csv")
    assert done.code == 0
    assert "degree + distance" in done.out


def test_fit_and_simulate(cli, edges):
    done = cli("connectome", "fit", edges / "edges.csv", "--direction", "out", "--json")
    assert done.json["fits"][0]["delta_aic"] == 0
    assert len(done.json["fits"]) == 6
    done = cli(
        "connectome", "simulate", edges / "edges.csv", "--seconds", "40", "--max-lag", "4", "--json"
    )
    record = done.json
    assert record["gain"] == pytest.approx(3.0 * record["critical_gain"])
    assert record["theory_timescale_efold"] > 0
    assert -1 <= record["direct_spearman"] <= 1


def test_microns_writes_everything(cli, animal, tmp_path):
    done = cli("microns", animal.folder / "pipeline.toml", "--out", tmp_path, "--json")
    assert done.code == 0, done.err
    assert done.json["spearman"]["n"] == done.json["n_nuclei"]
    assert done.json["models"][0]["symmetry"] == 0.0
    for name in ("relation", "wiring", "distribution", "controls"):
        for kind in ("svg", "png"):
            assert (tmp_path / "figures" / f"connectome_{name}.{kind}").stat().st_size > 5000
    page = (tmp_path / "report.html").read_text()
    for words in (
        "What was used and what was left out",
        "segment with several nuclei",
        "negative binomial",
        "degree + distance",
        "nuclei.csv",
        "Controls",
    ):
        assert words in page
    assert "nan" not in page.lower().replace("nanm", "").split("<style")[0]
    units = pd.read_csv(tmp_path / "data" / "units.csv")
    assert units["nucleus_id"].dtype == np.int64
    assert set(units["nucleus_id"]) <= set(animal.nucleus_id)
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert summary["spearman"]["rho"] == done.json["spearman"]["rho"]
    plain = cli("microns", animal.folder / "pipeline.toml", "-q")
    assert "corrected = " in plain.out


def test_timescales_of_recordings(cli, animal, tmp_path):
    done = cli(
        "timescales",
        animal.files["nwb"][0],
        "--method",
        "fit",
        "--method",
        "efold",
        "--out",
        tmp_path,
        "--json",
    )
    assert done.code == 0, done.err
    assert done.json["timescale_fit"]["n_used"] > 20
    assert done.json["ledger"]["excluded"]["not a soma"] > 0
    assert "timescale_efold_value" in pd.read_csv(tmp_path / "timescales.csv")
    x = ornstein_uhlenbeck(np.full(20, 1.0), 5.0, 5000, np.random.default_rng(0))
    np.savez(tmp_path / "t.npz", data=x, time=np.arange(5000) / 5.0)
    done = cli("timescales", tmp_path / "t.npz", "--max-lag", "8")
    value = float(done.out.splitlines()[1].split("\t")[1])
    assert value == pytest.approx(1.0, rel=0.1)
    pd.DataFrame(x).add_prefix("cell ").to_csv(tmp_path / "t.csv", index=False)
    assert cli("timescales", tmp_path / "t.csv", "--fs", "5", "--json").code == 0


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("connectome", "degrees", "absent.csv"), "absent.csv"),
        (("connectome", "fit", "EDGES", "--direction", "up"), "direction"),
        (("connectome", "fit", "EDGES", "--measure", "size"), "size"),
        (("connectome", "reciprocity", "EDGES", "--bin-width", "0"), "bin_width"),
        (("connectome", "simulate", "EDGES", "--gain", "-1"), "model.gain"),
        (("connectome", "simulate", "EDGES", "--rule", "magic"), "rule"),
        (("connectome", "simulate", "EDGES", "--symmetry", "2"), "symmetry"),
        (("connectome", "degrees", "EDGES", "--nodes", "absent.csv"), "absent.csv"),
        (("microns", "absent.toml"), "absent.toml"),
        (("timescales", "absent.nwb"), "absent.nwb"),
        (("timescales", "absent.npz"), "absent.npz"),
        (("timescales", "NPZ", "--method", "guess"), "guess"),
        (("timescales", "NPZ", "--max-lag", "1e9"), "max_lag"),
        (("timescales", "NPZ", "--blocks", "2"), "n_blocks"),
    ],
)
def test_bad_input(cli, edges, arguments, word):
    npz = edges / "t.npz"
    if not npz.exists():
        x = np.random.default_rng(0).standard_normal((300, 2))
        np.savez(npz, data=x, time=np.arange(300.0))
    names = {"EDGES": edges / "edges.csv", "NPZ": npz}
    done = cli(*(names.get(a, a) for a in arguments))
    assert done.code == 2
    assert word in done.err
    assert "Traceback" not in done.err
