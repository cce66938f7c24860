"""The page in a real browser: Debian's Chromium, driven by Playwright, on a running service."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.browser.chromium import FLAGS, find_chromium
from tests.browser.page_object import Person
from tests.integration.conftest import Server

BUDGET_S = 8
"""Time of the trainings: the most that the server allows, so that whatever a person chooses, it is this."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All that starts real processes and a browser is marked so."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.integration)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Debian's Chromium, installed where that is allowed. Skips where there is none."""
    found = find_chromium()
    if found is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium-headless-shell")
    launched = playwright.chromium.launch(executable_path=found, args=list(FLAGS))
    yield launched
    launched.close()


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One running service for all tests, whose trainings take `BUDGET_S` seconds; each person has an account."""
    limits = {"max_time_budget_s": str(BUDGET_S), "signups_per_hour": "0", "fetch_allow": "127.0.0.1"}
    running = Server(tmp_path_factory.mktemp("page"), **limits).start()
    yield running
    assert running.stop() == 0, running.log()


@pytest.fixture
def meet(browser: Browser, served: Server) -> Iterator[Callable[..., Person]]:
    """Makes people, each with a browser of their own. None of them may have seen an error in its console."""
    met: list[Person] = []

    def make(**context: object) -> Person:
        met.append(Person(browser.new_context(**{"base_url": served.url, **context})))  # type: ignore[arg-type]
        return met[-1]

    yield make
    for person in met:
        person.context.close()
    assert [complaint for person in met for complaint in person.complaints] == []


@pytest.fixture
def person(meet: Callable[..., Person]) -> Person:
    """Somebody who has not signed up yet."""
    return meet()


class Files(SimpleHTTPRequestHandler):
    """A web server that answers with the files of a folder, and says when they were changed."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A folder that a web server shares, and its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Files, directory=str(tmp_path)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", tmp_path
    server.shutdown()
    server.server_close()
