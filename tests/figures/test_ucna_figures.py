"""Figures of units with coloured noise: they draw what the dataset holds and say it."""

from __future__ import annotations

import numpy as np

from pyscales import Sampling, ucna, ucna_map
from pyscales.figures.style import save
from pyscales.figures.ucna import draw_ucna, draw_ucna_map


def test_density_panels(tmp_path):
    dataset = ucna([0.5, 2.0], [0.5, 1.0], [1.0, 2.0], sampling=Sampling(n_walkers=40, duration=40))
    drawing = draw_ucna(dataset)
    first, second = drawing.figure.axes[:2]
    lines = {line.get_label(): line for line in first.lines}
    assert {"UCNA", "slides' form", "white noise"} <= set(lines)
    np.testing.assert_array_equal(lines["UCNA"].get_ydata(), dataset["density"].values[0, 0])
    assert "slides' form" not in {line.get_label() for line in second.lines}
    assert "slides' form has no integral" in drawing.caption
    assert "Markers: sampled walkers" in drawing.caption
    assert "0.0082" in drawing.caption
    assert "1 of them with two wells" in drawing.alt
    svg, png = save(drawing.figure, tmp_path, drawing.name)
    assert svg.stat().st_size > 1000
    assert png.stat().st_size > 1000


def test_degree_classes():
    dataset = ucna([0.5, 1.2], [2.0, 4.8], 3.0, relative_degree=[1.0, 2.4])
    drawing = draw_ucna(dataset)
    titles = [ax.get_title(loc="left") for ax in drawing.figure.axes]
    assert "k = 2.4 ⟨k⟩, s = 1.2" in titles[1]
    assert "D = 2 k/⟨k⟩, correlation time 3" in drawing.caption


def test_map(tmp_path):
    dataset = ucna_map([0.0, 1.0, 2.0], [0.1, 1.0], noise_strength=0.5)
    drawing = draw_ucna_map(dataset)
    shown = drawing.figure.axes[0].collections[0].get_array().reshape(2, 3)
    np.testing.assert_allclose(shown, np.clip(dataset["l1"].values[..., 0], 1e-3, 2).T)
    assert "D = 0.5" in drawing.caption
    one = ucna_map([0.5], [1.0])
    assert draw_ucna_map(one).name == "ucna_map"
