"""Pipelines: every field is checked when they are made, they change, and they go with all that is theirs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from core.domain.pipelines import Pipeline
from core.errors import Conflict, NotFound, PreconditionFailed, RequestError
from core.storage import rows
from tests.unit.core.pipelines.conftest import JOB, ROWS_OF_RUNS, Stand

WRONG: list[tuple[dict[str, Any], str]] = [
    ({"endpoint": "No spaces"}, "name"),
    ({"data": {}}, "data"),
    ({"data": {"dataset_id": "x", "source_id": "y"}}, "data"),
    ({"data": {"dataset_id": "nothing"}}, "data.dataset_id"),
    ({"job": {**JOB, "target": "nothing"}}, "job.target"),
    ({"job": {**JOB, "exclude_columns": ["nothing"]}}, "job.exclude_columns"),
    ({"job": {**JOB, "time_column": "nothing"}}, "job.time_column"),
    ({"job": {**JOB, "exclude_columns": ["age", "city"]}}, "job.exclude_columns"),
    ({"job": {**JOB, "task": "regression"}, "gate": {"metric": "auc"}}, "gate.metric"),
    ({"when": [{}]}, "when.0"),
    ({"when": [{"every_labels": 5}, {"cron": "0 3 * * *", "every_labels": 5}]}, "when.1"),
    ({"when": [{"alarm": ["drift"], "at_most": "soon"}]}, "when.0.at_most"),
    ({"as_": "No spaces"}, "as"),
    ({"traffic": {"champion": 0.1}}, "traffic.champion"),
    ({"traffic": {"nobody": 0.1}}, "traffic.nobody"),
    ({"as_": "challenger", "traffic": {"challenger": 1.5}}, "traffic.challenger"),
    ({"notify": ["nobody"]}, "notify.0"),
]


@pytest.mark.parametrize(("said", "field"), WRONG, ids=[field for _, field in WRONG])
def test_what_would_fail_a_run_is_refused_with_its_field(stand: Stand, said: dict[str, Any], field: str) -> None:
    with pytest.raises(RequestError) as caught:
        stand.pipeline(**said)
    assert [entry["field"] for entry in caught.value.errors] == [field]
    assert caught.value.detail
    assert stand.left("pipeline") == []


def test_an_endpoint_that_predicts_another_column_is_refused(stand: Stand) -> None:
    stand.trained(stand.pipeline(promote="auto"))
    with pytest.raises(RequestError, match="'bought'") as caught:
        stand.pipeline(job={**JOB, "target": "city"})
    assert caught.value.errors[0]["field"] == "job.target"


def test_a_metric_that_does_not_score_what_is_served_is_refused_with_its_field(stand: Stand) -> None:
    stand.trained(stand.pipeline(promote="auto"))  # A binary model, of a dataset whose profile says nothing of tasks.
    for said, field in (
        ({"gate": {"metric": "rmse"}}, "gate.metric"),
        ({"job": {**JOB, "metric": "r2"}}, "job.metric"),
    ):
        with pytest.raises(RequestError, match="METRIC_DOES_NOT_FIT") as caught:
            stand.pipeline(**said)
        assert caught.value.errors[0]["field"] == field
    assert stand.pipeline(gate={"metric": "f1"}, job={**JOB, "metric": "log_loss"})


def test_before_anything_is_served_a_metric_must_score_what_the_target_is_by_its_profile(stand: Stand) -> None:
    target = {"name": "bought", "type": "number", "as_target": {"task": "regression"}}
    profiled = {**(stand.dataset.profile or {}), "columns": [{"name": "age"}, {"name": "city"}, target]}
    stand.tables.put(
        rows.key("dataset", stand.user_id, stand.dataset.id), rows.dump(replace(stand.dataset, profile=profiled))
    )
    for said, field in (
        ({"gate": {"metric": "auc"}}, "gate.metric"),
        ({"job": {**JOB, "metric": "auc"}}, "job.metric"),
    ):
        with pytest.raises(RequestError, match="METRIC_DOES_NOT_FIT") as caught:
            stand.pipeline(**said)
        assert caught.value.errors[0]["field"] == field
    assert stand.pipeline(gate={"metric": "mae"}, job={**JOB, "metric": "rmse"})
    assert stand.pipeline(gate={"metric": "auc"}, job={**JOB, "task": "multiclass"})


def test_a_change_is_checked_as_the_whole_would_be_and_an_older_state_changes_nothing(stand: Stand) -> None:
    pipeline = stand.pipeline()
    changed = stand.service.pipelines.update(stand.user_id, pipeline.id, {"promote": "auto"}, 1)
    assert (changed.promote, changed.revision, changed.name) == ("auto", 2, "Weekly")
    with pytest.raises(PreconditionFailed, match="CHANGED_MEANWHILE"):
        stand.service.pipelines.update(stand.user_id, pipeline.id, {"promote": "ask"}, 1)
    with pytest.raises(RequestError):
        stand.service.pipelines.update(stand.user_id, pipeline.id, {"data": {"dataset_id": "nothing"}})
    assert stand.service.pipelines.get(stand.user_id, pipeline.id) == changed


def test_the_same_key_makes_one_pipeline(stand: Stand) -> None:
    body = {"name": "Weekly", "endpoint": "income", "data": {"dataset_id": stand.dataset.id}, "job": JOB}
    first, second = (stand.service.pipelines.create(stand.user_id, body, "once") for _ in range(2))
    assert first == second
    with pytest.raises(Conflict, match="IDEMPOTENCY_KEY_REUSED"):
        stand.service.pipelines.create(stand.user_id, {**body, "name": "Other"}, "once")


def test_there_are_at_most_so_many(stand: Stand) -> None:
    stand.service.pipelines.most = 2
    stand.pipeline()
    stand.pipeline()
    with pytest.raises(RequestError, match="QUOTA_EXCEEDED"):
        stand.pipeline()
    assert len(stand.left("pipeline")) == 2


def test_an_endpoint_stays_while_a_pipeline_feeds_it(stand: Stand) -> None:
    pipeline = stand.pipeline(promote="auto")
    stand.trained(pipeline)
    with pytest.raises(Conflict, match="ENDPOINT_IN_USE"):
        stand.service.eraser.endpoint(stand.user_id, "income")
    stand.service.pipeline_deletion.delete(stand.user_id, pipeline.id, "user/ada")
    stand.service.eraser.endpoint(stand.user_id, "income")
    assert stand.service.endpoints.find(stand.user_id, "income") is None


def _delete(stand: Stand, pipeline: Pipeline) -> None:
    stand.service.pipeline_deletion.delete(stand.user_id, pipeline.id, "user/ada")


def test_a_pipeline_goes_with_its_runs_and_cancels_what_they_wait_for(stand: Stand) -> None:
    pipeline = stand.pipeline(unless_unchanged=False)
    stand.trained(pipeline)
    stand.start(pipeline)
    _delete(stand, pipeline)
    assert stand.left("pipeline", *ROWS_OF_RUNS, "erasure") == []
    assert [key for key in stand.left("due") if "#run#" in key] == []
    assert [view.state for view in stand.service.jobs.page(stand.user_id, 10).items] == ["cancelled", "succeeded"]
    assert stand.service.versions.get(stand.user_id, "income", 1).run == f"{pipeline.id}/1"
    with pytest.raises(NotFound):
        stand.start(pipeline)


def test_a_deletion_that_was_cut_short_is_carried_out(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline = stand.pipeline()
    stand.trained(pipeline)
    with monkeypatch.context() as patch:
        patch.setattr(stand.service.pipeline_deletion, "_delete_run", _raise)
        with pytest.raises(RuntimeError):
            _delete(stand, pipeline)
    assert stand.service.pipelines.find(stand.user_id, pipeline.id) is None
    stand.world.sweep(61.0)
    stand.world.sweep(61.0)
    assert stand.left("pipeline", *ROWS_OF_RUNS, "erasure") == []


def _raise(*_: Any) -> None:
    raise RuntimeError("killed")


def test_pipelines_go_with_their_account(stand: Stand) -> None:
    pipeline = stand.pipeline()
    stand.trained(pipeline)
    stand.service.eraser.account(stand.user_id)
    assert stand.left("pipeline", *ROWS_OF_RUNS) == []


def test_somebody_elses_pipeline_is_not_there(stand: Stand) -> None:
    pipeline = stand.pipeline()
    with pytest.raises(NotFound):
        stand.service.pipelines.get("somebody", pipeline.id)
    assert rows.load(Pipeline, stand.tables.get(rows.key("pipeline", stand.user_id, pipeline.id)) or b"") == pipeline
