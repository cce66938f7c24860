"""Comparisons are asked for, found, and deleted with what they are about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from core.domain.ids import new_id, now
from core.domain.records import Model
from core.errors import Conflict, Invalid, NotFound
from core.ports import PROFILE_QUEUE
from core.storage import rows

if TYPE_CHECKING:
    from tests.unit.core.conftest import World

SUMMARY: dict[str, Any] = {
    "target": "bought", "task": "binary", "metric": "auc",
    "features": [{"name": "age", "type": "number", "required": True}],
}  # fmt: skip


def model(world: World, **summary: Any) -> str:
    id, user_id = new_id(), world.user.id
    made = Model(id, user_id, "", "", now(), f"{user_id}/models/{id}", 5, "", {**SUMMARY, **summary}, committed=True)
    world.service.ports.blobs.write(made.blob, iter([b"model"]))
    world.service.ports.tables.put(rows.key("model", user_id, id), rows.dump(made))
    return id


def body(world: World, models: list[str], dataset_id: str | None = None, **changes: Any) -> dict[str, Any]:
    whole = {"models": models, "versions": [], "name": None, "metric": "auto", **changes}
    return {**whole, "dataset_id": dataset_id or world.upload().id}


def rows_about(world: World, *kinds: str) -> list[str]:
    scanned = [world.service.ports.tables.scan(f"{kind}#", 100) for kind in kinds]
    return [row.key for found in scanned for row in found if "compar" in row.key]


def test_the_same_request_is_the_same_comparison(world: World) -> None:
    asked = body(world, [model(world), model(world)])
    submit = world.service.comparisons.submit
    first, again, other = (submit(world.user.id, asked, key) for key in ("k", "k", None))
    assert first.record.id == again.record.id != other.record.id
    with pytest.raises(Conflict, match="different body"):
        submit(world.user.id, {**asked, "name": "x"}, "k")


def test_it_waits_for_the_profile_of_its_dataset(world: World) -> None:
    dataset = world.upload(ready=False)
    world.service.comparisons.submit(world.user.id, body(world, [model(world), model(world)], dataset.id))
    kinds = [message.ref.kind for message in world.messages(PROFILE_QUEUE)]
    assert sorted(kinds) == ["compare", "profile"]
    view = world.service.comparisons.page(world.user.id, 10).items[0]
    kind = world.service.kinds["compare"]
    assert not kind.is_ready(world.service.comparisons.ref(world.user.id, view.record.id))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"target": "city"}, "MODELS_DIFFER"),
        ({"task": "regression"}, "MODELS_DIFFER"),
        ({"features": [{"name": "height", "required": True}]}, "MISSING_FEATURE"),
    ],
)
def test_models_that_cannot_be_compared_are_refused_at_once(world: World, changes: Any, reason: str) -> None:
    with pytest.raises(Invalid) as caught:
        world.service.comparisons.submit(world.user.id, body(world, [model(world), model(world, **changes)]))
    assert caught.value.reason == reason


def test_other_things_that_are_refused_at_once(world: World) -> None:
    a, b, user_id, submit = model(world), model(world), world.user.id, world.service.comparisons.submit
    for models, reason in (([a], "MODEL_COUNT"), ([a] * 11, "MODEL_COUNT"), ([a, a], "SAME_MODEL_TWICE")):
        with pytest.raises(Invalid) as caught:
            submit(user_id, body(world, models))
        assert caught.value.reason == reason
    with pytest.raises(Invalid, match="metric 'rmse' does not score these"):
        submit(user_id, body(world, [a, b], metric="rmse"))
    with pytest.raises(Invalid, match="no column 'bought'"):
        submit(user_id, body(world, [a, b], world.upload(csv=b"age,city\n1,Rome\n2,Oslo\n").id))
    with pytest.raises(NotFound):
        submit(user_id, body(world, [a, "nothing"]))
    with pytest.raises(NotFound):
        submit(user_id, body(world, [a, b], "nothing"))
    assert rows_about(world, "comparison", "control", "active", "datasetwork", "modelwork") == []


def test_versions_stand_for_their_models(world: World) -> None:
    a, b, user_id, dataset_id = model(world), model(world), world.user.id, world.upload().id
    world.service.endpoints.create(user_id, "shop", "user/1", model_id=a)
    versions = [{"endpoint": "shop", "version": "champion"}]
    view = world.service.comparisons.submit(user_id, body(world, [b], dataset_id, versions=versions))
    assert view.record.models == [
        {"model_id": b, "endpoint": None, "version": None, "decision": None},
        {"model_id": a, "endpoint": "shop", "version": 1, "decision": None},
    ]
    with pytest.raises(Invalid) as caught:
        world.service.comparisons.submit(user_id, body(world, [a, b], dataset_id, versions=versions))
    assert caught.value.reason == "SAME_MODEL_TWICE"


def test_a_dataset_is_in_use_while_models_are_compared_on_it(world: World) -> None:
    asked = body(world, [model(world), model(world)])
    view = world.service.comparisons.submit(world.user.id, asked)
    with pytest.raises(Conflict, match="in use"):
        world.service.eraser.dataset(world.user.id, asked["dataset_id"])
    claimed = world.claim(PROFILE_QUEUE)
    assert claimed is not None
    blob = f"{world.service.comparisons.blob_prefix(view.record)}1-result"
    world.service.ports.blobs.write(blob, iter([b"{}"]))
    world.service.work.succeed(claimed, {"result": {"blob": blob}})
    world.service.settler.finalize(claimed.ref)
    world.service.eraser.dataset(world.user.id, asked["dataset_id"])
    assert world.service.comparisons.find(world.user.id, view.record.id) is None
    assert world.service.ports.blobs.stat(blob) is None
    assert rows_about(world, "comparison", "control", "active", "datasetwork", "modelwork") == []


def test_a_deletion_that_crashed_is_done_by_the_sweeper(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    view = world.service.comparisons.submit(world.user.id, body(world, [model(world), model(world)]))

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(world.service.work, "delete_rows", crash)
        with pytest.raises(KeyboardInterrupt):
            world.service.comparisons.delete(world.user.id, view.record.id)
    with pytest.raises(NotFound):
        world.service.comparisons.get(world.user.id, view.record.id)
    world.sweep()
    world.sweep(after_s=120)
    assert rows_about(world, "comparison", "control", "active", "datasetwork", "modelwork", "erasure") == []


def test_a_model_that_goes_while_it_is_asked_for_takes_the_comparison_along(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = body(world, [model(world), model(world)])
    create = world.service.work.create_if_absent

    def too_late(ref: object) -> None:
        world.service.models.mark_deleted(world.user.id, asked["models"][1])
        create(ref)  # type: ignore[arg-type]

    monkeypatch.setattr(world.service.work, "create_if_absent", too_late)
    with pytest.raises(NotFound):
        world.service.comparisons.submit(world.user.id, asked)
    assert rows_about(world, "comparison", "control", "active", "datasetwork", "modelwork") == []


def test_an_account_takes_its_comparisons_along(world: World) -> None:
    world.service.comparisons.submit(world.user.id, body(world, [model(world), model(world)]))
    world.service.eraser.account(world.user.id)
    assert rows_about(world, "comparison", "control", "active", "datasetwork", "modelwork") == []
