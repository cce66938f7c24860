"""Somebody at the page: clicks, types, looks, and counts the clicks."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Request, expect

from tests.waiting import PATIENCE_S

PASSWORD = "correct horse battery"
PATIENCE_MS = PATIENCE_S * 1000
_numbers = itertools.count()


class Person:
    """A person with a browser window.

    Attributes:
        clicks: so far.
        complaints: errors in the console, and exceptions that nobody caught. The tests want none.
        excused: texts of errors that a test causes itself: a complaint that holds one is not kept.
    """

    def __init__(self, context: BrowserContext) -> None:
        context.set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)
        self.context = context
        self.clicks = 0
        self.complaints: list[str] = []
        self.excused: list[str] = []
        self.requests: list[Request] = []
        self.username = f"person-{next(_numbers)}"
        self.page = self.open_tab()

    def open_tab(self) -> Page:
        """A further tab of the same browser."""
        page = self.context.new_page()
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self._complain(f"{error.name}: {error.message}\n{error.stack}"))
        page.on("request", lambda request: self.requests.append(request))
        return page

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._complain(f"{message.text} ({message.location.get('url')})")

    def _complain(self, complaint: str) -> None:
        if not any(text in complaint for text in self.excused):
            self.complaints.append(complaint)

    def goto(self, path: str) -> None:
        """Open an address, and wait until its view is there."""
        self.page.goto(path)
        expect(self.page.locator(".view")).to_be_visible()

    def click(self, target: Locator) -> None:
        """Click, and count it."""
        target.click()
        self.clicks += 1

    def press(self, name: str, **how: Any) -> None:
        """Click the button or link of this name."""
        how.setdefault("exact", True)
        page = self.page
        self.click(page.get_by_role("button", name=name, **how).or_(page.get_by_role("link", name=name, **how)))

    def sign_up(self) -> None:
        """Make an account at the page's entrance; it lands on the empty list of datasets."""
        self.goto("/")
        self.page.get_by_label("Username").fill(self.username)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.press("Create account")
        expect(self.page.get_by_text("Drop a CSV or Excel file here to start")).to_be_visible()

    def sign_in(self) -> None:
        """Come in with an account that is there, at the sign-in page."""
        self.goto("/sign-in")
        self.page.get_by_label("Username").fill(self.username)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.press("Sign in")

    def choose_files(self, *paths: Path) -> None:
        """Choose files at the list of datasets. In the system's dialog that is one click, too."""
        self.page.locator(".drop input[type=file]").set_input_files(list(paths))
        self.clicks += 1

    def upload(self, path: Path) -> None:
        """Upload one dataset from the list, and wait until its page shows that it was read."""
        self.choose_files(path)
        expect(self.page.get_by_role("heading", level=1, name=path.stem)).to_be_visible()
        expect(self.page.locator("h1 .tag")).to_have_text("ready")

    @property
    def place(self) -> str:
        """The path of the present address."""
        return self.page.evaluate("location.pathname")  # type: ignore[no-any-return]
