"""Pictures of every view in light, dark, and on a phone: `make screenshots`.

python -m tests.browser.scenes.screenshots [--to FOLDER] [--only NAME...] [--pictures]
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.chromium import FLAGS, find_chromium
from tests.browser.page_object import PASSWORD, PATIENCE_MS
from tests.browser.scenes.played_service import NAME, NEWCOMER, STRANGER, PlayedService
from tests.browser.scenes.scenes import SCENES, Scene
from tests.emulators.bound import ROOT
from tests.emulators.debian import install
from tests.integration.conftest import Server

LOOKS: dict[str, dict[str, Any]] = {
    "light": {"viewport": {"width": 1280, "height": 860}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1280, "height": 860}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "light", "device_scale_factor": 2},
}
PICTURES = ("table", "job-running", "model", "endpoint", "endpoint-windows", "source-new", "run")
"""Those that stand in the README and in docs, in light."""
MOST_BYTES = 200_000
BUDGET_S = 60
TRIALS = 20
SETTLED = """() => new Promise(done => {
    const quiet = () => { observer.disconnect(); done(); };
    setTimeout(quiet, 4000);
    let timer = setTimeout(quiet, 500);
    const observer = new MutationObserver(() => { clearTimeout(timer); timer = setTimeout(quiet, 500); });
    observer.observe(document.getElementById("app"), {subtree: true, childList: true, characterData: true});
})"""
"""Half a second without changes: plots and the first events of a stream are there. What ticks is not waited for."""


@contextmanager
def visitors(browser: Browser, url: str, look: dict[str, Any]) -> Iterator[dict[str, BrowserContext]]:
    """A browser context for each who has scenes, signed in."""
    contexts = {
        who: browser.new_context(base_url=url, reduced_motion="reduce", **look) for who in (NAME, NEWCOMER, STRANGER)
    }
    for who in (NAME, NEWCOMER):
        answer = contexts[who].request.post("/api/v1/sessions", data={"username": who, "password": PASSWORD})
        assert answer.ok, answer.text()
    yield contexts
    for context in contexts.values():
        context.close()


def show(page: Page, scene: Scene, played: PlayedService) -> None:
    """Go there, and wait until nothing moves any more."""
    page.goto(scene.path(played))
    expect(page.locator(".view")).to_be_visible()
    scene.reach(page)
    page.evaluate(SETTLED)
    plots = page.locator(".plot:visible").all()
    for plot in plots:  # Each is drawn once it is seen.
        plot.scroll_into_view_if_needed()
        expect(plot.locator(".main-svg, p").first).to_be_attached(timeout=PATIENCE_MS)
    if plots:
        page.evaluate("scrollTo(0, 0)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, default=ROOT / "build" / "screenshots")
    parser.add_argument("--only", nargs="*", default=[scene.name for scene in SCENES])
    parser.add_argument("--looks", nargs="*", default=list(LOOKS))
    parser.add_argument("--pictures", action="store_true", help="Also renew those of README and docs.")
    arguments = parser.parse_args()
    arguments.to.mkdir(parents=True, exist_ok=True)
    install("fonts-inter")  # one of those that the page asks for; what Debian has otherwise is wide
    chromium = find_chromium()
    if chromium is None:
        raise SystemExit("There is no Chromium here: apt-get install chromium-headless-shell")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = Server(Path(folder)).start()
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        try:
            played = PlayedService.play(server, Path(folder), BUDGET_S, TRIALS)
            for look in arguments.looks:
                shoot(browser, played, look, arguments.only, arguments.to)
        finally:
            browser.close()
            server.stop()
    if arguments.pictures:
        for name in PICTURES:
            renew(arguments.to / f"{name}-light.png", ROOT / "docs" / "pictures" / f"{name}.png")


def shoot(browser: Browser, played: PlayedService, look: str, only: list[str], to: Path) -> None:
    """All scenes in one look; the whole page but for what scrolls by itself."""
    with visitors(browser, played.server.url, LOOKS[look]) as contexts:
        for scene in SCENES:
            if scene.name not in only:
                continue
            page = contexts[scene.who].new_page()
            show(page, scene, played)
            page.screenshot(path=to / f"{scene.name}-{look}.png", full_page=scene.name not in ("table-wide", *PICTURES))
            page.close()
            print(f"{scene.name}-{look}.png")


def renew(taken: Path, picture: Path) -> None:
    """Put a screenshot into the documents."""
    size = taken.stat().st_size
    assert size < MOST_BYTES, f"{taken.name} has {size} bytes"
    picture.parent.mkdir(exist_ok=True)
    picture.write_bytes(taken.read_bytes())


if __name__ == "__main__":
    main()
