"""Uploads of a size that takes a while: progress, going elsewhere meanwhile, cancelling, a connection that breaks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.page_object import Person
from tests.browser.tables import houses

LARGE_BYTES = 200_000_000
SLOWED_BYTES_A_S = 300_000


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CSV of 200 MB: few rows, one long text each, so that reading it takes less than sending it."""
    path = tmp_path_factory.mktemp("large") / "large.csv"
    text = ("lorem ipsum dolor sit amet " * 400)[:9_980].encode()
    with open(path, "wb") as file:
        size = file.write(b"number,text,class\n")
        number = 0
        while size < LARGE_BYTES:
            number += 1
            size += file.write(b"%d,%s,%s\n" % (number, text, b"ab"[number % 2 : number % 2 + 1]))
    return path


def slow_down(person: Person) -> None:
    """Let this tab's network send no more than so many bytes a second."""
    session = person.context.new_cdp_session(person.page)
    session.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": SLOWED_BYTES_A_S},
    )


def test_two_hundred_megabytes(person: Person, large: Path) -> None:
    person.sign_up()
    person.choose_files(large)
    page = person.page
    expect(page.get_by_role("progressbar", name="Upload of large.csv")).to_be_visible()
    expect(page.get_by_role("heading", level=1, name="large")).to_be_visible()
    expect(page.locator("h1 .tag")).to_have_text("ready")
    expect(page.locator(".overview")).to_contain_text("200 MB")


def test_an_upload_goes_on_while_one_looks_elsewhere_and_can_be_cancelled(person: Person, tmp_path: Path) -> None:
    path = houses(tmp_path, 60_000)
    person.sign_up()
    slow_down(person)
    person.choose_files(path)
    page = person.page
    row = page.locator(".upload", has_text="houses.csv")
    expect(row).to_contain_text(re.compile(r"kB of 2\.\d MB · \d+ kB/s · \d+(\.\d)? s left"))
    person.press("Models")
    expect(page.get_by_role("heading", level=1, name="Models")).to_be_visible()
    person.press("Datasets")
    expect(row).to_contain_text(" left")
    person.press("Cancel the upload of houses.csv")
    expect(row).to_contain_text("Cancelled")
    expect(page.get_by_role("row", name="houses")).to_have_count(0)


def test_an_upload_whose_connection_breaks_is_tried_again(person: Person, tmp_path: Path) -> None:
    person.excused.append("ERR_")
    person.sign_up()
    page = person.page
    person.context.route("**/api/v1/datasets?name=*", lambda route: route.abort("connectionreset"))
    person.choose_files(houses(tmp_path))
    row = page.locator(".upload", has_text="houses.csv")
    expect(row).to_contain_text("The connection was lost.")
    person.context.unroute("**/api/v1/datasets?name=*")
    person.press("Try again")
    expect(page.get_by_role("heading", level=1, name="houses")).to_be_visible()
