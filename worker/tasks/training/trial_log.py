"""The trial rows of one search, as one of the workers that share it sees and writes them.

Numbers have no gaps: the worker that reserves the next one has seen all before it, so each proposal is made in the
knowledge of all earlier ones, finished or running. A trial takes three operations: read on, reserve, finish.
"""

from __future__ import annotations

from core.domain.records import Json, TaskRef
from core.domain.trainings import TrialRow
from core.observability.metrics import TRIAL_SECONDS
from core.ports import Tables
from core.storage import rows

READ_AHEAD = 32
MAX_READ_AHEAD = 1024
"""Rows to read beyond the last one seen: at first, and at most, doubled as long as all of them were there."""


class TrialLog:
    """Read on from the last row seen; reserve and finish trials.

    Args:
        ref: the training.
        epoch: that of the leader, written into the trials that this worker begins.
        member: the id of this helper; empty for the leader itself.
    """

    def __init__(self, tables: Tables, ref: TaskRef, epoch: int, member: str = "") -> None:
        self.tables = tables
        self.ref = ref
        self.epoch = epoch
        self.member = member
        self.next = 0
        self.running: dict[int, bytes] = {}
        """Those of others that were not over when last seen."""
        self.own_reservation: tuple[int, bytes] | None = None
        self.unread: list[TrialRow] = []

    def key(self, number: int) -> str:
        return rows.key("trial", self.ref.user_id, self.ref.id, number)

    def row(self, trial: Json, blob: str | None = None) -> TrialRow:
        """Return the row of a trial from the engine's description of it."""
        return TrialRow(
            trial["number"], self.epoch, trial["model"], trial["state"], trial["started_at"],
            trial["score"], trial["fit_s"], trial["params"], trial, blob, self.member,
        )  # fmt: skip

    def read_new(self) -> list[TrialRow]:
        """Return others' trials that have begun or ended since the last call, by number.

        After Unavailable the next call leaves nothing out.
        """
        ahead = READ_AHEAD
        while self._read(sorted(self.running) if ahead == READ_AHEAD else [], ahead):
            ahead = min(2 * ahead, MAX_READ_AHEAD)
        changed, self.unread = self.unread, []
        return changed

    def _read(self, known: list[int], ahead: int) -> bool:
        """Read on, and return whether there may be more rows beyond."""
        found = self.tables.get_many([self.key(number) for number in (*known, *range(self.next, self.next + ahead))])
        for number in known:
            self._observe(number, found.get(self.key(number)))
        for number in range(self.next, self.next + ahead):
            raw = found.get(self.key(number))
            if raw is None:
                return False  # Rows behind a gap are read when the gap is.
            self._observe(number, raw)
            self.next = number + 1
        return True

    def reserve(self, trial: Json) -> bool:
        """Reserve the trial's number with its parameters, if it is the next; False if another worker was quicker.

        May be called again after Unavailable.
        """
        number, value = trial["number"], rows.dump(self.row(trial))
        if not rows.write_once(self.tables, self.key(number), value, None):
            return False
        self.own_reservation = number, value
        self.next = max(self.next, number + 1)
        return True

    def finish(self, trial: Json, blob: str | None = None) -> TrialRow | None:
        """Write the result of the reserved trial; None if it was declared lost meanwhile.

        May be called again after Unavailable.
        """
        assert self.own_reservation is not None
        row, (number, reserved) = self.row(trial, blob), self.own_reservation
        if not self._replace(number, row, reserved):
            return None
        self.own_reservation = None
        if row.fit_s is not None:
            TRIAL_SECONDS.labels(row.model).observe(row.fit_s)
        return row

    def abandon(self, state: str, reason: str) -> None:
        """End the reserved trial that will not be finished, if there is one."""
        if self.own_reservation is not None:
            row = rows.load(TrialRow, self.own_reservation[1])
            self.finish({**row.payload, "state": state, "reason": reason})

    def mark_lost(self, number: int, raw: bytes) -> TrialRow | None:
        """Declare a trial lost that was seen running.

        Return None if it has ended after all; the next read returns it.
        """
        row = rows.load(TrialRow, raw)
        lost = self.row({**row.payload, "state": "failed", "reason": "Its worker was lost."})
        if not self._replace(number, lost, raw):
            return None
        self.running.pop(number, None)
        return lost

    def _replace(self, number: int, row: TrialRow, expected: bytes) -> bool:
        return rows.write_once(self.tables, self.key(number), rows.dump(row), expected)

    def _observe(self, number: int, raw: bytes | None) -> None:
        own = self.own_reservation[0] if self.own_reservation else None
        if raw is None or raw == self.running.get(number) or number == own:
            return
        row = rows.load(TrialRow, raw)
        if row.state == "running":
            self.running[number] = raw
        else:
            self.running.pop(number, None)
        self.unread.append(row)
