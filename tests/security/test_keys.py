"""API keys: narrowed to scopes and to a time, void the moment they are revoked, in whichever process."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from api.app import create_app
from api.middleware.scopes import SCOPES_OF_VIEWS, UNRESTRICTED_ONLY
from backends.factory import create_backends
from core.accounts.credentials import CREDENTIAL_KINDS
from core.domain.users import SCOPES, Credential
from core.service import Service
from core.settings import Settings
from core.storage import rows
from tests.security.conftest import User
from tests.security.routes import BODIES
from tests.security.test_authorisation import fill


def with_key(user: User, secret: str) -> User:
    """The same user with an API key for her credentials."""
    return replace(user, headers={"Authorization": f"Bearer {secret}"})


def make_key(user: User, **body: Any) -> User:
    made = user.call("POST", "/keys", json={"name": "k", **body})
    assert made.status_code == 201, made.get_json()
    return with_key(user, made.get_json()["key"])


def closed_views(app: Flask) -> Iterator[tuple[str, str, str]]:
    """(method, path below /api/v1, endpoint) of every view that needs credentials."""
    for rule in app.url_map.iter_rules():
        if not getattr(app.view_functions[rule.endpoint], "public", False):
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                yield method, rule.rule.removeprefix("/api/v1"), rule.endpoint


def is_refused(answer: TestResponse) -> bool:
    """Whether the key's scopes do not reach the view."""
    body = answer.get_json(silent=True)
    return isinstance(body, dict) and body.get("reason") == "SCOPE_MISSING"


def test_each_view_has_its_scopes(service: Service) -> None:
    views = {endpoint for role in ("all", "api") for _, _, endpoint in closed_views(create_app(service, role))}  # type: ignore[arg-type]
    assert views == set(SCOPES_OF_VIEWS)


def test_a_key_reaches_the_views_of_its_scopes_and_no_others(app: Flask, service: Service, eve: User) -> None:
    user = service.accounts.authenticate(eve.headers["Authorization"].split()[1], CREDENTIAL_KINDS).user
    reached: dict[str, set[str]] = {}
    for method, rule, endpoint in closed_views(app):
        options = fill(BODIES.get((method, rule), {}), defaultdict(lambda: "nothing"))
        for scope in SCOPES:
            key, secret = service.accounts.create_key(user, "k", [scope])
            path = rule.replace("<", "").replace(">", "")
            answer = with_key(eve, secret).call(method, path, **options)
            if not is_refused(answer):
                reached.setdefault(endpoint, set()).add(scope)
            else:
                assert answer.status_code == 403
            if service.accounts.keys(user.id):
                service.accounts.revoke_key(user.id, key.id)
    assert reached == {endpoint: set(scopes) for endpoint, scopes in SCOPES_OF_VIEWS.items() if scopes}
    assert eve.call("GET", "/me").status_code == 200


def test_a_key_has_all_scopes_and_no_end_unless_told(eve: User) -> None:
    made = eve.call("POST", "/keys", json={"name": "k"}).get_json()
    assert (made["scopes"], made["expires_at"]) == (["read", "train", "predict"], None)
    whole = with_key(eve, made["key"])
    assert whole.call("POST", "/keys", json={"name": "another"}).status_code == 201


