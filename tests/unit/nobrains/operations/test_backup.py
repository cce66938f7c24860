"""A backup holds everything or is none, and a restore brings it all back."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from backends.factory import create_backends
from core.domain.records import Dataset
from core.errors import NoBrainsError, Unavailable
from core.ports import PROFILE_QUEUE
from core.service import Service
from core.settings import Settings
from core.storage import rows
from core.storage.sealed import KEY_FILE
from nobrains.operations import backup
from nobrains.operations.backup import ATTEMPTS, NotConsistent, write_backup
from nobrains.operations.restore import read_backup
from tests.unit.nobrains.conftest import CSV


def everything(service: Service) -> dict[str, bytes]:
    tables, blobs = service.ports.tables, service.ports.blobs
    found = {row.key: row.value for row in rows.scan_all(tables, "")}
    return found | {name: b"".join(blobs.read(name)) for name in blobs.names("")}


def test_what_is_restored_is_what_was_backed_up(service: Service, settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "backup.tar"
    assert "1 blobs" in write_backup(settings, file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert not list(settings.folder.glob(".backup-*"))
    before = everything(service)
    other = Settings({}, data=str(tmp_path / "other"))
    read_backup(other, file)
    ports = create_backends(other)
    restored = Service(ports, other)
    assert everything(restored) == before
    assert (tmp_path / "other").stat().st_mode & 0o777 == 0o700
    # Its message was not in it, and is published anew.
    assert ports.queue.receive(PROFILE_QUEUE, 0) is None
    monotonic = iter(range(0, 1000, 20))
    restored.sweeper = restored.make_sweeper(lambda: float(next(monotonic)))
    for _ in range(4):
        restored.sweeper.sweep()
    assert ports.queue.depth(PROFILE_QUEUE) >= 1
    ports.close()


def test_secrets_can_be_read_after_a_restore(service: Service, settings: Settings, tmp_path: Path) -> None:
    user = service.accounts.sign_up("grace", "correct horse").id
    made = service.webhooks.create(user, "https://example.org/", ["*"])
    write_backup(settings, tmp_path / "backup.tar")
    other = Settings({}, data=str(tmp_path / "other"))
    read_backup(other, tmp_path / "backup.tar")
    assert (tmp_path / "other" / KEY_FILE).stat().st_mode & 0o777 == 0o600
    ports = create_backends(other)
    restored = Service(ports, other).webhooks
    kept = restored.get(user, made.webhook.id)
    assert restored.secrets.open(kept.secret, "webhook", user, kept.id) == made.secret
    ports.close()


def test_a_service_that_stands_still_is_backed_up_as_well(service: Service, settings: Settings, tmp_path: Path) -> None:
    service.ports.close()
    write_backup(settings, tmp_path / "backup.tar")
    read_backup(Settings({}, data=str(tmp_path / "other")), tmp_path / "backup.tar")


def test_a_blob_that_is_deleted_meanwhile_is_in_it(
    service: Service, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = backup.copy_database

    def copy_and_delete(source: Path, target: Path) -> None:
        copy(source, target)
        for name in list(service.ports.blobs.names("")):
            service.ports.blobs.delete(name)

    monkeypatch.setattr(backup, "copy_database", copy_and_delete)
    assert "1 blobs" in write_backup(settings, tmp_path / "backup.tar")
    read_backup(Settings({}, data=str(tmp_path / "other")), tmp_path / "backup.tar")


@pytest.mark.parametrize("times", [1, ATTEMPTS])
def test_a_blob_that_comes_and_goes_meanwhile_makes_it_begin_anew(
    service: Service, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    user = service.accounts.sign_up("grace", "correct horse").id
    copy, calls = backup.copy_database, 0

    def come_and_go(source: Path, target: Path) -> None:
        nonlocal calls
        calls += 1
        if calls > times:
            copy(source, target)
            return
        dataset = service.datasets.create(user, "short.csv", iter([CSV]))
        copy(source, target)
        service.ports.blobs.delete(dataset.blob)
        service.ports.tables.delete(rows.key("dataset", user, dataset.id))

    monkeypatch.setattr(backup, "copy_database", come_and_go)
    if times < ATTEMPTS:
        write_backup(settings, tmp_path / "backup.tar")
        assert calls == 2
    else:
        with pytest.raises(NotConsistent):
            write_backup(settings, tmp_path / "backup.tar")
        assert not (tmp_path / "backup.tar").exists()


def test_a_dataset_that_is_being_deleted_needs_no_blob(service: Service, settings: Settings, tmp_path: Path) -> None:
    (row,) = service.ports.tables.scan("dataset#")
    dataset = rows.load(Dataset, row.value)
    service.ports.tables.put(row.key, row.value.replace(b'"uploaded"', b'"deleting"'))
    service.ports.blobs.delete(dataset.blob)
    assert "0 blobs" in write_backup(settings, tmp_path / "backup.tar")


def test_what_cannot_be_done_is_said(service: Service, settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(NoBrainsError, match="not empty"):
        read_backup(settings, _written(settings, tmp_path))
    with pytest.raises(NoBrainsError, match="no file"):
        read_backup(settings, tmp_path / "nothing.tar")
    with pytest.raises(NoBrainsError, match="Only embedded"):
        write_backup(Settings({}, data=str(settings.folder), tables="bigtable"), tmp_path / "b.tar")
    with pytest.raises(NoBrainsError, match="NOBRAINS_DATA"):
        write_backup(Settings({}, data=str(tmp_path / "nowhere")), tmp_path / "b.tar")
    with pytest.raises(Unavailable):
        write_backup(settings, tmp_path / "no" / "folder.tar")


def _written(settings: Settings, folder: Path) -> Path:
    write_backup(settings, folder / "backup.tar")
    return folder / "backup.tar"


def test_a_write_that_fails_leaves_the_earlier_backup(
    service: Service, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = _written(settings, tmp_path)
    before = file.read_bytes()

    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(Unavailable, match="free some disk space"):
        write_backup(settings, file)
    assert file.read_bytes() == before
    assert not list(tmp_path.glob(".*.partial"))
