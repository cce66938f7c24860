"""Accounts, tokens and keys."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from flask import Flask, request

import nobrains_client as sdk
from nobrains_client import Client


def test_signing_up_is_not_signing_in(app: Flask, client: Client) -> None:
    app.post("/api/v1/users")(lambda: ({"id": "u", "username": request.get_json()["username"]}, 201))
    assert client.sign_up("ada", "a long password").username == "ada"
    assert client.token == "secret-token"


def test_a_token_is_used_until_sign_out(app: Flask, client: Client) -> None:
    app.post("/api/v1/tokens")(lambda: ({"token": "fresh", "expires_at": "2027-01-01T00:00:00Z"}, 201))
    app.get("/api/v1/me")(lambda: {"id": request.headers["Authorization"], "quotas": {"datasets": 10}})
    app.delete("/api/v1/tokens/current")(lambda: ("", 204))
    assert client.sign_in("ada", "a long password") is client
    assert client.me().id == "Bearer fresh"
    assert client.me().quotas == {"datasets": 10}
    client.sign_out()
    assert client.token is None


def test_a_wrong_password_is_unauthorized(app: Flask, client: Client, problem: Any) -> None:
    app.post("/api/v1/tokens")(lambda: problem(401, "BAD_CREDENTIALS"))
    with pytest.raises(sdk.Unauthorized):
        client.sign_in("ada", "wrong")


def test_signing_in_opens_the_account_where_asked_to(app: Flask, client: Client, problem: Any) -> None:
    accounts: dict[str, str] = {}

    def sign_up() -> Any:
        body = request.get_json()
        if body["username"] in accounts:
            return problem(409, "USERNAME_TAKEN")
        accounts[body["username"]] = body["password"]
        return {"id": "u", "username": body["username"]}, 201

    def sign_in() -> Any:
        body = request.get_json()
        right = accounts.get(body["username"]) == body["password"]
        return {"token": f"of {body['username']}"} if right else problem(401, "BAD_CREDENTIALS")

    app.post("/api/v1/users")(sign_up)
    app.post("/api/v1/tokens")(sign_in)
    with pytest.raises(sdk.Unauthorized):
        client.sign_in("ada", "a long password")
    for _ in range(2):
        assert client.sign_in("ada", "a long password", sign_up=True).token == "of ada"
    with pytest.raises(sdk.Unauthorized):
        client.sign_in("ada", "another password", sign_up=True)
    assert accounts == {"ada": "a long password"}


def test_keys_are_shown_once(app: Flask, client: Client) -> None:
    app.post("/api/v1/keys")(lambda: ({"id": "k", "name": "ci", "key": "the secret"}, 201))
    app.get("/api/v1/keys")(lambda: {"items": [{"id": "k", "name": "ci"}]})
    app.delete("/api/v1/keys/k")(lambda: ("", 204))
    key = client.create_key("ci")
    assert key.key == "the secret"
    assert "the secret" not in repr(key)
    keys = list(client.keys())
    assert [found.key for found in keys] == [None]
    client.revoke_key(key)


def test_keys_can_be_narrowed(app: Flask, client: Client) -> None:
    seen: list[Any] = []
    end = "2030-01-01T00:00:00+00:00"
    answer = {"id": "k", "name": "ci", "scopes": ["read"], "expires_at": end}
    app.post("/api/v1/keys")(lambda: (seen.append(request.get_json()) or answer, 201))
    key = client.create_key("ci", scopes=["read"], expires_at=datetime.fromisoformat(end))
    assert seen == [{"name": "ci", "scopes": ["read"], "expires_at": end}]
    assert (key.scopes, key.expires_at) == (["read"], datetime.fromisoformat(end))


def test_activity_is_read(app: Flask, client: Client) -> None:
    app.get("/api/v1/activity")(lambda: {"items": [{"action": "upload", "subject": "dataset/d"}]})
    assert [line.subject for line in client.activity()] == ["dataset/d"]


def test_the_password_is_changed_and_the_account_deleted(app: Flask, client: Client) -> None:
    seen: list[Any] = []
    app.put("/api/v1/me/password")(lambda: (seen.append(request.get_json()) or "", 204))
    app.delete("/api/v1/me")(lambda: (seen.append("deleted") or "", 204))
    client.change_password("old", "new")
    client.delete_account()
    assert seen == [{"current_password": "old", "new_password": "new"}, "deleted"]
    assert client.token is None
