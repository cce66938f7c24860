"""Models on new rows at the page: tested, compared on the same rows, described, decided by a threshold."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from nobrains_client import Client
from tests.browser.page_object import PASSWORD, Person
from tests.browser.tables import churn
from tests.integration.conftest import Server

TRAINING_S = 3


@pytest.fixture(scope="module")
def client(served: Server) -> Client:
    """The owner of all that these tests make."""
    client = Client(served.url)
    client.sign_up("examiner", PASSWORD)
    return client.sign_in("examiner", PASSWORD)


@pytest.fixture(scope="module")
def models(client: Client, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Two models of `churned`, the second without its most important column; `next month` is new to both."""
    table = churn(tmp_path_factory.mktemp("tables"))
    dataset = client.wait_ready(client.upload(table, name="this month"))
    lines = table.read_text().splitlines()
    table.write_text("\n".join([lines[0], *(f"N{line}" for line in lines[1:300])]) + "\n")
    client.wait_ready(client.upload(table, name="next month"))
    return [
        str(client.train(dataset, "churned", TRAINING_S, exclude_columns=out, models=["linear"], wait=True).model_id)
        for out in (["cancelled_on"], ["cancelled_on", "calls"])
    ]


@pytest.fixture
def examiner(meet: Callable[..., Person], models: list[str]) -> Person:
    """Their owner, signed in."""
    person = meet()
    person.username = "examiner"
    person.sign_in()
    expect(person.page).to_have_url(re.compile("/datasets$"))
    return person


def test_a_model_is_tested_on_new_data_by_groups_of_rows(examiner: Person, client: Client, models: list[str]) -> None:
    page = examiner.page
    examiner.goto(f"/models/{models[0]}")
    examiner.press("Test on new data")
    dialog = page.get_by_role("dialog")
    # The dataset that has the column and is not that of the training comes first.
    expect(dialog.get_by_label("Dataset").locator("option").first).to_contain_text("next month")
    dialog.get_by_label("plan", exact=True).check()
    examiner.click(dialog.get_by_role("button", name="Test", exact=True))
    expect(page).to_have_url(re.compile("/evaluations/"))
    scores = page.get_by_role("table", name="Scores")
    expect(scores).to_contain_text("AUC")
    expect(scores).to_contain_text(re.compile("within chance|beyond chance"))
    expect(page.locator(".notice-title")).to_contain_text("the training table")
    examiner.click(page.get_by_role("tab", name=re.compile("^Groups of rows")))
    expect(page.get_by_role("table", name="Groups of rows")).to_contain_text("basic")
    examiner.click(page.get_by_role("tab", name="Fairness"))
    expect(page.get_by_role("table", name="True positive rate")).to_contain_text("basic")
    examiner.click(page.get_by_role("tab", name=re.compile("^Drift")))
    expect(page.get_by_role("table", name="Drift of the columns")).to_contain_text("calls")
    examiner.click(page.get_by_role("link", name="Tests of this model"))
    expect(page.get_by_role("table", name="Tests on new data").get_by_role("row")).to_have_count(2)


def test_models_are_compared_with_only_differences_and_measured_on_the_same_rows(
    examiner: Person, models: list[str]
) -> None:
    page = examiner.page
    examiner.goto(f"/compare?model={models[0]}&model={models[1]}")
    table = page.locator(".compare")
    expect(table.get_by_role("row", name=re.compile("^Target"))).to_be_visible()
    page.get_by_label("Only differences").check()
    expect(table.get_by_role("row", name=re.compile("^Target"))).to_have_count(0)
    expect(table.get_by_role("row", name=re.compile("^Exclude columns"))).to_contain_text("calls")
    examiner.press("Measure on the same rows")
    examiner.click(page.get_by_role("dialog").get_by_role("button", name="Measure", exact=True))
    expect(page).to_have_url(re.compile("/comparisons/"))
    expect(page.get_by_role("table", name="Scores")).to_contain_text("best")
    expect(page.get_by_role("table", name="Differences").get_by_role("row")).to_have_count(2)
    page.get_by_label("Metric of the differences").select_option("accuracy")
    expect(page.get_by_role("table", name="Differences")).to_contain_text("Accuracy")


def test_a_model_has_a_name_and_tags_and_is_found_by_them(examiner: Person, models: list[str]) -> None:
    page = examiner.page
    examiner.goto(f"/models/{models[1]}")
    examiner.press("Name, note and tags")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Without calls")
    dialog.get_by_label("Tags").fill("team: retention\nspare")
    examiner.click(dialog.get_by_role("button", name="Save"))
    expect(page.get_by_role("heading", level=1, name="Without calls")).to_be_visible()
    examiner.click(page.get_by_role("link", name="team: retention"))
    listed = page.get_by_role("table", name="Models")
    expect(listed.get_by_role("link", name="Without calls")).to_be_visible()
    expect(listed.get_by_role("row")).to_have_count(2)
    page.get_by_label("Find a model").fill("nothing like that")
    expect(page.get_by_text("No model is like that.")).to_be_visible()
    page.get_by_label("Find a model").fill("without")
    expect(listed.get_by_role("link", name="Without calls")).to_be_visible()


def test_costs_move_the_threshold_and_the_model_answers_by_the_rule(
    examiner: Person, client: Client, models: list[str]
) -> None:
    page = examiner.page
    examiner.goto(f"/models/{models[0]}?tab=performance")
    page.get_by_label("A row of “yes” is missed").fill("-9")
    best = page.locator(".notice-title", has_text=re.compile(r"Best threshold: [12]?\d\.\d %"))
    expect(best).to_be_visible()
    examiner.press("Move to the best")
    expect(page.locator(".threshold-out")).to_contain_text("earned of 1,000 rows")
    examiner.press("Use this rule")
    expect(page.locator(".lead")).to_contain_text("Answers “yes” from a probability of")
    examiner.goto(f"/models/{models[0]}/predict")
    expect(page.get_by_text("By its decision rule it answers “yes” from")).to_be_visible()
    examiner.goto(f"/models/{models[0]}?tab=performance")
    examiner.press("Answer as trained")
    expect(page.locator(".lead")).not_to_contain_text("Answers “yes”")
