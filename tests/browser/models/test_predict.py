"""Predicting at the page: what if, why, a file, a dataset."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from nobrains_client import Client
from tests.browser.conftest import BUDGET_S
from tests.browser.page_object import PASSWORD, Person
from tests.browser.tables import churn, houses, write
from tests.integration.conftest import Server


@pytest.fixture(scope="module")
def models(served: Server, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """One model of classes, one of numbers, of the same user."""
    folder = tmp_path_factory.mktemp("tables")
    client = Client(served.url)
    client.sign_up("guesser", PASSWORD)
    client.sign_in("guesser", PASSWORD)
    found = {}
    for path, target in ((churn(folder), "churned"), (houses(folder), "price")):
        dataset = client.wait_ready(client.upload(path))
        job = client.train(dataset, target, BUDGET_S, exclude_columns=["cancelled_on"] * (target == "churned"),
                           models=["linear", "lightgbm"], wait=True)  # fmt: skip
        found[target] = str(job.model_id)
    return found


@pytest.fixture
def guesser(meet: Callable[..., Person], models: dict[str, str]) -> Person:
    person = meet()
    person.username = "guesser"
    person.sign_in()
    expect(person.page).to_have_url(re.compile("/datasets$"))
    return person


def test_the_answer_and_its_reasons_follow_every_change(guesser: Person, models: dict[str, str]) -> None:
    guesser.goto(f"/models/{models['churned']}/predict")
    page = guesser.page
    answer = page.get_by_role("region", name="Prediction")
    expect(answer.locator(".bars-row")).to_have_count(2)
    expect(answer.locator(".pull").first).to_be_visible()
    before = answer.locator(".answer-sure").inner_text()
    page.get_by_label("calls").fill("0")
    expect(answer.locator(".answer-headline .big-number")).to_have_text("no")
    page.get_by_label("calls").fill("12")
    expect(answer.locator(".answer-headline .big-number")).to_have_text("yes")
    expect(answer.locator(".answer-change")).to_have_text("Previously no.")
    expect(answer.locator(".pull", has_text="calls").locator(".pull-own")).to_have_text("12")
    page.get_by_label("plan").select_option(label="(missing)")
    expect(
        answer.locator(".pull-own", has_text="missing").or_(answer.locator(".answer-change", has_text="No change"))
    ).to_be_visible()
    guesser.press("Reset")
    expect(answer.locator(".answer-sure")).to_have_text(before)


def test_what_is_no_number_is_taken_as_missing_or_told(guesser: Person, models: dict[str, str]) -> None:
    guesser.goto(f"/models/{models['price']}/predict")
    page = guesser.page
    answer = page.get_by_role("region", name="Prediction")
    expect(answer.locator(".pull").first).to_be_visible()
    page.get_by_label("area").fill("<b>large</b>")
    expect(answer.locator(".pull-own", has_text="<b>large</b>")).to_be_visible()
    expect(page.get_by_text("did not read as a number")).to_be_visible()
    page.get_by_label("area").fill("200")
    expect(page.get_by_text("did not read as a number")).to_be_hidden()
    expect(answer.locator(".answer-change")).to_contain_text("Up by")


def test_a_file_comes_back_with_predictions(guesser: Person, models: dict[str, str], tmp_path: Path) -> None:
    guesser.goto(f"/models/{models['price']}/predict")
    page = guesser.page
    page.get_by_label("CSV to predict").set_input_files(houses(tmp_path, 50))
    expect(page.locator("td.added").first).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    assert download.value.suggested_filename == "houses-predicted.csv"
    # With the mark by which spreadsheets know UTF-8: that is where files from a page are opened.
    text = Path(download.value.path()).read_bytes().removeprefix(codecs.BOM_UTF8).decode()
    rows = list(csv.DictReader(text.splitlines()))
    assert len(rows) == 50
    assert all(float(row["prediction"]) > 0 for row in rows)


def test_a_file_that_lacks_a_column_is_refused_in_words(
    guesser: Person, models: dict[str, str], tmp_path: Path
) -> None:
    guesser.goto(f"/models/{models['churned']}/predict")
    page = guesser.page
    guesser.excused.append("422")
    page.get_by_label("CSV to predict").set_input_files(write(tmp_path / "other.csv", ("x", "y"), [(1, 2)]))
    expect(page.get_by_role("alert").filter(has_text="The rows lack")).to_be_visible()


def test_a_dataset_is_predicted_kept_and_deleted(guesser: Person, models: dict[str, str]) -> None:
    guesser.goto(f"/models/{models['churned']}/predict")
    page = guesser.page
    page.get_by_label("Dataset to predict").select_option(index=1)
    guesser.press("Predict")
    stored = page.get_by_role("table", name="Stored predictions")
    expect(stored.get_by_text("completed")).to_be_visible()
    with page.expect_download() as download:
        stored.get_by_role("link", name="Download").click()
    kept = Path(download.value.path()).read_bytes()
    assert kept.startswith(codecs.BOM_UTF8)
    assert b"prediction" in kept.splitlines()[0]
    stored.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()
    expect(stored).to_be_hidden()
