"""The chart of score against latency has a point for each cell, which leads to its row, and follows the table's filters."""

from __future__ import annotations

from tests.browser.conftest import Open


def test_a_point_leads_to_its_row(open_report: Open) -> None:
    page = open_report("quick_start").page
    point = page.locator("svg a:has(rect)").first
    told = point.locator("title").text_content() or ""
    point.click()
    page.wait_for_function("document.querySelectorAll('#results tbody tr').length === 1")
    row = page.locator("#results tbody tr").inner_text()
    assert told.startswith(" ".join(row.split()[:2]))
    assert "simulated" in row


def test_what_does_not_count_is_marked(open_report: Open) -> None:
    marked = open_report("quick_start").page.locator(".bad-cell title").all_text_contents()
    assert marked == ["model-0 fp32: throttled", "model-0 fp32: missing"]


def test_the_legend_and_the_filters_fade_the_others(open_report: Open) -> None:
    page = open_report("quick_start").page
    page.locator("[data-model=model-1]").click()
    assert page.locator("svg a:not(.faded) title").all_text_contents() == [
        told for told in page.locator("svg a title").all_text_contents() if told.startswith("model-1 ")
    ]
    assert page.locator("[aria-pressed=true]").count() == 1
    page.locator("[data-model=model-1]").click()
    assert page.locator(".faded").count() == 0


def test_budgets_have_lines_and_the_front_is_no_worse_than_any(open_report: Open) -> None:
    panel = open_report("quick_start").page.locator(".panels figure").last
    assert panel.locator(".budget title").all_text_contents() == ["half a second: at most 500 ms", "small: at most 90 ms"]
    front = [tuple(map(float, point.split(","))) for point in (panel.locator("polyline").get_attribute("points") or "").split()]
    circles = panel.locator("circle").evaluate_all("all => all.map(one => [one.cx.baseVal.value, one.cy.baseVal.value])")
    assert front
    for x, y in circles:
        assert any(left <= x + 0.06 and above <= y + 0.06 for left, above in front)
