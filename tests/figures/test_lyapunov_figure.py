"""Figure of Lyapunov exponents."""

from __future__ import annotations

import numpy as np

from pyscales import Homogeneous, LyapunovSettings, Model, lyapunov
from pyscales.figures.lyapunov import draw_lyapunov
from pyscales.figures.style import save


def test_exponents_against_gain(tmp_path):
    settings = LyapunovSettings(
        n_exponents=3, transient=20.0, duration=40.0, dt=0.25, n_trials=1, workers=1
    )
    dataset = lyapunov(Model(Homogeneous(40.0), 1.0, n=200), settings, gains=[0.5, 5.0], seed=1)
    drawing = draw_lyapunov(dataset)
    left, right = drawing.figure.axes
    theory = next(line for line in left.lines if line.get_label() == "mean-field theory")
    np.testing.assert_array_equal(theory.get_ydata(), dataset["lyapunov_max_theory"].values)
    assert len(right.lines) == 3
    assert "theory" in drawing.caption
    assert "changes sign" in drawing.caption
    assert save(drawing.figure, tmp_path, drawing.name)[1].exists()
    single = draw_lyapunov(dataset.isel(exponent=[0]))
    assert len(single.figure.axes) == 1
