"""Figures of the mean field with memory draw what the datasets hold."""

from __future__ import annotations

import numpy as np
import pytest
from tiny_studies import memory_study

from pyscales import Lognormal, Model, dmft_two_time
from pyscales.figures import FROM_PIECE, draw_all, draw_bistable_traces, draw_self_couplings
from pyscales.figures.memory import draw_theory_timescales, draw_two_time
from pyscales.figures.numbers import plain
from pyscales.theory.self_coupling import self_couplings


def axes_of(figure):
    return [ax for ax in figure.axes if ax.get_label() != "<colorbar>"]


def test_two_time_curves_start_at_one():
    model = Model(Lognormal(100.0, 0.0), 2.0, 0.25)
    found = dmft_two_time(model, duration=4.0, dt=0.2, trajectories=200)
    drawing = draw_two_time(found)
    curves = [line for line in axes_of(drawing.figure)[1].lines if line.get_label()[0] == "t"]
    assert len(curves) == 5
    for line in curves:
        assert line.get_ydata()[0] == pytest.approx(1)
    assert plain(float(found["time"].values[-1])) in drawing.caption


@pytest.mark.slow
def test_study_with_memory_has_its_figures(tmp_path):
    study = memory_study()
    assert {"self_couplings", "ucna", "lyapunov", "theory_timescales_positive"} <= set(study.pieces)
    names = [f.name for f in draw_all(study, tmp_path)]
    assert {*FROM_PIECE, "bistable_traces"} <= set(names)
    couplings = study.pieces["self_couplings"]
    drawing = draw_self_couplings(couplings)
    lines = axes_of(drawing.figure)[0].lines
    np.testing.assert_array_equal(lines[0].get_xdata(), couplings["self_coupling"].values[0])
    # The share in the caption is that above s = 1.
    chi = float(couplings["susceptibility"].values[0])
    model = study.model.with_(gain=study.preset.timescale_ratio * study.model.gain)
    direct = self_couplings(model.finite_degrees(), model.gain, 0.25, chi)
    assert float(couplings["fraction_bistable"].values[0]) == pytest.approx(
        direct.fraction_bistable, abs=1e-6
    )
    traces = draw_bistable_traces(study)
    assert "s = " in traces.caption
    assert len(axes_of(traces.figure)) == 3
    by_degree = draw_theory_timescales(study.pieces["theory_timescales_positive"])
    assert len(axes_of(by_degree.figure)[0].lines) == 2
    assert study.pieces["lyapunov"].sizes["gain"] == 3
