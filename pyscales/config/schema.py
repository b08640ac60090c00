"""The configuration file: sections, keys, defaults. Ranges of the physics live with the model."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Job = Literal[
    "critical-gain",
    "dmft",
    "simulate",
    "timescales",
    "spectrum",
    "phase-diagram",
    "lyapunov",
    "ucna",
]


class Section(BaseModel):
    """A section that refuses unknown keys."""

    model_config = ConfigDict(extra="forbid", validate_default=True)


class RunSection(Section):
    """What to compute."""

    jobs: list[Job] = Field(
        ["critical-gain", "dmft", "simulate", "timescales"], description="Jobs, in this order."
    )
    seed: int = Field(1, ge=0, description="Same seed, same result.")
    engine: Literal["auto", "scipy", "julia", "mkl"] = Field("auto", description="Engine to use.")


class DegreesSection(Section):
    """The degree law."""

    law: Literal["lognormal", "homogeneous", "gamma", "power-law", "empirical"] = Field(
        "lognormal", description="Family of the expected degrees."
    )
    mean_degree: float | None = Field(None, description="<k>; 100 if left out.")
    sigma: float | None = Field(None, description="Lognormal: sd of ln k; 0.5 if left out.")
    k_max: float | None = Field(None, description="Largest degree (lognormal, power law).")
    shape: float | None = Field(None, description="Gamma: CV of the degrees is shape^(-1/2).")
    exponent: float | None = Field(None, description="Power law: exponent of the density.")
    file: str | None = Field(None, description="Empirical: file of degrees or edge list.")
    kind: Literal["auto", "degrees", "edges"] = Field("auto", description="What the file holds.")
    direction: Literal["total", "in", "out"] = Field(
        "total", description="Degree counted from an edge list."
    )


class ModelSection(Section):
    """The network model."""

    gain: float = Field(1.5, description="g >= 0.")
    symmetry: float = Field(0.0, description="corr(J_ij, J_ji), -1..1.")
    n: int | None = Field(None, description="Neurons; needed to simulate.")
    theory_degrees: Literal["auto", "nominal", "finite", "capped", "realised"] = Field(
        "auto", description="Degrees the theory uses; auto: finite when n is given."
    )


class TimeConstantsSection(Section):
    """Time constants of the neurons, in units of their geometric mean; simulations only."""

    law: Literal["homogeneous", "lognormal", "log-uniform", "file"] = Field(
        "homogeneous", description="All one, or spread."
    )
    spread: float | None = Field(None, description="Lognormal: sd of ln tau; log-uniform: decades.")
    file: str | None = Field(None, description="File with one time constant per line.")


class NetworkSection(Section):
    """How networks are drawn."""

    kind: Literal["chung-lu", "dense"] = Field("chung-lu", description="Graph or dense surrogate.")
    directed: bool = Field(False, description="Draw A_ij and A_ji independently.")
    cap: Literal["clip", "norros-reittu"] = Field("clip", description="Probabilities above one.")
    degree_sampling: Literal["quantiles", "random"] = Field(
        "quantiles", description="Expected degrees: N quantiles of the law, or N draws."
    )


class SimulationSection(Section):
    """How to simulate; times in membrane time constants."""

    n_networks: int = Field(1, description="Sampled networks.")
    n_trials: int = Field(4, description="Initial states per network.")
    transient: float = Field(100.0, description="Discarded time.")
    duration: float = Field(400.0, description="Observed time.")
    sample_interval: float = Field(0.5, description="Distance of samples.")
    max_lag: float = Field(50.0, description="Longest lag; 0 for no autocorrelation.")
    max_autocorrelation_neurons: int = Field(2000, description="Neurons with their own.")
    record: int = Field(0, description="Neurons whose traces are kept.")
    initial_scale: float = Field(1.0, description="Standard deviation of the initial state.")
    solver: str = Field("auto", description="auto, nonstiff, stiff.")
    method: str = Field(
        "auto", description="auto, RK45, DOP853, RK23, BDF, ETD3, ETD3D, ETD1, RK4, Euler."
    )
    rtol: float = Field(1e-4, description="Relative tolerance (adaptive).")
    atol: float = Field(1e-6, description="Absolute tolerance (adaptive).")
    dt: float = Field(0.1, description="Step (fixed-step methods).")
    precision: str = Field("double", description="double, single (products of W only).")
    workers: int = Field(2, description="Threads; results do not depend on it.")


class DmftSection(Section):
    """Mean-field theory."""

    max_lag: float | None = Field(None, gt=0, description="Longest lag; ten decay times.")
    n_lags: int = Field(401, ge=2, le=1_000_000, description="Lags returned.")
    n_nodes: int = Field(48, ge=4, le=400, description="Degree nodes of the averages.")
    trajectories: int = Field(
        700, ge=50, le=1_000_000, description="Symmetry != 0: sampled trajectories per seed."
    )
    n_seeds: int = Field(4, ge=2, le=1000, description="Symmetry != 0: independent solutions.")
    replicas: int = Field(
        5, ge=2, le=10_000, description="Symmetry != 0: evaluations of the averages per solution."
    )
    tolerance: float = Field(5e-4, gt=0, description="Symmetry != 0: residual of C and chi.")
    root: Literal["anderson", "newton"] = Field(
        "anderson", description="Symmetry != 0: how C and G are solved for; newton needs Julia."
    )


class SpectrumSection(Section):
    """Spectrum of the Jacobian at the origin or at states of the network."""

    at: Literal["origin", "trajectory", "fixed-point"] = Field(
        "origin", description="Where the Jacobian is taken."
    )
    method: Literal["auto", "dense", "arnoldi", "stochastic", "theory"] = Field(
        "auto", description="dense to N = 3000."
    )
    k: int = Field(20, ge=1, description="Eigenvalues wanted (arnoldi).")
    which: Literal["LR", "LM"] = Field("LR", description="Rightmost or largest (arnoldi).")
    snapshots: int = Field(4, ge=1, description="States of the trajectory.")
    transient: float = Field(100.0, ge=0, description="Time before the first state.")
    interval: float = Field(10.0, gt=0, description="Time between two states.")
    left: bool | None = Field(
        None, description="Left eigenvectors, condition numbers; dense only if left out."
    )
    points: int = Field(10, ge=1, description="Points of the density (stochastic).")
    width: float = Field(0.1, gt=0, description="Smoothing over the radius (stochastic).")
    probes: int = Field(2, ge=1, description="Random vectors (stochastic).")
    workers: int = Field(2, ge=1, description="Threads; results do not depend on it.")


class LyapunovSection(Section):
    """Lyapunov exponents of sampled networks; times in membrane time constants."""

    gains: list[float] | None = Field(None, min_length=1, description="Gains; model.gain.")
    n_networks: int = Field(1, description="Sampled networks.")
    n_trials: int = Field(2, description="Initial states per network.")
    n_exponents: int = Field(1, description="The first m exponents.")
    transient: float = Field(100.0, description="Discarded time.")
    duration: float = Field(400.0, description="Observed time.")
    interval: float = Field(1.0, description="Time between orthonormalisations.")
    dt: float = Field(0.1, description="Runge-Kutta step.")
    initial_scale: float = Field(1.0, description="Standard deviation of the initial state.")
    workers: int = Field(2, description="Threads; results do not depend on it.")


class UcnaSection(Section):
    """Units with coloured noise that stand for degree classes."""

    relative_degree: list[float] | None = Field(
        None, min_length=1, description="k/<k> of the classes; 10, 50 and 90 % quantiles."
    )
    sample: bool = Field(False, description="Sample walkers with the mean-field noise too.")


class TimescalesSection(Section):
    """Timescales per neuron."""

    methods: list[Literal["hwhm", "efold", "fit", "integral", "rho2"]] = Field(
        ["hwhm", "efold", "fit", "integral", "rho2"], description="Estimators."
    )
    mean: Literal["keep", "subtract"] = Field("keep", description="Temporal mean of x.")


class PhaseDiagramSection(Section):
    """Grid of the phase diagram."""

    axis: Literal["sigma", "symmetry"] = Field("sigma", description="Second axis.")
    values: list[float] = Field(
        [0.0, 0.25, 0.5, 0.75, 1.0], min_length=1, description="Values of the second axis."
    )
    gains: list[float] = Field(
        [0.4, 0.6, 0.8, 1.0, 1.2, 1.5, 2.0], min_length=1, description="Gains."
    )
    simulate: bool = Field(False, description="Simulate every point.")


class Config(Section):
    """A whole configuration file."""

    run: RunSection = RunSection()
    degrees: DegreesSection = DegreesSection()
    model: ModelSection = ModelSection()
    time_constants: TimeConstantsSection = TimeConstantsSection()
    network: NetworkSection = NetworkSection()
    simulation: SimulationSection = SimulationSection()
    dmft: DmftSection = DmftSection()
    spectrum: SpectrumSection = SpectrumSection()
    lyapunov: LyapunovSection = LyapunovSection()
    ucna: UcnaSection = UcnaSection()
    timescales: TimescalesSection = TimescalesSection()
    phase_diagram: PhaseDiagramSection = PhaseDiagramSection()
