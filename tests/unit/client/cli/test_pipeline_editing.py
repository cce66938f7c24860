"""The command that changes a pipeline."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, request

from tests.unit.client.cli.conftest import Run

EVENT = {"event": {"min_new_rows": 5}}
ALARM = {"alarm": ["drift"], "at_most": "2d"}
TIME = {"cron": "0 3 * * MON", "timezone": "Europe/Rome"}


PIPELINE = {
    "id": "p1", "name": "Weekly", "endpoint": "income", "enabled": True, "as": "champion", "promote": "ask",
    "data": {"source_id": "s1"}, "job": {"target": "y", "time_budget_s": 60}, "guard": None, "revision": 7,
    "when": [{**TIME, "words": "at 03:00 on Monday"}, EVENT, ALARM], "next_at": "2026-12-07T02:00:00.000Z",
    "last_run": {"number": 4, "state": "asking"},
}  # fmt: skip


@pytest.fixture
def edited(service: Flask) -> dict[str, Any]:
    """What PATCH of a pipeline was sent, and under which revision."""
    sent: dict[str, Any] = {}

    def take() -> dict[str, Any]:
        sent["seen"] = request.headers.get("If-Match")
        sent["p1"] = request.get_json()
        return {**PIPELINE, **request.get_json()}

    service.get("/api/v1/sources")(lambda: {"items": [{"id": "s1", "name": "clients"}]})
    service.get("/api/v1/pipelines")(lambda: {"items": [PIPELINE]})
    service.patch("/api/v1/pipelines/p1")(take)
    return sent


@pytest.mark.parametrize(
    ("options", "body"),
    [
        (["--promote", "auto", "--alias", "next", "--name", "W"], {"promote": "auto", "as": "next", "name": "W"}),
        (["--budget", "10m", "--metric", "auc"], {"job": {"target": "y", "time_budget_s": 600, "metric": "auc"}}),
        (["--cron", "@daily"], {"when": [EVENT, ALARM, {**TIME, "cron": "@daily"}]}),
        (["--timezone", "UTC"], {"when": [{**TIME, "timezone": "UTC"}, EVENT, ALARM]}),
        (["--on-alarm", "errors", "--on-event"], {"when": [TIME, EVENT, {"alarm": ["errors"], "at_most": "2d"}]}),
        (["--at-most", "3d", "--every-labels", "9"], {"when": [TIME, EVENT, {**ALARM, "at_most": "3d"},
                                                                {"every_labels": 9}]}),
        (["--by-hand"], {"when": []}),
        (["--by-hand", "--on-event"], {"when": [{"event": {}}]}),
        (["--with-requests"], {"data": {"source_id": "s1", "plus": {"endpoint": "income"}}}),
        (["--source", "clients"], {"data": {"source_id": "s1"}}),
        (["--dataset", "d9"], {"data": {"dataset_id": "d9"}}),
        (["--guard", "none"], {"guard": None}),
    ],
)  # fmt: skip
def test_what_is_named_is_different_and_all_else_stays(
    edited: dict[str, Any], run: Run, options: list[str], body: dict[str, Any]
) -> None:
    done = run("pipelines", "edit", "Weekly", *options)
    assert done.exit_code == 0, done.output
    assert edited["p1"] == body
    assert edited["seen"] == '"7"'
    assert "(p1) is changed: " in done.stdout
    assert all(name in done.stdout for name in body)


def test_what_is_shown_can_be_changed_and_given_back(edited: dict[str, Any], run: Run, data: Path) -> None:
    shown = json.loads(run("pipelines", "show", "Weekly", "--json").stdout)
    shown["gate"] = {"min_gain": 0.01}
    shown["revision"] = 6
    (data / "weekly.json").write_text(json.dumps(shown))
    done = run("pipelines", "edit", "Weekly", "--file", "weekly.json", "--promote", "never", "--budget", "2m")
    assert done.exit_code == 0, done.output
    assert edited["seen"] == '"6"', "what was changed after it was shown must not be overwritten"
    assert edited["p1"]["gate"] == {"min_gain": 0.01}
    assert edited["p1"]["promote"] == "never"
    assert edited["p1"]["job"] == {"target": "y", "time_budget_s": 120}
    assert edited["p1"]["when"] == [TIME, EVENT, ALARM]
    assert not {"id", "revision", "next_at", "last_run"} & edited["p1"].keys()
    assert run("pipelines", "edit", "Weekly", "--file", "-", input='{"overlap": "queue"}').exit_code == 0
    assert edited["p1"] == {"overlap": "queue"}


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("{", "line 1"), ("[]", "an object"), ('{"when": {}}', "`when` must be a list"), ('{"job": null}', "`job`"),
        ('{"when": [3]}', "Each entry"), ("{}", "Name what is to be different"),
    ],
)  # fmt: skip
def test_a_file_that_is_none_is_wrong_usage(edited: dict[str, Any], run: Run, text: str, hint: str) -> None:
    done = run("pipelines", "edit", "Weekly", "--file", "-", input=text)
    assert done.exit_code == 2
    assert hint in " ".join(done.stderr.replace("│", " ").split())
    assert "p1" not in edited
