"""Who is not let in, and requests that come at the wrong moment."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from core.domain.users import Credential
from core.storage import rows
from tests.bad_input.conftest import Asker, problem_of

SECRET = "nb_" + "a" * 43
HEADERS: dict[str, dict[str, str]] = {
    "none": {},
    "empty": {"Authorization": ""},
    "no secret": {"Authorization": "Bearer"},
    "another scheme": {"Authorization": "Basic YWRhOmNvcnJlY3QgaG9yc2U="},
    "garbled": {"Authorization": "Bearer nb_garbled"},
    "well formed and unknown": {"Authorization": f"Bearer {SECRET}"},
    "two secrets": {"Authorization": f"Bearer {SECRET}, Bearer {SECRET}"},
    "not ASCII": {"Authorization": "Bearer \xfc"},
    "1 MB": {"Authorization": "Bearer " + "x" * 1_000_000},
    "a token as a cookie": {"Cookie": f"nobrains_session={SECRET}"},
    "a cookie of 1 MB": {"Cookie": "nobrains_session=" + "x" * 1_000_000},
}


def token(ask: Asker, **body: str) -> Any:
    return ask.client.post("/api/v1/tokens", json=ask.pair | body)


def test_bad_credentials_are_one_and_the_same_401(ask: Asker) -> None:
    details = set()
    for what, headers in HEADERS.items():
        answer = ask.app.test_client().get("/api/v1/me", headers=headers)
        assert problem_of(answer) == (401, "UNAUTHORIZED"), what
        assert answer.headers["WWW-Authenticate"].startswith("Bearer"), what
        details.add(answer.get_json()["detail"])
    for secret in (revoked(ask), expired(ask)):
        answer = ask.app.test_client().get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"})
        assert problem_of(answer) == (401, "UNAUTHORIZED")
        details.add(answer.get_json()["detail"])
    assert len(details) == 1


def revoked(ask: Asker) -> str:
    secret = str(token(ask).get_json()["token"])
    headers = {"Authorization": f"Bearer {secret}"}
    assert ask.client.delete("/api/v1/tokens/current", headers=headers).status_code == 204
    return secret


def expired(ask: Asker) -> str:
    secret = str(token(ask).get_json()["token"])
    tables, key = ask.service.ports.tables, rows.key("cred", rows.digest(secret))
    credential = rows.load(Credential, tables.get(key) or b"")
    tables.put(key, rows.dump(replace(credential, expires_at="2026-01-01T00:00:00.000Z")))
    return secret


def test_an_unknown_user_is_a_wrong_password(ask: Asker) -> None:
    wrong, unknown = token(ask, password="wrong horse"), token(ask, username="nobody")
    assert problem_of(wrong) == problem_of(unknown) == (401, "UNAUTHORIZED")
    assert wrong.get_json()["detail"] == unknown.get_json()["detail"]
    token(ask)


@pytest.mark.parametrize("known", [True, False])
def test_the_sixth_failure_is_429(ask: Asker, known: bool) -> None:
    pair = {"username": f"guessed-{known}", "password": "battery staple"}
    if known:
        assert ask.client.post("/api/v1/users", json=pair).status_code == 201
    answers = [token(ask, username=pair["username"], password="wrong horse") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert problem_of(answers[-1]) == (429, "TOO_MANY_FAILURES")
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 60
    assert token(ask, **pair).status_code == 429  # The right one, too.


PASSWORDS: list[tuple[dict[str, Any], str, str]] = [
    # body of POST /users, reason, field
    ({"username": "new", "password": "x" * 1025}, "INVALID_PASSWORD", "password"),
    ({"username": "new", "password": "x" * 7}, "INVALID_PASSWORD", "password"),
    ({"username": "new", "password": 12345678}, "VALIDATION_FAILED", "password"),
    ({"username": "new"}, "VALIDATION_FAILED", "password"),
    ({"password": "battery staple"}, "VALIDATION_FAILED", "username"),
    ({"username": "ab", "password": "battery staple"}, "INVALID_USERNAME", "username"),
    ({"username": "x" * 65, "password": "battery staple"}, "INVALID_USERNAME", "username"),
    ({"username": "a b c", "password": "battery staple"}, "INVALID_USERNAME", "username"),
    ({"username": "<b>x</b>", "password": "battery staple"}, "INVALID_USERNAME", "username"),
    ({"username": "ada#login", "password": "battery staple"}, "INVALID_USERNAME", "username"),
    ({"username": "ada\u0000", "password": "battery staple"}, "INVALID_USERNAME", "username"),
    ({"username": "\u0430da", "password": "battery staple"}, "INVALID_USERNAME", "username"),
    ({"username": "new", "password": "battery staple", "role": "admin"}, "VALIDATION_FAILED", "role"),
]


def test_sign_ups(ask: Asker) -> None:
    for body, reason, field in PASSWORDS:
        answer = ask.client.post("/api/v1/users", json=body)
        assert problem_of(answer) == (422, reason), body
        assert answer.get_json()["errors"][0]["field"] == field
    for name in (ask.pair["username"], ask.pair["username"].upper()):
        answer = ask.client.post("/api/v1/users", json={"username": name, "password": "battery staple"})
        assert problem_of(answer) == (409, "USERNAME_TAKEN")


def test_passwords_of_1025_characters_everywhere(ask: Asker) -> None:
    long = "x" * 1025
    for path in ("/tokens", "/sessions"):
        answer = ask.client.post(f"/api/v1{path}", json=ask.pair | {"password": long})
        assert problem_of(answer) == (422, "VALIDATION_FAILED")
    for body in ({"current_password": long, "new_password": "battery staple"},
                 {"current_password": "correct horse", "new_password": long}):  # fmt: skip
        assert ask.call("PUT", "/me/password", json=body).status_code == 422


@pytest.fixture(scope="module")
def over(ask: Asker) -> str:
    """The path of a job that is over."""
    dataset = ask.upload(b"x,y\n1,a\n2,b\n").get_json()["id"]
    job = ask.call("POST", "/jobs", json={"dataset_id": dataset, "target": "y"}).get_json()["id"]
    ask.call("POST", f"/jobs/{job}/cancel")
    assert ask.settled(f"/jobs/{job}")["state"] in ("cancelled", "failed")
    return f"/jobs/{job}"


@pytest.mark.parametrize(
    ("method", "below", "status", "reason"),
    [("POST", "/cancel", 409, "JOB_OVER"), ("POST", "/stop", 409, "JOB_OVER"), ("PATCH", "", 405, "METHOD_NOT_ALLOWED"),
     ("GET", "/events?last_event_id=-1", 422, "VALIDATION_FAILED"),
     ("GET", "/events?last_event_id=x", 422, "VALIDATION_FAILED")],
)  # fmt: skip
def test_jobs_that_are_over(ask: Asker, over: str, method: str, below: str, status: int, reason: str) -> None:
    assert problem_of(ask.call(method, over + below)) == (status, reason)


def test_no_session_without_its_token(ask: Asker) -> None:
    browser = ask.app.test_client()
    token = browser.post("/api/v1/sessions", json=ask.pair).get_json()["csrf_token"]
    for sent in ({}, {"X-CSRF-Token": ""}, {"X-CSRF-Token": token[:-1]}, {"X-CSRF-Token": "é"}):
        answer = browser.post("/api/v1/keys", json={"name": "k"}, headers=sent)
        assert problem_of(answer) == (403, "CSRF_TOKEN_WRONG")
