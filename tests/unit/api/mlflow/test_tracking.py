"""Jobs as MLflow's runs."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.unit.api.mlflow.conftest import Caller, World


def experiment_of(mlflow: Caller) -> dict[str, Any]:
    [experiment] = mlflow.send("POST", "experiments/search", max_results=10).get_json()["experiments"]
    return dict(experiment)


def search(mlflow: Caller, **body: Any) -> list[dict[str, Any]]:
    answer = mlflow.send("POST", "runs/search", experiment_ids=[experiment_of(mlflow)["experiment_id"]], **body)
    assert answer.status_code == 200, answer.get_json()
    return list(answer.get_json()["runs"])


def values(entries: list[dict[str, Any]]) -> dict[str, Any]:
    return {entry["key"]: entry["value"] for entry in entries}


def names(runs: list[dict[str, Any]]) -> list[str]:
    return [run["info"]["run_name"] for run in runs]


def test_an_experiment_is_a_dataset_with_a_target(mlflow: Caller, world: World) -> None:
    experiment = experiment_of(mlflow)
    assert experiment["name"] == "answers/answer"
    assert experiment["lifecycle_stage"] == "active"
    by_id = mlflow.get("experiments/get", experiment_id=experiment["experiment_id"]).get_json()
    by_name = mlflow.get("experiments/get-by-name", experiment_name="answers/answer").get_json()
    assert by_id == by_name == {"experiment": experiment}
    missing = mlflow.get("experiments/get-by-name", experiment_name="nothing")
    assert (missing.status_code, missing.get_json()["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")
    assert mlflow.send("POST", "experiments/search", filter="name = 'other'").get_json()["experiments"] == []


def test_a_run_is_a_job_with_its_scores(mlflow: Caller, world: World) -> None:
    run = mlflow.get("runs/get", run_id=world.run_id, run_uuid=world.run_id).get_json()["run"]
    assert (run["info"]["run_name"], run["info"]["status"]) == ("first", "FINISHED")
    assert run["info"]["end_time"] >= run["info"]["start_time"]
    assert run["info"]["artifact_uri"] == f"mlflow-artifacts:/models/{world.model.id}"
    metrics = values(run["data"]["metrics"])
    reported = world.model.summary["scores"]["reported"]["auc"]
    assert metrics["auc"] == reported["mean"]
    assert metrics["auc_standard_error"] == reported["standard_error"]
    assert metrics["best_score"] == 0.9
    assert "baseline_auc" in metrics
    params = values(run["data"]["params"])
    assert (params["target"], params["models"], params["time_budget_s"]) == ("answer", '["linear"]', "300")
    tags = values(run["data"]["tags"])
    assert tags["nobrains.job_id"] == world.job_id
    assert tags["nobrains.model_id"] == world.model.id
    assert tags["mlflow.user"] == "ada"


def test_trials_are_nested_in_their_jobs_run(mlflow: Caller, world: World) -> None:
    runs = search(mlflow, filter=f"tags.mlflow.parentRunId = '{world.run_id}'", order_by=["metrics.auc DESC"])
    assert names(runs) == ["linear 1", "linear 3", "linear 0", "linear 2"]
    assert values(runs[0]["data"]["metrics"]) == {"auc": 0.9, "fit_s": 1.5}
    assert values(runs[0]["data"]["params"]) == {"model": "linear", "C": "1.5"}
    assert runs[0] == mlflow.get("runs/get", run_id=runs[0]["info"]["run_id"]).get_json()["run"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"filter": "metrics.auc >= 0.8 and params.model = 'linear'"}, {"linear 1", "linear 3"}),
        ({"filter": "attributes.status = 'FINISHED' and params.target = 'answer'"}, {"first"}),
        ({"filter": "tags.nobrains.trial = '2'"}, {"linear 2"}),
        ({"filter": "tags.mlflow.parentRunId = 'nothing'"}, set()),
        ({"run_view_type": "DELETED_ONLY"}, set()),
        ({"run_view_type": "ALL"}, {"first", *(f"linear {number}" for number in range(4))}),
    ],
)
def test_searches(mlflow: Caller, world: World, body: dict[str, Any], expected: set[str]) -> None:
    assert set(names(search(mlflow, **body))) == expected


def test_pages_of_runs_hold_each_once(mlflow: Caller, world: World) -> None:
    experiment_ids = [experiment_of(mlflow)["experiment_id"]]
    found: list[str] = []
    token = ""
    while True:
        body = {"experiment_ids": experiment_ids, "max_results": 2, "page_token": token}
        page = mlflow.send("POST", "runs/search", **body).get_json()
        found += names(page["runs"])
        token = page.get("next_page_token", "")
        if not token:
            break
    assert sorted(found) == ["first", *(f"linear {number}" for number in range(4))]


def test_runs_of_no_experiment_are_none(mlflow: Caller, world: World) -> None:
    assert mlflow.send("POST", "runs/search", experiment_ids=["0"]).get_json()["runs"] == []
    assert mlflow.send("POST", "runs/search").get_json()["runs"] == []


def test_the_best_score_has_its_history(mlflow: Caller, world: World) -> None:
    found = mlflow.get("metrics/get-history", run_id=world.run_id, metric_key="best_score").get_json()["metrics"]
    assert [(each["step"], each["value"]) for each in found] == [(0, 0.6), (1, 0.9), (3, 0.9)]
    [once] = mlflow.get("metrics/get-history", run_id=world.run_id, metric_key="auc").get_json()["metrics"]
    assert once["value"] == world.model.summary["scores"]["reported"]["auc"]["mean"]
    assert mlflow.get("metrics/get-history", run_id=world.run_id, metric_key="none").get_json()["metrics"] == []


@pytest.mark.parametrize(
    ("call", "body"),
    [
        ("runs/search", {"filter": "metrics.auc > 0.5 or metrics.auc < 0.1"}),
        ("runs/search", {"order_by": ["flavour"]}),
        ("runs/search", {"max_results": 0}),
        ("runs/search", {"max_results": "many"}),
        ("runs/search", {"page_token": "-1"}),
        ("runs/search", {"experiment_ids": "x" * 3, "filter": 7.5}),
        ("runs/search", {"experiment_ids": [{}]}),
        ("runs/search", {"run_view_type": "SOME"}),
        ("experiments/search", {"filter": "metrics.auc > 1"}),
    ],
)
def test_what_is_not_understood_is_no_guess(mlflow: Caller, world: World, call: str, body: dict[str, Any]) -> None:
    answer = mlflow.send("POST", call, **body)
    found = answer.get_json()
    assert (answer.status_code, found["error_code"], found["reason"]) == (400, *["INVALID_PARAMETER_VALUE"] * 2)
    assert found["message"].startswith(found["detail"])


@pytest.mark.parametrize(
    ("method", "call", "word"),
    [
        ("POST", "runs/create", "POST /api/v1/jobs"),
        ("POST", "runs/log-batch", "tracking server of your own"),
        ("POST", "experiments/create", "POST /api/v1/jobs"),
        ("POST", "registered-models/create", "POST, PATCH and DELETE /api/v1/endpoints"),
        ("PATCH", "registered-models/update", "/api/v1/endpoints"),
        ("POST", "model-versions/transition-stage", "aliases"),
        ("DELETE", "model-versions/delete", "/api/v1/endpoints/NAME/versions"),
    ],
)
def test_what_would_be_written_says_what_to_use(mlflow: Caller, method: str, call: str, word: str) -> None:
    answer = mlflow.send(method, call, run_id="x")
    assert (answer.status_code, answer.get_json()["error_code"]) == (501, "NOT_IMPLEMENTED")
    assert word in answer.get_json()["message"]


def test_unknown_calls_and_callers(mlflow: Caller, client: FlaskClient) -> None:
    unknown = mlflow.get("gateway/list")
    assert (unknown.status_code, unknown.get_json()["error_code"]) == (404, "ENDPOINT_NOT_FOUND")
    nobody = client.get("/mlflow/api/2.0/mlflow/experiments/get")
    assert (nobody.status_code, nobody.get_json()["error_code"]) == (401, "UNAUTHENTICATED")
    assert (
        client.get("/mlflow/api/3.0/mlflow/server-info", headers=mlflow.headers).get_json()["workspaces_enabled"]
        is False
    )
    assert mlflow.send("POST", "logged-models/search").get_json() == {}


def test_nobody_sees_somebody_elses_runs(mlflow: Caller, world: World, sign_in: Any) -> None:
    eve = Caller(mlflow.client, sign_in("eve"))
    experiment_id = experiment_of(mlflow)["experiment_id"]
    assert eve.send("POST", "experiments/search").get_json()["experiments"] == []
    assert eve.send("POST", "runs/search", experiment_ids=[experiment_id]).get_json()["runs"] == []
    for call, query in (
        ("runs/get", {"run_id": world.run_id}),
        ("metrics/get-history", {"run_id": world.run_id, "metric_key": "auc"}),
        ("experiments/get", {"experiment_id": experiment_id}),
    ):
        assert eve.get(call, **query).status_code == 404
