"""The account, and what only administrators see."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

from playwright.sync_api import expect

from nobrains_client import Client
from tests.browser.page_object import PASSWORD, Person
from tests.emulators.bound import ROOT
from tests.integration.conftest import Server


def test_a_key_works_until_it_is_revoked(person: Person, served: Server) -> None:
    person.sign_up()
    person.goto("/account")
    page = person.page
    person.press("New key")
    page.get_by_role("dialog").get_by_label("Name").fill("nightly")
    page.get_by_label("Upload, train, delete").uncheck()
    person.press("Create key")
    secret = page.get_by_role("dialog").locator("code").inner_text()
    person.press("Done")
    with Client(served.url, token=secret) as program:
        assert list(program.datasets()) == []
        expect(page.get_by_role("row", name="nightly")).to_contain_text("read, predict")
        person.press("Revoke nightly")
        person.click(page.get_by_role("dialog").get_by_role("button", name="Revoke"))
        expect(page.get_by_text("No keys yet")).to_be_visible()
        page.goto("/activity")
        expect(page.get_by_role("row", name="API key revoked")).to_be_visible()


def test_mistakes_are_shown_where_they_are(person: Person) -> None:
    person.excused += ["422", "401", "409", "403"]
    person.goto("/sign-up")
    page = person.page
    person.press("Create account")
    expect(page.get_by_text("Enter your username.")).to_be_visible()
    page.get_by_label("Username").fill(person.username)
    page.get_by_label("Password").fill("short")
    person.press("Create account")
    expect(page.get_by_label("Password")).to_have_attribute("aria-invalid", "true")
    person.sign_up()
    person.goto("/account")
    page.get_by_label("Current password").fill("not this one")
    page.get_by_label("New password").fill("another long password")
    person.press("Change password")
    expect(page.locator(".form-problem, .field-error").filter(visible=True)).to_contain_text("Wrong")
    page.get_by_label("Current password").fill(PASSWORD)
    person.press("Change password")
    expect(page.get_by_text("Password changed.")).to_be_visible()


def test_an_account_is_deleted(person: Person) -> None:
    person.excused.append("401")
    person.sign_up()
    person.goto("/account")
    page = person.page
    person.press("Delete account")
    page.get_by_label("Enter your username to confirm").fill(person.username)
    person.press("Delete everything")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    person.sign_in()
    expect(page.locator(".form-problem")).to_be_visible()


def test_an_administrator_locks_and_unlocks(meet: Callable[..., Person], served: Server) -> None:
    admin, user = meet(), meet()
    for each in (admin, user):
        each.sign_up()
    user.excused += ["401", "Failed to load resource"]
    promote = ["nobrains", "init", "--data", str(served.folder / "data"), "--promote", admin.username]
    subprocess.run([sys.executable, "-m", *promote], cwd=ROOT, check=True, capture_output=True)
    admin.goto("/datasets")
    admin.press(f"Account of {admin.username}")
    admin.press("Administration")
    row = admin.page.get_by_role("row", name=user.username)
    admin.press(f"Lock {user.username}")
    admin.click(admin.page.get_by_role("dialog").get_by_role("button", name="Lock", exact=True))
    expect(row).to_contain_text("locked")
    # Whoever is locked out is sent to the sign-in page at once; there is no time left for a click.
    user.page.goto(user.page.url)
    expect(user.page.get_by_role("button", name="Sign in")).to_be_visible()
    admin.press(f"Unlock {user.username}")
    expect(row).to_contain_text("active")
    admin.click(admin.page.get_by_role("tab", name="Audit log"))
    expect(admin.page.get_by_role("row", name="lock").first).to_be_visible()


def test_others_have_no_administration(person: Person) -> None:
    person.excused.append("403")
    person.sign_up()
    person.press(f"Account of {person.username}")
    expect(person.page.get_by_role("link", name="Activity")).to_be_visible()
    expect(person.page.get_by_role("link", name="Administration")).to_have_count(0)
    person.goto("/admin")
    expect(person.page.get_by_text("Only an administrator may do that.")).to_be_visible()
