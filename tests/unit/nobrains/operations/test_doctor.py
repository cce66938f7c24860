"""The doctor says in words what is wrong with each part, and how to mend it; and makes nothing by looking."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from backends.factory import create_backends, initialize
from core.domain.records import TaskRef, TaskState
from core.service import Service
from core.settings import Settings
from core.storage import rows
from nobrains.main import app
from nobrains.operations import doctor
from tests.emulators.bigtable import BigtableEmulator
from tests.emulators.ports import reserve_ports

Doctor = Callable[[], tuple[int, dict[str, str]]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A service that has been set up."""
    made = tmp_path / "data"
    initialize(Settings({}, data=str(made)))
    return made


@pytest.fixture
def ask(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Doctor:
    """Has it look; its exit code, and what it says of each part."""
    for name in os.environ:
        if name.startswith("NOBRAINS_"):
            monkeypatch.delenv(name)
    monkeypatch.setattr(doctor, "LOADED", ())
    monkeypatch.setenv("NOBRAINS_RETRY_S", "0.2")

    def look() -> tuple[int, dict[str, str]]:
        result = CliRunner().invoke(app, ["doctor", "--data", str(folder)])
        assert "Traceback" not in result.output
        lines = [line.split(maxsplit=2) for line in result.output.splitlines()]
        said: dict[str, str] = {}
        for word, part, sentence in lines:
            name = part.rstrip(":")
            said[name] = f"{said.get(name, '')} {word} {sentence}".strip()
        return result.exit_code, said

    return look


def test_all_is_well(ask: Doctor, folder: Path) -> None:
    service = Service(create_backends(Settings({}, data=str(folder))), Settings({}))
    service.accounts.sign_up("root", "correct horse", "admin")
    code, said = ask()
    assert code == 0
    assert {sentence.split()[0] for sentence in said.values()} == {"ok"}
    assert not [row.key for row in rows.scan_all(service.ports.tables, "doctor#")]
    assert list(service.ports.blobs.names("doctor/")) == []
    service.ports.close()


def test_looking_makes_nothing(ask: Doctor, folder: Path) -> None:
    shutil.rmtree(folder)
    code, said = ask()
    assert code == 0
    assert "nobrains init" in said["tables"]
    assert not folder.exists()


def test_every_wrong_setting_is_said_and_the_rest_looked_at(ask: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"THREADS": "many", "SIGNUP": "maybe", "LEASE_S": "1", "TREADS": "4"}.items():
        monkeypatch.setenv(f"NOBRAINS_{name}", value)
    code, said = ask()
    assert code == 1
    for name in ("NOBRAINS_THREADS", "NOBRAINS_SIGNUP", "NOBRAINS_LEASE_S", "NOBRAINS_TREADS"):
        assert name in said["settings"]
    assert said["tables"].startswith("ok")


@pytest.mark.parametrize(
    ("part", "lost", "hint"),
    [("tables", "tables.db", "folder may be written"), ("blobs", "blobs", "put back"), ("queue", "queue.db", "exists")],
)
def test_what_was_there_and_is_gone(ask: Doctor, folder: Path, part: str, lost: str, hint: str) -> None:
    path = folder / lost
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    code, said = ask()
    assert code == 1
    assert said[part].startswith("wrong")
    assert lost in said[part]
    assert hint in said[part]
    assert all(said[other].startswith("ok") for other in {"tables", "blobs", "queue"} - {part})
    assert not path.exists()


def test_a_damaged_file(ask: Doctor, folder: Path) -> None:
    (folder / "tables.db").write_bytes(b"this is no database, whatever its name says " * 100)
    code, said = ask()
    assert code == 1
    assert "restore it from a backup" in said["tables"]


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everything")
def test_what_cannot_be_written(ask: Doctor, folder: Path) -> None:
    (folder / "tables.db").chmod(stat.S_IRUSR)
    _, said = ask()
    assert "writable" in said["tables"]


@pytest.mark.parametrize(
    ("part", "settings", "address"),
    [
        ("tables", {"NOBRAINS_TABLES": "bigtable", "NOBRAINS_BIGTABLE_PROJECT": "test"}, "BIGTABLE_EMULATOR_HOST"),
        ("blobs", {"NOBRAINS_BLOBS": "gcs", "NOBRAINS_GCS_BUCKET": "bucket"}, "STORAGE_EMULATOR_HOST"),
        ("queue", {"NOBRAINS_QUEUE": "rabbitmq"}, "NOBRAINS_RABBITMQ_URL"),
    ],
)
def test_a_port_at_which_nobody_listens(
    ask: Doctor, monkeypatch: pytest.MonkeyPatch, part: str, settings: dict[str, str], address: str
) -> None:
    (port,) = reserve_ports(1)
    where = {"tables": f"127.0.0.1:{port}", "blobs": f"http://127.0.0.1:{port}"}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv(address, where.get(part, f"amqp://guest:secret@127.0.0.1:{port}/"))
    code, said = ask()
    assert code == 1
    assert said[part].startswith("wrong")
    assert str(port) in said[part]
    assert "secret" not in said[part]
    assert all(said[other].startswith("ok") for other in {"tables", "blobs", "queue"} - {part})


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[BigtableEmulator]:
    running = BigtableEmulator()
    monkeypatch.setenv("BIGTABLE_EMULATOR_HOST", running.host)
    yield running
    running.kill()


def test_tables_that_were_never_made(ask: Doctor, emulator: BigtableEmulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOBRAINS_TABLES", "bigtable")
    monkeypatch.setenv("NOBRAINS_BIGTABLE_PROJECT", "test")
    code, said = ask()
    assert code == 1
    assert "nobrains init" in said["tables"]


def test_a_service_that_nobody_looks_after(ask: Doctor, folder: Path) -> None:
    settings = Settings({}, data=str(folder))
    ports = create_backends(settings)
    ref = TaskRef("train", "ada", "job")
    ports.tables.put(rows.active_key(ref), b"")
    ports.tables.put(rows.task_state_key(ref), rows.dump(TaskState("queued", "2026-01-01T00:00:00.000Z")))
    ports.tables.put("dead_letter#x", b"{}")
    ports.close()
    code, said = ask()
    assert code == 0
    assert said["service"].startswith("note")
    for words in ("no administrator", "nobrains dead-letters", "nobrains worker --queue train"):
        assert words in said["service"]


def test_an_engine_that_lacks_a_library(ask: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "LOOKED_FOR", ("no_such_library",))
    code, said = ask()
    assert code == 1
    assert "no_such_library (not installed)" in said["engine"]
