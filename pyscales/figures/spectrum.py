"""Jacobian eigenvalues in the complex plane, their localisation and their radial law."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pyscales.figures.drawing import Drawing
from pyscales.figures.numbers import percent, plain
from pyscales.figures.reading import NAMES, model_of, symmetry_of
from pyscales.figures.style import (
    BLUE,
    INK,
    MAP,
    MUTED,
    ORANGE,
    letter,
    new_figure,
    styled,
)

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.collections import PathCollection

    from pyscales.study import Study

FloatArray = NDArray[np.float64]

_BINS = 15
_LOCALISATION = r"$f_k/\langle k\rangle$"


@styled
def draw_spectrum(study: Study) -> Drawing:
    """Complex plane at both symmetries, and the radial laws at symmetry 0."""
    figure = new_figure(height=6.0)
    halves: Any = figure.subfigures(2, 1, height_ratios=(1.15, 1.0))
    top, bottom = halves
    planes = top.subplots(1, 2, sharex=True, sharey=True)
    points = [panel_plane(ax, study, name) for ax, name in zip(planes, NAMES, strict=True)]
    same_limits(planes, study)
    for ax, name, mark in zip(planes, NAMES, "ab", strict=True):
        letter(ax, mark, f"symmetry {symmetry_of(study, name):g}")
    bar = top.colorbar(points[0], ax=planes, shrink=0.85, pad=0.02, extend="both")
    bar.set_label(f"degree localisation {_LOCALISATION}")
    handles, labels = planes[0].get_legend_handles_labels()
    top.legend(handles, labels, loc="outside upper right", ncols=2)
    left, right = bottom.subplots(1, 2)
    panel_localisation(left, study)
    letter(left, "c", "localisation, symmetry 0")
    panel_radial(right, study)
    letter(right, "d", "radial distribution, symmetry 0")
    return Drawing("spectrum", "Spectrum of the Jacobian", _caption(study), _alt(study), figure)


def panel_plane(ax: Axes, study: Study, name: str) -> PathCollection:
    """Eigenvalues coloured by localisation, boundary and density of theory, instability line."""
    return draw_plane(ax, study.pieces[f"spectrum_{name}"], _colour_range(study))


def draw_plane(
    ax: Axes, piece: xr.Dataset, colours: tuple[float, float] | None = None
) -> PathCollection:
    """One spectrum in the complex plane; the contours hold 25, 50, 75 % of the bulk in theory."""
    from matplotlib.colors import Normalize

    relative = _relative(piece).ravel()
    if colours is None:
        low, high = np.quantile(relative, [0.01, 0.99])
        colours = float(low), float(max(high, low + 1e-6))
    points = ax.scatter(
        piece["eigenvalue_real"].values.ravel(),
        piece["eigenvalue_imag"].values.ravel(),
        c=relative,
        s=5,
        linewidths=0,
        cmap=MAP,
        norm=Normalize(*colours),
        rasterized=True,
    )
    if "boundary_real" in piece:
        real, imag = mirrored(piece["boundary_real"].values, piece["boundary_imag"].values)
        ax.plot(real, imag, color=ORANGE, linewidth=1.4, label="boundary (theory)")
    if "density_levels" in piece:
        x, y = piece["grid_real"].values + 1.0, piece["grid_imag"].values
        quadrant = piece["eigenvalue_density"].values
        whole = np.block([[quadrant[::-1, ::-1], quadrant[::-1]], [quadrant[:, ::-1], quadrant]])
        ax.contour(
            np.concatenate([-x[::-1], x]) - 1.0,
            np.concatenate([-y[::-1], y]),
            whole,
            levels=np.unique(piece["density_levels"].values),
            colors=INK,
            linewidths=0.6,
            alpha=0.7,
        )
    ax.axvline(0.0, color=INK, linestyle="--", linewidth=1.0, label="instability, Re = 0")
    ax.set_aspect("equal")
    ax.set_xlabel("real part (1 / membrane time constant)")
    ax.set_ylabel("imaginary part")
    return points


def mirrored(real: FloatArray, imag: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Closed curve from the quadrant right of -1 and above the real axis."""
    x, y = real + 1.0, imag
    full_x = np.concatenate([x, -x[::-1], -x, x[::-1]])
    full_y = np.concatenate([y, y[::-1], -y, -y[::-1]])
    return full_x - 1.0, full_y


def panel_localisation(ax: Axes, study: Study) -> None:
    """f_k against the distance from the centre at symmetry 0."""
    piece = study.pieces["spectrum_zero"]
    mean_degree = float(piece["degree"].values.mean())
    radius, relative = _radius(piece), _relative(piece)
    once = piece["eigenvalue_imag"].values >= 0
    centre, mean, error = _binned(radius[once], relative[once])
    ax.scatter(radius, relative, s=3, color=MUTED, alpha=0.25, linewidths=0, rasterized=True)
    ax.errorbar(centre, mean, error, fmt="o", color=BLUE, label="eigenvalues, mean in bins")
    if "degree_localisation_theory" in piece:
        ax.plot(
            piece["radius"].values,
            piece["degree_localisation_theory"].values / mean_degree,
            color=ORANGE,
            label="theory",
        )
    low, high = np.quantile(relative, [0.005, 0.995])
    ax.set_ylim(low - 0.1 * (high - low), high + 0.35 * (high - low))
    ax.set_xlim(0.0, 1.02 * _farthest(piece))
    ax.set_xlabel(r"distance from the centre $|\lambda+1|$")
    ax.set_ylabel(_LOCALISATION)
    ax.legend(loc="upper left", borderaxespad=0.2)


