"""Hub outliers against network size."""

from __future__ import annotations

import numpy as np
import pytest

from pyscales import InputError, Lognormal, Model
from pyscales.analysis.outliers import hub_outliers


def test_rightmost_eigenvalues_follow_the_hub_pole():
    model = Model(Lognormal(40.0, 1.0), 1.0, 1.0, kind="dense")
    found = hub_outliers(model, [300, 900], n_networks=4, seed=1)
    assert found.attrs["converged"]
    measured = found["rightmost_eigenvalue"].values
    assert measured.shape == (2, 4)
    error = found["hub_spread"].values / 2
    assert np.all(np.abs(measured.mean(axis=1) - found["hub_pole"]) < 3 * error)
    # The outlier grows with the largest hub and lives on it, and with it the critical gain falls.
    assert np.all(np.diff(found["hub_pole"]) > 0)
    assert np.all(np.diff(found["degree_max"]) > 0)
    assert np.all(np.diff(found["critical_gain"]) < 0)
    assert (found["dominant_rank"] == 0).mean() >= 0.75
    np.testing.assert_allclose(
        found["dominant_share"].mean("network"), found["hub_share"], rtol=0.3
    )
    np.testing.assert_allclose(found["critical_gain_network"], 1 / measured)
    assert np.all(found["hub_pole"] > found["bulk_edge"])
    assert np.all(found["static_edge"] > found["hub_pole"])


@pytest.mark.parametrize(
    ("symmetry", "sizes", "networks", "field"),
    [(0.0, [100], 1, "symmetry"), (0.5, [], 1, "sizes"), (0.5, [100], 0, "n_networks")],
)
def test_bad_input(symmetry, sizes, networks, field):
    model = Model(Lognormal(20.0, 0.5), 1.0, symmetry)
    with pytest.raises(InputError, match=field):
        hub_outliers(model, sizes, n_networks=networks)
