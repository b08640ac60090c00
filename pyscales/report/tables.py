"""Tables of the report: plain text in cells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyscales.figures.numbers import fixed, percent, plain, with_error, with_interval
from pyscales.figures.reading import NAMES, OBSERVABLE, case_label, law_label, symmetry_of

if TYPE_CHECKING:
    from pyscales.study import Study

SYMBOLS = (
    ("x, φ(x)", "state of a neuron and its output, phi(x) = tanh(x)"),
    ("k, ⟨k⟩, u = k/⟨k⟩", "degree (number of partners), its mean, and relative degree"),
    ("g, g_c", "gain of the couplings, and the critical gain where x = 0 loses stability"),
    (
        "symmetry γ",
        "correlation of the two couplings of a connected pair, from −1 to 1",
    ),
    ("σ", "standard deviation of ln k for lognormal degrees"),
    ("⟨x²⟩", "variance of x: second moment, averaged over time, neurons and networks"),
    (
        "f",
        "temporal variance ⟨⟨x²⟩_T − ⟨x⟩_T²⟩: time average for each neuron, then mean over "
        "neurons; above 0 the activity moves",
    ),
    (
        "m2",
        "static power ⟨⟨x⟩_T²⟩: with f = 0 it tells a frozen network (m2 > 0) from a silent one",
    ),
    (
        "f_k",
        "degree localisation: mean degree weighted by the squared right eigenvector; ⟨k⟩ for an "
        "eigenvector spread evenly",
    ),
    (
        "half width",
        "lag at which an autocorrelation has fallen to half of its value at lag 0 (half width at "
        "half maximum); of x or of phi(x), as stated",
    ),
    ("slope", "Theil-Sen slope of ln timescale on ln degree: the exponent of a power law"),
    ("ρ", "Spearman rank correlation of timescale and degree"),
)


@dataclass(frozen=True)
class Table:
    """Header, rows and a caption; all plain text."""

    caption: str
    header: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


def comparison_table(study: Study) -> Table:
    """Theory against simulation."""
    return Table(
        "Theory against simulation at symmetry 0. C_x(lag) is the population autocorrelation of x.",
        (
            "degrees",
            "g / g_c",
            "quantity",
            "theory",
            "simulation ± error",
            "difference",
            "in standard errors",
        ),
        [_comparison_row(r) for r in study.comparison],
    )


def _comparison_row(row: dict[str, Any]) -> tuple[str, ...]:
    z = row["standard_errors"]
    return (
        case_label(row),
        f"{row['gain_ratio']:g}",
        quantity(row["quantity"]),
        plain(row["theory"], 4),
        with_error(row["simulation"], row["error"]),
        percent(row["relative_difference"], sign=True),
        ("+" if z > 0 else "") + fixed(z, 1),
    )


def quantity(name: str) -> str:
    """Readable name of a compared quantity."""
    if name == "variance_x":
        return "variance of x"
    found = re.fullmatch(r"autocorrelation_x\((.+)\)/autocorrelation_x\(0\)", name)
    return f"C_x({found[1]}) / C_x(0)" if found else name


def critical_table(study: Study) -> Table:
    """Critical gains at three symmetries."""
    values = {"zero": 0.0, "positive": study.preset.positive_symmetry, "negative": -0.5}
    rows = [
        (
            plain(values[name]) if name in values else name,
            plain(c["critical_gain"], 4),
            plain(c["critical_gain_static"], 4),
            c["branch"],
            plain(c["frequency"]) if c["frequency"] else "0",
            c["degrees"],
            c["message"],
        )
        for name, c in study.critical.items()
    ]
    return Table(
        "Critical gains: where x = 0 loses stability. The static condition takes the degrees as a "
        "continuum and looks only at the real axis; hubs and oscillations can come first.",
        ("symmetry", "g_c", "static condition", "onset", "angular frequency", "degrees", "remark"),
        rows,
    )


def degree_table(study: Study) -> Table:
    """The degrees of the sampled network."""
    piece = study.pieces["degrees"]
    realised = piece["realised_degree"].values
    rows = [
        ("law", law_label(study)),
        ("neurons N", str(realised.size)),
        ("edges", str(piece.attrs["n_edges"])),
        (
            "mean degree, expected / realised",
            f"{plain(float(piece['degree'].mean()), 4)} / {plain(float(realised.mean()), 4)}",
        ),
        ("degrees realised", f"{realised.min()} to {realised.max()}"),
        (
            "coefficient of variation, expected / realised",
            f"{plain(piece.attrs['degree_cv'])} / {plain(piece.attrs['realised_degree_cv'])}",
        ),
        ("edges lost to the probability cap", percent(float(piece["clipped_mass"]))),
        ("neurons without a partner", str(int((realised == 0).sum()))),
    ]
    return Table("Degrees of one sampled network.", ("property", "value"), rows)


def timescale_table(study: Study) -> Table:
    """Dependence of the timescale on the degree."""
    rows = []
    for observable, words in OBSERVABLE.items():
        for name in NAMES:
            c = study.by_degree[name][observable]["correlation"]
            rows.append(
                (
                    words,
                    f"{symmetry_of(study, name):g}",
                    with_interval(c["spearman"], c["spearman_low"], c["spearman_high"]),
                    plain(c["p_value"], 2),
                    with_interval(c["slope"], c["slope_low"], c["slope_high"]),
                    str(c["n_used"]),
                    str(c["n_excluded"]),
                )
            )
    return Table(
        "Timescale (half width) against the degree in the sampled network, 95 % intervals.",
        ("of", "symmetry", "Spearman", "p", "slope", "neurons", "left out"),
        rows,
    )
