"""Rate limits over HTTP, in two processes' apps over one store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.app import create_app
from api.context import EXTENSION
from api.middleware.rate_limits import LIMITS
from backends.factory import create_backends
from core.limits import serving_limit
from core.service import Service
from core.settings import Settings
from tests.security.conftest import PASSWORD, User, sign_up
from tests.unit.api import trained
from tests.waiting import PATIENCE_S

Apps = Callable[..., tuple[Flask, Flask]]


@pytest.fixture
def apps(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Apps]:
    """Makes two apps with back ends of their own over one folder, whose clocks stand still."""
    # On a busy machine tables that are merely slow would be taken for away, and the limit would not be asked.
    monkeypatch.setattr(serving_limit, "WAIT_S", PATIENCE_S)
    opened = []

    def make(role: Any = "all", **changed: Any) -> tuple[Flask, Flask]:
        same = Settings({}, **{**settings.values, **changed})
        made = []
        for _ in range(2):
            opened.append(create_backends(same))
            made.append(create_app(Service(opened[-1], same), role))
            limits = made[-1].extensions[LIMITS]
            for limit in (limits.users, limits.predictions, limits.keys, limits.anonymous, limits.signups):
                limit.clock = lambda: 12345.0
        return made[0], made[1]

    yield make
    for ports in opened:
        ports.close()


def statuses(clients: tuple[Any, ...], count: int, ask: Callable[[Any], Any]) -> dict[int, int]:
    """How many answers of each status, the clients taking turns."""
    found: dict[int, int] = {}
    for number in range(count):
        status = ask(clients[number % len(clients)]).status_code
        found[status] = found.get(status, 0) + 1
    return found


def test_requests_of_a_user(apps: Apps) -> None:
    here, there = apps(requests_per_minute=10)
    ada, eve = sign_up(here, "ada"), sign_up(here, "eve")
    clients = (here.test_client(), there.test_client())

    def ask(user: User) -> Callable[[FlaskClient], Any]:
        return lambda client: client.get("/api/v1/me", headers=user.headers)

    assert statuses(clients, 25, ask(ada)) == {200: 10, 429: 15}
    refused = ask(ada)(clients[0])
    assert (refused.get_json()["reason"], refused.headers["Retry-After"]) == ("RATE_LIMITED", "15")
    assert statuses(clients, 5, ask(eve)) == {200: 5}
    for path in ("/healthz", "/readyz", "/metrics", "/", "/api/v1/openapi.json"):
        assert clients[0].get(path, headers=ada.headers).status_code == 200


def test_sign_ins_of_an_address(apps: Apps) -> None:
    here, there = apps(anonymous_requests_per_minute=10, trusted_proxies=1)
    clients = (here.test_client(), there.test_client())

    def guess(client: FlaskClient, address: str = "192.0.2.1") -> Any:
        body = {"username": "ada", "password": "wrong"}
        guess.names += 1  # type: ignore[attr-defined]
        body["username"] += str(guess.names)  # type: ignore[attr-defined]
        return client.post("/api/v1/tokens", json=body, headers={"X-Forwarded-For": address})

    guess.names = 0  # type: ignore[attr-defined]
    assert statuses(clients, 15, guess) == {401: 10, 429: 5}
    assert guess(clients[0], "192.0.2.2").status_code == 401
    assert guess(clients[0], "10.9.9.9, 192.0.2.1").status_code == 429  # Only the proxy's word counts.


def test_bad_credentials_of_an_address(apps: Apps) -> None:
    here, there = apps(anonymous_requests_per_minute=6)
    ada = sign_up(here, "ada")  # Two of the six.
    clients = (here.test_client(), there.test_client())
    bad = {"Authorization": "Bearer nb_" + "a" * 43}
    assert statuses(clients, 8, lambda client: client.get("/api/v1/me", headers=bad)) == {401: 4, 429: 4}
    assert here.test_client().get("/api/v1/me", headers=ada.headers).status_code == 200


@pytest.mark.parametrize(
    ("addresses", "made"), [(["2001:db8::1", "2001:db8::2"], 3), (["2001:db8:1::1", "2001:db8:2::1"], 6)]
)
def test_sign_ups_of_an_address_or_an_ipv6_network(apps: Apps, addresses: list[str], made: int) -> None:
    here, there = apps(signups_per_hour=3, trusted_proxies=1)
    clients = (here.test_client(), there.test_client())
    n_requests = 0

    def ask(client: FlaskClient) -> Any:
        nonlocal n_requests
        n_requests += 1
        body = {"username": f"user{n_requests}", "password": PASSWORD}
        address = addresses[n_requests // 2 % 2]
        return client.post("/api/v1/users", json=body, headers={"X-Forwarded-For": address})

    assert statuses(clients, 12, ask) == {201: made, 429: 12 - made}


def test_taken_names_count_as_sign_ups(apps: Apps) -> None:
    here, _ = apps(signups_per_hour=3)
    sign_up(here, "ada")
    body = {"username": "ada", "password": PASSWORD}
    found = statuses((here.test_client(),), 5, lambda client: client.post("/api/v1/users", json=body))
    assert found == {409: 2, 429: 3}


def test_predictions_handed_on_are_counted_once(apps: Apps) -> None:
    api, _ = apps("api", predictions_per_minute=5)
    predictor, _ = apps("predictor", predictions_per_minute=5)
    ada = sign_up(api, "ada")
    path = f"/models/{trained.store(api.extensions[EXTENSION], ada.ids['user_id']).id}/predict"
    found = statuses((ada,), 9, lambda user: user.call("POST", path, json={"instances": []}))
    assert found == {503: 9}  # It knows of no predictor to hand them on to.
    there = User(predictor.test_client(), "ada", ada.ids, ada.headers)
    found = statuses((there,), 9, lambda user: user.call("POST", path, json={"instances": []}))
    assert found == {422: 5, 429: 4}


def test_predictions_of_unknown_models_are_counted_where_they_end(apps: Apps) -> None:
    api, _ = apps("api", predictions_per_minute=5)
    predictor, _ = apps("predictor", predictions_per_minute=5)
    ada = sign_up(api, "ada")
    there = User(predictor.test_client(), "ada", ada.ids, ada.headers)
    found = statuses((there,), 9, lambda user: user.call("POST", "/models/nothing/predict", json={"instances": []}))
    assert found == {404: 5, 429: 4}


def test_predictions_have_a_limit_of_their_own(apps: Apps) -> None:
    here, there = apps(requests_per_minute=3, predictions_per_minute=20)
    ada = sign_up(here, "ada")
    clients = (here.test_client(), there.test_client())

    def predict(client: FlaskClient) -> Any:
        return client.post("/api/v1/models/nothing/predict", headers=ada.headers, json={"instances": [{}]})

    assert statuses(clients, 30, predict) == {404: 20, 429: 10}
    assert "predictions of this account: the limit is 20" in predict(clients[0]).get_json()["detail"]
    assert statuses(clients, 5, lambda client: client.get("/api/v1/me", headers=ada.headers)) == {200: 3, 429: 2}


def test_a_key_may_have_a_limit_of_its_own(apps: Apps) -> None:
    here, there = apps()
    ada = sign_up(here, "ada")
    clients = (here.test_client(), there.test_client())
    few, many = (
        {"Authorization": "Bearer " + ada.call("POST", "/keys", json={"name": "k", **body}).get_json()["key"]}
        for body in ({"per_minute": 7}, {})
    )

    def predict(client: FlaskClient) -> Any:
        return client.post("/api/v1/models/nothing/predict", headers=few, json={"instances": [{}]})

    assert statuses(clients, 5, lambda client: client.get("/api/v1/datasets", headers=few)) == {200: 5}
    assert statuses(clients, 5, predict) == {404: 2, 429: 3}
    assert "requests with this API key: the limit is 7" in predict(clients[1]).get_json()["detail"]
    assert clients[0].get("/api/v1/datasets", headers=many).status_code == 200
    assert ada.call("POST", "/keys", json={"name": "k"}, headers=few).status_code == 429
    shown = ada.call("GET", "/keys").get_json()["items"]
    assert sorted(str(key["per_minute"]) for key in shown) == ["7", "None"]


def test_the_limit_of_a_key_widens_nothing(apps: Apps) -> None:
    here, _ = apps(predictions_per_minute=5)
    ada = sign_up(here, "ada")
    made = ada.call("POST", "/keys", json={"name": "k", "per_minute": 50}).get_json()
    key = User(ada.client, "ada", ada.ids, {"Authorization": f"Bearer {made['key']}"})
    assert key.call("POST", "/keys", json={"name": "without a limit"}).get_json()["reason"] == "SCOPE_MISSING"
    found = statuses((key,), 9, lambda user: user.call("POST", "/models/nothing/predict", json={"instances": []}))
    assert found == {404: 5, 429: 4}


def test_limits_can_be_turned_off(apps: Apps) -> None:
    here, _ = apps(anonymous_requests_per_minute=0, signups_per_hour=0, requests_per_minute=0, predictions_per_minute=0)
    found = statuses((here.test_client(),), 400, lambda client: client.get("/api/v1/me"))
    assert found == {401: 400}
