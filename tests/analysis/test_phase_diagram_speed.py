"""A theoretical phase diagram of 100 x 100 points takes less than 5 s of computing."""

from __future__ import annotations

import time

import numpy as np
import pytest

from pyscales import Lognormal, Model, phase_diagram


@pytest.mark.parametrize(
    ("axis", "values", "symmetry"),
    [("sigma", np.linspace(0, 1, 100), -0.5), ("symmetry", np.linspace(-1, 1, 100), 0.0)],
)
def test_hundred_by_hundred(axis, values, symmetry):
    model = Model(Lognormal(100, 0.5), 1.0, symmetry, n=1000)
    start = time.process_time()
    found = phase_diagram(model, axis, values, np.linspace(0.1, 2.5, 100))
    assert time.process_time() - start < 5
    assert found["phase_theory"].shape == (100, 100)
    expected = found["gain"].values[None, :] >= found["critical_gain"].values[:, None]
    np.testing.assert_array_equal(found["phase_theory"].values == "active", expected)
