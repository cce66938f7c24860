"""Endpoints as MLflow's registered models."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.api.mlflow.conftest import Caller, World


def test_a_registered_model_is_an_endpoint(mlflow: Caller, world: World) -> None:
    shown = mlflow.get("registered-models/get", name="answers").get_json()["registered_model"]
    assert shown["name"] == "answers"
    assert shown["aliases"] == [{"alias": "champion", "version": "1"}]
    assert [version["version"] for version in shown["latest_versions"]] == ["2"]
    assert mlflow.get("registered-models/search").get_json() == {"registered_models": [shown]}
    for filter, found in (
        ("name='other'", []),
        ("tag.`mlflow.prompt.is_prompt` != 'true'", [shown]),
        ("name='answers' AND tag.`mlflow.prompt.is_prompt` = 'true'", []),
    ):
        assert mlflow.get("registered-models/search", filter=filter).get_json() == {"registered_models": found}


def test_a_version_leads_to_its_run_and_its_files(mlflow: Caller, world: World) -> None:
    found = mlflow.get("registered-models/alias", name="answers", alias="champion").get_json()["model_version"]
    assert (found["version"], found["aliases"], found["status"]) == ("1", ["champion"], "READY")
    assert found["run_id"] == world.run_id
    assert found == mlflow.get("model-versions/get", name="answers", version="1").get_json()["model_version"]
    uri = mlflow.get("model-versions/get-download-uri", name="answers", version="1").get_json()["artifact_uri"]
    assert uri == found["source"] == f"mlflow-artifacts:/models/{world.model.id}/model"


@pytest.mark.parametrize(
    ("filter", "versions"),
    [
        ("name='answers'", ["2", "1"]),
        ("name = 'answers' and version_number = 1", ["1"]),
        ("name='other'", []),
        ("tags.`nobrains.why` = 'x'", []),
    ],
)
def test_versions_are_searched(mlflow: Caller, world: World, filter: str, versions: list[str]) -> None:
    found = mlflow.get("model-versions/search", filter=filter, max_results=200).get_json()["model_versions"]
    assert [each["version"] for each in found] == versions


def test_the_latest_version_is_the_newest_and_in_no_stage(mlflow: Caller, world: World) -> None:
    [newest] = mlflow.send("POST", "registered-models/get-latest-versions", name="answers").get_json()["model_versions"]
    assert newest["version"] == "2"
    staged = mlflow.send("POST", "registered-models/get-latest-versions", name="answers", stages=["Production"])
    assert staged.get_json() == {"model_versions": []}


def test_setting_an_alias_is_a_change_with_its_line(mlflow: Caller, world: World) -> None:
    assert (
        mlflow.send("POST", "registered-models/alias", name="answers", alias="champion", version="2").get_json() == {}
    )
    endpoint = world.service.endpoints.get(world.user_id, "answers")
    assert endpoint.aliases == {"champion": 2}
    change = world.service.endpoints.newest_change(endpoint)
    assert change is not None
    assert (change.action, change.alias, change.from_version, change.to_version) == ("alias.set", "champion", 1, 2)
    assert change.by == f"user/{world.user_id}"
    assert "MLflow" in change.why


def test_an_alias_is_deleted_but_never_champion(mlflow: Caller, world: World) -> None:
    mlflow.send("POST", "registered-models/alias", name="answers", alias="candidate", version="2")
    assert mlflow.send("DELETE", "registered-models/alias", name="answers", alias="candidate").get_json() == {}
    assert mlflow.get("registered-models/alias", name="answers", alias="candidate").status_code == 404
    refused = mlflow.send("DELETE", "registered-models/alias", name="answers", alias="champion")
    assert (refused.status_code, refused.get_json()["reason"]) == (409, "ALIAS_NEEDED")
    assert refused.get_json()["error_code"] == "INVALID_STATE"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"name": "answers", "alias": "champion", "version": "9"}, 404),
        ({"name": "answers", "alias": "champion", "version": "newest"}, 400),
        ({"name": "answers", "alias": "Not An Alias", "version": "2"}, 422),
        ({"name": "answers", "version": "2"}, 400),
        ({"name": "nothing", "alias": "champion", "version": "2"}, 404),
    ],
)
def test_aliases_that_cannot_be_set(mlflow: Caller, world: World, body: dict[str, Any], status: int) -> None:
    answer = mlflow.send("POST", "registered-models/alias", **body)
    assert answer.status_code == status
    assert answer.get_json()["error_code"] in {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"}
    assert world.service.endpoints.get(world.user_id, "answers").aliases == {"champion": 1}


def test_a_version_whose_training_was_deleted_has_no_run(mlflow: Caller, world: World) -> None:
    world.service.jobs.delete(world.user_id, world.job_id)
    found = mlflow.get("model-versions/get", name="answers", version="1").get_json()["model_version"]
    assert found["run_id"] == ""


def test_nobody_sees_or_moves_somebody_elses(mlflow: Caller, world: World, sign_in: Any) -> None:
    eve = Caller(mlflow.client, sign_in("eve"))
    assert eve.get("registered-models/search").get_json() == {"registered_models": []}
    assert eve.get("model-versions/search").get_json() == {"model_versions": []}
    version = {"name": "answers", "version": "1"}
    for call in ("registered-models/get", "model-versions/get", "model-versions/get-download-uri"):
        assert eve.get(call, **version).status_code == 404
    for method in ("POST", "DELETE"):
        assert eve.send(method, "registered-models/alias", **version, alias="champion").status_code == 404


def test_an_error_of_the_callers_is_never_told_as_the_servers(mlflow: Caller, world: World) -> None:
    answer = mlflow.send("POST", "runs/search", filter="x" * (9 << 20))
    assert (answer.status_code, answer.get_json()["error_code"]) == (413, "BAD_REQUEST")
