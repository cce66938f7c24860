"""A training as it is seen: live, stopped, failed, through a lost connection, and with very many trials."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import BUDGET_S
from tests.browser.page_object import Person
from tests.browser.tables import churn
from tests.emulators.proxy import Proxy
from tests.integration.conftest import Server


def api(page: Page, method: str, path: str, body: Any = None) -> Any:
    """Call the API from within the page, as the page itself does."""
    ask = """async ([method, path, body]) => {
        const { csrf_token } = await (await fetch("/api/v1/sessions")).json();
        const headers = { "X-CSRF-Token": csrf_token, "Content-Type": "application/json" };
        const answer = await fetch("/api/v1" + path, { method, headers, body: body && JSON.stringify(body) });
        return answer.status === 204 ? null : answer.json();
    }"""
    return page.evaluate(ask, [method, path, body])


def train(person: Person, folder: Path, **settings: Any) -> str:
    """Sign up, upload, and open the page of a training that was just begun; the job's id."""
    person.sign_up()
    person.upload(churn(folder))
    dataset = person.place.split("/")[2]
    request = {"dataset_id": dataset, "target": "churned", "time_budget_s": BUDGET_S, **settings}
    job = api(person.page, "POST", "/jobs", request)
    person.goto(f"/jobs/{job['id']}")
    return str(job["id"])


def test_it_is_told_live_and_ends_without_a_reload(person: Person, tmp_path: Path) -> None:
    id = train(person, tmp_path)
    page = person.page
    expect(page.locator(".connection")).to_have_text("Live")
    expect(page.locator(".leader").first).to_be_visible()
    expect(page.locator(".phase.now")).to_have_text("Search")
    expect(page.locator(".job-progress .bar-words")).to_contain_text("of 0:08")
    # Leave it, and come back: all of it is there again.
    person.click(page.get_by_role("navigation").get_by_role("link", name="Training"))
    expect(page.get_by_role("row", name="churned")).to_be_visible()
    person.click(page.get_by_role("row", name="churned").get_by_role("link"))
    expect(page.locator(".leader").first).to_be_visible()
    expect(page.get_by_role("link", name="View model")).to_be_visible()
    expect(page.locator("h1 .tag")).to_have_text("completed")
    expect(page.locator(".job-progress")).to_be_hidden()
    trials = api(page, "GET", f"/jobs/{id}/trials?page_size=200")["items"]
    expect(page.get_by_role("table", name="All trials").locator("tbody tr")).to_have_count(len(trials))
    person.click(page.get_by_role("button", name="parameter").first)
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    person.click(page.get_by_role("tab", name="Log"))
    expect(page.locator(".log")).to_contain_text("Started.")
    expect(page.locator(".log")).to_contain_text("Ended: succeeded.")


def test_stopping_keeps_the_best(person: Person, tmp_path: Path) -> None:
    train(person, tmp_path)
    page = person.page
    expect(page.locator(".leader").first).to_be_visible()
    person.press("Stop and keep the best")
    expect(page.get_by_role("link", name="View model")).to_be_visible()


def test_cancelling_asks_first_and_keeps_nothing(person: Person, tmp_path: Path) -> None:
    train(person, tmp_path)
    page = person.page
    expect(page.locator(".leader").first).to_be_visible()
    person.press("Cancel")
    expect(page.get_by_role("dialog")).to_contain_text("discarded")
    person.press("Cancel training")
    expect(page.get_by_text("The training was cancelled.")).to_be_visible()
    person.click(page.get_by_role("link", name="Edit and train again"))
    expect(page).to_have_url(re.compile("/train\\?job="))


def test_one_that_failed_says_why_and_what_to_do(person: Person, tmp_path: Path) -> None:
    train(person, tmp_path, target="plan", task="regression")
    page = person.page
    notice = page.get_by_role("alert")
    expect(notice).to_contain_text("which is not a number")
    expect(notice).to_contain_text("choose a classification task")
    expect(notice.get_by_role("link", name="Edit and train again")).to_be_visible()
    expect(page.locator("h1 .tag")).to_have_text("failed")
    before = person.place
    person.press("Retry")
    expect(page).not_to_have_url(re.compile(f"{before}$"))
    expect(page).to_have_url(re.compile("/jobs/"))


