"""The model on measured wiring, and measured activity against measured wiring."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pyscales.connectome.containers import make_connectome
from pyscales.connectome.model_on_wiring import (
    WiringRun,
    critical_gain_of_wiring,
    reciprocated,
    run_on_wiring,
    theory_of_wiring,
    wiring_weights,
)
from pyscales.connectome.observation import Observation, observe
from pyscales.connectome.readers import read_edge_list
from pyscales.connectome.readers.activity import read_traces
from pyscales.connectome.statistics import partial_spearman
from pyscales.connectome.wiring import wiring_degrees
from pyscales.network import measure_symmetry
from pyscales.timescales import EstimatorSettings, trace_timescales
from pyscales.timescales.synthetic import ornstein_uhlenbeck


def graph(n=400, k=20.0, sigma=0.6, seed=0, reciprocal=0.0):
    rng = np.random.default_rng(seed)
    degree = k * rng.lognormal(-(sigma**2) / 2, sigma, n)
    p = np.minimum(np.outer(degree, degree) / degree.sum(), 1)
    a = rng.random((n, n)) < p
    if reciprocal:
        a |= a.T & (rng.random((n, n)) < reciprocal)
    np.fill_diagonal(a, False)
    post, pre = a.nonzero()
    weight = 1 + rng.poisson(1.0, post.size)
    return make_connectome(pre, post, n, pd.DataFrame({"node": np.arange(n)}), weight=weight)


@pytest.mark.parametrize("rule", ["equal", "synapses", "sqrt_synapses"])
@pytest.mark.parametrize("symmetry", [-0.5, 0.0, 0.8, 1.0])
def test_couplings_have_the_scale_and_symmetry_asked_for(rule, symmetry):
    c = graph(reciprocal=0.5)
    w = wiring_weights(c, symmetry=symmetry, rule=rule)
    assert (abs(w) > 0).nnz == c.n_edges
    dense = w.toarray()
    assert ((dense != 0) == (c.counts.toarray() > 0)).all()
    mean_square = (w.data**2).mean() * c.n_edges / c.n
    assert mean_square == pytest.approx(1.0, rel=0.1)
    if rule == "equal":
        found, error = measure_symmetry(w)
        assert abs(found - symmetry) < max(4 * error, 1e-9)


def test_critical_gain_is_the_inverse_spectral_radius():
    c = graph(n=900, k=40.0)
    radius = np.abs(np.linalg.eigvals(wiring_weights(c, symmetry=0.0).toarray())).max()
    assert critical_gain_of_wiring(c) * radius == pytest.approx(1.0, abs=0.06)


def test_reciprocated_graph_is_symmetric():
    both = reciprocated(graph())
    pattern = both.counts.toarray() > 0
    assert (pattern == pattern.T).all()
    assert (wiring_degrees(both, "in") == wiring_degrees(both, "total")).all()


@pytest.mark.slow
def test_run_agrees_with_theory_for_a_directed_graph():
    """Directed graph at symmetry 0: variance, and the timescale with its finite-size excess."""
    c = graph(n=1500, k=60.0, sigma=0.4, seed=1)
    gain = 3.0 * critical_gain_of_wiring(c)
    theory = theory_of_wiring(c, gain)
    settings = WiringRun(
        gain=gain,
        membrane=0.3,
        seconds=360.0,
        observation=None,
        estimator=EstimatorSettings(max_lag=15.0),
    )
    found = run_on_wiring(c, settings, seed=2, n_permutations=50)
    assert found.status.success
    median = np.nanmedian(found.direct.value) / 0.3
    assert found.temporal_variance == pytest.approx(theory["variance_x"], rel=0.03)
    assert 0.95 < median / theory["timescale_efold"] < 1.25
    assert abs(found.direct_correlation.rho) < 0.1


def test_silent_below_the_critical_gain():
    c = graph()
    assert np.isnan(theory_of_wiring(c, 0.5 * critical_gain_of_wiring(c))["timescale_hwhm"])
    settings = WiringRun(gain_ratio=0.5, seconds=30.0, observation=None)
    assert run_on_wiring(c, settings, n_permutations=20).temporal_variance < 1e-8


def test_observation_keeps_what_it_promises():
    rng = np.random.default_rng(0)
    x = ornstein_uhlenbeck(np.full(50, 2.0), 6.3009, 8000, rng)
    plain = Observation(rate=None, decay=0.0, decay_sd=0.0, rise=0.0, snr=2.0, snr_log_sd=0.0)
    film = observe(x, 1 / 6.3009, plain, rng)
    signal = (film.fluorescence / 200 - 1) / 0.2
    noise = signal - (x - x.mean(0)) / x.std(0)
    assert noise.std() == pytest.approx(0.5, rel=0.02)
    assert film.fluorescence.dtype == np.float32
    events = observe(x, 1 / 6.3009, Observation(rate=3.0, snr=1e6, snr_log_sd=0.0), rng)
    value = trace_timescales(events.fluorescence, 6.3009, EstimatorSettings())["fit"].value
    assert np.median(value) > 2.0


# --- public data ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def mouse(data_folder):
    return read_edge_list(
        data_folder / "salova2024_mouse_microns" / "mouse_directed_connectome.csv"
    )


@pytest.mark.data
@pytest.mark.slow
def test_symmetric_couplings_slow_the_hubs_of_the_mouse_graph(mouse):
    """No relation without symmetry; timescale grows with in-degree when pairs are symmetric."""
    runs = {
        symmetry: run_on_wiring(
            mouse, WiringRun(symmetry=symmetry, seconds=90.0), seed=1, n_permutations=50
        )
        for symmetry in (0.0, 1.0)
    }
    assert abs(runs[0.0].direct_correlation.rho) < 0.15
    assert runs[1.0].direct_correlation.low > 0.1
    assert runs[1.0].observed_correlation.low > 0.05
    assert runs[1.0].effective_symmetry == pytest.approx(0.0649, abs=1e-4)
    medians = {s: np.nanmedian(r.direct.value) for s, r in runs.items()}
    assert medians[1.0] > 1.5 * medians[0.0]


@pytest.mark.data
def test_worm_timescales_do_not_follow_degree(data_folder):
    """A null result, kept: half width against chemical in-degree of 97 identified neurons."""
    traces = read_traces(data_folder / "atanas2023_one_worm" / "worm_labelled_traces.npz")
    every = read_edge_list(
        data_folder / "cook2019_celegans" / "cook2019_herm_full_edgelist.csv", types=("chemical",)
    )
    worm = every.subgraph(wiring_degrees(every, "out") > 0)
    index = pd.Index(worm.nodes["node"]).get_indexer(traces.units["name"])
    assert (index >= 0).all()
    settings = EstimatorSettings(methods=("hwhm",), max_lag=120.0)
    found = trace_timescales(traces.data, traces.fs, settings)["hwhm"]
    tau = np.where((index >= 0) & found.usable, found.value, np.nan)
    for direction in ("in", "out", "total"):
        k = np.where(index >= 0, wiring_degrees(worm, direction)[index], np.nan)
        result = partial_spearman(tau, k, n_permutations=500, n_bootstrap=500)
        assert result.n == 97
        assert result.low < 0 < result.high
        assert abs(result.rho) < 0.1
        assert result.p_value > 0.3
