from __future__ import annotations

from pathlib import Path

import pytest

from backends.tables.sqlite import SqliteTables
from core.errors import Unavailable
from tests.unit.backends.conftest import StartPython

PROCESSES = 3
ROUNDS = 50

CLAIM = """
import sys
from pathlib import Path
from backends.tables.sqlite import SqliteTables
tables = SqliteTables(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
for number in range(int(sys.argv[3])):
    print(int(tables.put_if_unchanged(f"job#{number}", sys.argv[2].encode(), b"queued")))
"""

PUT_FOREVER = """
import itertools, sys
from pathlib import Path
from backends.tables.sqlite import SqliteTables
tables = SqliteTables(Path(sys.argv[1]))
for number in itertools.count():
    tables.put(f"event#{number:09}", b"x" * 1000)
    print(number, flush=True)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    SqliteTables.initialize(tmp_path / "tables.db")
    return tmp_path / "tables.db"


def test_one_process_wins_each_row(path: Path, start_python: StartPython) -> None:
    tables = SqliteTables(path)
    for number in range(ROUNDS):
        tables.put(f"job#{number}", b"queued")
    processes = [start_python(CLAIM, path, name, ROUNDS) for name in range(PROCESSES)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    wins = [process.communicate("go\n")[0].split() for process in processes]
    for number, won in enumerate(zip(*wins, strict=True)):
        assert sorted(won) == ["0", "0", "1"]
        assert tables.get(f"job#{number}") == b"%d" % won.index("1")


def test_nothing_confirmed_is_lost_by_a_kill(path: Path, start_python: StartPython) -> None:
    process = start_python(PUT_FOREVER, path)
    assert process.stdout is not None
    for _ in range(100):
        process.stdout.readline()
    process.kill()
    confirmed = 100 + len(process.communicate()[0].splitlines())
    rows = SqliteTables(path).scan("event#", limit=1_000_000)
    assert len(rows) in (confirmed - 1, confirmed, confirmed + 1)
    assert [row.key for row in rows] == [f"event#{number:09}" for number in range(len(rows))]


def test_wiped_tables_are_unavailable_not_empty(path: Path) -> None:
    tables = SqliteTables(path)
    tables.put("job#1", b"1")
    path.unlink()
    for call in (
        lambda: tables.get("job#1"),
        lambda: tables.get_many(["job#1"]),
        lambda: tables.scan("job#"),
        lambda: tables.put_many({"job#1": b""}),
        lambda: tables.delete_many(["job#1"]),
        lambda: tables.put_if_absent("job#1", b""),
        lambda: tables.delete("job#1"),
        tables.ping,
    ):
        with pytest.raises(Unavailable):
            call()
