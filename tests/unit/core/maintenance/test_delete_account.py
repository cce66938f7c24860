"""An account that is deleted leaves nothing: every row and every blob is looked at, whatever its kind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from core.accounts.credentials import CREDENTIAL_KINDS
from core.domain.endpoints import Decision
from core.domain.records import Model, TaskRef
from core.domain.trainings import Progress, TrialRow
from core.errors import RequestError, Unauthorized, Unavailable
from core.history.audit_log import AuditEntry
from core.jobs.events import EventLog
from core.jobs.train_task import trials_prefix
from core.models.uploaded_models import new_upload
from core.ports import PROFILE_QUEUE, TRAIN_QUEUE
from core.storage import blob_intents, rows
from core.tasks.messages import TaskMessage, dump_message
from csvfile.encoding import HEAD_BYTES
from tests.unit.core.conftest import CSV, World

PASSWORD = "correct horse"


def live(world: World) -> None:
    """Do everything that leaves something: rows of every kind, blobs of every kind, some of it unfinished."""
    service, user = world.service, world.user.id
    tables, blobs = service.ports.tables, service.ports.blobs
    service.accounts.sign_in("ada", PASSWORD)
    service.accounts.sign_in("ada", PASSWORD, "session")
    service.accounts.create_key(world.user, "ci")
    with suppress(RequestError):
        service.accounts.sign_in("ada", "a wrong horse")
    service.administration.set_quotas(user, {"streams": 3})
    service.activity.record(user, "account.created", f"user/{user}", once="created")
    service.audit.record(user, "POST /tokens", "/tokens", 201)
    dataset = world.upload()
    spec = {"dataset_id": dataset.id, "target": "bought", "exclude_columns": []}
    won = service.jobs.submit(user, spec, "key-1").job.id
    claimed = world.claim()
    assert claimed is not None
    EventLog(tables, user, won).append("log", {"text": "hello"}, 1)
    tables.put(rows.key("progress", user, won), rows.dump(Progress(1)))
    trial = TrialRow(1, 1, "linear", "complete", "now", blob=f"{trials_prefix(claimed.ref)}1-e1")
    tables.put(rows.key("trial", user, won, 1), rows.dump(trial))
    for name in ("models/m", "models/m-report", "exports/m/x"):
        blobs.write(f"{user}/{name}", iter([b"x"]))
    blobs.write(f"{trials_prefix(claimed.ref)}1-e1", iter([b"x"]))
    document = {"blob": f"{user}/models/m-report", "size_bytes": 1, "sha256": ""}
    names = [{"name": "linear", "weight": 1.0}]
    summary = {"leaderboard": names, "features": []}
    model = Model("m", user, won, dataset.id, "now", f"{user}/models/m", 1, "", summary, report=document)
    tables.put(rows.key("model", user, "m"), rows.dump(model))
    intent = blob_intents.record(tables, model.blob, rows.task_state_key(claimed.ref), rows.key("model", user, "m"))
    service.work.succeed(claimed, {"model_id": "m", "blob": model.blob, "intent": intent})
    service.settler.finalize(claimed.ref)
    service.predictions.submit(user, "m", dataset.id)
    serve(world, "m")
    tell(world)
    with suppress(Unavailable):
        service.exports.onnx(model, None, wait_s=0)
    with suppress(Unavailable):
        service.checks.run(user, dataset.id, "bought", wait_s=0)
    service.uploads.create(new_upload(user, "mine", {}, []), iter([b"\x08\x08"]))
    blob_intents.record(tables, f"{user}/reports/lost", rows.key("dataset", user, dataset.id))
    world.submit(dataset)
    running = world.claim()
    assert running is not None
    service.jobs.request_stop(user, running.ref.id, "stop")
    world.submit(dataset)
    service.ports.queue.publish(TRAIN_QUEUE, dump_message(TaskMessage(TaskRef("train", user, "poison"))))
    delivery = service.ports.queue.receive(TRAIN_QUEUE, 0)
    while delivery is not None:
        delivery.reject()
        delivery = service.ports.queue.receive(TRAIN_QUEUE, 0)
    service.dead_letters.collect()


def tell(world: World) -> None:
    """Leave what telling leaves: a webhook, notifications, a delivery that waits."""
    service, user = world.service, world.user.id
    webhook = service.webhooks.create(user, "https://example.org/", ["*"]).webhook
    service.webhooks.test(user, webhook.id)
    service.notifications.emit(user, "job.failed", {}, id="told", to=[webhook.id])


def serve(world: World, model_id: str) -> None:
    """Have endpoints with a log beyond its tail, one of them deleted."""
    service, user = world.service, world.user.id
    service.endpoints.create(user, "income", f"user/{user}", model_id=model_id)
    for _ in range(25):
        service.endpoints.set_alias(user, "income", "champion", 1, Decision(f"user/{user}"))
    service.monitoring.put(user, "income", {"window": "6h"})
    service.monitoring.request_window(
        user, "income", datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC)
    )
    service.endpoints.create(user, "gone", f"user/{user}", model_id=model_id)
    service.eraser.endpoint(user, "gone")


def left(world: World) -> list[str]:
    """The keys of all rows that tell of the account, in their key or in their bytes."""
    marks = (world.user.id.encode(), b'"ada"', rows.digest("ada").encode())
    found = rows.scan_all(world.service.ports.tables, "")
    return [row.key for row in found if any(mark in row.key.encode() + row.value for mark in marks)]


def test_a_deleted_account_leaves_nothing_but_its_id_in_the_audit_log(world: World) -> None:
    live(world)
    service, user = world.service, world.user.id
    kinds = {key.split("#")[0] for key in left(world)}
    assert kinds >= {
        "user", "login", "cred", "user_credentials", "key", "failure", "dataset", "job", "model", "prediction",
        "activity", "dedup", "check", "export", "control", "request", "progress", "trial", "event", "active", "intent",
        "dead_letter", "jobstate", "datasetwork", "modelwork", "slot", "idempotency", "jobs_all", "audit",
        "model_upload", "stored_model_bytes", "monitor", "window", "due",
    }  # fmt: skip
    assert len(list(service.ports.blobs.names(f"{user}/"))) >= 4
    service.eraser.account(user)
    assert {key.split("#")[0] for key in left(world)} == {"audit", "erasure"}
    world.sweep()
    world.sweep(after_s=120)  # Once more, for what was under way; then what says so goes as well.
    remaining = left(world)
    assert {key.split("#")[0] for key in remaining} == {"audit"}
    for key in remaining:
        raw = service.ports.tables.get(key)
        assert raw is not None
        assert rows.load(AuditEntry, raw).actor == user
        assert b"ada" not in raw
    assert list(service.ports.blobs.names("")) == []


def test_others_keep_what_they_have(world: World) -> None:
    other = world.service.accounts.sign_up("grace", PASSWORD)
    theirs = world.service.datasets.create(other.id, "people.csv", iter([CSV]))
    token = world.service.accounts.sign_in("grace", PASSWORD).secret
    world.messages(PROFILE_QUEUE)
    live(world)
    before = {row.key for row in rows.scan_all(world.service.ports.tables, "") if other.id in row.key}
    world.service.eraser.account(world.user.id)
    assert {row.key for row in rows.scan_all(world.service.ports.tables, "") if other.id in row.key} == before
    assert b"".join(world.service.ports.blobs.read(theirs.blob)) == CSV
    assert world.service.accounts.authenticate(token, CREDENTIAL_KINDS).user == other


@pytest.mark.parametrize("first_bytes", [100, HEAD_BYTES])
def test_an_upload_that_ends_after_its_account_leaves_nothing(world: World, first_bytes: int) -> None:
    """Whether the account goes before anything is written, or while the blob is."""
    service, user = world.service, world.user.id

    def chunks() -> Iterator[bytes]:
        yield CSV + b"20,Bern,no\n" * (first_bytes // 11)
        service.eraser.account(user)
        world.sweep()
        world.sweep(after_s=120)  # It is still coming in: this is not the last time.
        yield b"20,Bern,no\n" * (HEAD_BYTES // 11)

    with pytest.raises(Unauthorized):
        service.datasets.create(user, "late.csv", chunks())
    world.sweep()
    world.sweep(after_s=120)
    assert left(world) == []
    assert list(service.ports.blobs.names("")) == []


def test_the_row_of_an_upload_that_ended_in_the_middle_of_the_deletion_goes_as_well(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, user = world.service, world.user.id
    delete = service.ports.blobs.delete

    def late(blob: str) -> None:
        """The first blob's deletion comes after the look through the rows."""
        monkeypatch.setattr(service.ports.blobs, "delete", delete)
        service.datasets.create(user, "late.csv", iter([CSV]))
        delete(blob)

    world.upload()
    monkeypatch.setattr(service.ports.blobs, "delete", late)
    service.eraser.account(user)
    assert left(world) != []
    world.sweep()
    world.sweep(after_s=120)
    assert left(world) == []
    assert list(service.ports.blobs.names("")) == []


@pytest.mark.parametrize("crash", range(1, 60, 7))
def test_a_deletion_that_crashes_anywhere_is_finished_by_the_sweeper(
    world: World, crash: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    live(world)
    tables, delete, calls = world.service.ports.tables, world.service.ports.tables.delete, 0

    def dying(key: str) -> None:
        nonlocal calls
        calls += 1
        if calls == crash:
            raise Unavailable("gone")
        delete(key)

    monkeypatch.setattr(tables, "delete", dying)
    with suppress(Unavailable):
        world.service.eraser.account(world.user.id)
    monkeypatch.setattr(tables, "delete", delete)
    world.sweep()
    world.sweep(after_s=120)
    assert {key.split("#")[0] for key in left(world)} == {"audit"}
