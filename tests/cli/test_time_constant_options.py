"""Options for time constants and solvers."""

from __future__ import annotations

import pytest


def test_command_line(cli, tmp_path):
    small = ("--n", 60, "--mean-degree", 10, "--duration", 20, "-q", "--json")
    small += ("--set", "simulation.max_lag=5")
    found = cli(
        "simulate", *small, "--time-constants", "lognormal", "--tau-spread", 1, "--solver", "stiff"
    )
    assert found.json["method"] == "BDF"
    assert found.json["converged"]
    (tmp_path / "tau.txt").write_text("1\n" * 60)
    equal = cli("simulate", *small, "--time-constants", tmp_path / "tau.txt").json
    assert equal["variance_x"] == pytest.approx(cli("simulate", *small).json["variance_x"])
    for arguments, field in (
        (("--time-constants", "absent.txt"), "time_constants.file"),
        (("--time-constants", "lognormal"), "time_constants.spread"),
        (("--tau-spread", "1"), "time_constants.spread"),
        (("--solver", "magic"), "solver"),
        (("--solver", "stiff", "--set", "simulation.method='RK45'"), "method"),
    ):
        done = cli("simulate", *small, *arguments)
        assert done.code == 2
        assert field in done.err
        assert "Traceback" not in done.err
