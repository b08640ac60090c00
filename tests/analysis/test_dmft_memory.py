"""`pyscales.dmft` at symmetry != 0: names, errors, silent state, direction of the effect."""

from __future__ import annotations

import numpy as np
import pytest

from pyscales import InputError, Lognormal, Model, dmft, solve_dmft

LAW = Lognormal(100.0, 0.5)
FAST = {"trajectories": 250, "n_seeds": 2, "tolerance": 5e-4, "workers": 1}


@pytest.fixture(scope="module")
def chaotic():
    return dmft(Model(LAW, 2.0, 0.25), seed=1, **FAST)


def test_names_units_and_errors(chaotic):
    zero = dmft(Model(LAW, 2.0, 0.0))
    assert set(zero.data_vars) <= set(chaotic.data_vars)
    for name in ("variance_x", "susceptibility", "timescale_hwhm", "timescale_hwhm_phi"):
        assert np.isfinite(chaotic[name])
        assert 0 < float(chaotic[f"{name}_error"]) < 0.1 * float(chaotic[name])
    assert chaotic["response"].attrs["units"] == "1 / membrane time constant"
    assert chaotic["response_error"].attrs["long_name"].startswith("standard error")
    assert chaotic.attrs["phase"] == "chaotic"
    assert chaotic.attrs["effective_samples"] > 1000


def test_values(chaotic):
    assert float(chaotic["variance_phi"]) == pytest.approx(0.6728, rel=0.01)
    assert float(chaotic["variance_x"]) == pytest.approx(3.785, rel=0.01)
    assert float(chaotic["susceptibility"]) == pytest.approx(0.454, rel=0.03)
    assert float(chaotic["timescale_hwhm_phi"]) == pytest.approx(8.89, rel=0.05)
    lag = chaotic["lag"].values
    g = chaotic["response"].values
    assert np.trapezoid(g, lag) == pytest.approx(float(chaotic["susceptibility"]), rel=0.02)
    assert chaotic["autocorrelation"].values[0] == pytest.approx(float(chaotic["variance_phi"]))


def test_hubs_are_slower_with_symmetry(chaotic):
    width = chaotic["timescale_hwhm_of_degree"].values
    error = chaotic["timescale_hwhm_of_degree_error"].values
    assert width[-1] - width[0] > 2 * np.hypot(error[0], error[-1])


def test_silent_state_has_a_response_only():
    found = dmft(Model(LAW, 1.2, -0.5), max_lag=8.0)
    assert found.attrs["phase"] == "silent"
    assert float(found["variance_x"]) == 0
    lag = found["lag"].values
    g = found["response"].values
    assert g[0] == pytest.approx(1.0, abs=1e-6)
    assert np.trapezoid(g, lag) == pytest.approx(float(found["susceptibility"]), abs=2e-3)


def test_directed_graphs_are_refused():
    with pytest.raises(InputError, match="directed"):
        solve_dmft(Model(LAW, 2.0, 0.25, n=1000, directed=True))


def test_same_seed_same_result():
    model = Model(Lognormal(100.0, 0.0), 2.0, 0.25)
    first, second = (
        solve_dmft(model, seed=5, **(FAST | {"workers": n, "trajectories": 80})) for n in (1, 2)
    )
    assert first.scalars == pytest.approx(second.scalars, rel=0, abs=0, nan_ok=True)
