"""Endpoints over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from core.domain.ids import new_id, now
from core.domain.records import Model
from core.service import Service
from core.storage import rows

FEATURES = [{"name": "age", "type": "number", "required": True}]


class Caller:
    """Ada, and models of hers that nobody has to train."""

    def __init__(self, client: FlaskClient, headers: dict[str, str], service: Service, user_id: str) -> None:
        self.client = client
        self.headers = headers
        self.service = service
        self.user_id = user_id

    def model(self, **summary: Any) -> str:
        id = new_id()
        said = {"task": "binary", "target": "bought", "classes": ["no", "yes"], "features": FEATURES, **summary}
        model = Model(id, self.user_id, "job", "data", now(), f"{self.user_id}/models/{id}", 1, "", said, True)
        self.service.ports.tables.put(rows.key("model", self.user_id, id), rows.dump(model))
        return id

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        sent = {**self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return self.client.open(f"/api/v1{path}", method=method, json=body, headers=sent)

    def endpoint(self, versions: int = 1) -> dict[str, Any]:
        made = self.call("POST", "/endpoints", {"name": "income", "model_id": self.model()})
        for _ in range(versions - 1):
            assert self.call("POST", "/endpoints/income/versions", {"model_id": self.model()}).status_code == 201
        return made.get_json()  # type: ignore[no-any-return]

    def promote(self, version: int | str, alias: str = "champion", **headers: str) -> TestResponse:
        return self.call("PUT", f"/endpoints/income/aliases/{alias}", {"version": version}, **headers)


@pytest.fixture
def caller(client: FlaskClient, ada: dict[str, str], service: Service, ada_id: str) -> Caller:
    return Caller(client, ada, service, ada_id)


def refusal(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["reason"]


def test_an_endpoint_is_made_read_listed_described_and_deleted(caller: Caller) -> None:
    model = caller.model()
    made = caller.call("POST", "/endpoints", {"name": "income", "model_id": model, "note": "how rich"})
    assert made.status_code == 201
    assert made.headers["Location"] == "/api/v1/endpoints/income"
    shown = made.get_json()
    assert (shown["aliases"], shown["traffic"], shown["health"], shown["note"]) == (
        {"champion": 1}, {"split": {}, "sticky": "request", "shadow": []}, "ok", "how rich",
    )  # fmt: skip
    newest = shown["newest_change"]
    assert (newest["seq"], newest["by"], newest["action"]) == (1, f"user/{caller.user_id}", "endpoint.create")
    assert shown["model_id"] == model
    assert caller.call("GET", "/endpoints/income").get_json() == shown
    assert caller.call("GET", "/endpoints").get_json() == {"items": [shown], "next_page_token": None}
    patched = caller.call("PATCH", "/endpoints/income", {"log": {"days": 7}, "runtime": "engine"}).get_json()
    assert (patched["log"], patched["runtime"], patched["note"]) == (
        {"sample": 1.0, "days": 7, "columns": None, "durable": False}, "engine", "how rich",
    )  # fmt: skip
    assert caller.call("DELETE", "/endpoints/income").status_code == 204
    assert refusal(caller.call("GET", "/endpoints/income")) == (404, "NOT_FOUND")
    assert caller.call("GET", f"/models/{model}").status_code == 200
    assert caller.call("GET", "/endpoints").get_json()["items"] == []


def test_a_name_can_be_used_again_at_once_and_nothing_of_before_is_left(caller: Caller) -> None:
    caller.endpoint(3)
    for _ in range(30):
        caller.promote(2)
    caller.call("DELETE", "/endpoints/income")
    caller.endpoint(2)
    assert [each["version"] for each in caller.call("GET", "/endpoints/income/versions").get_json()["items"]] == [2, 1]
    assert [each["seq"] for each in caller.call("GET", "/endpoints/income/changes").get_json()["items"]] == [1]


def test_without_a_champion_it_is_quiet(caller: Caller) -> None:
    made = caller.call("POST", "/endpoints", {"name": "income"}).get_json()
    assert (made["aliases"], made["model_id"], made["health"]) == ({}, None, "quiet")


def test_versions_by_number_and_by_alias(caller: Caller) -> None:
    caller.endpoint(2)
    model = caller.model()
    body = {"model_id": model, "note": "weekly", "tags": {"git": "abc"}, "why": "more rows"}
    made = caller.call("POST", "/endpoints/income/versions", body)
    assert made.headers["Location"] == "/api/v1/endpoints/income/versions/3"
    caller.promote(3, "challenger")
    shown = caller.call("GET", "/endpoints/income/versions/challenger").get_json()
    assert shown == {**made.get_json(), "aliases": ["challenger"]}
    assert shown == caller.call("GET", "/endpoints/income/versions/3").get_json()
    assert (shown["version"], shown["model_id"], shown["note"], shown["tags"], shown["why"]) == (
        3, model, "weekly", {"git": "abc"}, "more rows",
    )  # fmt: skip
    assert refusal(caller.call("DELETE", "/endpoints/income/versions/challenger")) == (409, "VERSION_IN_USE")
    assert caller.call("DELETE", "/endpoints/income/versions/2").status_code == 204
    assert refusal(caller.call("GET", "/endpoints/income/versions/2")) == (404, "NOT_FOUND")
    first = caller.call("GET", "/endpoints/income/versions?page_size=1").get_json()
    rest = caller.call("GET", f"/endpoints/income/versions?page_token={first['next_page_token']}").get_json()
    assert [each["version"] for each in first["items"] + rest["items"]] == [3, 1]


def test_a_signature_that_differs_is_refused_with_the_differences_unless_forced(caller: Caller) -> None:
    caller.endpoint()
    body = {"model_id": caller.model(target="sold", classes=["no"])}
    answer = caller.call("POST", "/endpoints/income/versions", body)
    assert refusal(answer) == (409, "SIGNATURE_DIFFERS")
    assert [each["field"] for each in answer.get_json()["errors"]] == ["target", "labels"]
    forced = caller.call("POST", "/endpoints/income/versions", {**body, "force_signature": True})
    assert forced.get_json()["version"] == 2


def test_a_promotion_and_its_rollback_stand_in_the_log_with_who_and_why(caller: Caller) -> None:
    caller.endpoint(2)
    body = {"version": 2, "why": "better in May"}
    promoted = caller.call("PUT", "/endpoints/income/aliases/champion", body).get_json()
    assert promoted["aliases"] == {"champion": 2}
    key = caller.call("POST", "/keys", {"name": "ci"}).get_json()
    back = caller.client.post("/api/v1/endpoints/income/rollback", headers={"Authorization": f"Bearer {key['key']}"})
    assert back.get_json()["aliases"] == {"champion": 1}
    log = caller.call("GET", "/endpoints/income/changes").get_json()["items"]
    assert [(line["seq"], line["action"], line["by"], line["from"], line["to"], line["why"]) for line in log] == [
        (3, "rollback", f"key/{key['id']}", 2, 1, ""),
        (2, "alias.set", f"user/{caller.user_id}", 1, 2, "better in May"),
        (1, "endpoint.create", f"user/{caller.user_id}", None, 1, ""),
    ]
    assert log[0]["aliases"] == {"champion": 1}
    body = {"to": 2, "why": "it was right"}
    assert caller.call("POST", "/endpoints/income/rollback", body).get_json()["aliases"] == {"champion": 2}
    assert refusal(caller.call("POST", "/endpoints/income/rollback", {"to": 99})) == (404, "NOT_FOUND")


def test_traffic_is_shared_out_and_bad_traffic_refused_by_its_field(caller: Caller) -> None:
    caller.endpoint(2)
    caller.promote(2, "challenger")
    body = {"split": {"challenger": 0.1}, "sticky": "key", "shadow": ["challenger"], "why": "try it"}
    answer = caller.call("PUT", "/endpoints/income/traffic", body).get_json()
    assert answer["traffic"] == {"split": {"challenger": 0.1}, "sticky": "key", "shadow": ["challenger"]}
    refused = caller.call("PUT", "/endpoints/income/traffic", {"split": {"challenger": 1.0}})
    assert (refusal(refused), refused.get_json()["errors"][0]["field"]) == ((422, "BAD_TRAFFIC"), "split.challenger")
    assert refusal(caller.call("DELETE", "/endpoints/income/aliases/challenger")) == (409, "ALIAS_IN_USE")
    caller.call("PUT", "/endpoints/income/traffic", {})
    assert caller.call("DELETE", "/endpoints/income/aliases/challenger?why=over").status_code == 204
    assert refusal(caller.call("DELETE", "/endpoints/income/aliases/champion")) == (409, "ALIAS_NEEDED")
    newest = caller.call("GET", "/endpoints/income/changes").get_json()["items"][0]
    assert (newest["action"], newest["why"]) == ("alias.delete", "over")


def test_whoever_saw_an_older_state_is_refused(caller: Caller) -> None:
    caller.endpoint(3)
    seen = caller.call("GET", "/endpoints/income").headers["ETag"]
    first = caller.promote(2, If_Match=seen)
    assert first.status_code == 200
    assert refusal(caller.promote(3, If_Match=seen)) == (412, "CHANGED_MEANWHILE")
    for method, path, body in [
        ("PATCH", "", {"note": "x"}),
        ("DELETE", "", None),
        ("PUT", "/traffic", {}),
        ("POST", "/rollback", {}),
        ("DELETE", "/aliases/champion", None),
        ("DELETE", "/versions/3", None),
    ]:
        assert refusal(caller.call(method, f"/endpoints/income{path}", body, If_Match=seen))[0] == 412, path
    assert caller.promote(3, If_Match=first.headers["ETag"]).status_code == 200
    assert caller.promote(1, If_Match="*").status_code == 200
    now_seen = caller.call("GET", "/endpoints/income").headers["ETag"]
    assert caller.promote(2, If_Match=f"{seen}, {now_seen}").status_code == 200


@pytest.mark.parametrize("tag", ['"x"', "x", 'W/"1"', '""', '"-1"', '"99999999999"', '"1-2"', ""])
def test_a_tag_that_was_never_given_matches_nothing(caller: Caller, tag: str) -> None:
    caller.endpoint(2)
    assert refusal(caller.promote(2, If_Match=tag)) == (412, "CHANGED_MEANWHILE")


def test_an_etag_is_one_of_get_too(caller: Caller) -> None:
    caller.endpoint(2)
    tag = caller.call("GET", "/endpoints/income").headers["ETag"]
    assert caller.call("GET", "/endpoints/income", If_None_Match=tag).status_code == 304
    caller.promote(2)
    assert caller.call("GET", "/endpoints/income", If_None_Match=tag).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "body", "field"),
    [
        ("POST", "/endpoints", {"name": "a", "log": {"sample": 1.5}}, "log.sample"),
        ("POST", "/endpoints", {"name": "a", "log": {"days": 0}}, "log.days"),
        ("POST", "/endpoints", {"name": "a", "log": {"columns": "age"}}, "log.columns"),
        ("POST", "/endpoints", {"name": "a", "log": {"wat": 1}}, "log.wat"),
        ("POST", "/endpoints", {"name": "a" * 64}, "name"),
        ("PATCH", "/endpoints/income", {"runtime": "cuda"}, "runtime"),
        ("PATCH", "/endpoints/income", {"note": "x" * 2001}, "note"),
        ("PUT", "/endpoints/income/aliases/champion", {"version": 1.5}, "version"),
        ("PUT", "/endpoints/income/aliases/champion", {"version": True}, "version"),
        ("PUT", "/endpoints/income/aliases/champion", {"version": 1, "why": "x" * 1001}, "why"),
        ("PUT", "/endpoints/income/traffic", {"sticky": "user"}, "sticky"),
        ("PUT", "/endpoints/income/traffic", {"split": {"b": "0.1"}}, "split.b.value"),
        ("POST", "/endpoints/income/rollback", {"to": "1"}, "to"),
        ("POST", "/endpoints/income/versions", {"model_id": "m", "tags": {"a": 1}}, "tags.a.value"),
    ],
)
def test_bad_bodies_are_refused_by_their_field(
    caller: Caller, method: str, path: str, body: dict[str, Any], field: str
) -> None:
    caller.endpoint()
    answer = caller.call(method, path, body)
    assert (refusal(answer), answer.get_json()["errors"][0]["field"]) == ((422, "VALIDATION_FAILED"), field)


def test_a_model_that_is_a_version_is_not_deleted(caller: Caller) -> None:
    caller.endpoint()
    model = caller.call("GET", "/endpoints/income/versions/1").get_json()["model_id"]
    assert refusal(caller.call("DELETE", f"/models/{model}")) == (409, "MODEL_IN_USE")
    assert caller.call("GET", f"/models/{model}").status_code == 200
    caller.call("DELETE", "/endpoints/income")
    assert caller.call("DELETE", f"/models/{model}").status_code == 204


def test_versions_and_rollbacks_are_made_once_a_key(caller: Caller) -> None:
    caller.endpoint()
    body = {"model_id": caller.model()}
    first = caller.call("POST", "/endpoints/income/versions", body, Idempotency_Key="k")
    caller.promote(2)
    again = caller.call("POST", "/endpoints/income/versions", body, Idempotency_Key="k")
    assert (first.status_code, again.status_code, again.headers["Location"]) == (201, 201, first.headers["Location"])
    assert (first.get_json()["aliases"], again.get_json()["aliases"]) == ([], ["champion"])
    lines = caller.call("GET", "/activity").get_json()["items"]
    assert [line["action"] for line in lines].count("version.created") == 1
    for _ in range(2):
        rolled_back = caller.call("POST", "/endpoints/income/rollback", {}, Idempotency_Key="k")
        assert (rolled_back.status_code, rolled_back.get_json()["aliases"]) == (200, {"champion": 1})
    assert refusal(caller.call("POST", "/endpoints/income/rollback", {}, Idempotency_Key="x" * 201)) == (
        422, "BAD_IDEMPOTENCY_KEY",
    )  # fmt: skip
