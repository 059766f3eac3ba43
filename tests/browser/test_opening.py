"""Every report opens from its file: without a network, and without anything to complain of."""

from __future__ import annotations

import pytest

from tests.browser.conftest import Open

SMALL = ["quick_start", "two_tasks", "empty", "invalid", "hostile"]


@pytest.mark.parametrize("name", SMALL)
def test_a_report_opens_and_asks_for_nothing(name: str, open_report: Open) -> None:
    visit = open_report(name)
    assert visit.page.locator("h1").is_visible()
    assert not [url for url in visit.requests if not url.startswith(("file:", "data:"))]
    assert visit.page.locator("#answer").is_visible()
