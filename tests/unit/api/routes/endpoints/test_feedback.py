"""Feedback over HTTP: what is kept, what is refused and why, and that it is durable."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from core.domain.endpoints import NewVersion
from core.domain.ids import now
from core.domain.records import Model
from core.service import Service
from core.storage import rows
from tests.unit.api.trained import store

BY = "user/ada"
ID = "06h2fum49u9100g00000"
Send = Callable[..., TestResponse]


@pytest.fixture
def income(service: Service, ada_id: str, model: Model) -> str:
    service.endpoints.create(ada_id, "income", BY, model_id=model.id)
    return "income"


@pytest.fixture
def amount(service: Service, ada_id: str) -> str:
    service.endpoints.create(ada_id, "amount", BY, model_id=store(service, ada_id, "amount").id)
    return "amount"


@pytest.fixture
def send(client: FlaskClient, ada: dict[str, str]) -> Send:
    def send(*labels: Any, name: str = "income", headers: dict[str, str] | None = None, **request: Any) -> TestResponse:
        body = request or {"json": {"labels": list(labels)}}
        return client.post(f"/api/v1/endpoints/{name}/feedback", headers=headers or ada, **body)

    return send


@pytest.fixture
def kept(service: Service, ada_id: str) -> Callable[..., list[dict[str, Any]]]:
    """What is kept of an endpoint's labels: in other words, what a process that begins now would read."""

    def read(name: str = "income") -> list[dict[str, Any]]:
        files = [file for _, file in service.labels.files(service.endpoints.get(ada_id, name))]
        blobs = [b"".join(service.ports.blobs.read(file.blob)) for file in files]
        lines = [orjson.loads(line) for blob in blobs for line in gzip.decompress(blob).splitlines()]
        assert len({line.pop("r") for line in lines}) == len(lines)
        return lines

    return read


def test_labels_are_kept_when_they_are_answered_in_the_spelling_of_predictions(
    income: str, send: Send, kept: Callable[..., Any]
) -> None:
    at = "2026-03-01T12:00:00+01:00"
    answer = send(
        {"prediction_id": ID, "label": " YES ", "at": at}, {"key": "ada", "label": 1, "at": at},
        {"prediction_id": ID, "label": None, "at": at}, {"key": "ada", "label": "Yes", "at": at},
    )  # fmt: skip
    assert (answer.status_code, answer.json) == (202, {"accepted": 4, "refused": [], "refused_count": 0})
    said = [(each["id"], each["key"], each["label"]) for each in kept()]
    assert said == [(ID, None, "yes"), (None, "ada", "01"), (ID, None, None), (None, "ada", "yes")]
    assert {each["at"] for each in kept()} == {"2026-03-01T11:00:00.000Z"}


