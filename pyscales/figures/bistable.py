"""Traces of the neurons with the largest self-couplings, with the wells they would have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pyscales.figures.drawing import Drawing
from pyscales.figures.numbers import counted, plain
from pyscales.figures.reading import timescale_gain
from pyscales.figures.style import (
    MUTED,
    TIME_UNIT,
    empty,
    letter,
    new_figure,
    sequence,
    styled,
)

if TYPE_CHECKING:
    from pyscales.study import Study

_SHOWN = 3
_LONGEST = 300.0


@styled
def draw_bistable_traces(study: Study) -> Drawing:
    """x(t) of recorded hubs at the positive symmetry; dashed: wells x = s tanh(x) where s > 1."""
    figure = new_figure(height=1.3 * _SHOWN + 0.4)
    axes = figure.subplots(_SHOWN, 1, sharex=True)
    piece, couplings = study.pieces["simulation_positive"], study.pieces["self_couplings"]
    both = couplings["susceptibility"].values
    source = 0 if np.isfinite(both[0]) else 1
    chi = float(both[source])
    known = couplings["self_coupling"].values[source], couplings["well"].values[source]
    gain, symmetry = timescale_gain(study), study.preset.positive_symmetry
    numbers, bistable = [], 0
    recorded = piece["recorded_neuron"].values if "recorded_x" in piece else np.zeros(0, int)
    degree = piece["degree"].values[0]
    chosen = recorded[np.argsort(degree[recorded])][::-1][:_SHOWN]
    time = piece["time"].values
    shown = time <= _LONGEST
    for i, (ax, colour) in enumerate(zip(axes, sequence(_SHOWN), strict=True)):
        ax.set_ylabel("x")
        ax.set_xlabel(f"time ({TIME_UNIT})" if i == _SHOWN - 1 else "")
        if i >= chosen.size:
            empty(ax, "no traces recorded")
            continue
        u = degree[chosen[i]] / degree.mean()
        s = symmetry * gain**2 * chi * u
        column = int(np.nonzero(recorded == chosen[i])[0][0])
        ax.plot(time[shown], piece["recorded_x"].values[0, 0][shown, column], color=colour)
        if s > 1:
            bistable += 1
            well = float(np.interp(s, *known))
            for sign in (1, -1):
                ax.axhline(sign * well, color=MUTED, linewidth=0.9, linestyle="--")
        letter(ax, "abc"[i], f"k = {plain(float(u))} ⟨k⟩, s = {plain(float(s))}")
        numbers.append(f"s = {plain(float(s))} at k = {plain(float(u))} ⟨k⟩")
    return Drawing(
        "bistable_traces",
        "Traces of the hubs",
        f"Activity x of the recorded neurons of largest degree at gain {plain(gain)}, symmetry "
        f"{plain(symmetry)}: {'; '.join(numbers) or 'none recorded'}. Self-coupling s with chi = "
        f"{plain(chi)}; {counted(bistable, 'neuron')} with s > 1, whose wells are dashed.",
        "Time traces of x of three hubs, one above the other, with the wells of the bistable ones.",
        figure,
    )
