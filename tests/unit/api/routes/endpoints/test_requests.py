"""Requests of an endpoint over HTTP: kept whatever asked for them, listed to their owner, and said beforehand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.serving.serving import EXTENSION
from core.domain.endpoints import Decision, NewVersion
from core.domain.records import Json, Model
from core.service import Service
from tests.unit.api.trained import store

ROW = {"size": 2.5, "colour": "red"}
BY = "user/ada"
Get = Callable[..., Json]


@pytest.fixture
def income(service: Service, ada_id: str, model: Model, app: Flask) -> Iterator[str]:
    """An endpoint of two versions, of which the first is the champion."""
    service.endpoints.create(ada_id, "income", BY, model_id=model.id)
    service.versions.register(ada_id, "income", NewVersion(store(service, ada_id).id, BY))
    service.endpoints.set_alias(ada_id, "income", "challenger", 2, Decision(BY))
    yield "income"
    app.extensions[EXTENSION].close()


@pytest.fixture
def listed(app: Flask, client: FlaskClient, ada: dict[str, str]) -> Get:
    """What is listed once everything is written."""

    def get(**query: Any) -> Json:
        app.extensions[EXTENSION].close()
        answer = client.get("/api/v1/endpoints/income/requests", headers=ada, query_string=query)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return answer.get_json()

    return get


def test_each_protocol_leaves_the_same_request(
    client: FlaskClient, ada: dict[str, str], income: str, listed: Get
) -> None:
    frame = {"columns": ["size", "colour"], "data": [[2.5, "red"]]}
    tensors = [
        {"name": "size", "datatype": "FP64", "shape": [1], "data": [2.5]},
        {"name": "colour", "datatype": "BYTES", "shape": [1], "data": ["red"]},
    ]
    for path, body in (
        ("/api/v1/endpoints/income/predict", {"instances": [ROW], "key": "row-1"}),
        ("/v1/models/income:predict", {"instances": [ROW]}),
        ("/serving/income/invocations", {"dataframe_split": frame}),
        ("/v2/models/income/infer", {"inputs": tensors}),
    ):
        answer = client.post(path, headers=ada, json=body)
        assert answer.status_code == 200, answer.get_data(as_text=True)
    found = listed()["items"]
    assert [each["key"] for each in found] == [None, None, None, "row-1"]
    for each in found:
        assert each["x"] == ROW
        assert (each["v"], each["alias"], each["y"]) == (1, "champion", found[0]["y"])
        assert sum(each["p"]) == pytest.approx(1.0)


def test_a_table_of_many_rows_is_kept_row_by_row(
    client: FlaskClient, ada: dict[str, str], income: str, listed: Get
) -> None:
    rows = [f"{number / 1000},{'red' if number % 2 else ''}" for number in range(12_345)]
    body = "\n".join(["size,colour", *rows])
    answer = client.post(
        "/api/v1/endpoints/income/predict", headers={**ada, "Content-Type": "text/csv"}, data=body.encode()
    )
    lines = answer.get_data(as_text=True).splitlines()
    assert len(lines) == 12_346
    answered = {cells[-1]: cells[2] for cells in (line.split(",") for line in lines[1:])}
    found, token = [], None
    while True:
        page = listed(page_size=200, **({"page_token": token} if token else {}))
        found += page["items"]
        if (token := page["next_page_token"]) is None:
            break
    assert {each["id"]: each["y"] for each in found} == answered
    by_id = {each["id"]: each["x"] for each in found}
    assert by_id[lines[1].split(",")[-1]] == {"size": "0.0", "colour": None}
    assert by_id[lines[-1].split(",")[-1]] == {"size": "12.344", "colour": None}


def test_requests_are_listed_by_version_and_time_page_by_page(
    client: FlaskClient, ada: dict[str, str], income: str, listed: Get
) -> None:
    for version in ("champion", "champion", "challenger"):
        client.post(f"/api/v1/endpoints/income/predict?version={version}", headers=ada, json={"instances": [ROW]})
    assert [each["v"] for each in listed()["items"]] == [2, 1, 1]
    assert [each["v"] for each in listed(version="challenger")["items"]] == [2]
    assert [each["v"] for each in listed(version=1)["items"]] == [1, 1]
    assert listed(labelled=True)["items"] == []
    first = listed(page_size=2)
    second = listed(page_size=2, page_token=first["next_page_token"])
    assert len(first["items"]) == 2
    assert [each["v"] for each in second["items"]] == [1]
    assert second["next_page_token"] is None
    assert listed(to=second["items"][0]["at"])["items"] == []
    assert listed(**{"from": "2100-01-01"})["items"] == []


@pytest.mark.parametrize(
    "query",
    [
        {"from": "yesterday"},
        {"version": "nobody"},
        {"page_token": "x"},
        {"labeled": 1},
        {"from": "2026-01-02", "to": "2026-01-01"},
    ],
)
def test_a_question_that_cannot_be_read_is_refused(
    client: FlaskClient, ada: dict[str, str], income: str, query: dict[str, Any]
) -> None:
    answer = client.get("/api/v1/endpoints/income/requests", headers=ada, query_string=query)
    assert answer.status_code in (404, 422)


def test_nobody_else_sees_them(
    client: FlaskClient, sign_in: Callable[..., dict[str, str]], ada: dict[str, str], income: str
) -> None:
    assert client.get("/api/v1/endpoints/income/requests", headers=sign_in("eve")).status_code == 404
    body = {"name": "device", "endpoints": ["income"], "scopes": ["predict"]}
    key = client.post("/api/v1/keys", headers=ada, json=body).get_json()["key"]
    device = {"Authorization": f"Bearer {key}"}
    assert client.get("/api/v1/endpoints/income/requests", headers=device).status_code == 403


def test_whoever_makes_an_endpoint_is_told_what_is_kept(
    client: FlaskClient, ada: dict[str, str], service: Service
) -> None:
    answer = client.post("/api/v1/endpoints", headers=ada, json={"name": "one"}).get_json()
    assert answer["kept"]["on"] is True
    assert "30 days" in answer["kept"]["detail"]
    log = {"columns": [], "days": 7, "sample": 0.5}
    answer = client.post("/api/v1/endpoints", headers=ada, json={"name": "two", "log": log}).get_json()
    assert "7 days" in answer["kept"]["detail"]
    assert "no inputs" in answer["kept"]["detail"]
    answer = client.post("/api/v1/endpoints", headers=ada, json={"name": "three", "log": {"sample": 0}}).get_json()
    assert answer["kept"]["on"] is False


@pytest.mark.parametrize(("said", "days", "on"), [("off", 0, False), ("3", 3, True)])
def test_the_operator_has_the_last_word(
    client: FlaskClient, ada: dict[str, str], service: Service, said: str, days: int, on: bool
) -> None:
    service.requests.policy = type(service.requests.policy)(type(service.settings)({}, serving_log=said))
    answer = client.post("/api/v1/endpoints", headers=ada, json={"name": "one"}).get_json()
    assert (answer["kept"]["on"], answer["kept"]["days"]) == (on, days)


def test_an_input_that_no_model_reads_is_refused(
    client: FlaskClient, ada: dict[str, str], income: str, model: Model
) -> None:
    log = {"columns": ["size", "color"]}
    for method, path, body in (
        ("PATCH", "/api/v1/endpoints/income", {"log": log}),
        ("POST", "/api/v1/endpoints", {"name": "other", "model_id": model.id, "log": log}),
    ):
        answer = client.open(path, method=method, headers=ada, json=body)
        assert answer.status_code == 422
        assert answer.get_json()["reason"] == "COLUMN_NOT_FOUND"
    assert client.patch("/api/v1/endpoints/income", headers=ada, json={"log": {"columns": ["size"]}}).status_code == 200
