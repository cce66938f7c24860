"""What guards browsers: headers on every answer, a token for every change, and only the proxies that are trusted."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from api.app import create_app
from core.service import Service
from core.settings import Settings
from tests.security.conftest import User, sign_up
from tests.security.test_authorisation import ask, routes

PASSWORD = "correct horse"


def check_headers(answer: Any, what: str) -> None:
    """The headers that each answer has, whoever gave it."""
    headers = answer.headers
    assert headers["X-Content-Type-Options"] == "nosniff", what
    assert headers["X-Frame-Options"] == "DENY", what
    assert headers["Referrer-Policy"] == "no-referrer", what
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin", what
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin", what
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy, what
    assert "frame-ancestors 'none'" in policy, what
    assert "unsafe" not in policy or "sandbox" in policy, what
    assert "Access-Control-Allow-Origin" not in headers, what
    assert "Cache-Control" in headers, what
    assert "Server" not in headers or "werkzeug" not in headers["Server"].lower(), what


def test_every_answer_has_them(two: tuple[User, User], app: Flask) -> None:
    ada, _ = two
    stranger = User(app.test_client(), "nobody", ada.ids, {})
    for method, rule in routes(app):
        if method == "GET" and not rule.endswith(("/events", "/ws")):
            check_headers(ask(ada, method, rule, ada.ids), f"{method} {rule}")
        check_headers(ask(stranger, method, rule, ada.ids), f"{method} {rule}, refused")
    for path in ("/", "/docs", "/healthz", "/metrics", "/nothing", "/static/nothing"):
        check_headers(stranger.client.get(path), path)


def test_files_of_users_are_never_pages(two: tuple[User, User]) -> None:
    ada, _ = two
    for path in (f"/datasets/{ada.ids['dataset_id']}/content", f"/models/{ada.ids['model_id']}/download"):
        answer = ada.call("GET", path)
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.mimetype in ("text/csv", "application/octet-stream")


def test_every_change_by_a_browser_needs_the_token(two: tuple[User, User], app: Flask) -> None:
    ada, _ = two
    browser = User(app.test_client(), "ada", ada.ids, {})
    made = browser.client.post("/api/v1/sessions", json={"username": "ada", "password": PASSWORD})
    unsafe = [
        route
        for route in routes(app)
        if route[0] != "GET" and route[1] not in ("/users", "/tokens", "/sessions", "/hooks/<token>")
    ]
    for method, rule in unsafe:
        answer = ask(browser, method, rule, ada.ids)
        assert (answer.status_code, answer.get_json()["reason"]) == (403, "CSRF_TOKEN_WRONG"), f"{method} {rule}"
    browser.headers["X-CSRF-Token"] = made.get_json()["csrf_token"]
    assert ask(browser, "PATCH", "/datasets/<dataset_id>", ada.ids).status_code == 200


def test_another_sessions_token_does_not_do(app: Flask, two: tuple[User, User]) -> None:
    pair = {"username": "ada", "password": PASSWORD}
    browsers = [app.test_client() for _ in range(2)]
    tokens = [browser.post("/api/v1/sessions", json=pair).get_json()["csrf_token"] for browser in browsers]
    answer = browsers[0].post("/api/v1/keys", json={"name": "k"}, headers={"X-CSRF-Token": tokens[1]})
    assert answer.get_json()["reason"] == "CSRF_TOKEN_WRONG"


@pytest.mark.parametrize(
    ("hops", "forwarded", "secure"),
    [(0, "https", False), (1, "https", True), (1, "http", False), (1, "https, http", False), (2, "https, http", True)],
)
def test_tls_is_believed_of_trusted_proxies_only(service: Service, hops: int, forwarded: str, secure: bool) -> None:
    service.settings = Settings({}, **{**service.settings.values, "trusted_proxies": hops})
    client = create_app(service).test_client()
    answer = client.get("/healthz", headers={"X-Forwarded-Proto": forwarded, "Host": "ml.example.org"})
    assert ("Strict-Transport-Security" in answer.headers) is secure


def test_forwarded_hosts_do_not_make_cookies_insecure(app: Flask) -> None:
    sign_up(app, "ada")
    headers = {"Host": "ml.example.org", "X-Forwarded-Host": "localhost"}
    pair = {"username": "ada", "password": PASSWORD}
    made = app.test_client().post("/api/v1/sessions", json=pair, headers=headers)
    cookie = made.headers["Set-Cookie"]
    assert all(part in cookie for part in ("Secure", "HttpOnly", "SameSite=Strict", "Path=/"))
