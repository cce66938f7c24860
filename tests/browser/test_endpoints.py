"""From a model to production at the page: put there, tried, replaced, rolled back, shared out, called from code."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from nobrains_client import Client
from tests.browser.conftest import BUDGET_S
from tests.browser.page_object import PASSWORD, Person
from tests.browser.tables import churn
from tests.integration.conftest import Server


@pytest.fixture(scope="module")
def client(served: Server) -> Client:
    """The owner of all that these tests make."""
    client = Client(served.url)
    client.sign_up("operator", PASSWORD)
    return client.sign_in("operator", PASSWORD)


@pytest.fixture(scope="module")
def model(client: Client, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A model of `churned`."""
    dataset = client.wait_ready(client.upload(churn(tmp_path_factory.mktemp("tables"))))
    job = client.train(
        dataset, "churned", BUDGET_S, exclude_columns=["cancelled_on"], models=["linear"], wait=True
    )  # fmt: skip
    return str(job.model_id)


@pytest.fixture
def operator(meet: Callable[..., Person], model: str) -> Person:
    """Their owner, signed in."""
    person = meet()
    person.username = "operator"
    person.sign_in()
    expect(person.page).to_have_url(re.compile("/datasets$"))
    return person


def test_a_model_goes_into_production_and_is_replaced_and_rolled_back(
    operator: Person, client: Client, model: str
) -> None:
    page = operator.page
    operator.goto(f"/models/{model}")
    operator.press("Put into production")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Name")).to_have_value("churned")
    operator.click(dialog.get_by_role("button", name="Put into production"))
    expect(page).to_have_url(re.compile("/endpoints/churned$"))
    expect(page.get_by_text("Version 1 answers")).to_be_visible()

    operator.click(page.get_by_role("tab", name="Try it"))
    expect(page.get_by_role("region", name="Prediction").locator(".bars-row")).to_have_count(2)
    operator.click(page.get_by_role("tab", name="Versions"))

    operator.press("Add a version")
    operator.click(dialog.get_by_label("Serve it at once"))
    operator.click(dialog.get_by_role("button", name="Add version"))
    versions = page.get_by_role("table", name="Versions")
    expect(versions.get_by_text("Version 2")).to_be_visible()
    page.get_by_label("Why (optional)").fill("Trained on November")
    operator.press("Make version 2 champion")
    expect(page.get_by_text("Version 2 answers")).to_be_visible()

    operator.click(page.get_by_role("tab", name="Changes"))
    log = page.get_by_role("list", name="Changes")
    expect(log).to_contain_text("Version 2 is champion, in place of version 1")
    expect(log).to_contain_text("“Trained on November”")
    expect(page.locator(".notice")).to_contain_text("Version 1 becomes champion in place of version 2.")
    operator.click(page.locator(".notice").get_by_role("button", name="Roll back"))
    expect(page.get_by_text("Version 1 answers")).to_be_visible()
    expect(log.locator("li").first).to_contain_text("Rolled back: version 1 is champion")
    assert client.endpoint("churned").info().champion == 1


def test_traffic_is_shared_out_with_an_alias(operator: Person, client: Client, model: str) -> None:
    endpoint = client.create_endpoint("shared", model)
    endpoint.register(model)
    operator.goto("/endpoints/shared")
    page = operator.page
    operator.press("Give version 2 an alias")
    page.get_by_role("dialog").get_by_label("Alias").fill("challenger")
    operator.press("Set alias")
    expect(page.get_by_role("table", name="Versions").get_by_text("challenger")).to_be_visible()
    operator.click(page.get_by_role("tab", name="Traffic"))
    page.get_by_label("Share of challenger in percent").fill("10")
    operator.click(page.get_by_label("challenger is a shadow"))
    expect(page.get_by_role("tabpanel")).to_contain_text("10 % to challenger (version 2), the rest to champion")
    operator.press("Save")
    expect(page.get_by_text("Traffic changed.")).to_be_visible()
    traffic = endpoint.info().traffic
    assert (traffic.split, traffic.shadow) == ({"challenger": 0.1}, ("challenger",))


def test_what_has_changed_meanwhile_is_shown_and_not_overwritten(operator: Person, client: Client, model: str) -> None:
    endpoint = client.create_endpoint("contested", model)
    for _ in range(2):
        endpoint.register(model)
    operator.goto("/endpoints/contested")
    page = operator.page
    operator.excused.append("412")
    endpoint.promote(3)
    operator.press("Make version 2 champion")
    expect(page.get_by_text("It was changed meanwhile")).to_be_visible()
    expect(page.get_by_text("Version 3 answers")).to_be_visible()
    assert endpoint.info().champion == 3


def test_a_key_is_narrowed_to_an_endpoint(operator: Person, client: Client, model: str) -> None:
    client.create_endpoint("narrow", model)
    operator.goto("/account")
    page = operator.page
    operator.press("New key")
    page.get_by_label("Name").fill("bracelet")
    operator.click(page.get_by_role("dialog").get_by_label("narrow"))
    expect(page.get_by_role("group", name="Scopes")).to_be_hidden()
    operator.press("Create key")
    operator.press("Done")
    expect(page.get_by_role("table", name="API keys")).to_contain_text("predict with narrow")
