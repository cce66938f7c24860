"""Helper slots: which workers help with a search that another worker leads.

Each slot is a row with a lease of its own, renewed by the helper that holds it and watched by the leader alone. A trial
names the helper that runs it: as soon as no slot does, the trial is lost, and the leader does not wait for it.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, replace

from core.domain.ids import now
from core.domain.records import TaskRef, TaskState
from core.domain.states import RUNNING
from core.errors import LeaseLost
from core.ports import Tables
from core.storage import rows
from core.tasks.lifecycle import ClaimedTask


@dataclass(frozen=True)
class HelperLease(ClaimedTask):
    """A slot that this process holds.

    Its `task_state` is that of the help, not of the job: the owner is the helper, the epoch that of the leader.
    """

    key: str

    @property
    def helper_id(self) -> str:
        """The helper's id, unlike any other, also of the same worker."""
        return self.task_state.owner


class HelperSlots:
    """The helper slots of one job."""

    def __init__(self, tables: Tables, ref: TaskRef) -> None:
        self.tables = tables
        self.ref = ref
        self.start = rows.prefix("helper_slot", ref.user_id, ref.id)

    def occupied(self) -> dict[str, bytes]:
        """Return the bytes of each occupied slot by its key."""
        return {row.key: row.value for row in rows.scan_all(self.tables, self.start)}

    def acquire(self, count: int, worker: str, epoch: int) -> HelperLease | None:
        """Acquire a slot; return None if all are taken."""
        member = f"{worker}/{secrets.token_hex(4)}"
        task_state = TaskState(RUNNING, now(), epoch, member, secrets.token_hex(8))
        value, taken, began_s = rows.dump(task_state), self.occupied(), time.monotonic()
        for number in range(1, count + 1):
            key = rows.key("helper_slot", self.ref.user_id, self.ref.id, number)
            if key not in taken and rows.compare_and_set(self.tables, key, value, None):
                return HelperLease(self.ref, task_state, value, key, since_s=began_s)
        return None

    def renew(self, claimed: ClaimedTask, spent_s: float) -> HelperLease:
        """Renew the slot's lease. Raises LeaseLost if the slot was cleared."""
        assert isinstance(claimed, HelperLease)
        task_state = replace(claimed.task_state, nonce=secrets.token_hex(8))
        value = rows.dump(task_state)
        # As for a state row, one operation: what counts is the bytes last written, not the row as it is now.
        if not self.tables.put_if_unchanged(claimed.key, value, claimed.raw):
            current = self.tables.get(claimed.key)
            found = current and rows.load(TaskState, current)
            if not found or found.owner != claimed.helper_id:
                raise LeaseLost(f"the helper slot of {claimed.helper_id}")
            # An earlier renewal whose response was lost did land.
            return replace(claimed, task_state=found, raw=current or b"")
        return replace(claimed, task_state=task_state, raw=value)

    def release(self, slot: HelperLease) -> None:
        """Free the slot, if it is still this helper's."""
        current = self.tables.get(slot.key)
        if current is not None and rows.load(TaskState, current).owner == slot.helper_id:
            self.tables.delete_if_unchanged(slot.key, current)

    def evict(self, key: str, seen: bytes) -> bool:
        """Free a slot whose holder was silent for a whole lease; return False if it was not."""
        return self.tables.delete_if_unchanged(key, seen)

    def delete_all(self) -> None:
        """Delete all slots: their holders lose them."""
        for key in self.occupied():
            self.tables.delete(key)
