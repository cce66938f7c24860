"""Measure the web page in a real browser: how soon a view can be used, and how much it has fetched by then.

    python -m benchmarks.service.page_views [--back-ends embedded real] [--write docs/benchmarks.md]

Cold: a browser that has never been here, and a table of 500 columns in it. Warm: the same browser again.
"""

from __future__ import annotations

import csv
import random
import secrets
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from benchmarks.service.deployments import running
from benchmarks.service.report import Figures, options, publish, spread
from nobrains_client import Client
from tests.browser.chromium import FLAGS, find_chromium

ROUNDS = 5
COLUMNS = 500
SHOWN_MS = """() => new Promise(done => {
    const look = () => {
        const [mark] = performance.getEntriesByName("view-shown");
        mark ? done(mark.startTime) : requestAnimationFrame(look);
    };
    look();
})"""
"""Milliseconds from the beginning of the navigation until the view is there and its buttons work."""
FETCHED_BYTES = """["navigation", "resource"].flatMap(kind => performance.getEntriesByType(kind))
    .reduce((sum, entry) => sum + entry.encodedBodySize, 0)"""


def wide_table(folder: Path) -> Path:
    """Write a CSV of 500 columns."""
    chance = random.Random(0)
    path = folder / "wide.csv"
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(f"column_{number}" for number in range(COLUMNS))
        writer.writerows([round(chance.gauss(0, 1), 3) for _ in range(COLUMNS)] for _ in range(200))
    return path


def visit(browser: Browser, url: str, account: dict[str, str], path: str, found: dict[str, list[float]]) -> None:
    """Visit an address twice with one new browser, signed in."""
    context = browser.new_context(base_url=url)
    context.request.post("/api/v1/sessions", data=account)
    for visitor in ("cold", "warm"):
        page = context.new_page()
        page.goto(path, wait_until="commit")
        found.setdefault(visitor, []).append(page.evaluate(SHOWN_MS))
        if visitor == "cold":
            found.setdefault("kilobytes", []).append(page.evaluate(FETCHED_BYTES) / 1000)
        page.close()
    context.close()


def measure(back_ends: str, chromium: str) -> Figures:
    """Return the milliseconds until a view can be used."""
    figures: Figures = {}
    account = {"username": "visitor", "password": secrets.token_urlsafe(12)}
    with (
        running(back_ends) as (service, _),
        tempfile.TemporaryDirectory() as folder,
        sync_playwright() as playwright,
    ):
        client = Client(service.url)
        client.sign_up(**account)
        client.sign_in(**account)
        wide = client.wait_ready(client.upload(wide_table(Path(folder))))
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        for name, path in (("list of tables", "/datasets"), (f"table of {COLUMNS} columns", f"/datasets/{wide.id}")):
            found: dict[str, list[float]] = {}
            for _ in range(ROUNDS):
                visit(browser, service.url, account, path, found)
            figures[f"{name}: usable after, ms, a new browser"] = spread(found["cold"])
            figures[f"{name}: the same browser again, ms"] = spread(found["warm"])
            figures[f"{name}: fetched, kB"] = spread(found["kilobytes"])
        browser.close()
    return figures


def main() -> None:
    """Measure, print the table, and with --write put it into the page's section."""
    chosen = options(__doc__).parse_args()
    chromium = find_chromium()
    if chromium is None:
        raise SystemExit("There is no Chromium here: apt-get install chromium-headless-shell")
    publish({back_ends: measure(back_ends, chromium) for back_ends in chosen.back_ends}, "views", chosen.write)


if __name__ == "__main__":
    main()
