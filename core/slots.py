"""Fair shares: at most so many trainings of one user run at once, however many workers there are.

A slot is a row that names the job in it. A slot whose job does not run is free for the taking, so a crash anywhere
frees it by itself.
"""

from __future__ import annotations

from core import rows
from core.ids import new_id
from core.ports import Tables
from core.records import Control, WorkRef
from core.states import RUNNING


def acquire(tables: Tables, ref: WorkRef, count: int) -> str | None:
    """Put the job into one of the user's slots; the slot's key, None when all are taken."""
    mine = ref.id.encode()
    keys = [rows.key("slot", ref.user_id, number) for number in range(count)]
    held = tables.get_many(keys)
    for key in keys:
        if held.get(key, b"").split(b"#")[0] == mine:
            return key
    for key in keys:
        current = held.get(key)
        # The suffix makes every taking distinct, so that a check-and-mutate on old bytes cannot hit a newer taking.
        value = mine + b"#" + new_id().encode()
        if current is None:
            if tables.put_if_absent(key, value):
                return key
        elif not _runs(tables, ref.user_id, current) and tables.put_if_unchanged(key, value, current):
            return key
    return None


def holds(tables: Tables, key: str, ref: WorkRef) -> bool:
    """Whether the job is (still) in that slot: asked after the claim, as a slot of a job that does not run yet may
    be taken by another."""
    return (tables.get(key) or b"").split(b"#")[0] == ref.id.encode()


def _runs(tables: Tables, user_id: str, value: bytes) -> bool:
    ref = WorkRef("train", user_id, value.split(b"#")[0].decode())
    raw = tables.get(rows.control_key(ref))
    return raw is not None and rows.load(Control, raw).state == RUNNING
