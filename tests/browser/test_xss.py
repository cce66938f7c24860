"""Names and cells that would like to be HTML, code or a mess. They are shown as they are, and run nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.page_object import Person
from tests.browser.tables import write

NAMES = (
    "<img src=x onerror=\"document.title='hacked'\">",
    "<script>document.title='hacked'</script>",
    "javascript:alert(1)",
    "__proto__",
    "constructor",
    "\u202egnirts desrever",
    "x" * 300,
    "a/b?c#d&e=%00 '\"",
    "👩‍👩‍👧‍👦 café",
)
ROOT = Path(__file__).parents[2]


def test_they_are_shown_as_they_are(person: Person, tmp_path: Path) -> None:
    cells = [tuple(f"{name[:40]}{row % 3}" for name in NAMES) for row in range(60)]
    person.sign_up()
    person.choose_files(write(tmp_path / "<b>bold&amp;.csv", NAMES, cells))
    page = person.page
    expect(page.get_by_role("heading", level=1)).to_contain_text("<b>bold&amp;")
    expect(page.locator("h1 .tag")).to_have_text("ready")
    for name in NAMES:
        expect(page.get_by_label(f"Select {name}", exact=True)).to_be_attached()
    assert_unharmed(page)
    person.click(page.get_by_role("tab", name="First rows"))
    expect(page.get_by_role("cell", name="<script>").first).to_be_visible()
    assert_unharmed(page)
    for name in NAMES:
        page.goto(f"{person.place.removesuffix('/train')}/train")
        card = page.get_by_role("button").filter(has=page.locator(".target-name", has_text=name)).first
        card.click()
        expect(page.locator(".target-panel h2")).to_have_text(name)
        assert_unharmed(page)
        page.reload()  # the target is in the address
        expect(page.locator(".target-panel h2")).to_have_text(name)


def assert_unharmed(page: Page) -> None:
    """Nothing of it became an element, and the page is no wider than the window."""
    assert "hacked" not in page.title()
    assert page.locator("#main img, #main script, #main b").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("path", sorted((ROOT / "api" / "static" / "app").rglob("*.js")), ids=lambda path: path.name)
def test_no_module_makes_html_of_text(path: Path) -> None:
    code = path.read_text()
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "srcdoc"):
        assert way not in code, f"{path.name} uses {way}"
