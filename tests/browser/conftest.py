"""A headless browser, and reports that it opens: made-up records through the code that makes real ones."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.reports import REPORTS

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}

MakeReport = Callable[[str], Path]


@dataclass
class Visit:
    """An opened report, with what the browser complained of and what it asked for."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


Open = Callable[..., Visit]


@pytest.fixture(scope="session")
def make_report(tmp_path_factory: pytest.TempPathFactory) -> MakeReport:
    """report.html of this name, made once."""
    made: dict[str, Path] = {}

    def make(name: str) -> Path:
        if name not in made:
            made[name] = REPORTS[name](tmp_path_factory.mktemp(name))
        return made[name]

    return make


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("there is no Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def open_report(browser: Browser, make_report: MakeReport) -> Iterator[Open]:
    """Opens a report; a test in which a page complains or asks the network for anything fails."""
    visits: list[Visit] = []
    contexts = []

    def open_(name: str, *, fragment: str = "", **options: object) -> Visit:
        contexts.append(browser.new_context(**{"viewport": DESK, **options}))  # type: ignore[arg-type]
        visit = Visit(contexts[-1].new_page())
        visit.page.on("console", lambda message: visit.complaints.append(message.text))
        visit.page.on("pageerror", lambda error: visit.complaints.append(str(error)))
        visit.page.on("request", lambda request: visit.requests.append(request.url))
        visits.append(visit)
        visit.page.goto(f"{make_report(name).as_uri()}{fragment}")
        return visit

    yield open_
    for context in contexts:
        context.close()
    for visit in visits:
        assert not visit.complaints
        assert not [url for url in visit.requests if not url.startswith(("file:", "data:", "blob:"))]
