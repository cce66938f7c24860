"""The command that chooses a threshold."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask, request

from tests.unit.client.cli.conftest import MODEL, Run

POINT = {
    "threshold": 0.5,
    "profit": 100.0,
    "low": 90,
    "high": 110,
    "tp": 1,
    "fp": 2,
    "fn": 3,
    "tn": 994,
    "called": 0.003,
}
BEST = {**POINT, "threshold": 0.2, "profit": 150.5, "threshold_low": 0.1, "threshold_high": 0.3, "why": "gains"}
CURVE = {
    "model_id": "m1", "positive": "yes", "negative": "no", "decision": None, "rows": 1000, "positive_rows": 4,
    "gains": {"tp": 50.0, "fp": -10.0, "fn": 0.0, "tn": 0.0}, "points": [POINT], "current": POINT, "best": BEST,
    "improvement": {"value": 50.5, "low": 20.0, "high": 80.0}, "always": -9760.0, "never": 0.0, "method": "bootstrap",
}  # fmt: skip


@pytest.fixture
def sent(app: Flask) -> list[Any]:
    """Queries and bodies that went out."""
    seen: list[Any] = []

    def show() -> Any:
        seen.append(request.args.to_dict())
        return CURVE

    def keep() -> Any:
        seen.append(request.get_json())
        return {**MODEL, "decision": {"positive": "yes", **request.get_json()}}

    app.get("/api/v1/models/m1/decision")(show)
    app.put("/api/v1/models/m1/decision")(keep)
    app.delete("/api/v1/models/m1/decision")(lambda: seen.append("deleted") or ("", 204))
    return seen


def test_what_thresholds_earn_is_shown(run: Run, sent: list[Any]) -> None:
    done = run("decide", "m1", "--tp", "50", "--fp", "-10")
    assert done.exit_code == 0, done.output
    assert sent == [{"tp": "50.0", "fp": "-10.0"}]
    assert "Best: answer yes where its probability is at least 0.2 (0.1 to 0.3 may be as good)." in done.stdout
    assert "150.5 (90 to 110)" in done.stdout
    assert "Over now: +50.5 of 1,000 rows (+20 to +80)" in done.stdout
    assert "--save" in done.stdout
    assert json.loads(run("decide", "m1", "--json").stdout)["best"]["threshold"] == 0.2


def test_the_best_threshold_is_saved_with_its_gains(run: Run, sent: list[Any]) -> None:
    done = run("decide", "m1", "--tp", "50", "--fp", "-10", "--save", "--why", "calls cost")
    assert done.exit_code == 0, done.output
    assert sent[1] == {"threshold": 0.2, "positive": "yes", "gains": CURVE["gains"], "why": "calls cost"}
    assert "From now on yes is answered where its probability is at least 0.2." in done.stdout


def test_a_threshold_of_ones_own_is_saved(run: Run, sent: list[Any]) -> None:
    assert run("decide", "m1", "--threshold", "0.3", "--positive", "no").exit_code == 0
    assert run("decide", "m1", "--threshold", "0.3", "--tp", "5").exit_code == 0
    assert sent == [
        {"threshold": 0.3, "positive": "no"},
        {"threshold": 0.3, "gains": {"tp": 5.0, "fp": 0.0, "fn": 0.0, "tn": 0.0}},
    ]


def test_a_rule_is_taken_back(run: Run, sent: list[Any]) -> None:
    done = run("decide", "m1", "--clear")
    assert "answers as it was trained" in done.stdout
    assert sent == ["deleted"]


def test_one_thing_at_a_time(run: Run, sent: list[Any]) -> None:
    done = run("decide", "m1", "--threshold", "0.3", "--save")
    assert done.exit_code == 2
    assert "one of --threshold, --save and --clear" in done.stderr
    assert sent == []
