"""What the documents point at is there: links, and the files that the map names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGES = sorted(
    [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "client" / "README.md", *(ROOT / "docs").glob("*.md")]
)

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FILE = re.compile(r"`((?:[\w.-]+/)*[\w.-]+\.(?:py|md|toml|csv|html)|(?:[\w.-]+/)+)(?:::(\w+))?`")
"""`core/tasks/lifecycle.py`, `tests/contract/`, `tests/unit/core/tasks/test_lifecycle.py::test_...`."""
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)

MADE_AT_RUN_TIME = {"predicted.csv", "nobrains-data/"}


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in HEADING.findall(page.read_text())}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_relative_links_lead_somewhere(page: Path) -> None:
    for link in LINK.findall(page.read_text()):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{link} leads nowhere"
        assert target.is_relative_to(ROOT)
        assert not anchor or anchor in anchors(target), f"{link} names no heading"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_files_and_tests_that_are_named_exist(page: Path) -> None:
    for name, test in FILE.findall(page.read_text()):
        if name in MADE_AT_RUN_TIME:
            continue
        path = next((base / name for base in (ROOT, page.parent) if (base / name).exists()), None)
        assert path is not None, f"{name} is named and does not exist"
        assert not test or re.search(rf"def {test}\b", path.read_text()), f"{name} has no {test}"


def test_no_page_is_forgotten_by_the_readme() -> None:
    linked = set(LINK.findall((ROOT / "README.md").read_text()))
    pages = {f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md")}
    assert pages <= linked, "link it from README.md"


def test_pages_are_short() -> None:
    for page in PAGES:
        assert len(page.read_text().splitlines()) <= 250, page
