"""`auto` weighs the theory with memory by its samples."""

from __future__ import annotations

import importlib

import pytest

from pyscales import Homogeneous, Model
from pyscales.engines import memory_seconds
from pyscales.engines.choice import WORTH_JULIA
from pyscales.errors import EngineError

dmft = importlib.import_module("pyscales.analysis.dmft")


@pytest.mark.parametrize(("symmetry", "low", "high"), [(0.0, 0.0, 1.0), (0.25, 30.0, 100.0)])
def test_the_engine_is_chosen_by_the_work(monkeypatch, symmetry, low, high):
    told = []

    def choose(name, *, job, seconds):
        told.append(seconds)
        raise EngineError("enough")

    monkeypatch.setattr(dmft, "choose_engine", choose)
    model = Model(Homogeneous(100.0), gain=2.0, symmetry=symmetry)
    with pytest.raises(EngineError, match="enough"):
        dmft.solve_dmft(model, n_seeds=8, replicas=12)
    assert low <= told[0] <= high


def test_the_default_solution_stays_embedded():
    assert memory_seconds(4, 6, 700) < WORTH_JULIA
