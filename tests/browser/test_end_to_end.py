"""The whole road in one sitting: from nothing to a prediction."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.page_object import Person
from tests.browser.tables import churn, houses

MOST_CLICKS = 8


def test_from_sign_up_to_a_prediction_in_eight_clicks(person: Person, tmp_path: Path) -> None:
    person.sign_up()
    person.upload(houses(tmp_path))
    person.click(person.page.get_by_role("link", name="Predict price"))
    person.press("Start training")
    expect(person.page.get_by_role("heading", level=1)).to_contain_text("price")
    person.press("View model")
    person.press("Predict")
    expect(person.page.locator(".view")).to_contain_text("price")
    assert person.place.endswith("/predict")
    assert person.clicks <= MOST_CLICKS


def test_a_leak_is_found_and_excluded_at_a_click(person: Person, tmp_path: Path) -> None:
    person.sign_up()
    person.upload(churn(tmp_path))
    page = person.page
    person.press("Choose target")
    person.click(page.locator(".target-card", has_text="churned"))
    leak = page.locator(".notice", has_text="cancelled_on")
    person.click(leak.get_by_role("button", name="Exclude", exact=True))
    # It says so, keeps the focus, and counts one column less.
    expect(page.get_by_role("button", name="Excluded")).to_be_focused()
    expect(page.locator(".train-side")).to_contain_text("4 columns")
    person.press("Start training")
    expect(page).to_have_url(re.compile("/jobs/"))
    job = page.evaluate("fetch('/api/v1' + location.pathname).then(answer => answer.json())")
    assert job["exclude_columns"] == ["cancelled_on"]
    assert (job["target"], job["time_budget_s"]) == ("churned", 8)
