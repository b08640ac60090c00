"""Ids never pass through a float; rows left out are counted once."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyscales.connectome.ids import check_ids
from pyscales.connectome.ledger import Sieve
from pyscales.errors import InputError

ROOT = 864691135848594270


@pytest.mark.parametrize(
    "values",
    [
        np.array([ROOT]),
        [ROOT],
        [str(ROOT)],
        np.array([str(ROOT)]),
        pd.Series([ROOT], dtype="Int64"),
        pd.Series([str(ROOT)]),
        pd.Series([ROOT], dtype=object),
        np.array([ROOT], dtype=np.uint64),
    ],
)
def test_ids_are_exact(values):
    assert check_ids("id", values).tolist() == [ROOT]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(1, 2**63 - 1), min_size=1, max_size=20))
def test_text_and_integers_agree(ids):
    assert check_ids("id", ids).tolist() == ids
    assert check_ids("id", [str(i) for i in ids]).tolist() == ids


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ([float(ROOT)], "float"),
        ([1.0, 2.0], "float"),
        (pd.Series([ROOT, None]), "float"),
        ([f"{ROOT}.0"], "row 1"),
        (["1", "8.64e17"], "row 2"),
        (["a"], "row 1"),
        (["1", ""], "row 2"),
        ([1, -2], "row 2"),
        ([0], "row 1"),
        ([True], "id"),
        ([2**63], "2^63"),
        ([str(2**64)], "2^63"),
        (pd.Series([1, None], dtype="Int64"), "row 2"),
        ([[1, 2]], "one id per row"),
        ([1 + 2j], "id"),
    ],
)
def test_ids_refused(values, word):
    with pytest.raises(InputError) as caught:
        check_ids("pt_root_id", values)
    assert word in str(caught.value)
    assert "pt_root_id" in caught.value.field


def test_missing_ids_become_zero_on_request():
    column = pd.Series([ROOT, None], dtype="Int64")
    assert check_ids("id", column, missing=True).tolist() == [ROOT, 0]
    assert check_ids("id", [str(ROOT), "", "nan"], missing=True).tolist() == [ROOT, 0, 0]


def test_every_row_counts_under_one_reason():
    sieve = Sieve("units", 10)
    bad = np.zeros(10, dtype=bool)
    bad[:4] = True
    sieve.drop(bad, "artifact")
    bad[3:6] = True
    sieve.drop(bad, "too noisy")
    sieve.drop(np.zeros(10, dtype=bool), "never")
    ledger = sieve.ledger()
    assert ledger.excluded == {"artifact": 4, "too noisy": 2}
    assert ledger.kept == sieve.keep.sum() == 4
    assert "4 of 10 units used" in ledger.sentence()
    assert ledger.as_dict()["total"] == 10
