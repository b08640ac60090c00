"""The report as a reader sees it: phone and desk, dark and light."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlparse

import chromium
import pytest

pytestmark = pytest.mark.browser

WIDTHS = (360, 1280)
SCHEMES = ("light", "dark")
PROGRAM = chromium.program()
needs_browser = pytest.mark.skipif(
    PROGRAM is None, reason="no Chromium found (on Debian: apt-get install chromium)"
)

IMAGES = """[...document.images].map(i => ({
  alt: i.alt, loaded: i.complete && i.naturalWidth > 0, width: i.getBoundingClientRect().width,
}))"""
OUTSIDE = """[...document.querySelectorAll("body *")].filter(e => {
  const box = e.getBoundingClientRect();
  return box.width > 0 && (box.right > innerWidth + 1 || box.left < -1) &&
    !e.closest(".scroll, .picture, nav");
}).map(e => e.tagName + ": " + e.textContent.slice(0, 40))"""
CONTRAST = """(() => {
  const channels = c => c.match(/[\\d.]+/g).map(Number);
  const light = c => {
    const [r, g, b] = channels(c).slice(0, 3).map(v => v / 255)
      .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = e => {
    for (; e; e = e.parentElement) {
      const c = getComputedStyle(e).backgroundColor, v = channels(c);
      if (v.length < 4 || v[3] > 0) return c;
    }
    return getComputedStyle(document.documentElement).backgroundColor;
  };
  const words = [...document.querySelectorAll("p, li, td, th, dt, dd, figcaption, h1, h2, a")];
  return Math.min(...words.filter(e => e.textContent.trim()).map(e => {
    const a = light(getComputedStyle(e).color), b = light(behind(e));
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  }));
})()"""


@pytest.fixture(scope="module")
def browser():
    with chromium.Browser(PROGRAM) as opened:
        yield opened


@needs_browser
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_no_error_no_overflow_every_image_told(reported, browser, width, scheme, tmp_path):
    _, path = reported
    browser.open(path, width, scheme)
    assert browser.errors() == []
    assert [u for u in browser.requests() if not u.startswith(("file:", "data:"))] == []
    assert browser.evaluate("document.documentElement.scrollWidth") <= width
    assert browser.evaluate(OUTSIDE) == []
    images = browser.evaluate(IMAGES)
    assert len(images) == 9
    for image in images:
        assert image["loaded"]
        assert len(image["alt"]) > 40
        assert image["width"] > 200
    assert browser.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") >= 15
    assert browser.evaluate(CONTRAST) >= 4.5
    browser.screenshot(tmp_path / "page.png")
    assert (tmp_path / "page.png").stat().st_size > 10_000


@needs_browser
def test_schemes_differ_and_links_lead_somewhere(reported, browser):
    _, path = reported
    lightness = {}
    for scheme in SCHEMES:
        browser.open(path, 800, scheme)
        colour = browser.evaluate("getComputedStyle(document.body).backgroundColor")
        lightness[scheme] = sum(float(v) for v in colour.strip("rgba()").split(",")[:3])
    assert lightness["light"] > 600
    assert lightness["dark"] < 200
    links = browser.evaluate("[...document.links].map(a => a.href)")
    assert links
    for link in links:
        parts = urlparse(link)
        assert Path(unquote(parts.path)).exists()
        if parts.fragment:
            assert browser.evaluate(f"!!document.getElementById({parts.fragment!r})")
