"""Webhooks and the stream of notifications over HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from core.errors import Unauthorized
from core.service import Service
from tests.waiting import wait_for

Headers = dict[str, str]
URL = "https://example.org/hook?token=x"


def create(client: FlaskClient, who: Headers, **body: Any) -> Any:
    return client.post("/api/v1/webhooks", headers=who, json={"url": URL, **body})


def test_a_secret_is_shown_once(client: FlaskClient, ada: Headers, service: Service) -> None:
    made = create(client, ada, events=["job.*"], note="mine")
    assert made.status_code == 201
    assert made.json["secret"].startswith("whsec_")
    found = client.get(made.headers["Location"], headers=ada)
    listed = client.get("/api/v1/webhooks", headers=ada).json["items"]
    assert listed == [found.json]
    assert "secret" not in found.json
    assert (found.json["url"], found.json["events"], found.json["enabled"]) == (URL, ["job.*"], True)
    stored = b"".join(row.value for row in service.ports.tables.scan("webhook#"))
    assert made.json["secret"].encode() not in stored


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        ({"url": "https://user:pw@example.org/"}, 422, "BAD_URL"),
        ({"url": "ftp://example.org/"}, 422, "BAD_URL"),
        ({"url": "http://10.0.0.1/"}, 422, "ADDRESS_NOT_ALLOWED"),
        ({"url": "http://169.254.169.254/"}, 422, "ADDRESS_NOT_ALLOWED"),
        ({"events": []}, 422, "BAD_EVENTS"),
        ({"events": ["everything"]}, 422, "BAD_EVENTS"),
        ({"events": ["job.*", "JOB.x"]}, 422, "BAD_EVENTS"),
        ({"url": "mailto:ada@example.org"}, 409, "MAIL_NOT_SET_UP"),
        ({"endpoint": "nothing"}, 404, "NOT_FOUND"),
        ({"colour": "red"}, 422, "VALIDATION_FAILED"),
    ],
)
def test_what_cannot_be_is_refused(
    client: FlaskClient, ada: Headers, body: dict[str, Any], status: int, reason: str
) -> None:
    answer = create(client, ada, **body)
    assert (answer.status_code, answer.json["reason"]) == (status, reason)
    assert client.get("/api/v1/webhooks", headers=ada).json["items"] == []


def test_there_is_a_quota(client: FlaskClient, ada: Headers) -> None:
    answers = [create(client, ada).status_code for _ in range(21)]
    assert answers == [201] * 20 + [409]


def test_a_webhook_is_switched_off_and_on(client: FlaskClient, ada: Headers) -> None:
    id = create(client, ada).json["id"]
    off = client.patch(f"/api/v1/webhooks/{id}", headers=ada, json={"enabled": False, "events": ["alias.set"]})
    assert (off.json["enabled"], off.json["disabled"]["reason"]) == (False, "SWITCHED_OFF")
    refused = client.post(f"/api/v1/webhooks/{id}/test", headers=ada)
    assert (refused.status_code, refused.json["reason"]) == (409, "WEBHOOK_OFF")
    on = client.patch(f"/api/v1/webhooks/{id}", headers=ada, json={"enabled": True})
    assert (on.json["enabled"], on.json["disabled"], on.json["events"]) == (True, None, ["alias.set"])
    assert client.delete(f"/api/v1/webhooks/{id}", headers=ada).status_code == 204
    assert client.get(f"/api/v1/webhooks/{id}", headers=ada).status_code == 404


def test_a_test_has_its_line_in_the_log_and_can_be_sent_again(client: FlaskClient, ada: Headers) -> None:
    id = create(client, ada, events=["job.*"]).json["id"]
    sent = client.post(f"/api/v1/webhooks/{id}/test", headers=ada)
    assert (sent.status_code, sent.json["type"], sent.json["state"]) == (202, "webhook.test", "waiting")
    log = f"/api/v1/webhooks/{id}/deliveries"
    assert client.get(log, headers=ada).json["items"] == [sent.json]
    assert client.get(f"{log}/{sent.json['id']}", headers=ada).json == sent.json
    again = client.post(f"{log}/{sent.json['id']}/redeliver", headers=ada)
    assert (again.status_code, again.json["event_id"]) == (202, sent.json["event_id"])
    assert client.post(f"{log}/000000001/redeliver", headers=ada).status_code == 404


def read_stream(app: Flask, who: Headers, until: Callable[[list[dict[str, Any]]], bool], **query: Any) -> Any:
    """The blocks that a stream of notifications sends until the condition holds, or the stream ends."""
    answer = app.test_client().get("/api/v1/events", headers=who, query_string=query)
    assert answer.mimetype == "text/event-stream"
    blocks: list[dict[str, Any]] = []
    for chunk in answer.iter_encoded():
        lines = [line.split(": ", 1) for line in chunk.decode().splitlines() if line and not line.startswith(":")]
        blocks += [{name: json.loads(value) if name == "data" else value for name, value in lines}]
        if until(blocks):
            break
    answer.close()
    return blocks


def has(count: int) -> Callable[[list[dict[str, Any]]], bool]:
    """Whether so many events have come."""
    return lambda blocks: sum("event" in each for each in blocks) >= count


def test_a_stream_goes_on_after_the_last_event_that_was_seen(
    app: Flask, ada: Headers, ada_id: str, service: Service
) -> None:
    for number in range(3):
        service.notifications.emit(ada_id, "job.succeeded", {"job_id": f"j{number}"}, id=f"{number}")

    def tell_more(blocks: list[dict[str, Any]]) -> bool:
        if has(2)(blocks):
            service.notifications.emit(ada_id, "job.failed", {}, id="late")
        return has(3)(blocks)

    said = read_stream(app, ada, tell_more, last_event_id=1)
    events = [each for each in said if "event" in each]
    assert [each["id"] for each in events] == ["2", "3", "4"]
    assert [each["event"] for each in events] == ["job.succeeded", "job.succeeded", "job.failed"]
    assert events[0]["data"]["data"] == {"job_id": "j1"}
    assert events[0]["data"]["id"].startswith("evt_")


def test_a_stream_without_a_place_begins_now_and_says_where(
    app: Flask, ada: Headers, ada_id: str, service: Service
) -> None:
    service.notifications.emit(ada_id, "job.succeeded", {}, id="before")
    assert read_stream(app, ada, lambda blocks: len(blocks) == 2) == [{"retry": "1000"}, {"id": "1"}]


def test_a_stream_tells_nothing_of_others(
    app: Flask, ada: Headers, ada_id: str, sign_in: Callable[..., Headers], service: Service
) -> None:
    eve = sign_in("eve")
    eve_id = service.accounts.authenticate(eve["Authorization"].removeprefix("Bearer "), {"token"}).user.id
    service.notifications.emit(ada_id, "job.succeeded", {}, id="adas")
    service.notifications.emit(eve_id, "job.failed", {}, id="eves")
    events = [each for each in read_stream(app, eve, has(1), last_event_id=0) if "event" in each]
    assert [each["event"] for each in events] == ["job.failed"]


def test_a_stream_ends_with_its_credential(
    app: Flask, ada: Headers, ada_id: str, service: Service, client: FlaskClient
) -> None:
    token = ada["Authorization"].removeprefix("Bearer ")

    def is_dead() -> bool:
        try:
            service.accounts.authenticate(token, {"token"}, remembered=True)
        except Unauthorized:
            return True
        return False

    def revoke(blocks: list[dict[str, Any]]) -> bool:
        if len(blocks) == 2:
            client.delete("/api/v1/tokens/current", headers=ada)
            wait_for(is_dead)
            service.notifications.emit(ada_id, "job.failed", {}, id="late")
        return False

    assert [each for each in read_stream(app, ada, revoke) if "event" in each] == []
