"""Lyapunov exponents of models: errors, onset, dimension, against mean-field theory."""

from __future__ import annotations

import numpy as np
import pytest

from pyscales import (
    Homogeneous,
    InputError,
    Lognormal,
    LyapunovSettings,
    Model,
    Store,
    lyapunov,
)
from pyscales.theory.lyapunov_spectrum import (
    entropy_rate,
    kaplan_yorke_dimension,
    kind_of_attractor,
    onset_of_chaos,
    sign_change,
)

QUICK = LyapunovSettings(n_trials=2, transient=20.0, duration=30.0, dt=0.2, workers=1)


def test_kaplan_yorke_dimension():
    # Lorenz system at the usual parameters: 2 + 0.906/14.572.
    assert kaplan_yorke_dimension(np.array([0.906, 0.0, -14.572])) == pytest.approx(
        2.0622, abs=1e-4
    )
    assert kaplan_yorke_dimension(np.array([-0.1, -1.0])) == 0.0
    assert kaplan_yorke_dimension(np.array([0.0, -1.0])) == 1.0
    assert np.isnan(kaplan_yorke_dimension(np.array([0.3, 0.1])))


def test_entropy_rate():
    assert entropy_rate(np.array([0.3, 0.1, -0.2])) == pytest.approx(0.4)
    assert entropy_rate(np.array([-0.3])) == 0.0
    assert np.isnan(entropy_rate(np.array([0.3, 0.1])))


def test_onset_is_bracketed_by_significance():
    gains = np.array([0.5, 1.0, 1.5, 2.0])
    rising = np.array([-0.5, -0.1, 0.1, 0.3])
    found = onset_of_chaos(gains, rising, np.full(4, 0.01))
    assert (found.low, found.high, found.status) == (1.0, 1.5, "bracketed")
    assert found.gain == pytest.approx(1.25)
    assert found.undecided == 0
    # d gain = 0.5 (0.1 da + 0.1 db) / 0.2^2, two independent errors of 0.01
    assert found.error == pytest.approx(0.5 * 0.1 * 0.01 * 2**0.5 / 0.04, rel=0.1)
    wide = onset_of_chaos(gains, rising, np.full(4, 0.06))
    assert (wide.low, wide.high, wide.status) == (0.5, 2.0, "bracketed")
    assert wide.undecided == 2
    assert wide.gain == pytest.approx(1.25)
    assert wide.error > 5 * found.error
    assert "2 between them within two standard errors" in wide.message
    # Nothing negative by two errors: the means change sign, but there is no bracket.
    unsure = onset_of_chaos(gains, np.array([-0.01, -0.01, 0.1, 0.3]), np.full(4, 0.02))
    assert (unsure.high, unsure.status) == (1.5, "uncertain")
    assert np.isnan(unsure.low)
    assert unsure.undecided == 2


def test_sign_change_row_by_row():
    gains = np.array([1.0, 2.0, 4.0])
    rows = np.array([[-1.0, 1.0, 3.0], [-1.0, -1.0, 3.0], [1.0, -1.0, 1.0], [1, 1, 1], [1, 1, -1]])
    np.testing.assert_allclose(sign_change(gains, rows), [1.5, 2.5, 3.0, np.nan, np.nan])


def test_kind_of_attractor():
    values = np.array([-0.03, 0.0005, 0.02, 0.02, np.nan])
    errors = np.array([np.nan, 0.0, 0.004, 0.02, 0.0])
    np.testing.assert_array_equal(kind_of_attractor(values, errors), [-1, 0, 1, 0, 0])


def test_onset_outside_the_gains_has_a_status_and_no_gain():
    gains = np.array([0.5, 1.0, 1.5, 2.0])
    silent = onset_of_chaos(gains, -np.ones(4), np.zeros(4))
    assert np.isnan(silent.gain)
    assert silent.low == 2.0
    assert silent.status == "above the gains"
    chaotic = onset_of_chaos(gains, np.ones(4), np.zeros(4))
    assert np.isnan(chaotic.gain)
    assert np.isnan(chaotic.low)
    assert (chaotic.high, chaotic.status) == (0.5, "below the gains")
    # Positive but within its error at the lowest gain: not an onset at that gain.
    near = onset_of_chaos(gains, np.array([0.01, 0.1, 0.2, 0.3]), np.full(4, 0.01))
    assert np.isnan(near.gain)
    assert near.status == "below the gains"
    assert near.high == 1.0
    assert "smaller gains" in near.message
    assert onset_of_chaos(gains, np.array([-1, -0.5, -0.1, 0.01]), np.full(4, 0.1)).low == 1.0


