"""Every figure of a study, drawn from small studies."""

from __future__ import annotations

import subprocess
import sys
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
from tiny_studies import N, lognormal_study, measured_study

from pyscales.figures import (
    DRAWINGS,
    draw_autocorrelations,
    draw_degrees,
    draw_overview,
    draw_phase_diagram,
    draw_spectrum,
    draw_timescale_degree,
    draw_timescales,
    draw_traces,
)
from pyscales.figures.reading import matching_theory, static_share, timescales
from pyscales.figures.spectrum import mirrored
from pyscales.figures.style import save

NAMES = (
    "overview",
    "degrees",
    "phase_diagram",
    "spectrum",
    "outliers",
    "autocorrelations",
    "timescales",
    "timescale_degree",
    "traces",
)


def axes_of(figure):
    """Axes with data, colour bars left out."""
    return [ax for ax in figure.axes if ax.get_label() != "<colorbar>"]


def test_files_are_there_and_not_trivial(drawn):
    assert tuple(f.name for f in drawn) == NAMES
    for file in drawn:
        assert file.png.read_bytes().startswith(b"\x89PNG")
        assert file.png.stat().st_size > 5_000
        assert ElementTree.parse(file.svg).getroot().tag.endswith("svg")
        assert file.svg.stat().st_size > 5_000


def test_words_are_there(drawn):
    for file in drawn:
        assert file.title
        assert len(file.alt) > 40
        assert len(file.caption) > 60
        assert "nan" not in (file.caption + file.alt).lower().replace("resonan", "")


@pytest.mark.parametrize("name", ["autocorrelations", "timescales", "timescale_degree", "traces"])
def test_caption_and_alt_say_which_observable(drawn, name):
    file = next(f for f in drawn if f.name == name)
    for text in (file.caption, file.alt):
        assert " x " in text or "of x" in text
    if name.startswith("timescale"):
        assert "phi(x)" in file.caption
        assert "phi(x)" in file.alt


@pytest.mark.parametrize("draw", DRAWINGS, ids=lambda d: d.__name__)
def test_every_axes_is_labelled(study, draw):
    figure = draw(study).figure
    for ax in axes_of(figure):
        shares_x = ax.get_shared_x_axes().get_siblings(ax)
        shares_y = [a for a in axes_of(figure) if a.get_position().y0 == ax.get_position().y0]
        assert any(a.get_xlabel() for a in [ax, *shares_x])
        assert any(a.get_ylabel() for a in [ax, *shares_y])
    for ax in figure.axes:
        if ax.get_label() == "<colorbar>":
            assert ax.get_ylabel()


def test_same_study_gives_same_bytes(tmp_path):
    study = lognormal_study()
    for draw in (draw_degrees, draw_spectrum, draw_timescale_degree):
        first = save(draw(study).figure, tmp_path / "a", "figure")
        second = save(draw(study).figure, tmp_path / "b", "figure")
        for one, other in zip(first, second, strict=True):
            assert one.read_bytes() == other.read_bytes()


def test_user_settings_are_neither_used_nor_changed(tmp_path):
    study = lognormal_study()
    plain = save(draw_traces(study).figure, tmp_path, "plain")[0].read_bytes()
    with matplotlib.rc_context({"axes.facecolor": "red", "font.size": 30, "svg.hashsalt": "own"}):
        styled = save(draw_traces(study).figure, tmp_path, "styled")[0].read_bytes()
        assert matplotlib.rcParams["font.size"] == 30
    assert styled == plain


def test_degrees_line_only_for_a_law():
    law, measured = (draw_degrees(s()).figure.axes[0] for s in (lognormal_study, measured_study))
    assert any("law" in t for t in law.get_legend_handles_labels()[1])
    assert not any("law" in t for t in measured.get_legend_handles_labels()[1])