@pytest.mark.parametrize(
    ("label", "reason"),
    [
        ({"prediction_id": ID, "label": "perhaps"}, "UNKNOWN_LABEL"),
        ({"prediction_id": "me", "label": "yes"}, "BAD_PREDICTION_ID"),
        ({"prediction_id": 7, "label": "yes"}, "BAD_PREDICTION_ID"),
        ({"key": "", "label": "yes"}, "VALIDATION_FAILED"),
        ({"key": "k" * 201, "label": "yes"}, "VALIDATION_FAILED"),
        ({"label": "yes"}, "VALIDATION_FAILED"),
        ({"key": "ada"}, "VALIDATION_FAILED"),
        ({"key": "ada", "lable": "yes"}, "VALIDATION_FAILED"),
        ({"key": "ada", "label": ["yes"]}, "VALIDATION_FAILED"),
        ("yes", "VALIDATION_FAILED"),
        (None, "VALIDATION_FAILED"),
        ({"key": "ada", "label": "yes", "at": "yesterday"}, "BAD_TIME"),
        ({"key": "ada", "label": "yes", "at": "2026-03-01T12:00:00"}, "BAD_TIME"),
        ({"key": "ada", "label": "yes", "at": "9999-03-01T12:00:00Z"}, "BAD_TIME"),
        ({"key": "ada", "label": "yes", "at": 1772366400}, "BAD_TIME"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_place_and_spoils_no_other(
    income: str, send: Send, kept: Callable[..., Any], label: Any, reason: str
) -> None:
    answer = send({"key": "ada", "label": "yes"}, label).get_json()
    assert (answer["accepted"], answer["refused_count"]) == (1, 1)
    assert [(each["index"], each["reason"]) for each in answer["refused"]] == [(1, reason)]
    assert len(kept()) == 1


def test_numbers_are_numbers_and_text_that_could_be_read_in_two_ways_is_none(
    amount: str, send: Send, kept: Callable[..., Any]
) -> None:
    said = [1, 2.5, "3.25", " -4e1 ", "1,5", "five", "nan", True, "1_000"]
    answer = send(*({"prediction_id": ID, "label": label} for label in said), name="amount").get_json()
    assert [(each["index"], each["reason"]) for each in answer["refused"]] == [
        (place, "NOT_A_NUMBER") for place in range(4, 9)
    ]
    assert [each["label"] for each in kept("amount")] == [1.0, 2.5, 3.25, -40.0]


def test_a_label_that_only_another_version_knows_is_one(
    income: str, send: Send, service: Service, ada_id: str, kept: Callable[..., Any]
) -> None:
    other = store(service, ada_id)
    other = replace(other, summary={**other.summary, "classes": ["01", "yes", "Later"]})
    service.ports.tables.put(rows.key("model", ada_id, other.id), rows.dump(other))
    service.versions.register(ada_id, "income", NewVersion(other.id, BY))
    assert send({"key": "ada", "label": "later"}).get_json()["accepted"] == 1
    assert kept()[0]["label"] == "Later"


def test_a_csv_of_any_length_is_kept_batch_by_batch(income: str, send: Send, kept: Callable[..., Any]) -> None:
    lines = [f"{ID},x{i},{'yes' if i % 2 else '01'},2026-03-01T12:00:00Z" for i in range(12_000)]
    lines[3] = ",,yes,"
    lines[11_000] = f"{ID},x,perhaps,"
    lines[11_001] = f"{ID},x,,"
    data = "\n".join(["prediction_id;remark;label;at", *(line.replace(",", ";") for line in lines)])
    answer = send(data=data.encode(), content_type="text/csv").get_json()
    assert (answer["accepted"], answer["ignored_columns"]) == (11_997, ["remark"])
    assert [(each["index"], each["reason"]) for each in answer["refused"]] == [
        (3, "VALIDATION_FAILED"), (11_000, "UNKNOWN_LABEL"), (11_001, "VALIDATION_FAILED"),
    ]  # fmt: skip
    assert len(kept()) == 11_997


@pytest.mark.parametrize("header", ["prediction_id,remark", "label,at"])
def test_a_csv_without_what_names_the_prediction_or_its_label_is_refused(income: str, send: Send, header: str) -> None:
    answer = send(data=f"{header}\na,b\n".encode(), content_type="text/csv")
    assert (answer.status_code, answer.get_json()["reason"]) == (422, "COLUMN_NOT_FOUND")


def test_more_than_ten_thousand_in_json_and_other_bodies_are_refused(income: str, send: Send) -> None:
    many = send(*({"key": "a", "label": "yes"} for _ in range(10_001)))
    assert (many.status_code, many.get_json()["reason"]) == (422, "VALIDATION_FAILED")
    assert send(data=b"x", content_type="text/plain").status_code == 415


def test_a_key_that_is_narrowed_to_an_endpoint_says_what_became_of_its_predictions_alone(
    income: str, amount: str, send: Send, client: FlaskClient, ada: dict[str, str]
) -> None:
    made = client.post("/api/v1/keys", json={"name": "bracelet", "endpoints": ["income"]}, headers=ada).get_json()
    key = {"Authorization": f"Bearer {made['key']}"}
    assert send({"key": "ada", "label": "yes"}, headers=key).status_code == 202
    assert send({"key": "ada", "label": 1}, name="amount", headers=key).status_code == 403
    made = client.post("/api/v1/keys", json={"name": "reader", "scopes": ["read"]}, headers=ada).get_json()
    key = {"Authorization": f"Bearer {made['key']}"}
    assert send({"key": "ada", "label": "yes"}, headers=key).status_code == 403


def test_another_users_endpoint_and_one_that_serves_nothing_are_not_found(
    income: str, send: Send, sign_in: Callable[..., dict[str, str]], service: Service, ada_id: str
) -> None:
    assert send({"key": "ada", "label": "yes"}, headers=sign_in("bob")).status_code == 404
    service.endpoints.create(ada_id, "empty", BY)
    assert send({"key": "ada", "label": "yes"}, name="empty").status_code == 404


def test_labels_go_with_the_endpoint(
    income: str, send: Send, service: Service, ada_id: str, client: FlaskClient, ada: dict[str, str], model: Model
) -> None:
    send({"key": "ada", "label": "yes"})
    client.delete("/api/v1/endpoints/income", headers=ada)
    for row in service.ports.tables.scan("erasure#"):
        service.eraser.resume(row.key)
    assert not list(service.ports.blobs.names(f"{ada_id}/labels/"))
    assert not service.ports.tables.scan(f"labels#{ada_id}#")


def test_what_is_said_without_a_time_is_said_now(income: str, send: Send, kept: Callable[..., Any]) -> None:
    before = now()
    send({"key": "ada", "label": "yes"})
    assert before <= kept()[0]["at"] <= now()


def test_deletion_of_a_keys_requests_is_asked_for_and_the_history_does_not_say_whose(
    income: str, client: FlaskClient, ada: dict[str, str], service: Service, ada_id: str,
    sign_in: Callable[..., dict[str, str]],
) -> None:  # fmt: skip
    path = "/api/v1/endpoints/income/requests"
    assert client.delete(path, headers=ada).status_code == 422
    assert client.delete(path, query_string={"key": "lovelace"}, headers=sign_in("bob")).status_code == 404
    assert client.delete(path, query_string={"key": "lovelace"}, headers=ada).status_code == 202
    assert len(service.ports.tables.scan(f"active#forget#{ada_id}#")) == 1
    history = client.get("/api/v1/activity", headers=ada).get_json()["items"]
    assert "requests.deletion_requested" in [line["action"] for line in history]
    assert "lovelace" not in str(history)
