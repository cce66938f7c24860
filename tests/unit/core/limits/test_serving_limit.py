"""The limit on predictions: it holds while the tables answer, and keeps nobody waiting while they do not."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from core.errors import TooMany, Unavailable
from core.limits.serving_limit import ServingLimit
from tests.simulation.memory import MemoryTables
from tests.unit.core.conftest import Clock
from tests.unit.core.limits.test_rate_limit import passed
from tests.waiting import PATIENCE_S


class Tables(MemoryTables):
    """Tables that can be away, or take for ever."""

    def __init__(self) -> None:
        super().__init__()
        self.reads = 0
        self.is_away = False
        self.opened = threading.Event()
        self.opened.set()

    def get(self, key: str) -> bytes | None:
        self.reads += 1
        assert self.opened.wait(PATIENCE_S)
        if self.is_away:
            raise Unavailable("no table answers")
        return super().get(key)


@pytest.fixture
def tables() -> Iterator[Tables]:
    made = Tables()
    yield made
    made.opened.set()


@pytest.mark.parametrize("most", [1, 3, 120])
def test_so_many_in_a_window_and_no_more(tables: Tables, most: int) -> None:
    clock = Clock()
    here, there = (ServingLimit(tables, "predictions", most, clock=clock) for _ in range(2))
    assert passed(here, most) + passed(there, most) == most
    clock.pass_s(60)
    assert passed(there, 2 * most) == most


def test_a_subject_may_have_a_maximum_of_its_own(tables: Tables) -> None:
    limit = ServingLimit(tables, "requests", 0, clock=Clock())
    limit.hit("anybody")
    for _ in range(4):
        limit.hit("narrow", 4)
    with pytest.raises(TooMany, match="the limit is 4 per"):
        limit.hit("narrow", 4)


@pytest.mark.parametrize("trouble", ["away", "hanging"])
def test_nobody_waits_for_tables_that_do_not_answer(tables: Tables, trouble: str) -> None:
    limit = ServingLimit(tables, "predictions", 100, clock=Clock())
    if trouble == "away":
        tables.is_away = True
    else:
        tables.opened.clear()
    assert passed(limit, 1000) == 1000
    assert tables.reads == 1  # The first one has found out for all.
