"""Timescale estimators on signals of known time: bias, ranks and coverage, as tables.

Run with ``python benchmarks/estimators.py``. First simulated calcium (Ornstein-Uhlenbeck rates,
Poisson events, indicator, noise, 6.3 frames per second), then plain Ornstein-Uhlenbeck signals
against neurodsp, statsmodels and mrestimator where these are installed, then speed with --speed.
"""

from __future__ import annotations

import argparse
import logging
import resource
import tempfile
import time
import warnings
from collections.abc import Callable

import numpy as np
from scipy.stats import spearmanr

from pyscales.connectome.observation import Observation, observe
from pyscales.timescales import EstimatorSettings, bias_curve, trace_timescales
from pyscales.timescales.synthetic import ornstein_uhlenbeck

FS = 6.3009


def calcium(minutes: float, cells: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Fluorescence, true timescale and signal to noise."""
    rng = np.random.default_rng(seed)
    tau = np.exp(0.7 * rng.standard_normal(cells))
    frames = int(minutes * 60 * FS)
    x = ornstein_uhlenbeck(tau, FS, frames, rng)
    film = observe(x, 1 / FS, Observation(snr=2.0, rate=20.0), rng)
    return film.fluorescence, tau, film.snr


def calcium_table(cells: int) -> None:
    """Bias, rank correlation, dependence on noise, coverage for two lengths."""
    print(
        "\n| recording | estimator | median est/true | Spearman with true | with signal to noise "
        "| covers true (95 %) | share usable |\n|---|---|---|---|---|---|---|"
    )
    for minutes in (106.0, 8.0):
        film, tau, snr = calcium(minutes, cells, 0)
        lag = 9.5
        rows: dict[str, EstimatorSettings] = {
            name: EstimatorSettings(methods=(name,), max_lag=lag, n_blocks=8, fast=1.2, min_r2=0.3)
            for name in ("fit", "ar1", "hwhm", "efold", "integral", "two_exponentials")
        }
        rows["two_exponentials, decay 1.8"] = EstimatorSettings(
            methods=("two_exponentials",), max_lag=lag, n_blocks=8, fast=1.8, min_r2=0.3
        )
        for name, settings in rows.items():
            found = trace_timescales(film, FS, settings)[settings.methods[0]]
            good = found.usable
            value = found.value[good]
            covers = (found.low <= tau) & (tau <= found.high)
            line(f"{minutes:g} min", name, value, tau[good], snr[good], covers[good], good.mean())
            if name == "fit":
                curve = bias_curve(
                    FS,
                    film.shape[0],
                    settings=settings,
                    truths=np.geomspace(0.15, 6.0, 10),
                    decay=1.2,
                    snr=2.0,
                    n_traces=60,
                )
                value = curve.correct(found.value)
                low, high = curve.correct(found.low), curve.correct(found.high)
                low, high = np.nan_to_num(low, nan=0.0), np.nan_to_num(high, nan=np.inf)
                good = np.isfinite(value)
                covers = (low <= tau) & (tau <= high)
                line(
                    f"{minutes:g} min",
                    "fit, corrected by simulation",
                    value[good],
                    tau[good],
                    snr[good],
                    covers[good],
                    good.mean(),
                )


def line(
    length: str,
    name: str,
    value: np.ndarray,
    tau: np.ndarray,
    snr: np.ndarray,
    covers: np.ndarray,
    share: float,
) -> None:
    """One row of the calcium table."""
    print(
        f"| {length} | {name} | {np.median(value / tau):.2f} | {spearmanr(value, tau)[0]:.2f} "
        f"| {spearmanr(value, snr)[0]:+.2f} | {covers.mean():.2f} | {share:.2f} |",
        flush=True,
    )


def comparison_table(cells: int) -> None:
    """The same signals, clean and with noise, through several packages."""
    print(
        "\n| signal | package: estimator | median est/true | sd of ln(est/true) | Spearman "
        "| ms per trace |\n|---|---|---|---|---|---|"
    )
    rng = np.random.default_rng(1)
    tau = np.exp(0.7 * rng.standard_normal(cells))
    clean = ornstein_uhlenbeck(tau, FS, 6000, rng)
    for label, x in (
        ("clean", clean),
        ("noise of equal variance", clean + rng.standard_normal(clean.shape)),
    ):
        for name, estimate in estimators().items():
            start = time.perf_counter()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                value = estimate(x)
            each = 1e3 * (time.perf_counter() - start) / cells
            good = np.isfinite(value) & (value > 0)
            ratio = np.log(value[good] / tau[good])
            print(
                f"| {label} | {name} | {np.exp(np.median(ratio)):.2f} | {ratio.std():.2f} "
                f"| {spearmanr(value[good], tau[good])[0]:.2f} | {each:.2g} |",
                flush=True,
            )


def estimators() -> dict[str, Callable[[np.ndarray], np.ndarray]]:
    """Estimators of this and of other packages, each from (time, units) to seconds."""

    def ours(method: str) -> Callable[[np.ndarray], np.ndarray]:
        settings = EstimatorSettings(methods=(method,), max_lag=10.0, min_r2=0.3)
        return lambda x: trace_timescales(x, FS, settings)[method].value

    found = {f"pyscales: {m}": ours(m) for m in ("fit", "efold", "ar1", "integral")}
    try:
        from neurodsp.aperiodic.autocorr import compute_autocorr, compute_decay_time

        def neurodsp(x: np.ndarray) -> np.ndarray:
            out = []
            for trace in x.T:
                times, rho = compute_autocorr(trace, max_lag=63, demean=True)
                out.append(compute_decay_time(times, rho, FS, level=np.exp(-1)))
            return np.array(out, dtype=float)

        found["neurodsp: compute_decay_time at 1/e"] = neurodsp
    except ImportError:
        print("neurodsp is not installed")
    try:
        from statsmodels.tsa.ar_model import AutoReg

        def statsmodels(x: np.ndarray) -> np.ndarray:
            phi = np.array([AutoReg(trace, 1).fit().params[1] for trace in x.T])
            return np.where(phi > 0, -1 / (FS * np.log(np.maximum(phi, 1e-12))), np.nan)

        found["statsmodels: AutoReg(1)"] = statsmodels
    except ImportError:
        print("statsmodels is not installed")
    try:
        import mrestimator

        logging.getLogger("mrestimator").setLevel(logging.ERROR)

        def mre(x: np.ndarray) -> np.ndarray:
            out = []
            for trace in x.T:
                rk = mrestimator.coefficients(
                    trace[None, :], steps=(1, 63), dt=1e3 / FS, dtunit="ms", method="sm"
                )
                out.append(mrestimator.fit(rk, fitfunc=mrestimator.f_exponential_offset).tau / 1e3)
            return np.array(out)

        found["mrestimator: exponential with offset"] = mre
    except Exception as error:
        print(f"mrestimator is not usable: {error}")
    return found


def speed(units: int, frames: int) -> None:
    """Time and memory for a large recording on disk."""
    with tempfile.NamedTemporaryFile() as file:
        film = np.memmap(file.name, np.float32, "w+", shape=(frames, units))
        rng = np.random.default_rng(0)
        for start in range(0, frames, 1000):
            part = film[start : start + 1000]
            part[:] = 200 + rng.standard_normal(part.shape, dtype=np.float32)
        film.flush()
        del film
        film = np.memmap(file.name, np.float32, "r", shape=(frames, units))
        before = time.process_time()
        start = time.perf_counter()
        trace_timescales(film, FS, EstimatorSettings())
        print(
            f"\n{units} traces x {frames} frames: {time.perf_counter() - start:.0f} s, "
            f"{time.process_time() - before:.0f} s of one core, "
            f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB with the map"
        )


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cells", type=int, default=200)
    parser.add_argument("--compare", type=int, default=100, help="traces of the comparison")
    parser.add_argument("--speed", action="store_true", help="10,000 traces x 40,000 frames")
    options = parser.parse_args()
    calcium_table(options.cells)
    comparison_table(options.compare)
    if options.speed:
        speed(10_000, 40_000)


if __name__ == "__main__":
    main()
