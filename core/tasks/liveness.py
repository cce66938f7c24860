"""Running tasks and their heartbeats: measured on this process's own clock, as wall clocks are never compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from core.domain import states
from core.domain.records import TaskRef
from core.ports import URGENT, Tables
from core.settings import Settings
from core.storage import rows
from core.tasks.kinds import TaskKind
from core.tasks.messages import TaskMessage

# Maximum number of rows to read at once.
SCAN_LIMIT = 1000
# Number of missed heartbeats after which a running task is thought lost, though it may not be taken over yet.
MISSED_HEARTBEATS = 1.5

StateRows = dict[TaskRef, bytes | None]


class UnchangedTimer:
    """Measures how long each row has been seen unchanged, on this process's own monotonic clock."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self.monotonic = monotonic
        self.seen: dict[str, tuple[bytes, float]] = {}

    def unchanged_s(self, key: str, value: bytes) -> float:
        """Return the seconds since this timer first saw the row with these bytes."""
        now = self.monotonic()
        first = self.seen.get(key)
        if first is None or first[0] != value:
            self.seen[key] = (value, now)
            return 0.0
        return now - first[1]

    def again(self, key: str, value: bytes) -> None:
        """Start the count anew."""
        self.seen[key] = (value, self.monotonic())

    def keep(self, keys: set[str]) -> None:
        """Drop all rows but those of `keys`."""
        self.seen = {key: seen for key, seen in self.seen.items() if key in keys}


class LivenessMonitor:
    """Finds silent tasks. Every process runs one, because the process that died often held the sweeper too.

    It scans running tasks only, so its cost does not grow with the queue.

    Attributes:
        queues_at_risk: the queues on which tasks may soon have to be taken over: any, until the first scan is over.
        expired: tasks that may be taken over now, as their messages will say once they can be published.
    """

    queues_at_risk: frozenset[str]
    expired: tuple[TaskMessage, ...]
    first_look_s: float | None

    def __init__(
        self, tables: Tables, settings: Settings, kinds: Mapping[str, TaskKind], monotonic: Callable[[], float]
    ) -> None:
        self.tables = tables
        self.settings = settings
        self.kinds = kinds
        self.monotonic = monotonic
        self.signs = UnchangedTimer(monotonic)
        self.reset()

    def scan(self) -> StateRows:
        """Return the control rows of the tasks that were claimed and are not finalized."""
        settings = self.settings
        known_s = 0.0 if self.first_look_s is None else self.monotonic() - self.first_look_s
        found = self.task_states("running#")
        expected, silent = set(), []
        for ref, raw in found.items():
            if raw is None or (task_state := rows.load_json(raw))["state"] != states.RUNNING:
                continue
            age_s = self.signs.unchanged_s(rows.task_state_key(ref), raw)
            # The task may have missed a heartbeat, if no process here has watched it for longer. In the end it has been
            # published, and taken up by a worker that could.
            if min(MISSED_HEARTBEATS * settings.renew_s, known_s) <= age_s < settings.lease_s + 4 * settings.sweep_s:
                expected.add(self.kinds[ref.kind].queue)
            if age_s >= settings.lease_s:
                silent.append(TaskMessage(ref, rows.digest(raw), origin=task_state.get("origin") or {}))
        if self.first_look_s is None:
            self.first_look_s = self.monotonic()  # No row that was seen by then is younger.
        self.signs.keep(set(map(rows.task_state_key, found)))
        self.queues_at_risk, self.expired = frozenset(expected), tuple(silent)
        return found

    def task_states(self, start: str) -> StateRows:
        """Return the control rows of the tasks that are named below this prefix, None for those without one."""
        named = [TaskRef.parse(row.key.removeprefix(start)) for row in rows.scan_all(self.tables, start)]
        refs = [ref for ref in named if ref.kind in self.kinds]  # A newer program handles kinds of its own.
        found: StateRows = {}
        for first in range(0, len(refs), SCAN_LIMIT):
            batch = refs[first : first + SCAN_LIMIT]
            raws = self.tables.get_many([rows.task_state_key(ref) for ref in batch])
            found |= {ref: raws.get(rows.task_state_key(ref)) for ref in batch}
        return found

    def reset(self) -> None:
        """Start to watch anew: while the tables could not be reached, no task was silent."""
        self.signs.keep(set())
        self.first_look_s = None
        self.queues_at_risk = frozenset(URGENT)
        self.expired = ()
