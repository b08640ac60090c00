"""The report: well-formed, self-contained, and with the numbers of its study."""

from __future__ import annotations

import copy
import re
from html.parser import HTMLParser

import pytest

from pyscales.figures.numbers import percent, plain, with_error
from pyscales.report import write_report
from pyscales.report.statements import answer, finite_size, trend

VOID = {"meta", "img", "br", "hr", "link", "input"}


class Page(HTMLParser):
    """Tags, attributes and table cells; fails on tags that do not match."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.rows: list[list[str]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] in ("td", "th"):
            self.rows[-1][-1] += data
        if self.open and self.open[-1] != "style":
            self.words.append(data)

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def page(reported):
    study, path = reported
    return study, Page(path.read_text(encoding="utf-8")), path


def test_tags_match(page):
    assert page[1].open == []


def test_every_image_has_a_text(page):
    images = page[1].all("img")
    assert len(images) == 9
    assert all(len(i["alt"]) > 40 for i in images)


def test_nothing_is_loaded_from_elsewhere(page):
    _, parsed, path = page
    text = path.read_text(encoding="utf-8")
    for tag, attributes in parsed.tags:
        assert tag not in ("script", "link", "iframe", "object")
        source = attributes.get("src")
        assert source is None or source.startswith("data:image/")
        link = attributes.get("href")
        assert link is None or link.startswith(("#", "data/", "summary", "provenance"))
    assert not re.search(r"url\(|@import", text)


def test_size_is_limited(page):
    assert page[2].stat().st_size < 6e6


def test_no_template_braces_left(page):
    words = " ".join(page[1].words)
    assert "{{" not in words
    assert "{%" not in words
    assert "None" not in words
    assert " nan" not in words


def test_anchors_lead_somewhere(page):
    parsed = page[1]
    targets = {a["id"] for _, a in parsed.tags if "id" in a}
    links = {a["href"][1:] for a in parsed.all("a") if a["href"].startswith("#")}
    assert links <= targets


def test_ids_are_unique(page):
    ids = [a["id"] for _, a in page[1].tags if "id" in a]
    assert len(ids) == len(set(ids))


def test_comparison_table_has_the_numbers_of_the_study(page):
    study, parsed, _ = page
    for row in study.comparison:
        expected = [
            plain(row["theory"], 4),
            with_error(row["simulation"], row["error"]),
            percent(row["relative_difference"], sign=True),
        ]
        assert any(cells[3:6] == expected for cells in parsed.rows)


def test_critical_gains_are_in_a_table(page):
    study, parsed, _ = page
    for record in study.critical.values():
        gain = plain(record["critical_gain"], 4)
        assert any(cells[1] == gain for cells in parsed.rows if len(cells) == 7)


def test_data_files_are_linked(page):
    links = [a["href"] for a in page[1].all("a")]
    assert "data/degrees%20of%20it.nc" in links


def test_notes_are_escaped(page):
    study, parsed, _ = page
    text = " ".join(" ".join(parsed.words).split())
    for note in study.notes:
        assert note in text


def test_every_symbol_is_defined(page):
    words = " ".join(page[1].words)
    for symbol in ("f_k", "m2", "half width", "temporal variance"):
        assert symbol in words


def test_report_without_data_folder(lognormal, tmp_path):
    path = write_report(lognormal, [], tmp_path / "new")
    text = path.read_text(encoding="utf-8")
    assert "were not saved" in text
    assert "<img" not in text


def changed(study, **correlation):
    other = copy.copy(study)
    record = copy.deepcopy(study.by_degree)
    record["zero"]["timescale_hwhm"]["correlation"] |= correlation
    other.by_degree = record
    return other


@pytest.mark.parametrize(
    ("slope", "words"),
    [
        ((0.05, 0.03, 0.07), "rises with the degree"),
        ((-0.05, -0.07, -0.03), "falls with the degree"),
        ((0.01, -0.02, 0.04), "no significant trend"),
    ],
)
def test_trend_follows_the_interval(lognormal, slope, words):
    value, low, high = slope
    text = trend(
        changed(lognormal, slope=value, slope_low=low, slope_high=high), "zero", "timescale_hwhm"
    )
    assert words in text
    assert "of x" in text


def test_trend_without_timescales(lognormal):
    text = trend(changed(lognormal, n_used=0), "zero", "timescale_hwhm")
    assert "cannot be compared" in text


def rows(*pairs):
    """Comparison rows of the variance: relative difference and standard errors."""
    return [
        {
            "quantity": "variance_x",
            "theory": 1.0,
            "simulation": 1 + d,
            "error": abs(d / z) if z else float("nan"),
            "relative_difference": d,
            "standard_errors": z or float("nan"),
            "gain_ratio": 2.0,
            "sigma": 0.5,
        }
        for d, z in pairs
    ]


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (rows((0.01, 1.0), (-0.02, -1.5)), "no single difference is significant"),
        (rows((0.01, 1.0), (0.09, 5.0)), "1 of 2 within 2 standard errors"),
        (rows((0.01, 1.0), (0.02, 1.2), (0.03, 1.5)), "every one above theory"),
        (rows((0.3, 1.0)), "this test is weak"),
        (rows((0.3, None)), "no error to judge this by"),
        ([], "holds no comparison"),
    ],
)
def test_agreement_is_worded_by_its_numbers(lognormal, found, words):
    study = copy.copy(lognormal)
    study.comparison = found
    assert words in answer(study)[0]


def test_silent_theory_is_not_called_agreement(lognormal):
    study = copy.copy(lognormal)
    study.comparison = [row | {"theory": 0.0} for row in rows((0.0, 1.0))]
    assert "silence" in answer(study)[0]


def test_finite_size_is_stated(lognormal):
    text = " ".join(finite_size(lognormal))
    assert "shrink with N" in text
    assert "2 independently sampled networks" in text


def test_references_of_what_the_study_used(page):
    words = "".join(page[1].words)
    for key in ("Sompolinsky1988", "Kuczala2016", "Sommers1988", "Sen1968", "Hunter2007"):
        assert f"{{{key}," in words
    assert "Norros2006" not in words
