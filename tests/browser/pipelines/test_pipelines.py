"""From a model to an endpoint that is retrained each week; runs followed and answered; an address for events."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Locator, expect

from nobrains_client import Client
from tests.browser.conftest import BUDGET_S
from tests.browser.page_object import Person
from tests.browser.pipelines.conftest import ask, make
from tests.browser.tables import churn

MOST_CLICKS = 8


def test_from_a_model_to_an_endpoint_that_is_watched_and_retrained_each_week(planner: Person, model: str) -> None:
    page = planner.page
    planner.goto(f"/models/{model}")
    planner.clicks = 0
    planner.press("Put into production")
    dialog = page.get_by_role("dialog")
    planner.click(dialog.get_by_role("button", name="Put into production"))
    expect(page).to_have_url(re.compile("/endpoints/churned$"))
    planner.press("Retrain weekly")
    expect(dialog.get_by_role("status")).to_contain_text("At 03:00 on Monday (Europe/Rome)")
    planner.press("Create pipeline")
    expect(page.get_by_role("heading", level=1)).to_contain_text("churned weekly")
    expect(page.locator(".lead")).to_contain_text("At 03:00 on Monday (Europe/Rome). Next: Mon,")
    assert planner.clicks <= MOST_CLICKS

    (pipeline,) = ask(planner, "/pipelines")["items"]
    assert {name: pipeline[name] for name in ("endpoint", "promote", "enabled", "data")} == {
        "endpoint": "churned",
        "promote": "ask",
        "enabled": True,
        "data": {"dataset_id": ask(planner, f"/models/{model}")["dataset_id"]},
    }
    assert (pipeline["job"]["target"], pipeline["job"]["exclude_columns"]) == ("churned", ["cancelled_on"])
    assert pipeline["job"]["models"] == ["linear"]
    (when,) = pipeline["when"]
    assert (when["cron"], when["timezone"]) == ("0 3 * * MON", "Europe/Rome")
    assert pipeline["next_at"] is not None
    assert ask(planner, "/endpoints/churned/monitor")["enabled"]
    planner.click(page.get_by_role("link", name="churned", exact=True))
    expect(page.get_by_text("Retrained by churned weekly: At 03:00 on Monday")).to_be_visible()
    expect(page.get_by_role("button", name="Retrain weekly")).to_have_count(0)


def test_what_was_trained_on_a_source_is_retrained_on_it(
    planner: Person, client: Client, shared: tuple[str, Path]
) -> None:
    url, folder = shared
    source = client.create_source("Customers", "http", url=f"{url}/{churn(folder).name}")
    job = client.train(source, "churned", BUDGET_S, models=["linear"], wait=True)
    client.create_endpoint("fetched", str(job.model_id))
    planner.goto("/endpoints/fetched")
    planner.press("Retrain weekly")
    dialog = planner.page.get_by_role("dialog")
    expect(dialog.get_by_label("Data").locator("option:checked")).to_have_text("Customers (source)")
    planner.click(dialog.get_by_label("Add the endpoint's requests whose truth is known"))
    planner.press("Create pipeline")
    expect(planner.page.get_by_role("heading", level=1)).to_contain_text("fetched weekly")
    (data,) = [each["data"] for each in ask(planner, "/pipelines")["items"] if each["endpoint"] == "fetched"]
    assert data == {"source_id": source.id, "plus": {"endpoint": "fetched"}}


def test_a_run_is_followed_approved_and_its_steps_say_why(planner: Person, client: Client, model: str) -> None:
    planner.goto(f"/pipelines/{make(planner, model, 'followed', client)}")
    page, dialog = planner.page, planner.page.get_by_role("dialog")
    planner.press("Run now")
    dialog.get_by_label("Why (optional)").fill("The first of all")
    planner.click(dialog.get_by_role("button", name="Run", exact=True))
    expect(page.get_by_text("Run 1 asks you")).to_be_visible()
    planner.click(page.get_by_role("table", name="Runs").get_by_role("link", name="Run 1"))
    steps = page.get_by_role("list", name="Steps")
    for name, words in (("Fetch", "600 rows"), ("Train", "The model has"), ("Register", "version 2"), ("Decide", "")):
        step = step_of(steps, name)
        expect(step).to_contain_text(words)
        expect(step.locator(".run-step-why")).not_to_be_empty()
    expect(step_of(steps, "Promote")).to_contain_text("to come")
    expect(page.locator(".lead")).to_contain_text("Started by hand by you: The first of all")
    planner.press("Approve: run 1")
    dialog.get_by_label("Why (optional)").fill("It looks right")
    planner.click(dialog.get_by_role("button", name="Approve", exact=True))
    expect(page.locator("h1 .tag")).to_have_text("promoted")
    expect(page.get_by_text("by you: “It looks right”")).to_be_visible()
    assert client.endpoint("followed").info().champion == 2


def step_of(steps: Locator, name: str) -> Locator:
    """The step of this name."""
    return steps.get_by_role("listitem").filter(has=steps.page.get_by_role("heading", name=name, exact=True))


def test_a_run_is_cancelled_and_a_pipeline_paused_changed_and_deleted(
    planner: Person, client: Client, model: str
) -> None:
    id = make(planner, model, "stopped", client, when=[{"cron": "0 5 1 * *", "timezone": "UTC"}])
    planner.goto(f"/pipelines/{id}")
    page, dialog = planner.page, planner.page.get_by_role("dialog")
    expect(page.locator(".lead")).to_contain_text("At 05:00 on the first day of every month (UTC)")
    planner.press("Run now")
    planner.click(dialog.get_by_role("button", name="Run", exact=True))
    planner.click(page.get_by_role("table", name="Runs").get_by_role("link", name="Run 1"))
    planner.press("Cancel the run: run 1")
    planner.click(dialog.get_by_role("button", name="Cancel the run", exact=True))
    expect(page.locator("h1 .tag")).to_have_text("cancelled")
    planner.press("stopped by hand")

    planner.press("Pause")
    expect(page.locator("h1 .tag")).to_have_text("paused")
    assert ask(planner, f"/pipelines/{id}")["next_at"] is None
    planner.press("Change")
    dialog.get_by_label("Runs by itself").select_option("daily")
    dialog.get_by_label("When a new model is there").select_option("auto")
    planner.press("Save")
    expect(dialog).to_have_count(0)
    changed = ask(planner, f"/pipelines/{id}")
    assert [(each["cron"], each["timezone"]) for each in changed["when"]] == [("0 5 * * *", "UTC")]
    assert (changed["promote"], changed["job"]["exclude_columns"]) == ("auto", ["cancelled_on"])
    planner.press("Delete")
    planner.click(dialog.get_by_role("button", name="Delete", exact=True))
    expect(page).to_have_url(re.compile("/pipelines$"))
    expect(page.get_by_role("link", name="stopped by hand")).to_have_count(0)


def test_the_address_for_events_is_shown_once_and_renewed(planner: Person, client: Client, model: str) -> None:
    planner.goto(f"/pipelines/{make(planner, model, 'told', client)}?tab=events")
    page, dialog = planner.page, planner.page.get_by_role("dialog")
    planner.press("Make the address")
    planner.press("Make it")
    address, example = (dialog.locator("pre").nth(place).inner_text() for place in (0, 1))
    assert example.startswith(f"curl -X POST {address}")
    assert '"churned":' in example
    planner.press("Done")
    send = planner.context.request.post
    row = {"plan": "pro", "calls": 3, "age": 40, "churned": "no"}
    assert send(address, data={"rows": [row]}).status == 202
    planner.press("Start on events, too")
    expect(page.locator(".lead")).to_contain_text("After an event")
    expect(page.get_by_role("tabpanel")).to_contain_text("1 event, 1 row")
    planner.press("Renew the address")
    planner.press("Renew")
    renewed = dialog.locator("pre").first.inner_text()
    planner.press("Done")
    assert renewed != address
    assert send(address, data={"rows": [row]}).status == 404
    assert send(renewed, data={"rows": [row | {"age": 41}]}).status == 202