def test_the_place_in_line_is_told(person: Person, tmp_path: Path) -> None:
    first = train(person, tmp_path)
    page = person.page
    dataset = api(page, "GET", f"/jobs/{first}")["dataset_id"]
    request = {"dataset_id": dataset, "target": "churned", "time_budget_s": BUDGET_S}
    waiting = [api(page, "POST", "/jobs", request)["id"] for _ in range(2)]
    person.goto(f"/jobs/{waiting[1]}")
    expect(page.locator(".job-progress")).to_contain_text("Position 2 in the queue.")
    person.goto("/jobs")
    expect(page.get_by_role("table", name="Trainings")).to_contain_text("position 2 in the queue")
    for id in (*waiting, first):
        api(page, "POST", f"/jobs/{id}/cancel")
    expect(page.get_by_role("table", name="Trainings").get_by_text("cancelled")).to_have_count(3)


@pytest.fixture
def cable(served: Server) -> Iterator[Proxy]:
    """Between the browser and the service."""
    proxy = Proxy(int(served.url.rsplit(":", 1)[-1]))
    yield proxy
    proxy.close()


def test_a_lost_connection_is_taken_up_again_and_nothing_is_missing(
    meet: Callable[..., Person], cable: Proxy, tmp_path: Path
) -> None:
    person = meet(base_url=f"http://127.0.0.1:{cable.port}")
    id = train(person, tmp_path)
    page = person.page
    expect(page.locator(".leader").first).to_be_visible()
    person.excused += ["net::ERR", "Failed to load resource"]
    cable.set("reset")
    expect(page.locator(".connection")).to_contain_text("reconnecting")
    cable.set("forward")
    expect(page.locator(".connection")).to_have_text("Live")
    expect(page.get_by_role("link", name="View model")).to_be_visible()
    trials = api(page, "GET", f"/jobs/{id}/trials?page_size=200")["items"]
    expect(page.get_by_role("table", name="All trials").locator("tbody tr")).to_have_count(len(trials))


def test_five_thousand_trials_stay_quick(person: Person) -> None:
    """Made up by the test: the page gets them as it would from a search of hours."""
    person.sign_up()
    job = {
        "id": "many", "name": None, "dataset_id": "gone", "target": "y", "task": "binary", "metric": "auc",
        "time_budget_s": 7200, "state": "running", "phase": "searching", "queue_position": None, "model_id": None,
        "created_at": "2026-01-01T00:00:00Z", "started_at": "2026-01-01T00:00:00Z", "finished_at": None,
        "progress": {"elapsed_s": 3600.0, "eta_s": 3600.0, "trials_done": 5000, "best_score": 0.9}, "error": None,
        "exclude_columns": [], "models": None,
    }  # fmt: skip
    events = "".join(
        f"id: {i + 1}\nevent: trial\ndata: " + json.dumps({
            "number": i, "model": "lightgbm", "params": {"depth": i % 9}, "state": "complete", "fit_s": 0.5,
            "score": 0.5 + 0.4 * i / 5000, "started_at": f"2026-01-01T00:{i // 100:02}:{i % 60:02}Z",
        }) + "\n\n"
        for i in range(5000)
    )  # fmt: skip

    def answer(route: Route) -> None:
        path = route.request.url
        if path.endswith("/jobs/many"):
            route.fulfill(json=job)
        elif "/events" in path:
            route.fulfill(content_type="text/event-stream", body=events)
        else:
            route.fulfill(status=404, json={"status": 404, "reason": "NOT_FOUND", "detail": "It is gone."})

    person.page.route("**/api/v1/jobs/many**", answer)
    person.page.route("**/api/v1/datasets/gone", answer)
    person.excused.append("404")
    person.goto("/jobs/many")
    page = person.page
    expect(page.locator(".leader").first).to_contain_text("trial 4999")
    rows = page.get_by_role("table", name="All trials")
    expect(rows).to_have_attribute("aria-rowcount", "5001")
    assert rows.locator("tbody tr").count() < 100
    # All of them are sorted, and what is seen is drawn.
    for _ in ("best first", "worst first"):
        person.click(rows.get_by_role("button", name="Score"))
    expect(rows.locator("tbody tr[aria-rowindex='2']").get_by_role("cell").first).to_have_text("0")
