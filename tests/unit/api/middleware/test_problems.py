"""Every error is a problem of RFC 9457, whoever raises it."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.app import create_app
from api.middleware.auth import public
from core import errors
from core.service import Service
from core.settings import Settings


def check(answer: TestResponse, status: int, reason: str) -> dict[str, Any]:
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    problem: dict[str, Any] = answer.json  # type: ignore[assignment]
    assert {"type", "title", "status", "detail", "reason", "request_id"} <= set(problem)
    assert (problem["status"], problem["reason"]) == (status, reason)
    assert problem["request_id"] == answer.headers["X-Request-ID"]
    return problem


@pytest.mark.parametrize(
    ("error", "status", "reason"),
    [
        (errors.Invalid("TARGET_NOT_FOUND", "no"), 422, "TARGET_NOT_FOUND"),
        (errors.Unauthorized(), 401, "UNAUTHORIZED"),
        (errors.Forbidden("NO", "no"), 403, "NO"),
        (errors.NotFound("job", "x"), 404, "NOT_FOUND"),
        (errors.Conflict("JOB_OVER", "no"), 409, "JOB_OVER"),
        (errors.TooLarge("FILE_TOO_LARGE", "no"), 413, "FILE_TOO_LARGE"),
        (errors.Unsupported("NO", "no"), 415, "NO"),
        (errors.TooMany("SLOW", "no", 7), 429, "SLOW"),
        (errors.Unavailable("host 10.0.0.1 refused"), 503, "UNAVAILABLE"),
        (errors.StorageFull("/data/blob x: no space"), 507, "STORAGE_FULL"),
        (errors.Corrupted("blob x"), 500, "STORED_DATA_DAMAGED"),
        (errors.BlobMissing("blob x"), 500, "STORED_DATA_DAMAGED"),
        (errors.LeaseLost("x"), 500, "INTERNAL"),
        (ZeroDivisionError("secret"), 500, "INTERNAL"),
        (RecursionError(), 500, "INTERNAL"),
    ],
)
def test_what_a_view_raises(app: Flask, error: Exception, status: int, reason: str) -> None:
    @public
    def view() -> None:
        raise error

    app.add_url_rule("/raise", "raise", view)
    answer = app.test_client().get("/raise")
    problem = check(answer, status, reason)
    assert not any(word in answer.text for word in ("Traceback", "10.0.0.1", "secret", "blob x"))
    assert problem["detail"]
    if status in (429, 503, 507):
        assert int(answer.headers["Retry-After"]) == (7 if status == 429 else 2)


def test_unknown_paths_and_methods(client: FlaskClient) -> None:
    check(client.get("/api/v1/nothing"), 404, "NOT_FOUND")
    check(client.get("/api/v1/%ff"), 404, "NOT_FOUND")
    wrong = client.put("/api/v1/users", json={})
    check(wrong, 405, "METHOD_NOT_ALLOWED")
    assert "POST" in wrong.headers["Allow"]


def test_each_wrong_field_is_named(client: FlaskClient) -> None:
    answer = client.post("/api/v1/tokens", json={"usernam": "ada", "password": 5})
    problem = check(answer, 422, "VALIDATION_FAILED")
    found = {entry["field"]: entry for entry in problem["errors"]}
    assert set(found) == {"username", "usernam", "password"}
    assert found["usernam"]["hint"] == "Did you mean 'username'?"


def test_many_unknown_fields_make_a_short_answer(client: FlaskClient) -> None:
    answer = client.post("/api/v1/tokens", json={str(number): 1 for number in range(10_000)})
    assert len(check(answer, 422, "VALIDATION_FAILED")["errors"]) == 20


@pytest.mark.parametrize("body", [b"[]", b'"x"', b"5", b"null"])
def test_a_body_must_be_an_object(client: FlaskClient, body: bytes) -> None:
    answer = client.post("/api/v1/users", data=body, content_type="application/json")
    check(answer, 422, "NOT_AN_OBJECT")


def test_malformed_json(client: FlaskClient) -> None:
    answer = client.post("/api/v1/users", data=b"{nope", content_type="application/json")
    check(answer, 400, "MALFORMED_JSON")


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-www-form-urlencoded"])
def test_other_content_types(client: FlaskClient, content_type: str | None) -> None:
    answer = client.post("/api/v1/users", data=b"{}", content_type=content_type)
    check(answer, 415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize("chunked", [False, True])
def test_bodies_over_the_limit(service: Service, chunked: bool) -> None:
    service.settings = Settings({}, max_body_bytes=1000)
    client = create_app(service).test_client()
    body = b'{"username": "' + b"x" * 1000 + b'"}'
    if chunked:  # as the server hands it over: no length, but a stream that ends
        import io

        answer = client.post(
            "/api/v1/users",
            input_stream=io.BytesIO(body),
            content_type="application/json",
            environ_overrides={"wsgi.input_terminated": True},
        )
    else:
        answer = client.post("/api/v1/users", data=body, content_type="application/json")
    check(answer, 413, "TOO_LARGE")
