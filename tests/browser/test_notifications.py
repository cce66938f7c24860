"""Being told at the page: webhooks with their log, and "tell me when it is done"."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from nobrains_client import Client
from tests.browser.page_object import PASSWORD, Person
from tests.browser.tables import houses
from tests.integration.conftest import Server


def test_a_webhook_shows_its_secret_once_and_what_became_of_a_test(person: Person) -> None:
    person.sign_up()
    person.goto("/account")
    page = person.page
    person.press("New webhook")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Address").fill("http://127.0.0.1:9/hook")
    dialog.get_by_label("Trainings end").check()
    person.click(dialog.get_by_role("button", name="Create webhook"))
    expect(dialog.locator("code")).to_contain_text("whsec_")
    person.click(dialog.get_by_role("button", name="Done"))
    hooks = page.get_by_role("table", name="Webhooks")
    expect(hooks).to_contain_text("job.*")
    person.press("Test")
    expect(dialog.get_by_text("webhook.test")).to_be_visible()
    expect(dialog.locator(".delivery")).to_contain_text("Next try:")  # nobody listens at that port
    person.click(dialog.get_by_role("button", name="Close"))
    person.press("Delete http://127.0.0.1:9/hook")
    person.click(dialog.get_by_role("button", name="Delete", exact=True))
    expect(page.get_by_text("No webhooks yet")).to_be_visible()
    page.reload()
    expect(page.get_by_text("No webhooks yet")).to_be_visible()


def test_the_end_of_a_training_is_told_on_another_view(person: Person, served: Server, tmp_path: Path) -> None:
    person.sign_up()
    client = Client(served.url).sign_in(person.username, PASSWORD)
    dataset = client.wait_ready(client.upload(houses(tmp_path)))
    job = client.train(dataset, "price", 8, models=["linear"])
    person.goto(f"/jobs/{job.id}")
    person.press("Tell me when it is done")
    expect(person.page.get_by_role("button", name="You will be told")).to_be_visible()
    person.click(person.page.get_by_role("link", name="Datasets"))
    client.cancel(job.id)
    expect(person.page.locator(".toast-text", has_text="Training cancelled: price")).to_be_visible()
