"""A model's page: what it is worth, plots that are drawn under a strict policy, two side by side, code and files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from nobrains_client import Client
from tests.browser.conftest import BUDGET_S
from tests.browser.page_object import PASSWORD, Person
from tests.browser.tables import churn, houses
from tests.integration.conftest import Server

ATTEMPTS = 6
"""Trainings of a table: one that had no time for partial dependence, on a busy machine, is made again, with more."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A service of their own, where a training may take longer than elsewhere."""
    running = Server(tmp_path_factory.mktemp("page"), signups_per_hour="0").start()
    yield running
    assert running.stop() == 0, running.log()


@pytest.fixture(scope="module")
def models(served: Server, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Models of one user, by what they predict: two of `churned`, one of `price`."""
    folder = tmp_path_factory.mktemp("tables")
    client = Client(served.url)
    client.sign_up("owner", PASSWORD)
    client.sign_in("owner", PASSWORD)
    found = {}
    # Of few families: most of the time is left for what is drawn of them, however busy the machine is.
    for name, path, target, left_out, families in (
        ("churned", churn(folder), "churned", ["cancelled_on"], ["linear"]),
        ("worse", churn(folder), "churned", ["cancelled_on", "calls"], ["linear"]),
        ("price", houses(folder), "price", [], ["linear", "lightgbm"]),
    ):
        dataset = client.wait_ready(client.upload(path))
        for attempt in range(1, ATTEMPTS + 1):
            if name in found:
                client.delete_model(found[name])
            budget_s = attempt * BUDGET_S
            job = client.train(dataset, target, budget_s, exclude_columns=left_out, models=families, wait=True)
            found[name] = str(job.model_id)
            if name != "churned" or client.evaluation(found[name]).get("dependence"):
                break
    return found


@pytest.fixture
def owner(meet: Callable[..., Person], models: dict[str, str]) -> Person:
    """Their owner, signed in."""
    person = meet()
    person.username = "owner"
    person.sign_in()
    expect(person.page).to_have_url(re.compile("/datasets$"))
    return person


@pytest.mark.parametrize(
    ("name", "plots"),
    [
        ("churned", ["ROC", "Precision", "Calibration", "Histogram of probabilities"]),
        ("price", ["Actual", "Histogram of the errors"]),
    ],
)
def test_its_performance_is_drawn(owner: Person, models: dict[str, str], name: str, plots: list[str]) -> None:
    owner.goto(f"/models/{models[name]}?tab=performance")
    for label in plots:
        figure = owner.page.locator(f".plot[aria-label^='{label}']")
        figure.scroll_into_view_if_needed()
        expect(figure.locator("svg.main-svg").first).to_be_visible()
        assert figure.locator("path, .point").count() > 0


def test_every_tab_says_something(owner: Person, models: dict[str, str]) -> None:
    owner.goto(f"/models/{models['churned']}")
    page = owner.page
    expect(page.locator(".verdict-sentence")).to_contain_text("On unseen rows")
    expect(page.locator(".trust-note").first).to_be_visible()
    scripts = [request.url for request in owner.requests if request.url.endswith("plotly.js")]
    assert scripts == []  # nothing was drawn yet
    owner.click(page.get_by_role("tab", name="Columns"))
    owner.click(page.locator("button.bars-row", has_text="calls"))
    expect(page.get_by_role("heading", name="Partial dependence on calls")).to_be_visible()
    expect(page.locator(".dependence svg.main-svg").first).to_be_visible()
    expect(page.get_by_role("table", name="Preprocessing of each column")).to_contain_text("cancelled_on")
    owner.click(page.get_by_role("tab", name="Ensemble"))
    expect(page.get_by_role("table", name="Leaderboard")).to_contain_text("Linear model")
    owner.click(page.get_by_role("tab", name="Performance"))
    threshold = page.get_by_role("slider", name="Threshold")
    before = page.locator(".threshold-out").inner_text()
    threshold.press("ArrowRight")
    expect(page.locator(".threshold-out")).not_to_have_text(before)


def test_plots_follow_the_theme(owner: Person, models: dict[str, str]) -> None:
    owner.goto(f"/models/{models['churned']}?tab=performance")
    page = owner.page
    curve = page.locator(".plot[aria-label^='ROC'] .scatterlayer path.js-line").last
    expect(curve).to_be_attached()
    light = curve.evaluate("line => line.style.stroke")
    page.evaluate("nobrainsTheme.choose('dark')")
    expect(curve).not_to_have_css("stroke", light)


def test_code_is_copied_and_files_are_had(owner: Person, models: dict[str, str]) -> None:
    owner.context.grant_permissions(["clipboard-read", "clipboard-write"])
    owner.goto(f"/models/{models['churned']}?tab=use")
    page = owner.page
    owner.click(page.get_by_role("button", name="Copy").first)
    expect(page.get_by_text("Copied.")).to_be_visible()
    assert models["churned"] in page.evaluate("navigator.clipboard.readText()")
    with page.expect_download() as bundle:
        owner.click(page.get_by_role("link", name="Model file"))
    assert bundle.value.suggested_filename.endswith(".nb")
    with page.expect_popup() as report:
        owner.click(page.get_by_role("link", name="Report"))
    expect(report.value.get_by_role("heading").first).to_be_visible()


def test_two_side_by_side(owner: Person, models: dict[str, str]) -> None:
    owner.goto("/models")
    page = owner.page
    for box in page.get_by_role("checkbox").all()[1:]:
        owner.click(box)
    owner.press("Compare (2)")
    expect(page.get_by_role("heading", name="Compare models")).to_be_visible()
    expect(page.locator(".notice-title")).to_contain_text("is better.")
    expect(page.locator(".compare")).to_contain_text("Log loss")
    page.get_by_label("First model").select_option(models["price"])
    expect(page.get_by_text("The models predict different targets.")).to_be_visible()


def test_a_deleted_one_is_gone(owner: Person, models: dict[str, str], served: Server, tmp_path: Path) -> None:
    client = Client(served.url).sign_in("owner", PASSWORD)
    dataset = client.wait_ready(client.upload(houses(tmp_path)))
    job = client.train(dataset, "price", 2, models=["linear"], wait=True)
    owner.goto(f"/models/{job.model_id}")
    owner.press("Delete")
    owner.click(owner.page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True))
    expect(owner.page.get_by_role("heading", level=1, name="Models")).to_be_visible()
    owner.excused.append("404")
    owner.goto(f"/jobs/{job.id}")
    expect(owner.page.get_by_text("The model of this training was deleted.")).to_be_visible()
    assert all(model.id != job.model_id for model in client.models())
