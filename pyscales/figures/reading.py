"""What several figures and the report read from a study."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pyscales.degrees import Lognormal
from pyscales.figures.numbers import plain
from pyscales.timescales import Quality

if TYPE_CHECKING:
    import xarray as xr

    from pyscales.study import Study

FloatArray = NDArray[np.float64]

NAMES = ("zero", "positive")
ACCEPTED = (int(Quality.OK), int(Quality.SHORT_WINDOW))
OBSERVABLE = {"timescale_hwhm": "x", "timescale_hwhm_phi": "phi(x)"}


def symmetry_of(study: Study, name: str) -> float:
    """Symmetry of the pieces called 'zero' and 'positive'."""
    return 0.0 if name == "zero" else study.preset.positive_symmetry


def timescale_gain(study: Study) -> float:
    """Gain of the timescale figures."""
    return study.preset.timescale_ratio * study.model.gain


def law_label(study: Study) -> str:
    """Degree law in words."""
    law = study.model.degrees
    if isinstance(law, Lognormal):
        return f"lognormal, σ = {law.sigma:g}"
    if law.name == "sequence":
        return "measured sequence"
    return law.name.replace("_", " ")


def case_label(case: dict[str, Any]) -> str:
    """Degrees of one theory/simulation pair in words."""
    if "sigma" in case:
        return f"lognormal, σ = {case['sigma']:g}"
    name = str(case.get("degrees", "degrees"))
    return "measured sequence" if name == "sequence" else name.replace("_", " ")


def gain_label(case: dict[str, Any]) -> str:
    """Gain of one pair, absolute and as a ratio."""
    return f"g = {plain(case['gain'])} ({case['gain_ratio']:g} g_c)"


def model_of(piece: xr.Dataset) -> dict[str, Any]:
    """Parameters of the model a piece was computed for."""
    found = piece.attrs.get("model", "{}")
    return json.loads(found) if isinstance(found, str) else dict(found)


@dataclass(frozen=True)
class Pair:
    """Theory and simulation of one case."""

    index: int
    label: dict[str, Any]
    theory: xr.Dataset
    simulation: xr.Dataset


def pairs(study: Study) -> Iterator[Pair]:
    """Every case with both its pieces."""
    for i, label in enumerate(study.cases):
        theory, simulation = (study.pieces.get(f"{k}_{i}") for k in ("theory", "simulation"))
        if theory is not None and simulation is not None:
            yield Pair(i, label, theory, simulation)


def matching_theory(study: Study) -> xr.Dataset | None:
    """Theory with the degrees and gain of the timescale figures at symmetry 0, if there is one."""
    gain = timescale_gain(study)
    sigma = getattr(study.model.degrees, "sigma", None)
    for pair in pairs(study):
        same_law = sigma is None or np.isclose(pair.label.get("sigma", np.nan), sigma)
        if same_law and np.isclose(pair.label["gain"], gain):
            return pair.theory
    return None


def static_share(simulation: xr.Dataset) -> float:
    """Part of the second moment of x that does not change within the run, m2 / (m2 + f)."""
    static = float(simulation["static_power"].mean())
    whole = static + float(simulation["temporal_variance"].mean())
    return static / whole if whole > 0 else np.nan


@dataclass(frozen=True)
class Timescales:
    """Timescales of the neurons a figure draws.

    Attributes
    ----------
    values, degrees : ndarray
        Of the neurons drawn.
    excluded : int
        Neurons left out: no value, or a quality that is not accepted, or degree zero.
    short_window : int
        Neurons drawn whose timescale may be too small for the window.
    """

    values: FloatArray
    degrees: FloatArray
    excluded: int
    short_window: int


def timescales(study: Study, name: str, quantity: str) -> Timescales:
    """Accepted timescales with realised degrees, networks pooled; as the binned medians use."""
    piece = study.pieces[f"timescales_{name}"]
    values = piece[quantity].values.ravel()
    quality = piece[f"{quantity}_quality"].values.ravel()
    degrees = piece["realised_degree"].values.ravel().astype(float)
    good = np.isin(quality, ACCEPTED) & np.isfinite(values) & (values > 0) & (degrees > 0)
    short = good & (quality == int(Quality.SHORT_WINDOW))
    return Timescales(values[good], degrees[good], int((~good).sum()), int(np.count_nonzero(short)))


def left_out(found: dict[str, Timescales]) -> str:
    """Words for the neurons left out and flagged at both symmetries."""
    excluded = [found[n].excluded for n in NAMES]
    short = [found[n].short_window for n in NAMES]
    words = "no neuron left out"
    if any(excluded):
        words = (
            "left out, because the autocorrelation does not reach one half in the window, or for "
            f"lack of variance or partners: {excluded[0]} at symmetry 0 and {excluded[1]} at the "
            "other"
        )
    if any(short):
        words += f"; drawn although long for the window: {short[0]} and {short[1]}"
    return words
