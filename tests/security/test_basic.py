"""HTTP Basic: an API key as the password, for clients that can send nothing else."""

from __future__ import annotations

import base64

import pytest
from flask import Flask

from tests.security.conftest import PASSWORD, User, sign_up


@pytest.fixture
def eve(app: Flask) -> User:
    return sign_up(app, "eve")


def basic(text: str) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(text.encode()).decode()}"}


def status(user: User, headers: dict[str, str], path: str = "/me") -> int:
    return user.client.get(f"/api/v1{path}", headers=headers).status_code


def test_a_key_is_the_password_of_any_username(eve: User) -> None:
    made = eve.call("POST", "/keys", json={"name": "k"}).get_json()
    for username in ("eve", "anybody", "", "é"):
        assert status(eve, basic(f"{username}:{made['key']}")) == 200, username
    lower = {"Authorization": basic(f"x:{made['key']}")["Authorization"].replace("Basic", "basic")}
    assert status(eve, lower) == 200
    eve.call("DELETE", f"/keys/{made['id']}")
    assert status(eve, basic(f"anybody:{made['key']}")) == 401


def test_a_narrowed_key_stays_narrow(eve: User) -> None:
    key = eve.call("POST", "/keys", json={"name": "k", "scopes": ["read"]}).get_json()["key"]
    assert status(eve, basic(f"x:{key}"), "/datasets") == 200
    refused = eve.client.post("/api/v1/keys", json={"name": "wider"}, headers=basic(f"x:{key}"))
    assert (refused.status_code, refused.get_json()["reason"]) == (403, "SCOPE_MISSING")


def test_nothing_but_keys_is_taken(eve: User) -> None:
    token = eve.headers["Authorization"].split()[1]
    eve.client.post("/api/v1/sessions", json={"username": "eve", "password": PASSWORD})
    cookie = eve.client.get_cookie("nobrains_session")
    assert cookie is not None
    key = eve.call("POST", "/keys", json={"name": "k"}).get_json()["key"]
    eve.client.delete_cookie("nobrains_session")
    for pair in (
        f"x:{token}",
        f"x:{cookie.value}",
        f"eve:{PASSWORD}",
        f"{key}:",
        f"{key}:x",
        key,
        ":",
        "",
        f"x:{key} ",
    ):
        assert status(eve, basic(pair)) == 401, pair


@pytest.mark.parametrize(
    "value", ["Basic", "Basic ", "Basic %%%", "Basic YQ", "Basic /w==", "Basic a b c", "Digest x=y"]
)
def test_what_is_garbled_is_refused_in_the_same_words_and_never_asked_for(eve: User, value: str) -> None:
    refused = eve.client.get("/api/v1/me", headers={"Authorization": value})
    none = eve.client.get("/api/v1/me")
    assert (refused.status_code, refused.get_json()["detail"]) == (401, none.get_json()["detail"])
    assert refused.headers["WWW-Authenticate"].startswith("Bearer")
    assert "basic" not in refused.headers["WWW-Authenticate"].lower()
