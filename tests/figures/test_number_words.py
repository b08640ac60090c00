"""Numbers as text."""

from __future__ import annotations

import math

import pytest

from pyscales.figures.numbers import counted, fixed, percent, plain, with_error, with_interval


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (1.0, "1"),
        (0.38629, "0.386"),
        (-12.34, "−12.3"),
        (2062.0, "2062"),
        (1.66e-9, "1.7×10⁻⁹"),
        (math.nan, "not available"),
        (math.inf, "infinite"),
    ],
)
def test_plain(value, text):
    assert plain(value) == text


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (0.39638, 0.01375, "0.396 ± 0.014"),
        (1.41497, 0.02083, "1.415 ± 0.021"),
        (0.4619, 0.1286, "0.46 ± 0.13"),
        (123.4, 56.0, "123 ± 56"),
        (0.5, math.nan, "0.5 (no error)"),
        (math.nan, 0.1, "not available"),
        (0.5, 0.0, "0.5 ± 0"),
    ],
)
def test_with_error(value, error, text):
    assert with_error(value, error) == text


def test_with_interval():
    assert with_interval(0.05482, 0.03691, 0.07279) == "0.055 [0.037, 0.073]"
    assert with_interval(-0.0035, -0.0222, 0.0151) == "−0.004 [−0.022, 0.015]"
    assert with_interval(0.1, math.nan, math.nan) == "0.1 (no interval)"


def test_small_words():
    assert percent(0.0261, sign=True) == "+2.6 %"
    assert percent(-0.05) == "−5 %"
    assert percent(math.nan) == "not available"
    assert counted(1, "network") == "1 network"
    assert counted(3, "network") == "3 networks"
    assert fixed(-0.001, 1) == "0.0"
    assert fixed(math.nan, 1) == "not available"
