"""What the numbers of a study say, in sentences; every sentence is made from the numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pyscales.figures.numbers import (
    counted,
    fixed,
    percent,
    plain,
    with_interval,
)
from pyscales.figures.reading import (
    NAMES,
    OBSERVABLE,
    case_label,
    matching_theory,
    pairs,
    static_share,
    symmetry_of,
    timescale_gain,
)

if TYPE_CHECKING:
    from pyscales.study import Study

WITHIN = 2.0
WEAK_ABOVE = 0.1
Rows = list[dict[str, Any]]


def answer(study: Study) -> list[str]:
    """The answer in a paragraph: variance, autocorrelation, timescale against degree."""
    variance, correlation = split(study)
    sentences = [
        _agreement("the variance of x", variance),
        _agreement("the normalised autocorrelation of x", correlation),
        *[trend(study, name, "timescale_hwhm") for name in NAMES],
    ]
    return [s for s in sentences if s]


def split(study: Study) -> tuple[Rows, Rows]:
    """Comparison rows of the variance, and of the autocorrelation."""
    variance = [r for r in study.comparison if r["quantity"] == "variance_x"]
    correlation = [r for r in study.comparison if r["quantity"] != "variance_x"]
    return variance, correlation


def _agreement(what: str, rows: Rows) -> str:
    """How far the simulations are from theory, in % and in standard errors."""
    active = [r for r in rows if r["theory"]]
    if not rows:
        return f"This study holds no comparison of {what}."
    if not active:
        return _silent(what, rows)
    differences = [r["relative_difference"] for r in active]
    z = np.array([r["standard_errors"] for r in active], dtype=float)
    known = z[np.isfinite(z)]
    text = f"For {what}, simulations differ from theory by {_range(differences)}"
    if not known.size:
        return text + "; without repeated networks or trials there is no error to judge this by."
    worst = float(np.abs(known).max())
    text += f", at most {fixed(worst, 1)} standard errors ({counted(len(active), 'number')}): "
    inside = int((np.abs(known) <= WITHIN).sum())
    if inside == known.size:
        text += f"no single difference is significant (all within {WITHIN:g} standard errors)"
    else:
        text += f"{inside} of {known.size} within {WITHIN:g} standard errors"
    return text + _same_side(known) + _weak(active) + "."


def _same_side(z: NDArray[np.float64]) -> str:
    if z.size < 3 or not (np.all(z > 0) or np.all(z < 0)):
        return ""
    return f", but every one {'above' if z[0] > 0 else 'below'} theory"


def _silent(what: str, rows: Rows) -> str:
    largest = max(r["simulation"] for r in rows)
    return (
        f"Theory predicts silence at every gain compared; for {what} simulations give at most "
        f"{plain(largest)}."
    )


def _weak(rows: Rows) -> str:
    """A warning where the errors would hide large differences."""
    sizes = [r["error"] / abs(r["simulation"]) for r in rows if r["simulation"]]
    largest = max((s for s in sizes if np.isfinite(s)), default=0.0)
    if largest <= WEAK_ABOVE:
        return ""
    return f"; with errors up to {percent(largest)} of the value this test is weak"


def _range(differences: list[float]) -> str:
    low, high = min(differences), max(differences)
    if low == high:
        return percent(low, sign=True)
    return f"{percent(low, sign=True)} to {percent(high, sign=True)}"


def trend(study: Study, name: str, quantity: str) -> str:
    """Does the timescale depend on the degree: flat, rising, falling or not decided."""
    symmetry = symmetry_of(study, name)
    what = f"At symmetry {symmetry:g} the timescale (half width) of {OBSERVABLE[quantity]}"
    c = study.by_degree[name][quantity]["correlation"]
    phase = study.pieces[f"simulation_{name}"].attrs.get("phase", "unknown")
    if c["n_used"] < 3 or not np.isfinite(c["slope"]):
        return (
            f"{what} cannot be compared with the degree: {counted(c['n_used'], 'neuron')} "
            f"with a timescale within the window (the network is {phase})."
        )
    slope = with_interval(c["slope"], c["slope_low"], c["slope_high"])
    rank = with_interval(c["spearman"], c["spearman_low"], c["spearman_high"])
    numbers = f"(slope of the logarithms {slope}, Spearman {rank}, {c['n_used']} neurons)"
    text = f"{what} {_verdict(c)} {numbers}{_per_doubling(c)}"
    if phase != "chaotic":
        text += f"; the network is {phase}, so these are timescales of its relaxation"
    return text + "."


def _verdict(c: dict[str, Any]) -> str:
    if not (np.isfinite(c["slope_low"]) and np.isfinite(c["slope_high"])):
        return "has no interval to judge a trend by"
    if c["slope_low"] > 0:
        return "rises with the degree"
    if c["slope_high"] < 0:
        return "falls with the degree"
    return "shows no significant trend with the degree"


def _per_doubling(c: dict[str, Any]) -> str:
    change = 2.0 ** np.array([c["slope"], c["slope_low"], c["slope_high"]]) - 1.0
    if not np.isfinite(change).all():
        return ""
    interval = with_interval(*(100 * change))
    return f": twice the degree changes it by {interval} %"


def timescale_notes(study: Study) -> list[str]:
    """The other observable, theory's half width, and what the intervals cover."""
    sentences = [trend(study, name, "timescale_hwhm_phi") for name in NAMES]
    theory = matching_theory(study)
    if theory is not None and np.isfinite(float(theory["timescale_hwhm"])):
        value = float(theory["timescale_hwhm"])
        median = np.nanmedian(study.pieces["timescales_zero"]["timescale_hwhm"].values)
        sentences.append(
            f"Mean-field theory at symmetry 0 and gain {plain(timescale_gain(study))} gives x the "
            f"same half width at every degree, {plain(value, 4)}; the median neuron has "
            f"{plain(float(median), 4)} ({percent(median / value - 1, sign=True)})."
        )
    networks = study.pieces["timescales_zero"].sizes["network"]
    sentences.append(
        f"The intervals are bootstraps over the neurons of {counted(networks, 'network')}; neurons "
        "of one network fluctuate together, so the scatter between networks is "
        + ("not in them." if networks == 1 else "only partly in them.")
    )
    return sentences


