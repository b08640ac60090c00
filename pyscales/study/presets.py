"""Sizes of the study: `quick` for a laptop in minutes, `paper` for figures to print."""

from __future__ import annotations

from dataclasses import dataclass, field

from pyscales.analysis.lyapunov import LyapunovSettings
from pyscales.simulation import Simulation


@dataclass(frozen=True)
class Preset:
    """What the study computes; gains are ratios to the critical gain at symmetry 0.

    Attributes
    ----------
    n, mean_degree, sigma
        Of the default lognormal networks.
    sigmas : tuple of float
        Second axis of the phase diagram for the lognormal law; also the sigmas compared in the
        autocorrelations.
    symmetries : tuple of float
        Second axis for other laws.
    diagram_n : int
        Neurons of the phase-diagram networks.
    diagram_ratios, comparison_ratios : tuple of float
        Gain ratios of the phase diagram and of theory against simulation.
    comparison_n : int
        Neurons of the networks compared with theory (lognormal law).
    comparison_sigmas : tuple of float
        Sigmas of theory against simulation (lognormal law).
    spectrum_n : int
        Neurons of the networks whose full spectrum is drawn.
    positive_symmetry : float
        The symmetry > 0 of the spectrum and timescale figures.
    timescale_ratio : float
        Gain ratio of the timescale figures.
    diagram, comparison, timescale : Simulation
        How each part is simulated.
    theory_trajectories : int
        Sampled per solution for the timescales from theory, the self-couplings and the units; 0
        leaves them out, and the Lyapunov exponents with them.
    lyapunov_n, lyapunov_ratios, lyapunov
        Neurons, gain ratios and settings of the Lyapunov exponents.
    outlier_symmetry, outlier_sizes, outlier_networks
        Symmetry, sizes and networks per size of the hub outliers.
    """

    name: str
    n: int
    mean_degree: float
    sigma: float
    sigmas: tuple[float, ...]
    symmetries: tuple[float, ...]
    diagram_n: int
    diagram_ratios: tuple[float, ...]
    comparison_ratios: tuple[float, ...]
    comparison_n: int
    comparison_sigmas: tuple[float, ...]
    spectrum_n: int
    positive_symmetry: float
    timescale_ratio: float
    diagram: Simulation
    comparison: Simulation
    timescale: Simulation
    outlier_symmetry: float = 0.75
    outlier_sizes: tuple[int, ...] = (300, 1000, 3000, 10_000)
    outlier_networks: int = 3
    theory_trajectories: int = 0
    lyapunov_n: int = 1000
    lyapunov_ratios: tuple[float, ...] = (0.8, 1.0, 1.2, 1.5, 2.0)
    lyapunov: LyapunovSettings = field(
        default_factory=lambda: LyapunovSettings(
            n_networks=2, n_trials=1, transient=100.0, duration=150.0, dt=0.2
        )
    )


QUICK = Preset(
    name="quick",
    n=2000,
    mean_degree=100.0,
    sigma=0.5,
    sigmas=(0.0, 0.3, 0.6, 0.9, 1.2),
    symmetries=(-0.5, -0.25, 0.0, 0.25, 0.5),
    diagram_n=1000,
    diagram_ratios=(0.6, 0.8, 0.95, 1.1, 1.3, 1.6, 2.0),
    comparison_ratios=(1.7, 2.5),
    comparison_n=4000,
    comparison_sigmas=(0.5,),
    spectrum_n=1000,
    positive_symmetry=0.25,
    timescale_ratio=2.0,
    diagram=Simulation(n_trials=1, transient=150.0, duration=100.0, max_lag=0.0),
    comparison=Simulation(
        n_networks=4, n_trials=2, transient=80.0, duration=250.0, max_lag=50.0, rtol=1e-3
    ),
    timescale=Simulation(
        n_networks=1,
        n_trials=6,
        transient=150.0,
        duration=500.0,
        max_lag=100.0,
        max_autocorrelation_neurons=2000,
        record=8,
    ),
    theory_trajectories=300,
)

PAPER = Preset(
    name="paper",
    n=5000,
    mean_degree=200.0,
    sigma=0.5,
    sigmas=(0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.2),
    symmetries=(-0.75, -0.5, -0.25, 0.0, 0.25, 0.5, 0.75),
    diagram_n=4000,
    diagram_ratios=(0.5, 0.7, 0.8, 0.9, 0.95, 1.05, 1.1, 1.2, 1.35, 1.5, 1.75, 2.0),
    comparison_ratios=(1.5, 2.0, 3.0),
    comparison_n=8000,
    comparison_sigmas=(0.0, 0.5, 0.8),
    spectrum_n=2000,
    positive_symmetry=0.25,
    timescale_ratio=2.0,
    diagram=Simulation(n_trials=2, transient=400.0, duration=300.0, max_lag=0.0),
    comparison=Simulation(n_networks=6, n_trials=8, transient=200.0, duration=800.0, max_lag=80.0),
    timescale=Simulation(
        n_networks=4,
        n_trials=8,
        transient=300.0,
        duration=2000.0,
        max_lag=200.0,
        max_autocorrelation_neurons=2500,
        record=8,
    ),
    outlier_sizes=(300, 1000, 3000, 10_000, 30_000, 100_000),
    outlier_networks=4,
    theory_trajectories=700,
    lyapunov_n=4000,
    lyapunov_ratios=(0.8, 0.9, 1.0, 1.1, 1.2, 1.5, 2.0, 3.0),
    lyapunov=LyapunovSettings(n_networks=4, n_trials=1, transient=200.0, duration=400.0, dt=0.2),
)

SMOKE = Preset(
    name="smoke",
    n=200,
    mean_degree=16.0,
    sigma=0.5,
    sigmas=(0.3, 0.8),
    symmetries=(-0.5, 0.0, 0.5),
    diagram_n=200,
    diagram_ratios=(0.6, 2.0),
    comparison_ratios=(1.8, 2.5),
    comparison_n=200,
    comparison_sigmas=(0.5,),
    spectrum_n=200,
    positive_symmetry=0.25,
    timescale_ratio=2.2,
    diagram=Simulation(n_trials=1, transient=20.0, duration=20.0, max_lag=0.0),
    comparison=Simulation(n_networks=2, n_trials=1, transient=20.0, duration=60.0, max_lag=20.0),
    timescale=Simulation(n_trials=2, transient=30.0, duration=80.0, max_lag=30.0, record=5),
)

PRESETS = {p.name: p for p in (QUICK, PAPER, SMOKE)}
