"""Runs of pipelines over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.api.routes.pipelines.conftest import Caller


def start(caller: Caller, id: str, body: Any = None, **headers: str) -> dict[str, Any]:
    answer = caller.call("POST", f"/pipelines/{id}/runs", body, **headers)
    assert answer.status_code == 202, answer.text
    run: dict[str, Any] = answer.get_json()
    assert answer.headers["Location"] == f"/api/v1/pipelines/{id}/runs/{run['number']}"
    return run


def test_a_run_is_started_followed_and_approved(caller: Caller) -> None:
    id = caller.pipeline()
    run = start(caller, id, {"why": "the first"})
    assert (run["number"], run["state"], run["trigger"]["kind"]) == (1, "training", "manual")
    assert run["trigger"]["why"]["words"].endswith(": the first")
    assert caller.get(f"/jobs/{run['steps'][-1]['ref'].removeprefix('job/')}")["state"] == "queued"
    caller.stand.finish_training()
    path = f"/pipelines/{id}/runs/1"
    asking = caller.get(path)
    assert (asking["state"], asking["version"], asking["waits_since"] is not None) == ("asking", 1, True)
    assert [step["name"] for step in asking["steps"]] == ["fetch", "train", "register", "evaluate", "decide"]
    assert all(step["why"] for step in asking["steps"])
    approved = caller.call("POST", f"{path}/approve", {"why": "looks right"})
    assert approved.status_code == 202
    assert approved.get_json()["state"] == "promoted"
    assert approved.get_json()["decision"]["action"] == "approve"
    endpoint = caller.get("/endpoints/income")
    assert endpoint["aliases"] == {"champion": 1}
    assert endpoint["newest_change"]["by"] == f"pipeline/{id}/run/1"
    assert endpoint["newest_change"]["run"] == f"{id}/1"
    assert caller.get(f"/pipelines/{id}")["last_run"]["state"] == "promoted"


@pytest.mark.parametrize(("action", "state"), [("reject", "refused"), ("cancel", "cancelled")])
def test_a_run_that_asks_is_rejected_or_cancelled_by_name(caller: Caller, action: str, state: str) -> None:
    id = caller.pipeline()
    start(caller, id)
    caller.stand.finish_training()
    answer = caller.call("POST", f"/pipelines/{id}/runs/1/{action}", {"why": "no"})
    assert (answer.status_code, answer.get_json()["state"]) == (202, state)
    said = answer.get_json()
    assert said["why"] == {"reject": "Rejected: no", "cancel": "Cancelled: no"}[action]
    assert said["decision" if action == "reject" else "cancelled"]["by"] == f"user/{caller.stand.user_id}"
    again = caller.call("POST", f"/pipelines/{id}/runs/1/{action}")
    assert again.status_code == 409
    assert again.get_json()["reason"] == {"reject": "RUN_NOT_ASKING", "cancel": "RUN_OVER"}[action]


def test_a_request_that_is_sent_again_starts_one_run(caller: Caller) -> None:
    id = caller.pipeline()
    runs = [start(caller, id, Idempotency_Key="once") for _ in range(2)]
    assert runs[0]["id"] == runs[1]["id"]
    assert len(caller.get(f"/pipelines/{id}/runs")["items"]) == 1


def test_runs_are_listed_newest_first_a_page_at_a_time(caller: Caller) -> None:
    id = caller.pipeline()
    for _ in range(5):
        start(caller, id)
    first = caller.get(f"/pipelines/{id}/runs?page_size=3")
    second = caller.get(f"/pipelines/{id}/runs?page_size=3&page_token={first['next_page_token']}")
    assert [run["number"] for run in (*first["items"], *second["items"])] == [5, 4, 3, 2, 1]
    assert second["next_page_token"] is None


def test_what_is_unchanged_is_trained_on_again_if_a_person_says_so(caller: Caller) -> None:
    id = caller.pipeline(promote="auto")
    start(caller, id)
    caller.stand.finish_training()
    assert start(caller, id)["state"] == "unchanged"
    assert start(caller, id, {"unless_unchanged": False})["state"] == "training"


def test_a_run_that_there_is_not_is_not_found(caller: Caller) -> None:
    id = caller.pipeline()
    for number in ("0", "1", "99999999999999"):
        assert caller.call("GET", f"/pipelines/{id}/runs/{number}").status_code == 404
    assert caller.call("GET", f"/pipelines/{id}/runs/first").status_code == 404


def test_a_key_that_may_read_starts_nothing(caller: Caller) -> None:
    id = caller.pipeline()
    key = caller.call("POST", "/keys", {"name": "reader", "scopes": ["read"]}).get_json()["key"]
    caller.headers = {"Authorization": f"Bearer {key}"}
    assert caller.get(f"/pipelines/{id}/runs")["items"] == []
    refused = caller.call("POST", f"/pipelines/{id}/runs")
    assert (refused.status_code, refused.get_json()["reason"]) == (403, "SCOPE_MISSING")


def test_a_body_that_may_be_left_out_may_be_empty_whatever_its_type(caller: Caller) -> None:
    path = f"/api/v1/pipelines/{caller.pipeline()}/runs"
    answer = caller.client.post(path, headers={**caller.headers, "Content-Type": "application/json"})
    assert answer.status_code == 202, answer.text
