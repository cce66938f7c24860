"""Words that users read: private or quaint phrases were replaced by the field's terms, and none of them returns."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
# What users read is written here: the page, the reports, messages and help, the docs.
PLACES = ("api", "automl", "client", "core", "csvfile", "nobrains", "worker", "docs", "README.md", "vocabulary.py")
ENDINGS = (".py", ".js", ".html", ".md")
# The old phrase, and what is said instead.
REPLACED = {
    "a worker does it": "Runs in the background",
    "always giving the same answer": "Baseline",
    "always guessing the same": "Baseline",
    "boldest mistakes": "most confident errors",
    "by its name an id": "Looks like an ID",
    "found out for you": "Automatic",
    "found, and right": "Precision-recall",
    "good to know": "notes",
    "its answers": "Performance, predictions",
    "loaded anew": "reloaded",
    "longest prediction of": "Max. prediction time per row",
    "models inside": "Ensemble",
    "of everything random": "Random seed",
    "nothing speaks against": "No problems found",
    "one value a row": "Unique in every row (an ID)",
    "present password": "Current password",
    "read anew": "re-read",
    "take it home": "Download",
    "taken for whom": "Confusion matrix",
    "telling them apart": "ROC curve",
    "surest mistakes": "Most confident errors",
    "that is no chance": "far beyond chance",
    "the answer that counts": "Positive class",
    "unless told": "by default",
    "user name": "username",
    "voids": "revokes",
    "what was asked for": "Settings",
    "where to draw the line": "Decision threshold",
    "when does it end": "Expires",
    "would flatter": "would be too optimistic",
}


@pytest.mark.parametrize("place", PLACES)
def test_no_replaced_phrase_returns(place: str) -> None:
    paths = [ROOT / place] if (ROOT / place).is_file() else sorted((ROOT / place).rglob("*"))
    texts = {path: path.read_text(encoding="utf-8").lower() for path in paths if path.suffix in ENDINGS}
    found = [
        f"{path.relative_to(ROOT)}: {phrase!r}, better: {better!r}"
        for path, text in texts.items()
        for phrase, better in REPLACED.items()
        if re.search(rf"\b{phrase}\b", " ".join(text.split()))
    ]
    assert texts
    assert not found, f"phrases that were replaced: {found}"
