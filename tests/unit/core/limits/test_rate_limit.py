"""Rate limits: exact within a window whoever asks where, and cheap."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.tables.sqlite import SqliteTables
from core.errors import TooMany
from core.limits.rate_limit import BLOCKS_PER_LIMIT, RateLimit
from core.ports import Tables
from tests.simulation.memory import MemoryTables
from tests.unit.core.conftest import Clock, World


@pytest.fixture
def tables(tmp_path: Path) -> Iterator[SqliteTables]:
    SqliteTables.initialize(tmp_path / "tables.db")
    opened = SqliteTables(tmp_path / "tables.db")
    yield opened
    opened.close()


def passed(limit: RateLimit, count: int, subject: str = "ada") -> int:
    """How many of so many requests are let pass."""
    through = 0
    for _ in range(count):
        try:
            limit.hit(subject)
        except TooMany:
            continue
        through += 1
    return through


@pytest.mark.parametrize("most", [1, 3, 120])
def test_so_many_in_a_window_and_no_more(tables: Tables, most: int) -> None:
    clock = Clock()
    limit = RateLimit(tables, "requests", most, clock=clock)
    assert passed(limit, 2 * most) == most
    assert passed(limit, 2 * most, "eve") == most
    with pytest.raises(TooMany) as refused:
        limit.hit("ada")
    assert refused.value.reason == "RATE_LIMITED"
    clock.pass_s(refused.value.retry_after_s)
    assert passed(limit, 2 * most) == most


def test_nought_is_no_limit(tables: Tables) -> None:
    assert passed(RateLimit(tables, "requests", 0), 1000) == 1000
    assert tables.scan("") == []


@given(
    most=st.integers(1, 300), turns=st.lists(st.tuples(st.integers(0, 2), st.integers(1, 80)), max_size=20),
    skew_s=st.floats(0, 59),
)  # fmt: skip
def test_processes_share_one_limit(most: int, turns: list[tuple[int, int]], skew_s: float) -> None:
    tables = MemoryTables()
    clock, ahead = Clock(), Clock()
    clock.now_s = 6000.0
    ahead.now_s = 6000.0 + skew_s
    processes = [RateLimit(tables, "requests", most, clock=each) for each in (clock, clock, ahead)]
    through = sum(passed(processes[process], count) for process, count in turns)
    n_requests = sum(count for _, count in turns)
    stranded = (len(processes) - 1) * (most // BLOCKS_PER_LIMIT + 1)
    assert min(n_requests, most - stranded) <= through <= min(n_requests, most)


def test_most_requests_ask_nobody(tables: Tables, monkeypatch: pytest.MonkeyPatch) -> None:
    limit, reads = RateLimit(tables, "requests", 1000, clock=Clock()), []
    get = tables.get
    monkeypatch.setattr(tables, "get", lambda key: reads.append(key) or get(key))
    assert passed(limit, 1500) == 1000
    assert len(reads) == BLOCKS_PER_LIMIT + 1  # Refusals are remembered, too.


def test_memory_is_bounded_and_what_is_forgotten_still_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.limits.rate_limit.MAX_SUBJECTS", 10)
    limit = RateLimit(MemoryTables(), "requests", 1, clock=Clock())
    for number in range(50):
        limit.hit(str(number))
    assert len(limit.allowances) == 10
    assert passed(limit, 5, "0") == 0


def test_a_row_in_the_way_is_written_anew(tables: Tables, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    here, there = (RateLimit(tables, "requests", 100, clock=clock) for _ in range(2))
    write = tables.put_if_absent

    def too_late(key: str, value: bytes) -> bool:
        monkeypatch.setattr(tables, "put_if_absent", write)
        there.hit("ada")
        return write(key, value)

    monkeypatch.setattr(tables, "put_if_absent", too_late)
    assert passed(here, 200) == 98
    assert passed(there, 200) == 1


def test_old_rows_are_swept(world: World) -> None:
    tables = world.service.ports.tables
    old, new = RateLimit(tables, "old", 5, clock=Clock()), RateLimit(tables, "new", 5)
    old.hit("ada")
    new.hit("ada")
    world.sweep()
    assert len(tables.scan("rate#")) == 1
    assert passed(new, 9) == 4
