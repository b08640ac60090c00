"""Time constants: laws, files, what refuses them."""

from __future__ import annotations

import numpy as np
import pytest

from pyscales import Homogeneous, InputError, Lognormal, Model, Simulation, dmft, simulate, spectrum
from pyscales.analysis.critical_gain import critical_gain
from pyscales.config import build_config, load_config, make_model
from pyscales.time_constants import TimeConstants, read_time_constants

SEED = np.random.SeedSequence(3)


def test_homogeneous_draws_nothing():
    assert TimeConstants().sample(10, SEED) is None
    assert TimeConstants() == Model(Homogeneous(5.0), 1.0).time_constants


def test_lognormal_has_its_spread_and_a_geometric_mean_of_one():
    log = np.log(TimeConstants("lognormal", 0.7).sample(40_000, SEED))
    assert log.mean() == pytest.approx(0.0, abs=4 * 0.7 / 200)
    assert log.std() == pytest.approx(0.7, rel=0.02)


def test_log_uniform_covers_its_decades():
    exponent = np.log10(TimeConstants("log-uniform", 3.0).sample(40_000, SEED))
    assert -1.5 <= exponent.min() < -1.49
    assert 1.49 < exponent.max() <= 1.5
    counts = np.histogram(exponent, 6)[0]
    assert np.abs(counts - 40_000 / 6).max() < 5 * np.sqrt(40_000 / 6)


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (("square",), "time_constants.law"),
        (("lognormal",), "time_constants.spread"),
        (("lognormal", -1.0), "time_constants.spread"),
        (("lognormal", np.nan), "time_constants.spread"),
        (("log-uniform", 9.0), "time_constants.spread"),
        (("homogeneous", 1.0), "time_constants.spread"),
        (("file",), "time_constants.values"),
        (("file", 0.0, np.array([1.0, 0.0])), "time_constants.values"),
        (("file", 0.0, np.array([1.0, np.inf])), "time_constants.values"),
        (("lognormal", 1.0, np.ones(3)), "time_constants.values"),
    ],
)
def test_ranges(arguments, field):
    with pytest.raises(InputError) as caught:
        TimeConstants(*arguments)
    assert caught.value.field == field


def test_a_file_of_time_constants(tmp_path):
    path = tmp_path / "tau.txt"
    path.write_text("# fast ones\n0.5\n1.0  # middle\n\n2e1\n")
    found = read_time_constants(path)
    np.testing.assert_array_equal(found.sample(3, SEED), [0.5, 1.0, 20.0])
    with pytest.raises(InputError, match="4 values"):
        found.sample(4, SEED)
    path.write_text("0.5\nslow\n")
    with pytest.raises(InputError, match="Line 2"):
        read_time_constants(path)
    with pytest.raises(InputError, match="absent"):
        read_time_constants(tmp_path / "absent.txt")


def test_configuration(tmp_path):
    (tmp_path / "tau.txt").write_text("1\n2\n")
    path = tmp_path / "c.toml"
    path.write_text("[time_constants]\nlaw = 'file'\nfile = 'tau.txt'\n")
    model, _ = make_model(load_config(path))
    np.testing.assert_array_equal(model.time_constants.values, [1.0, 2.0])
    assert model.parameters()["time_constants.sha256"] == model.time_constants.digest
    spread, _ = make_model(build_config({"time_constants": {"law": "lognormal", "spread": 0.5}}))
    assert spread.parameters()["time_constants.spread"] == 0.5
    for section in ({"law": "file"}, {"law": "lognormal", "file": "x"}, {"spread": 1.0}):
        with pytest.raises(InputError, match="time_constants"):
            make_model(build_config({"time_constants": section}))


def test_theory_refuses_them():
    model = Model(Lognormal(20.0, 0.5), 1.5, n=100, time_constants=TimeConstants("lognormal", 1.0))
    for theory in (dmft, critical_gain, spectrum):
        with pytest.raises(InputError) as caught:
            theory(model)
        assert caught.value.field == "time_constants.law"


def test_simulation_with_spread_time_constants():
    law = TimeConstants("log-uniform", 2.0)
    model = Model(Lognormal(20.0, 0.3), 5.0, n=300, time_constants=law)
    run = Simulation(n_trials=2, transient=50.0, duration=100.0, max_lag=20.0)
    found = simulate(model, run, seed=4)
    again = simulate(model, Simulation(**(vars(run) | {"workers": 1})), seed=4)
    np.testing.assert_array_equal(found["mean_x"].values, again["mean_x"].values)
    tau = found["time_constant"].values[0]
    assert 0.1 <= tau.min() < 0.2 < 5.0 < tau.max() <= 10.0
    assert found["time_constant"].attrs["units"] == "membrane time constants"
    # Slow neurons move less from one sample to the next.
    c = found["autocorrelation_x"].values[0]
    from scipy.stats import spearmanr

    assert spearmanr(tau, c[:, 0] - c[:, 1]).statistic < -0.6
    plain = simulate(model.with_(time_constants=TimeConstants()), run, seed=4)
    assert "time_constant" not in plain
    assert not np.allclose(plain["mean_x"].values, found["mean_x"].values)
