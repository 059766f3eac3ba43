"""The table of all cells sorts, filters, pages and hands on the rows of benchmark.csv, and its address says what it shows."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Page

from tests.browser.conftest import MakeReport, Open


def column(page: Page, name: str) -> list[str]:
    place = page.locator("#results th[data-column]").evaluate_all(
        "(all, name) => all.findIndex(th => th.dataset.column === name)", name
    )
    return page.locator(f"#results tbody td:nth-child({place + 1}) bdi").all_inner_texts()


@pytest.fixture
def benchmark(make_report: MakeReport) -> pd.DataFrame:
    return pd.read_csv(make_report("quick_start").with_name("benchmark.csv"))


def test_a_click_sorts_and_another_turns_it_round(open_report: Open, benchmark: pd.DataFrame) -> None:
    page = open_report("quick_start").page
    heading = page.get_by_role("button", name="p50, ms", exact=True)
    for up in (True, False):
        heading.click()
        *numbers, one, other = column(page, "latency_p50_ms")
        wanted = benchmark["latency_p50_ms"].dropna().sort_values(ascending=up)
        assert [float(number.replace(",", "")) for number in numbers] == pytest.approx(list(wanted), abs=0.006)
        assert (one, other) == ("–", "–"), "what is blank stands last"
        assert page.locator("th[aria-sort]").get_attribute("aria-sort") == ("ascending" if up else "descending")


def test_the_keyboard_sorts_too(open_report: Open) -> None:
    page = open_report("quick_start").page
    page.get_by_role("button", name="Variant").focus()
    page.keyboard.press("Enter")
    assert column(page, "variant") == sorted(column(page, "variant"))


def test_text_and_choices_filter(open_report: Open, benchmark: pd.DataFrame) -> None:
    page = open_report("quick_start").page
    page.locator("select[name=device]").select_option("device-1")
    page.get_by_label("Search").fill("MODEL-1 fp16")
    wanted = benchmark.query("device == 'device-1' and model == 'model-1' and variant == 'fp16'")
    assert len(wanted) == page.locator("#results tbody tr").count() == 1
    assert page.locator("#shown").inner_text() == "1 to 1 of 1 cells, of 18 in all"
    page.get_by_label("Search").fill("no such thing")
    assert page.locator("#shown").inner_text() == "No cell is like that, of 18 in all"


def test_what_does_not_count_stands_in_the_table_with_its_reason(open_report: Open) -> None:
    page = open_report("quick_start").page
    assert page.locator("tr.invalid .verdict").all_inner_texts() == [
        "throttled\nthrottle bits 0x4",
        "missing\nthere is no record: the cell was not measured, or its measurement failed",
    ]


def test_a_link_shows_what_its_sender_saw(open_report: Open) -> None:
    page = open_report("quick_start").page
    page.locator("select[name=variant]").select_option("int8")
    page.get_by_role("button", name="File, MB").click()
    fragment = page.evaluate("location.hash")
    other = open_report("quick_start", fragment=fragment).page
    assert other.get_by_label("Variant").input_value() == "int8"
    assert other.locator("#results tbody").inner_text() == page.locator("#results tbody").inner_text()
    assert other.locator("#results").evaluate("section => section.getBoundingClientRect().top") < 10


@pytest.mark.parametrize(
    "fragment", ["#results&page=99&sort=-nothing&model=%3Cb%3E", "#results&page=-1", "#results&page=x", "#%"]
)
def test_an_address_that_means_nothing_shows_the_table(open_report: Open, fragment: str) -> None:
    assert open_report("quick_start", fragment=fragment).page.locator("#shown").inner_text()


def test_the_download_is_the_rows_of_the_file(open_report: Open, make_report: MakeReport, tmp_path: Path) -> None:
    for name in ("quick_start", "hostile", "empty"):
        page = open_report(name).page
        with page.expect_download() as download:
            page.get_by_role("button", name="Download CSV").click()
        download.value.save_as(tmp_path / "got.csv")
        assert (tmp_path / "got.csv").read_bytes() == make_report(name).with_name("benchmark.csv").read_bytes()


def test_a_copy_holds_what_was_found(open_report: Open) -> None:
    page = open_report("quick_start", permissions=["clipboard-read", "clipboard-write"]).page
    page.locator("select[name=verdict]").select_option("throttled")
    page.get_by_role("button", name="Copy").click()
    page.get_by_text("Copied 1 rows.").wait_for()
    heading, row, rest = page.evaluate("navigator.clipboard.readText()").split("\n")
    assert heading.startswith("dataset\tmodel\tvariant\tdevice\t")
    assert row.startswith("tweets0\tmodel-0\tfp32\tdevice-0\t")
    assert not rest


def test_without_script_there_is_a_table_all_the_same(open_report: Open) -> None:
    page = open_report("quick_start", java_script_enabled=False).page
    assert page.locator("#results tbody tr").count() == 18
    assert page.locator("#controls").is_hidden()
    assert page.locator("#shown").inner_text() == "18 of 18 cells"


def test_hostile_text_is_text(open_report: Open, make_report: MakeReport) -> None:
    page = open_report("hostile").page
    assert "<img src=x onerror=alert(1)>" in page.locator("tr.invalid .verdict").inner_text()
    assert len(re.findall("<script", make_report("hostile").read_text())) == 3
