"""Object-level authorisation: what is ada's is nothing to eve, on every route there is.

The table has a line for each route. A route without one fails `test_every_route_has_its_line`.
"""

from __future__ import annotations

import re
from typing import Any

from flask import Flask

from core.service import Service
from core.storage import rows
from tests.security.conftest import CSV, MLFLOW, ROOTS, User

OBJECT, OWN, ADMIN, PUBLIC, STREAM = "object", "own", "admin", "public", "stream"
"""A thing by its id; the caller's own things; for administrators; for everybody; one's own, without an end."""

ROWS: dict[str, Any] = {"json": {"instances": [{"size": 1, "colour": "red"}]}}
TENSORS: dict[str, Any] = {
    "json": {
        "inputs": [
            {"name": "size", "datatype": "FP64", "shape": [1], "data": [1]},
            {"name": "colour", "datatype": "BYTES", "shape": [1], "data": ["red"]},
        ]
    }
}
BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/datasets"): {"data": CSV, "headers": {"Content-Type": "text/csv"}},
    ("PATCH", "/datasets/<dataset_id>"): {"json": {"name": "mine"}},
    ("POST", "/datasets/<dataset_id>/checks"): {"json": {"target": "nothing"}},
    ("POST", "/jobs"): {"json": {"dataset_id": "<dataset_id>", "target": "answer"}},
    ("POST", "/models"): {"data": b"\x80\x04", "headers": {"Content-Type": "application/octet-stream"}},
    ("POST", "/endpoints"): {"json": {"name": "made", "model_id": "<endpoint_model_id>"}},
    ("PATCH", "/endpoints/<name>"): {"json": {"note": "mine", "messages": True}},
    ("POST", "/endpoints/<name>/messages"): ROWS,
    ("PUT", "/endpoints/<name>/monitor"): {"json": {"min_rows": 50}},
    ("POST", "/endpoints/<name>/windows"): {"json": {"from": "2026-11-01T00:00:00Z", "to": "2026-11-02T00:00:00Z"}},
    ("PUT", "/endpoints/<name>/aliases/<alias>"): {"json": {"version": "<version>"}},
    ("PUT", "/endpoints/<name>/traffic"): {"json": {}},
    ("POST", "/endpoints/<name>/versions"): {"json": {"model_id": "<endpoint_model_id>"}},
    ("POST", "/models/<model_id>/predict"): ROWS,
    ("POST", "/endpoints/<name>/predict"): ROWS,
    ("POST", "/models/<model_id>/predictions"): {"json": {"dataset_id": "<dataset_id>"}},
    ("POST", "/evaluations"): {"json": {"dataset_id": "<dataset_id>", "model_id": "<model_id>"}},
    ("PATCH", "/models/<model_id>"): {"json": {"note": "mine"}},
    ("PUT", "/models/<model_id>/decision"): {"json": {"threshold": 0.3}},
    ("POST", "/comparisons"): {
        "json": {
            "dataset_id": "<dataset_id>",
            "models": ["<model_id>"],
            "versions": [{"endpoint": "<name>", "version": "<version>"}],
        }
    },
    ("GET", "/compare"): {"query_string": {"model": ["<model_id>", "<endpoint_model_id>"]}},
    ("POST", "/endpoints/<name>/feedback"): {"json": {"labels": [{"key": "k", "label": "yes"}]}},
    ("POST", "/endpoints/<name>/datasets"): {"json": {}},
    ("DELETE", "/endpoints/<name>/requests"): {"query_string": {"key": "k"}},
    ("POST", "/serving/<name>/invocations"): ROWS,
    ("POST", "/serving/<name>/versions/<version>/invocations"): ROWS,
    ("POST", "/v1/models/<name>:predict"): ROWS,
    ("POST", "/v2/models/<name>/infer"): TENSORS,
    ("POST", "/v2/models/<name>/versions/<version>/infer"): TENSORS,
    ("POST", "/keys"): {"json": {"name": "k"}},
    ("POST", "/webhooks"): {"json": {"url": "https://example.org/", "endpoint": "<name>"}},
    ("PATCH", "/webhooks/<webhook_id>"): {"json": {"note": "mine"}},
    ("POST", "/webhooks/<webhook_id>/confirm"): {"json": {"code": "123"}},
    ("PUT", "/secrets/<secret_name>"): {"json": {"value": "hers"}},
    ("PUT", "/me/password"): {"json": {"current_password": "wrong", "new_password": "battery staple"}},
    ("GET", "/jobs/<job_id>/ws"): {"headers": {"Connection": "Upgrade", "Upgrade": "websocket"}},
}
LINES: dict[tuple[str, str], str] = {
    **dict.fromkeys(
        [
            ("GET", "/datasets/<dataset_id>"),
            ("PATCH", "/datasets/<dataset_id>"),
            ("DELETE", "/datasets/<dataset_id>"),
            ("POST", "/datasets/<dataset_id>/checks"),
            ("GET", "/datasets/<dataset_id>/content"),
            ("GET", "/datasets/<dataset_id>/original"),
            ("GET", "/datasets/<dataset_id>/bad-rows"),
            ("GET", "/datasets/<dataset_id>/preview"),
            ("GET", "/datasets/<dataset_id>/report"),
            ("POST", "/jobs"),
            ("GET", "/jobs/<job_id>"),
            ("DELETE", "/jobs/<job_id>"),
            ("POST", "/jobs/<job_id>/stop"),
            ("POST", "/jobs/<job_id>/cancel"),
            ("POST", "/jobs/<job_id>/retry"),
            ("GET", "/jobs/<job_id>/trials"),
            ("GET", "/jobs/<job_id>/events"),
            ("GET", "/jobs/<job_id>/ws"),
            ("GET", "/models/<model_id>"),
            ("PATCH", "/models/<model_id>"),
            ("DELETE", "/models/<model_id>"),
            ("GET", "/models/<model_id>/download"),
            ("GET", "/models/<model_id>/evaluation"),
            ("GET", "/models/<model_id>/report"),
            ("POST", "/models/<model_id>/predict"),
            ("POST", "/endpoints/<name>/predict"),
            ("POST", "/models/<model_id>/predictions"),
            ("GET", "/models/<model_id>/predictions"),
            ("GET", "/models/<model_id>/predictions/<prediction_id>"),
            ("DELETE", "/models/<model_id>/predictions/<prediction_id>"),
            ("GET", "/models/<model_id>/predictions/<prediction_id>/content"),
            # After the downloads: a file with a rule is made by a worker.
            ("GET", "/models/<model_id>/decision"),
            ("PUT", "/models/<model_id>/decision"),
            ("DELETE", "/models/<model_id>/decision"),
            ("GET", "/predictions/<prediction_id>"),
            ("DELETE", "/predictions/<prediction_id>"),
            ("GET", "/predictions/<prediction_id>/content"),
            ("POST", "/comparisons"),
            ("GET", "/comparisons/<comparison_id>"),
            ("GET", "/comparisons/<comparison_id>/report"),
            ("DELETE", "/comparisons/<comparison_id>"),
            ("GET", "/compare"),
            ("POST", "/endpoints/<name>/feedback"),
            ("POST", "/endpoints/<name>/datasets"),
            ("GET", "/endpoints/<name>/requests"),
            ("DELETE", "/endpoints/<name>/requests"),
            ("POST", "/evaluations"),
            ("GET", "/evaluations/<evaluation_id>"),
            ("GET", "/evaluations/<evaluation_id>/report"),
            ("DELETE", "/evaluations/<evaluation_id>"),
            ("DELETE", "/keys/<key_id>"),
            ("POST", "/webhooks"),
            ("GET", "/webhooks/<webhook_id>"),
            ("PATCH", "/webhooks/<webhook_id>"),
            ("POST", "/webhooks/<webhook_id>/confirm"),
            ("POST", "/webhooks/<webhook_id>/test"),
            ("GET", "/webhooks/<webhook_id>/deliveries"),
            ("GET", "/webhooks/<webhook_id>/deliveries/<delivery_id>"),
            ("POST", "/webhooks/<webhook_id>/deliveries/<delivery_id>/redeliver"),
            ("DELETE", "/webhooks/<webhook_id>"),
            ("DELETE", "/secrets/<secret_name>"),
            ("POST", "/endpoints"),
            ("GET", "/endpoints/<name>"),
            ("PATCH", "/endpoints/<name>"),
            ("POST", "/endpoints/<name>/messages"),
            ("POST", "/endpoints/<name>/messages/take"),
            ("PUT", "/endpoints/<name>/aliases/<alias>"),
            ("PUT", "/endpoints/<name>/traffic"),
            ("POST", "/endpoints/<name>/rollback"),
            ("GET", "/endpoints/<name>/changes"),
            ("GET", "/endpoints/<name>/monitor"),
            ("PUT", "/endpoints/<name>/monitor"),
            ("POST", "/endpoints/<name>/windows"),
            ("GET", "/endpoints/<name>/windows"),
            ("GET", "/endpoints/<name>/windows/<start>"),
            ("GET", "/endpoints/<name>/alarms"),
            ("POST", "/endpoints/<name>/versions"),
            ("GET", "/endpoints/<name>/versions"),
            ("GET", "/endpoints/<name>/versions/<version>"),
            ("GET", "/endpoints/<name>/versions/<version>/download"),
            ("DELETE", "/endpoints/<name>/versions/<version>"),
            ("DELETE", "/endpoints/<name>/aliases/<alias>"),
            ("DELETE", "/endpoints/<name>"),  # After what is in it.
            *(
                ("GET", f"{start}{path}")
                for start in ("/serving/<name>", "/serving/<name>/versions/<version>")
                for path in ("/ping", "/health", "/version")
            ),
            ("POST", "/serving/<name>/invocations"),
            ("POST", "/serving/<name>/versions/<version>/invocations"),
            ("GET", "/v1/models/<name>"),
            ("POST", "/v1/models/<name>:predict"),
            ("GET", "/v2/models/<name>"),
            ("GET", "/v2/models/<name>/ready"),
            ("POST", "/v2/models/<name>/infer"),
            ("GET", "/v2/models/<name>/versions/<version>"),
            ("GET", "/v2/models/<name>/versions/<version>/ready"),
            ("POST", "/v2/models/<name>/versions/<version>/infer"),
            ("POST", "/v2/repository/models/<name>/load"),
            ("POST", "/v2/repository/models/<name>/unload"),
        ],
        OBJECT,
    ),
    **dict.fromkeys(
        [
            ("GET", "/datasets"),
            ("POST", "/datasets"),
            ("GET", "/jobs"),
            ("GET", "/models"),
            ("POST", "/models"),
            ("GET", "/endpoints"),
            ("GET", "/evaluations"),
            ("GET", "/comparisons"),
            ("GET", "/keys"),
            ("POST", "/keys"),
            ("GET", "/webhooks"),
            ("GET", "/secrets"),
            ("GET", "/activity"),
            ("PUT", "/secrets/<secret_name>"),  # A name is its account's own: another account's is another secret.
            ("GET", "/v1/models"),
            ("GET", "/v2/models"),
            ("POST", "/v2/repository/index"),
            ("GET", "/me"),
            ("PUT", "/me/password"),
            ("GET", "/sessions"),
            ("DELETE", "/sessions"),
            ("DELETE", "/tokens/current"),
            ("DELETE", "/me"),
        ],
        OWN,
    ),
    ("GET", "/events"): STREAM,  # tests/unit/api/routes/test_webhooks.py listens to it.
    **dict.fromkeys([("POST", "/users"), ("POST", "/tokens"), ("POST", "/sessions"), ("GET", "/openapi.json")], PUBLIC),
    **dict.fromkeys([("GET", f"/v2{path}") for path in ("", "/", "/health/live", "/health/ready")], PUBLIC),
}


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
        answer = ask(eve, method, rule, ada.ids)
        assert (answer.status_code, answer.get_json()["reason"]) == (404, "NOT_FOUND"), f"{method} {rule}"
        unknown = ask(eve, method, rule, {name: "nothing" for name in ada.ids})
        assert unknown.status_code == 404
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
        assert not [id for id in ada.ids.values() if id in answer.text], f"{method} {rule}"
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
