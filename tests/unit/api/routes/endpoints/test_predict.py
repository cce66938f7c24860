"""Predictions of an endpoint over HTTP, by really trained models."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from core.domain.endpoints import MAX_KEY_LENGTH
from core.domain.prediction_ids import is_prediction_id
from core.domain.records import Model
from core.endpoints.routing import choose_alias
from core.service import Service
from core.storage import rows
from tests.unit.api.routes.endpoints.conftest import BY, ROW, Post, share


def test_an_endpoint_answers_as_its_model_and_says_who_has_answered(
    post: Post, income: str, client: FlaskClient, ada: dict[str, str], model: Model
) -> None:
    body = {"instances": [ROW, {"size": "-2.5", "colour": "green"}]}
    answer = post(json=body).get_json()
    ids = answer.pop("prediction_ids")
    assert (answer.pop("version"), answer.pop("alias")) == (1, "champion")
    assert answer == client.post(f"/api/v1/models/{model.id}/predict", headers=ada, json=body).get_json()
    assert ids == sorted(set(ids))
    assert all(map(is_prediction_id, ids))
    assert len(ids) == 2


def test_predictions_write_no_row(
    post: Post, income: str, service: Service, client: FlaskClient, ada: dict[str, str], model: Model
) -> None:
    body = {"instances": [ROW]}
    post(json=body)  # Permits for a minute's requests are a row of their own.
    known = {row.key: row.value for row in rows.scan_all(service.ports.tables, "")}
    assert post(json=body).status_code == 200
    assert client.post(f"/api/v1/models/{model.id}/predict", headers=ada, json=body).status_code == 200
    assert {row.key: row.value for row in rows.scan_all(service.ports.tables, "")} == known


def test_probabilities_are_left_out_on_demand(post: Post, income: str) -> None:
    answer = post(json={"instances": [ROW], "probabilities": False}).get_json()
    assert set(answer) == {"predictions", "prediction_ids", "version", "alias"}


@pytest.mark.parametrize(
    ("asked", "version", "alias"), [("2", 2, None), ("challenger", 2, "challenger"), ("champion", 1, "champion")]
)
def test_a_version_is_asked_by_its_number_or_an_alias(
    post: Post, income: str, service: Service, ada_id: str, asked: str, version: int, alias: str | None
) -> None:
    share(service, ada_id, split={"challenger": 0.5})
    for _ in range(3):
        answer = post(version=asked, json={"instances": [ROW]}).get_json()
        assert (answer["version"], answer["alias"]) == (version, alias)


@pytest.mark.parametrize("asked", ["3", "0", "-1", "nobody", "1.0", "9" * 400, "", "１"])
def test_a_version_that_is_not_there_is_not_found(post: Post, income: str, asked: str) -> None:
    assert post(version=asked, json={"instances": [ROW]}).status_code == 404


def test_no_one_sees_endpoints_that_are_not_theirs_or_not_there(
    post: Post, income: str, sign_in: Callable[..., dict[str, str]]
) -> None:
    assert post("outcome", json={"instances": [ROW]}).status_code == 404
    assert post(headers=sign_in("grace"), json={"instances": [ROW]}).status_code == 404
    assert post(headers={"Authorization": "Bearer nothing"}, json={"instances": [ROW]}).status_code == 401


def test_an_endpoint_without_a_champion_says_so(post: Post, service: Service, ada_id: str) -> None:
    service.endpoints.create(ada_id, "empty", BY)
    answer = post("empty", json={"instances": [ROW]})
    assert answer.status_code == 404
    assert "champion" in answer.get_json()["detail"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"instances": [ROW], "key": ""}, "key"),
        ({"instances": [ROW], "key": 7}, "key"),
        ({"instances": [ROW], "key": "x" * (MAX_KEY_LENGTH + 1)}, "key"),
        ({"instances": [ROW], "keys": "a"}, "keys"),
        ({"instances": [ROW], "keys": []}, "keys"),
        ({"instances": [ROW], "keys": ["a", "b"]}, "keys"),
        ({"instances": [ROW, ROW], "keys": ["a", None]}, "keys.1"),
        ({"instances": [ROW], "key": "a", "keys": ["a"]}, "keys"),
        ({"instances": [ROW], "probabilities": "no"}, "probabilities"),
        ({"instances": []}, "instances"),
        ({"instances": [{"size": 1}]}, "colour"),
        ({"instances": [ROW], "version": 2}, "version"),
    ],
)
def test_bad_requests(post: Post, income: str, body: Any, field: str) -> None:
    answer = post(json=body)
    assert answer.status_code == 422
    assert field in [entry["field"] for entry in answer.get_json()["errors"]]


def test_a_table_comes_back_with_an_id_in_each_row(post: Post, income: str) -> None:
    data = b"size,colour,prediction_id\n" + b"2.5,red,mine\n-2.5,green,mine\n" * 6000
    answer = post(version="challenger", data=data, headers={"Content-Type": "text/csv"})
    assert answer.status_code == 200, answer.get_json()
    assert (answer.headers["X-Model-Version"], answer.headers["X-Model-Alias"]) == ("2", "challenger")
    header, *rows = csv.reader(io.StringIO(answer.get_data(as_text=True)))
    assert header[:4] == ["size", "colour", "prediction_id", "prediction"]
    assert header[-2:] == ["prediction_warnings", "prediction_id.1"]
    ids = [row[-1] for row in rows]
    assert ids == sorted(set(ids))
    assert len(ids) == 12_000
    assert all(map(is_prediction_id, ids))
    assert rows[0][3] == "yes"


def test_one_version_answers_a_table(post: Post, income: str, service: Service, ada_id: str) -> None:
    share(service, ada_id, split={"challenger": 0.5})
    endpoint = service.endpoints.get(ada_id, "income")
    for _ in range(4):
        answer = post(data=b"size,colour\n1,red\n2,red\n", headers={"Content-Type": "text/csv"})
        ids = [row[-1] for row in csv.reader(io.StringIO(answer.text))][1:]
        assert answer.headers["X-Model-Alias"] == choose_alias(endpoint, ids[0])


def test_other_bodies_are_refused(post: Post, income: str) -> None:
    assert post(data=b"x", headers={"Content-Type": "text/plain"}).status_code == 415