@pytest.mark.parametrize("narrowing", [{"scopes": ["train", "read"]}, {"expires_at": "2999-01-01T00:00:00+02:00"}])
def test_a_narrowed_key_widens_nothing(eve: User, narrowing: dict[str, Any]) -> None:
    narrow = make_key(eve, **narrowing)
    for method, path, body in [
        ("POST", "/keys", {"name": "wider"}),
        ("PUT", "/me/password", {"current_password": "correct horse", "new_password": "battery staple"}),
        ("DELETE", "/me", None),
    ]:
        answer = narrow.call(method, path, json=body)
        assert (answer.status_code, answer.get_json()["reason"]) == (403, "SCOPE_MISSING")
    shown = eve.call("GET", "/keys").get_json()["items"][0]
    assert shown["scopes"] == [scope for scope in SCOPES if scope in narrowing.get("scopes", SCOPES)]
    assert shown["expires_at"] == (narrowing.get("expires_at") and "2998-12-31T22:00:00.000Z")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"scopes": []}, "scopes"),
        ({"scopes": ["write"]}, "scopes.0"),
        ({"scopes": "read"}, "scopes"),
        ({"scopes": None}, "scopes"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
        ({"expires_at": "2999-01-01T00:00:00"}, "expires_at"),
        ({"expires_at": "tomorrow"}, "expires_at"),
        ({"expires_at": 4102444800}, "expires_at"),
        ({"expires_at": "9999-12-31T23:59:59-12:00"}, "expires_at"),
        ({"expires_at": "0001-01-01T00:00:00+12:00"}, "expires_at"),
        ({"per_minute": 0}, "per_minute"),
        ({"per_minute": -1}, "per_minute"),
        ({"per_minute": "60"}, "per_minute"),
        ({"per_minute": 1.5}, "per_minute"),
        ({"per_minute": 10**9}, "per_minute"),
    ],
)
def test_bad_narrowings(eve: User, body: dict[str, Any], field: str) -> None:
    answer = eve.call("POST", "/keys", json={"name": "k", **body})
    assert (answer.status_code, answer.get_json()["errors"][0]["field"]) == (422, field)


def test_an_expired_key_opens_nothing(eve: User, service: Service) -> None:
    key = make_key(eve, expires_at=(datetime.now(UTC) + timedelta(days=1)).isoformat())
    assert key.call("GET", "/datasets").status_code == 200
    row = rows.key("cred", rows.digest(key.headers["Authorization"].split()[1]))
    credential = rows.load(Credential, service.ports.tables.get(row) or b"")
    over = replace(credential, expires_at="2026-01-01T00:00:00.000Z")
    service.ports.tables.put(row, rows.dump(over))
    refused = key.call("GET", "/datasets")
    none = eve.client.get("/api/v1/datasets")
    assert (refused.status_code, refused.get_json()["detail"]) == (401, none.get_json()["detail"])


@pytest.fixture
def elsewhere(settings: Settings) -> Iterator[Flask]:
    """Another api process: an app with back ends of its own over the same folder."""
    ports = create_backends(settings)
    yield create_app(Service(ports, settings))
    ports.close()


def test_revocation_is_felt_at_once_by_every_process(eve: User, elsewhere: Flask) -> None:
    def there(user: User) -> int:
        return elsewhere.test_client().get("/api/v1/me", headers=user.headers).status_code

    made = eve.call("POST", "/keys", json={"name": "k"}).get_json()
    key = with_key(eve, made["key"])
    assert [there(key), there(eve)] == [200, 200]
    eve.call("DELETE", f"/keys/{made['id']}")
    assert there(key) == 401
    second = make_key(eve)
    assert there(second) == 200
    pair = {"current_password": "correct horse", "new_password": "battery staple"}
    assert eve.call("PUT", "/me/password", json=pair).status_code == 204
    assert [there(second), there(eve)] == [401, 200]
    eve.call("DELETE", "/tokens/current")
    assert there(eve) == 401


def test_a_session_ended_here_is_ended_there(eve: User, elsewhere: Flask) -> None:
    pair = {"username": "eve", "password": "correct horse"}
    made = eve.client.post("/api/v1/sessions", json=pair)
    cookie = eve.client.get_cookie("nobrains_session")
    assert cookie is not None
    browser = elsewhere.test_client()
    browser.set_cookie("nobrains_session", cookie.value)
    assert browser.get("/api/v1/me").status_code == 200
    token = {"X-CSRF-Token": made.get_json()["csrf_token"]}
    assert eve.client.delete("/api/v1/sessions", headers=token).status_code == 204
    assert browser.get("/api/v1/me").status_code == 401


def test_what_narrowed_keys_never_reach_is_what_is_meant() -> None:
    never = {view for view, scopes in SCOPES_OF_VIEWS.items() if scopes == UNRESTRICTED_ONLY}
    account = {f"accounts.{view}" for view in ("make_key", "revoke_key", "change_password", "delete_me")}
    assert never == account | {view for view in SCOPES_OF_VIEWS if view.startswith("administration.")}
