"""What is cited for which result."""

from __future__ import annotations

import re

import numpy as np
import pytest

from pyscales import Lognormal, Model, dmft, save_dataset, spectrum
from pyscales.citations import references_of
from pyscales.citations.entries import REFERENCES
from pyscales.errors import InputError


def keys(found):
    return {r.key for r in found.entries}


ALWAYS = {"pyscales", "Zenari2026", "Harris2020", "Virtanen2020"}


def test_without_a_run_the_program_and_its_theory():
    assert keys(references_of()) == ALWAYS
    assert keys(references_of(everything=True)) == {r.key for r in REFERENCES}


def test_theory_at_symmetry_0(tmp_path):
    file = save_dataset(dmft(Model(Lognormal(100, 0.5), 1.5), n_lags=20), tmp_path / "dmft.nc")
    found = keys(references_of([file]))
    assert {"Sompolinsky1988", "Crisanti2018"} <= found
    assert not found & {"Kuczala2016", "Chung2002", "Norros2006", "Dormand1980", "Bezanson2017"}


def test_spectrum_with_correlated_couplings_and_another_cap(tmp_path):
    model = Model(Lognormal(10, 0.5), 1.0, -0.5, n=60, cap="norros-reittu")
    file = save_dataset(spectrum(model), tmp_path / "results" / "spectrum.nc")
    found = keys(references_of([file.parent.parent]))
    assert {"Sommers1988", "Kuczala2016", "Norros2006", "Chung2002"} <= found
    assert not found & {"Crisanti2018", "Sen1968"}


def test_a_planned_sweep(tmp_path):
    from pyscales.sweep import SweepFolder, make_plan

    data = {
        "run": {"jobs": ["critical-gain", "timescales"]},
        "model": {"n": 200},
        "sweep": {"over": {"model.symmetry": [0.0, 0.5]}},
    }
    SweepFolder(tmp_path).adopt(make_plan(data))
    found = keys(references_of([tmp_path]))
    assert {"Kuczala2016", "Dormand1980", "Wieland2015", "Sen1968"} <= found


def test_a_merged_sweep(tmp_path):
    from pyscales.sweep import make_plan, merge_sweep, run_sweep

    data = {
        "run": {"jobs": ["dmft"]},
        "dmft": {"n_lags": 10},
        "sweep": {"over": {"model.gain": [0.5, 1.5]}},
    }
    run_sweep(make_plan(data), tmp_path)
    merge_sweep(tmp_path)
    assert "Crisanti2018" in keys(references_of([tmp_path / "merged.nc"]))


def test_entries_are_bibtex():
    """Balanced braces, unique keys, the fields that each kind needs."""
    needed = {
        "article": {"author", "title", "journal", "year", "volume", "pages", "doi"},
        "misc": {"author", "title", "year", "eprint"},
        "book": {"author", "title", "publisher", "year"},
        "software": {"author", "title", "version", "year"},
    }
    seen = [r.key for r in REFERENCES]
    assert len(set(seen)) == len(seen)
    for r in REFERENCES:
        text = r.bibtex()
        assert text.count("{") == text.count("}")
        assert re.search(rf"^@{r.kind}\{{{r.key},$", text, re.MULTILINE)
        assert needed[r.kind] <= set(r.fields)
        if "doi" in r.fields:
            assert re.fullmatch(r"10\.\d{4,}/\S+", r.fields["doi"])
        assert 1900 < int(r.fields["year"]) < 2100


def test_sources_without_results(tmp_path):
    with pytest.raises(InputError):
        references_of([tmp_path])
    with pytest.raises(InputError):
        references_of([tmp_path / "nothing"])
    (tmp_path / "a.nc").write_bytes(np.zeros(10).tobytes())
    with pytest.raises(InputError):
        references_of([tmp_path / "a.nc"])


def test_a_run_on_measured_activity(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "nuclei.csv").write_text("nucleus_id,timescale\n1,2.0\n")
    assert {"MICrONS2025", "Murray2014"} <= keys(references_of([tmp_path]))
