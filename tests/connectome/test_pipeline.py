"""The whole pipeline on generated animals: the truth is inside the interval, controls work."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from pyscales.connectome.fixtures import FixtureSettings, make_fixture
from pyscales.connectome.pipeline import run_pipeline
from pyscales.connectome.pipeline_config import load_pipeline
from pyscales.connectome.pipeline_scan import halves
from pyscales.connectome.statistics import partial_spearman
from pyscales.errors import InputError

FILES = ("coregistration", "cells", "synapses", "scan_units", "proofreading")


def pipeline_file(animal, *, drop=(), extra=""):
    """A pipeline file beside the files of the animal."""
    path = animal.folder / "pipeline.toml"
    lines = ["[files]", "nwb = " + json.dumps([p.name for p in animal.files["nwb"]])]
    lines += [f'{name} = "{animal.files[name].name}"' for name in FILES if name not in drop]
    extra = "[statistics]\nn_permutations = 300\nn_bootstrap = 300\n" + extra
    path.write_text("\n".join(lines) + "\n" + extra)
    return path


def run(animal, **options):
    return run_pipeline(load_pipeline(pipeline_file(animal, **options)))


@pytest.fixture(scope="module")
def animal(tmp_path_factory):
    settings = FixtureSettings(n_cells=120, frames=4000, seed=11)
    return make_fixture(tmp_path_factory.mktemp("animal"), settings)


@pytest.fixture(scope="module")
def result(animal):
    return run(animal)


def test_truth_is_inside_the_corrected_interval(animal, result):
    truth = animal.true_correlation()
    assert truth > 0.4
    found = result.reliability
    assert result.reliability_from == "two scans of a nucleus"
    assert found.low < truth < found.high
    assert result.spearman.rho > 0.2
    assert result.spearman.p_value < 0.01
    assert result.slope.low > 0
    assert result.bins.median[-1] > result.bins.median[0]


def test_degree_and_timescale_belong_to_the_right_cell(animal, result):
    cell = np.searchsorted(animal.nucleus_id, result.nuclei["nucleus_id"])
    assert (animal.nucleus_id[cell] == result.nuclei["nucleus_id"]).all()
    sources = np.ones(120, dtype=bool)
    sources[[0, -1]] = False  # not proofread, and changed since
    expected = animal.adjacency[:, sources].sum(axis=1)[cell]
    assert (result.nuclei["degree"] == expected).all()
    ranks = np.corrcoef(np.log(animal.timescale[cell]), np.log(result.nuclei["timescale"]))
    assert ranks[0, 1] > 0.7


def test_every_unit_is_accounted_for(animal, result):
    regions = [x for x in result.ledgers if x.what.startswith("regions")]
    matched = [x for x in result.ledgers if x.what.startswith("matched units of")]
    last = next(x for x in result.ledgers if x.what == "matched units")
    assert sum(x.total for x in regions) == len(animal.units)
    assert sum(x.kept for x in regions) == sum(x.total for x in matched)
    assert sum(x.kept for x in matched) == last.total
    assert last.kept == len(result.units)
    assert result.units.groupby("nucleus_id").ngroups == len(result.nuclei)
    for ledger in result.ledgers:
        assert ledger.kept + sum(ledger.excluded.values()) == ledger.total


def test_windows_leave_the_stimulus_out(animal, result):
    for used in result.windows.values():
        assert len(used) == 2
        assert used[0][1] < 0.2 * 4000 / 6.3
        assert used[1][0] > 0.45 * 4000 / 6.3


def test_without_a_scan_unit_table_the_result_is_the_same(animal, result):
    again = run(animal, drop=("scan_units",))
    assert again.units["unit_id"].tolist() == result.units["unit_id"].tolist()
    assert again.spearman.rho == result.spearman.rho
    assert any("checked on" in note for note in again.notes)


def test_summary_is_plain(result):
    text = json.dumps(result.summary_dict())
    assert "spearman" in text
    assert result.floor == pytest.approx(2 / 6.3009)


def test_behaviour_other_methods_and_model(animal):
    extra = (
        '[windows]\nregress = ["treadmill"]\n[estimator]\nmethod = "efold"\n'
        "[model]\nrun = true\nseconds = 60\nsymmetries = [0.0]\n"
    )
    found = run(animal, drop=("proofreading",), extra=extra)
    assert any("behaviour explains" in note for note in found.notes)
    assert any("no proofreading" in note for note in found.notes)
    assert found.models[0.0].status.success
    assert found.models[0.0].direct.value.size == 120
    assert found.models[0.0].effective_symmetry == 0.0


def test_halves_hold_the_same_frames():
    first, second = halves([(0, 10), (20, 50)])
    assert first == [(0, 10), (20, 30)]
    assert second == [(30, 50)]


@pytest.mark.slow
def test_no_dependence_gives_an_interval_over_zero(tmp_path):
    animal = make_fixture(tmp_path, FixtureSettings(n_cells=150, tau_rank_correlation=0.0, seed=3))
    found = run(animal)
    assert found.spearman.low < 0 < found.spearman.high
    assert found.spearman.p_value > 0.02


@pytest.mark.slow
def test_a_noise_confound_is_removed_by_the_partial_statistic(tmp_path):
    """Signal to noise grows with degree; the half width, which sees the noise, does too."""
    settings = FixtureSettings(
        n_cells=200, tau_rank_correlation=0.0, snr_rank_correlation=0.8, seed=5
    )
    animal = make_fixture(tmp_path, settings)
    extra = 'covariates = ["noise"]\n[estimator]\nmethod = "hwhm"\n'
    found = run(animal, extra=extra)
    truth = partial_spearman(
        animal.timescale, animal.in_degree, covariates=pd.DataFrame({"snr": animal.snr})
    )
    assert found.spearman.low > 0.2
    assert found.partial.low < truth.rho < found.partial.high
    assert found.partial.low < 0 < found.partial.high


@pytest.mark.slow
def test_cut_axons_lower_the_correlation_as_random_loss_does(tmp_path):
    """Inputs lost with the axons of far cells weaken the correlation as equal random loss."""
    from scipy.stats import spearmanr

    animal = make_fixture(tmp_path, FixtureSettings(n_cells=300, axon_reach=130.0, seed=7))
    left = animal.kept.sum(axis=1)
    share = left.sum() / animal.adjacency.sum()
    assert 0.05 < share < 0.5
    seen = spearmanr(animal.timescale, left).statistic
    rng = np.random.default_rng(0)
    predicted = [
        spearmanr(animal.timescale, (animal.adjacency * chosen).sum(axis=1)).statistic
        for chosen in (rng.random(300) < share for _ in range(200))
    ]
    assert seen < animal.true_correlation()
    assert abs(seen - np.mean(predicted)) < 3 * np.std(predicted)


@pytest.mark.slow
def test_the_model_itself_as_an_animal(tmp_path):
    """Activity of a network at symmetry 0: whatever the truth, the interval holds it."""
    settings = FixtureSettings(n_cells=300, sigma=0.5, activity="network", frames=3000, seed=2)
    animal = make_fixture(tmp_path, settings)
    found = run(animal)
    truth = animal.true_correlation()
    assert found.spearman.low - 0.1 < truth < found.spearman.high + 0.1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (("[files]", "[file]"), "file"),
        (("nwb = [", "nwb = [["), "pipeline"),
        (('cells = "', 'cells = "no-'), "files.cells"),
        (("n_bootstrap", "n_boot"), "statistics.n_boot"),
        (("n_bootstrap = 300", "n_bootstrap = 0"), "statistics.n_bootstrap"),
        (("n_bootstrap = 300", 'covariates = ["shoe size"]'), "statistics.covariates"),
        (("n_bootstrap = 300", 'strata = ["colour"]'), "statistics.strata"),
    ],
)
def test_broken_pipeline_files(animal, change, field):
    path = pipeline_file(animal)
    path.write_text(path.read_text().replace(*change))
    with pytest.raises(InputError) as caught:
        run_pipeline(load_pipeline(path))
    assert field in caught.value.field
