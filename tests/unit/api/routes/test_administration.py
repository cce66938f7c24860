"""Administration over HTTP: who may, what it does, and what is written down of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.middleware.audit import ADMINISTRATION, NOT_AUDITED
from api.middleware.auth import SAFE_METHODS
from core.service import Service
from tests.unit.api.conftest import PASSWORD

Headers = dict[str, str]
ADMIN = "/api/v1/admin"
BODIES = {
    "administration.create_user": {"username": "eve", "password": PASSWORD},
    "administration.set_role": {"role": "admin"},
    "administration.set_quotas": {},
    "administration.set_password": {"new_password": PASSWORD},
}


@pytest.fixture
def root(service: Service, client: FlaskClient) -> Headers:
    """The headers of an administrator."""
    service.accounts.sign_up("root", PASSWORD, "admin")
    token = client.post("/api/v1/tokens", json={"username": "root", "password": PASSWORD}).json["token"]  # type: ignore[index]
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def audit(client: FlaskClient, root: Headers) -> Callable[..., list[dict[str, Any]]]:
    def read(**query: str) -> list[dict[str, Any]]:
        answer = client.get(f"{ADMIN}/audit", headers=root, query_string=query)
        return answer.json["items"]  # type: ignore[index, no-any-return]

    return read


def test_every_call_is_for_administrators_only(app: Flask, client: FlaskClient, ada: Headers, ada_id: str) -> None:
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith(ADMIN)]
    assert len(rules) >= 10
    for rule in rules:
        assert rule.endpoint.startswith(ADMINISTRATION)
        (method,) = rule.methods - {"HEAD", "OPTIONS"}  # type: ignore[operator]
        path = rule.rule.replace("<user_id>", ada_id)
        body = BODIES.get(rule.endpoint)
        refused = client.open(path, method=method, json=body, headers=ada)
        assert (refused.status_code, refused.json["reason"]) == (403, "ADMIN_ONLY"), rule.rule  # type: ignore[index]
        assert client.open(path, method=method, json=body).status_code == 401


def test_a_key_with_fewer_scopes_administers_nothing(client: FlaskClient, root: Headers) -> None:
    made = client.post("/api/v1/keys", json={"name": "ci", "scopes": ["read"]}, headers=root)
    key = {"Authorization": f"Bearer {made.json['key']}"}  # type: ignore[index]
    assert client.get(f"{ADMIN}/users", headers=key).json["reason"] == "SCOPE_MISSING"  # type: ignore[index]


def test_users_are_listed_found_made_and_shown(client: FlaskClient, root: Headers, ada: Headers, ada_id: str) -> None:
    body = {"username": "grace", "password": PASSWORD}
    made = client.post(f"{ADMIN}/users", json=body, headers=root)
    assert (made.status_code, made.json["role"]) == (201, "user")  # type: ignore[index]
    page = client.get(f"{ADMIN}/users?page_size=2", headers=root).json
    rest = client.get(f"{ADMIN}/users?page_token={page['next_page_token']}", headers=root).json  # type: ignore[index]
    names = [user["username"] for user in (*page["items"], *rest["items"])]  # type: ignore[index]
    assert names == ["grace", "ada", "root"]
    (found,) = client.get(f"{ADMIN}/users?username=ADA", headers=root).json["items"]  # type: ignore[index]
    assert (found["id"], found["role"], found["locked"]) == (ada_id, "user", False)
    assert client.get(f"{ADMIN}/users?username=nobody", headers=root).json["items"] == []  # type: ignore[index]
    shown = client.get(f"{ADMIN}/users/{ada_id}", headers=root).json
    assert shown["use"]["datasets"] == 0  # type: ignore[index]
    assert not {"password_hash", "generation"} & shown.keys()  # type: ignore[union-attr]
    assert client.get(f"{ADMIN}/users/nobody", headers=root).status_code == 404


def test_a_locked_user_is_out_at_once_and_an_unlocked_one_in_again(
    client: FlaskClient, root: Headers, ada: Headers, ada_id: str
) -> None:
    unknown = client.get("/api/v1/me", headers={"Authorization": "Bearer nb_" + "x" * 43}).json
    assert client.post(f"{ADMIN}/users/{ada_id}/lock", headers=root).json["locked"] is True  # type: ignore[index]
    refused = client.get("/api/v1/me", headers=ada)
    assert refused.status_code == 401
    same = {"request_id": ""}
    assert {**refused.json, **same} == {**unknown, **same}  # type: ignore[dict-item]
    assert client.post(f"{ADMIN}/users/{ada_id}/unlock", headers=root).json["locked"] is False  # type: ignore[index]
    assert client.get("/api/v1/me", headers=ada).status_code == 200


def test_a_role_is_given_and_taken(client: FlaskClient, root: Headers, ada: Headers, ada_id: str) -> None:
    assert client.get("/api/v1/me", headers=ada).json["role"] == "user"  # type: ignore[index]
    client.put(f"{ADMIN}/users/{ada_id}/role", json={"role": "admin"}, headers=root)
    assert client.get(f"{ADMIN}/users", headers=ada).status_code == 200
    client.put(f"{ADMIN}/users/{ada_id}/role", json={"role": "user"}, headers=root)
    assert client.get(f"{ADMIN}/users", headers=ada).status_code == 403
    assert client.put(f"{ADMIN}/users/{ada_id}/role", json={"role": "king"}, headers=root).status_code == 422


def test_quotas_are_set_and_hold(client: FlaskClient, root: Headers, ada: Headers, ada_id: str) -> None:
    answer = client.put(f"{ADMIN}/users/{ada_id}/quotas", json={"datasets": 0, "bytes": None}, headers=root)
    assert answer.json["own_quotas"] == {"datasets": 0}  # type: ignore[index]
    csv = {"data": b"a,b\n1,2\n", "headers": {**ada, "Content-Type": "text/csv"}}
    assert client.post("/api/v1/datasets", **csv).status_code in (409, 429)  # type: ignore[arg-type]
    client.put(f"{ADMIN}/users/{ada_id}/quotas", json={}, headers=root)
    assert client.post("/api/v1/datasets", **csv).status_code == 201  # type: ignore[arg-type]
    for bad in ({"datasets": -1}, {"datasets": "3"}, {"horses": 3}):
        assert client.put(f"{ADMIN}/users/{ada_id}/quotas", json=bad, headers=root).status_code == 422


def test_a_password_is_reset(client: FlaskClient, root: Headers, ada: Headers, ada_id: str) -> None:
    body = {"new_password": "another horse"}
    assert client.put(f"{ADMIN}/users/{ada_id}/password", json=body, headers=root).status_code == 204
    assert client.get("/api/v1/me", headers=ada).status_code == 401
    pair = {"username": "ada", "password": "another horse"}
    assert client.post("/api/v1/tokens", json=pair).status_code == 201


def test_what_is_done_is_written_down(client: FlaskClient, ada: Headers, ada_id: str, audit: Any) -> None:
    headers = {**ada, "X-Request-ID": "r-17"}
    made = client.post("/api/v1/datasets", data=b"a,b\n1,2\n", headers={**headers, "Content-Type": "text/csv"}).json
    client.get("/api/v1/datasets", headers=ada)
    client.delete("/api/v1/datasets/nothing", headers=ada)
    lines = audit(actor=ada_id)
    assert [line["action"] for line in lines] == ["POST /datasets", "POST /tokens", "POST /users"]
    newest = lines[0]
    assert newest["subject"] == f"/datasets/{made['id']}"  # type: ignore[index]
    assert (newest["request_id"], newest["status"], newest["remote"]) == ("r-17", 201, "127.0.0.1")


def test_what_administrators_do_try_and_look_at_is_written_down(
    client: FlaskClient, root: Headers, ada: Headers, ada_id: str, audit: Any
) -> None:
    client.get(f"{ADMIN}/users/{ada_id}", headers=root)
    client.post(f"{ADMIN}/users/{ada_id}/lock", headers=ada)
    client.post(f"{ADMIN}/users/{ada_id}/lock", headers=root)
    entries = [(line["action"], line["subject"], line["status"]) for line in audit()[:3]]
    assert entries == [
        ("POST /admin/users/<user_id>/lock", f"/admin/users/{ada_id}/lock", 200),
        ("POST /admin/users/<user_id>/lock", f"/admin/users/{ada_id}/lock", 403),
        ("GET /admin/users/<user_id>", f"/admin/users/{ada_id}", 200),
    ]


def test_no_line_holds_a_password_or_a_secret(
    client: FlaskClient, service: Service, ada: Headers, ada_id: str, root: Headers
) -> None:
    client.put(f"{ADMIN}/users/{ada_id}/password", json={"new_password": "another horse"}, headers=root)
    client.get("/api/v1/datasets?token=in-the-query", headers=ada)
    written = b"".join(row.value for row in service.ports.tables.scan("audit#"))
    for secret in (PASSWORD, "another horse", "in-the-query", ada["Authorization"].split()[1]):
        assert secret.encode() not in written


def test_the_log_cannot_be_written_over_http(app: Flask) -> None:
    methods = {m for rule in app.url_map.iter_rules() if "audit" in rule.rule for m in rule.methods or ()}
    assert methods - {"OPTIONS"} == {"GET", "HEAD"}


def test_only_what_leaves_nothing_behind_goes_unwritten(app: Flask) -> None:
    unsafe = {rule.endpoint for rule in app.url_map.iter_rules() if (rule.methods or set()) - SAFE_METHODS}
    assert unsafe >= NOT_AUDITED
