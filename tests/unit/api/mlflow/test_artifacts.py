"""Files of a model as MLflow's artifacts, and as downloads of an endpoint's versions."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from core.domain.endpoints import NewVersion
from core.storage import rows
from tests.unit.api.mlflow.conftest import Caller, World, unzipped

Exporting = Callable[[World], Any]


def test_a_runs_files_are_listed_and_downloaded(mlflow: Caller, world: World) -> None:
    root = f"models/{world.model.id}"
    assert {file["path"]: file["is_dir"] for file in mlflow.files(root)} == {
        "model": True, "model.onnx": False, "report.html": False, "evaluation.json": False,
    }  # fmt: skip
    assert mlflow.files(f"{root}/report.html") == []
    assert mlflow.artifact(f"{root}/report.html").data == b"report"
    assert mlflow.artifact(f"{root}/evaluation.json").data == b"evaluation"


def test_the_model_directory_is_listed_from_its_archive(mlflow: Caller, world: World, exporting: Exporting) -> None:
    root = f"models/{world.model.id}/model"
    with exporting(world):
        listed = {file["path"]: file for file in mlflow.files(root)}
        code = [file["path"] for file in mlflow.files(f"{root}/code")]
        described = mlflow.artifact(f"{root}/MLmodel")
        graph = mlflow.artifact(f"{root}/model.onnx")
        alone = mlflow.artifact(f"models/{world.model.id}/model.onnx")
    assert {name for name, file in listed.items() if file["is_dir"]} == {"code"}
    assert {"MLmodel", "model.onnx", "requirements.txt", "python_env.yaml"} <= listed.keys()
    assert "nobrains_onnx_loader.py" in code
    assert len(described.data) == listed["MLmodel"]["file_size"] == described.content_length
    assert graph.data == alone.data


@pytest.mark.parametrize(
    "path", ["model/nothing", "model/", "model/../model.onnx", "secrets", "model/code", "report.html/x"]
)
def test_files_that_are_not_there(mlflow: Caller, world: World, exporting: Exporting, path: str) -> None:
    with exporting(world):
        answer = mlflow.artifact(f"models/{world.model.id}/{path}")
    assert (answer.status_code, answer.get_json()["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")


def test_a_run_without_a_model_has_no_files(mlflow: Caller, world: World) -> None:
    assert mlflow.files(f"runs/{world.run_id}") == []
    assert mlflow.artifact(f"runs/{world.run_id}/model.onnx").status_code == 404


def test_nobody_reads_somebody_elses(mlflow: Caller, world: World, sign_in: Any) -> None:
    eve = Caller(mlflow.client, sign_in("eve"))
    for path in ("report.html", "model/MLmodel", "model.onnx"):
        assert eve.artifact(f"models/{world.model.id}/{path}").status_code == 404
    assert eve.client.get("/api/v1/endpoints/answers/versions/1/download", headers=eve.headers).status_code == 404


def test_a_version_is_downloaded_by_number_and_by_alias(mlflow: Caller, world: World, exporting: Exporting) -> None:
    with exporting(world):
        for format in ("nb", "onnx", "mlflow"):
            url = "/api/v1/endpoints/answers/versions/champion/download"
            answer = mlflow.client.get(url, query_string={"format": format}, headers=mlflow.headers)
            assert answer.headers["ETag"] == f'"{hashlib.sha256(answer.data).hexdigest()}"'
            assert answer.headers["X-Model-Version"] == "1"
            known = {**mlflow.headers, "If-None-Match": answer.headers["ETag"]}
            again = mlflow.client.get(url, query_string={"format": format}, headers=known)
            assert (again.status_code, again.data, again.headers["X-Model-Version"]) == (304, b"", "1")
            part = {**mlflow.headers, "Range": "bytes=0-3"}
            start = mlflow.client.get(url.replace("champion", "1"), query_string={"format": format}, headers=part)
            assert (start.status_code, start.data) == (206, answer.data[:4])
    assert "MLmodel" in unzipped(answer.data).namelist()


@pytest.mark.parametrize(
    ("version", "query", "status"), [("9", "", 404), ("none", "", 404), ("1", "format=pickle", 422)]
)
def test_versions_that_cannot_be_downloaded(
    mlflow: Caller, world: World, version: str, query: str, status: int
) -> None:
    url = f"/api/v1/endpoints/answers/versions/{version}/download?{query}"
    assert mlflow.client.get(url, headers=mlflow.headers).status_code == status


def test_a_model_is_downloaded_for_mlflow_too(mlflow: Caller, world: World, exporting: Exporting) -> None:
    with exporting(world):
        answer = mlflow.client.get(f"/api/v1/models/{world.model.id}/download?format=mlflow", headers=mlflow.headers)
    assert answer.mimetype == "application/zip"
    assert answer.headers["Content-Disposition"] == f"attachment; filename=answer-{world.model.id}.zip"
    assert "code/nobrains_onnx_loader.py" in unzipped(answer.data).namelist()


def test_a_version_with_a_decision_rule_has_files_of_its_own(
    mlflow: Caller, world: World, exporting: Exporting
) -> None:
    new = NewVersion(world.model.id, "user/ada", decision={"threshold": 0.2}, has_own_decision=True)
    version = world.service.versions.register(world.user_id, "answers", new).version
    found = mlflow.get("model-versions/get", name="answers", version=str(version)).get_json()["model_version"]
    uri = mlflow.get("model-versions/get-download-uri", name="answers", version=str(version)).get_json()["artifact_uri"]
    assert uri == found["source"] == f"mlflow-artifacts:/versions/answers/{version}/model"
    path = uri.removeprefix("mlflow-artifacts:/")
    with exporting(world):
        assert "MLmodel" in {file["path"] for file in mlflow.files(path)}
        assert mlflow.artifact(f"{path}/MLmodel").status_code == 200
        answer = mlflow.client.get(
            f"/api/v1/endpoints/answers/versions/{version}/download?format=onnx", headers=mlflow.headers
        )
    assert answer.headers["X-Decision-Threshold"] == "0.2"
    made = [row.key for row in world.service.ports.tables.scan(rows.prefix("export", world.user_id))]
    assert any(f"{world.model.id}-mlflow-" in key for key in made)
    for missing in (
        "versions/answers/99/model",
        "versions/answers/x/model",
        "versions/answers",
        "versions/others/1/model",
    ):
        assert mlflow.artifact(f"{missing}/MLmodel").status_code == 404


def test_a_bundle_with_a_decision_rule_is_made_by_a_worker(mlflow: Caller, world: World, exporting: Exporting) -> None:
    headers = mlflow.headers
    url = f"/api/v1/models/{world.model.id}"
    plain = mlflow.client.get(f"{url}/download", headers=headers)
    assert "X-Decision-Threshold" not in plain.headers
    mlflow.client.put(f"{url}/decision", json={"threshold": 0.2}, headers=headers)
    with exporting(world):
        answer = mlflow.client.get(f"{url}/download", headers=headers)
    assert answer.status_code == 200
    assert answer.headers["X-Decision-Threshold"] == "0.2"
    assert answer.data != plain.data
