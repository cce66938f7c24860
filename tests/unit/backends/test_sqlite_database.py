from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import backends.sqlite_database
from backends.sqlite_database import MAX_IDLE, Database
from core.errors import Unavailable

SCHEMA = "CREATE TABLE numbers (number INTEGER)"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "it's 100% a # file?.db"
    Database.create(path, 1, SCHEMA)
    return path


def add(database: Database, number: int) -> None:
    with database.writing() as connection:
        connection.execute("INSERT INTO numbers VALUES (?)", (number,))


def count(database: Database) -> int:
    with database.connection() as connection:
        return int(connection.execute("SELECT count(*) FROM numbers").fetchone()[0])


def test_create_keeps_what_is_there(path: Path) -> None:
    database = Database(path, 1)
    add(database, 1)
    Database.create(path, 1, SCHEMA)
    assert count(database) == 1


def test_file_is_for_its_owner_alone(path: Path) -> None:
    database = Database(path, 1)
    add(database, 1)
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}


def test_every_commit_reaches_the_disk(path: Path) -> None:
    with Database(path, 1).connection() as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)


def test_missing_file_is_never_made_by_opening(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="check that the file exists"):
        Database(tmp_path / "none.db", 1)
    assert list(tmp_path.iterdir()) == []


def test_newer_schema_asks_for_a_newer_program(path: Path) -> None:
    with pytest.raises(Unavailable, match="upgrade the program"):
        Database(path, 0)


@pytest.mark.parametrize("content", [b"", b"no database at all" * 100])
def test_file_that_is_no_database(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.db").write_bytes(content)
    with pytest.raises(Unavailable, match="backup"):
        Database(tmp_path / "x.db", 1)


@pytest.mark.parametrize("lost", ["file", "log", "folder"])
def test_deleted_under_a_running_process(path: Path, lost: str) -> None:
    database = Database(path, 1)
    add(database, 1)
    if lost == "folder":
        shutil.rmtree(path.parent)
    else:
        os.unlink(path if lost == "file" else f"{path}-wal")
    for _ in range(2):
        with pytest.raises(Unavailable, match="deleted or replaced"):
            count(database)
        with pytest.raises(Unavailable, match="deleted or replaced"):
            add(database, 2)


def test_replaced_under_a_running_process(path: Path) -> None:
    database = Database(path, 1)
    add(database, 1)
    for file in path.parent.iterdir():
        file.unlink()
    Database.create(path, 1, SCHEMA)
    other = Database(path, 1)
    with pytest.raises(Unavailable, match="deleted or replaced"):
        count(database)
    assert count(other) == 0


def test_emptied_under_a_running_process(path: Path) -> None:
    database = Database(path, 1)
    Database(path, 1).close()
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE numbers")
    connection.close()
    with pytest.raises(Unavailable, match="no such table"):
        count(database)


def test_locked_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backends.sqlite_database, "BUSY_TIMEOUT_S", 0.01)
    database = Database(path, 1)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable, match="another process keeps it locked"):
        add(database, 1)
    assert count(database) == 0  # readers do not wait
    other.execute("ROLLBACK")
    other.close()
    add(database, 1)
    assert count(database) == 1


def test_a_thread_that_writes_keeps_others_waiting_no_longer_than_another_process_would(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(path, 1)
    with database.writing():
        monkeypatch.setattr(backends.sqlite_database, "BUSY_TIMEOUT_S", 0.01)
        with pytest.raises(Unavailable, match="keeps it locked"), database.writing():
            raise AssertionError("two write at once")
    add(database, 1)
    assert count(database) == 1


def test_full_disk(path: Path) -> None:
    database = Database(path, 1)
    with database.connection() as connection:
        connection.execute("PRAGMA max_page_count = 1")
    with pytest.raises(Unavailable, match="free some disk space"), database.connection() as connection:
        connection.execute("INSERT INTO numbers VALUES (zeroblob(100000))")
    add(database, 1)
    assert count(database) == 1


def test_many_threads_leave_few_connections(path: Path) -> None:
    database = Database(path, 1)
    with ThreadPoolExecutor(4 * MAX_IDLE) as threads:
        list(threads.map(lambda number: add(database, number), range(200)))
    assert count(database) == 200
    fds = [fd for fd in Path("/proc/self/fd").iterdir() if fd.exists()]
    assert 1 <= sum(os.readlink(fd) == f"{path}-wal" for fd in fds) <= MAX_IDLE


def test_errors_do_not_look_like_a_lost_file(path: Path) -> None:
    database = Database(path, 1)
    before = os.stat(f"{path}-wal").st_ino
    for _ in range(3):
        with pytest.raises(Unavailable, match="no such table"), database.connection() as connection:
            connection.execute("SELECT * FROM nonsense")
    assert os.stat(f"{path}-wal").st_ino == before
    assert count(database) == 0


def test_forked_child_uses_connections_of_its_own(path: Path) -> None:
    database = Database(path, 1)
    add(database, 1)
    if (pid := os.fork()) == 0:
        try:
            add(database, 2)
            os._exit(count(database))
        finally:
            os._exit(99)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 2
    add(database, 3)
    assert count(database) == 3


def test_mistakes_of_the_program_keep_their_own_error(path: Path) -> None:
    with pytest.raises(sqlite3.ProgrammingError), Database(path, 1).connection() as connection:
        connection.execute("SELECT ?")


def test_closed_database_is_unavailable(path: Path) -> None:
    database = Database(path, 1)
    database.close()
    with pytest.raises(Unavailable, match="closed"):
        count(database)