def panel_radial(ax: Axes, study: Study) -> None:
    """Fraction of eigenvalues within a radius at symmetry 0."""
    piece = study.pieces["spectrum_zero"]
    radius = np.sort(_radius(piece))
    ax.step(
        np.concatenate([[0.0], radius]),
        np.arange(radius.size + 1) / radius.size,
        where="post",
        color=BLUE,
        linewidth=2.6,
        alpha=0.55,
        label=f"{radius.size} eigenvalues",
    )
    if "radial_distribution" in piece:
        ax.plot(
            piece["radius"].values,
            piece["radial_distribution"].values,
            color=ORANGE,
            linewidth=1.4,
            label="theory",
        )
    ax.set_xlim(0.0, 1.02 * _farthest(piece))
    ax.set_ylim(0.0, 1.03)
    ax.set_xlabel(r"radius $r$")
    ax.set_ylabel(r"fraction with $|\lambda+1|<r$")
    ax.legend(loc="upper left", borderaxespad=0.2)


def same_limits(planes: Any, study: Study) -> None:
    """Limits that hold the spectra of both symmetries."""
    pieces = [study.pieces[f"spectrum_{name}"] for name in NAMES]
    x = np.concatenate([p["eigenvalue_real"].values for p in pieces] + [[0.0]])
    y = np.concatenate([np.abs(p["eigenvalue_imag"].values) for p in pieces])
    for p in pieces:
        if "boundary_real" in p:
            real, imag = mirrored(p["boundary_real"].values, p["boundary_imag"].values)
            x, y = np.concatenate([x, real]), np.concatenate([y, imag])
    margin = 0.06 * (x.max() - x.min())
    planes[0].set_xlim(x.min() - margin, x.max() + margin)
    planes[0].set_ylim(-y.max() - margin, y.max() + margin)


def _relative(piece: xr.Dataset) -> FloatArray:
    return piece["degree_localisation"].values / float(piece["degree"].values.mean())


def _radius(piece: xr.Dataset) -> FloatArray:
    return np.hypot(piece["eigenvalue_real"].values + 1.0, piece["eigenvalue_imag"].values)


def _farthest(piece: xr.Dataset) -> float:
    return max(float(_radius(piece).max()), float(piece.get("spectral_radius", 0.0)))


def _colour_range(study: Study) -> tuple[float, float]:
    values = np.concatenate([_relative(study.pieces[f"spectrum_{name}"]) for name in NAMES])
    low, high = np.quantile(values, [0.01, 0.99])
    return float(low), float(max(high, low + 1e-6))


def _binned(radius: FloatArray, values: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Mean and standard error in bins of equal count."""
    groups = np.array_split(np.argsort(radius), min(_BINS, max(1, radius.size // 8)))
    columns = [
        (
            radius[g].mean(),
            values[g].mean(),
            values[g].std(ddof=1) / np.sqrt(g.size) if g.size > 1 else np.nan,
        )
        for g in groups
    ]
    centre, mean, error = np.array(columns).T
    return centre, mean, error


def _outside(piece: xr.Dataset) -> str:
    if "spectral_radius" not in piece:
        return ""
    radius, edge = _radius(piece), float(piece["spectral_radius"])
    return (
        f"At symmetry 0 the bulk has radius {plain(edge)}; the farthest eigenvalue is at "
        f"{plain(float(radius.max()))} and {percent(float((radius > edge).mean()))} lie outside. "
    )


def _caption(study: Study) -> str:
    zero, positive = (study.pieces[f"spectrum_{n}"] for n in NAMES)
    gain = model_of(zero).get("gain", study.model.gain)
    n = zero.sizes["neuron"]
    flags = [
        f"The eigenvalue solver at symmetry {symmetry_of(study, name):g} reports: "
        f"{piece.attrs.get('message', 'not converged')}. "
        for name, piece in zip(NAMES, (zero, positive), strict=True)
        if not piece.attrs.get("converged", 1)
    ]
    lost = float(zero["clipped_mass"])
    if lost > 1e-3:
        flags.append(
            f"The probability cap removes {percent(lost)} of the nominal edges of this network, "
            "which makes its spectrum smaller than the theory, where no edge is lost. "
        )
    return (
        f"(a, b) Eigenvalues of the Jacobian −1 + W at x = 0 for N = {n} and gain "
        f"g = {plain(float(gain))} (critical at symmetry 0), at symmetry 0 and "
        f"{symmetry_of(study, 'positive'):g}, coloured by the degree localisation f_k of their "
        "right eigenvectors over the mean degree. Line: boundary of the bulk in theory; contours "
        "hold 25, 50 and 75 % of the eigenvalues in theory; dashed: "
        f"instability. Rightmost eigenvalue {plain(float(zero.attrs['rightmost']))} and "
        f"{plain(float(positive.attrs['rightmost']))}. " + _outside(zero) + "(c) f_k/⟨k⟩ against "
        "the distance from the centre: single eigenvalues (grey), means with standard errors "
        "(conjugate pairs counted once) and theory. (d) Fraction of eigenvalues within a radius. "
        "Real matrices have extra eigenvalues on the real axis, which the theory of the bulk "
        "does not describe. " + "".join(flags)
    ).strip()


def _alt(study: Study) -> str:
    zero, positive = (study.pieces[f"spectrum_{n}"] for n in NAMES)
    return (
        "Four panels. Top: eigenvalues in the complex plane, a disc around -1 at symmetry 0 and "
        "an ellipse stretched along the real axis at symmetry "
        f"{symmetry_of(study, 'positive'):g}, with the theory boundary; the rightmost eigenvalues "
        f"are {plain(float(zero.attrs['rightmost']))} and "
        f"{plain(float(positive.attrs['rightmost']))}. Bottom: degree localisation f_k rising "
        "from the centre to the edge, and the radial distribution, each beside the theory line."
    )
