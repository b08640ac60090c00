"""Stationary density of a self-coupled unit driven by coloured noise: UCNA and its variants.

The unit is dx/dt = f(x) + zeta, f = -x + s tanh x = -U'(x), with Gaussian noise
<zeta zeta> = (D / 2 tau) e^(-|t|/tau). The unified coloured-noise approximation (Jung & Haenggi
1987, PRA 35:4464; Haenggi & Jung 1995, Adv. Chem. Phys. 89:239; for these units Stern, Istrate &
Mazzucato 2023, eLife 12:e86552, eq. 19-20) is

    P(x) ~ h(x) exp(-(2/D) [U + (tau/2) U'^2]),   h = 1 - tau f' = 1 + tau U'',

on the support h > 0, two outer pieces |x| > x_c where tau (s - 1) > 1, with
tanh(x_c)^2 = 1 - (1 + tau)/(tau s). It is exact at s = 0 and for tau -> 0. Named variants:

    'slide'  P ~ exp(-2U/D) / h     as printed in Taffarello 2025; already wrong at s = 0, and not
                                    normalisable once h has a zero
    'white'  P ~ exp(-2U/D)         the noise taken as white
    'both'   P ~ |h| exp(...)       UCNA continued where h < 0, which has no meaning there

All densities are even. Time in membrane time constants, D = 2 int_0^inf <zeta zeta>.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.polynomial.legendre import leggauss
from numpy.typing import NDArray
from scipy.optimize import brentq

from pyscales.errors import InputError
from pyscales.theory.gaussian import log_cosh

FloatArray = NDArray[np.float64]

FORMS = ("ucna", "slide", "white", "both")
_PANELS = 240
_ORDER = 10
_DEPTH = 45.0


def drift(x: FloatArray, self_coupling: float) -> FloatArray:
    """f(x) = -x + s tanh x; shape of `x`."""
    return -x + self_coupling * np.tanh(x)


def noise_denominator(x: FloatArray, self_coupling: float, noise_time: float) -> FloatArray:
    """h(x) = 1 - tau f'(x); shape of `x`."""
    return 1.0 + noise_time * (1.0 - self_coupling / np.cosh(np.minimum(np.abs(x), 300.0)) ** 2)


def support_edge(self_coupling: float, noise_time: float) -> float:
    """x_c >= 0 where h vanishes; 0 where h > 0 everywhere."""
    opening = noise_time * (self_coupling - 1.0)
    if opening <= 1.0:
        return 0.0
    return float(np.arctanh(np.sqrt(1.0 - (1.0 + noise_time) / (noise_time * self_coupling))))


def well_position(self_coupling: float) -> float:
    """Positive root of x = s tanh x; 0 for s <= 1."""
    s = self_coupling
    if s <= 1.0:
        return 0.0
    low = min(np.sqrt(3 * (s - 1.0) / s), s) * 0.5
    return float(brentq(lambda x: s * np.tanh(x) - x, low, s, xtol=1e-15, rtol=1e-15))


@dataclass(frozen=True)
class StationaryDensity:
    """A normalised even density P(x); call it with x of any shape.

    Attributes
    ----------
    self_coupling, noise_strength, noise_time : float
        s, D, tau.
    form : str
        'ucna', 'slide', 'white' or 'both'.
    support_edge : float
        x_c: the density lives on |x| > x_c (0: everywhere).
    end : float
        Beyond |x| = end the density is below e^-45 of its maximum.
    log_normalisation : float
        ln of what the unnormalised density is multiplied with.
    normalisable : bool
        False for 'slide' where h has a zero: 1/h has no integral, and the closer to it one
        integrates, the more of the mass sits at |x| = x_c. The density is NaN then.
    message : str
    """

    self_coupling: float
    noise_strength: float
    noise_time: float
    form: str
    support_edge: float
    end: float
    log_normalisation: float
    normalisable: bool
    message: str

    def __call__(self, x: FloatArray) -> FloatArray:
        x = np.asarray(x, dtype=float)
        if not self.normalisable:
            return np.full(x.shape, np.nan)
        log_p = log_density(
            x, self.self_coupling, self.noise_strength, self.noise_time, form=self.form
        )
        return np.exp(log_p + self.log_normalisation)

    def moment(self, order: int) -> float:
        """<|x|^order>."""
        x, w = half_line_nodes(self)
        return float(2 * w @ (x**order * self(x)))

    @property
    def variance(self) -> float:
        """<x^2>, the mean being 0."""
        return self.moment(2)

    def modes(self) -> FloatArray:
        """Positions x >= 0 of the maxima, ascending."""
        if not self.normalisable:
            return np.array([])
        # Uniform with a point at 0 and one mirrored beyond it, so that a mode at 0 is seen.
        x = np.linspace(self.support_edge, self.end, 20001)
        inner = x[1] - x[0]
        first = -inner if self.support_edge == 0 else self.support_edge
        p = self(np.concatenate([[first], x]))
        peak = np.nonzero((p[1:-1] >= p[:-2]) & (p[1:-1] > p[2:]))[0] + 1
        found = []
        for i in peak:
            left, middle, right = p[i - 1], p[i], p[i + 1]
            curvature = left - 2 * middle + right
            shift = 0.5 * (left - right) / curvature if curvature < 0 else 0.0
            found.append(max(x[i - 1] + inner * shift, 0.0))
        modes = np.array(found)
        return np.where(modes < 1e-9, 0.0, modes)


