"""docs/http.md names every reason that an error can have, the pages of other protocols theirs, and no other."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

ROOT = Path(__file__).parents[3]
REASON = re.compile(r"[A-Z]+(_[A-Z]+)+")

# Mistakes of the programs that call the engine as a library; the service cannot make them.
OF_THE_LIBRARY = {"NOT_FITTED", "NO_PROBABILITIES", "BAD_THRESHOLD", "BAD_GAINS", "UNKNOWN_TASK",
                  "UNKNOWN_COLUMN", "UNKNOWN_METRIC",
                  "UNKNOWN_TYPE", "UNKNOWN_MODEL", "NO_MODELS", "BAD_TIME_BUDGET", "BAD_MAX_PREDICT_MS",
                  "UNEVEN_COLUMNS", "NO_PLOTLY", "NO_TRIALS"}  # fmt: skip


# What looks like a reason and is a variable of the environment, or a key.
NO_REASON = re.compile(r"(LC|LD|MKL|NOBRAINS|OMP|OPENBLAS|PROMETHEUS|SOCK|TF|VIRTUAL)_.*")


def is_reason(text: str) -> bool:
    return bool(REASON.fullmatch(text)) and not NO_REASON.fullmatch(text)


def reasons() -> Iterator[str]:
    """Every string of the code that is a reason."""
    for room in ("api", "automl", "backends/fetch", "core", "csvfile", "worker"):
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and is_reason(node.value):
                    yield node.value


PAGES = (
    "comparisons.md",
    "evaluations.md",
    "events.md",
    "feedback.md",
    "fetching.md",
    "gate.md",
    "http.md",
    "lookup.md",
    "mlflow.md",
    "monitoring-models.md",
    "notifications.md",
    "pipelines.md",
    "protocols.md",
    "sources.md",
    "thresholds.md",
)
NAMED = {
    word for page in PAGES for word in re.findall(r"`(\w+)`", (ROOT / "docs" / page).read_text()) if is_reason(word)
}


def test_every_reason_is_documented() -> None:
    assert set(reasons()) - NAMED - OF_THE_LIBRARY == set()


def test_no_reason_is_made_up() -> None:
    assert NAMED - set(reasons()) - {status.name for status in HTTPStatus} == set()
