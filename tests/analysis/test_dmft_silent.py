"""What `dmft` says of a silent model is the Bessel form of the linear theory."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import iv, jv

from pyscales import Homogeneous, Model, dmft


@pytest.mark.parametrize("symmetry", [0.5, -0.5, -0.75])
def test_dmft_of_a_silent_model_returns_them(symmetry):
    found = dmft(Model(Homogeneous(100.0), 0.6, symmetry), max_lag=10.0, n_lags=101)
    assert found.attrs["phase"] == "silent"
    a = symmetry * 0.36
    exact_chi = (1 - np.sqrt(1 - 4 * a)) / (2 * a)
    assert float(found["susceptibility"]) == pytest.approx(exact_chi, rel=1e-6)
    lag = found["lag"].values[1:]
    rate = 0.6 * np.sqrt(abs(symmetry))
    bessel = iv if symmetry > 0 else jv
    exact = np.exp(-lag) * bessel(1, 2 * rate * lag) / (rate * lag)
    np.testing.assert_allclose(found["response"].values[1:], exact, atol=1e-5)
