"""Command `spectrum`: where, by which method, and what it prints."""

from __future__ import annotations

import pytest

SMALL = ("--n", "120", "--mean-degree", "15")


def test_trajectory_json(cli):
    found = cli(
        "spectrum",
        *SMALL,
        "--gain",
        2,
        "--at",
        "trajectory",
        "--snapshots",
        2,
        "--transient",
        5,
        "--json",
    ).json
    assert found["at"] == "trajectory"
    assert len(found["eigenvalue_real"]) == 2
    assert len(found["eigenvalue_real"][0]) == found["n_eigenvalues"] == 120
    assert len(found["condition_number"][1]) == 120
    assert found["rightmost"] == pytest.approx(max(map(max, found["eigenvalue_real"])))


def test_fixed_point(cli):
    done = cli(
        "spectrum", *SMALL, "--gain", 0.2, "--at", "fixed-point", "--transient", 40, "--json"
    )
    assert done.code == 0
    # Silent: the origin.
    origin = cli("spectrum", *SMALL, "--gain", 0.2, "--json").json
    assert done.json["rightmost"] == pytest.approx(origin["rightmost"], abs=1e-6)


def test_a_chaotic_network_without_fixed_point_exits_3(cli):
    options = ("--n", 200, "--mean-degree", 50, "--sigma", 0.3, "--gain", 3, "--seed", 0)
    dense = ("--set", "network.kind=dense", "--method", "arnoldi", "--k", 1)
    done = cli("spectrum", *options, *dense, "--at", "fixed-point", "--transient", 5)
    assert done.code == 3
    assert "chaotic" in done.out


def test_theory_and_stochastic(cli):
    theory = cli("spectrum", *SMALL, "--method", "theory", "--symmetry", 0.5, "--json").json
    assert "rightmost" not in theory
    assert theory["critical_gain"] > 0
    found = cli(
        "spectrum",
        *SMALL,
        "--method",
        "stochastic",
        "--set",
        "spectrum.points=3",
        "--set",
        "spectrum.width=0.3",
        "--json",
    ).json
    assert len(found["density_estimate"]) == len(found["density_smoothed"]) == 3
    assert found["converged"]


def test_arnoldi_largest_modulus(cli):
    found = cli("spectrum", *SMALL, "--method", "arnoldi", "--which", "LM", "--k", 3, "--json").json
    assert found["n_eigenvalues"] == 3
    assert found["worst_residual"] < 1e-8


@pytest.mark.parametrize(
    "arguments",
    [
        ("--at", "home"),
        ("--which", "SM"),
        ("--snapshots", "0"),
        ("--transient", "-1"),
        ("--method", "stochastic", "--symmetry", "1"),
        ("--method", "stochastic", "--set", "spectrum.width=5"),
        ("--method", "stochastic", "--set", "spectrum.points=0"),
    ],
)
def test_bad_values_exit_2_with_a_message(cli, arguments):
    done = cli("spectrum", *SMALL, *arguments)
    assert done.code == 2
    assert "Traceback" not in done.err
    assert "allowed" in done.err
