"""The report of 2,000 cells."""

from __future__ import annotations

import pytest

from tests.browser.conftest import MakeReport, Open

pytestmark = pytest.mark.slow
LARGEST_MB = 5
LONGEST_S, LONGEST_FRAME_MS = 60, 2_000
"""Far above the goals of 4 s and 100 ms, as the machine may have much else to do; the test prints what it took."""
SCROLL = """async () => {
  const times = [];
  for (let last = performance.now(), top = 0; top < document.body.scrollHeight; top += 400) {
    window.scrollTo(0, top);
    await new Promise(requestAnimationFrame);
    times.push(performance.now() - last);
    last = performance.now();
  }
  return times.sort((a, b) => a - b);
}"""


def test_it_is_small_opens_soon_and_scrolls(open_report: Open, make_report: MakeReport) -> None:
    megabytes = make_report("many").stat().st_size / 1e6
    page = open_report("many").page
    opened = page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd") / 1000
    frames = page.evaluate(SCROLL)
    middle, longest = frames[len(frames) // 2], frames[-1]
    print(f"\n2,000 cells: {megabytes:.2f} MB, open in {opened:.2f} s, a frame {middle:.0f} ms, the longest {longest:.0f} ms")
    assert megabytes < LARGEST_MB
    assert opened < LONGEST_S
    assert longest < LONGEST_FRAME_MS


def test_it_pages_and_says_what_is_left_out(open_report: Open) -> None:
    page = open_report("many").page
    assert page.locator("#shown").inner_text() == "1 to 50 of 2000 cells"
    page.locator("#after").click()
    assert page.locator("#shown").inner_text() == "51 to 100 of 2000 cells"
    assert "&page=2" in page.evaluate("location.hash")
    page.get_by_label("Search").fill("device-07")
    assert page.locator("#shown").inner_text() == "1 to 50 of 100 cells, of 2000 in all"
    assert page.get_by_text("figures/latency_by_device.svg").count() == 1
    assert "The first 200 of" in (page.locator("#answer details").last.text_content() or "")


def test_without_script_it_says_what_is_left_out(open_report: Open) -> None:
    shown = open_report("many", java_script_enabled=False).page.locator("#shown").inner_text()
    assert shown == "50 of 2,000 cells; without its script this page shows no more: benchmark.csv has all"
