"""Sources at the page: made by a form that keeps the secret on the way, checked, fetched, changed."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import expect

from nobrains_client import Client
from tests.browser.page_object import PASSWORD, Person
from tests.browser.tables import houses
from tests.integration.conftest import Server


def test_a_source_is_made_with_a_new_secret_and_a_schedule(person: Person, served: Server) -> None:
    person.sign_up()
    person.press("Sources")
    page = person.page
    page.get_by_role("button", name="New source").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name", exact=True).fill("Prices")
    person.excused.append("422")
    person.press("Create source")
    expect(dialog.get_by_text("needs `url`")).to_be_visible()
    expect(dialog.get_by_label("URL")).to_be_focused()
    dialog.get_by_label("URL").fill("https://example.org/prices.csv")
    person.press("Add a header")
    dialog.get_by_label("Header", exact=True).fill("Authorization")
    dialog.get_by_label("Value", exact=True).select_option(label="New secret …")
    dialog.get_by_label("Name of the secret").fill("prices-key")
    dialog.get_by_label("What is to be kept").fill("Bearer 123")
    dialog.get_by_label("Fetched by itself").select_option("daily")
    dialog.get_by_label("At", exact=True).fill("04:30")
    dialog.get_by_label("Time zone").fill("Europe/Rome")
    expect(dialog.get_by_role("status")).to_contain_text("At 04:30 every day (Europe/Rome)")
    person.press("Create source")
    expect(page).to_have_url(re.compile("/sources/[a-z0-9]+$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Prices")
    expect(page.get_by_text("At 04:30 every day (Europe/Rome), next")).to_be_visible()

    client = Client(served.url).sign_in(person.username, PASSWORD)
    (source,) = client.sources()
    assert headers_of(person, source.id) == {"Authorization": {"secret": "prices-key"}}
    assert source.refresh == {"cron": "30 4 * * *", "timezone": "Europe/Rome"}
    assert [secret.name for secret in client.secrets()] == ["prices-key"]

    person.press("Change")
    dialog.get_by_label("Fetched by itself").select_option("")
    person.press("Save")
    expect(page.get_by_text("When it is needed", exact=True)).to_be_visible()
    assert client.source(source.id).refresh is None
    assert headers_of(person, source.id) == {"Authorization": {"secret": "prices-key"}}


def headers_of(person: Person, source_id: str) -> object:
    """The headers of a source, as the API shows them."""
    return person.context.request.get(f"/api/v1/sources/{source_id}").json()["headers"]


def test_a_source_is_checked_and_fetched_and_its_data_is_trained_on(person: Person, shared: tuple[str, Path]) -> None:
    url, folder = shared
    table = houses(folder, 200)
    person.sign_up()
    person.goto("/sources")
    page = person.page
    page.get_by_role("button", name="New source").first.click()
    page.get_by_label("Name", exact=True).fill("Houses")
    page.get_by_label("URL").fill(f"{url}/{table.name}")
    person.press("Create source")
    person.press("Check")
    rows = page.get_by_role("table", name="First rows")
    expect(rows.get_by_role("columnheader", name="area (Number)")).to_be_visible()
    expect(rows).to_contain_text("1000")
    person.press("Fetch now")
    fetches = page.get_by_role("table", name="Fetches")
    expect(fetches.locator(".tag")).to_have_text(["new data"])
    expect(fetches).to_contain_text("asked for by hand")
    person.press("Fetch now")
    expect(fetches.locator(".tag")).to_have_text(["unchanged", "new data"])
    expect(fetches).to_contain_text("Nothing has changed")
    table.unlink()
    person.press("Fetch now")
    expect(fetches.locator(".tag")).to_have_text(["failed", "unchanged", "new data"])
    expect(fetches.locator(".bad-words")).to_contain_text("404")
    person.press("Train on it")
    expect(page.get_by_role("heading", level=1, name="Train a model")).to_be_visible()
    person.press("Houses")
    expect(page.get_by_role("link", name="Houses, fetch 1")).to_be_visible()


def test_secrets_are_put_replaced_and_deleted_by_name(person: Person, served: Server) -> None:
    person.sign_up()
    person.goto("/sources")
    page = person.page
    dialog = page.get_by_role("dialog")
    person.press("New secret")
    dialog.get_by_label("Name of the secret").fill("not a name")
    dialog.get_by_label("What is to be kept").fill("x")
    person.excused.append("422")
    person.press("Keep secret")
    expect(dialog.get_by_label("Name of the secret")).to_have_attribute("aria-invalid", "true")
    dialog.get_by_label("Name of the secret").fill("bucket-reader")
    person.press("Keep secret")
    secrets = page.get_by_role("table", name="Secrets")
    expect(secrets).to_contain_text("bucket-reader")
    person.press("Replace bucket-reader")
    dialog.get_by_label("What is to be kept").fill("y")
    person.press("Replace")
    expect(dialog).to_have_count(0)
    person.press("Delete bucket-reader")
    person.press("Delete")
    expect(page.get_by_text("No secrets")).to_be_visible()
    assert list(Client(served.url).sign_in(person.username, PASSWORD).secrets()) == []
