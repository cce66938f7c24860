"""What is to be done after a promotion, one row for each: guarding it for a while, making a challenger champion.

followup#user#pipeline#<trigger key>     written before the promotion, deleted when nothing is left to be done
due#minute#followup#user#pipeline/key    when the sweeper looks at it next
"""

from __future__ import annotations

from dataclasses import dataclass, field

from core.domain.records import Json
from core.ports import Tables
from core.storage import due_rows, rows
from core.storage.due_rows import Due

KIND = "followup"


@dataclass(frozen=True)
class FollowUp:
    """What follows a promotion.

    Attributes:
        run_id, key, number: of the run that promoted; `by` is who it is in logs of changes.
        since: number of the endpoint's newest change before the promotion.
        change_id: of the promotion in the endpoint's log of changes.
        alias: that the version got.
        guard: {rollback_if, within}; then: {champion_after, if?}; None for neither, or when it was done.
        next_at: the minute at which it is looked at next.
        decided: {action, why, figures} of what is about to be done.
    """

    run_id: str
    user_id: str
    pipeline_id: str
    key: str
    number: int
    by: str
    endpoint: str
    endpoint_id: str
    since: int
    change_id: str
    version: int
    alias: str
    next_at: str
    guard: Json | None = None
    then: Json | None = None
    decided: Json | None = None
    notify: list[str] = field(default_factory=list)

    @property
    def ref(self) -> str:
        """The run's name for people and logs."""
        return f"{self.pipeline_id}/{self.number}"


class FollowUpRows:
    """Reads and writes them."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables

    def create(self, follow_up: FollowUp) -> None:
        """Write it, and have it looked at; one that is there stays."""
        due_rows.put(self.tables, due_of(follow_up))
        self.tables.put_if_absent(_key(follow_up), rows.dump(follow_up))

    def find(self, due: Due) -> tuple[bytes | None, FollowUp | None]:
        """Return the row's bytes, and what a `due` row leads to; None where it is looked at another time, or never."""
        pipeline_id, _, key = due.id.partition("/")
        raw = self.tables.get(rows.key(KIND, due.user_id, pipeline_id, key))
        found = None if raw is None else rows.load(FollowUp, raw)
        return raw, found if found is not None and found.next_at == due.at else None

    def write(self, follow_up: FollowUp, raw: bytes, before: Due) -> None:
        """Write it if its row still has these bytes, and have it looked at when it says."""
        due = due_of(follow_up)
        due_rows.put(self.tables, due)
        if rows.write_once(self.tables, _key(follow_up), rows.dump(follow_up), raw) and due != before:
            due_rows.delete(self.tables, before)

    def delete(self, follow_up: FollowUp) -> None:
        """Delete it, with what leads to it last."""
        self.tables.delete(_key(follow_up))
        due_rows.delete(self.tables, due_of(follow_up))

    def forget(self, user_id: str, pipeline_id: str) -> None:
        """Delete all of a pipeline that is gone. May be done twice."""
        for row in rows.scan_all(self.tables, rows.prefix(KIND, user_id, pipeline_id)):
            self.delete(rows.load(FollowUp, row.value))


def due_of(follow_up: FollowUp) -> Due:
    """Return the row by which the sweeper finds it."""
    return Due(follow_up.next_at, KIND, follow_up.user_id, f"{follow_up.pipeline_id}/{follow_up.key}")


def _key(follow_up: FollowUp) -> str:
    return rows.key(KIND, follow_up.user_id, follow_up.pipeline_id, follow_up.key)
