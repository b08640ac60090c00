"""Timescale against degree from theory: flat without symmetry, growing with it."""

from __future__ import annotations

import numpy as np
import pytest

from pyscales import InputError, Lognormal, Model, theory_timescales

LAW = Lognormal(100.0, 0.5)
FAST = {"trajectories": 250, "n_seeds": 2, "tolerance": 5e-4, "workers": 1}


def test_without_symmetry_x_is_flat_and_hubs_are_faster_in_phi():
    found = theory_timescales(Model(LAW, 2.0, 0.0))
    assert float(found["degree_slope"]) == pytest.approx(0, abs=1e-12)
    assert float(found["log_spread"]) == pytest.approx(0, abs=1e-12)
    assert float(found["timescale_hwhm_of_degree"][0]) == pytest.approx(4.966386, abs=1e-4)
    phi = found["timescale_hwhm_phi_of_degree"].values
    assert np.all(np.diff(phi) < 0)
    assert float(found["degree_slope_phi"]) < -0.05


def test_with_symmetry_hubs_are_slower_and_the_distribution_widens():
    # Half widths of x by an independent solver: 9.5 at u = 0.23, 10.2 at 1.13, 11.3 at 3.2.
    found = theory_timescales(Model(LAW, 2.0, 0.25), n_degrees=8, seed=2, **FAST)
    slope, error = float(found["degree_slope"]), float(found["degree_slope_error"])
    assert slope > 3 * error
    assert slope == pytest.approx(0.06, abs=0.03)
    assert float(found["log_spread"]) > 3 * float(found["log_spread_error"])
    u = found["relative_degree"].values
    width = np.interp([0.3, 1.13, 3.2], u, found["timescale_hwhm_of_degree"].values)
    np.testing.assert_allclose(width, [9.6, 10.2, 11.3], rtol=0.07)
    assert np.all(np.diff(found["timescale_hwhm_of_neuron"].values) >= 0)
    narrow = theory_timescales(Model(Lognormal(100.0, 0.2), 2.0, 0.25), n_degrees=5, seed=2, **FAST)
    assert float(narrow["log_spread"]) < float(found["log_spread"])


def test_silence_and_freezing_are_refused():
    with pytest.raises(InputError, match="silent"):
        theory_timescales(Model(LAW, 0.5, 0.0))
    with pytest.raises(InputError, match="silent"):
        theory_timescales(Model(LAW, 1.2, -0.5))
