"""Largest Lyapunov exponent against the gain, and the spectrum of exponents where it was asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pyscales.figures.drawing import Drawing
from pyscales.figures.numbers import plain, with_error
from pyscales.figures.style import (
    BLUE,
    INK,
    ORANGE,
    TIME_UNIT,
    letter,
    new_figure,
    sequence,
    styled,
)

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes


@styled
def draw_lyapunov(dataset: xr.Dataset) -> Drawing:
    """Markers: networks with error bars; line: mean-field theory; band: bracket of the onset."""
    several = dataset.sizes["exponent"] > 1
    figure = new_figure(width=7.2 if several else 4.2, height=3.1)
    axes = figure.subplots(1, 2 if several else 1, squeeze=False)[0]
    _largest(axes[0], dataset)
    if several:
        _spectrum(axes[1], dataset)
        letter(axes[0], "a", "largest exponent")
        letter(axes[1], "b", "first exponents")
    return Drawing(
        "lyapunov",
        "Lyapunov exponents",
        _caption(dataset),
        "Largest Lyapunov exponent against the gain: below zero where the network comes to rest, "
        "above zero in chaos.",
        figure,
    )


def _largest(ax: Axes, dataset: xr.Dataset) -> None:
    gain = dataset["gain"].values
    theory = dataset["lyapunov_max_theory"].values
    low, high = float(dataset.attrs["onset_low"]), float(dataset.attrs["onset_high"])
    ax.axhline(0.0, color="#bbbbbb", linewidth=0.7, zorder=0)
    if np.isfinite(low) and np.isfinite(high):
        ax.axvspan(low, high, color=ORANGE, alpha=0.15, linewidth=0, label="onset between")
    if np.isfinite(theory).any():
        ax.plot(gain, theory, color=BLUE, label="mean-field theory")
    error = np.nan_to_num(dataset["lyapunov_max_error"].values)
    ax.errorbar(gain, dataset["lyapunov_max"].values, error, fmt="o", color=INK, label="networks")
    ax.set_xlabel("gain")
    ax.set_ylabel(f"largest exponent\n(1 / {TIME_UNIT.removesuffix('s')})")
    ax.legend(loc="best")


def _spectrum(ax: Axes, dataset: xr.Dataset) -> None:
    gain = dataset["gain"].values
    mean = dataset["lyapunov_exponent"].mean(("network", "trial")).values
    index = dataset["exponent"].values
    ax.axhline(0.0, color="#bbbbbb", linewidth=0.7, zorder=0)
    for g, row, colour in zip(gain, mean, sequence(gain.size), strict=True):
        ax.plot(index, row, color=colour, label=f"g = {plain(float(g))}")
    ax.set_xlabel("index of the exponent")
    if gain.size <= 8:
        ax.legend(loc="best")


def _caption(dataset: xr.Dataset) -> str:
    attrs = dataset.attrs
    numbers = "; ".join(
        f"g = {plain(float(g))}: {with_error(float(value), float(error))}"
        + (f" (theory {plain(float(theory))})" if np.isfinite(theory) else "")
        for g, value, error, theory in zip(
            dataset["gain"].values,
            dataset["lyapunov_max"].values,
            dataset["lyapunov_max_error"].values,
            dataset["lyapunov_max_theory"].values,
            strict=True,
        )
    )
    onset = ""
    if np.isfinite(float(attrs["onset_gain"])):
        onset = f" The exponent changes sign near g = {plain(float(attrs['onset_gain']))}"
        if np.isfinite(float(attrs["onset_low"])):
            onset += (
                f", between {plain(float(attrs['onset_low']))} and "
                f"{plain(float(attrs['onset_high']))} by two standard errors"
            )
        onset += "."
    return (
        "Largest Lyapunov exponent per membrane time, tangent dynamics beside the trajectory. "
        f"Mean and standard error over {attrs['error_over']}: {numbers}.{onset}"
    )
