from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from structlog.testing import capture_logs

from core.domain.pipelines import Pipeline
from core.pipelines.pipeline_rows import PipelineRows
from core.service import Service

ROWS = {"rows": [{"age": 39, "income": "high"}, {"age": 17, "zip": "00100"}]}


@pytest.fixture
def pipeline_id(service: Service, ada_id: str) -> str:
    """A pipeline whose first dataset is yet to come."""
    at = "2026-01-01T00:00:00.000Z"
    pipeline = Pipeline(
        "p1", ada_id, "Income", "income", at, at, data={"dataset_id": "d1"}, job={"target": "income"},
        when=[{"event": {"quiet_s": 0}}],
    )  # fmt: skip
    assert PipelineRows(service.ports.tables).write(pipeline, None)
    return pipeline.id


@pytest.fixture
def hook(client: FlaskClient, ada: dict[str, str], pipeline_id: str) -> dict[str, Any]:
    answer = client.post(f"/api/v1/pipelines/{pipeline_id}/hook", headers=ada)
    assert answer.status_code == 201
    made: dict[str, Any] = answer.json  # type: ignore[assignment]
    return made


def path(hook: dict[str, Any]) -> str:
    return f"/api/v1/hooks/{hook['token']}"


def test_an_event_is_taken_from_whoever_knows_the_address(
    client: FlaskClient, ada: dict[str, str], hook: dict[str, Any], pipeline_id: str
) -> None:
    assert hook["url"].endswith(path(hook))
    assert hook["routing_key"] == f"data.{pipeline_id}"
    first = client.post(path(hook), json=ROWS, headers={"Idempotency-Key": "1"})
    assert first.status_code == 202
    assert first.json is not None
    assert first.json["events"][0]["state"] == "accepted"
    assert (first.json["rows"], first.json["rows_without_target"]) == (2, 1)
    again = client.post(path(hook), json=ROWS, headers={"Idempotency-Key": "1"})
    assert again.json is not None
    assert (again.json["events"][0]["state"], again.json["rows"]) == ("duplicate", 0)
    seen = client.get(f"/api/v1/pipelines/{pipeline_id}/events", headers=ada).json
    assert seen is not None
    assert seen["waiting"] == {"events": 1, "rows": 2}
    assert seen["hook"] == client.get(f"/api/v1/pipelines/{pipeline_id}/hook", headers=ada).json


def test_where_there_is_no_address_the_events_say_so(
    client: FlaskClient, ada: dict[str, str], pipeline_id: str
) -> None:
    seen = client.get(f"/api/v1/pipelines/{pipeline_id}/events", headers=ada).json
    assert seen is not None
    assert seen["hook"] is None


def test_a_body_that_curl_sends_without_a_word_is_read(client: FlaskClient, hook: dict[str, Any]) -> None:
    answer = client.post(path(hook), data=json.dumps(ROWS), content_type="application/x-www-form-urlencoded")
    assert answer.json is not None
    assert answer.json["rows"] == 2
    assert client.post(path(hook)).status_code == 202


def test_strangers_get_the_answer_of_a_path_that_there_is_not(
    client: FlaskClient, hook: dict[str, Any], pipeline_id: str
) -> None:
    nowhere = client.post("/api/v1/hookz/x", json=ROWS)
    for token in ("x", f"nbh_{pipeline_id}_{'A' * 43}", f"nbh_nobody_{'A' * 43}", hook["token"][:-1]):
        answer = client.post(f"/api/v1/hooks/{token}", json=ROWS)
        assert answer.status_code == nowhere.status_code == 404
        assert answer.json is not None
        assert nowhere.json is not None
        assert {**answer.json, "request_id": ""} == {**nowhere.json, "request_id": ""}


def test_the_address_stands_in_no_line_of_the_log(client: FlaskClient, hook: dict[str, Any]) -> None:
    with capture_logs() as lines:
        client.post(path(hook), json=ROWS)
        client.post(path(hook), data=b"{")
    assert [line["path"] for line in lines if line["event"] == "request"] == ["/api/v1/hooks/<token>"] * 2
    assert hook["token"] not in str(lines)


