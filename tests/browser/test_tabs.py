"""Two tabs of one browser: what is done in one is soon true in the other."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from tests.browser.page_object import PASSWORD, Person
from tests.browser.tables import houses


def test_a_table_that_one_uploads_the_other_shows(person: Person, tmp_path: Path) -> None:
    person.sign_up()
    other = person.open_tab()
    other.goto("/datasets")
    person.upload(houses(tmp_path))
    expect(other.get_by_role("row", name="houses")).to_contain_text("ready")


def test_signing_out_and_in_is_felt_by_both(person: Person) -> None:
    person.sign_up()
    other = person.open_tab()
    other.goto("/account")
    person.press(f"Account of {person.username}")
    person.press("Sign out")
    expect(other.get_by_role("heading", name="Sign in")).to_be_visible()
    person.sign_in()
    # It comes back to where it was, and can do things: its CSRF token is the new session's.
    expect(other.get_by_role("heading", level=1, name="Account")).to_be_visible()
    other.get_by_role("button", name="New key").click()
    other.get_by_role("dialog").get_by_label("Name").fill("the other tab")
    other.get_by_role("button", name="Create key").click()
    expect(other.get_by_role("heading", name="API key “the other tab”")).to_be_visible()


def test_a_new_session_of_the_same_user_is_taken_over(person: Person) -> None:
    """The cookie is shared, the CSRF token is not: the other tab finds out and asks for it."""
    person.sign_up()
    other = person.open_tab()
    other.goto("/account")
    sign_in = """([username, password]) => fetch("/api/v1/sessions", {method: "POST",
        headers: {"Content-Type": "application/json"}, body: JSON.stringify({username, password})})"""
    person.page.evaluate(sign_in, [person.username, PASSWORD])
    person.excused.append("403")  # the first try, with the token of before
    other.get_by_role("button", name="New key").click()
    other.get_by_role("dialog").get_by_label("Name").fill("after all")
    other.get_by_role("button", name="Create key").click()
    expect(other.get_by_role("heading", name="API key “after all”")).to_be_visible()


def test_the_theme_is_the_same_in_both(person: Person) -> None:
    person.sign_up()
    other = person.open_tab()
    other.goto("/datasets")
    person.press("Theme: system. Change")
    person.press("Theme: light. Change")
    for page in (person.page, other):
        expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    other.reload()
    expect(other.locator("html")).to_have_attribute("data-bs-theme", "dark")
