"""The configuration file: defaults, overrides, laws."""

from __future__ import annotations

import pytest

from pyscales.config import Config, build_config, load_config, make_degrees, make_model
from pyscales.config.template import to_toml
from pyscales.errors import InputError


def test_defaults_make_a_model():
    model, found = make_model(build_config({}))
    assert found is None
    assert (model.degrees.name, model.degrees.mean_degree, model.gain) == ("lognormal", 100.0, 1.5)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("model.gain=2", 2.0),
        ("model.gain = 2.25", 2.25),
        ("run.seed=7", 7),
        ("degrees.law=gamma", "gamma"),
        ("run.jobs=['dmft']", ["dmft"]),
        ("network.directed=true", True),
    ],
)
def test_overrides(text, value):
    section, key = text.partition("=")[0].strip().split(".")
    assert getattr(getattr(build_config({}, [text]), section), key) == value


def test_unknown_keys_name_the_nearest_one():
    with pytest.raises(InputError, match="Did you mean 'symmetry'"):
        build_config({"model": {"symetry": 0.5}})


@pytest.mark.parametrize(
    ("section", "name"),
    [
        ({"law": "homogeneous"}, "homogeneous"),
        ({"law": "gamma", "shape": 2.0}, "gamma"),
        ({"law": "power-law", "exponent": 2.5, "k_max": 2000.0}, "power-law"),
        ({"sigma": 0.3, "k_max": 400.0}, "lognormal"),
    ],
)
def test_laws(section, name):
    law, _ = make_degrees(build_config({"degrees": section}).degrees)
    assert law.name == name
    assert law.moment(1) == pytest.approx(1.0, abs=1e-9)


def test_a_degree_file_is_found_beside_the_configuration(tmp_path):
    (tmp_path / "k.txt").write_text("1\n2\n2\n1\n")
    path = tmp_path / "c.toml"
    path.write_text("[degrees]\nlaw = 'empirical'\nfile = 'k.txt'\n")
    model, found = make_model(load_config(path))
    assert found.law.n_atoms == 4
    assert model.n_neurons == 4


def test_template_reads_back(tmp_path):
    path = tmp_path / "c.toml"
    path.write_text(to_toml(Config()))
    assert load_config(path) == Config()