def test_what_is_wrong_with_an_event_is_said(client: FlaskClient, hook: dict[str, Any]) -> None:
    for body, kind, status, reason in (
        (b"{", "application/json", 400, "MALFORMED_JSON"),
        (b'{"rows": [{"a": []}]}', "application/json", 422, "BAD_ROWS"),
        (b"a,b", "text/csv", 415, "UNSUPPORTED_MEDIA_TYPE"),
        (b"x" * ((8 << 20) + 1), "application/json", 413, "TOO_LARGE"),
    ):
        answer = client.post(path(hook), data=body, content_type=kind)
        assert answer.json is not None
        assert (answer.status_code, answer.json["reason"]) == (status, reason)


def test_requests_to_a_signed_address_need_their_signature(
    client: FlaskClient, ada: dict[str, str], pipeline_id: str
) -> None:
    from core.notifications.signing import signed_headers

    made = client.post(f"/api/v1/pipelines/{pipeline_id}/hook", json={"signed": True}, headers=ada).json
    assert made is not None
    body = json.dumps(ROWS).encode()
    assert client.post(path(made), data=body, content_type="application/json").status_code == 401
    headers = signed_headers(made["secret"], "msg_1", body)
    first = client.post(path(made), data=body, headers=headers)
    second = client.post(path(made), data=body, headers=headers)
    assert first.json is not None
    assert second.json is not None
    assert [first.json["events"][0]["state"], second.json["events"][0]["state"]] == ["accepted", "duplicate"]


def test_a_subscription_that_is_to_be_confirmed_is_shown_to_the_owner(
    client: FlaskClient, ada: dict[str, str], hook: dict[str, Any], pipeline_id: str
) -> None:
    url = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription"
    asked = {"Type": "SubscriptionConfirmation", "MessageId": "1", "TopicArn": "arn:t", "SubscribeURL": url}
    answer = client.post(path(hook), data=json.dumps(asked), content_type="text/plain; charset=UTF-8")
    assert answer.status_code == 202
    shown = client.get(f"/api/v1/pipelines/{pipeline_id}/hook", headers=ada).json
    assert shown is not None
    assert (shown["confirmation"]["url"], shown["confirmation"]["topic"]) == (url, "arn:t")
    assert "token" not in shown
    assert "secret" not in shown


def test_another_users_pipeline_is_none(
    client: FlaskClient, sign_in: Callable[..., dict[str, str]], hook: dict[str, Any], pipeline_id: str
) -> None:
    bob = sign_in("bob")
    for method, what in (("POST", "hook"), ("GET", "hook"), ("DELETE", "hook"), ("GET", "events")):
        answer = client.open(f"/api/v1/pipelines/{pipeline_id}/{what}", method=method, headers=bob)
        assert answer.status_code == 404
    assert client.post(path(hook), json=ROWS).status_code == 202


def test_an_address_that_was_deleted_or_renewed_takes_nothing(
    client: FlaskClient, ada: dict[str, str], hook: dict[str, Any], pipeline_id: str
) -> None:
    renewed = client.post(f"/api/v1/pipelines/{pipeline_id}/hook", headers=ada).json
    assert renewed is not None
    assert client.post(path(hook), json=ROWS).status_code == 404
    assert client.post(path(renewed), json=ROWS).status_code == 202
    assert client.delete(f"/api/v1/pipelines/{pipeline_id}/hook", headers=ada).status_code == 204
    assert client.post(path(renewed), json=ROWS).status_code == 404
    assert client.get(f"/api/v1/pipelines/{pipeline_id}/hook", headers=ada).status_code == 404


def test_events_of_one_sender_are_counted_by_the_pipeline_and_wrong_addresses_by_the_caller(
    client: FlaskClient, service: Service, hook: dict[str, Any]
) -> None:
    service.events.hooks.limit.most = 3
    answers = [client.post(path(hook), json={"n": n}).status_code for n in range(5)]
    assert answers == [202, 202, 202, 429, 429]
