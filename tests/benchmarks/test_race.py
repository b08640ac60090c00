"""The race: its hand-written integrators, its rule of equal accuracy, a small race end to end."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.race import drive, measure, report, settings
from benchmarks.race.contenders.base import TABLEAUS, HandWritten, adams_weights
from benchmarks.race.problem import Problem, load, make
from pyscales.engines.embedded.exponential import step_coefficients

ORDERS = {"euler": 1, "heun": 2, "midpoint": 2, "heun3": 3, "bosh3": 3, "rk4": 4}


class Loop(HandWritten):
    """A dense product, to try the integrators."""

    def prepare(self):
        p = self.problem
        self.w = np.zeros((p.n, p.n))
        for i in range(p.n):
            row = slice(p.indptr[i], p.indptr[i + 1])
            self.w[i, p.indices[row]] = p.data[row]
        self.start()

    def product(self, y):
        return self.w @ y


def problem(n=20, trials=2):
    rng = np.random.default_rng(0)
    return Problem(
        n,
        n * np.arange(n + 1),
        np.tile(np.arange(n), n),
        1.5 * rng.standard_normal(n * n) / n**0.5,
        rng.standard_normal((trials, n)),
    )


@pytest.mark.parametrize(("method", "order"), [*ORDERS.items(), ("etd1", 1)])
def test_order_of_the_hand_written_integrators(method, order):
    steps = (1 / 8, 1 / 16, 1 / 32)
    exact = Loop(problem(), "double", 1, "rk4", 1 / 512)
    expected = exact.numpy(exact.advance(2))
    errors = []
    for step in steps:
        loop = Loop(problem(), "double", 1, method, step)
        errors.append(np.abs(loop.numpy(loop.advance(2)) - expected).max())
        stages = len(TABLEAUS[method][1]) if method in TABLEAUS else 1
        assert loop.evaluations == stages * 2 / step
    np.testing.assert_allclose(np.log2(errors[1] / errors[2]), order, atol=0.4)


def test_weights_are_those_of_the_package():
    c = step_coefficients(0.3, np.ones((1, 1)))
    decay, weights = adams_weights(0.3, 3)
    expected = [c.first + c.slope + c.curvature, -c.slope - 2 * c.curvature, c.curvature]
    np.testing.assert_allclose(weights, np.ravel(expected), rtol=1e-12)
    assert decay == pytest.approx(c.decay.item())


def accuracy(folder, run, products, cost):
    path = measure.accuracy_file(folder, run)
    path.write_text(json.dumps({"run": run, "products": products, "evaluations per unit": cost}))


def test_the_cheapest_admitted_setting_is_taken(tmp_path):
    exact = [(2.0, 1e-4)] * 4
    accuracy(tmp_path, settings.REFERENCE, exact, 20.0)
    for (method, step), shift, cost in (
        (("rk4", 1.0), 0.02, 4.0),  # 1 % of the variance
        (("rk4", 0.5), 0.008, 8.0),
        (("rk4", 0.25), 0.0, 16.0),
    ):
        shifted = [(value + shift, error) for value, error in exact]
        accuracy(tmp_path, ("mkl_loop", "single", method, step), shifted, cost)
    entry = settings.Entry("mkl_loop", "loop", "single", [("rk4", h) for h in (1.0, 0.5, 0.25)])
    assert measure.chosen_setting(tmp_path, entry) == ("rk4", 0.5)
    with pytest.raises(LookupError, match="accurate"):
        measure.chosen_setting(tmp_path, replace(entry, settings=[("rk4", 1.0)]))


@pytest.mark.slow
def test_a_small_race_end_to_end(tmp_path, monkeypatch):
    n = 200
    make(tmp_path / f"network-{n}.npz", n)
    assert load(tmp_path / f"network-{n}.npz", 2).states.shape == (2, n)
    monkeypatch.setattr(settings, "ACCURACY_N", n)
    monkeypatch.setattr(settings, "ACCURACY_UNITS", 400)
    monkeypatch.setattr(settings, "SIZES", (n,))
    monkeypatch.setattr(settings, "TRIALS", (2,))
    monkeypatch.setattr(settings, "SECONDS", {n: 0.02})
    monkeypatch.setattr(settings, "REPEATS", {n: 3})
    monkeypatch.setattr(settings, "TOLERANCE", 1.0)
    own = settings.Entry(
        "pyscales_engine", "embedded", "double", [("ETD3", 0.25)], names=(("ETD3", "ETD3"),)
    )
    peer = settings.Entry("scipy_ivp", "solve_ivp", "double", [("RK45", 1e-2)])
    monkeypatch.setattr(settings, "REFERENCE", ("scipy_ivp", "double", "RK45", 1e-4))
    monkeypatch.setattr(settings, "OURS", [own])
    monkeypatch.setattr(settings, "PEERS", [peer])
    runs = [settings.REFERENCE, *(measure.accuracy_run(e, e.settings[0]) for e in (peer, own))]
    monkeypatch.setattr(settings, "accuracy_runs", lambda: runs)
    for run in runs:
        measure.measure_accuracy(tmp_path, run, drive.python_of(run[0], []))
    shifts = measure.deviations(tmp_path, runs[2])
    assert all(abs(value) < 6 * error + 0.01 for value, error in shifts)
    row = measure.measure_time(tmp_path, n, 2, peer, [])
    assert "failed" not in row
    assert row[own.key]["evaluations"] == pytest.approx(4, rel=0.1)
    assert len(row[peer.key]["seconds"]) == 3
    page = tmp_path / "benchmarks" / "RESULTS.md"
    page.parent.mkdir()
    (tmp_path / "docs" / "images").mkdir(parents=True)
    report.write(tmp_path, page)
    assert f"## N = {n}, 2 trials" in page.read_text()
    assert "solve_ivp" in page.read_text()
    assert (tmp_path / "docs" / "images" / "race.svg").read_text().count("<svg") == 1


def test_a_peer_that_is_missing_is_named(tmp_path):
    make(tmp_path / "network.npz", 120)
    options = {"trials": 1, "precision": "double", "threads": 1, "method": "x", "step": 1.0}
    with pytest.raises(RuntimeError, match="no_such_contender"):
        drive.Worker(
            drive.python_of("no_such_contender", []),
            "no_such_contender",
            tmp_path / "network.npz",
            options,
        )
