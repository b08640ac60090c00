"""Recordings and tables of known truth, in the layouts of the public MICrONS files.

A network of the model (or signals of chosen timescale) is recorded through the observation model
and written as NWB files with their oddities, coregistration, proofreading, cell and synapse tables.
Everything is generated; nothing of the data sets themselves is copied.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pyscales.connectome.fixture_files import write_nwb, write_tables
from pyscales.connectome.model_on_wiring import integrate_activity
from pyscales.connectome.observation import Observation, observe
from pyscales.errors import InputError
from pyscales.timescales import EstimatorSettings, trace_timescales
from pyscales.timescales.synthetic import ornstein_uhlenbeck

if TYPE_CHECKING:
    import pandas as pd

FloatArray = NDArray[np.float64]

ROOT_BASE = 864_691_135_000_000_000
SCANS = ((4, 7), (5, 6))
ACTIVITIES = ("network", "independent")


@dataclass(frozen=True)
class FixtureSettings:
    """What the generated animal looks like.

    Attributes
    ----------
    n_cells : int
        Cells of the wiring.
    mean_degree, sigma : float
        Lognormal law of the expected degrees.
    activity : {'independent', 'network'}
        Ornstein-Uhlenbeck signals whose timescale is drawn, or the model on the wiring; the true
        timescale of the second is itself an estimate, from the noise-free activity.
    reciprocity : float
        Share of the edges that are reciprocated on purpose.
    gain_ratio, symmetry, membrane : float
        Of the network: gain over exp(-sigma^2 / 2), correlation of the couplings of reciprocated
        pairs, seconds per membrane time constant.
    tau_median, tau_log_sd : float
        Of independent signals, seconds.
    tau_rank_correlation : float
        Of independent signals: Gaussian-copula correlation of timescale with degree.
    snr_rank_correlation : float
        Gaussian-copula correlation of signal to noise with degree.
    snr_tau_correlation : float
        Gaussian-copula correlation of the timescale of independent signals with signal to noise.
    frames : int
    stimulus : (float, float)
        Share of the recording at which trials start and end.
    observation : Observation
    axon_reach : float or None
        Micrometres; axons of cells farther than this from the centre of the volume are cut.
    fields : int
        Imaging fields per scan.
    seed : int
    """

    n_cells: int = 200
    mean_degree: float = 25.0
    sigma: float = 0.7
    activity: str = "independent"
    reciprocity: float = 0.1
    gain_ratio: float = 5.0
    symmetry: float = 0.0
    membrane: float = 0.3
    tau_median: float = 1.0
    tau_log_sd: float = 0.7
    tau_rank_correlation: float = 0.6
    snr_rank_correlation: float = 0.0
    snr_tau_correlation: float = 0.0
    frames: int = 6000
    stimulus: tuple[float, float] = (0.2, 0.55)
    observation: Observation = field(default_factory=lambda: Observation(snr=2.0, rate=20.0))
    axon_reach: float | None = None
    fields: int = 3
    seed: int = 0

    def __post_init__(self) -> None:
        if self.activity not in ACTIVITIES:
            raise InputError("activity", self.activity, "one of " + ", ".join(ACTIVITIES))
        if self.n_cells < 20 or self.frames < 600 or self.fields < 1:
            raise InputError(
                "n_cells, frames, fields",
                (self.n_cells, self.frames, self.fields),
                "at least 20 cells, 600 frames and one field",
            )
        for name in ("tau_rank_correlation", "snr_rank_correlation", "snr_tau_correlation"):
            if not -1 <= getattr(self, name) <= 1:
                raise InputError(name, getattr(self, name), "a number in [-1, 1]")


@dataclass(frozen=True, eq=False)
class Fixture:
    """Files on disk and the truth behind them.

    Attributes
    ----------
    folder : Path
    files : dict of str to path or list of path
        nwb, scan_units, coregistration, cells, proofreading, synapses.
    adjacency : ndarray of bool, shape (cells, cells)
        A_ij: from j to i, complete (before axons are cut).
    kept : ndarray of bool, shape (cells, cells)
        Edges that the synapse table holds.
    timescale : ndarray, shape (cells,)
        Seconds: drawn, or 1/e time of the noise-free activity of the network.
    nucleus_id, pt_root_id : ndarray of int64, shape (cells,)
    position : ndarray, shape (cells, 3)
        Micrometres.
    snr : ndarray, shape (cells,)
    units : DataFrame
        session, scan_idx, unit_id, field, mask_id, cell (-1 for none) of every region.
    settings : FixtureSettings
    """

    folder: Path
    files: dict[str, Any]
    adjacency: NDArray[np.bool_]
    kept: NDArray[np.bool_]
    timescale: FloatArray
    nucleus_id: NDArray[np.int64]
    pt_root_id: NDArray[np.int64]
    position: FloatArray
    snr: FloatArray
    units: pd.DataFrame
    settings: FixtureSettings

    @property
    def in_degree(self) -> FloatArray:
        """Partners that provide input, complete."""
        return self.adjacency.sum(axis=1).astype(np.float64)

    def true_correlation(self) -> float:
        """Spearman correlation of the true timescale with the complete in-degree."""
        from scipy.stats import spearmanr

        return float(spearmanr(self.timescale, self.in_degree).statistic)


def make_fixture(folder: str | Path, settings: FixtureSettings | None = None) -> Fixture:
    """Generate an animal and write its files into `folder`.

    Two scans see most cells each, many of them twice; besides there are regions without a cell,
    artifacts, a unit whose cell has no proofread axon, a segment with two nuclei, rows without a
    root id, and a segment that changed after proofreading.

    Returns
    -------
    Fixture
        Cost dominated by the integration: a few seconds for 200 cells and 6000 frames.
    """
    s = settings or FixtureSettings()
    streams = np.random.SeedSequence(s.seed).spawn(6)
    rng_graph, rng_place, rng_activity, rng_film, rng_files, rng_quality = map(
        np.random.default_rng, streams
    )
    adjacency, weights = _wiring(s, streams[0])
    n = s.n_cells
    position = rng_place.uniform((0, 0, 0), (500, 400, 300), (n, 3))
    degree = adjacency.sum(axis=1).astype(float)
    snr = _coupled(degree, s.snr_rank_correlation, rng_quality)
    activity, timescale = _activity(s, weights, degree, snr, rng_activity)
    level = s.observation.snr * np.exp(s.observation.snr_log_sd * snr)
    kept = adjacency.copy()
    if s.axon_reach is not None:
        away = np.linalg.norm(position - position.mean(axis=0), axis=1)
        kept[:, away > s.axon_reach] = False
    nucleus = np.sort(rng_files.choice(np.arange(200_000, 700_000), n, replace=False))
    # Neighbours that a float would merge: it rounds these to multiples of 128.
    roots = ROOT_BASE + np.sort(rng_files.choice(60 * n, n, replace=False))
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    nwb, tables = [], []
    for index, (session, scan) in enumerate(SCANS):
        table = _regions(s, session, scan, rng_files)
        film = _film(s, activity[index], table, level, rng_film)
        path = folder / f"sub-17797_ses-{session}-scan-{scan}_behavior+image+ophys.nwb"
        write_nwb(path, s, session, scan, table, film, roots, rng_files)
        nwb.append(path)
        tables.append(table)
    import pandas as pd

    units = pd.concat(tables, ignore_index=True)
    files: dict[str, Any] = {"nwb": nwb}
    files |= write_tables(folder, units, kept, nucleus, roots, position, rng_files)
    return Fixture(
        folder,
        files,
        adjacency,
        kept,
        timescale,
        nucleus.astype(np.int64),
        roots.astype(np.int64),
        position,
        level,
        units,
        s,
    )


def _wiring(s: FixtureSettings, sequence: np.random.SeedSequence) -> tuple[NDArray[np.bool_], Any]:
    """Adjacency and couplings at the gain of the settings, cells in random order.

    Reciprocated pairs and one-way edges are two Chung-Lu graphs with the same relative degrees;
    an edge of the first wins where both have one.
    """
    from pyscales.degrees import Lognormal
    from pyscales.network import sample_edges
    from pyscales.network.couplings import sample_couplings

    rng = np.random.default_rng(sequence)
    n = s.n_cells
    law = Lognormal(1.0, s.sigma, 12.0)
    degree = s.mean_degree * law.quantile((np.arange(n) + 0.5) / n)
    matrices = []
    for share, directed in ((s.reciprocity, False), (1.0 - s.reciprocity, True)):
        row, col = sample_edges(share * degree, rng, directed=directed)
        matrices.append(
            sample_couplings(
                row,
                col,
                n,
                rng,
                symmetry=0.0 if directed else s.symmetry,
                mean_degree=s.mean_degree,
                directed=directed,
            ).toarray()
        )
    weights = np.where(matrices[0] != 0, matrices[0], matrices[1])
    order = rng.permutation(n)
    weights = weights[np.ix_(order, order)]
    gain = s.gain_ratio * float(np.exp(-0.5 * s.sigma**2))
    return weights != 0, gain * weights


def _coupled(values: FloatArray, correlation: float, rng: np.random.Generator) -> FloatArray:
    """Standard normals with a Gaussian-copula correlation to `values`."""
    from scipy.special import ndtri
    from scipy.stats import rankdata

    score = ndtri((rankdata(values + 1e-9 * rng.random(values.size)) - 0.5) / values.size)
    noise = rng.standard_normal(values.size)
    return np.asarray(correlation * score + np.sqrt(1 - correlation**2) * noise)


def _activity(
    s: FixtureSettings,
    weights: Any,
    degree: FloatArray,
    snr: FloatArray,
    rng: np.random.Generator,
) -> tuple[list[FloatArray], FloatArray]:
    """Noise-free activity of every scan at the frame rate, and the true timescale."""
    fs = s.observation.fs
    if s.activity == "independent":
        if s.snr_tau_correlation:
            z = s.snr_tau_correlation * snr
            z = z + np.sqrt(1 - s.snr_tau_correlation**2) * rng.standard_normal(s.n_cells)
        else:
            z = _coupled(degree, s.tau_rank_correlation, rng)
        tau = s.tau_median * np.exp(s.tau_log_sd * z)
        return [ornstein_uhlenbeck(tau, fs, s.frames, rng) for _ in SCANS], tau
    runs = [
        integrate_activity(
            weights,
            frames=s.frames,
            step=1.0 / (fs * s.membrane),
            transient=100.0,
            dt=0.2,
            seed=s.seed * len(SCANS) + i,
        )[0]
        for i in range(len(SCANS))
    ]
    both = np.concatenate(runs)
    for run in runs:
        if float(run.var(axis=0).mean()) < 0.05:
            raise InputError(
                "gain_ratio",
                s.gain_ratio,
                "a gain at which this network stays chaotic",
                "It came to rest: use another seed, more cells or a higher gain.",
            )
    windows = [(i * s.frames, (i + 1) * s.frames) for i in range(len(SCANS))]
    lag = min(20.0, 0.3 * s.frames / fs)
    found = trace_timescales(
        both, fs, EstimatorSettings(methods=("efold",), max_lag=lag), windows=windows
    )["efold"]
    return runs, np.where(np.isfinite(found.value), found.value, lag)


def _regions(s: FixtureSettings, session: int, scan: int, rng: np.random.Generator) -> pd.DataFrame:
    """Regions of one scan: 80 % of the cells, somata without a cell, artifacts, shuffled."""
    import pandas as pd

    cells = rng.choice(s.n_cells, int(round(0.8 * s.n_cells)), replace=False)
    extra = max(3, s.n_cells // 20)
    cell = np.concatenate([cells, np.full(2 * extra, -1)])
    kind = np.array(["soma"] * (cells.size + extra) + ["artifact"] * extra, dtype=object)
    order = rng.permutation(cell.size)
    cell, kind = cell[order], kind[order]
    place = rng.integers(1, s.fields + 1, cell.size)
    place[: s.fields] = np.arange(1, s.fields + 1)
    place = np.sort(place)
    mask = np.concatenate([np.arange(1, c + 1) for c in np.bincount(place)[1:]])
    return pd.DataFrame(
        {
            "session": session,
            "scan_idx": scan,
            "unit_id": np.arange(1, cell.size + 1),
            "field": place,
            "mask_id": mask,
            "mask_type": kind,
            "cell": cell,
        }
    )


def _film(
    s: FixtureSettings,
    activity: FloatArray,
    table: pd.DataFrame,
    level: FloatArray,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Fluorescence of every region; trials drive all of them during the stimulus."""
    cell = table["cell"].to_numpy()
    n, frames = cell.size, s.frames
    x = ornstein_uhlenbeck(np.full(n, 0.5), s.observation.fs, frames, rng)
    mine = cell >= 0
    x[:, mine] = activity[:, cell[mine]] / np.maximum(activity[:, cell[mine]].std(axis=0), 1e-12)
    start, stop = stimulus_times(s)
    t = np.arange(frames) / s.observation.fs
    inside = (t >= start) & (t < stop)
    trial = ((t[inside] - start) // 10.0).astype(int)
    drive = rng.standard_normal(trial.max() + 1)[trial]
    x[inside] += drive[:, None] * rng.uniform(0.5, 1.5, n)
    snr = np.where(mine, level[np.maximum(cell, 0)], s.observation.snr)
    film = observe(x, 1.0 / s.observation.fs, s.observation, rng, snr=snr).fluorescence
    artifact = (table["mask_type"] == "artifact").to_numpy()
    noise = rng.standard_normal((frames, int(artifact.sum())))
    film[:, artifact] = (100.0 + 5.0 * noise).astype(np.float32)
    return film


def stimulus_times(s: FixtureSettings) -> tuple[float, float]:
    """Seconds at which the trials start and end, a whole number of 10 s trials."""
    length = s.frames / s.observation.fs
    start = s.stimulus[0] * length
    trials = max(1, int((s.stimulus[1] * length - start) // 10.0))
    return start, start + 10.0 * trials
