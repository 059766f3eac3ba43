"""Sliders of limits show the answers that were computed for their stops, on the cards, in the chart and in the table."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page

from replite.records.recommendation import Grid, Recommendation
from tests.browser.conftest import DESK, PHONE, MakeReport, Open

LATENCY, SIZE = "latency_p95_ms", "model_mb"


def slider(page: Page, figure: str, number: int = 0) -> Locator:
    return page.locator("form.limits").nth(number).locator(f"input[name={figure}]")


def move(page: Page, figure: str, place: int, number: int = 0) -> None:
    slider(page, figure, number).fill(str(place))


@pytest.fixture
def grid(make_report: MakeReport) -> Grid:
    return Recommendation.read(make_report("quick_start").with_name("recommendation.json")).grids[0]


def test_the_cards_say_at_every_stop_what_was_computed_for_it(open_report: Open, grid: Grid) -> None:
    page = open_report("quick_start").page
    combinations = [(p, s) for p in range(len(grid.stops[LATENCY]) + 1) for s in range(len(grid.stops[SIZE]) + 1)]
    assert len(combinations) == len(grid.devices[0].at) > 20
    kinds = set()
    for place, (latency, size) in enumerate(combinations[:-1]):
        move(page, LATENCY, latency)
        move(page, SIZE, size)
        cards = [" ".join(text.split()) for text in page.locator(".within").all_inner_texts()]
        for card, device in zip(cards, grid.devices, strict=True):
            answer, *doubts = device.at[place]
            wanted = device.answers[answer]
            kinds.add(wanted.kind)
            assert (f"Run {' '.join(wanted.file or ())}" in card) == (wanted.kind == "recommended")
            assert (f"first to try: {' '.join(wanted.file or ())}" in card) == (wanted.kind == "nothing_learned")
            assert wanted.reason[1:] in card
            assert wanted.runner_up is None or wanted.runner_up.reason in card
            assert all(f"But {grid.doubts[doubt]}." in card for doubt in doubts)
    assert kinds == {"recommended", "nothing_learned", "none_fits"}


def test_a_limit_is_said_in_words_and_no_limit_brings_the_budgets_back(open_report: Open, grid: Grid) -> None:
    page = open_report("quick_start").page
    before = page.locator(".devices").inner_text()
    place = grid.stops[LATENCY].index(90)
    move(page, LATENCY, place)
    assert page.locator("form.limits output").all_inner_texts() == ["90 ms", "no limit"]
    assert slider(page, LATENCY).get_attribute("aria-valuetext") == "90 ms"
    assert re.fullmatch(
        r"p95 at most 90 ms: a file is recommended on \d of 3 devices\.", page.locator("form.limits p").inner_text()
    )
    assert page.locator(".devices .budgets:visible").all_inner_texts() == ["p95 at most 90 ms"] * 3
    page.get_by_role("button", name="No limits").click()
    assert page.locator(".devices").inner_text() == before
    assert page.locator("form.limits p").inner_text() == ""
    assert page.evaluate("document.activeElement.name") == LATENCY
    assert page.evaluate("location.hash") == "#answer"


def test_the_point_and_the_row_of_an_answer_are_marked(open_report: Open) -> None:
    page = open_report("quick_start").page
    assert page.locator("[aria-current], .picked").count() == 0
    move(page, SIZE, 2)
    cards = page.locator(".within").evaluate_all("all => all.map(one => one.querySelector('.pick bdi, .first bdi').textContent)")
    points = [told.split(":")[0] for told in page.locator("svg a[aria-current] title").all_text_contents()]
    assert points == cards
    rows = page.locator("#results tr.picked").all_inner_texts()
    assert len(rows) == len(cards) == 3
    assert all("within the limits" in row for row in rows)


def test_a_link_has_the_limits_beside_what_the_table_shows(open_report: Open) -> None:
    page = open_report("quick_start").page
    move(page, LATENCY, 1)
    page.locator("select[name=variant]").select_option("int8")
    move(page, SIZE, 3)
    page.locator("nav a", has_text="Figures").click()
    fragment = page.evaluate("location.hash")
    assert fragment.startswith("#figures&")
    other = open_report("quick_start", fragment=fragment).page
    assert [slider(other, figure).input_value() for figure in (LATENCY, SIZE)] == ["1", "3"]
    assert other.get_by_label("Variant").input_value() == "int8"
    for part in (".devices", "#results tbody", "form.limits"):
        assert other.locator(part).inner_text() == page.locator(part).inner_text()
    assert other.locator("#figures").evaluate("section => section.getBoundingClientRect().top") < 10


def test_a_point_leads_to_its_row_and_keeps_the_limits(open_report: Open) -> None:
    page = open_report("quick_start").page
    page.get_by_label("Search").fill("int8")
    move(page, LATENCY, 2)
    page.locator("svg a[aria-current]").first.click()
    page.wait_for_function("document.querySelectorAll('#results tbody tr').length === 1")
    assert page.locator("#results tr.picked").count() == 1
    assert slider(page, LATENCY).input_value() == "2"
    assert page.get_by_label("Search").input_value() == ""
    page.go_back()
    assert page.get_by_label("Search").input_value() == "int8"


def test_the_keyboard_moves_a_slider(open_report: Open, grid: Grid) -> None:
    page = open_report("quick_start").page
    page.get_by_role("slider", name="p95 at most").focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert slider(page, LATENCY).input_value() == str(len(grid.stops[LATENCY]) - 2)
    page.keyboard.press("Home")
    assert "none fits" in page.locator(".within").first.inner_text().lower()
    page.keyboard.press("End")
    assert page.locator(".within:visible").count() == 0


@pytest.mark.parametrize(
    ("value", "place"),
    [("90.5", "of 90"), ("-1", "first"), ("0", "first"), ("1e999", "last"), ("x", "none"), ("NaN", "none"), ("", "none")],
)
def test_an_address_is_kept_by_the_largest_stop_within_it(open_report: Open, grid: Grid, value: str, place: str) -> None:
    stops = grid.stops[LATENCY]
    wanted = {"of 90": stops.index(90), "first": 0, "last": len(stops) - 1, "none": len(stops)}[place]
    fragment = f"#answer&within.tweets0.{LATENCY}={value}&within.other.{LATENCY}=1&within.tweets0.nothing=1&__proto__=1"
    assert slider(open_report("quick_start", fragment=fragment).page, LATENCY).input_value() == str(wanted)


def test_each_data_set_has_sliders_of_its_own(open_report: Open) -> None:
    page = open_report("two_tasks").page
    assert page.locator("form.limits legend").all_inner_texts() == [
        f"{name}: Within your own limits, on all devices" for name in ("tweets0", "tweets1")
    ]
    move(page, LATENCY, 2, number=1)
    for card in page.locator(".devices article").all():
        assert card.locator(".said:visible").count() == card.locator(".within:visible").count() == 1
        assert card.locator(".within:visible .budgets").inner_text().startswith("tweets1: p95 at most ")
    assert slider(page, LATENCY, 0).get_attribute("aria-valuetext") == "no limit"


@pytest.mark.parametrize("name", ["empty", "invalid"])
def test_where_nothing_counts_there_is_nothing_to_move(open_report: Open, name: str) -> None:
    assert open_report(name).page.locator("form.limits").count() == 0


def test_without_script_and_on_paper_the_plain_answers_stand(open_report: Open) -> None:
    plain = open_report("quick_start", java_script_enabled=False).page
    assert plain.locator("form.limits").is_hidden()
    page = open_report("quick_start").page
    move(page, LATENCY, 1)
    page.emulate_media(media="print")
    assert page.locator("form.limits").is_hidden()
    assert page.locator(".within:visible").count() == 0
    assert page.locator(".said:visible").count() == 3


def test_axe_finds_nothing_while_sliders_are_moved(open_report: Open) -> None:
    page = open_report("two_tasks").page
    move(page, LATENCY, 2)
    move(page, SIZE, 1, number=1)
    for screen in (DESK, PHONE):
        page.set_viewport_size(screen)  # type: ignore[arg-type]
        assert not [(each["id"], [node["html"] for node in each["nodes"]][:3]) for each in Axe().run(page).response["violations"]]
        assert page.evaluate("document.documentElement.scrollWidth") <= screen["width"]
