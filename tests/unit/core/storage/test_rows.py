"""Rows that many write at once: no write of theirs is lost or done twice, whatever becomes of the answers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import NotFound, Unavailable
from core.storage import rows
from tests.simulation.faults import ANSWER_LOST, REFUSED, SLOW, FaultPlan, FaultyPort, FaultyTables
from tests.simulation.memory import MemoryTables
from tests.simulation.scheduler import Process, Scheduler

KEY = "signed#1"


@dataclass(frozen=True)
class Signatures:
    """The names of those that wrote, in their order."""

    names: list[str] = field(default_factory=list)


def sign(name: str, record: Signatures | None) -> Signatures:
    before = record or Signatures()
    return replace(before, names=[*before.names, name])


def weak_line(odds: dict[str, float]) -> tuple[MemoryTables, FaultyTables]:
    """Tables, and the way to them, on which these faults happen."""
    tables = MemoryTables()
    return tables, FaultyTables(FaultyPort(Scheduler(0), FaultPlan(odds=odds), Process("writer")), tables)


@given(seed=st.integers(0, 10**6), lost=st.floats(0, 0.5), refused=st.floats(0, 0.3), writers=st.integers(1, 5))
@settings(max_examples=60, deadline=None)
def test_each_update_that_returned_was_written_once(seed: int, lost: float, refused: float, writers: int) -> None:
    scheduler, tables = Scheduler(seed), MemoryTables()
    weather = FaultPlan(odds={ANSWER_LOST: lost, REFUSED: refused, SLOW: 0.1})
    said: dict[str, bool] = {}

    def write(writer: int, line: FaultyPort) -> None:
        for number in range(4):
            name = f"{writer}.{number}"
            try:
                written = rows.update(
                    FaultyTables(line, tables), KEY, Signatures, lambda record, name=name: sign(name, record)
                )
            except Unavailable:
                said[name] = False
            else:
                said[name] = True
                assert written is not None
                assert written.names[-1] == name

    tasks = []
    for writer in range(writers):
        process = Process(f"writer {writer}")
        line = FaultyPort(scheduler, weather, process)
        tasks.append(scheduler.spawn(process, lambda writer=writer, line=line: write(writer, line)))
    for task in tasks:
        scheduler.join(task)
    assert not scheduler.failures
    assert len(said) == 4 * writers

    raw = tables.get(KEY)
    found = Counter(rows.load(Signatures, raw).names if raw else ())
    assert not [name for name, times in found.items() if times > 1]
    assert found.keys() >= {name for name, returned in said.items() if returned}


@pytest.mark.parametrize("raw", [None, rows.dump(Signatures(["eve"]))])
def test_an_answer_that_was_lost_is_looked_for(raw: bytes | None) -> None:
    tables, faulty = weak_line({})
    if raw is not None:
        tables.put(KEY, raw)
    faulty.line.weather.planned = {("writer", 2): ANSWER_LOST}  # The read comes first.
    assert rows.update(faulty, KEY, Signatures, lambda record: sign("ada", record)) is not None
    stored = tables.get(KEY)
    assert stored is not None
    assert rows.load(Signatures, stored).names[-1] == "ada"


def test_a_write_that_did_not_land_is_not_claimed() -> None:
    tables, faulty = weak_line({})
    tables.put(KEY, rows.dump(Signatures(["eve"])))
    faulty.line.weather.planned = {("writer", 2): REFUSED}
    with pytest.raises(Unavailable):
        rows.update(faulty, KEY, Signatures, lambda record: sign("ada", record))
    assert tables.get(KEY) == rows.dump(Signatures(["eve"]))


def test_whoever_was_quicker_is_heard() -> None:
    tables = MemoryTables()
    looked: list[Signatures | None] = []

    def late(record: Signatures | None) -> Signatures:
        looked.append(record)
        if len(looked) == 1:
            tables.put(KEY, rows.dump(Signatures(["eve"])))
        return sign("ada", record)

    assert rows.update(tables, KEY, Signatures, late) == Signatures(["eve", "ada"])
    assert looked == [None, Signatures(["eve"])]


def test_a_row_may_be_left_as_it_is() -> None:
    tables = MemoryTables()
    assert rows.update(tables, KEY, Signatures, lambda record: record and sign("ada", record)) is None
    assert tables.get(KEY) is None

    def refuse(record: Signatures | None) -> Signatures:
        raise NotFound("row", KEY)

    with pytest.raises(NotFound):
        rows.update(tables, KEY, Signatures, refuse)


@pytest.mark.parametrize("expected", [None, b"old"])
@pytest.mark.parametrize("fault", [ANSWER_LOST, REFUSED])
def test_a_write_may_be_tried_again_until_its_answer_comes(expected: bytes | None, fault: str) -> None:
    tables, faulty = weak_line({})
    if expected is not None:
        tables.put(KEY, expected)
    faulty.line.weather.planned = {("writer", 1): fault, ("writer", 2): REFUSED}  # Nor can it be looked for.
    with pytest.raises(Unavailable):
        rows.write_once(faulty, KEY, b"mine", expected)
    assert rows.write_once(faulty, KEY, b"mine", expected)
    assert tables.get(KEY) == b"mine"
    assert not rows.write_once(faulty, KEY, b"another's", expected)
