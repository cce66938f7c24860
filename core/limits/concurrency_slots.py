"""Fair shares: a limit on the running tasks of a kind of one user, however many workers there are.

A slot is a row that names the task in it. A slot whose task does not run may be taken by another task, so a crash
anywhere frees it by itself.
"""

from __future__ import annotations

from dataclasses import replace

from core.domain.ids import new_id
from core.domain.records import TaskRef, TaskState
from core.domain.states import RUNNING
from core.ports import Tables
from core.storage import rows


def acquire(tables: Tables, ref: TaskRef, count: int) -> str | None:
    """Put the task into one of the user's slots; return the slot's key, None if all are taken."""
    mine = ref.id.encode()
    keys = [rows.key("slot", ref.user_id, ref.kind, number) for number in range(count)]
    held = tables.get_many(keys)
    for key in keys:
        if held.get(key, b"").split(b"#")[0] == mine:
            return key
    for key in keys:
        current = held.get(key)
        is_free = current is None or not _runs(tables, ref, current)
        if is_free and rows.compare_and_set(tables, key, _slot_value(ref), current):
            return key
    return None


def confirm(tables: Tables, key: str, ref: TaskRef) -> bool:
    """Return whether the task is still in that slot; call it after the claim.

    Before the claim the task does not run yet, so its slot may be taken by another task. A process that saw it not
    running, and is about to take the slot, finds it changed.
    """
    current = tables.get(key) or b""
    return current.split(b"#")[0] == ref.id.encode() and rows.compare_and_set(tables, key, _slot_value(ref), current)


def _slot_value(ref: TaskRef) -> bytes:
    # The suffix makes every acquisition distinct, so that a check-and-mutate on old bytes cannot replace a newer one.
    return f"{ref.id}#{new_id()}".encode()


def _runs(tables: Tables, ref: TaskRef, value: bytes) -> bool:
    raw = tables.get(rows.task_state_key(replace(ref, id=value.split(b"#")[0].decode())))
    return raw is not None and rows.load(TaskState, raw).state == RUNNING
