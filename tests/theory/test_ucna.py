"""Unified coloured-noise approximation: closed forms, limits, distances to the exact density."""

from __future__ import annotations

import numpy as np
import pytest
from coloured_noise_reference import POINTS, SWITCHING
from scipy.integrate import dblquad, quad

from pyscales.errors import InputError
from pyscales.theory.density_distance import distance
from pyscales.theory.fokker_planck import solve_fokker_planck
from pyscales.theory.switching import LOWER_ESTIMATE, switching_time_ucna
from pyscales.theory.ucna import (
    drift,
    noise_denominator,
    stationary_density,
    support_edge,
    well_position,
)


@pytest.mark.parametrize(("d", "tau"), [(0.5, 1.0), (2.0, 0.1), (0.05, 12.0)])
def test_without_self_coupling_it_is_exact_and_the_slides_form_is_not(d, tau):
    assert stationary_density(0, d, tau).variance == pytest.approx(d / (2 * (1 + tau)), rel=1e-10)
    printed = stationary_density(0, d, tau, form="slide")
    assert printed.variance == pytest.approx(d / 2, rel=1e-10)


@pytest.mark.parametrize("form", ["ucna", "slide", "white", "both"])
@pytest.mark.parametrize(("s", "d", "tau"), [(0.8, 0.3, 2.0), (1.5, 0.5, 1.0), (2.5, 0.1, 0.3)])
def test_density_integrates_to_one(form, s, d, tau):
    p = stationary_density(s, d, tau, form=form)
    well = well_position(s)
    total = quad(p, 0, p.end, points=[well] if well > 0 else None, epsabs=1e-12, limit=400)[0]
    assert 2 * total == pytest.approx(1.0, abs=1e-9)
    assert p.moment(0) == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize(("s", "tau"), [(2.0, 2.0), (5.0, 0.5), (1.1, 30.0)])
def test_support_opens_where_h_vanishes(s, tau):
    edge = support_edge(s, tau)
    assert edge > 0
    assert noise_denominator(np.array(edge), s, tau) == pytest.approx(0, abs=1e-12 * tau * s)
    p = stationary_density(s, 1.0, tau)
    assert p.support_edge == edge
    assert (p(np.array([0.0, 0.5 * edge, -0.9 * edge])) == 0).all()
    assert p(np.array(1.01 * edge)) > 0
    assert support_edge(s, 1 / (s - 1)) == 0


@pytest.mark.parametrize(("s", "d", "tau"), [(0.9, 0.5, 3.0), (1.2, 0.5, 2.0), (2.0, 1.0, 2.0)])
def test_modes_solve_their_equation(s, d, tau):
    modes = stationary_density(s, d, tau).modes()
    assert modes.size == 1
    x = modes[0]
    slope_of_h = 2 * tau * s * np.tanh(x) / np.cosh(x) ** 2
    h = noise_denominator(x, s, tau)
    assert 0.5 * d * slope_of_h + drift(x, s) * h**2 == pytest.approx(0, abs=1e-5)


def test_a_single_mode_at_zero_is_found():
    np.testing.assert_array_equal(stationary_density(0.2, 0.5, 0.1).modes(), [0.0])


def test_white_noise_is_the_limit_of_short_noise_times():
    white = stationary_density(1.3, 0.4, 1e-6, form="white")
    for form in ("ucna", "slide"):
        p = stationary_density(1.3, 0.4, 1e-6, form=form)
        assert distance(white, p, white.end).l1 < 1e-5


def test_slides_form_has_no_integral_once_h_vanishes():
    p = stationary_density(2, 1, 2, form="slide")
    assert not p.normalisable
    assert "no integral" in p.message
    assert np.isnan(p(np.array([1.0]))).all()
    found = distance(stationary_density(2, 1, 2, form="white"), p, 5.0)
    assert found.l1 == 2.0
    assert found.kl == np.inf


@pytest.mark.parametrize("point", POINTS, ids=lambda p: str(p.unit))
def test_distances_to_the_exact_density(point):
    exact = solve_fokker_planck(*point.unit)
    kink = (support_edge(point.s, point.tau),)
    for form, l1, kl in zip(("both", "slide", "white"), point.l1, point.kl, strict=True):
        if l1 is None:
            continue
        p = stationary_density(*point.unit, form=form)
        found = distance(exact, p, max(p.end, exact.x[-1]), kink)
        # Where the reference came from a sampled density its distances carry counting noise.
        assert found.l1 == pytest.approx(l1, abs=6e-3 if point.sampled else 1.1e-3, rel=2e-3)
        assert found.kl == pytest.approx(kl, abs=2e-3, rel=1e-2)


def test_support_is_better_than_the_continuation_deep_in_the_bistable_regime():
    exact = solve_fokker_planck(3, 2, 2)
    kink = (support_edge(3, 2),)
    supported, continued = (
        distance(exact, stationary_density(3, 2, 2, form=form), 9.0, kink)
        for form in ("ucna", "both")
    )
    assert supported.l1 < 0.3 * continued.l1
    assert supported.kl == np.inf
    assert 0 < supported.kl_reverse < continued.kl_reverse


@pytest.mark.parametrize(("s", "d", "tau", "exact", "rel", "estimate"), SWITCHING)
def test_switching_time_is_a_lower_estimate(s, d, tau, exact, rel, estimate):
    found = switching_time_ucna(s, d, tau)
    assert found.switching_time == pytest.approx(estimate, rel=6e-3)
    assert found.switching_time < exact
    assert LOWER_ESTIMATE in found.message


def test_passage_time_is_the_white_noise_formula_for_short_noise_times():
    s, d = 1.6, 0.3
    well = well_position(s)

    def u(x):
        return 0.5 * x**2 - s * np.log(np.cosh(x))

    white = dblquad(
        lambda y, x: np.exp(2 * (u(x) - u(y)) / d), 0, well, lambda x: x, lambda x: 5.0
    )[0]
    found = switching_time_ucna(s, d, 1e-7)
    assert found.switching_time == pytest.approx(2 * (2 / d) * white, rel=1e-5)
    assert found.barrier == pytest.approx(-2 * u(well) / d, rel=1e-4)


def test_one_well_has_no_switching_time():
    found = switching_time_ucna(0.9, 0.5, 3)
    assert np.isnan(found.switching_time)
    assert "one well" in found.message


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ((np.nan, 1, 1), "self_coupling"),
        ((1e4, 1, 1), "self_coupling"),
        ((1, 0, 1), "noise_strength"),
        ((1, 1, -1), "noise_time"),
        ((1, np.inf, 1), "noise_strength"),
    ],
)
def test_parameters_no_unit_can_have(arguments, field):
    for function in (stationary_density, switching_time_ucna, solve_fokker_planck):
        with pytest.raises(InputError) as error:
            function(*arguments)
        assert error.value.field == field
    with pytest.raises(InputError, match="form"):
        stationary_density(1, 1, 1, form="printed")
