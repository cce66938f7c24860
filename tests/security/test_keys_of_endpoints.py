"""API keys for single endpoints: they predict with those, and do nothing else."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest
from flask import Flask

from api.middleware.scopes import PREDICT, SCOPES_OF_VIEWS, check_scope
from core.errors import Forbidden
from core.service import Service
from tests.security.conftest import User
from tests.security.routes import BODIES
from tests.security.test_authorisation import fill
from tests.security.test_keys import closed_views, is_refused, make_key


def with_endpoints(eve: User, *names: str) -> None:
    for name in names:
        assert eve.call("POST", "/endpoints", json={"name": name}).status_code == 201


def test_a_key_for_an_endpoint_predicts_with_it_and_does_nothing_else(app: Flask, eve: User) -> None:
    with_endpoints(eve, "income", "other")
    key = make_key(eve, endpoints=["income"])
    reached = set()
    for method, rule, endpoint in closed_views(app):
        for name in ("income", "other"):
            options = fill(BODIES.get((method, rule), {}), defaultdict(lambda: "nothing"))
            path = rule.replace("<name>", name).replace("<", "").replace(">", "")
            answer = key.call(method, path, **options)
            if not is_refused(answer):
                reached.add((name, endpoint))
            else:
                assert answer.status_code == 403
    with_one = {endpoint for _, rule, endpoint in closed_views(app) if "<name>" in rule}
    assert reached == {("income", view) for view in with_one if "predict" in SCOPES_OF_VIEWS[view]}
    assert eve.call("GET", "/me").status_code == 200


def test_paths_that_predict_mean_an_endpoint_by_name(app: Flask) -> None:
    """Else a key for an endpoint would reach something else that has its name."""
    places = ("/endpoints/<name>", "/v1/models/<name>", "/v2/models/<name>", "/serving/<name>")
    found = [rule for _, rule, view in closed_views(app) if "<name>" in rule and "predict" in SCOPES_OF_VIEWS[view]]
    assert [rule for rule in found if not rule.startswith(places)] == []


def test_a_key_says_which_endpoints_it_is_for(eve: User) -> None:
    with_endpoints(eve, "income", "other")
    made = eve.call("POST", "/keys", json={"name": "k", "endpoints": ["other", "income", "other"]}).get_json()
    assert (made["endpoints"], made["scopes"]) == (["income", "other"], ["predict"])
    shown = eve.call("GET", "/keys").get_json()["items"][0]
    assert (shown["endpoints"], shown["scopes"]) == (["income", "other"], ["predict"])
    assert eve.call("POST", "/keys", json={"name": "k"}).get_json()["endpoints"] is None


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"endpoints": []}, "endpoints"),
        ({"endpoints": ["missing"]}, "endpoints.0"),
        ({"endpoints": "income"}, "endpoints"),
        ({"endpoints": ["income"], "scopes": ["read"]}, "scopes"),
        ({"endpoints": [""]}, "endpoints.0"),
    ],
)
def test_bad_endpoints_of_a_key(eve: User, body: dict[str, Any], field: str) -> None:
    with_endpoints(eve, "income")
    answer = eve.call("POST", "/keys", json={"name": "k", **body})
    assert (answer.status_code, answer.get_json()["errors"][0]["field"]) == (422, field)


@pytest.mark.parametrize(("name", "reached"), [("income", True), ("other", False), (None, False)])
def test_a_view_that_predicts_is_reached_with_the_keys_own_endpoints(
    eve: User, service: Service, monkeypatch: pytest.MonkeyPatch, name: str | None, reached: bool
) -> None:
    monkeypatch.setitem(SCOPES_OF_VIEWS, "some.predict", PREDICT)
    with_endpoints(eve, "income", "other")
    secret = make_key(eve, endpoints=["income"]).headers["Authorization"].split()[1]
    principal = service.accounts.authenticate(secret, {"key"})
    arguments = {} if name is None else {"name": name}
    if reached:
        check_scope(principal, "some.predict", arguments)
    else:
        with pytest.raises(Forbidden):
            check_scope(principal, "some.predict", arguments)
