"""Object-level authorisation: what is ada's is nothing to eve, on every route there is.

The table has a line for each route. A route without one fails `test_every_route_has_its_line`.
"""

from __future__ import annotations

import re
from typing import Any

from flask import Flask

from core.service import Service
from core.storage import rows
from tests.security.conftest import MLFLOW, ROOTS, User
from tests.security.routes import ADMIN, BODIES, LINES, OBJECT, OWN, REFUSALS


def kind_of(method: str, rule: str) -> str | None:
    """What the route is about; administration and what lies outside the API by their paths."""
    if rule.startswith("/admin/"):
        return ADMIN
    return LINES.get((method, rule))


def routes(app: Flask) -> list[tuple[str, str]]:
    """(method, path below /api/v1, or the whole one of other protocols) of every route of the API."""
    return sorted(
        (method, rule.rule.removeprefix("/api/v1"))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(ROOTS)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    )


def fill(value: Any, ids: dict[str, str]) -> Any:
    """The same with `<name>` replaced by that id."""
    if isinstance(value, str):
        return re.sub(r"<(\w+)>", lambda found: ids[found[1]], value)
    if isinstance(value, list):
        return [fill(each, ids) for each in value]
    return {name: fill(each, ids) for name, each in value.items()} if isinstance(value, dict) else value


def ask(user: User, method: str, rule: str, ids: dict[str, str]) -> Any:
    """The route with these ids in its path and body, asked by the user."""
    return user.call(method, fill(rule, ids), **fill(BODIES.get((method, rule), {}), ids))


def belongings(service: Service, user: User) -> dict[str, bytes]:
    """Every row of the user's but those that count requests."""
    found = rows.scan_all(service.ports.tables, "")
    return {row.key: row.value for row in found if user.ids["user_id"] in row.key}


def test_every_route_has_its_line(app: Flask) -> None:
    assert [route for route in routes(app) if kind_of(*route) is None] == []
    assert set(LINES) - set(routes(app)) == set()


def test_routes_outside_the_api_are_public_or_another_protocols(app: Flask) -> None:
    """Those of other protocols are closed as all others are: `SCOPES_OF_VIEWS` has them."""
    for rule in app.url_map.iter_rules():
        public = getattr(app.view_functions[rule.endpoint], "public", False)
        assert public or rule.rule.startswith((*ROOTS, MLFLOW)), rule


def test_what_is_adas_is_nothing_to_eve(two: tuple[User, User], service: Service) -> None:
    ada, eve = two
    before, blobs = belongings(service, ada), set(service.ports.blobs.names(""))
    for method, rule in [route for route, kind in LINES.items() if kind == OBJECT]:
        answer, refused = ask(eve, method, rule, ada.ids), REFUSALS.get((method, rule), (404, "NOT_FOUND"))
        assert (answer.status_code, answer.get_json()["reason"]) == refused, f"{method} {rule}"
        unknown = ask(eve, method, rule, {name: "nothing" for name in ada.ids} | {"number": "1"})
        assert unknown.status_code == refused[0]
        assert words(unknown, "nothing") == words(answer, *ada.ids.values()), f"{method} {rule} tells what is there"
    assert belongings(service, ada) == before
    assert set(service.ports.blobs.names("")) == blobs


def words(answer: Any, *ids: str) -> str:
    """The detail without ids."""
    text: str = answer.get_json()["detail"]
    for id in ids:
        text = text.replace(id, "")
    return text


def test_to_ada_it_is_something(two: tuple[User, User]) -> None:
    """Otherwise the test above would show nothing."""
    ada, _ = two
    owned = [route for route, kind in LINES.items() if kind == OBJECT and not route[1].endswith("/ws")]
    for method, rule in sorted(owned, key=lambda route: (route[0] == "DELETE", "/models/<model_id>" not in route[1])):
        if "prediction_id" in rule and method == "DELETE":
            ada.ids["prediction_id"] = ask(ada, "POST", "/models/<model_id>/predictions", ada.ids).get_json()["id"]
        if "evaluation_id" in rule and method == "DELETE":
            ada.ids["evaluation_id"] = ask(ada, "POST", "/evaluations", ada.ids).get_json()["id"]
        if "comparison_id" in rule and method == "DELETE":
            ada.ids["comparison_id"] = ask(ada, "POST", "/comparisons", ada.ids).get_json()["id"]
        if rule == "/models/<model_id>" and method == "DELETE":
            continue  # The last of all.
        answer = ask(ada, method, rule, ada.ids)
        assert answer.status_code in {200, 201, 202, 204, 409, 422}, f"{method} {rule}"
        answer.close()
    assert ask(ada, "DELETE", "/models/<model_id>", ada.ids).status_code == 204


def test_eves_own_things_do_not_open_adas(two: tuple[User, User]) -> None:
    ada, eve = two
    mixed = [
        ("POST", f"/models/{eve.ids['model_id']}/predictions", {"json": {"dataset_id": ada.ids["dataset_id"]}}),
        ("GET", f"/models/{eve.ids['model_id']}/predictions/{ada.ids['prediction_id']}", {}),
        ("GET", f"/models/{ada.ids['model_id']}/predictions/{eve.ids['prediction_id']}", {}),
        ("DELETE", f"/models/{eve.ids['model_id']}/predictions/{ada.ids['prediction_id']}", {}),
    ]
    for method, path, options in mixed:
        assert eve.call(method, path, **options).status_code == 404, path


def test_ones_own_is_ones_own(two: tuple[User, User], service: Service) -> None:
    ada, eve = two
    before = belongings(service, ada)
    for method, rule in [route for route, kind in LINES.items() if kind == OWN]:
        eve.sign_in()
        answer = ask(eve, method, rule, ada.ids)
        assert answer.status_code in {200, 201, 204, 403, 404, 422}, f"{method} {rule}"
        assert not [id for name, id in ada.ids.items() if name != "number" and id in answer.text], f"{method} {rule}"
        assert "adas-" not in answer.text, f"{method} {rule}"
    assert belongings(service, ada) == before
    assert ada.call("GET", "/me").status_code == 200


def test_pages_and_filters_do_not_open_adas(two: tuple[User, User]) -> None:
    ada, eve = two
    assert eve.call("GET", f"/jobs?dataset_id={ada.ids['dataset_id']}").get_json()["items"] == []
    for kind in ("datasets", "jobs", "models", "keys", "activity"):
        ada.call("POST", "/keys", json={"name": "second"})
        token = ada.call("GET", f"/{kind}?page_size=1").get_json()["next_page_token"]
        if token is not None:
            assert "adas-" not in eve.call("GET", f"/{kind}?page_token={token}").text


def test_administration_is_closed_to_users(two: tuple[User, User], app: Flask) -> None:
    ada, eve = two
    closed = [(method, rule) for method, rule in routes(app) if kind_of(method, rule) == ADMIN]
    assert closed
    for method, rule in closed:
        answer = ask(eve, method, rule, ada.ids)
        assert (answer.status_code, answer.get_json()["reason"]) == (403, "ADMIN_ONLY"), f"{method} {rule}"
