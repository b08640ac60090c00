"""Commands end to end: their JSON, their files, their exit codes."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

SMALL = ("--n", 120, "--mean-degree", 15, "--duration", 60, "-q", "--set", "simulation.max_lag=20")


@pytest.mark.parametrize("sigma", [0.0, 0.3, 0.75, 1.0, 1.5])
def test_critical_gain_without_symmetry(cli, sigma):
    found = cli("critical-gain", "--sigma", sigma, "--symmetry", 0, "--json").json
    assert found["critical_gain"] == pytest.approx(math.exp(-(sigma**2) / 2), abs=1e-6)
    assert found["critical_gain_static"] == pytest.approx(found["critical_gain"], abs=1e-12)
    assert found["frequency"] == 0
    assert found["status"] == "converged"


@pytest.mark.parametrize("symmetry", [-0.9, -0.5, -0.1, 0.1, 0.5, 1.0])
def test_critical_gain_without_spread(cli, symmetry):
    found = cli("critical-gain", "--sigma", 0, "--symmetry", symmetry, "--json").json
    assert found["critical_gain"] == pytest.approx(1 / (1 + symmetry), abs=1e-6)


def test_critical_gain_oscillatory_onset(cli):
    found = cli("critical-gain", "--sigma", 1, "--symmetry", -0.5, "--json").json
    assert found["critical_gain"] == pytest.approx(2.123969, abs=1e-6)
    assert found["critical_gain_static"] == pytest.approx(2.241756, abs=1e-6)
    assert found["frequency"] == pytest.approx(1.790, abs=5e-4)
    assert found["branch"] == "oscillatory"


def test_critical_gain_of_a_finite_network_knows_the_hub(cli):
    found = cli("critical-gain", "--sigma", 1, "--symmetry", 0.5, "--n", 1000, "--json").json
    assert found["critical_gain_static"] == pytest.approx(0.284489, abs=1e-6)
    assert found["critical_gain"] == pytest.approx(1 / 3.139, rel=2e-4)
    assert found["branch"] == "hub"


@pytest.mark.parametrize("law", [("lognormal", "--sigma", 0.5), ("gamma", "--shape", 2)])
def test_unbounded_degrees_have_no_critical_gain(cli, law):
    found = cli("critical-gain", "--law", *law, "--symmetry", 0.5, "--json").json
    assert found["critical_gain"] == 0
    assert found["critical_gain_static"] is None
    assert found["status"] == "unbounded_degrees"
    assert "--n" in found["message"]
    assert "--k-max" in found["message"]


def test_antisymmetric_couplings_are_always_stable(cli):
    done = cli("critical-gain", "--symmetry", -1, "--json")
    assert done.code == 0
    assert done.json["critical_gain"] is None
    assert done.json["status"] == "always_stable"


def test_dmft_json(cli):
    found = cli("dmft", "--gain", 1.5, "--sigma", 0, "--symmetry", 0, "--json").json
    assert found["d0"] == pytest.approx(0.7476863806, abs=1e-8)
    assert found["variance_x"] == found["d0"]
    assert found["timescale_hwhm"] == pytest.approx(7.846055, abs=1e-5)
    assert found["timescale_hwhm_phi"] == pytest.approx(7.548109, abs=1e-5)
    assert found["timescale_asymptotic"] == pytest.approx(6.18892, abs=1e-5)
    assert found["lyapunov_max"] == pytest.approx(0.046746, abs=1e-6)
    assert found["converged"] is True
    assert found["residual"] < 1e-10


def test_dmft_below_the_critical_gain_is_silent(cli):
    found = cli("dmft", "--gain", 0.8, "--sigma", 0.5, "--json").json
    assert found["phase"] == "silent"
    assert found["d0"] == found["variance_x"] == 0
    assert found["lyapunov_max"] == pytest.approx(0.8 * math.exp(0.125) - 1, abs=1e-9)


def test_dmft_so_close_to_onset_that_it_cannot_converge_is_exit_3(cli):
    done = cli("dmft", "--gain", 1 + 1e-12, "--sigma", 0, "--json")
    assert done.code == 3
    assert done.json["converged"] is False
    assert "critical gain" in done.json["message"]


def test_simulation_then_timescales_from_its_file(cli, tmp_path):
    done = cli("simulate", *SMALL, "--gain", 2, "--out", tmp_path, "--json")
    assert done.code == 0
    assert done.json["phase"] in ("chaotic", "frozen")
    file = tmp_path / "results" / "simulation.nc"
    assert file.exists()
    assert json.loads((tmp_path / "provenance.json").read_text())["seed"] == 1
    found = cli("timescales", file, "--json").json
    both = found["timescale_hwhm"]["n_used"] + found["timescale_hwhm"]["n_excluded"]
    assert both == 120
    assert found["unit"] == "membrane time constants"
    direct = cli("timescales", *SMALL, "--gain", 2, "--json").json
    assert direct["timescale_hwhm"] == found["timescale_hwhm"]


def test_model_options_with_a_file_are_refused(cli, tmp_path):
    cli("simulate", *SMALL, "--out", tmp_path)
    done = cli("timescales", tmp_path / "results" / "simulation.nc", "--gain", 3)
    assert done.code == 2


def test_spectrum_json(cli):
    found = cli("spectrum", "--n", 200, "--mean-degree", 40, "--gain", 1, "--json").json
    assert found["n_eigenvalues"] == len(found["eigenvalue_real"]) == 200
    assert found["worst_residual"] < 1e-10
    assert found["rightmost"] == pytest.approx(max(found["eigenvalue_real"]))


def test_phase_diagram_grid(cli):
    found = cli("phase-diagram", "--gains", "0.5:1.5:3", "--values", "0,1", "--json").json
    assert found["gain"] == [0.5, 1.0, 1.5]
    assert found["critical_gain"] == pytest.approx([1.0, math.exp(-0.5)])
    assert found["phase_theory"] == [["silent", "active", "active"], ["silent", "active", "active"]]


def test_config_round_trip(cli, tmp_path):
    path = tmp_path / "c.toml"
    assert cli("config", "init", path).code == 0
    assert cli("config", "init", path).code == 2
    assert cli("config", "init", path, "--force").code == 0
    assert cli("config", "validate", path).out.strip().endswith("valid")
    shown = cli("config", "show", path, "--set", "model.gain=2.5", "--json").json
    assert shown["model"]["gain"] == 2.5
    again = tmp_path / "again.toml"
    again.write_text(cli("config", "show", path).out)
    assert cli("config", "show", again).out == cli("config", "show", path).out
    assert "properties" in json.loads(cli("config", "schema").out)


def test_run_writes_a_folder_and_reuses_it(cli, tmp_path):
    path = tmp_path / "c.toml"
    path.write_text(
        "[run]\njobs = ['critical-gain', 'dmft', 'simulate', 'timescales', 'spectrum', "
        "'phase-diagram', 'lyapunov', 'ucna']\n[lyapunov]\nduration = 20\ntransient = 10\n"
        "[degrees]\nmean_degree = 15\n[model]\nn = 100\ngain = 1.8\n"
        "[simulation]\nduration = 50\nmax_lag = 15\n"
    )
    out = tmp_path / "out"
    first = cli("run", path, "--out", out)
    assert first.code == 0
    assert first.out.strip() == str(out)
    names = {p.name for p in (out / "results").iterdir()}
    assert names == {
        "critical_gain.nc",
        "dmft.nc",
        "simulation.nc",
        "timescales.nc",
        "spectrum.nc",
        "phase_diagram.nc",
        "lyapunov.nc",
        "ucna.nc",
    }
    part = next((out / "parts" / "simulation").glob("*.nc"))
    before = part.stat().st_mtime_ns
    assert cli("run", out / "config.toml", "--out", out).code == 0
    assert part.stat().st_mtime_ns == before


def test_degrees_from_an_edge_list(cli, tmp_path):
    rng = np.random.default_rng(3)
    edges = rng.integers(0, 150, (1500, 2))
    path = tmp_path / "edges.csv"
    path.write_text("i,j\n" + "\n".join(f"{a},{b}" for a, b in edges))
    found = cli("critical-gain", "--degrees", path, "--symmetry", 0.3, "--json").json
    assert found["degrees"] == "finite"
    assert 0.5 < found["critical_gain"] < 1
    assert cli("dmft", "--degrees", path, "--gain", 2, "--json").json["converged"]


def test_doctor(cli):
    found = cli("doctor", "--json").json
    assert found["smoke solve"] == "passed"
    assert found["engine scipy"] == "ready"


def test_help_and_version(cli):
    assert cli("--help").code == 0
    assert cli("--version").out.strip().count(".") == 2


def test_nothing_heavy_is_imported_for_help():
    heavy = "{'numpy', 'scipy', 'xarray', 'matplotlib', 'pandas', 'juliacall', 'pydantic'}"
    code = (
        "import sys, pyscales, pyscales.cli.app\n"
        f"loaded = {heavy} & set(sys.modules)\n"
        "assert not loaded, loaded"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_ctrl_c_keeps_what_is_finished(tmp_path):
    out = tmp_path / "out"
    command = [sys.executable, "-m", "pyscales", "simulate", "--n", "400", "--mean-degree", "20"]
    command += ["--networks", "400", "--duration", "60", "--set", "simulation.max_lag=10", "-q"]
    command += ["--out", str(out)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 120
    while len(list((out / "parts").glob("network-*.nc"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted" in err
    assert "Traceback" not in err
    kept = sorted((out / "parts").glob("network-*.nc"))
    assert len(kept) >= 2
    assert not list((out / "parts").glob("*.part"))


def test_lyapunov_json(cli, tmp_path):
    found = cli(
        "lyapunov", "--n", 100, "--mean-degree", 20, "--sigma", 0, "--gain", 0.5, "--exponents", 3,
        "--duration", 40, "--transient", 20, "-q", "--out", tmp_path, "--json",
    )  # fmt: skip
    assert found.code == 0
    assert found.json["lyapunov_max"] < -0.2
    assert found.json["lyapunov_max_theory"] == pytest.approx(-0.5, abs=0.02)
    assert len(found.json["lyapunov_exponents"]) == 3
    assert (tmp_path / "results" / "lyapunov.nc").exists()


def test_lyapunov_over_gains(cli):
    done = cli(
        "lyapunov", "--n", 60, "--mean-degree", 20, "--gains", "0.5,1", "--duration", 20,
        "--transient", 10, "-q",
    )  # fmt: skip
    assert done.out.splitlines()[0].startswith("gain\tlyapunov_max")
    assert len(done.out.splitlines()) == 3
    assert "onset of chaos" in done.err
    assert cli("lyapunov", "--gains", "1,2", "--gain", 1).code == 2
    assert cli("lyapunov", "--n", 60, "--mean-degree", 20, "--gains", "2,1").code == 2
    assert cli("lyapunov", "--n", 60, "--mean-degree", 20, "--dt", 3).code == 2


def test_ucna_of_a_unit(cli, tmp_path):
    done = cli(
        "ucna", "--self-coupling", 1.5, "--noise-strength", 0.5, "--noise-time", 1,
        "--out", tmp_path, "--json",
    )  # fmt: skip
    found = done.json
    assert found["variance_x_exact"] == pytest.approx(1.755741, abs=1e-5)
    assert found["switching_time"] == pytest.approx(28.534, abs=1e-3)
    assert found["switching_time_ucna"] == pytest.approx(22.8, abs=0.05)
    assert "lower estimate" in found["switching_time_ucna_is"]
    assert found["l1_ucna"] < 0.1 * found["l1_slide"]
    assert (tmp_path / "results" / "ucna.nc").exists()
    assert (tmp_path / "figures" / "ucna.png").exists()


def test_ucna_of_degree_classes(cli):
    found = cli("ucna", "--gain", 1.5, "--sigma", 0, "--relative-degree", "1,2", "--json").json
    assert found["self_coupling"] == [0, 0]
    assert found["noise_time"][0] == pytest.approx(9.17503, rel=1e-3)
    assert found["noise_strength"][1] == pytest.approx(2 * found["noise_strength"][0])


def test_ucna_map_and_table(cli):
    done = cli(
        "ucna", "--map", "--self-coupling", "0,1", "--noise-strength", 1, "--noise-time", "0.5,1",
        "-q", "--json",
    )  # fmt: skip
    assert done.json["l1_ucna"][0] == pytest.approx([0, 0], abs=1e-6)
    assert done.json["noise_strength"] == 1
    table = cli("ucna", "--self-coupling", "0,1", "--noise-strength", 1, "--noise-time", 1).out
    assert len(table.splitlines()) == 3


@pytest.mark.parametrize(
    "arguments",
    [
        ("--self-coupling", 1),
        ("--self-coupling", 1, "--noise-strength", 0, "--noise-time", 1),
        ("--self-coupling", "one", "--noise-strength", 1, "--noise-time", 1),
        ("--self-coupling", "1,2", "--noise-strength", "1,2,3", "--noise-time", 1),
        ("--self-coupling", 1, "--noise-strength", 1, "--noise-time", 1, "--gain", 2),
        ("--self-coupling", 1, "--noise-strength", "1,2", "--noise-time", 1, "--map"),
        ("--map",),
        ("--gain", 0.5, "--sigma", 0),
        ("--gain", 2, "--relative-degree", "-1"),
    ],
)
def test_ucna_bad_input(cli, arguments):
    done = cli("ucna", *arguments)
    assert done.code == 2
    assert "Traceback" not in done.err


def test_fixed_points_json(cli, tmp_path):
    done = cli(
        "fixed-points", "--sigma", 1, "--symmetry", 0.5, "--gain", 0.36, "--json", "--out", tmp_path
    )
    assert done.code == 0
    assert done.json["region"] == "frozen"
    assert done.json["order_parameter_q"] == pytest.approx(0.0474, abs=5e-4)
    assert done.json["static_instability"] < 1
    assert 0 < done.json["fraction_bistable"] < 0.01
    assert list(tmp_path.rglob("fixed_points.nc"))
    assert cli("fixed-points", "--rule", "inner").code == 2


def test_two_time_json_and_figure(cli, tmp_path):
    done = cli(
        "two-time", "--sigma", 0, "--gain", 0.5, "--symmetry", 0.5, "--duration", 8,
        "--trajectories", 200, "--out", tmp_path, "--json",
    )  # fmt: skip
    assert done.code == 0
    # Silent: the initial activity dies out, chi approaches its silent value 1.1716.
    assert done.json["variance_x"] < 0.05
    assert done.json["susceptibility"] == pytest.approx(1.1716, abs=0.06)
    assert (tmp_path / "figures" / "two_time.svg").exists()
    assert list(tmp_path.rglob("two_time.nc"))
    assert cli("two-time", "--duration", 1000, "--dt", 0.1).code == 2
    assert cli("two-time", "--trajectories", 2).code == 2


def test_theory_timescales_json_and_figure(cli, tmp_path):
    done = cli(
        "theory-timescales", "--gain", 2, "--sigma", 0.5, "--n-degrees", 5, "--out", tmp_path,
        "--json",
    )  # fmt: skip
    assert done.code == 0
    # Symmetry 0: all degrees share the half width of x, that of phi falls with degree.
    assert done.json["degree_slope"] == pytest.approx(0, abs=1e-12)
    assert done.json["timescale_hwhm_of_degree"][0] == pytest.approx(4.966386, rel=1e-4)
    assert done.json["degree_slope_phi"] < -0.02
    assert (tmp_path / "figures" / "theory_timescales.png").exists()
    silent = cli("theory-timescales", "--gain", 0.4, "--sigma", 0)
    assert silent.code == 2
    assert "silent" in silent.err


def test_self_couplings_draws_them(cli, tmp_path):
    done = cli(
        "self-couplings", "--gain", 2, "--sigma", 0.5, "--symmetry", 0, "--out", tmp_path, "--json"
    )
    assert done.code == 0
    assert done.json["fraction_bistable_fixed_points"] == 0
    assert (tmp_path / "figures" / "self_couplings.svg").exists()
