"""Uploads of models: nothing predicts before the check is over, and nothing is left when they are gone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from core.domain.records import UPLOADED, Model
from core.errors import Conflict, Invalid, NotFound, TooLarge
from core.limits.storage_quota import stored_bytes
from core.models.model_upload import ModelUpload
from core.models.uploaded_models import check_explainable, check_ref, new_upload
from core.storage import rows
from core.tasks.messages import TaskMessage

if TYPE_CHECKING:
    from tests.unit.core.conftest import World

CONTENT = b"\x08\x08 an ONNX file"
SUMMARY: dict[str, Any] = {"features": [], "target": "price"}
ERROR = {"reason": "MODEL_INVALID", "detail": "It is broken.", "hint": "Mend it."}


def send(world: World, content: bytes = CONTENT, key: str | None = None, **said: Any) -> ModelUpload | Model:
    return world.service.uploads.create(new_upload(world.user.id, "mine", said, []), iter([content]), key)


def upload(world: World, **said: Any) -> ModelUpload:
    sent = send(world, **said)
    assert isinstance(sent, ModelUpload)
    return sent


def end(world: World, sent: ModelUpload, error: dict[str, str] | None = None) -> None:
    """Do what a worker does once its child has answered."""
    service = world.service
    claimed = service.work.claim(TaskMessage(check_ref(sent)), "worker")
    assert claimed is not None
    if error is None:
        service.uploads.accept(sent.user_id, sent.id, SUMMARY)
    else:
        service.uploads.reject(sent.user_id, sent.id, error)
    service.work.succeed(claimed, {})
    service.settler.finalize(claimed.ref)


def left_of(world: World, id: str) -> list[str]:
    """Every row and blob that names the model, but those that remember what was done."""
    found = [row.key for row in rows.scan_all(world.service.ports.tables, "") if id in row.key]
    kept = ("activity", "dedup", "idempotency", "intent")
    return [key for key in found if key.split("#")[0] not in kept] + [
        name for name in world.service.ports.blobs.names("") if id in name
    ]


def test_until_it_is_checked_it_is_no_model(world: World) -> None:
    sent = upload(world)
    assert world.service.uploads.get(world.user.id, sent.id) == sent
    assert world.service.models.page(world.user.id, 10).items == []
    with pytest.raises(NotFound):
        world.service.models.get(world.user.id, sent.id)


def test_once_it_is_checked_it_is_a_model_of_the_same_id(world: World) -> None:
    sent = upload(world)
    end(world, sent)
    model = world.service.uploads.get(world.user.id, sent.id)
    assert isinstance(model, Model)
    assert (model.origin, model.name, model.summary, model.sha256) == (UPLOADED, "mine", SUMMARY, sent.sha256)
    assert world.service.models.page(world.user.id, 10).items == [model]
    assert b"".join(world.service.models.content(model)) == CONTENT
    assert world.service.exports.onnx(model, None).sha256 == model.sha256
    assert world.service.ports.tables.get(rows.key("model_upload", world.user.id, sent.id)) is None


def test_what_is_made_of_a_training_it_has_not(world: World) -> None:
    sent = upload(world)
    end(world, sent)
    model = world.service.models.get(world.user.id, sent.id)
    for ask, reason in (
        (world.service.models.report, "REPORT_NOT_AVAILABLE"),
        (world.service.models.evaluation, "REPORT_NOT_AVAILABLE"),
        (world.service.models.bundle, "NO_BUNDLE"),
        (world.service.exports.mlflow, "NO_MLFLOW_MODEL"),
        (check_explainable, "NO_BACKGROUND"),
    ):
        with pytest.raises(Conflict) as caught:
            ask(model)  # type: ignore[operator]
        assert caught.value.reason == reason
    check_explainable(replace(model, summary={**SUMMARY, "background": {"a": [1]}}))


def test_a_rejected_one_keeps_its_reason_and_no_bytes(world: World) -> None:
    sent = upload(world)
    end(world, sent, ERROR)
    found = world.service.uploads.get(world.user.id, sent.id)
    assert isinstance(found, ModelUpload)
    assert (found.state, found.error) == ("rejected", ERROR)
    assert stored_bytes(world.service.ports.tables, world.user.id) == (0, 0)
    assert list(world.service.ports.blobs.names(f"{world.user.id}/uploaded-models/")) == []


@pytest.mark.parametrize("ended", ["checking", "ready", "rejected"])
def test_nothing_is_left_of_one_that_is_deleted(world: World, ended: str) -> None:
    sent = upload(world)
    if ended != "checking":
        end(world, sent, ERROR if ended == "rejected" else None)
    world.service.eraser.model(world.user.id, sent.id)
    assert left_of(world, sent.id) == []
    assert stored_bytes(world.service.ports.tables, world.user.id) == (0, 0)
    with pytest.raises(NotFound):
        world.service.uploads.get(world.user.id, sent.id)


@pytest.mark.parametrize("is_late", [False, True])
def test_a_check_that_ends_after_the_deletion_makes_no_model(
    world: World, is_late: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent, service = upload(world), world.service
    if is_late:  # between the worker's look at the upload and its write of the model
        find = service.uploads.find_upload

        def deleted_meanwhile(user_id: str, id: str) -> ModelUpload | None:
            monkeypatch.setattr(service.uploads, "find_upload", find)
            found = find(user_id, id)
            service.eraser.model(user_id, id)
            return found

        monkeypatch.setattr(service.uploads, "find_upload", deleted_meanwhile)
    else:
        service.eraser.model(world.user.id, sent.id)
    service.uploads.accept(world.user.id, sent.id, SUMMARY)
    assert left_of(world, sent.id) == []


def test_a_model_that_another_worker_settles_at_once_stays(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    sent, service, tables = upload(world), world.service, world.service.ports.tables
    write = tables.put_if_absent

    def settled_meanwhile(key: str, value: bytes) -> bool:
        written = write(key, value)
        if key == rows.key("model", sent.user_id, sent.id):
            service.uploads.settle(sent.user_id, sent.id)
        return written

    monkeypatch.setattr(tables, "put_if_absent", settled_meanwhile)
    service.uploads.accept(sent.user_id, sent.id, SUMMARY)
    assert service.models.get(sent.user_id, sent.id).summary == SUMMARY


def test_what_one_worker_has_rejected_another_does_not_accept(world: World) -> None:
    sent, service = upload(world), world.service
    end(world, sent, ERROR)
    service.uploads.accept(sent.user_id, sent.id, SUMMARY)
    assert isinstance(service.uploads.get(sent.user_id, sent.id), ModelUpload)


def test_a_check_that_crashed_too_often_rejects_it(world: World) -> None:
    sent = upload(world)
    claimed = world.service.work.claim(TaskMessage(check_ref(sent)), "worker")
    assert claimed is not None
    world.service.work.fail(claimed, ERROR)
    world.service.settler.finalize(claimed.ref)
    found = world.service.uploads.get(world.user.id, sent.id)
    assert isinstance(found, ModelUpload)
    assert (found.state, found.error) == ("rejected", ERROR)


def test_the_same_key_makes_one_model(world: World) -> None:
    first = send(world, key="k")
    assert send(world, key="k").id == first.id
    assert isinstance(first, ModelUpload)
    end(world, first)
    again = send(world, key="k")
    assert isinstance(again, Model)
    assert again.id == first.id
    assert stored_bytes(world.service.ports.tables, world.user.id) == (0, len(CONTENT))
    with pytest.raises(Conflict) as caught:
        send(world, key="k", target="other")
    assert caught.value.reason == "IDEMPOTENCY_KEY_REUSED"


def test_the_same_key_tries_again_what_was_refused_and_deleted(world: World) -> None:
    first = send(world, key="k")
    world.service.uploads.delete_rows(world.user.id, first.id)
    again = send(world, key="k")
    assert again.id == first.id
    assert isinstance(again, ModelUpload)
    end(world, again)
    model = world.service.models.get(world.user.id, first.id)
    assert b"".join(world.service.models.content(model)) == CONTENT


@pytest.mark.parametrize(
    ("content", "word"), [(b"", "empty"), (b"\x80\x04x", "pickle"), (b"PK\x03\x04", "ZIP"), (b"\x89HDF", "HDF5"),
                          (b"xxxxTFL3", "TensorFlow Lite"), (b"{}", "JSON")],
)  # fmt: skip
def test_what_is_plainly_no_onnx_file_is_refused_before_it_is_stored(world: World, content: bytes, word: str) -> None:
    with pytest.raises(Invalid, match=word) as caught:
        send(world, content)
    assert caught.value.reason == "NOT_ONNX"
    assert list(world.service.ports.blobs.names("")) == []


def test_it_counts_against_the_limits(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    values = world.service.settings.values
    monkeypatch.setitem(values, "max_model_bytes", len(CONTENT) - 1)
    with pytest.raises(TooLarge):
        send(world)
    monkeypatch.setitem(values, "max_model_bytes", 1000)
    monkeypatch.setitem(values, "max_stored_bytes", len(CONTENT) + 1)
    upload(world)
    with pytest.raises(Conflict) as caught:
        send(world)
    assert caught.value.reason == "QUOTA_EXCEEDED"
    monkeypatch.setitem(values, "max_stored_bytes", 1000)
    monkeypatch.setitem(values, "max_uploaded_models", 1)
    with pytest.raises(Conflict) as caught:
        send(world)
    assert caught.value.reason == "QUOTA_EXCEEDED"
    assert len(list(world.service.ports.blobs.names(""))) == 1


def test_an_upload_that_crashed_before_its_check_was_queued_is_checked(world: World) -> None:
    sent = upload(world)
    world.service.work.delete_rows(check_ref(sent))
    world.service.work.register(check_ref(sent))
    world.sweep()
    world.sweep(after_s=120)
    assert world.service.work.state(check_ref(sent)) is not None
