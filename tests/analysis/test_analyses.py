"""Analyses on models: theory degrees, spectrum against eigenvalues, timescales and degree."""

from __future__ import annotations

import numpy as np
import pytest

from pyscales import (
    DegreeSequence,
    Gamma,
    InputError,
    Lognormal,
    Model,
    PowerLaw,
    Simulation,
    critical_gain,
    dmft,
    network_timescales,
    phase_diagram,
    simulate,
    spectrum,
    timescale_by_degree,
)
from pyscales.analysis.critical_gain import critical_gain_of_law
from pyscales.analysis.theory_degrees import theory_degrees
from pyscales.degrees import Homogeneous


def test_theory_degrees_choices():
    model = Model(Lognormal(100.0, 1.0), 1.2, n=1000)
    assert theory_degrees(model).choice == "finite"
    assert theory_degrees(model.with_(n=None)).choice == "nominal"
    capped = theory_degrees(model.with_(theory_degrees="capped"))
    assert capped.law.mean_degree < 95
    assert capped.gain == pytest.approx(1.2 * np.sqrt(capped.law.mean_degree / 100), rel=1e-12)
    realised = theory_degrees(model.with_(theory_degrees="realised"), seed=3)
    drawn = model.sample(np.random.SeedSequence(3, spawn_key=(0,)).spawn(2)[0])
    np.testing.assert_array_equal(realised.law.degrees, np.sort(drawn.realised_degrees))


def test_the_cap_moves_the_critical_gain():
    model = Model(Lognormal(100.0, 1.0), 1.0, n=1000)
    assert critical_gain(model).critical_gain == pytest.approx(0.618238, abs=1e-6)
    capped = critical_gain(model.with_(theory_degrees="capped"))
    assert capped.critical_gain == pytest.approx(1 / 1.3250, rel=1e-3)
    assert capped.degrees == "capped"


def test_capped_degrees_predict_the_eigenvalues_of_the_graph():
    model = Model(Lognormal(100.0, 1.0), 1.0, n=1000, theory_degrees="capped")
    radius = 1 / critical_gain(model).critical_gain
    largest = []
    for seed in range(3):
        found = spectrum(model, seed=seed, method="arnoldi", k=6, which="LM")
        largest.append(np.hypot(found["eigenvalue_real"] + 1, found["eigenvalue_imag"]).max())
    assert np.mean(largest) == pytest.approx(radius, rel=0.06)
    assert abs(np.mean(largest) - radius) < abs(np.mean(largest) - 1 / 0.618238)


@pytest.mark.parametrize(
    "law",
    [Gamma(50.0, 2.0), PowerLaw(50.0, 2.5, 800.0), DegreeSequence(np.arange(1.0, 60.0).repeat(3))],
)
def test_every_law_has_theory_at_symmetry_zero(law):
    g0 = critical_gain_of_law(law, 0.0).critical_gain
    assert g0 == pytest.approx(law.moment(2) ** -0.5, rel=1e-12)
    found = dmft(Model(law, 1.5 * g0))
    assert found.attrs["converged"] == 1
    assert float(found["d0"]) > 0
    assert float(found["lyapunov_max"]) > 0
    assert dmft(Model(law, 0.99 * g0)).attrs["phase"] == "silent"


@pytest.mark.parametrize("symmetry", [0.2, 0.6, 1.0])
def test_truncation_is_independent_of_quadrature(symmetry):
    law = Lognormal(100.0, 0.6, 800.0)
    fine = critical_gain_of_law(law, symmetry)
    many = DegreeSequence(law.mean_degree * law.quantile((np.arange(400_000) + 0.5) / 400_000))
    assert fine.critical_gain == pytest.approx(
        critical_gain_of_law(many, symmetry).critical_gain_static, rel=3e-3
    )


def test_tiny_symmetry_is_continuous():
    law = Lognormal(100.0, 0.5).finite(500)
    zero = critical_gain_of_law(law, 0.0).critical_gain
    for symmetry in (1e-13, 1e-9, 1e-6, -1e-6, -1e-12):
        found = critical_gain_of_law(law, symmetry)
        assert found.critical_gain_static == pytest.approx(zero, rel=1e-5)
        share_of_the_hub = law.u_max**2 / (500 * law.moment(2))
        assert found.critical_gain == pytest.approx(zero, rel=share_of_the_hub)


def test_directed_graphs_have_no_theory_with_symmetry():
    model = Model(Lognormal(20.0, 0.3), 1.0, 0.5, n=200, directed=True)
    with pytest.raises(InputError, match="directed"):
        critical_gain(model)
    assert critical_gain(model.with_(symmetry=0.0)).status == "converged"


