"""Each view, in light, in dark and on a phone: axe finds nothing serious, and the keyboard reaches it all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, expect

from tests.browser.page_object import Person
from tests.browser.scenes.played_service import PlayedService
from tests.browser.scenes.scenes import SCENES, Scene
from tests.browser.scenes.screenshots import LOOKS, show, visitors
from tests.browser.tables import houses
from tests.integration.conftest import Server

GRAVE = ("serious", "critical")


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlayedService]:
    folder = tmp_path_factory.mktemp("played")
    server = Server(folder).start()
    yield PlayedService.play(server, folder, budget_s=6)
    server.stop()


@pytest.fixture(
    scope="module", params=[pytest.param(look, marks=[pytest.mark.long] if look != "light" else []) for look in LOOKS]
)
def everybody(
    request: pytest.FixtureRequest, browser: Browser, played: PlayedService
) -> Iterator[dict[str, BrowserContext]]:
    with visitors(browser, played.server.url, LOOKS[request.param]) as contexts:
        yield contexts


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_axe_finds_nothing_serious(everybody: dict[str, BrowserContext], played: PlayedService, scene: Scene) -> None:
    page = everybody[scene.who].new_page()
    show(page, scene, played)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "wider than the window"
    found = [
        f"{each['impact']}: {each['help']}: {node['html']} {node['failureSummary']}"
        for each in Axe().run(page).response["violations"]
        if each["impact"] in GRAVE
        for node in each["nodes"]
    ]
    assert found == []
    page.close()


def test_the_road_is_passable_by_keyboard(person: Person, tmp_path: Path) -> None:
    person.sign_up()
    person.upload(houses(tmp_path))
    page = person.page
    page.get_by_role("link", name="Choose target").focus()
    page.keyboard.press("Enter")
    # The focus begins at the new view's heading, so the next thing is what comes after it.
    expect(page.get_by_role("heading", level=1, name="Train a model")).to_be_focused()
    page.get_by_role("button", name="price").focus()
    page.keyboard.press("Space")
    expect(page.get_by_role("heading", level=2, name="price")).to_be_focused()
    expect(page.get_by_role("radio", name="Standard")).to_be_checked()
    page.get_by_role("radio", name="Standard").focus()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("radio", name="Quick")).to_be_checked()
    expect(page.get_by_role("radio", name="Quick")).to_be_focused()
    page.keyboard.press("Home")
    page.goto("/datasets")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
