"""A run from its trigger to its end, and every other way in which it may end."""

from __future__ import annotations

import pytest

from core.domain.endpoints import NewVersion
from core.domain.pipelines import Trigger
from core.errors import Conflict, NotFound
from tests.unit.core.pipelines.conftest import BY, JOB, Stand

ADA = "user/ada"
OLD = "2020-01-01T00:00:00.000Z"


def test_a_run_trains_registers_and_asks_and_an_approved_version_is_champion(stand: Stand) -> None:
    pipeline = stand.pipeline()
    run = stand.start(pipeline, why="first")
    assert (run.number, run.state) == (1, "training")
    stand.finish_training()
    run = stand.run(run)
    assert run.state == "asking"
    assert stand.aliases == {}
    stand.service.runs.approve(stand.user_id, pipeline.id, 1, ADA, "looks right")
    run = stand.run(run)
    assert (run.state, stand.aliases) == ("promoted", {"champion": 1})
    assert [(step["name"], step["state"]) for step in run.steps] == [
        (name, "done") for name in ("fetch", "train", "register", "evaluate", "decide", "promote")
    ]
    assert all(step["why"] and step["ended_at"] for step in run.steps)


def test_each_step_says_what_it_made_with_figures_and_the_log_of_changes_says_which_run(stand: Stand) -> None:
    run = stand.trained(stand.pipeline(promote="auto"))
    assert run.state == "promoted"
    fetch, train, register, *_, promote = run.steps
    assert (fetch["ref"], fetch["figures"]["rows"]) == (f"dataset/{stand.dataset.id}", 3)
    assert train["ref"] == f"job/{run.facts['job_id']}"
    assert train["figures"]["score"] == 0.8125
    assert register["ref"] == promote["ref"] == "version/income/1"
    version = stand.service.versions.get(stand.user_id, "income", 1)
    change = stand.service.endpoints.changes(stand.user_id, "income", 1).items[0]
    assert version.run == change.run == run.ref
    assert version.by == change.by == f"pipeline/{run.pipeline_id}/run/1"
    assert "'Weekly'" in version.why
    assert "'Weekly'" in change.why


def test_the_job_of_a_run_is_a_job_like_any_other(stand: Stand) -> None:
    pipeline = stand.pipeline()
    run = stand.start(pipeline)
    (job,) = stand.service.jobs.page(stand.user_id, 10).items
    held_out = {"salt": pipeline.id, "share": 0.2, "keys": []}
    assert job.job.spec == {**JOB, "dataset_id": stand.dataset.id, "name": "Weekly #1", "holdout": held_out}
    assert run.steps[-1]["ref"] == f"job/{job.job.id}"


def test_a_trigger_that_is_told_of_again_is_the_same_run(stand: Stand) -> None:
    pipeline, trigger = stand.pipeline(), Trigger("e1", "event", OLD)
    first, second = stand.start(pipeline, trigger=trigger), stand.start(pipeline, trigger=trigger)
    assert first.id == second.id
    assert len(stand.service.runs.page(stand.user_id, pipeline.id, 10).items) == 1
    assert len(stand.service.jobs.page(stand.user_id, 10).items) == 1


def test_a_pipeline_that_never_promotes_registers_and_says_so(stand: Stand) -> None:
    run = stand.trained(stand.pipeline(promote="never"))
    assert (run.state, run.facts["version"], stand.aliases) == ("refused", 1, {})
    assert "never" in run.why


def test_a_rejected_run_says_who_and_why(stand: Stand) -> None:
    pipeline = stand.pipeline()
    run = stand.trained(pipeline)
    stand.service.runs.reject(stand.user_id, pipeline.id, 1, ADA, "too old")
    run = stand.run(run)
    assert (run.state, run.why) == ("refused", "Rejected: too old")
    assert stand.aliases == {}
    with pytest.raises(Conflict, match="RUN_NOT_ASKING"):
        stand.service.runs.approve(stand.user_id, pipeline.id, 1, ADA)


def test_a_cancelled_run_says_who_and_its_job_is_cancelled(stand: Stand) -> None:
    pipeline = stand.pipeline()
    run = stand.start(pipeline)
    stand.service.runs.cancel(stand.user_id, pipeline.id, 1, ADA, "wrong data")
    run = stand.run(run)
    assert (run.state, run.why) == ("cancelled", "Cancelled: wrong data")
    (job,) = stand.service.jobs.page(stand.user_id, 10).items
    assert job.state == "cancelled"
    with pytest.raises(Conflict, match="RUN_OVER"):
        stand.service.runs.cancel(stand.user_id, pipeline.id, 1, ADA)
    assert stand.left("activerun", "runtask") == []