def test_silent_exponent_is_the_spectral_edge():
    model = Model(Lognormal(100.0, 0.5), 0.6, n=900)
    edge = 0.6 / critical_gain(model).critical_gain - 1
    assert float(dmft(model)["lyapunov_max"]) == pytest.approx(edge, rel=1e-12)


def test_dmft_curves_are_consistent():
    found = dmft(Model(Lognormal(100.0, 0.5), 1.5), n_lags=201)
    assert float(found["autocorrelation_x"][0]) == pytest.approx(float(found["d0"]), rel=1e-12)
    assert float(found["autocorrelation"][0]) == pytest.approx(float(found["variance_phi"]))
    half = np.interp(float(found["timescale_hwhm"]), found["lag"], found["autocorrelation_x"])
    assert half == pytest.approx(0.5 * float(found["d0"]), rel=1e-3)
    of_degree = found["autocorrelation_phi_of_degree"].values
    widths = [np.argmax(c < 0.5 * c[0]) for c in of_degree.T]
    assert widths[-1] < widths[0]


def test_radial_spectrum_at_symmetry_zero():
    model = Model(Lognormal(100.0, 0.5), 1.0, n=900, kind="dense")
    found = [spectrum(model, seed=s) for s in range(2)]
    theory = found[0]
    radius = float(theory["spectral_radius"])
    modulus = np.concatenate(
        [np.hypot(f["eigenvalue_real"] + 1, f["eigenvalue_imag"]) for f in found]
    )
    share = np.array([(modulus < r).mean() for r in theory["radius"].values])
    assert np.abs(share - theory["radial_distribution"].values).max() < 0.03
    assert (modulus < 1.08 * radius).all()
    localisation = np.concatenate([f["degree_localisation"] for f in found])
    for low, high in ((0.3, 0.5), (0.6, 0.75), (0.85, 1.0)):
        ring = (modulus > low * radius) & (modulus < high * radius)
        expected = np.interp(modulus[ring], theory["radius"], theory["degree_localisation_theory"])
        assert localisation[ring].mean() == pytest.approx(expected.mean(), rel=0.03)


def test_boundary_encloses_the_spectrum_with_symmetry():
    model = Model(Lognormal(100.0, 0.4), 1.0, 0.4, n=800, kind="dense")
    found = spectrum(model, seed=1)
    angle = np.arctan2(found["boundary_imag"], found["boundary_real"] + 1)
    size = np.hypot(found["boundary_imag"], found["boundary_real"] + 1)
    order = np.argsort(angle.values)
    z = found["eigenvalue_real"].values + 1 + 1j * found["eigenvalue_imag"].values
    first = np.arctan2(np.abs(z.imag), np.abs(z.real))
    limit = np.interp(first, angle.values[order], size.values[order])
    assert (np.abs(z) > 1.05 * limit).mean() < 0.005
    assert (np.abs(z) > 0.9 * limit).mean() > 0.02


def test_phase_diagram_points_match_single_runs(tmp_path):
    model = Model(Lognormal(20.0, 0.3), 1.0, n=120)
    run = Simulation(n_trials=1, transient=40.0, duration=30.0, max_lag=0.0)
    found = phase_diagram(model, "symmetry", [0.0, 0.5], [0.4, 2.5], simulation=run, seed=3)
    single = simulate(model.with_(symmetry=0.5, gain=2.5), run, seed=3)
    assert float(found["temporal_variance"][1, 1]) == float(single["temporal_variance"].mean())
    assert str(found["phase_theory"].values[0, 0]) == "silent"
    assert str(found["phase_simulated"].values[0, 0]) == "silent"


def test_timescales_need_autocorrelations():
    run = Simulation(n_trials=1, transient=5.0, duration=10.0, max_lag=0.0)
    found = simulate(Model(Homogeneous(10.0), 2.0, n=40), run)
    with pytest.raises(InputError, match="max_lag"):
        network_timescales(found)


@pytest.mark.slow
def test_timescale_of_x_grows_with_degree_only_with_symmetry():
    law = Lognormal(60.0, 0.6)
    run = Simulation(n_trials=8, transient=100.0, duration=500.0, max_lag=100.0)
    slopes = {}
    for symmetry in (0.0, 0.3):
        model = Model(law, 1.8, symmetry, n=1500)
        found = network_timescales(simulate(model, run, seed=4), methods=("hwhm",))
        slopes[symmetry] = timescale_by_degree(found, "timescale_hwhm")["correlation"]
    assert abs(slopes[0.0]["spearman"]) < 0.1
    assert slopes[0.3]["spearman_low"] > 0.03
    assert slopes[0.3]["slope_low"] > 0
    assert slopes[0.3]["spearman"] > slopes[0.0]["spearman_high"]
