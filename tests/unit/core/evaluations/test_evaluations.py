"""Evaluations are requested once, wait for their dataset, and go with their model, their dataset and their account."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from core.domain import states
from core.domain.evaluations import Evaluation, NewEvaluation
from core.domain.ids import new_id, now
from core.domain.records import Json, Model
from core.errors import Conflict, Invalid, NotFound
from core.evaluations.evaluations import EvaluationView
from core.ports import PROFILE_QUEUE
from core.storage import rows

if TYPE_CHECKING:
    from tests.unit.core.conftest import World

FEATURES = [
    {"name": "age", "type": "number", "required": True},
    {"name": "city", "type": "category", "required": False},
]
KINDS = ("evaluation", "modelwork", "datasetwork", "control#evaluate", "active#evaluate", "erasure", "intent")


def make_model(world: World, **summary: Any) -> Model:
    about: Json = {"target": "bought", "features": FEATURES, **summary}
    id = new_id()
    model = Model(id, world.user.id, "j", "d", now(), f"{world.user.id}/models/{id}", 5, "", about, True)
    world.service.ports.blobs.write(model.blob, iter([b"model"]))
    world.service.ports.tables.put(rows.key("model", world.user.id, model.id), rows.dump(model))
    return model


def submit(world: World, model: Model, dataset_id: str, key: str | None = None, **further: Any) -> EvaluationView:
    return world.service.evaluations.submit(world.user.id, NewEvaluation(dataset_id, model.id, **further), key)


def finish(world: World, evaluation: Evaluation) -> None:
    """End it as a worker does."""
    service = world.service
    claimed = world.claim(PROFILE_QUEUE)
    assert claimed is not None
    made: Json = {"headline": {"value": 0.9}}
    for name, content in (("result", b'{"rows":3}'), ("report", b"<p>")):
        info = service.ports.blobs.write(f"{service.evaluations.blob_prefix(evaluation)}1-{name}", iter([content]))
        made[name] = {"blob": info.name, "size_bytes": info.size_bytes, "sha256": info.sha256}
    service.work.succeed(claimed, made)
    service.settler.finalize(claimed.ref)


def left(world: World) -> list[str]:
    tables = world.service.ports.tables
    return [row.key for kind in KINDS for row in rows.scan_all(tables, f"{kind}#")]


def test_what_was_found_is_read_once_it_is_made(world: World) -> None:
    model, dataset = make_model(world), world.upload()
    view = submit(world, model, dataset.id, name="first", slices=("city",), pairs=True)
    assert view.task_state.state == states.QUEUED
    assert world.service.evaluations.content(view) is None
    with pytest.raises(Conflict, match="queued"):
        world.service.evaluations.report(view)
    finish(world, view.record)
    done = world.service.evaluations.get(world.user.id, view.record.id)
    assert (done.record.slices, done.record.pairs, done.task_state.state) == (["city"], True, "succeeded")
    assert world.service.evaluations.content(done) == {"rows": 3}
    assert world.service.evaluations.report(done).size_bytes == 3
    entry = world.service.activity.page(world.user.id, 1).items[0]
    assert (entry.action, entry.subject) == ("evaluation.succeeded", f"evaluation/{view.record.id}")


def test_a_version_of_an_endpoint_is_measured_by_number_alias_or_as_champion(world: World) -> None:
    service, user, dataset = world.service, world.user.id, world.upload()
    first, second = make_model(world), make_model(world)
    service.endpoints.create(user, "income", f"user/{user}", model_id=first.id)
    service.versions.register(user, "income", _version(second.id, user))
    for version, expected in ((None, (first.id, 1)), ("champion", (first.id, 1)), ("2", (second.id, 2))):
        made = service.evaluations.submit(user, NewEvaluation(dataset.id, endpoint="income", version=version))
        assert (made.record.model_id, made.record.version) == expected
    with pytest.raises(NotFound):
        service.evaluations.submit(user, NewEvaluation(dataset.id, endpoint="income", version="challenger"))


def test_the_rule_that_a_model_answers_by_is_kept_with_its_evaluation(world: World) -> None:
    model, dataset, tables = make_model(world), world.upload(), world.service.ports.tables
    key = rows.key("model", world.user.id, model.id)
    decided = replace(model, decision={"positive": "yes", "threshold": 0.3, "gains": None, "why": ""})
    tables.put(key, rows.dump(decided))
    world.service.endpoints.create(world.user.id, "income", f"user/{world.user.id}", model_id=model.id)
    tables.put(key, rows.dump(model))
    of_version = world.service.evaluations.submit(world.user.id, NewEvaluation(dataset.id, endpoint="income"))
    of_model = world.service.evaluations.submit(world.user.id, NewEvaluation(dataset.id, model_id=model.id))
    assert of_version.record.decision == {"positive": "yes", "threshold": 0.3}
    assert of_model.record.decision is None


def _version(model_id: str, user: str) -> Any:
    from core.domain.endpoints import NewVersion

    return NewVersion(model_id, f"user/{user}")


def test_the_same_request_under_one_key_is_one_evaluation(world: World) -> None:
    model, dataset = make_model(world), world.upload()
    first = submit(world, model, dataset.id, key="k")
    assert submit(world, model, dataset.id, key="k").record == first.record
    with pytest.raises(Conflict, match="different body"):
        submit(world, model, dataset.id, key="k", name="other")
    assert len(world.service.evaluations.page(world.user.id, 10).items) == 1


@pytest.mark.parametrize(("summary", "further", "reason"), [
    ({"target": "churn"}, {}, "TARGET_NOT_FOUND"),
    ({"features": [{"name": "height", "required": True}]}, {}, "MISSING_FEATURE"),
    ({}, {"slices": ("region",)}, "COLUMN_NOT_FOUND"),
    ({}, {"slices": ("city", "bought")}, "VALIDATION_FAILED"),
])  # fmt: skip
def test_columns_that_are_missing_are_told_at_once(world: World, summary: Json, further: Json, reason: str) -> None:
    with pytest.raises(Invalid) as caught:
        submit(world, make_model(world, **summary), world.upload().id, **further)
    assert caught.value.reason == reason
    assert left(world) == []


def test_it_waits_for_the_profile_of_its_dataset(world: World) -> None:
    dataset = world.upload(ready=False)
    view = submit(world, make_model(world), dataset.id)
    kind = world.service.kinds["evaluate"]
    ref = next(message.ref for message in world.messages(PROFILE_QUEUE) if message.ref.kind == "evaluate")
    assert (ref.id, kind.is_ready(ref)) == (view.record.id, False)


def test_others_see_nothing_of_it(world: World) -> None:
    model, dataset = make_model(world), world.upload()
    view = submit(world, model, dataset.id)
    other = world.service.accounts.sign_up("grace", "correct horse").id
    for wrong in (lambda: world.service.evaluations.get(other, view.record.id),
                  lambda: world.service.evaluations.delete(other, view.record.id),
                  lambda: world.service.evaluations.submit(other, NewEvaluation(dataset.id, model.id))):  # fmt: skip
        with pytest.raises(NotFound):
            wrong()
    assert world.service.evaluations.page(other, 10).items == []


def test_lists_are_of_a_model_or_a_dataset(world: World) -> None:
    first, second, dataset = make_model(world), make_model(world), world.upload()
    views = [submit(world, model, dataset.id) for model in (first, second)]
    page = world.service.evaluations.page_of

    def listed(**of: str) -> set[str]:
        return {view.record.id for view in page(world.user.id, 10, None, **of).items}

    assert listed() == listed(dataset_id=dataset.id) == {view.record.id for view in views}
    assert listed(model_id=first.id) == {views[0].record.id}
    assert listed(model_id=first.id, dataset_id="other") == set()


@pytest.mark.parametrize("after", range(12))
@pytest.mark.parametrize("subject", ["evaluation", "model", "dataset"])
def test_it_goes_whole_with_what_it_is_of_however_often_the_deletion_crashes(
    world: World, monkeypatch: pytest.MonkeyPatch, subject: str, after: int
) -> None:
    model, dataset, tables = make_model(world), world.upload(), world.service.ports.tables
    view = submit(world, model, dataset.id)
    finish(world, view.record)
    delete, deleted = tables.delete, []

    def crash(key: str) -> None:
        if len(deleted) == after:
            raise KeyboardInterrupt
        deleted.append(key)
        delete(key)

    with monkeypatch.context() as patched, suppress(KeyboardInterrupt):
        patched.setattr(tables, "delete", crash)
        if subject == "evaluation":
            world.service.evaluations.delete(world.user.id, view.record.id)
        elif subject == "model":
            world.service.eraser.model(world.user.id, model.id)
        else:
            world.service.eraser.dataset(world.user.id, dataset.id)
    world.sweep()
    world.sweep(after_s=120)
    assert left(world) == []
    assert list(world.service.ports.blobs.names(f"{world.user.id}/evaluations/")) == []


def test_a_dataset_that_is_being_measured_is_in_use(world: World) -> None:
    model, dataset = make_model(world), world.upload()
    submit(world, model, dataset.id)
    with pytest.raises(Conflict) as caught:
        world.service.eraser.dataset(world.user.id, dataset.id)
    assert caught.value.reason == "DATASET_IN_USE"


@pytest.mark.parametrize("kind", ["model", "dataset"])
def test_one_that_begins_while_its_model_or_dataset_goes_goes_with_it(
    world: World, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    model, dataset = make_model(world), world.upload()
    create = world.service.work.create_if_absent

    def too_late(ref: Any) -> None:
        # Before the task counts as one that uses the dataset.
        (world.service.models if kind == "model" else world.service.datasets).mark_deleted(
            world.user.id, model.id if kind == "model" else dataset.id
        )
        create(ref)

    monkeypatch.setattr(world.service.work, "create_if_absent", too_late)
    with pytest.raises(NotFound):
        submit(world, model, dataset.id)
    assert left(world) == []
    assert world.messages(PROFILE_QUEUE) == []


def test_it_goes_with_its_account(world: World) -> None:
    view = submit(world, make_model(world), world.upload().id)
    finish(world, view.record)
    world.service.eraser.account(world.user.id)
    assert [key for key in left(world) if not key.startswith("erasure#account")] == []
    assert list(world.service.ports.blobs.names(f"{world.user.id}/")) == []
