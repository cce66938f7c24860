"""Predictions over HTTP by a really trained model."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NoReturn

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.app import create_app
from api.http.bodies.instances import MAX_INSTANCES
from api.middleware.rate_limits import LIMITS
from api.schemas.predict import MAX_EXPLAINED
from core.domain.records import Model
from core.errors import Unavailable
from core.service import Service
from tests.unit.api.trained import store
from tests.waiting import wait_for


def test_classes(post: Callable[..., TestResponse]) -> None:
    answer = post(json={"instances": [{"colour": "red", "size": 2.5}, {"size": "-2.5", "colour": "green"}]}).get_json()
    assert answer["predictions"] == ["yes", "01"]
    for row, label in zip(answer["probabilities"], answer["predictions"], strict=True):
        assert set(row) == {"yes", "01"}
        assert sum(row.values()) == pytest.approx(1)
        assert row[label] > 0.5
    assert "warnings" not in answer


def test_numbers(post: Callable[..., TestResponse], service: Service, ada_id: str) -> None:
    regression = store(service, ada_id, "amount")
    answer = post(regression.id, json={"instances": [{"size": 1, "colour": "red"}]}).get_json()
    assert answer["predictions"] == [pytest.approx(10, abs=2)]
    assert set(answer) == {"predictions"}


def test_explanations_add_up(post: Callable[..., TestResponse], service: Service, ada_id: str) -> None:
    instances = [{"size": "2.5", "colour": "red"}, {"size": -1, "colour": None, "id": 7}]
    answer = post(json={"instances": instances, "explain": True}).get_json()
    assert answer["explanation_unit"] == "probability"
    for row, base, contributions, label in zip(
        answer["probabilities"], answer["explanation_bases"], answer["explanations"], answer["predictions"], strict=True
    ):
        assert set(contributions) == {"size", "colour"}
        assert base + sum(contributions.values()) == pytest.approx(row[label])
    regression = store(service, ada_id, "amount")
    answer = post(regression.id, json={"instances": instances, "explain": True}).get_json()
    assert answer["explanation_unit"] == "target"
    for value, base, contributions in zip(
        answer["predictions"], answer["explanation_bases"], answer["explanations"], strict=True
    ):
        assert base + sum(contributions.values()) == pytest.approx(value)


def test_whatever_could_stand_in_the_csv_is_taken(post: Callable[..., TestResponse]) -> None:
    cells = [None, "", "NA", "x" * 10_000, True, 10**30, -1e308, "1e999", "=1+1", "<b>", "ünseen"]
    instances = [{"size": cell, "colour": cell} for cell in cells]

    def predict(rows: list[Any]) -> list[str]:
        answer = post(data=json.dumps({"instances": rows}), headers={"Content-Type": "application/json"})
        return list(answer.get_json()["predictions"])

    together = predict(instances)
    assert len(together) == len(cells)
    assert [predict([instance])[0] for instance in instances] == together


def test_missing_and_extra_columns(post: Callable[..., TestResponse]) -> None:
    partly = post(json={"instances": [{"size": 1}, {"colour": "red"}]})
    assert len(partly.get_json()["predictions"]) == 2
    missing = post(json={"instances": [{"size": 1}, {"size": 2}]})
    assert (missing.status_code, missing.get_json()["reason"]) == (422, "MISSING_FEATURE")
    assert missing.get_json()["errors"][0]["field"] == "colour"
    extra = post(json={"instances": [{"size": 1, "colour": "red", "id": 7, "answer": "yes"}]}).get_json()
    assert [(each["column"], each["reason"]) for each in extra["warnings"]] == [
        ("answer", "IGNORED_COLUMN"), ("id", "IGNORED_COLUMN"),
    ]  # fmt: skip


def test_what_could_not_be_used_is_told_by_column(post: Callable[..., TestResponse]) -> None:
    instances = [{"size": "huge", "colour": "red"}, {"size": 1, "colour": "mauve"}, {"size": 2, "colour": "red"}]
    warnings = post(json={"instances": instances}).get_json()["warnings"]
    shown = [(each["column"], each["reason"], each["count"], each["examples"]) for each in warnings]
    assert shown == [("size", "UNREADABLE_VALUE", 1, ["huge"]), ("colour", "UNSEEN_LABEL", 1, ["mauve"])]
    assert all(repr(each["examples"][0]) in each["detail"] for each in warnings)


def test_a_strict_request_is_refused_where_something_cannot_be_used(post: Callable[..., TestResponse]) -> None:
    good = {"size": 1, "colour": "red"}
    assert post(json={"instances": [good], "strict": True}).status_code == 200
    answer = post(json={"instances": [good, {**good, "colour": "mauve"}], "strict": True})
    assert (answer.status_code, answer.get_json()["reason"]) == (422, "INPUT_NOT_USABLE")
    assert [entry["field"] for entry in answer.get_json()["errors"]] == ["colour"]


@pytest.mark.parametrize(
    ("body", "status", "reason", "field"),
    [
        ({"instances": []}, 422, "VALIDATION_FAILED", "instances"),
        ({"instances": {}}, 422, "VALIDATION_FAILED", "instances"),
        ({"instances": ["x"]}, 422, "VALIDATION_FAILED", "instances.0"),
        ({"instances": [{"size": 1}, {"size": [1]}]}, 422, "VALIDATION_FAILED", "instances.1.size"),
        ({"instances": [{"size": {}}]}, 422, "VALIDATION_FAILED", "instances.0.size"),
        ({"instances": [{}] * (MAX_INSTANCES + 1)}, 422, "VALIDATION_FAILED", "instances"),
        ({"instances": [{}]}, 422, "MISSING_FEATURE", "size"),
        ({}, 422, "VALIDATION_FAILED", "instances"),
        ({"instances": [{"size": 1}] * (MAX_EXPLAINED + 1), "explain": True}, 422, "TOO_MANY_TO_EXPLAIN", "explain"),
        ({"instances": 5, "explain": True}, 422, "VALIDATION_FAILED", "instances"),
        ({"instances": [{}], "explain": "no"}, 422, "VALIDATION_FAILED", "explain"),
        ({"rows": [{}]}, 422, "VALIDATION_FAILED", "rows"),
    ],
)
def test_bad_requests(post: Callable[..., TestResponse], body: Any, status: int, reason: str, field: str) -> None:
    answer = post(json=body)
    assert (answer.status_code, answer.get_json()["reason"]) == (status, reason)
    assert field in [entry["field"] for entry in answer.get_json()["errors"]]


@pytest.mark.parametrize(
    ("data", "kind", "status"),
    [
        (b'{"instances": [{"size": NaN}]}', "application/json", 400),
        (b"[1]", "application/json", 422),
        (b"{", "application/json", 400),
        (b"x", "text/plain", 415),
        (b"x", "", 415),
    ],
)
def test_bad_bytes(post: Callable[..., TestResponse], data: bytes, kind: str, status: int) -> None:
    assert post(data=data, headers={"Content-Type": kind}).status_code == status


def test_a_predictor_does_nothing_else(service: Service, ada: dict[str, str]) -> None:
    client = create_app(service, "predictor").test_client()
    assert client.get("/healthz").status_code == 200
    assert client.get("/api/v1/datasets", headers=ada).status_code == 404


def test_predictions_go_on_while_the_tables_are_away(
    post: Callable[..., TestResponse],
    client: FlaskClient,
    ada: dict[str, str],
    service: Service,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    body = {"instances": [{"size": 1, "colour": "red"}]}
    before = post(json=body)
    assert before.status_code == 200

    def be_away(*_: object) -> NoReturn:
        raise Unavailable("no table answers")

    for call in ("get", "put_if_absent", "put_if_unchanged"):
        monkeypatch.setattr(service.ports.tables, call, be_away)
    monkeypatch.setattr("core.storage.fresh_cache.FRESH_S", 0.0)
    client.application.extensions[LIMITS].predictions.allowances.clear()  # A new minute begins.
    assert [post(json=body).get_json() for _ in range(5)] == [before.get_json()] * 5
    assert client.get("/api/v1/datasets", headers=ada).status_code == 503
    assert post("unknown", json=body).status_code == 503


def test_a_deleted_model_predicts_no_longer(
    post: Callable[..., TestResponse], client: FlaskClient, ada: dict[str, str], model: Model
) -> None:
    body = {"instances": [{"size": 1, "colour": "red"}]}
    assert post(json=body).status_code == 200
    assert client.delete(f"/api/v1/models/{model.id}", headers=ada).status_code == 204
    wait_for(lambda: post(json=body).status_code == 404)
