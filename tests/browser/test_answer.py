"""The first screen says what to run on each device."""

from __future__ import annotations

import pytest

from tests.browser.conftest import DESK, PHONE, Open


@pytest.mark.parametrize(("screen", "cards"), [(DESK, 3), (PHONE, 1)], ids=["desk", "phone"])
def test_the_first_screen_holds_the_answers(screen: dict[str, int], cards: int, open_report: Open) -> None:
    page = open_report("quick_start", viewport=screen).page
    bottoms = page.locator(".devices article").evaluate_all(
        "all => all.map(one => one.querySelector('.pick, .none').getBoundingClientRect().bottom)"
    )
    assert len(bottoms) == 3
    assert all(bottom < screen["height"] for bottom in bottoms[:cards])


def test_a_card_holds_what_one_needs(open_report: Open) -> None:
    card = open_report("quick_start").page.locator(".devices article").nth(2).inner_text()
    for shown in (
        "device-2",
        "Run model-0 ",
        "Macro-F1",
        " to ",
        "p50, p95",
        " MB",
        "Next",
        "snakemake --cores 1 results/bundle/",
    ):
        assert shown in card


@pytest.mark.parametrize("name", ["empty", "invalid"])
def test_a_device_of_which_nothing_counts_says_why(name: str, open_report: Open) -> None:
    assert open_report(name).page.locator(".devices .none").first.inner_text().startswith("Every file ")
