"""Datasets on disk: atomic, found again by recipe, never half-written."""

from __future__ import annotations

import numpy as np
import pytest

from pyscales.errors import InputError
from pyscales.results import Store, content_hash, load_dataset, make_dataset, save_dataset


def example(value: float = 1.0):
    return make_dataset(
        {"variance_x": (("trial",), [value, 2.0])},
        attrs={"flag": True, "none": None, "d": {"a": 1}},
    )


def test_every_variable_has_units_and_a_long_name():
    found = make_dataset(
        {"timescale_hwhm": (("neuron",), [1.0]), "timescale_hwhm_quality": (("neuron",), [0])},
        {"lag": (("lag",), [0.0, 1.0])},
    )
    for name in found.variables:
        assert found[name].attrs["units"]
        assert found[name].attrs["long_name"]
    assert found["timescale_hwhm"].attrs["units"] == "membrane time constants"
    with pytest.raises(KeyError, match="mystery"):
        make_dataset({"mystery": ((), 1.0)})


def test_round_trip(tmp_path):
    saved = example()
    found = load_dataset(save_dataset(saved, tmp_path / "deep" / "x.nc"))
    np.testing.assert_array_equal(found["variance_x"], saved["variance_x"])
    assert found.attrs["flag"] == 1
    assert found["variance_x"].attrs == saved["variance_x"].attrs
    assert not list(tmp_path.rglob("*.part"))


def test_a_piece_is_computed_once_per_recipe(tmp_path):
    calls = []

    def compute():
        calls.append(1)
        return example(len(calls))

    recipe = {"gain": 1.5}
    first = Store(tmp_path).get("piece", recipe, compute)
    second = Store(tmp_path).get("piece", recipe, compute)
    assert len(calls) == 1
    np.testing.assert_array_equal(first["variance_x"], second["variance_x"])
    Store(tmp_path).get("piece", {"gain": 1.6}, compute)
    assert len(calls) == 2


@pytest.mark.parametrize("damage", [lambda b: b[: len(b) // 2], lambda b: b"", lambda b: b"xyz"])
def test_damaged_pieces_are_computed_again(tmp_path, damage):
    store = Store(tmp_path)
    store.get("piece", {"a": 1}, example)
    path = tmp_path / "piece.nc"
    path.write_bytes(damage(path.read_bytes()))
    again = Store(tmp_path)
    found = again.get("piece", {"a": 1}, example)
    assert again.computed == ["piece"]
    assert float(found["variance_x"][0]) == 1.0


def test_a_failing_write_leaves_no_file(tmp_path):
    bad = example()
    bad.attrs["unwritable"] = object()
    with pytest.raises(TypeError):
        save_dataset(bad, tmp_path / "x.nc")
    assert list(tmp_path.iterdir()) == []


def test_hash_depends_on_content_not_on_order():
    assert content_hash({"a": 1, "b": 2}) == content_hash({"b": 2, "a": 1})
    assert content_hash({"a": 1}) != content_hash({"a": 2})


def test_missing_file():
    with pytest.raises(InputError, match=r"absent\.nc"):
        load_dataset("absent.nc")
