"""Models that are deleted while somebody begins to use them."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from core.domain.ids import now
from core.domain.records import Model
from core.errors import NotFound
from core.storage import rows

if TYPE_CHECKING:
    from tests.unit.core.conftest import World


def make_model(world: World) -> Model:
    dataset = world.upload()
    model = Model(
        "model", world.user.id, "job", dataset.id, now(), f"{world.user.id}/models/model", 5, "", {"features": []}, True
    )
    world.service.ports.blobs.write(model.blob, iter([b"model"]))
    world.service.ports.tables.put(rows.key("model", world.user.id, model.id), rows.dump(model))
    return model


def test_a_model_whose_deletion_crashed_is_gone_at_once_and_later_for_good(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = make_model(world)

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(world.service.ports.blobs, "delete", crash)
        with pytest.raises(KeyboardInterrupt):
            world.service.eraser.model(world.user.id, model.id)
    assert world.service.models.page(world.user.id, 10).items == []
    with pytest.raises(NotFound):
        world.service.models.get(world.user.id, model.id)
    world.sweep()
    world.sweep(after_s=120)
    assert world.service.ports.tables.get(rows.key("model", world.user.id, model.id)) is None
    assert world.service.ports.blobs.stat(model.blob) is None


def test_predictions_that_begin_while_their_model_goes_go_with_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = make_model(world)
    predictions, enter = world.service.predictions, world.service.work.create_if_absent

    def too_late(ref: object) -> None:
        world.service.models.mark_deleted(world.user.id, model.id)
        enter(ref)  # type: ignore[arg-type]

    monkeypatch.setattr(world.service.work, "create_if_absent", too_late)
    with pytest.raises(NotFound):
        predictions.submit(world.user.id, model.id, model.dataset_id)
    assert list(rows.scan_all(world.service.ports.tables, "active#predict#")) == []
    assert world.messages("profile") == []


@pytest.mark.parametrize("after", range(12))
def test_its_predictions_go_with_a_model_whose_deletion_crashed(
    world: World, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    model, tables = make_model(world), world.service.ports.tables
    world.service.predictions.submit(world.user.id, model.id, model.dataset_id)
    delete, deleted = tables.delete, []

    def crash(key: str) -> None:
        if len(deleted) == after:
            raise KeyboardInterrupt
        deleted.append(key)
        delete(key)

    with monkeypatch.context() as patched, suppress(KeyboardInterrupt):
        patched.setattr(tables, "delete", crash)
        world.service.eraser.model(world.user.id, model.id)
    world.sweep()
    world.sweep(after_s=120)
    kinds = ("model", "prediction", "modelwork", "datasetwork", "control#predict", "active", "erasure")
    assert [row.key for kind in kinds for row in rows.scan_all(tables, f"{kind}#")] == []
