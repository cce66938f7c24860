"""Runs that cannot go on: each ends, with the reason and what to do."""

from __future__ import annotations

import pytest

from core.errors import PreconditionFailed
from core.pipelines.steps.train import TrainStep
from tests.unit.core.pipelines.conftest import BY, Stand

ADA = "user/ada"
OLD = "2020-01-01T00:00:00.000Z"


@pytest.mark.parametrize("reason", ["TARGET_CONSTANT", "OUT_OF_MEMORY"])
def test_a_training_that_fails_fails_its_run_with_the_reason(stand: Stand, reason: str) -> None:
    run = stand.start(stand.pipeline())
    stand.finish_training(error=reason)
    run = stand.run(run)
    assert (run.state, (run.error or {})["reason"]) == ("failed", reason)
    assert "cannot be learned from" in run.why


def test_a_job_that_somebody_cancels_ends_its_run(stand: Stand) -> None:
    run = stand.start(stand.pipeline())
    stand.service.jobs.request_stop(stand.user_id, run.steps[-1]["ref"].removeprefix("job/"), "cancel")
    run = stand.run(run)
    assert (run.state, (run.error or {})["reason"]) == ("failed", "JOB_CANCELLED")


def test_a_dataset_that_is_not_read_yet_is_waited_for(stand: Stand) -> None:
    pipeline = stand.pipeline()
    stand.service.datasets.update(stand.user_id, stand.dataset.id, {"types": {"age": "number"}})
    run = stand.start(pipeline)
    assert run.state == "fetching"
    claimed = stand.world.claim("profile")
    assert claimed is not None
    columns = [{"name": name} for name in stand.dataset.header]
    stand.service.datasets.record_profile(claimed.ref, {"rows": 3, "columns": columns, "warnings": []}, None)
    stand.service.work.succeed(claimed, {})
    stand.service.settler.finalize(claimed.ref)
    assert stand.run(run).state == "training"


def test_a_dataset_that_was_deleted_fails_the_run_with_what_to_do(stand: Stand) -> None:
    pipeline = stand.pipeline()
    stand.service.eraser.dataset(stand.user_id, stand.dataset.id)
    run = stand.start(pipeline)
    assert (run.state, (run.error or {})["reason"]) == ("failed", "DATASET_DELETED")
    assert (run.error or {})["hint"]


def test_a_model_that_callers_could_not_use_is_refused_with_the_differences(stand: Stand) -> None:
    pipeline = stand.pipeline(promote="auto")
    stand.trained(pipeline)
    stand.start(pipeline, unless_unchanged=False)
    stand.finish_training(features=[{"name": "height", "type": "number", "required": True}])
    run = stand.service.runs.get(stand.user_id, pipeline.id, 2)
    assert run.state == "refused"
    assert run.steps[-1]["figures"]["differences"][0]["field"] == "features.height"
    assert stand.aliases == {"champion": 1}


def test_what_was_compared_with_another_champion_is_not_promoted(stand: Stand) -> None:
    pipeline = stand.pipeline()
    stand.trained(pipeline)
    stand.service.endpoints.set_alias(stand.user_id, "income", "champion", 1, BY)
    with pytest.raises(PreconditionFailed, match="CHAMPION_CHANGED"):
        stand.service.runs.approve(stand.user_id, pipeline.id, 1, ADA)
    assert stand.service.runs.get(stand.user_id, pipeline.id, 1).state == "asking"


def test_an_endpoint_that_was_deleted_meanwhile_ends_the_run(stand: Stand) -> None:
    pipeline = stand.pipeline()
    stand.trained(pipeline)
    stand.service.pipelines.update(stand.user_id, pipeline.id, {"endpoint": "other"})
    stand.service.eraser.endpoint(stand.user_id, "income")
    stand.service.runs.approve(stand.user_id, pipeline.id, 1, ADA)
    run = stand.service.runs.get(stand.user_id, pipeline.id, 1)
    assert run.state == "failed"
    assert "income" in run.why


def test_a_version_that_was_deleted_while_it_waited_is_not_promoted(stand: Stand) -> None:
    pipeline = stand.pipeline()
    stand.trained(pipeline)
    stand.service.versions.delete(stand.user_id, "income", 1)
    stand.service.runs.approve(stand.user_id, pipeline.id, 1, ADA)
    assert stand.service.runs.get(stand.user_id, pipeline.id, 1).state == "failed"
    assert stand.aliases == {}


def test_what_waits_too_long_fails_and_its_job_is_cancelled(stand: Stand) -> None:
    run = stand.start(stand.pipeline())
    stand.alter(run, steps=[*run.steps[:-1], {**run.steps[-1], "at": OLD}])
    stand.service.runs.advance(run.user_id, run.pipeline_id, run.key)
    run = stand.run(run)
    assert (run.state, (run.error or {})["reason"]) == ("failed", "STEP_TIMED_OUT")
    assert f"{TrainStep.timeout_s / 3600:,.0f} hours" in run.why
    (job,) = stand.service.jobs.page(stand.user_id, 10).items
    assert job.state == "cancelled"
