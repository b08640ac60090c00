"""The model run on a measured wiring diagram, seen directly and through a calcium recording."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from pyscales.connectome.containers import Connectome
from pyscales.connectome.observation import Observation, observe
from pyscales.connectome.reciprocity import effective_symmetry
from pyscales.connectome.statistics import PartialSpearman, partial_spearman
from pyscales.connectome.theory_on_wiring import theory_of_wiring
from pyscales.connectome.wiring import wiring_degrees
from pyscales.engines import get_engine
from pyscales.engines.base import SamplingPlan, SolverStatus
from pyscales.errors import InputError
from pyscales.network.couplings import sample_couplings
from pyscales.simulation.observables import phase_label
from pyscales.timescales import EstimatorSettings, TraceTimescales, trace_timescales

FloatArray = NDArray[np.float64]

RULES = ("equal", "synapses", "sqrt_synapses", "size")


def wiring_weights(
    connectome: Connectome, *, symmetry: float, rule: str = "equal", seed: int = 0
) -> csr_array:
    r"""Couplings on the measured graph at unit gain.

    .. math:: W_{ij} = s_{ij} J_{ij} / \sqrt{\langle k \rangle}, \qquad
              J_{ij} \sim N(0, 1), \quad \mathrm{corr}(J_{ij}, J_{ji}) = \gamma,

    <k> being edges per node and s the scale of the edge: 1, or in proportion to its synapses,
    their square root or their size, with mean square 1.

    Parameters
    ----------
    connectome : Connectome
    symmetry : float
        Correlation of the two couplings of a reciprocated pair.
    rule : {'equal', 'synapses', 'sqrt_synapses', 'size'}
    seed : int
        The same normals for every symmetry and rule.
    """
    if rule not in RULES:
        raise InputError("rule", rule, "one of " + ", ".join(RULES))
    if connectome.n_edges == 0:
        raise InputError("connectome", 0, "at least one edge")
    if rule == "size" and connectome.sizes is None:
        raise InputError("rule", rule, "equal or synapses", "The file has no sizes.")
    counts = connectome.counts
    row = np.repeat(np.arange(connectome.n), np.diff(counts.indptr))
    weights = sample_couplings(
        row,
        counts.indices.astype(np.int64),
        connectome.n,
        np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(0x776972,))),
        symmetry=symmetry,
        mean_degree=connectome.n_edges / connectome.n,
        directed=True,
    )
    if rule == "equal":
        return weights
    scale = csr_array(connectome.sizes if rule == "size" else counts).astype(np.float64)
    scale.sort_indices()
    s = np.sqrt(scale.data) if rule == "sqrt_synapses" else scale.data.copy()
    s /= np.sqrt(np.mean(s**2))
    weights.sort_indices()
    return csr_array((weights.data * s, weights.indices, weights.indptr), shape=weights.shape)


def reciprocated(connectome: Connectome) -> Connectome:
    """The same graph with every edge given its opposite: reciprocity 1, degrees changed."""
    counts = csr_array(connectome.counts.maximum(connectome.counts.T))
    sizes = None
    if connectome.sizes is not None:
        sizes = csr_array(connectome.sizes.maximum(connectome.sizes.T))
    return Connectome(
        counts, sizes, connectome.nodes, connectome.source + " reciprocated", connectome.ledger
    )


@dataclass(frozen=True)
class WiringRun:
    """Settings of a run on measured wiring; times in membrane time constants unless said.

    Attributes
    ----------
    gain : float or None
        g; None takes `gain_ratio` times the critical gain of the mean-field theory.
    gain_ratio : float
    symmetry : float
    rule : str
    reciprocate : bool
        Give every edge its opposite first.
    membrane : float
        Seconds per membrane time constant.
    seconds : float
        Observed time.
    transient : float
    dt : float
        Step of RK4.
    observation : Observation or None
        None leaves the calcium recording out.
    estimator : EstimatorSettings
        Lags in seconds.
    """

    gain: float | None = None
    gain_ratio: float = 3.0
    symmetry: float = 0.0
    rule: str = "equal"
    reciprocate: bool = False
    membrane: float = 0.3
    seconds: float = 600.0
    transient: float = 100.0
    dt: float = 0.2
    observation: Observation | None = field(default_factory=Observation)
    estimator: EstimatorSettings = field(default_factory=EstimatorSettings)

    def __post_init__(self) -> None:
        for name in ("gain_ratio", "membrane", "seconds", "dt"):
            if not (np.isfinite(getattr(self, name)) and getattr(self, name) > 0):
                raise InputError(f"model.{name}", getattr(self, name), "a number > 0")
        if self.gain is not None and not (np.isfinite(self.gain) and self.gain >= 0):
            raise InputError("model.gain", self.gain, "a number >= 0")


@dataclass(frozen=True, eq=False)
class WiringResult:
    """Timescales of the model on measured wiring.

    Attributes
    ----------
    gain, critical_gain : float
    effective_symmetry : float
        Symmetry times the share of the feedback that has an opposite edge.
    degree : ndarray, shape (n,)
        In-degree (partners) of the graph that was run.
    direct : TraceTimescales
        Of x itself, 1/e time in seconds.
    observed : TraceTimescales or None
        Of the simulated fluorescence, by the first method of the estimator.
    direct_correlation, observed_correlation : PartialSpearman
        Spearman with in-degree.
    temporal_variance : float
        Mean over neurons.
    phase : str
        'silent', 'frozen' or 'chaotic', as of simulations; timescales of a network that is not
        chaotic are those of the last relaxation and mean nothing.
    theory_timescale : float
        Seconds, 1/e time of x by mean-field theory at this gain and symmetry 0, with the in- and
        out-degrees of the graph; NaN for couplings scaled by synapses, and where silent.
    status : SolverStatus
    """

    gain: float
    critical_gain: float
    effective_symmetry: float
    degree: FloatArray
    direct: TraceTimescales
    observed: TraceTimescales | None
    direct_correlation: PartialSpearman
    observed_correlation: PartialSpearman | None
    temporal_variance: float
    phase: str
    theory_timescale: float
    status: SolverStatus


def critical_gain_of_wiring(connectome: Connectome) -> float:
    """g_c at symmetry 0 of a directed graph: [sum k_in k_out / (N <k>^2)]^(-1/2)."""
    k_in, k_out = wiring_degrees(connectome, "in"), wiring_degrees(connectome, "out")
    mean = k_in.mean()
    second = float((k_in * k_out).mean()) / mean**2
    if second <= 0:
        raise InputError("connectome", second, "nodes with inputs and outputs")
    return float(second**-0.5)


def run_on_wiring(
    connectome: Connectome,
    settings: WiringRun | None = None,
    *,
    seed: int = 0,
    engine: str = "auto",
    n_permutations: int = 500,
) -> WiringResult:
    """Integrate the model on the graph and estimate timescales as for a recording.

    dx/dt = -x + g W tanh(x), one trial, all neurons recorded at the frame rate.

    Returns
    -------
    WiringResult
        Cost: 4 (transient + seconds / membrane) / dt products with W; memory frames x n.
    """
    chosen = settings or WiringRun()
    graph = reciprocated(connectome) if chosen.reciprocate else connectome
    critical = critical_gain_of_wiring(graph)
    gain = chosen.gain_ratio * critical if chosen.gain is None else chosen.gain
    weights = wiring_weights(graph, symmetry=chosen.symmetry, rule=chosen.rule, seed=seed)
    fs = Observation().fs if chosen.observation is None else chosen.observation.fs
    x, status = integrate_activity(
        weights * gain,
        frames=int(chosen.seconds * fs),
        step=1.0 / (fs * chosen.membrane),
        transient=chosen.transient,
        dt=chosen.dt,
        seed=seed,
        engine=engine,
    )
    sizes = graph.counts.astype(np.float64)
    sizes.data = np.ones_like(sizes.data)
    degree = wiring_degrees(graph, "in")
    plain = EstimatorSettings(methods=("efold",), max_lag=chosen.estimator.max_lag)
    direct = trace_timescales(x, fs, plain)["efold"]
    observed, observed_rho = None, None
    if chosen.observation is not None:
        rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(0x6F6273,)))
        film = observe(x.astype(np.float64), 1.0 / fs, chosen.observation, rng)
        method = chosen.estimator.methods[0]
        observed = trace_timescales(film.fluorescence, fs, chosen.estimator)[method]
        observed_rho = _correlation(observed, degree, seed, n_permutations)
    variance = float(x.var(axis=0).mean())
    theory = np.nan
    if chosen.rule == "equal":
        theory = chosen.membrane * theory_of_wiring(graph, gain)["timescale_efold"]
    return WiringResult(
        gain,
        critical,
        effective_symmetry(sizes, chosen.symmetry),
        degree,
        direct,
        observed,
        _correlation(direct, degree, seed, n_permutations),
        observed_rho,
        variance,
        phase_label(variance, float((x.mean(axis=0) ** 2).mean())),
        theory,
        status,
    )


def _correlation(
    found: TraceTimescales, degree: FloatArray, seed: int, n_permutations: int
) -> PartialSpearman:
    value = np.where(found.usable, found.value, np.nan)
    return partial_spearman(
        value, degree, n_permutations=n_permutations, n_bootstrap=300, seed=seed
    )


def integrate_activity(
    weights: Any,
    *,
    frames: int,
    step: float,
    transient: float,
    dt: float,
    seed: int,
    engine: str = "auto",
    time_constants: FloatArray | None = None,
) -> tuple[NDArray[np.float64], SolverStatus]:
    """States of all neurons every `step` membrane time constants, shape (frames, n)."""
    n = int(weights.shape[0])
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(0x783000,)))
    plan = SamplingPlan(
        transient,
        (frames + 0.5) * step,
        step,
        0,
        np.zeros(0, dtype=np.int64),
        np.arange(n, dtype=np.int64),
    )
    result = get_engine(engine).integrate(
        csr_array(weights),
        rng.standard_normal((1, n)),
        plan,
        method="RK4",
        dt=dt,
        time_constants=time_constants,
    )
    if not result.status.success:
        raise InputError("model.gain", "diverged", "a run that stays finite", result.status.message)
    return np.asarray(result.recorded[0][:frames]), result.status