def test_silent_network_relaxes_with_its_rightmost_eigenvalue():
    model = Model(Homogeneous(30.0), 0.6, n=200, kind="dense")
    settings = LyapunovSettings(n_trials=1, transient=200.0, duration=400.0, workers=1)
    found = lyapunov(model, settings, seed=3)
    network = model.sample(np.random.SeedSequence(3, spawn_key=(0,)).spawn(2)[0])
    rightmost = np.linalg.eigvals(network.scaled(0.6)).real.max() - 1
    assert float(found["lyapunov_max"][0]) == pytest.approx(rightmost, abs=5e-3)
    assert float(found["lyapunov_max_theory"][0]) == pytest.approx(-0.4, abs=1e-9)
    assert float(found["kaplan_yorke_dimension"][0]) == 0
    assert found.attrs["error_over"] == "blocks of time"


def test_dataset_over_gains(tmp_path):
    model = Model(Homogeneous(20.0), 1.0, n=150)
    store = Store(tmp_path)
    found = lyapunov(model, QUICK, gains=[0.4, 2.5], seed=1, store=store)
    assert dict(found.sizes) == {"gain": 2, "network": 1, "trial": 2, "exponent": 1}
    low, high = found["lyapunov_max"].values
    assert low < 0 < high
    assert 0.4 <= found.attrs["onset_low"] < found.attrs["onset_gain"] < 2.5
    assert found.attrs["onset_error"] >= 0
    assert found["share_at_rest"].values.tolist() == [1.0, 0.0]
    assert found["share_chaotic"].values[0] == 0.0
    assert found.attrs["converged"] == 1
    assert all("units" in v.attrs for v in found.variables.values())
    again = Store(tmp_path)
    lyapunov(model, QUICK, gains=[0.4, 2.5], seed=1, store=again)
    assert len(again.reused) == 2
    assert not again.computed


def test_same_seed_same_exponents():
    model = Model(Lognormal(20.0, 0.5), 2.0, 0.2, n=120)
    a, b, c = (float(lyapunov(model, QUICK, seed=s)["lyapunov_max"][0]) for s in (5, 5, 6))
    assert a == b != c
    assert np.isnan(lyapunov(model, QUICK, seed=5)["lyapunov_max_theory"][0])


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"n_exponents": 0}, "lyapunov.n_exponents"),
        ({"duration": -1.0}, "lyapunov.duration"),
        ({"duration": 5.0}, "lyapunov.duration"),
        ({"dt": 0.9}, "lyapunov.dt"),
        ({"dt": np.nan}, "lyapunov.dt"),
        ({"transient": -1.0}, "lyapunov.transient"),
        ({"n_trials": 0}, "lyapunov.n_trials"),
    ],
)
def test_settings_that_cannot_be_used(changes, field):
    with pytest.raises(InputError) as error:
        LyapunovSettings(**changes)
    assert error.value.field == field


def test_calls_that_cannot_be_used():
    model = Model(Homogeneous(20.0), 1.0, n=50)
    with pytest.raises(InputError, match="gains"):
        lyapunov(model, QUICK, gains=[2.0, 1.0])
    with pytest.raises(InputError, match="n_exponents"):
        lyapunov(model, LyapunovSettings(n_exponents=51))
    with pytest.raises(InputError, match="--n"):
        lyapunov(Model(Homogeneous(20.0), 1.0), QUICK)


@pytest.mark.slow
def test_network_approaches_mean_field_theory():
    """Directed graphs, gain 3: the shortfall of a finite network shrinks with N."""
    settings = LyapunovSettings(
        n_networks=3, n_trials=1, transient=80.0, duration=150.0, dt=0.25, workers=1
    )
    short = {}
    for n in (500, 2000):
        model = Model(Homogeneous(60.0), 3.0, n=n, directed=True)
        found = lyapunov(model, settings, seed=2)
        assert found.attrs["error_over"] == "networks"
        short[n] = float(found["lyapunov_max_theory"][0] - found["lyapunov_max"][0])
        error = float(found["lyapunov_max_error"][0])
    assert error < 0.01
    assert abs(short[2000]) < 4 * error + 0.012
    assert short[2000] < short[500] + 0.01


@pytest.mark.slow
def test_positive_symmetry_weakens_chaos():
    settings = LyapunovSettings(
        n_networks=2, n_trials=1, transient=150.0, duration=150.0, dt=0.25, workers=1
    )
    found = {
        symmetry: lyapunov(Model(Homogeneous(50.0), 2.5, symmetry, n=1000), settings, seed=4)
        for symmetry in (0.0, 0.5, 1.0)
    }
    values = {k: float(v["lyapunov_max"][0]) for k, v in found.items()}
    assert values[0.0] > values[0.5] + 0.03
    assert values[0.5] > values[1.0]
    # Symmetric couplings make a gradient: no chaos, whatever the gain.
    assert values[1.0] < 1e-3
