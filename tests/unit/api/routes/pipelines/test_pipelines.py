"""Pipelines over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from nobrains_client.cli.pipelines import editing
from tests.unit.api.routes.pipelines.conftest import JOB, Caller


def test_a_pipeline_is_made_shown_listed_changed_and_deleted(caller: Caller) -> None:
    answer = caller.call("POST", "/pipelines", caller.body())
    made = answer.get_json()
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/api/v1/pipelines/{made['id']}"
    assert {name: made[name] for name in ("promote", "as", "overlap", "unless_unchanged", "enabled", "when")} == {
        "promote": "ask", "as": "champion", "overlap": "skip", "unless_unchanged": True, "enabled": True, "when": [],
    }  # fmt: skip
    assert made["job"]["metric"] == "auto"
    assert "dataset_id" not in made["job"]
    path = f"/pipelines/{made['id']}"
    assert caller.get(path) == made
    assert [each["id"] for each in caller.get("/pipelines")["items"]] == [made["id"]]
    changed = caller.call("PATCH", path, {"as": "challenger", "traffic": {"challenger": 0.1}, "enabled": False})
    assert changed.status_code == 200, changed.text
    assert changed.get_json()["as"] == "challenger"
    assert changed.get_json()["job"] == made["job"]
    assert caller.call("DELETE", path).status_code == 204
    assert caller.call("GET", path).status_code == 404
    assert caller.call("DELETE", path).status_code == 404


def test_everything_that_the_contract_names_is_taken(caller: Caller) -> None:
    said = {
        "when": [{"event": {"min_new_rows": 500, "quiet_s": 60}}, {"alarm": ["performance", "drift"], "at_most": "1d"},
                 {"every_labels": 1000}],
        "gate": {
            "metric": "auto", "min_gain": 0.01, "margin": 0, "confidence": 0.9, "min_rows": 200, "holdout": 0.1,
            "must_not_worsen": ["age"], "max_latency_ms": 20, "if_too_few_rows": "refuse",
        },
        "promote": "auto", "as": "challenger", "traffic": {"challenger": 0.1}, "overlap": "queue",
        "then": {"champion_after": "2d", "if": "no alarm"},
        "guard": {"rollback_if": ["errors", "performance"], "within": "2d"},
    }  # fmt: skip
    made = caller.get(f"/pipelines/{caller.pipeline(**said)}")
    assert made["then"] == said["then"]
    assert made["guard"] == said["guard"]
    assert made["gate"] == {name: kept for name, kept in said["gate"].items() if name != "metric"}
    assert made["when"][1] == {"alarm": ["performance", "drift"], "at_most": "1d"}


def test_what_is_shown_can_be_given_back_but_for_what_the_server_tells(caller: Caller) -> None:
    """`nobrains pipelines edit --file` sends what `show --json` has printed."""
    said = {
        "when": [{"cron": "0 3 * * MON"}, {"event": {"min_new_rows": 5}}, {"alarm": ["drift"], "at_most": "1d"}],
        "gate": {"min_gain": 0.01}, "as": "challenger", "traffic": {"challenger": 0.1},
        "then": {"champion_after": "2d", "if": "no alarm"}, "guard": {"rollback_if": ["errors"], "within": "2d"},
    }  # fmt: skip
    made = caller.get(f"/pipelines/{caller.pipeline(**said)}")
    body = {name: value for name, value in made.items() if name not in (*editing.READ_ONLY, "revision")}
    body["when"] = [{name: value for name, value in entry.items() if name != "words"} for entry in made["when"]]
    answer = caller.call("PATCH", f"/pipelines/{made['id']}", body, If_Match=f'"{made["revision"]}"')
    assert answer.status_code == 200, answer.text
    changes = {"revision": made["revision"] + 1, "changed_at": answer.get_json()["changed_at"]}
    assert answer.get_json() == {**made, **changes}


def test_a_schedule_is_shown_in_words_with_the_next_time(caller: Caller) -> None:
    when = [{"cron": "0 3 * * MON", "timezone": "Europe/Rome"}]
    made = caller.get(f"/pipelines/{caller.pipeline(when=when)}")
    assert made["when"] == [{**when[0], "missed": "once", "words": "at 03:00 on Monday"}]
    assert made["next_at"].endswith(":00:00.000Z")
    stopped = caller.call("PATCH", f"/pipelines/{made['id']}", {"enabled": False}).get_json()
    assert stopped["next_at"] is None


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"data": {"dataset_id": "nothing"}}, "data.dataset_id"),
        ({"data": {"source_id": "nothing"}}, "data.source_id"),
        ({"data": {}}, "data"),
        ({"job": {}}, "job.target"),
        ({"job": {**JOB, "dataset_id": "x"}}, "job.dataset_id"),
        ({"job": {**JOB, "target": "nothing"}}, "job.target"),
        ({"job": {**JOB, "time_budget_s": 10**9}}, "job.time_budget_s"),
        ({"job": {**JOB, "task": "regression", "metric": "auc"}}, "metric"),
        ({"when": [{"cron": "0 3 * * *", "every_labels": 3}]}, "when.0"),
        ({"when": [{"cron": "0 25 * * *"}]}, "when.0.cron"),
        ({"when": [{"cron": "0 3 * * *", "timezone": "Mars"}]}, "when.0.timezone"),
        ({"when": [{"alarm": ["noise"]}]}, "when.0.alarm.0"),
        ({"when": [{"every_labels": 3, "timezone": "UTC"}]}, "when.0.timezone"),
        ({"promote": "maybe"}, "promote"),
        ({"overlap": "both"}, "overlap"),
        ({"traffic": {"champion": 0.5}}, "traffic.champion"),
        ({"gate": {"confidence": 2}}, "gate.confidence"),
        ({"gate": {"margin": -1}}, "gate.margin"),
        ({"gate": {"metric": "rmse"}, "job": {**JOB, "task": "binary"}}, "gate.metric"),
        ({"gate": {"test_dataset_id": "nothing"}}, "gate.test_dataset_id"),
        ({"gate": {"if_too_few_rows": "shrug"}}, "gate.if_too_few_rows"),
        ({"when": [{"alarm": ["drift"], "at_most": "1y"}]}, "when.0.at_most"),
        ({"gate": {"must_not_worsen": ["nothing"]}}, "gate.must_not_worsen.0"),
        ({"then": {"champion_after": "2d"}}, "then"),
        ({"as": "challenger", "then": {"champion_after": "soon"}}, "then.champion_after"),
        ({"guard": {"rollback_if": ["errors"]}}, "guard.within"),
        ({"notify": ["nobody"]}, "notify.0"),
        ({"nmae": "x"}, "nmae"),
    ],
)
def test_each_wrong_field_is_named(caller: Caller, said: dict[str, Any], field: str) -> None:
    answer = caller.call("POST", "/pipelines", caller.body(**said))
    assert answer.status_code == 422, answer.text
    problem = answer.get_json()
    assert problem["errors"][0]["field"] == field
    assert problem["detail"]


def test_who_has_seen_an_older_state_changes_nothing(caller: Caller) -> None:
    path = f"/pipelines/{caller.pipeline()}"
    seen = caller.call("GET", path).headers["ETag"]
    assert caller.call("PATCH", path, {"promote": "auto"}, If_Match=seen).status_code == 200
    refused = caller.call("PATCH", path, {"promote": "never"}, If_Match=seen)
    assert (refused.status_code, refused.get_json()["reason"]) == (412, "CHANGED_MEANWHILE")


def test_a_request_that_is_sent_again_makes_one_pipeline(caller: Caller) -> None:
    first, second = (caller.call("POST", "/pipelines", caller.body(), Idempotency_Key="once") for _ in range(2))
    assert first.get_json()["id"] == second.get_json()["id"]


def test_somebody_elses_pipeline_is_not_found(caller: Caller, sign_in: Callable[..., dict[str, str]]) -> None:
    id = caller.pipeline()
    caller.call("POST", f"/pipelines/{id}/runs")
    caller.headers = sign_in("eve")
    for method, path in (
        ("GET", ""), ("PATCH", ""), ("DELETE", ""), ("GET", "/runs"), ("POST", "/runs"), ("GET", "/runs/1"),
        ("POST", "/runs/1/approve"), ("POST", "/runs/1/reject"), ("POST", "/runs/1/cancel"),
    ):  # fmt: skip
        body = {"promote": "auto"} if method == "PATCH" else None
        assert caller.call(method, f"/pipelines/{id}{path}", body).status_code == 404, (method, path)
    assert caller.get("/pipelines")["items"] == []


def test_an_endpoint_that_a_pipeline_feeds_is_not_deleted(caller: Caller) -> None:
    caller.stand.service.endpoints.create(caller.stand.user_id, "income", "user/ada")
    id = caller.pipeline()
    refused = caller.call("DELETE", "/endpoints/income")
    assert (refused.status_code, refused.get_json()["reason"]) == (409, "ENDPOINT_IN_USE")
    assert id in refused.get_json()["detail"]