def log_density(
    x: FloatArray,
    self_coupling: float,
    noise_strength: float,
    noise_time: float,
    *,
    form: str = "ucna",
) -> FloatArray:
    """ln of the unnormalised density, -inf outside the support; shape of `x`."""
    s, d, tau = self_coupling, noise_strength, noise_time
    potential = 0.5 * x**2 - s * log_cosh(x)
    if form == "white":
        return -2.0 * potential / d
    h = noise_denominator(x, s, tau)
    with np.errstate(divide="ignore", invalid="ignore"):
        if form == "slide":
            return np.where(h > 0, -2.0 * potential / d - np.log(h), -np.inf)
        size = np.abs(h) if form == "both" else h
        exponent = -(2.0 / d) * (potential + 0.5 * tau * drift(x, s) ** 2)
        return np.where(size > 0, exponent + np.log(size), -np.inf)


def stationary_density(
    self_coupling: float, noise_strength: float, noise_time: float, *, form: str = "ucna"
) -> StationaryDensity:
    """Normalised stationary density in one of the forms of this module.

    Parameters
    ----------
    self_coupling, noise_strength, noise_time : float
        s, D > 0, tau > 0.
    form : {'ucna', 'slide', 'white', 'both'}

    Returns
    -------
    StationaryDensity
        Normalised by 2400 Gauss-Legendre nodes on the half line, relative error below 1e-10.
    """
    check_unit(self_coupling, noise_strength, noise_time)
    if form not in FORMS:
        raise InputError("form", form, "one of " + ", ".join(FORMS))
    s, d, tau = self_coupling, noise_strength, noise_time
    x_c = support_edge(s, tau)
    edge = x_c if form in ("ucna", "slide") else 0.0
    end = density_end(s, d, tau if form in ("ucna", "both") else 0.0)
    if form == "slide" and tau * (s - 1.0) >= 1.0:
        return StationaryDensity(
            s,
            d,
            tau,
            form,
            edge,
            end,
            np.nan,
            False,
            f"h vanishes at |x| = {x_c:.4g}: exp(-2U/D)/h has no integral.",
        )
    x, w = _nodes(edge, end, x_c)
    log_p = log_density(x, s, d, tau, form=form)
    top = float(log_p.max())
    log_norm = -top - float(np.log(2 * w @ np.exp(log_p - top)))
    message = "normalised"
    if edge > 0:
        message = f"support |x| > {edge:.4g}: h < 0 within, where the approximation has no density"
    elif form == "both" and x_c > 0:
        message = f"h < 0 for |x| < {x_c:.4g}: the density there has no meaning"
    return StationaryDensity(s, d, tau, form, edge, end, log_norm, True, message)


def density_end(self_coupling: float, noise_strength: float, noise_time: float) -> float:
    """Where 2 [U + (tau/2) U'^2] / D is 45 above its lowest value, x > 0."""
    s, d, tau = self_coupling, noise_strength, noise_time

    def exponent(x: float) -> float:
        f = float(drift(np.asarray(x), s))
        u = 0.5 * x * x - s * float(log_cosh(np.asarray(x)))
        return (2.0 / d) * (u + 0.5 * tau * f * f)

    well = well_position(s)
    level = exponent(well) + _DEPTH
    high = well + 1.0
    while exponent(high) < level:
        high = well + 2 * (high - well)
    return float(brentq(lambda x: exponent(x) - level, well, high, xtol=1e-10))


def half_line_nodes(density: StationaryDensity) -> tuple[FloatArray, FloatArray]:
    """Quadrature nodes and weights on the support of a density, x > 0."""
    x_c = support_edge(density.self_coupling, density.noise_time)
    return _nodes(density.support_edge, density.end, x_c)


def _nodes(edge: float, end: float, x_c: float) -> tuple[FloatArray, FloatArray]:
    if edge < x_c < end:
        inner, outer = _nodes(edge, x_c, 0.0), _nodes(x_c, end, 0.0)
        return np.concatenate([inner[0], outer[0]]), np.concatenate([inner[1], outer[1]])
    return composite_nodes(np.linspace(edge, end, _PANELS + 1))


def composite_nodes(edges: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Gauss-Legendre nodes and weights, ten on each panel between ascending `edges`."""
    node, weight = leggauss(_ORDER)
    half = 0.5 * np.diff(edges)[:, None]
    middle = 0.5 * (edges[1:] + edges[:-1])[:, None]
    return (middle + half * node).ravel(), np.asarray(half * weight).ravel()


def check_unit(self_coupling: float, noise_strength: float, noise_time: float) -> None:
    """Refuse parameters no unit can have."""
    if not np.isfinite(self_coupling):
        raise InputError("self_coupling", self_coupling, "a finite number")
    if abs(self_coupling) > 100:
        raise InputError("self_coupling", self_coupling, "a number in [-100, 100]")
    for name, value in (("noise_strength", noise_strength), ("noise_time", noise_time)):
        if not (np.isfinite(value) and value > 0):
            raise InputError(
                name, value, "a finite number > 0", "D = 2 int C(t) dt and tau = int C(t) dt/C(0)."
            )
