"""Predictions of an endpoint over HTTP, by really trained models."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from core.domain.endpoints import MAX_KEY_LENGTH, Decision, NewVersion, Traffic
from core.domain.prediction_ids import is_prediction_id
from core.domain.records import Model
from core.endpoints.routing import choose_alias
from core.observability.metrics import REGISTRY
from core.service import Service
from core.storage import rows
from tests.unit.api.trained import store
from tests.waiting import wait_for

ROW = {"size": 2.5, "colour": "red"}
Post = Callable[..., TestResponse]
BY = "user/ada"


@pytest.fixture
def post(client: FlaskClient, ada: dict[str, str]) -> Post:
    def send(
        name: str = "income", version: str | None = None, headers: dict[str, str] | None = None, **body: Any
    ) -> Any:
        query = {**body.pop("query", {}), **({} if version is None else {"version": version})}
        path = f"/api/v1/endpoints/{name}/predict"
        return client.post(path, headers={**ada, **(headers or {})}, query_string=query, **body)

    return send


@pytest.fixture
def income(service: Service, ada_id: str, model: Model) -> str:
    """An endpoint of two versions of the same signature, of which the first is the champion."""
    service.endpoints.create(ada_id, "income", BY, model_id=model.id)
    service.versions.register(ada_id, "income", NewVersion(store(service, ada_id).id, BY))
    service.endpoints.set_alias(ada_id, "income", "challenger", 2, Decision(BY))
    return "income"


def share(service: Service, ada_id: str, **traffic: Any) -> None:
    service.endpoints.set_traffic(ada_id, "income", Traffic(**traffic), Decision(BY))


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


def test_keys_decide_on_the_version_of_each_row(post: Post, income: str, service: Service, ada_id: str) -> None:
    share(service, ada_id, split={"challenger": 0.5}, sticky="key")
    endpoint = service.endpoints.get(ada_id, "income")
    keys = [f"customer {i}" for i in range(20)]
    expected = [choose_alias(endpoint, key) for key in keys]
    for _ in range(2):
        answer = post(json={"instances": [ROW] * 20, "keys": keys}).get_json()
        assert answer["aliases"] == expected
        assert answer["versions"] == [{"champion": 1, "challenger": 2}[alias] for alias in expected]
        assert (answer["version"], answer["alias"]) == (answer["versions"][0], expected[0])
        assert len(answer["probabilities"]) == len(answer["prediction_ids"]) == 20
    assert len(set(expected)) == 2
    for key, alias in zip(keys[:4], expected, strict=False):
        single = post(json={"instances": [ROW, ROW], "key": key}).get_json()
        assert single["alias"] == alias
        assert "versions" not in single


def test_without_keys_the_prediction_id_decides(post: Post, income: str, service: Service, ada_id: str) -> None:
    share(service, ada_id, split={"challenger": 0.5}, sticky="key")
    endpoint = service.endpoints.get(ada_id, "income")
    answers = [post(json={"instances": [ROW, ROW]}).get_json() for _ in range(20)]
    for answer in answers:
        assert answer["alias"] == choose_alias(endpoint, answer["prediction_ids"][0])
    assert {answer["version"] for answer in answers} == {1, 2}


def test_rows_of_several_versions_are_warned_of_together_and_explained_by_their_own(
    post: Post, income: str, service: Service, ada_id: str
) -> None:
    share(service, ada_id, split={"challenger": 0.5}, sticky="key")
    instances = [{"size": i / 10, "colour": "mauve"} for i in range(12)]
    body = {"instances": instances, "keys": [str(i) for i in range(12)], "explain": True}
    answer = post(json=body).get_json()
    assert len(set(answer["versions"])) == 2
    [warning] = answer["warnings"]
    assert (warning["column"], warning["count"]) == ("colour", 12)
    for row, base, parts, label in zip(
        answer["probabilities"], answer["explanation_bases"], answer["explanations"], answer["predictions"], strict=True
    ):
        assert base + sum(parts.values()) == pytest.approx(row[label])


def test_versions_of_which_one_predicts_numbers_do_not_answer_one_request(
    post: Post, income: str, service: Service, ada_id: str
) -> None:
    numbers = NewVersion(store(service, ada_id, "amount").id, BY)
    service.versions.register(ada_id, "income", numbers, force_signature=True)
    service.endpoints.set_alias(ada_id, "income", "challenger", 3, Decision(BY))
    share(service, ada_id, split={"challenger": 0.5}, sticky="key")
    answer = post(json={"instances": [ROW] * 20, "keys": [str(i) for i in range(20)]})
    assert (answer.status_code, answer.get_json()["reason"]) == (409, "VERSIONS_DIFFER")
    assert post(version="challenger", json={"instances": [ROW]}).get_json()["predictions"] == [pytest.approx(25, abs=5)]


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


def test_shadows_predict_after_the_answer_and_count_what_they_think(
    post: Post, income: str, service: Service, ada_id: str
) -> None:
    def agreed() -> float:
        return REGISTRY.get_sample_value("nobrains_shadow_predictions_total", {"outcome": "agreed"}) or 0

    share(service, ada_id, shadow=["challenger"])
    before = agreed()
    with post(json={"instances": [ROW, ROW]}) as answer:
        assert answer.get_json()["version"] == 1
    wait_for(lambda: agreed() == before + 2)


def test_a_version_whose_bundle_is_gone_is_nothing_that_the_champion_notices(
    post: Post, income: str, service: Service, ada_id: str
) -> None:
    def failed() -> float:
        return REGISTRY.get_sample_value("nobrains_shadow_predictions_total", {"outcome": "failed"}) or 0

    share(service, ada_id, shadow=["challenger"])
    version = service.versions.get(ada_id, "income", 2)
    service.ports.blobs.delete(service.models.get(ada_id, version.model_id).blob)
    before = failed()
    with post(json={"instances": [ROW]}) as answer:
        assert answer.status_code == 200
    wait_for(lambda: failed() == before + 1)
    assert post(json={"instances": [ROW]}).status_code == 200


def test_what_is_promoted_answers_within_seconds_and_what_is_deleted_no_more(
    post: Post, income: str, service: Service, ada_id: str
) -> None:
    def version() -> int | None:
        return post(json={"instances": [ROW]}).get_json().get("version")

    assert version() == 1
    service.endpoints.set_alias(ada_id, "income", "champion", 2, Decision(BY))
    wait_for(lambda: version() == 2, patience_s=10)
    service.endpoints.rollback(ada_id, "income", Decision(BY))
    wait_for(lambda: version() == 1, patience_s=10)
