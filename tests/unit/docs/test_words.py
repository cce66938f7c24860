"""Words that users read: private or quaint phrases were replaced by the field's terms, and none of them returns."""

from __future__ import annotations

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
    "by its name an id": "Looks like an ID",
    "found out for you": "Automatic",
    "found, and right": "Precision-recall",
    "good to know": "notes",
    "its answers": "Performance, predictions",
    "longest prediction of": "Max. prediction time per row",
    "models inside": "Ensemble",
    "nothing speaks against": "No problems found",
    "one value a row": "Unique in every row (an ID)",
    "present password": "Current password",
    "read anew": "re-read",
    "take it home": "Download",
    "taken for whom": "Confusion matrix",
    "telling them apart": "ROC curve",
    "that is no chance": "far beyond chance",
    "the answer that counts": "Positive class",
    "user name": "username",
    "what was asked for": "Settings",
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
        if phrase in " ".join(text.split())
    ]
    assert texts
    assert not found, f"phrases that were replaced: {found}"
