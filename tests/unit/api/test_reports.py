"""Reports over HTTP: pages that a browser shows and that can do nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from flask.testing import FlaskClient

from core.datasets.datasets import profile_ref
from core.domain.records import Json, Model
from core.service import Service
from core.storage import rows
from tests.unit.api.trained import store

SignIn = Callable[..., dict[str, str]]
PAGE = b"<!doctype html><title>report</title>"


def written(service: Service, blob: str) -> Json:
    info = service.ports.blobs.write(blob, [PAGE])
    return {"blob": info.name, "size_bytes": info.size_bytes, "sha256": info.sha256}


def told_of(service: Service, user_id: str) -> Model:
    model = store(service, user_id)
    model = replace(model, report=written(service, f"{model.blob}-report"))
    service.ports.tables.put(rows.key("model", user_id, model.id), rows.dump(model))
    return model


def test_a_models_report(
    client: FlaskClient, sign_in: SignIn, ada: dict[str, str], ada_id: str, service: Service
) -> None:
    model = told_of(service, ada_id)
    path = f"/api/v1/models/{model.id}/report"
    answer = client.get(path, headers=ada)
    assert (answer.status_code, answer.data, answer.content_type) == (200, PAGE, "text/html; charset=utf-8")
    assert answer.headers["Content-Disposition"].startswith("inline; filename=answer-")
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none';")
    assert policy.endswith("sandbox")
    assert "script" not in policy
    again = client.get(path, headers={**ada, "If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    assert client.get(path).status_code == 401
    assert client.get(path, headers=sign_in("bob")).status_code == 404
    client.delete(f"/api/v1/models/{model.id}", headers=ada)
    assert list(service.ports.blobs.names(f"{ada_id}/models/")) == []


def test_a_models_evaluation(
    client: FlaskClient, sign_in: SignIn, ada: dict[str, str], ada_id: str, service: Service
) -> None:
    model = store(service, ada_id)
    path = f"/api/v1/models/{model.id}/evaluation"
    assert client.get(path, headers=ada).get_json()["reason"] == "REPORT_NOT_AVAILABLE"
    info = service.ports.blobs.write(f"{model.blob}-evaluation", [b'{"trust":[]}'])
    document = {"blob": info.name, "size_bytes": info.size_bytes, "sha256": info.sha256}
    service.ports.tables.put(rows.key("model", ada_id, model.id), rows.dump(replace(model, evaluation=document)))
    answer = client.get(path, headers=ada)
    assert (answer.status_code, answer.get_json()) == (200, {"trust": []})
    assert client.get(path, headers={**ada, "If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert client.get(path, headers=sign_in("bob")).status_code == 404


def test_a_model_from_before_there_were_reports(
    client: FlaskClient, ada: dict[str, str], ada_id: str, service: Service
) -> None:
    answer = client.get(f"/api/v1/models/{store(service, ada_id).id}/report", headers=ada)
    assert (answer.status_code, answer.get_json()["reason"]) == (409, "REPORT_NOT_AVAILABLE")


def test_a_datasets_report(
    client: FlaskClient, sign_in: SignIn, ada: dict[str, str], ada_id: str, service: Service
) -> None:
    headers = {**ada, "Content-Type": "text/csv"}
    id = client.post("/api/v1/datasets?name=t", data=b"a,b\n1,2\n", headers=headers).get_json()["id"]
    path = f"/api/v1/datasets/{id}/report"

    def reason() -> str:
        answer = client.get(path, headers=ada)
        assert answer.status_code == 409
        return str(answer.get_json()["reason"])

    def profiled(profile: Json | None, error: Json | None, report: Json | None = None) -> None:
        service.datasets.record_profile(profile_ref(service.datasets.get(ada_id, id)), profile, error, report)

    found: Json = {"rows": 1, "columns": [{"name": "a"}, {"name": "b"}], "warnings": []}
    assert reason() == "REPORT_NOT_READY"
    profiled(found, None, written(service, f"{ada_id}/reports/1"))
    answer = client.get(path, headers=ada)
    assert (answer.status_code, answer.data) == (200, PAGE)
    assert answer.headers["Content-Disposition"] == "inline; filename=t-report.html"
    assert client.get(path, headers=sign_in("bob")).status_code == 404
    client.patch(f"/api/v1/datasets/{id}", headers=ada, json={"header": False})
    assert reason() == "REPORT_NOT_READY"
    profiled(found, None)
    assert reason() == "REPORT_NOT_AVAILABLE"
    client.patch(f"/api/v1/datasets/{id}", headers=ada, json={"header": True})
    profiled(None, {"reason": "ROW_TOO_LONG", "detail": "Line 2 is too long.", "hint": ""})
    assert reason() == "DATASET_REJECTED"
