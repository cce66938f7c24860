"""Second tries, over real tables and blobs that are away now and then."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backends.blobs.files import FileBlobs
from backends.retry import RetryingBlobs, RetryingTables
from backends.tables.sqlite import SqliteTables
from core.errors import Unavailable


class Shaky:
    """Fails the first calls of each method: before doing it, or after it has been done."""

    def __init__(self, port: Any, failures: int, *, done: bool) -> None:
        self.port, self.failures, self.done = port, failures, done
        self.calls: dict[str, int] = {}

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.port, name)

        def call(*arguments: Any, **options: Any) -> Any:
            self.calls[name] = self.calls.get(name, 0) + 1
            fails = name not in ("get", "close") and self.calls[name] <= self.failures
            if fails and not self.done:
                raise Unavailable("away")
            answer = method(*arguments, **options)
            if fails:
                raise Unavailable("answer lost")
            return answer

        return call


@pytest.fixture
def tables(tmp_path: Path) -> Iterator[SqliteTables]:
    SqliteTables.initialize(tmp_path / "t.db")
    opened = SqliteTables(tmp_path / "t.db")
    yield opened
    opened.close()


@pytest.mark.parametrize("done", [False, True])
def test_every_write_takes_effect_once_and_says_so(tables: SqliteTables, done: bool) -> None:
    retrying = RetryingTables(Shaky(tables, 2, done=done), 10)
    assert retrying.put_if_absent("k#1", b"a")
    assert retrying.put_if_unchanged("k#1", b"b", b"a")
    assert tables.get("k#1") == b"b"
    assert retrying.delete_if_unchanged("k#1", b"b")
    retrying.put("k#2", b"c")
    assert [row.key for row in retrying.scan("k#")] == ["k#2"]
    assert retrying.get_many(["k#2"]) == {"k#2": b"c"}
    retrying.put_many({"k#2": b"d", "k#3": b"e"})
    assert tables.get_many(["k#2", "k#3"]) == {"k#2": b"d", "k#3": b"e"}
    retrying.delete_many(["k#2", "k#3"])
    assert tables.scan("k#") == []


def test_somebody_elses_row_is_still_somebody_elses(tables: SqliteTables) -> None:
    tables.put("k#1", b"theirs")
    retrying = RetryingTables(Shaky(tables, 2, done=False), 10)
    assert not retrying.put_if_absent("k#1", b"ours")
    assert not retrying.put_if_unchanged("k#1", b"ours", b"other")
    assert tables.get("k#1") == b"theirs"


def test_it_gives_up_at_the_deadline(tables: SqliteTables) -> None:
    with pytest.raises(Unavailable):
        RetryingTables(Shaky(tables, 10**9, done=False), 0.2).put("k#1", b"a")


def test_blobs(tmp_path: Path) -> None:
    FileBlobs.initialize(tmp_path / "b")
    blobs = FileBlobs(tmp_path / "b")
    retrying = RetryingBlobs(Shaky(blobs, 1, done=False), 10)
    blobs.write("u/a", iter([b"x"]))
    assert b"".join(retrying.read("u/a")) == b"x"
    assert list(retrying.names("u/")) == ["u/a"]
    assert (found := retrying.stat("u/a")) is not None
    assert found.size_bytes == 1
    retrying.delete("u/a")
    assert blobs.stat("u/a") is None
