"""Mean-field theory with memory against networks, point by point; one JSON file per piece of work.

Run with ``python benchmarks/memory_vs_network.py --out DIR``; a stopped run goes on where it was.
``python benchmarks/memory_tables.py DIR`` makes the tables. `dense` is the surrogate
W_ij = g sqrt(u_i u_j/N) J_ij, which has no graph effects; `chung-lu` the sparse graph, with theory
on its capped degrees. Run lengths are multiples of the half width of theory. Every network of every
point has random numbers of its own.

The susceptibility of the network needs no perturbation: integrating by parts over the Gaussian
couplings, sum_ij <phi_i W_ij phi_j> at frequency w is N g^2 C(w) [G(w)* + symmetry G(w)], and the
input sum_j W_ij phi_j is (1 + i w) x_i. Hence

    chi = mean_i <x_i phi_i*> / ((1 + symmetry) g^2 mean_i u_i <|phi_i|^2>)    at low frequency,

with u_i the realised k_i/<k> in graphs.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from scipy import fft

from pyscales import Lognormal, Model, solve_dmft
from pyscales.analysis.dmft_memory import solve_chosen, static_state
from pyscales.analysis.theory_degrees import theory_degrees
from pyscales.engines import get_engine
from pyscales.simulation.observables import phase_label
from pyscales.theory.gaussian import mean_slope_tanh
from pyscales.theory.memory_degrees import degree_curves, degree_paths
from pyscales.theory.memory_solver import MemoryOptions
from pyscales.theory.memory_state import half_width, mean_and_error
from pyscales.theory.stationary import correlation_phi_of_degree

QUANTILES = np.array([0.02, 0.25, 0.5, 0.75, 0.98])
WINDOW = 0.25
DENSITY_WINDOW = 0.1
N_BINS = 24
SLOW = 0.05
FAST = 11.5


def numbers(text: str) -> list[float]:
    """Numbers from 'a,b,c'."""
    return [float(v) for v in text.split(",")]


def log_slope(u: np.ndarray, width: np.ndarray) -> float:
    """Least-squares slope of ln width on ln u."""
    good = np.isfinite(width) & (width > 0)
    if good.sum() < 3 or np.ptp(np.log(u[good])) < 0.1:
        return float("nan")
    return float(np.polyfit(np.log(u[good]), np.log(width[good]), 1)[0])


def theory_point(model: Model, options: argparse.Namespace) -> dict[str, Any]:
    """Mean field of one point: means and standard errors over independent solutions."""
    chosen = theory_degrees(model)
    if model.symmetry == 0:
        return exact_point(model)
    engine = get_engine(options.theory_engine)
    static = static_state(chosen, model.symmetry, engine)
    if static is not None and static.region == "frozen":
        return {"phase": "frozen", "q": static.q, "static_instability": static.instability}
    state = solve_chosen(
        chosen,
        model.symmetry,
        engine,
        MemoryOptions(
            trajectories=options.trajectories,
            n_seeds=options.seeds,
            tolerance=options.tolerance,
            max_window=options.max_window,
            workers=1,
        ),
        options.seed,
    )
    if state is None or state.phase != "chaotic":
        return {
            "phase": "silent" if state is None else state.phase,
            "static_instability": None if static is None else static.instability,
        }
    u = np.unique(chosen.law.quantile(QUANTILES))
    curves = degree_curves(state, u, trajectories=64, seed=options.seed, workers=1)
    population = state.weight / state.relative_degree
    c_x = state.autocorrelation_x_of_node @ population
    lag = state.lag

    def widths(rows: np.ndarray) -> np.ndarray:
        return np.array([[half_width(lag, c) for c in seed.T] for seed in rows])

    wx, wphi = widths(curves.x), widths(curves.phi)
    values = {
        "variance_x": c_x[:, 0],
        "variance_phi": state.autocorrelation[:, 0],
        "chi": state.susceptibility,
        "half_width_x": np.array([half_width(lag, c) for c in c_x]),
        "half_width_phi": np.array([half_width(lag, c) for c in state.autocorrelation]),
        "variance_x_of_degree": curves.x[:, 0],
        "half_width_x_of_degree": wx,
        "half_width_phi_of_degree": wphi,
        "slope_x": np.array([log_slope(u, w) for w in wx]),
        "slope_phi": np.array([log_slope(u, w) for w in wphi]),
    }
    out: dict[str, Any] = {"phase": "chaotic", "converged": state.converged, "u": u.tolist()}
    out["residual"] = state.residual
    for name, v in values.items():
        mean, error = mean_and_error(v)
        out[name], out[f"{name}_error"] = np.asarray(mean).tolist(), np.asarray(error).tolist()
    out["static_instability"] = None if static is None else static.instability
    out |= {"lag": lag.tolist(), "c_x": c_x.mean(axis=0).tolist()}
    out["c_phi"] = state.autocorrelation.mean(axis=0).tolist()
    out["c_x_error"] = (c_x.std(axis=0, ddof=1) / np.sqrt(len(c_x))).tolist()
    out["c_x_of_degree"] = curves.x.mean(axis=0).T.tolist()
    out |= {"response": state.response.mean(axis=0).tolist(), "dt": state.plan.dt}
    # Densities: bins of |x| with equal probability in theory, counts per seed.
    paths = degree_paths(state, u, trajectories=48, seed=options.seed)
    edges, shares = [], []
    for k in range(u.size):
        x = np.abs(paths[:, :, k]).reshape(paths.shape[0], -1)
        cut = np.quantile(x, np.linspace(0, 1, N_BINS + 1))
        cut[0], cut[-1] = 0.0, 1e3
        edges.append(cut.tolist())
        shares.append([(np.histogram(row, cut)[0] / row.size).tolist() for row in x])
    return out | {"edges": edges, "shares": shares}


def exact_point(model: Model) -> dict[str, Any]:
    """Symmetry 0: the exact solution."""
    found = solve_dmft(model, n_lags=2001)
    names = ("variance_x", "variance_phi", "timescale_hwhm", "timescale_hwhm_phi")
    keys = ("variance_x", "variance_phi", "half_width_x", "half_width_phi")
    out: dict[str, Any] = {"phase": found.attrs["phase"], "converged": True}
    for key, name in zip(keys, names, strict=True):
        out[key], out[f"{key}_error"] = float(found.scalars[name]), 0.0
    law = theory_degrees(model).law
    nodes = law.nodes(48, size_bias=1.0)
    slope = mean_slope_tanh(nodes.relative_degree * found.scalars["d0"])
    out |= {"chi": float(nodes.weight @ slope), "chi_error": 0.0}
    u = np.unique(law.quantile(QUANTILES))
    rho = found.curves["autocorrelation_x"] / found.scalars["d0"]
    c = correlation_phi_of_degree(u, found.scalars["d0"], rho)
    phi = np.array([half_width(found.lag, v) for v in c.T])
    out |= {"slope_x": 0.0, "slope_x_error": 0.0, "slope_phi_error": 0.0}
    return out | {"slope_phi": log_slope(u, phi), "u": u.tolist()}


def correlations(z: np.ndarray, n_lags: int) -> np.ndarray:
    """<z(t) z(t + lag)>, shape (rows, lags); unbiased, mean kept; rows of shape (rows, time)."""
    n = z.shape[1]
    size = fft.next_fast_len(n + n_lags, real=True)
    power = np.abs(fft.rfft(z, size, axis=1)) ** 2
    return fft.irfft(power, size, axis=1)[:, :n_lags] / (n - np.arange(n_lags))


def regressed(u: np.ndarray, values: np.ndarray, at: float, window: float) -> np.ndarray:
    """Values of neurons at relative degree `at`: local parabola in ln u."""
    distance = np.log(u / at)
    near = np.abs(distance) < window
    d = distance[near]
    if np.ptp(d) < 1e-9:
        return values[near].mean(axis=0)
    design = np.stack([np.ones_like(d), d, d**2], axis=1)
    return np.linalg.lstsq(design, values[near], rcond=None)[0][0]


def trajectories(
    model: Model,
    trials: int,
    transient: float,
    duration: float,
    interval: float,
    seed: np.random.SeedSequence,
    step: float | None = None,
) -> tuple[np.ndarray, ...]:
    """k/<k>, samples (trials, time, neurons), <x^2>, <phi^2> (trials, neurons), realised k/<k>.

    Exponential Adams-Bashforth steps of third order in single precision: the leak is exact, the
    error of the slow input O(h^3), one product with W per step. The default steps
    are 0.25 membrane times, and 0.1 at negative symmetry, whose eigenvalues are far from the real
    axis. Steps of 0.25 lower C(0) by 0.1 to 0.2 % where the half width is 10.
    """
    for_network, for_states = seed.spawn(2)
    network = model.sample(for_network)
    w = network.scaled(model.gain).astype(np.float32)
    h = step or (0.25 if model.symmetry >= 0 else 0.1)
    x = np.random.default_rng(for_states).standard_normal((network.n, trials)).astype(np.float32)
    # Weights of the inputs at 0, -1, -2 steps: int_0^h e^(s - h) of Lagrange's parabola.
    nodes, weights = np.polynomial.legendre.leggauss(12)
    s = (nodes + 1) / 2
    kernel = h / 2 * weights * np.exp(h * (s - 1))
    b = [
        np.float32(kernel @ ((s + 1) * (s + 2) / 2)),
        np.float32(-kernel @ (s * (s + 2))),
        np.float32(kernel @ (s * (s + 1) / 2)),
    ]
    keep = np.float32(np.exp(-h))
    steps = round(transient / h)
    every = round(interval / h)
    n_samples = int(duration / interval)
    samples = np.empty((trials, n_samples, network.n), dtype=np.float32)
    past = [w @ np.tanh(x)] * 3
    square, phi_square = np.zeros((2, network.n, trials))
    for step in range(steps + n_samples * every):
        phi = np.tanh(x)
        past = [w @ phi, past[0], past[1]]
        if step >= steps and (step - steps) % every == 0:
            samples[:, (step - steps) // every] = x.T
            square += x * x
            phi_square += phi * phi
        x = keep * x + b[0] * past[0] + b[1] * past[1] + b[2] * past[2]
    realised = network.realised_degrees / network.mean_degree
    square, phi_square = square.T / n_samples, phi_square.T / n_samples
    return network.relative_degrees, samples, square, phi_square, realised


def network_point(
    model: Model,
    theory: dict[str, Any],
    options: argparse.Namespace,
    seed: np.random.SeedSequence,
) -> dict[str, Any]:
    """Averages of one sampled network over its trials."""
    width = theory.get("half_width_x", float("nan"))
    moving = theory["phase"] == "chaotic" and np.isfinite(width)
    transient = float(np.clip(5 * width, 40, 300)) if moving else options.still_transient
    duration = float(np.clip(options.length * width, 120, options.longest)) if moving else 60.0
    dt = 0.5
    trials = options.trials if moving else min(options.trials, 4)
    step = 0.125 if width < FAST else None
    u_all, x, square, phi_square, inputs = trajectories(
        model, trials, transient, duration, dt, seed, step
    )
    mean = x.mean(axis=1)
    f, static = float((square - mean**2).mean()), float((mean**2).mean())
    out: dict[str, Any] = {
        "phase": phase_label(f, static),
        "temporal_variance": f,
        "static_power": static,
        "transient": transient,
        "duration": duration,
        "trials": trials,
        "variance_x": float(square.mean()),
        # C as the neurons receive it: sum_ij A_ij phi_j^2 weighs with the realised degrees.
        "variance_phi": float((inputs * phi_square.mean(axis=0)).mean()),
        "variance_phi_expected": float((u_all * phi_square.mean(axis=0)).mean()),
    }
    if not moving:
        return out
    # Up to 4000 neurons, evenly over the ranks of the degrees.
    chosen = np.unique(np.round(np.linspace(0, u_all.size - 1, 4000)).astype(int))
    chosen = np.argsort(u_all, kind="stable")[chosen]
    u, inputs, x = u_all[chosen], inputs[chosen], x[:, :, chosen]
    trials, n_time, n = x.shape
    n_lags = int(min(4 * width, duration / 3) / dt) + 1
    c_x, c_phi = np.zeros((n, n_lags)), np.zeros((n, n_lags))
    taper = np.hanning(n_time + 2)[1:-1]
    slow = max(1, int(SLOW / (2 * np.pi) * duration) + 1)
    omega = 2 * np.pi * np.arange(slow) / duration
    cross, power = np.zeros(n), np.zeros(n)
    for trial in x:
        for a in range(0, n, 1000):
            rows = np.ascontiguousarray(trial[:, a : a + 1000].T)
            phi = np.tanh(rows)
            c_x[a : a + 1000] += correlations(rows, n_lags) / trials
            c_phi[a : a + 1000] += correlations(phi, n_lags) / trials
            fx = fft.rfft(rows * taper, axis=1)[:, :slow] * (1 + 1j * omega)
            fp = fft.rfft(phi * taper, axis=1)[:, :slow]
            cross[a : a + 1000] += (fx * fp.conj()).real.sum(axis=1)
            power[a : a + 1000] += (np.abs(fp) ** 2).sum(axis=1)
    lag = dt * np.arange(n_lags)
    out["chi_raw"] = float(
        cross.mean() / ((1 + model.symmetry) * model.gain**2 * (inputs * power).mean())
    )
    out |= {
        "regression": "parabola",
        "slow_bins": slow,
        "lag": lag.tolist(),
        "c_x": c_x.mean(axis=0).tolist(),
    }
    weighted = (inputs[:, None] * c_phi).mean(axis=0)
    out["c_phi"] = weighted.tolist()
    out["half_width_x"] = half_width(lag, c_x.mean(axis=0))
    out["half_width_phi"] = half_width(lag, weighted)
    of_degree = [regressed(u, c_x, v, WINDOW) for v in theory["u"]]
    phi_of_degree = [regressed(u, c_phi, v, WINDOW) for v in theory["u"]]
    out["variance_x_of_degree"] = [float(c[0]) for c in of_degree]
    out["half_width_x_of_degree"] = [half_width(lag, c) for c in of_degree]
    out["half_width_phi_of_degree"] = [half_width(lag, c) for c in phi_of_degree]
    if len(theory["u"]) > 1:
        for name in ("x", "phi"):
            widths = np.array(out[f"half_width_{name}_of_degree"])
            out[f"slope_{name}"] = log_slope(np.array(theory["u"]), widths)
    out["shares"] = []
    for v, edges in zip(theory["u"], theory.get("edges", []), strict=False):
        near = np.abs(np.log(u / v)) < DENSITY_WINDOW
        # Within the window x scales about like sqrt(u); what is left of the width is O(1e-3).
        values = np.abs(x[:, :, near] / np.sqrt(u[near] / v)).ravel()
        out["shares"].append((np.histogram(values, edges)[0] / values.size).tolist())
    return out


def stored(path: Path, make: Any) -> dict[str, Any]:
    """The content of a JSON file, made first if it is not there."""
    if path.exists():
        return dict(json.loads(path.read_text()))
    start = time.process_time()
    made = make()
    made["cpu_seconds"] = time.process_time() - start
    part = path.with_suffix(".part")
    part.write_text(json.dumps(made))
    part.rename(path)
    print(f"{path.name}: {made['phase']}, {made['cpu_seconds']:.0f} s", file=sys.stderr, flush=True)
    return dict(made)


def main() -> None:
    """Theory and networks of every point that has no file yet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--kind", choices=("dense", "chung-lu"), default="dense")
    parser.add_argument("--n", type=int, default=4000)
    parser.add_argument("--mean-degree", type=float, default=100.0)
    parser.add_argument("--networks", type=int, default=3)
    parser.add_argument("--trials", type=int, default=16)
    parser.add_argument("--length", type=float, default=14.0, help="Half widths per run.")
    parser.add_argument("--longest", type=float, default=900.0, help="Longest run.")
    parser.add_argument("--still-transient", type=float, default=600.0, help="Silent points.")
    parser.add_argument("--gains", type=numbers, default=[2.0, 1.5, 1.2])
    parser.add_argument("--sigmas", type=numbers, default=[0.0, 0.5, 0.8])
    parser.add_argument("--symmetries", type=numbers, default=[0.25, 0.5, -0.5])
    parser.add_argument("--seeds", type=int, default=4, help="Theory: independent solutions.")
    parser.add_argument("--trajectories", type=int, default=700)
    parser.add_argument("--tolerance", type=float, default=5e-4)
    parser.add_argument("--max-window", type=float, default=500.0, help="Theory: longest lag.")
    parser.add_argument("--theory-of", help="Take theory from the files of this label.")
    parser.add_argument("--theory-engine", default="scipy")
    parser.add_argument("--seed", type=int, default=11)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    points = [(y, s, g) for y in options.symmetries for s in options.sigmas for g in options.gains]
    label = f"{options.kind}-{options.n}"
    if options.kind != "dense":
        label += f"-{options.mean_degree:g}"
    # All points with one network first, then the second network of each, and so on.
    for index in range(max(options.networks, 1)):
        for symmetry, sigma, gain in points:
            name = f"{label}_g{gain:g}_s{sigma:g}_y{symmetry:g}"
            model = Model(
                Lognormal(options.mean_degree, sigma),
                gain,
                symmetry,
                n=options.n,
                kind=options.kind,
                theory_degrees="capped" if options.kind == "chung-lu" else "finite",
            )
            theory_file = options.out / f"{name}_theory.json"
            if options.theory_of:
                theory_file = options.out / theory_file.name.replace(label, options.theory_of, 1)
                if not theory_file.exists():
                    parser.error(f"{theory_file} is not there")
            theory = stored(theory_file, lambda model=model: theory_point(model, options))
            if (theory["phase"] == "silent" and index >= 2) or options.networks == 0:
                continue
            stored(
                options.out / f"{name}_{index}.json",
                lambda model=model, theory=theory, index=index, name=name: network_point(
                    model,
                    theory,
                    options,
                    np.random.SeedSequence([options.seed, index, crc32(name.encode())]),
                ),
            )


if __name__ == "__main__":
    main()
