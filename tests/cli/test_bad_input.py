"""Every user mistake: exit code 2, one message that names the field, no traceback."""

from __future__ import annotations

import pytest

FLAGS = [
    (("critical-gain", "--sigma", "-1"), "sigma"),
    (("critical-gain", "--sigma", "nan"), "sigma"),
    (("critical-gain", "--sigma", "9"), "sigma"),
    (("critical-gain", "--symmetry", "1.5"), "symmetry"),
    (("critical-gain", "--symmetry", "-1.01"), "symmetry"),
    (("critical-gain", "--symmetry", "inf"), "symmetry"),
    (("critical-gain", "--mean-degree", "0"), "mean_degree"),
    (("critical-gain", "--mean-degree", "-5"), "mean_degree"),
    (("critical-gain", "--mean-degree", "inf"), "mean_degree"),
    (("critical-gain", "--n", "0"), "n"),
    (("critical-gain", "--n", "50", "--mean-degree", "100"), "n"),
    (("critical-gain", "--k-max", "50", "--mean-degree", "100"), "k_max"),
    (("critical-gain", "--k-max", "nan"), "k_max"),
    (("critical-gain", "--law", "weibull"), "law"),
    (("critical-gain", "--law", "gamma"), "shape"),
    (("critical-gain", "--law", "gamma", "--shape", "0"), "shape"),
    (("critical-gain", "--law", "gamma", "--shape", "2", "--sigma", "1"), "sigma"),
    (("critical-gain", "--law", "power-law", "--exponent", "2.5"), "k_max"),
    (("critical-gain", "--law", "power-law", "--exponent", "-1", "--k-max", "999"), "exponent"),
    (("critical-gain", "--theory-degrees", "wished"), "theory_degrees"),
    (("critical-gain", "--n", "many"), "--n"),
    (("critical-gain", "--degrees", "absent.csv"), "absent.csv"),
    (("critical-gain", "--seed", "-3"), "seed"),
    (("dmft", "--gain", "-1"), "gain"),
    (("dmft", "--gain", "nan"), "gain"),
    (("dmft", "--symmetry", "0.5", "--set", "dmft.n_seeds=1"), "dmft.n_seeds"),
    (("dmft", "--set", "dmft.n_nodes=1"), "n_nodes"),
    (("dmft", "--set", "dmft.nodes=9"), "n_nodes"),
    (("dmft", "--set", "nonsense"), "--set"),
    (("dmft", "--set", "model.gain.deep=1"), "model.gain"),
    (("dmft", "--engine", "fortran"), "engine"),
    (("simulate", "--n", "100", "--mean-degree", "20", "--duration", "-1"), "duration"),
    (("simulate", "--n", "100", "--mean-degree", "20", "--trials", "0"), "n_trials"),
    (("simulate", "--n", "100", "--mean-degree", "200"), "n"),
    (("simulate", "--set", "simulation.method='Magic'"), "method"),
    (("simulate", "--set", "simulation.max_lag=1e9"), "max_lag"),
    (("simulate", "--set", "simulation.rtol=0"), "rtol"),
    (("spectrum", "--method", "guess"), "method"),
    (("spectrum", "--n", "100", "--mean-degree", "20", "--method", "arnoldi", "--k", "100"), "k"),
    (("phase-diagram", "--gains", "a,b"), "--gains"),
    (("phase-diagram", "--axis", "gamma"), "axis"),
    (("phase-diagram", "--law", "homogeneous"), "axis"),
    (("phase-diagram", "--simulate", "--gains", "1.0", "--values", "0.5"), "n"),
    (("timescales", "absent.nc"), "absent.nc"),
    (("timescales", "--degree", "rank"), "--degree"),
    (("reproduce", "--preset", "huge"), "--preset"),
    (("reproduce", "--degrees", "absent.csv"), "absent.csv"),
    (("run", "absent.toml"), "absent.toml"),
    (("config", "show", "absent.toml"), "absent.toml"),
]


@pytest.mark.parametrize(("arguments", "field"), FLAGS, ids=[" ".join(a) for a, _ in FLAGS])
def test_bad_options(cli, arguments, field, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = cli(*arguments)
    assert done.code == 2
    assert field in done.err
    assert "Traceback" not in done.err
    assert done.out == ""


FILES = [
    ("", "empty"),
    ("\n\n", "empty"),
    ("degree\n", "header"),
    ("3\n-2\n5\n", "-2"),
    ("3\nnan\n5\n", "nan"),
    ("3\ninf\n5\n", "inf"),
    ("0\n0\n", "positive"),
    ("3\nfour\n5\n", "four"),
    ("i,j\n1,2\n3\n", "row 2"),
    ("i,j\n1,1\n2,2\n", "edge"),
]


@pytest.mark.parametrize(("text", "hint"), FILES, ids=[h for _, h in FILES])
def test_bad_degree_files(cli, tmp_path, text, hint):
    path = tmp_path / "degrees.csv"
    path.write_text(text)
    done = cli("critical-gain", "--degrees", path)
    assert done.code == 2
    assert hint in done.err
    assert "Traceback" not in done.err


def test_binary_degree_file(cli, tmp_path):
    path = tmp_path / "degrees.csv"
    path.write_bytes(bytes(range(256)))
    done = cli("critical-gain", "--degrees", path)
    assert done.code == 2
    assert "degrees.csv" in done.err


def test_network_smaller_than_a_measured_degree(cli, tmp_path):
    path = tmp_path / "degrees.csv"
    path.write_text("\n".join(["2"] * 50 + ["40"]))
    done = cli("simulate", "--degrees", path, "--n", "30")
    assert done.code == 2
    assert "largest degree 40" in done.err


CONFIGS = [
    ("[model]\ngian = 2.0\n", "gain"),
    ("[modle]\ngain = 2.0\n", "model"),
    ("[model]\ngain = 'big'\n", "model.gain"),
    ("[model]\nn = 10.5\n", "model.n"),
    ("[model]\nsymmetry = 2\n", "symmetry"),
    ("[degrees]\nlaw = 'empirical'\n", "degrees.file"),
    ("[degrees]\nlaw = 'homogeneous'\nsigma = 0.5\n", "degrees.sigma"),
    ("[run]\njobs = ['dance']\n", "run.jobs"),
    ("[network]\ndirected = 'perhaps'\n", "network.directed"),
    ("model = 3\n", "model"),
    ("[model\n", "valid TOML"),
    ("[phase_diagram]\ngains = []\n", "phase_diagram.gains"),
]


@pytest.mark.parametrize(
    ("text", "hint"), CONFIGS, ids=[h + str(i) for i, (_, h) in enumerate(CONFIGS)]
)
def test_bad_configurations(cli, tmp_path, text, hint):
    path = tmp_path / "c.toml"
    path.write_text(text)
    done = cli("config", "validate", path)
    assert done.code == 2
    assert hint in done.err
    assert "Traceback" not in done.err


def test_a_file_that_is_not_netcdf(cli, tmp_path):
    path = tmp_path / "x.nc"
    path.write_text("not a dataset")
    done = cli("timescales", path)
    assert done.code == 2
    assert "x.nc" in done.err


def test_missing_engine_is_exit_4(cli, monkeypatch, tmp_path):
    monkeypatch.setenv("PYSCALES_CACHE", str(tmp_path))
    monkeypatch.delenv("PYTHON_JULIACALL_PROJECT", raising=False)
    done = cli("dmft", "--engine", "julia")
    assert done.code == 4
    assert "--engine scipy" in done.err
