"""Figure of hub outliers and of the Jacobian in motion."""

from __future__ import annotations

import copy

import numpy as np
from tiny_studies import lognormal_study, measured_study

from pyscales.figures import draw_outliers, draw_spectrum


def test_lines_are_theory_and_markers_the_networks():
    study = lognormal_study()
    piece = study.pieces["hub_outliers"]
    left, middle, right = draw_outliers(study).figure.axes[:3]
    drawn = [line.get_ydata() for line in left.get_lines()]
    for name in ("static_edge", "bulk_edge", "hub_pole"):
        assert any(np.array_equal(y, piece[name], equal_nan=True) for y in drawn), name
    assert any(np.array_equal(y, piece["rightmost_eigenvalue"].values.ravel()) for y in drawn)
    gains = [line.get_ydata() for line in middle.get_lines()]
    assert any(np.array_equal(y, piece["critical_gain"]) for y in gains)
    points = right.collections[0].get_offsets()
    state = study.pieces["spectrum_state"]
    np.testing.assert_array_equal(points[:, 0], state["eigenvalue_real"].values.ravel())


def test_without_sizes_the_panels_say_so():
    study = copy.copy(measured_study())
    study.pieces = {k: v for k, v in study.pieces.items() if k != "hub_outliers"}
    drawing = draw_outliers(study)
    assert "largest degree" in drawing.figure.axes[0].texts[0].get_text()
    assert "nan" not in drawing.caption.lower()


def test_contours_of_the_density_are_drawn():
    study = lognormal_study()
    with_levels = draw_spectrum(study).figure.axes[0]
    bare = copy.copy(study)
    bare.pieces = {
        k: v.drop_vars("density_levels", errors="ignore") for k, v in study.pieces.items()
    }
    without = draw_spectrum(bare).figure.axes[0]
    assert len(with_levels.collections) == len(without.collections) + 1
    levels = study.pieces["spectrum_zero"]["density_levels"].values
    assert np.all(np.diff(levels) >= 0)
