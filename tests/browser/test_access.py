"""The report for those who use a keyboard or a screen reader, at night, on a phone or on paper."""

from __future__ import annotations

import shutil
import subprocess
from itertools import product
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import DESK, PHONE, Open
from tests.browser.test_opening import SMALL

ACROSS = 1047
"""Pixels of A4 across within its margins."""


@pytest.mark.parametrize("name", SMALL)
def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(name: str, open_report: Open) -> None:
    page = open_report(name).page
    for screen, scheme in product((DESK, PHONE), ("light", "dark")):
        page.set_viewport_size(screen)  # type: ignore[arg-type]
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        found = Axe().run(page).response["violations"]
        assert not [(each["id"], [node["html"] for node in each["nodes"]][:3]) for each in found]
        assert page.evaluate("document.documentElement.scrollWidth") <= screen["width"]


def test_every_table_has_a_caption_and_every_heading_a_scope(open_report: Open) -> None:
    page = open_report("two_tasks").page
    assert page.locator("table:not(:has(caption))").count() == 0
    assert page.locator("th:not([scope])").count() == 0


def test_dark_mode_includes_the_charts(open_report: Open) -> None:
    page = open_report("quick_start", color_scheme="dark").page
    assert "invert" in page.locator("figure img").first.evaluate("image => getComputedStyle(image).filter")


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="there is no pdftotext: apt-get install poppler-utils")
@pytest.mark.parametrize("name", ["two_tasks", "hostile"])
def test_paper_loses_no_column(name: str, open_report: Open, tmp_path: Path) -> None:
    page = open_report(name).page
    headings = page.locator("thead").evaluate_all("all => all.flatMap(one => [...one.rows[0].cells].map(th => th.textContent))")
    page.pdf(path=tmp_path / "report.pdf", prefer_css_page_size=True)
    subprocess.run(["pdftotext", "-raw", tmp_path / "report.pdf"], check=True)
    printed = "".join((tmp_path / "report.txt").read_text().split())
    own = [heading for heading in headings if "<script>" not in heading]
    assert len(own) > 60
    assert not [heading for heading in own if "".join(heading.split()) not in printed]
    page.emulate_media(media="print")
    page.set_viewport_size({"width": ACROSS, "height": 700})
    edges = page.locator("th, td").evaluate_all("all => all.map(cell => cell.getBoundingClientRect().right)")
    assert max(edges) <= ACROSS
