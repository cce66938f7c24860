"""What follows a promotion is done once, at whichever write a process ends."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from core.domain.endpoints import CHAMPION
from core.errors import Unavailable
from core.storage import rows
from tests.unit.core.pipelines.followups.conftest import GUARD, Promoted

if TYPE_CHECKING:
    pass

WRITES = ("put", "put_if_absent", "put_if_unchanged", "delete", "delete_if_unchanged")


class Stumbling:
    """Tables that fail at the n-th write: before it, or with its answer lost."""

    def __init__(self, tables: Any, at: int, *, has_landed: bool) -> None:
        self.tables, self.left, self.has_landed = tables, at, has_landed

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.tables, name)
        if name not in WRITES:
            return found

        def stumble(*args: Any, **named: Any) -> Any:
            self.left -= 1
            if self.left:
                return found(*args, **named)
            if self.has_landed:
                found(*args, **named)
            raise Unavailable("The tables are away.")

        return stumble


@pytest.mark.parametrize("has_landed", [False, True])
@pytest.mark.parametrize("do", ["rollback", "then"])
def test_a_crash_at_any_write_ends_in_the_same_and_nothing_is_done_twice(
    promoted: Promoted, do: str, has_landed: bool
) -> None:
    at, crashed = 0, True
    while crashed:
        at += 1
        promoted.served.promote(1)
        promoted.passed = timedelta()
        for row in [*rows.scan_all(promoted.tables, "alarm#"), *rows.scan_all(promoted.tables, "run#")]:
            promoted.tables.delete(row.key)
        before = promoted.endpoint.seq
        if do == "rollback":
            promoted.promote(guard=GUARD)
            promoted.alarm()
        else:
            promoted.promote("challenger", then={"champion_after": "5m"})
        crashed = sweep_with_a_crash(promoted, Stumbling(promoted.tables, at, has_landed=has_landed))
        promoted.sweep(timedelta(minutes=5))
        assert promoted.left == []
        assert promoted.endpoint.aliases[CHAMPION] == (1 if do == "rollback" else 2)
        assert promoted.endpoint.seq == before + 2
        assert promoted.told.count("run.rolled_back" if do == "rollback" else "run.champion") == at
    assert at > 5  # So many writes there are at least.


def sweep_with_a_crash(promoted: Promoted, tables: Stumbling) -> bool:
    """Sweep with tables that fail at a write; return whether they did."""
    endpoints, follow_ups = promoted.service.endpoints, promoted.follow_ups
    holders: list[Any] = [follow_ups, follow_ups.rows, follow_ups.runs, endpoints, endpoints.rows]
    for holder in holders:
        holder.tables = tables
    try:
        promoted.sweep(timedelta(minutes=6))
    except Unavailable:
        return True
    finally:
        for holder in holders:
            holder.tables = tables.tables
    return tables.left <= 0
