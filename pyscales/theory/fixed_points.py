"""Static states of the mean-field theory: x = s_u tanh(x) + g sqrt(u q) z, s_u = gamma g^2 chi u.

    q = E[u <tanh(x)^2>],  chi = E[u <phi'/(1 - s_u phi')>],
    Lambda = g^2 E[u^2 <(phi'/(1 - s_u phi'))^2>]  (< 1: the typical static state is stable),

z standard normal, phi' = 1 - tanh(x)^2. For s_u > 1 a neuron is bistable: three roots for |z| below
a threshold, the outer two stable. Rules for the root: 'outer' takes the one with the sign of z
(Stern, Sompolinsky & Abbott 2014, arXiv:1409.2535), 'equal' either stable one with probability 1/2;
the latter fills wells about to vanish, so that Lambda is infinite as soon as neurons are bistable.

All averages are taken over x instead of z: with z(x) = (x - s tanh x)/(g sqrt(u q)) the density of
x on a branch is N(z) (1 - s phi') / (g sqrt(u q)), which needs no root finding and turns the
response into the integral of phi' N(z), free of the pole at s phi' = 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeGuard

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from pyscales.degrees import ContinuousLaw, DegreeLaw
from pyscales.degrees.quadrature import composite_legendre

FloatArray = NDArray[np.float64]

RULES = ("outer", "equal")
SILENT_Q = 1e-4
_Z_MAX = 8.5
SMALLEST_Q = 1e-9
_MANY_ATOMS = 600
_COMPRESSED = 200


@dataclass(frozen=True)
class StaticAverages:
    """Right-hand sides at given q and chi; see the module."""

    q: float
    chi: float
    instability: float
    variance_x: float
    bistable: float


@dataclass(frozen=True)
class FixedPointState:
    """The static state of a degree law.

    Attributes
    ----------
    gain, symmetry : float
    q : float
        E[u <tanh(x)^2>]; 0 for x = 0.
    chi : float
        Static susceptibility.
    instability : float
        Lambda; at q = 0 the static condition g^2 E[u^2/(1 - s_u)^2].
    variance_x : float
        Population mean of x^2.
    fraction_bistable : float
        Share of neurons with s_u > 1.
    region : str
        'silent' (q < 1e-4), 'frozen' (static and stable, Lambda < 1) or 'unstable' (Lambda >= 1:
        the typical static state is unstable. What the network does, static conditions do not tell:
        chaos, or rest in an atypical state; `pyscales.fixed_points` asks the dynamics).
    rule : str
    converged : bool
    residual : float
        |E[u tanh^2]/q - 1|.
    iterations : int
        Evaluations of the averages.
    message : str
    retcode : str
        'success' or 'max_iterations', of the root finding.
    """

    gain: float
    symmetry: float
    q: float
    chi: float
    instability: float
    variance_x: float
    fraction_bistable: float
    region: str
    rule: str
    converged: bool
    residual: float
    iterations: int
    message: str
    retcode: str = "success"


@dataclass(frozen=True)
class StaticRoot:
    """A root q, chi (q = 0: only x = 0 is static), evaluations of the averages, how it ended."""

    q: float
    chi: float
    evaluations: int
    retcode: str


RootFinder = Callable[[DegreeLaw, float, float, str, float], StaticRoot]


def outer_root(self_coupling: FloatArray, field: FloatArray) -> FloatArray:
    """Largest root x >= 0 of x = s tanh(x) + b, b >= 0; shape of the arguments broadcast."""
    s, b = np.broadcast_arrays(np.asarray(self_coupling, float), np.asarray(field, float))
    high = np.maximum(s, 0.0) + b + 1e-300
    low = np.zeros_like(high)
    with np.errstate(over="ignore"):
        well = np.where(s > 1, np.arccosh(np.sqrt(np.maximum(s, 1.0))), 0.0)
    low = np.maximum(low, np.minimum(well, high))  # beyond it x - s tanh(x) grows
    x = high.copy()
    for _ in range(80):
        t = np.tanh(x)
        value, slope = x - s * t - b, 1 - s * (1 - t**2)
        high = np.where(value >= 0, np.minimum(high, x), high)
        low = np.where(value < 0, np.maximum(low, x), low)
        step = x - value / np.where(slope > 1e-12, slope, 1e-12)
        new = np.where((step > low) & (step < high), step, 0.5 * (low + high))
        if np.all(np.abs(new - x) <= 1e-15 * (1 + x)):
            return new
        x = new
    return x


def other_root(self_coupling: FloatArray, field: FloatArray) -> FloatArray:
    """The stable root on the other side: -x of x = s tanh(x) - b, NaN where it has vanished."""
    s, b = np.broadcast_arrays(np.asarray(self_coupling, float), np.asarray(field, float))
    low = np.where(s > 1, np.arccosh(np.sqrt(np.maximum(s, 1.0))), 0.0)
    exists = (s > 1) & (s * np.tanh(low) - low >= b)
    high = np.maximum(s, low)
    for _ in range(70):
        middle = 0.5 * (low + high)
        inside = middle - s * np.tanh(middle) + b < 0
        low, high = np.where(inside, middle, low), np.where(inside, high, middle)
    return np.where(exists, -0.5 * (low + high), np.nan)


def panels() -> tuple[FloatArray, FloatArray]:
    edges = np.concatenate([[0.0], np.geomspace(1e-6, 1.0, 19)])
    return composite_legendre(edges, 10)


def averages(
    relative_degree: FloatArray,
    weight: FloatArray,
    gain: float,
    symmetry: float,
    q: float,
    chi: float,
    rule: str = "outer",
) -> StaticAverages:
    """q, chi and Lambda that a given q and chi lead to.

    Parameters
    ----------
    relative_degree, weight : ndarray, shape (J,)
        Nodes of plain averages over P(k), E[f(u)] = sum_j weight_j f(u_j).
    q, chi : float
        q > 0.

    Notes
    -----
    190 points of x per degree and branch.
    """
    u = relative_degree[:, None]
    s = symmetry * gain**2 * chi * u
    width = gain * np.sqrt(u * q)
    share, weights = panels()

    def branch(start: FloatArray, end: FloatArray, sign: float) -> tuple[FloatArray, ...]:
        x = start + (end - start) * share
        dx = (end - start) * weights
        t2 = np.tanh(x) ** 2
        d = 1 - t2
        open_ = np.maximum(1 - s * d, 1e-13)
        z = (x - s * np.tanh(x)) / width
        g = np.exp(-0.5 * z**2) / (np.sqrt(2 * np.pi) * width) * dx
        return (
            sign * (t2 * g * open_).sum(axis=1),
            sign * (d * g).sum(axis=1),
            sign * (d**2 * g / open_).sum(axis=1),
            sign * (x**2 * g * open_).sum(axis=1),
        )

    top = outer_root(s, _Z_MAX * width)
    zero = outer_root(s, 0.0 * width)
    parts = branch(zero, top, 2.0)
    if rule == "equal":
        # From the fold, where the slope vanishes, to the root at z = 0: the well opposite to z.
        fold = np.where(s > 1, np.arccosh(np.sqrt(np.maximum(s, 1.0))), 0.0)
        there = branch(np.where(s > 1, fold, zero), zero, 1.0)
        limit = (s * np.tanh(fold) - fold) / width
        # Inside the trivalued range half of the probability moves to the other well.
        same = branch(zero, outer_root(s, np.minimum(limit, _Z_MAX) * width), 1.0)
        many = (s > 1)[:, 0]
        parts = tuple(
            p + np.where(many, a - b, 0.0) for p, a, b in zip(parts, there, same, strict=True)
        )
    tanh2, response, square, x2 = parts
    v = relative_degree
    if rule == "equal" and np.any(s > 1):
        # Wells about to vanish respond without bound: a density > 0 at 1 - s phi' = 0.
        square = np.full_like(square, np.inf)
    return StaticAverages(
        float(weight @ (v * tanh2)),
        float(weight @ (v * response)),
        gain**2 * float(weight @ (v**2 * square)),
        float(weight @ x2),
        float(weight @ (s[:, 0] > 1)),
    )


def has_density(law: DegreeLaw) -> TypeGuard[ContinuousLaw]:
    """Whether averages over a law follow its density; else it is a sum of atoms."""
    return isinstance(law, ContinuousLaw) and law.moment(2) > 1 + 1e-12


def density_range(law: ContinuousLaw) -> tuple[float, float]:
    """Range of ln u that averages cover."""
    low, high = law.log_range(1.0)
    return min(low, law.log_range(0.0)[0]), high


def base_nodes() -> tuple[FloatArray, FloatArray]:
    """Nodes and weights on 0 .. 1, from u_star outwards."""
    return composite_legendre(np.linspace(0.0, 1.0, 7), 12)


def law_nodes(law: DegreeLaw, u_star: float) -> tuple[FloatArray, FloatArray]:
    """Nodes of plain averages, clustered quadratically at u_star where the law has a density."""
    if not has_density(law):
        nodes = law.fine_nodes()
        if len(nodes) > _MANY_ATOMS:
            nodes = law.nodes(_COMPRESSED)
        keep = nodes.relative_degree > 0
        return nodes.relative_degree[keep], nodes.weight[keep]
    low, high = density_range(law)
    middle = float(np.clip(np.log(u_star) if u_star > 0 else low, low, high))
    y, w = base_nodes()
    parts = [
        (middle + sign * length * y**2, w * 2 * y * length)
        for sign, length in ((-1.0, middle - low), (1.0, high - middle))
        if length > 1e-9
    ]
    v = np.concatenate([p[0] for p in parts])
    w = np.concatenate([p[1] for p in parts])
    log_w = law.log_density(v, 0.0)
    w = w * np.exp(log_w - log_w.max())
    order = np.argsort(v)
    return np.exp(v[order]), (w / w.sum())[order]


def solve_fixed_points(
    law: DegreeLaw,
    gain: float,
    symmetry: float,
    *,
    rule: str = "outer",
    tolerance: float = 1e-10,
    find_root: RootFinder | None = None,
) -> FixedPointState:
    """The static state with the largest q and, at that q, the smallest chi.

    Parameters
    ----------
    tolerance : float
        Of ln q.
    find_root : callable, optional
        Of another engine: f(law, gain, symmetry, rule, tolerance); gain > 0. By default q and chi
        are bracketed one inside the other.

    Notes
    -----
    Where E[u tanh^2] < q for every q > 1e-9 the only static state is x = 0. About 200 evaluations
    of the averages.
    """
    if gain == 0:
        return _state(gain, symmetry, rule, StaticRoot(0.0, 1.0, 0, "success"), None)
    root = (find_root or bracketed_root)(law, gain, symmetry, rule, tolerance)
    strength = symmetry * gain**2 * root.chi
    u, w = law_nodes(law, 1.0 / strength if strength > 0 else 0.0)
    found = averages(u, w, gain, symmetry, root.q or SMALLEST_Q, root.chi, rule)
    return _state(gain, symmetry, rule, root, found)


def bracketed_root(
    law: DegreeLaw, gain: float, symmetry: float, rule: str, tolerance: float
) -> StaticRoot:
    """chi at given q by bracketing the first sign change from 0, then q on a logarithmic scale."""
    calls = 0

    def at(q: float, chi: float) -> StaticAverages:
        nonlocal calls
        calls += 1
        strength = symmetry * gain**2 * chi
        u, w = law_nodes(law, 1.0 / strength if strength > 0 else 0.0)
        return averages(u, w, gain, symmetry, q, chi, rule)

    def chi_of(q: float) -> float:
        def excess(chi: float) -> float:
            return at(q, chi).chi - chi

        if symmetry == 0:
            return at(q, 0.0).chi
        low, high = 0.0, 0.5 * at(q, 0.0).chi
        while excess(high) > 0:
            low, high = high, 1.3 * high
            if high > 1e6:
                return np.nan
        return float(brentq(excess, low, high, xtol=1e-12, rtol=1e-11))

    def gap(log_q: float) -> float:
        q = float(np.exp(log_q))
        return np.log(at(q, chi_of(q)).q / q)

    low = np.log(0.999)
    step = 0.7
    while low > np.log(SMALLEST_Q):
        trial = low - step
        if gap(trial) > 0:
            q = float(np.exp(brentq(gap, trial, low, xtol=tolerance, rtol=1e-12)))
            return StaticRoot(q, chi_of(q), calls, "success")
        low = trial
        step = min(1.3 * step, 3.0)
    return StaticRoot(0.0, chi_of(SMALLEST_Q), calls, "success")


def _state(
    gain: float, symmetry: float, rule: str, root: StaticRoot, found: StaticAverages | None
) -> FixedPointState:
    q, chi = root.q, root.chi
    residual = abs(found.q / q - 1) if found and q > 0 else 0.0
    instability = found.instability if found else 0.0
    if q < SILENT_Q and (instability < 1 or q > 0):
        region, message = "silent", "no static activity (q < 1e-4)"
    elif instability < 1:
        region, message = "frozen", "static activity, stable: many fixed points coexist"
    else:
        region = "unstable"
        message = (
            "the typical static state is unstable (Lambda >= 1): activity in time, or an atypical "
            "static state that single networks find"
        )
    return FixedPointState(
        gain,
        symmetry,
        q,
        chi,
        instability,
        found.variance_x if found and q > 0 else 0.0,
        found.bistable if found else 0.0,
        region,
        rule,
        bool(np.isfinite(residual) and residual < 1e-6 and root.retcode == "success"),
        residual,
        root.evaluations,
        message,
        root.retcode,
    )
