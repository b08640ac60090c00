"""Degrees, reciprocity and its nulls, families of degree laws."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from pyscales.connectome.containers import make_connectome
from pyscales.connectome.degree_fits import FAMILIES, fit_degrees
from pyscales.connectome.null_models import degree_null, distance_null, swap_edges
from pyscales.connectome.readers import read_edge_list
from pyscales.connectome.reciprocity import effective_symmetry, reciprocity
from pyscales.connectome.wiring import (
    DIRECTIONS,
    reciprocal_pairs,
    summarise_degrees,
    wiring_degrees,
)
from pyscales.errors import InputError


def random_wiring(n=60, p=0.15, seed=0):
    rng = np.random.default_rng(seed)
    a = (rng.random((n, n)) < p) * (1 + rng.poisson(0.8, (n, n)))
    np.fill_diagonal(a, 0)
    post, pre = a.nonzero()
    nodes = pd.DataFrame({"node": np.arange(n)})
    nodes[["x", "y", "z"]] = rng.uniform(0, 100, (n, 3))
    c = make_connectome(pre, post, n, nodes, weight=a[post, pre], size=10.0 * a[post, pre])
    return c, a


def test_degrees_equal_sums_of_the_matrix():
    c, a = random_wiring()
    b = a > 0
    assert (wiring_degrees(c, "in") == b.sum(axis=1)).all()
    assert (wiring_degrees(c, "out") == b.sum(axis=0)).all()
    assert (wiring_degrees(c, "total") == (b | b.T).sum(axis=1)).all()
    assert (wiring_degrees(c, "in", "synapses") == a.sum(axis=1)).all()
    assert (wiring_degrees(c, "total", "size") == 10 * (a.sum(axis=1) + a.sum(axis=0))).all()
    sources, targets = np.arange(60) % 2 == 0, np.arange(60) % 3 == 0
    part = a * targets[:, None] * sources[None, :]
    assert (wiring_degrees(c, "in", sources=sources, targets=targets) == (part > 0).sum(1)).all()
    with pytest.raises(InputError):
        wiring_degrees(c, sources=np.ones(5, dtype=bool))


def test_reciprocity_equals_the_definition():
    c, a = random_wiring()
    b = (a > 0).astype(float)
    found = reciprocity(c, distance=False)
    assert found.reciprocity == pytest.approx((b * b.T).sum() / b.sum())
    off = ~np.eye(60, dtype=bool)
    assert found.symmetry == pytest.approx(np.corrcoef(a[off], a.T[off])[0, 1])
    pairs = reciprocal_pairs(c.counts)
    both = (
        np.log(np.r_[pairs.forward, pairs.backward]),
        np.log(np.r_[pairs.backward, pairs.forward]),
    )
    assert found.log_weight_correlation == pytest.approx(np.corrcoef(*both)[0, 1])
    rec = (b * b.T) > 0
    assert found.weight_reciprocal == pytest.approx(a[rec].mean())
    assert found.weight_one_way == pytest.approx(a[(b > 0) & ~rec].mean())
    # The jackknife by leaving out one node after the other.
    left = []
    for i in range(60):
        kept = np.delete(np.delete(a, i, 0), i, 1)
        mask = ~np.eye(59, dtype=bool)
        left.append(np.corrcoef(kept[mask], kept.T[mask])[0, 1])
    error = np.sqrt(59 / 60 * ((np.array(left) - np.mean(left)) ** 2).sum())
    assert found.symmetry_error == pytest.approx(error)


def test_independent_wiring_agrees_with_every_null():
    c, _ = random_wiring(n=150, p=0.12, seed=3)
    for null in reciprocity(c, bin_width=20.0).nulls:
        assert null.converged
        assert abs(null.z) < 3.5
        assert null.symmetry == pytest.approx(0, abs=0.02)


def test_degree_null_equals_its_sum():
    rng = np.random.default_rng(1)
    k_in, k_out = rng.permutation(np.arange(20.0)), rng.permutation(np.arange(20.0))
    p = np.outer(k_in, k_out) / k_in.sum()
    np.fill_diagonal(p, 0)
    found = degree_null(k_in, k_out)
    assert found.reciprocal == pytest.approx((p * p.T).sum())
    assert found.edges == pytest.approx(p.sum())


@pytest.mark.parametrize("form", ["clip", "poisson", "logistic"])
def test_distance_null_keeps_degrees_and_distances(form):
    """A network drawn from a distance rule has just the reciprocity that the null expects."""
    rng = np.random.default_rng(5)
    n = 300
    xyz = rng.uniform(0, 200, (n, 3))
    d = np.sqrt(((xyz[:, None] - xyz[None]) ** 2).sum(-1))
    a, b = rng.lognormal(0, 0.6, n), rng.lognormal(0, 0.6, n)
    q = 0.6 * np.outer(a, b) * np.exp(-d / 40)
    p = {"clip": np.minimum(q, 1), "poisson": 1 - np.exp(-q), "logistic": q / (1 + q)}[form]
    np.fill_diagonal(p, 0)
    post, pre = (rng.random((n, n)) < p).nonzero()
    nodes = pd.DataFrame(xyz, columns=["x", "y", "z"])
    found = reciprocity(make_connectome(pre, post, n, nodes), bin_width=10.0, form=form)
    equal, degree, both = found.nulls
    assert both.converged
    assert equal.z > 10
    assert degree.z > 8
    assert abs(both.z) < 3.5
    assert both.reciprocity == pytest.approx((p * p.T).sum() / p.sum(), rel=0.1)


def test_distance_null_refuses_what_it_cannot_hold():
    with pytest.raises(InputError, match="30000"):
        distance_null(*(np.ones(30_001),) * 2, np.ones((30_001, 3)), np.ones(2), np.arange(3.0))


def test_swaps_keep_degrees_and_destroy_reciprocity():
    rng = np.random.default_rng(2)
    pairs = rng.integers(0, 80, (600, 2))
    pairs = pairs[pairs[:, 0] < pairs[:, 1]]
    pairs = np.unique(np.r_[pairs, pairs[:, ::-1]], axis=0)
    pre, post, accepted = swap_edges(pairs[:, 0], pairs[:, 1], rng)
    assert accepted > pairs.shape[0]
    assert (np.bincount(pre, minlength=80) == np.bincount(pairs[:, 0], minlength=80)).all()
    assert (np.bincount(post, minlength=80) == np.bincount(pairs[:, 1], minlength=80)).all()
    assert (pre != post).all()
    assert len(set(zip(pre, post, strict=True))) == pre.size
    nodes = pd.DataFrame({"node": np.arange(80)})
    after = reciprocity(make_connectome(pre, post, 80, nodes))
    assert after.reciprocity < 0.3
    assert abs(after.nulls[1].z) < 4


def test_effective_symmetry_is_the_reciprocity_for_equal_scales():
    c, a = random_wiring()
    ones = c.counts.astype(float)
    ones.data[:] = 1.0
    r = reciprocity(c, distance=False).reciprocity
    assert effective_symmetry(ones, 0.5) == pytest.approx(0.5 * r)
    w = a.astype(float)
    assert effective_symmetry(c.counts) == pytest.approx((w * w.T).sum() / (w**2).sum())


DRAWS = {
    "lognormal": lambda r, n: np.round(r.lognormal(2.5, 0.9, n)),
    "negative binomial": lambda r, n: r.negative_binomial(1.6, 1.6 / 21.6, n),
    "geometric": lambda r, n: r.geometric(0.06, n),
    "power law": lambda r, n: np.minimum(r.zipf(2.2, n), 10**6),
    "gamma": lambda r, n: np.round(r.gamma(3.0, 6.0, n)),
}


@pytest.mark.parametrize("family", DRAWS)
def test_the_family_that_made_the_degrees_fits(family):
    k = DRAWS[family](np.random.default_rng(7), 3000)
    fits = {f.family: f for f in fit_degrees(k)}
    assert fits[family].delta_aic < 5
    assert fits[family].chi2_p > 1e-3
    assert fits[family].ks < 0.03
    assert sum(f.weight for f in fits.values()) == pytest.approx(1.0)
    worst = max(fits.values(), key=lambda f: f.delta_aic)
    assert worst.delta_aic > 50


def test_parameters_and_likelihoods_equal_scipy():
    k = DRAWS["negative binomial"](np.random.default_rng(3), 4000)
    k = k[k > 0]
    fits = {f.family: f for f in fit_degrees(k)}
    nb = fits["negative binomial"].parameters
    assert nb["size"] == pytest.approx(1.6, rel=0.1)
    assert nb["mean"] == pytest.approx(20, rel=0.05)
    law = stats.nbinom(nb["size"], nb["size"] / (nb["size"] + nb["mean"]))
    expected = (law.logpmf(k) - np.log(law.sf(0))).sum()
    assert fits["negative binomial"].log_likelihood == pytest.approx(expected)
    p = fits["geometric"].parameters["p"]
    assert p == pytest.approx(1 / k.mean(), rel=1e-5)
    shape, scale = fits["lognormal"].parameters["sigma"], fits["lognormal"].parameters["mu"]
    law = stats.lognorm(shape, scale=np.exp(scale))
    cells = np.log(law.cdf(k + 0.5) - law.cdf(k - 0.5)) - np.log(law.sf(0.5))
    assert fits["lognormal"].log_likelihood == pytest.approx(cells.sum())


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_is_normalised(family):
    k = DRAWS["negative binomial"](np.random.default_rng(3), 500)
    fit = fit_degrees(k, (family,))[0]
    far = 4_000_000 if family == "power law" else 20_000
    total = fit.pmf(np.arange(1, far)).sum()
    tail = 0.0
    if family == "power law":
        a = fit.parameters["exponent"]
        tail = fit.pmf([far])[0] * far / (a - 1)
    assert total + tail == pytest.approx(1.0, abs=1e-6)
    assert fit.delta_aic == 0


@pytest.mark.parametrize("bad", [[-1.0] * 20, [1.5] * 20, [1, 2, 3], [5] * 30, [np.nan] * 20])
def test_degrees_that_cannot_be_fitted(bad):
    with pytest.raises(InputError):
        fit_degrees(bad)


# --- public data ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def mouse(data_folder):
    folder = data_folder / "salova2024_mouse_microns"
    return read_edge_list(
        folder / "mouse_directed_connectome.csv", nodes=folder / "mouse_extended_neuron_info.csv"
    )


@pytest.mark.data
def test_mouse_degrees_are_those_of_the_authors(mouse):
    assert (wiring_degrees(mouse, "in") == mouse.nodes["postsynaptic_degree"]).all()
    assert (wiring_degrees(mouse, "out") == mouse.nodes["presynaptic_degree"]).all()
    weighted = mouse.nodes["weighted_postsynaptic_degree"]
    assert (wiring_degrees(mouse, "in", "synapses") == weighted).all()


@pytest.mark.data
def test_mouse_reference_numbers(mouse):
    found = reciprocity(mouse, distance=False)
    assert (found.n, found.n_edges) == (6548, 115379)
    assert found.reciprocity == pytest.approx(0.0649, abs=5e-5)
    assert found.nulls[0].ratio == pytest.approx(24.1, abs=0.05)
    assert found.nulls[1].ratio == pytest.approx(5.40, abs=0.005)
    assert found.symmetry == pytest.approx(0.0722, abs=5e-5)
    assert found.weight_reciprocal == pytest.approx(1.934, abs=5e-4)
    assert found.weight_one_way == pytest.approx(1.378, abs=5e-4)
    assert found.log_weight_correlation == pytest.approx(0.067, abs=5e-4)
    rows = {d: summarise_degrees(wiring_degrees(mouse, d)) for d in DIRECTIONS}
    assert rows["in"].cv == pytest.approx(0.91, abs=0.005)
    assert rows["out"].cv == pytest.approx(2.27, abs=0.005)
    for direction, value in (("in", 0.94), ("out", 1.29), ("total", 1.07)):
        assert rows[direction].sd_log == pytest.approx(value, abs=0.01)


@pytest.mark.data
def test_mouse_degree_families(mouse):
    """Out and total: lognormal; in: negative binomial, the lognormal 607 behind."""
    fits = {d: fit_degrees(wiring_degrees(mouse, d)) for d in DIRECTIONS}
    behind = {d: {f.family: f.delta_aic for f in row} for d, row in fits.items()}
    assert fits["out"][0].family == fits["total"][0].family == "lognormal"
    assert fits["in"][0].family == "negative binomial"
    assert behind["out"]["negative binomial"] == pytest.approx(345, abs=1)
    assert behind["in"]["lognormal"] == pytest.approx(607, abs=1)
    assert behind["total"]["negative binomial"] == pytest.approx(12, abs=1)
    assert behind["total"]["geometric"] == pytest.approx(15, abs=1)
    assert min(row["power law"] for row in behind.values()) > 1000


@pytest.mark.data
@pytest.mark.slow
def test_distance_explains_most_of_the_mouse_reciprocity(mouse):
    null = reciprocity(mouse, bin_width=50.0).nulls[2]
    assert null.converged
    assert null.ratio == pytest.approx(1.31, abs=0.05)


@pytest.mark.data
def test_worm_reference_numbers(data_folder):
    path = data_folder / "cook2019_celegans" / "cook2019_herm_full_edgelist.csv"
    every = read_edge_list(path, types=("chemical",))
    worm = every.subgraph(wiring_degrees(every, "out") > 0)
    found = reciprocity(worm)
    assert found.reciprocity == pytest.approx(0.370, abs=0.005)
    assert found.nulls[0].ratio == pytest.approx(9.0, abs=0.25)
    assert found.nulls[1].ratio == pytest.approx(5.52, abs=0.1)
    assert found.symmetry == pytest.approx(0.161, abs=0.003)
    assert found.log_weight_correlation == pytest.approx(0.064, abs=0.006)
    assert fit_degrees(wiring_degrees(worm, "total"))[0].family == "lognormal"
