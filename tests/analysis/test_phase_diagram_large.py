"""A theoretical phase diagram of 100 x 100 points (timed by `benchmarks/phase_diagram.py`)."""

from __future__ import annotations

import numpy as np
import pytest

from pyscales import Lognormal, Model, phase_diagram


@pytest.mark.parametrize(
    ("axis", "values", "symmetry"),
    [("sigma", np.linspace(0, 1, 100), -0.5), ("symmetry", np.linspace(-1, 1, 100), 0.0)],
)
def test_hundred_by_hundred(axis, values, symmetry):
    model = Model(Lognormal(100, 0.5), 1.0, symmetry, n=1000)
    found = phase_diagram(model, axis, values, np.linspace(0.1, 2.5, 100))
    assert found["phase_theory"].shape == (100, 100)
    expected = found["gain"].values[None, :] >= found["critical_gain"].values[:, None]
    np.testing.assert_array_equal(found["phase_theory"].values == "active", expected)
