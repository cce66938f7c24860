"""From a model to production at the page: put there, tried, replaced, rolled back, shared out, called from code."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from nobrains_client import Client
from tests.browser.page_object import PASSWORD, Person
from tests.browser.trained import train_churn
from tests.integration.conftest import Server
from tests.waiting import wait_for


@pytest.fixture(scope="module")
def client(served: Server) -> Client:
    """The owner of all that these tests make."""
    client = Client(served.url)
    client.sign_up("operator", PASSWORD)
    return client.sign_in("operator", PASSWORD)


@pytest.fixture(scope="module")
def model(client: Client, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A model of `churned`."""
    return train_churn(client, tmp_path_factory.mktemp("tables"))


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


def test_requests_get_their_truth_by_hand_and_by_csv_and_become_a_dataset(
    operator: Person, client: Client, model: str, tmp_path: Path
) -> None:
    endpoint = client.create_endpoint("asked", model)
    ids = endpoint.predict([{"plan": "plus", "calls": calls, "age": 30} for calls in (0, 5, 11)]).prediction_ids
    wait_for(lambda: len(list(endpoint.requests())) == 3, 60)
    operator.goto("/endpoints/asked?tab=requests")
    page = operator.page
    requests, dialog = page.get_by_role("table", name="Requests"), page.get_by_role("dialog")
    operator.click(requests.get_by_role("button").first)
    expect(dialog.get_by_label("Inputs")).to_contain_text("11")
    dialog.get_by_label("What was true").select_option("yes")
    operator.click(dialog.get_by_role("button", name="Save"))
    expect(requests.locator(".tag")).to_have_text("yes")
    page.get_by_label("Truth", exact=True).select_option("true")
    expect(requests.get_by_role("button")).to_have_count(1)

    labels = tmp_path / "labels.csv"
    labels.write_text(f"prediction_id,label\n{ids[0]},no\n{ids[1]},perhaps\n")
    operator.press("Upload the truth")
    dialog.locator("input[type=file]").set_input_files(labels)
    expect(dialog).to_contain_text("1 label kept, 1 refused.")
    expect(dialog).to_contain_text("Row 2:")
    page.keyboard.press("Escape")
    expect(requests.get_by_role("button")).to_have_count(2)
    assert sorted((each.id, each.label) for each in endpoint.requests(labelled=True)) == [
        (ids[0], "no"),
        (ids[2], "yes"),
    ]

    operator.press("Make a dataset")
    operator.click(dialog.get_by_role("button", name="Make the dataset"))
    operator.press("See it")
    expect(page.get_by_role("heading", level=1, name="asked requests")).to_be_visible()


def test_a_window_is_worked_out_at_a_click_and_says_what_has_drifted(
    operator: Person, client: Client, model: str
) -> None:
    endpoint = client.create_endpoint("watched", model)
    endpoint.predict([{"plan": "pro", "calls": 12, "age": 20 + number % 50} for number in range(300)])
    wait_for(lambda: bool(list(endpoint.requests())), 60)
    operator.goto("/endpoints/watched?tab=health")
    page = operator.page
    expect(page.get_by_text("No windows yet")).to_be_visible()
    operator.press("Work out now")
    operator.press("Work out")
    dialog = page.get_by_role("dialog", name="Window that ends")
    expect(dialog.get_by_role("table", name="Columns")).to_contain_text("drifted")
    expect(dialog).to_contain_text("3 of 3 columns have drifted")
    operator.press("Close")
    expect(page.get_by_role("table", name="Drift by column and window")).to_contain_text("drifted, effect")
    expect(page.get_by_role("tabpanel")).to_contain_text("only the truth shows that")

    # Another one comes by itself, and the focus stays where it is.
    page.get_by_role("button", name="Settings", exact=True).focus()
    now = datetime.now(UTC)
    endpoint.check_window(now - timedelta(hours=2), now)
    expect(page.get_by_role("table", name="Windows").get_by_role("row")).to_have_count(3)
    expect(page.get_by_role("button", name="Settings", exact=True)).to_be_focused()


def test_a_monitor_is_set_and_says_whom_it_tells(operator: Person, client: Client, model: str) -> None:
    endpoint = client.create_endpoint("heeded", model)
    hook, other = (client.create_webhook(f"https://{name}.example.org/", events=["job.*"]) for name in ("ops", "data"))
    endpoint.set_monitor(notify=[other.id, "gone"])
    operator.goto("/endpoints/heeded?tab=health")
    page = operator.page
    operator.press("Settings")
    for label, value in {
        "Fewest requests": "100",
        "From this share": "45",
        "And by more than so many standard errors": "2.5",
        "More cells missing": "7",
        "Of texts": "0.2",
    }.items():
        page.get_by_label(label).fill(value)
    expect(page.get_by_label("gone")).to_be_checked()
    for label in ("gone", "https://data.example.org/", "https://ops.example.org/"):
        operator.click(page.get_by_label(label))
    operator.press("Save")
    expect(page.get_by_text("It holds from the next window on")).to_be_visible()
    settings = endpoint.monitor().settings
    assert settings == {
        **settings,
        "min_rows": 100,
        "drift": {**settings["drift"], "share": 0.45, "effect": {"number": 0.1, "category": 0.1, "text": 0.2}},
        "performance": {"metric": "auto", "drop": 0.03, "z": 2.5, "for": 2},
        "quality": {"missing": 0.07, "unseen": 0.01, "out_of_range": 0.01, "for": 1},
        "notify": [hook.id],
        "email": [],
    }


def test_what_is_kept_of_requests_is_said_and_chosen(operator: Person, client: Client, model: str) -> None:
    client.create_endpoint("discreet", model)
    operator.goto("/endpoints/discreet?tab=requests")
    page = operator.page
    panel = page.get_by_role("tabpanel")
    expect(panel).to_contain_text("All requests are kept for 30 days, with what was predicted and all inputs")
    operator.press("What is kept")
    page.get_by_label("For how many days").fill("7")
    page.get_by_label("Inputs that are kept").select_option("none")
    operator.press("Save")
    expect(panel).to_contain_text("All requests are kept for 7 days, with what was predicted and no inputs")
    operator.press("What is kept")
    operator.click(page.get_by_label("Keep requests"))
    operator.press("Save")
    expect(panel).to_contain_text("Requests are not kept")
    log = operator.context.request.get("/api/v1/endpoints/discreet").json()["log"]
    assert (log["sample"], log["days"], log["columns"]) == (0, 7, [])
