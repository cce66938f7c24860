"""Accounts over HTTP, as a program and as a browser sees them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.app import create_app
from core.service import Service
from core.settings import Settings

ADA = {"username": "ada", "password": "correct horse"}
SignIn = Callable[..., dict[str, str]]


def test_sign_up(client: FlaskClient) -> None:
    answer = client.post("/api/v1/users", json=ADA)
    assert answer.status_code == 201
    assert set(answer.json) == {"id", "username", "created_at"}
    again = client.post("/api/v1/users", json=ADA)
    assert (again.status_code, again.json["reason"]) == (409, "USERNAME_TAKEN")


def test_sign_up_closed(service: Service) -> None:
    service.settings = Settings({}, signup="closed")
    answer = create_app(service).test_client().post("/api/v1/users", json=ADA)
    assert (answer.status_code, answer.json["reason"]) == (403, "SIGNUP_CLOSED")


def test_a_password_too_long_is_a_wrong_field_everywhere(client: FlaskClient, sign_in: SignIn) -> None:
    headers = sign_in()
    long = "x" * 1025
    for path in ("/users", "/tokens", "/sessions"):
        assert client.post("/api/v1" + path, json={"username": "eve", "password": long}).status_code == 422
    body = {"current_password": ADA["password"], "new_password": long}
    assert client.put("/api/v1/me/password", json=body, headers=headers).status_code == 422


def test_sign_in_and_out(client: FlaskClient, sign_in: SignIn) -> None:
    headers = sign_in()
    assert client.get("/api/v1/me", headers=headers).json["username"] == "ada"
    assert client.delete("/api/v1/tokens/current", headers=headers).status_code == 204
    assert client.get("/api/v1/me", headers=headers).status_code == 401


def test_wrong_passwords_and_the_pause(client: FlaskClient, sign_in: SignIn) -> None:
    sign_in()
    answers = [client.post("/api/v1/tokens", json=ADA | {"password": "wrong"}) for _ in range(5)]
    unknown = client.post("/api/v1/tokens", json={"username": "nobody", "password": "wrong"})
    assert {answer.status_code for answer in [*answers, unknown]} == {401}
    assert unknown.json["detail"] == answers[0].json["detail"]
    assert unknown.headers["WWW-Authenticate"].startswith("Bearer")
    paused = client.post("/api/v1/tokens", json=ADA)
    assert paused.status_code == 429
    assert 0 < int(paused.headers["Retry-After"]) <= 60


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer x", "Basic YTpi", "Bearer nb_" + "a" * 43, "Bearer \xff", "Bearer " + "x" * 1_000_000],
)
def test_bad_credentials_are_all_the_same_401(client: FlaskClient, header: str) -> None:
    none = client.get("/api/v1/me")
    bad = client.get("/api/v1/me", headers={"Authorization": header})
    assert bad.status_code == none.status_code == 401
    assert (bad.json["reason"], bad.json["detail"]) == (none.json["reason"], none.json["detail"])


def test_me_tells_quotas_and_use(client: FlaskClient, sign_in: SignIn) -> None:
    me = client.get("/api/v1/me", headers=sign_in()).json
    assert me["quotas"]["datasets"] == 1000
    assert me["use"] == {"datasets": 0, "bytes": 0, "queued": 0, "running": 0}


def test_keys(client: FlaskClient, sign_in: SignIn) -> None:
    ada, eve = sign_in(), sign_in("eve")
    made = [client.post("/api/v1/keys", json={"name": name}, headers=ada).json for name in "abc"]
    with_key = {"Authorization": f"Bearer {made[0]['key']}"}
    page = client.get("/api/v1/keys?page_size=2", headers=with_key).json
    rest = client.get(f"/api/v1/keys?page_token={page['next_page_token']}", headers=with_key).json
    assert {key["id"] for key in page["items"] + rest["items"]} == {key["id"] for key in made}
    assert rest["next_page_token"] is None
    assert not any("key" in key or "sha256" in key for key in page["items"])
    assert client.delete(f"/api/v1/keys/{made[0]['id']}", headers=eve).status_code == 404
    assert client.delete(f"/api/v1/keys/{made[0]['id']}", headers=ada).status_code == 204
    assert client.get("/api/v1/keys", headers=with_key).status_code == 401


def test_changing_the_password(client: FlaskClient, sign_in: SignIn) -> None:
    here, elsewhere = sign_in(), sign_in()
    body = {"current_password": "wrong", "new_password": "battery staple"}
    assert client.put("/api/v1/me/password", json=body, headers=here).status_code == 403
    body["current_password"] = ADA["password"]
    assert client.put("/api/v1/me/password", json=body, headers=here).status_code == 204
    assert client.get("/api/v1/me", headers=here).status_code == 200
    assert client.get("/api/v1/me", headers=elsewhere).status_code == 401


def test_deleting_the_account(client: FlaskClient, sign_in: SignIn) -> None:
    headers = sign_in()
    assert client.delete("/api/v1/me", headers=headers).status_code == 204
    assert client.get("/api/v1/me", headers=headers).status_code == 401
    assert client.post("/api/v1/tokens", json=ADA).status_code == 401
    assert client.post("/api/v1/users", json=ADA).status_code == 201


def test_activity_is_ones_own_newest_first(client: FlaskClient, sign_in: SignIn) -> None:
    ada, _ = sign_in(), sign_in("eve")
    client.post("/api/v1/keys", json={"name": "script"}, headers=ada)
    lines = client.get("/api/v1/activity", headers=ada).json["items"]
    assert [line["action"] for line in lines] == ["key.created", "account.created"]


class TestBrowser:
    """A session: a cookie that no script can read, and a token that no other site can."""

    def test_session(self, client: FlaskClient, sign_in: SignIn) -> None:
        sign_in()
        made = client.post("/api/v1/sessions", json=ADA)
        cookie = made.headers["Set-Cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
        assert "Path=/" in cookie
        assert client.get("/api/v1/me").status_code == 200
        assert client.get("/api/v1/sessions").json["csrf_token"] == made.json["csrf_token"]

    def test_unsafe_methods_need_the_csrf_token(self, client: FlaskClient, sign_in: SignIn) -> None:
        sign_in()
        token = client.post("/api/v1/sessions", json=ADA).json["csrf_token"]
        for headers in ({}, {"X-CSRF-Token": "wrong"}, {"X-CSRF-Token": "é"}):
            refused = client.post("/api/v1/keys", json={"name": "k"}, headers=headers)
            assert (refused.status_code, refused.json["reason"]) == (403, "CSRF_TOKEN_WRONG")
        headers = {"X-CSRF-Token": token}
        assert client.post("/api/v1/keys", json={"name": "k"}, headers=headers).status_code == 201
        assert client.delete("/api/v1/sessions", headers=headers).status_code == 204
        assert client.get("/api/v1/me").status_code == 401

    def test_a_session_is_no_bearer_token_and_a_token_no_session(self, client: FlaskClient, sign_in: SignIn) -> None:
        token = sign_in()["Authorization"].removeprefix("Bearer ")
        client.set_cookie("nobrains_session", token)
        assert client.get("/api/v1/me").status_code == 401
        client.post("/api/v1/sessions", json=ADA)
        session = client.get_cookie("nobrains_session")
        assert session is not None
        answer = client.get("/api/v1/me", headers={"Authorization": f"Bearer {session.value}"})
        assert answer.status_code == 401

    @pytest.mark.parametrize(
        ("host", "secure"),
        [("localhost:8000", False), ("127.0.0.1", False), ("[::1]:80", False), ("ml.example.org", True),
         ("localhost.evil.org", True)],
    )  # fmt: skip
    def test_the_cookie_is_secure_but_on_this_machine(
        self, app: Flask, sign_in: SignIn, host: str, secure: bool
    ) -> None:
        sign_in()
        made = app.test_client().post("/api/v1/sessions", json=ADA, headers={"Host": host})
        assert ("Secure" in made.headers["Set-Cookie"]) is secure

    def test_insecure_cookies_are_a_setting(self, service: Service, sign_in: SignIn, tmp_path: Path) -> None:
        sign_in()
        service.settings = Settings({}, insecure_cookies=True)
        made = create_app(service).test_client().post("/api/v1/sessions", json=ADA, headers={"Host": "ml.example.org"})
        assert "Secure" not in made.headers["Set-Cookie"]