def test_phase_diagram_draws_the_critical_gain():
    study = measured_study()
    ax = draw_phase_diagram(study).figure.axes[0]
    lines = {line.get_label(): line for line in ax.get_lines()}
    piece = study.pieces["phase_diagram"]
    np.testing.assert_array_equal(
        lines["critical gain (theory)"].get_xdata(), piece["critical_gain"].values
    )
    np.testing.assert_array_equal(
        lines["critical gain (theory)"].get_ydata(), piece["symmetry"].values
    )
    assert "symmetry" in ax.get_ylabel()


def test_autocorrelation_lines_are_theory_and_markers_the_mean_over_networks():
    study = lognormal_study()
    ax = draw_autocorrelations(study).figure.axes[0]
    theory = study.pieces["theory_0"]["autocorrelation_x"].values
    simulated = study.pieces["simulation_0"]["autocorrelation_x_population"].values
    lines = [line.get_ydata() for line in ax.get_lines()]
    assert any(np.array_equal(y, theory) for y in lines)
    mean = simulated.mean(axis=(0, 1))
    assert any(len(y) > 3 and np.isin(np.round(y, 12), np.round(mean, 12)).all() for y in lines)


def test_medians_and_theory_line_are_those_of_the_study():
    study = lognormal_study()
    left, right = draw_timescale_degree(study).figure.axes
    bins = study.by_degree["zero"]["timescale_hwhm"]["bins"]
    drawn = [line.get_ydata() for line in left.get_lines()]
    assert any(np.array_equal(y, bins["median"]) for y in drawn)
    theory = float(matching_theory(study)["timescale_hwhm"])
    assert any(len(y) == 2 and np.all(np.equal(y, theory)) for y in drawn)
    assert not any("theory" in t for t in right.get_legend_handles_labels()[1])


def test_histogram_shares_sum_to_one():
    study = lognormal_study()
    ax = draw_timescales(study).figure.axes[0]
    for patch in ax.patches:
        assert patch.get_data().values.sum() == pytest.approx(1.0)


def test_only_accepted_timescales_are_drawn():
    study = lognormal_study()
    for name in ("zero", "positive"):
        found = timescales(study, name, "timescale_hwhm")
        used = study.by_degree[name]["timescale_hwhm"]["correlation"]["n_used"]
        assert found.values.size == used
        assert found.values.size + found.excluded == N


def test_frozen_study_says_so():
    from tiny_studies import frozen_study

    study = frozen_study()
    for draw in (draw_timescales, draw_timescale_degree):
        texts = [t.get_text() for ax in draw(study).figure.axes for t in ax.texts]
        assert any("no neuron" in t for t in texts)
    assert "gave up" in draw_spectrum(study).caption
    assert draw_overview(study).caption


def test_mirrored_boundary_is_symmetric_about_the_centre():
    x, y = mirrored(np.array([0.5, 0.0, -1.0]), np.array([0.0, 0.4, 0.6]))
    np.testing.assert_allclose(sorted(x + 1), sorted(-(x + 1)))
    np.testing.assert_allclose(sorted(y), sorted(-y))


def test_static_share_is_between_zero_and_one():
    share = static_share(lognormal_study().pieces["simulation_0"])
    assert 0 <= share <= 1


def test_import_leaves_matplotlib_alone():
    code = "import sys, pyscales.figures, pyscales.report; print('matplotlib' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "False"


def test_timescale_degree_shows_theory_where_it_was_computed():
    import copy

    from pyscales import theory_timescales

    study = copy.deepcopy(lognormal_study())
    model = study.model.with_(gain=study.preset.timescale_ratio * study.model.gain)
    fast = {"trajectories": 60, "n_seeds": 2, "tolerance": 5e-3, "n_degrees": 4, "workers": 1}
    for name, symmetry in (("zero", 0.0), ("positive", study.preset.positive_symmetry)):
        study.pieces[f"theory_timescales_{name}"] = theory_timescales(
            model.with_(symmetry=symmetry), trajectories_per_degree=16, **fast
        )
    drawing = draw_timescale_degree(study)
    lines = [
        line for ax in drawing.figure.axes for line in ax.lines if line.get_linestyle() == "--"
    ]
    assert len([line for line in lines if len(line.get_xdata()) == 4]) == 3
    assert "mean-field theory by degree" in drawing.caption
