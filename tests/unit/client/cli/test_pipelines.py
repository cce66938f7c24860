"""The commands about pipelines and their runs."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask, request

from tests.unit.client.cli.conftest import Run

PIPELINE = {
    "id": "p1", "name": "Weekly", "endpoint": "income", "enabled": True, "as": "champion", "promote": "ask",
    "data": {"source_id": "s1"}, "job": {"target": "y", "time_budget_s": 60}, "guard": None,
    "when": [{"cron": "0 3 * * MON", "timezone": "Europe/Rome", "words": "at 03:00 on Monday"}],
    "next_at": "2026-12-07T02:00:00.000Z", "last_run": {"number": 4, "state": "asking"},
}  # fmt: skip
FETCH = {"name": "fetch", "state": "done", "why": "The dataset has 9 rows."}
TRAIN = {"name": "train", "state": "running", "ref": "job/j1", "why": ""}
RUN = {
    "id": "r4", "number": 4, "pipeline_id": "p1", "endpoint": "income", "state": "fetching", "why": "", "steps": [],
    "trigger": {"kind": "manual", "why": {"by": "user/u", "words": "a person: a look", "reason": "a look"}},
}  # fmt: skip
ASKING = {**RUN, "state": "asking", "why": "Version 2 is better.", "version": 2}


@pytest.fixture
def sent(service: Flask) -> dict[str, Any]:
    """A service with one pipeline; what was sent to it last, by the last part of the path."""
    seen: dict[str, Any] = {}

    def take(answer: Any) -> Any:
        seen[request.path.rpartition("/")[2]] = request.get_json(silent=True)
        return answer

    champion = {"version": 3, "model_id": "m1"}
    service.get("/api/v1/endpoints/income/versions/champion")(lambda: champion)
    service.view_functions["/api/v1/models/m1 ['GET']"] = lambda: {"id": "m1", "job_id": "j1"}
    job = {"id": "j1", "target": "y", "dataset_id": "d1", "time_budget_s": 60, "max_predict_ms": 10.0}
    service.view_functions["/api/v1/jobs/j1 ['GET']"] = lambda: job
    service.get("/api/v1/sources")(lambda: {"items": [{"id": "s1", "name": "clients"}]})
    service.get("/api/v1/pipelines")(lambda: {"items": [PIPELINE]})
    service.post("/api/v1/pipelines")(lambda: take((PIPELINE, 201)))
    service.get("/api/v1/pipelines/p1")(lambda: PIPELINE)
    service.patch("/api/v1/pipelines/p1")(lambda: take({**PIPELINE, **request.get_json()}))
    hook = {"url": "http://nobrains.test/api/v1/hooks/nbh_x", "secret": None}
    service.post("/api/v1/pipelines/p1/hook")(lambda: take((hook, 201)))
    service.post("/api/v1/pipelines/p1/runs")(lambda: take((RUN, 202)))
    service.get("/api/v1/pipelines/p1/runs")(lambda: {"items": [ASKING]})
    for action in ("approve", "reject", "cancel"):
        service.post(f"/api/v1/pipelines/p1/runs/4/{action}")(lambda: take((ASKING, 202)))
    return seen


def states(service: Flask, *answers: dict[str, Any]) -> None:
    """Have the run be one of these after the other."""
    ahead = iter(answers)
    service.get("/api/v1/pipelines/p1/runs/4")(lambda: next(ahead))


def test_a_pipeline_trains_as_the_champion_did_unless_told_otherwise(sent: dict[str, Any], run: Run) -> None:
    done = run("pipelines", "create", "Weekly", "income", "--cron", "0 3 * * MON", "--timezone", "Europe/Rome")
    assert done.exit_code == 0, done.output
    assert sent["pipelines"] == {
        "name": "Weekly", "endpoint": "income", "data": {"dataset_id": "d1"}, "promote": "ask", "as": "champion",
        "job": {"target": "y", "time_budget_s": 60, "max_predict_ms": 10.0},
        "when": [{"cron": "0 3 * * MON", "timezone": "Europe/Rome"}],
    }  # fmt: skip
    assert "It starts at 03:00 on Monday (Europe/Rome)." in done.stdout
    assert "pipelines run p1" in done.stdout
    assert "hook" not in sent


def test_options_become_settings(sent: dict[str, Any], run: Run) -> None:
    done = run(
        "pipelines", "create", "Healing", "income", "--source", "clients", "--with-requests", "--budget", "2m",
        "--on-event", "--on-alarm", "drift", "--on-alarm", "errors", "--every-labels", "500", "--promote", "auto",
        "--guard", "2d", "--alias", "challenger",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    body = sent["pipelines"]
    assert body["data"] == {"source_id": "s1", "plus": {"endpoint": "income"}}
    assert body["job"] == {"target": "y", "time_budget_s": 120, "max_predict_ms": 10.0}
    assert body["when"] == [{"event": {}}, {"alarm": ["drift", "errors"], "at_most": "1d"}, {"every_labels": 500}]
    assert (body["promote"], body["as"]) == ("auto", "challenger")
    assert body["guard"] == {"rollback_if": ["errors", "performance"], "within": "2d"}
    assert "hooks/nbh_x" in done.stdout


@pytest.mark.parametrize(
    ("options", "hint"),
    [(["--source", "s", "--dataset", "d"], "not both"), (["--with-requests"], "--source"), (["--budget", "x"], "90s")],
)
def test_what_contradicts_itself_is_wrong_usage(sent: dict[str, Any], run: Run, options: list[str], hint: str) -> None:
    done = run("pipelines", "create", "Weekly", "income", *options)
    assert done.exit_code == 2
    assert hint in done.stderr
    assert "pipelines" not in sent


def test_a_run_is_shown_step_by_step_and_what_to_do_when_it_asks(
    service: Flask, sent: dict[str, Any], run: Run
) -> None:
    trained = {**TRAIN, "state": "done", "why": "AUC 0.9."}
    states(
        service, RUN, {**RUN, "steps": [FETCH, TRAIN]}, {**RUN, "steps": [FETCH, TRAIN]},
        {**ASKING, "steps": [FETCH, trained]},
    )  # fmt: skip
    done = run("pipelines", "run", "Weekly", "--always", "--why", "A look")
    assert done.exit_code == 0, done.output
    assert done.stderr.splitlines() == ["fetch the data: The dataset has 9 rows.", "train …", "train: AUC 0.9."]
    assert "Run 4 asks: Version 2 is better." in done.stdout
    assert "runs approve p1 4" in done.stdout
    assert sent["runs"] == {"why": "A look", "unless_unchanged": False}


def test_a_run_that_fails_says_how_to_mend_it(service: Flask, sent: dict[str, Any], run: Run) -> None:
    error = {"reason": "DATASET_DELETED", "detail": "It was deleted.", "hint": "Name another dataset."}
    states(service, {**RUN, "state": "failed", "error": error})
    done = run("pipelines", "run", "p1")
    assert done.exit_code == 1
    assert "DATASET_DELETED" in done.stderr
    assert "Name another dataset." in done.stderr


@pytest.mark.parametrize(("action", "end"), [("approve", "promoted"), ("reject", "refused")])
def test_the_run_that_asks_is_answered_and_watched(
    service: Flask, sent: dict[str, Any], run: Run, action: str, end: str
) -> None:
    decided = {**ASKING, "decision": {"action": action}}
    states(service, decided, {**RUN, "state": end, "why": "As you said."})
    done = run("runs", action, "Weekly", "--why", "Looks good")
    assert done.exit_code == 0, done.output
    assert sent[action] == {"why": "Looks good"}
    assert f"Run 4 is {end}: As you said." in done.stdout


def test_runs_are_listed_shown_and_cancelled(service: Flask, sent: dict[str, Any], run: Run) -> None:
    assert "Version 2 is better." in run("runs", "list", "Weekly").stdout
    shown = run("runs", "show", "Weekly").stdout
    assert "started by you: a look" in shown
    assert "runs reject p1 4" in shown
    assert "runs show p1 4" in run("runs", "cancel", "Weekly").stdout
    assert sent["cancel"] == {}


def test_pipelines_are_listed_shown_paused_and_resumed(sent: dict[str, Any], run: Run) -> None:
    assert "4: asking" in run("pipelines", "list").stdout
    shown = run("pipelines", "show", "Weekly").stdout
    assert "at 03:00 on Monday (Europe/Rome)" in shown
    assert "source s1" in shown
    assert "resume p1" in run("pipelines", "pause", "Weekly").stdout
    assert sent["p1"] == {"enabled": False}
    assert "Weekly starts at 03:00" in run("pipelines", "resume", "Weekly").stdout
    assert sent["p1"] == {"enabled": True}


def test_a_name_that_is_unknown_or_had_by_two_is_an_error_that_helps(service: Flask, run: Run) -> None:
    service.get("/api/v1/pipelines")(lambda: {"items": [PIPELINE, {**PIPELINE, "id": "p2"}]})
    done = run("pipelines", "show", "Weekly")
    assert done.exit_code == 1
    assert "p1, p2" in done.stderr
    assert "pipelines list" in run("runs", "list", "Nightly").stderr


def test_an_address_is_renewed(sent: dict[str, Any], run: Run) -> None:
    assert "http://nobrains.test/api/v1/hooks/nbh_x" in run("pipelines", "hook", "Weekly", "--signed").stdout
    assert sent["hook"] == {"signed": True}


def test_a_schedule_is_previewed(service: Flask, run: Run) -> None:
    answer = {
        "cron": "@daily", "timezone": "Europe/Rome", "words": "at midnight", "times": [],
        "local_times": ["2026-12-07T00:00:00+01:00"],
    }  # fmt: skip
    service.post("/api/v1/pipelines/preview")(lambda: answer)
    shown = run("pipelines", "preview", "@daily", "--timezone", "Europe/Rome").stdout
    assert shown.splitlines() == ["at midnight, Europe/Rome", "Mon 2026-12-07 00:00 (UTC+0100)"]


def test_every_command_teaches_by_example(run: Run) -> None:
    for group, commands in {
        "pipelines": ("list", "create", "edit", "show", "run", "pause", "resume", "delete", "hook", "preview"),
        "runs": ("list", "show", "watch", "approve", "reject", "cancel"),
    }.items():
        for command in commands:
            done = run(group, command, "--help")
            assert done.exit_code == 0
            assert f"nobrains {group} {command}" in " ".join(done.stdout.split()), command
