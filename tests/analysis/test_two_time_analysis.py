"""`pyscales.dmft_two_time`: a frozen state stays, a silent one dies, bad values are refused."""

from __future__ import annotations

import numpy as np
import pytest

from pyscales import InputError, Lognormal, Model, dmft_two_time


def test_a_frozen_state_keeps_its_correlation():
    model = Model(Lognormal(100.0, 1.0), 0.38, 0.5, n=2000)
    found = dmft_two_time(model, duration=40.0, dt=0.2, trajectories=600, seed=1)
    c = found["autocorrelation_two_time"].values
    assert c[-1, -1] == pytest.approx(c[-1, 150], rel=0.15)
    assert 0.03 < c[-1, -1] < 0.12
    np.testing.assert_allclose(c, c.T)
    silent = dmft_two_time(model.with_(gain=0.2), duration=40.0, dt=0.2, trajectories=600, seed=1)
    assert silent["autocorrelation_two_time"].values[-1, -1] < 1e-4


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"duration": -1.0}, "duration"),
        ({"dt": float("nan")}, "dt"),
        ({"duration": 1e4}, "duration"),
        ({"initial_scale": -1.0}, "initial_scale"),
        ({"trajectories": 3}, "trajectories"),
    ],
)
def test_bad_values(changes, field):
    with pytest.raises(InputError, match=field):
        dmft_two_time(Model(Lognormal(100.0, 0.5), 1.5, 0.5), **changes)
