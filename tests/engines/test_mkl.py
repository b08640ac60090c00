"""The embedded engine with MKL's products: same formula, an engine of its own."""

from __future__ import annotations

import ctypes
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from pyscales import Lognormal, Model, Simulation, simulate
from pyscales.engines import SamplingPlan, choose_engine, get_engine
from pyscales.engines.embedded import mkl
from pyscales.errors import EngineError
from pyscales.network import sample_network

needs_mkl = pytest.mark.skipif(bool(mkl.readiness()), reason=mkl.readiness() or "MKL is there")


def network(n=400, gain=1.8):
    return sample_network(np.full(n, 30.0), symmetry=0.0, seed=0).scaled(gain)


@needs_mkl
@pytest.mark.parametrize("precision", ["double", "single"])
@pytest.mark.parametrize("trials", [1, 2, 8])
@pytest.mark.parametrize("method", ["RK45", "ETD3"])
def test_same_numbers_as_scipy(method, trials, precision):
    x0 = np.random.default_rng(1).standard_normal((trials, 400))
    plan = SamplingPlan(0.5, 2.0, 0.5, 3)
    runs = [
        get_engine(name).integrate(network(), x0, plan, method=method, precision=precision)
        for name in ("scipy", "mkl")
    ]
    tolerance = 1e-10 if precision == "double" else 1e-5
    for field in ("final_state", "mean_square_x", "autocorrelation_x"):
        one, other = (getattr(run, field) for run in runs)
        assert one.shape == other.shape
        np.testing.assert_allclose(one, other, atol=tolerance)
    assert runs[0].status.evaluations == runs[1].status.evaluations


@needs_mkl
def test_stiff_steps_and_workers():
    w, x0 = network(), np.random.default_rng(1).standard_normal((2, 400))
    tau = 10.0 ** np.linspace(-2.5, 1.0, 400)
    plan = SamplingPlan(0.0, 2.0, 0.5)
    one, two, exact = (
        engine.integrate(w, x0, plan, time_constants=tau, workers=k, rtol=1e-6)
        for engine, k in ((get_engine("mkl"), 1), (get_engine("mkl"), 2), (get_engine(), 1))
    )
    np.testing.assert_array_equal(one.final_state, two.final_state)
    np.testing.assert_allclose(one.final_state, exact.final_state, atol=1e-5)
    assert one.status.method == "BDF"


@needs_mkl
def test_results_name_their_engine():
    settings = Simulation(n_trials=2, transient=5.0, duration=10.0, max_lag=2.0)
    found = simulate(Model(Lognormal(20.0, 0.4), 1.8, n=150), settings, seed=2, engine="mkl")
    assert found.attrs["engine"] == "mkl"


@pytest.mark.parametrize(
    ("text", "kind"),
    [("argument 6: KeyboardInterrupt: ", KeyboardInterrupt), ("argument 6", ctypes.ArgumentError)],
)
def test_ctrl_c_inside_ctypes_is_ctrl_c(monkeypatch, text, kind):
    def dot_product_mkl(w, y):
        raise ctypes.ArgumentError(text)

    library = SimpleNamespace(mkl_set_num_threads=int, dot_product_mkl=dot_product_mkl)
    monkeypatch.setattr(mkl, "_library", lambda: library)
    with pytest.raises(kind):
        mkl.mkl_product(network(), 1)(np.zeros((400, 1)))


def test_auto_takes_it_for_many_trials_of_long_jobs(monkeypatch):
    monkeypatch.setattr(mkl, "readiness", lambda: "")
    for seconds, entries, trials, name in (
        (5.0, 100_000, 8, "mkl"),
        (5.0, 1_000_000, 1, "scipy"),
        (0.1, 100_000, 8, "scipy"),
        (5.0, 10_000, 8, "scipy"),
    ):
        choice = choose_engine(
            "auto", job="the simulation", seconds=seconds, entries=entries, trials=trials
        )
        assert choice.engine.name == name
        assert ("MKL" in choice.reason) == (name == "mkl")
    monkeypatch.setattr(mkl, "readiness", lambda: "not there")
    assert choose_engine("auto", seconds=5.0, entries=10**6, trials=8).engine.name == "scipy"


def test_named_when_missing(monkeypatch):
    assert choose_engine("auto").engine.name == "scipy"
    monkeypatch.setitem(sys.modules, "sparse_dot_mkl", None)
    monkeypatch.setattr(mkl, "find_spec", lambda name: None)
    with pytest.raises(EngineError, match=r"pyscales\[mkl\]"):
        choose_engine("mkl")