def test_a_run_that_asks_can_be_cancelled(stand: Stand) -> None:
    pipeline = stand.pipeline()
    run = stand.trained(pipeline)
    stand.service.runs.cancel(stand.user_id, pipeline.id, 1, ADA)
    assert stand.run(run).state == "cancelled"
    assert [key for key in stand.left("due") if "#run#" in key] == []


def test_a_run_over_the_same_data_with_the_same_settings_is_unchanged_and_says_as_which(stand: Stand) -> None:
    pipeline = stand.pipeline(promote="auto")
    stand.trained(pipeline)
    for _ in range(2):
        run = stand.start(pipeline)
        assert run.state == "unchanged"
        assert "run 1" in run.why
    assert stand.start(pipeline, unless_unchanged=False).state == "training"


def test_other_settings_of_the_job_are_a_reason_to_train_again(stand: Stand) -> None:
    pipeline = stand.pipeline(promote="auto")
    stand.trained(pipeline)
    stand.service.pipelines.update(stand.user_id, pipeline.id, {"job": {**JOB, "seed": 1}})
    assert stand.start(pipeline).state == "training"


def test_a_run_that_failed_is_no_reason_not_to_train_again(stand: Stand) -> None:
    pipeline = stand.pipeline()
    stand.start(pipeline)
    stand.finish_training(error="OUT_OF_MEMORY")
    assert stand.start(pipeline).state == "training"


def test_a_run_keeps_the_settings_that_it_began_with(stand: Stand) -> None:
    pipeline = stand.pipeline(promote="never")
    run = stand.start(pipeline)
    stand.service.pipelines.update(stand.user_id, pipeline.id, {"promote": "auto"})
    stand.finish_training()
    assert stand.run(run).state == "refused"


def test_a_challenger_gets_its_share_of_the_requests_in_one_change(stand: Stand) -> None:
    first = stand.pipeline(promote="auto")
    stand.trained(first)
    pipeline = stand.pipeline(**{"as_": "challenger", "traffic": {"challenger": 0.1}})
    stand.trained(pipeline)
    stand.finish_comparing("better")
    stand.service.runs.approve(stand.user_id, pipeline.id, 1, ADA)
    endpoint = stand.service.endpoints.get(stand.user_id, "income")
    assert endpoint.aliases == {"champion": 1, "challenger": 2}
    assert endpoint.traffic.split == {"challenger": 0.1}
    stand.service.endpoints.rollback(stand.user_id, "income", BY)
    endpoint = stand.service.endpoints.get(stand.user_id, "income")
    assert (endpoint.aliases, endpoint.traffic.split) == ({"champion": 1}, {})


def test_an_endpoint_that_somebody_makes_meanwhile_is_used(stand: Stand) -> None:
    pipeline = stand.pipeline()
    run = stand.start(pipeline)
    stand.service.endpoints.create(stand.user_id, "income", ADA)
    stand.finish_training()
    assert stand.run(run).facts["version"] == 1


def test_nobody_else_has_the_run(stand: Stand) -> None:
    pipeline = stand.pipeline()
    stand.start(pipeline)
    with pytest.raises(NotFound):
        stand.service.runs.get("somebody", pipeline.id, 1)
    with pytest.raises(NotFound):
        stand.service.runs.cancel("somebody", pipeline.id, 1, "user/somebody")


def test_users_are_told_of_every_end_once(stand: Stand) -> None:
    pipeline = stand.pipeline()
    run = stand.trained(pipeline)
    for _ in range(2):
        stand.service.runs.advance(run.user_id, run.pipeline_id, run.key)
    stand.service.runs.approve(stand.user_id, pipeline.id, 1, ADA)
    told = [each for each in stand.service.notifications.log.read(stand.user_id, 0) if each.type.startswith("run.")]
    assert [each.type for each in told] == ["run.asking", "run.promoted"]
    assert told[-1].endpoint == "income"
    assert (told[-1].data["run"], told[-1].data["version"]) == (1, 1)
    lines = [line.action for line in stand.service.activity.page(stand.user_id, 50).items]
    assert lines.count("run.promoted") == 1


def test_a_registration_by_the_same_run_is_found_whatever_was_registered_after_it(stand: Stand) -> None:
    pipeline = stand.pipeline()
    run = stand.trained(pipeline)
    model = run.facts["model_id"]
    stand.service.versions.register(stand.user_id, "income", NewVersion(model, ADA))
    facts = {name: value for name, value in run.facts.items() if name not in ("version", "endpoint_id", "champion")}
    stand.alter(run, state="training", facts=facts, steps=[*run.steps[:2], {**run.steps[2], "state": "running"}])
    stand.service.runs.advance(run.user_id, run.pipeline_id, run.key)
    assert stand.run(run).facts["version"] == 1
