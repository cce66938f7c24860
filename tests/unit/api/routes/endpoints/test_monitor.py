"""Monitoring of endpoints over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from core.domain.ids import new_id, now
from core.domain.records import Model
from core.monitoring.windows import Worked
from core.service import Service
from core.storage import rows

FROM, TO = "2026-11-01T00:00:00Z", "2026-11-02T00:00:00+00:00"
FOUND = {
    "columns": [{"name": "age", "drifted": True, "effect": 0.4, "histogram": {"bins": []}}],
    "inputs": {"weighted_share": 1.0, "drifted": True, "why": "'age' has drifted."},
}


class Ada:
    """Ada with an endpoint `income`."""

    def __init__(self, client: FlaskClient, headers: dict[str, str], service: Service, id: str) -> None:
        self.client, self.headers, self.service, self.id = client, headers, service, id
        model = Model(new_id(), id, "job", "data", now(), f"{id}/models/x", 1, "",
                      {"task": "binary", "target": "t", "classes": ["no", "yes"], "features": []}, True)  # fmt: skip
        service.ports.tables.put(rows.key("model", id, model.id), rows.dump(model))
        assert self.call("POST", "/endpoints", {"name": "income", "model_id": model.id}).status_code == 201

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        sent = {**self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return self.client.open(f"/api/v1{path}", method=method, json=body, headers=sent)

    def get(self, path: str) -> Any:
        answer = self.call("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.get_json()

    def work(self) -> None:
        """Work out the newest window, as a worker would."""
        monitoring = self.service.monitoring
        endpoint = self.service.endpoints.get(self.id, "income")
        window = monitoring.page(self.id, "income", None, None, 1).items[0]
        finding = {"kind": "drift", "detail": "'age' has drifted.", "figures": {"share": 1.0}}
        worked = Worked(FOUND, 700, 3, summary={**FOUND, "columns": [{"name": "age", "drifted": True}]},
                        signals={"drift": True}, findings=[finding])  # fmt: skip
        monitoring.windows.record(endpoint, window, worked, datetime.now(UTC))


@pytest.fixture
def caller(client: FlaskClient, ada: dict[str, str], service: Service, ada_id: str) -> Ada:
    return Ada(client, ada, service, ada_id)


def test_every_endpoint_is_watched_by_default(caller: Ada) -> None:
    monitor = caller.get("/endpoints/income/monitor")
    assert (monitor["window"], monitor["every"], monitor["min_rows"], monitor["timezone"]) == ("1d", "1h", 200, "UTC")
    assert monitor["drift"] == {
        "adjusted_p": 0.01, "effect": {"number": 0.1, "category": 0.1, "text": 0.1}, "share": 0.3, "weighted": True,
        "for": 1,
    }  # fmt: skip
    assert monitor["performance"] == {"metric": "auto", "drop": 0.03, "z": 3.0, "for": 2}
    assert (monitor["notify"], monitor["email"], monitor["retrain"]) == ([], [], None)
    assert (monitor["state"]["health"], monitor["state"]["alarms"]) == ("ok", [])


def test_settings_are_set_checked_and_guarded_by_their_etag(caller: Ada) -> None:
    first = caller.call("GET", "/endpoints/income/monitor").headers["ETag"]
    body = {"window": "6h", "every": "30m", "performance": {"for": 3}, "drift": {"effect": {"number": 0.2}}}
    answer = caller.call("PUT", "/endpoints/income/monitor", body, If_Match=first)
    assert answer.status_code == 200
    monitor = answer.get_json()
    assert (monitor["window"], monitor["performance"]["for"], monitor["performance"]["drop"]) == ("6h", 3, 0.03)
    assert monitor["drift"]["effect"] == {"number": 0.2, "category": 0.1, "text": 0.1}
    late = caller.call("PUT", "/endpoints/income/monitor", {}, If_Match=first)
    assert (late.status_code, late.get_json()["reason"]) == (412, "CHANGED_MEANWHILE")
    assert caller.call("PUT", "/endpoints/income/monitor", caller.get("/endpoints/income/monitor")).status_code == 200
    assert caller.get("/endpoints/income/monitor")["performance"]["for"] == 3


@pytest.mark.parametrize(
    ("body", "reason", "field"),
    [({"window": "soon"}, "BAD_MONITOR", "window"), ({"min_rows": 1}, "VALIDATION_FAILED", "min_rows"),
     ({"drfit": {}}, "VALIDATION_FAILED", "drfit"), ({"drift": {"share": 2}}, "VALIDATION_FAILED", "drift.share"),
     ({"performance": {"for": 0}}, "VALIDATION_FAILED", "performance.for"),
     ({"email": ["nobody"]}, "VALIDATION_FAILED", "email.0"), ({"retrain": "p"}, "BAD_MONITOR", "retrain"),
     ({"traffic": {"errors": 0}}, "VALIDATION_FAILED", "traffic.errors")],
    ids=str,
)  # fmt: skip
def test_settings_at_fault_are_refused_by_their_names(caller: Ada, body: Any, reason: str, field: str) -> None:
    answer = caller.call("PUT", "/endpoints/income/monitor", body)
    assert (answer.status_code, answer.get_json()["reason"]) == (422, reason)
    assert answer.get_json()["errors"][0]["field"] == field


def test_a_window_is_worked_out_when_asked_for_listed_and_shown(caller: Ada) -> None:
    answer = caller.call("POST", "/endpoints/income/windows", {"from": FROM, "to": TO})
    assert answer.status_code == 202
    window = answer.get_json()
    assert window["id"] == "income-20261101T000000Z-20261102T000000Z"
    assert (window["from"], window["to"], window["state"]) == (
        "2026-11-01T00:00:00.000Z", "2026-11-02T00:00:00.000Z", "queued",
    )  # fmt: skip
    again = caller.call("POST", "/endpoints/income/windows", {"from": FROM, "to": TO}).get_json()
    assert again == window
    caller.work()
    [listed] = caller.get("/endpoints/income/windows")["items"]
    assert (listed["rows"], listed["labelled"], listed["state"]) == (700, 3, "ready")
    assert listed["columns"] == [{"name": "age", "drifted": True}]
    for name in ("2026-11-01T00:00:00Z", window["id"]):
        shown = caller.get(f"/endpoints/income/windows/{name}")
        assert shown["columns"] == FOUND["columns"]
        assert shown["inputs"] == FOUND["inputs"]
        assert shown["worked"]["because"] == "request"
        [alarm] = shown["alarms"]
        assert (alarm["kind"], alarm["since"], alarm["for"]) == ("drift", shown["to"], 1)
    assert answer.headers["Location"].endswith(f"/endpoints/income/windows/{window['id']}")
    assert caller.get(f"/endpoints/income/windows?from={FROM}&to=2026-11-01T12:00:00Z")["items"] == []
    assert caller.get(f"/endpoints/income/windows?from={FROM}&to=2026-11-02T00:00:00Z")["items"] == [listed]
    assert caller.get("/endpoints/income/alarms")["items"] == []


@pytest.mark.parametrize(
    "body", [{}, {"from": FROM}, {"from": TO, "to": FROM}, {"from": "x", "to": TO}, {"from": "2026-11-01", "to": TO}]
)
def test_a_window_that_cannot_be_is_refused(caller: Ada, body: Any) -> None:
    assert caller.call("POST", "/endpoints/income/windows", body).status_code == 422


def test_what_is_not_there_or_somebody_elses_is_not_found(caller: Ada, sign_in: Any) -> None:
    caller.call("POST", "/endpoints/income/windows", {"from": FROM, "to": TO})
    for path in ("monitor", "windows", "windows/2026-11-01T00:00:00Z", "alarms"):
        assert caller.call("GET", f"/endpoints/other/{path}").status_code == 404
    for path in ("2026-11-03T00:00:00Z", "x"):
        assert caller.call("GET", f"/endpoints/income/windows/{path}").status_code == 404
    caller.headers = sign_in("grace")
    for path in ("monitor", "windows", "windows/2026-11-01T00:00:00Z", "alarms"):
        assert caller.call("GET", f"/endpoints/income/{path}").status_code == 404
    assert caller.call("PUT", "/endpoints/income/monitor", {}).status_code == 404
    assert caller.call("POST", "/endpoints/income/windows", {"from": FROM, "to": TO}).status_code == 404


def test_requests_to_predict_that_fail_are_counted_but_for_those_that_tell_nothing_of_the_endpoint(
    caller: Ada,
) -> None:
    path = "/endpoints/income/predict"
    assert caller.call("POST", path, {"instances": "no list"}).status_code == 422
    assert caller.call("POST", "/endpoints/nowhere/predict", {"instances": []}).status_code == 404
    assert caller.client.post(f"/api/v1{path}", json={"instances": []}).status_code == 401
    assert caller.client.post("/v2/models/income/infer", json={"inputs": 1}, headers=caller.headers).status_code >= 400
    failures = caller.service.monitoring.traffic.failures
    failures.write()
    at = datetime.now(UTC)
    endpoint = caller.service.endpoints.get(caller.id, "income")
    assert failures.count(endpoint, at - timedelta(minutes=2), at + timedelta(minutes=2)) == 2
    failures.write()
    assert failures.count(endpoint, at - timedelta(minutes=2), at + timedelta(minutes=2)) == 2
    assert failures.count(endpoint, at - timedelta(hours=2), at - timedelta(hours=1)) == 0


def test_lists_of_endpoints_say_how_each_is(caller: Ada) -> None:
    endpoint = caller.service.endpoints.get(caller.id, "income")
    start = datetime.now(UTC) - timedelta(days=1)
    caller.get("/endpoints/income/monitor")
    window = caller.service.monitoring.windows.request(endpoint, start, start + timedelta(hours=2), "schedule")
    caller.work()
    caller.service.monitoring.reviews.review(endpoint)
    [listed] = caller.get("/endpoints")["items"]
    assert (listed["health"], listed["alarms"][0]["kind"]) == ("drifting", "drift")
    assert (listed["last_window"]["rows"], listed["last_window"]["drift_share"]) == (700, 1.0)
    assert caller.get("/endpoints/income")["last_window"]["to"] == window.end
    [alarm] = caller.get("/endpoints/income/alarms")["items"]
    assert (alarm["kind"], alarm["ended_at"], alarm["detail"]) == ("drift", None, "'age' has drifted.")
    notifications = [rows.load_json(row.value) for row in caller.service.ports.tables.scan("notification#")]
    assert ("monitor.alarm", "income") in [(each["type"], each["endpoint"]) for each in notifications]