def finite_size(study: Study) -> list[str]:
    """What the errors mean and what finite networks do to the comparison."""
    found = list(pairs(study))
    if not found:
        return []
    networks = found[0].simulation.sizes["network"]
    n = found[0].simulation.sizes["neuron"]
    sentences = [_errors(networks)]
    sentences.append(
        "Finite networks deviate from mean-field theory, which holds for N to infinity: networks "
        "of N = 2000 have half widths typically 5–15 % too long and variances about 2 % too "
        f"large, and both deviations shrink with N; here N = {n}."
    )
    shares = "; ".join(
        f"{percent(static_share(p.simulation))} ({case_label(p.label)}, "
        f"{p.label['gain_ratio']:g} g_c)"
        for p in found
    )
    sentences.append(
        "Share of the variance of x carried by the time averages of single neurons, m2/(m2 + f): "
        f"{shares}. In theory at symmetry 0 it vanishes for long runs; what remains lifts the tail "
        "of the simulated autocorrelation."
    )
    sentences += [
        f"{case_label(p.label)}, {p.label['gain_ratio']:g} g_c: the simulation is "
        f"{p.simulation.attrs['phase']}."
        for p in found
        if p.simulation.attrs.get("phase", "chaotic") != "chaotic"
    ]
    return sentences


def _errors(networks: int) -> str:
    if networks > 1:
        spread = 1 / np.sqrt(2 * (networks - 1))
        return (
            f"Errors are standard errors over {networks} independently sampled networks; with so "
            f"many networks the error itself is known to about {percent(float(spread), 1)}."
        )
    return (
        "There is a single network: errors are over its trials where there are several, and "
        "contain no scatter between networks."
    )


def problems(study: Study) -> list[str]:
    """Pieces whose solver or simulation did not converge."""
    return [
        f"{name.replace('_', ' ')}: not converged ({piece.attrs.get('message', 'no message')})."
        for name, piece in study.pieces.items()
        if not piece.attrs.get("converged", 1)
    ]
