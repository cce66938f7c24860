"""The sweeper: finishes what a crash left unfinished. In every api process and idle worker, one at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from itertools import chain, islice
from typing import Protocol

import structlog

from core.domain import states
from core.domain.records import TaskRef
from core.errors import StorageFull, Unavailable
from core.maintenance.dead_letters import DeadLetters
from core.maintenance.housekeeping import Housekeeping
from core.maintenance.leadership import Leadership
from core.observability.metrics import REPUBLISHED
from core.observability.outage_log import OutageLog
from core.ports import QUEUES, URGENT
from core.settings import Settings
from core.storage import rows
from core.tasks.completion import TaskFinalizer
from core.tasks.lifecycle import TaskLifecycle
from core.tasks.liveness import LivenessMonitor, StateRows, UnchangedTimer
from core.tasks.messages import OutboxMessage

log = structlog.get_logger()

# Seconds between two rounds of housekeeping: rows that are not bound to any task need no check every second.
HOUSEKEEPING_S = 60.0
# Seconds after which a registered task whose rows are still missing belongs to a request that died.
ORPHAN_AGE_S = 60.0
# Maximum number of lost messages to publish again in one round: an emptied queue is refilled step by step.
MAX_NOTIFICATIONS = 500
# After a scan of all tasks, the next one waits this many times as long as the scan took.
SCAN_PAUSE_FACTOR = 10
MAX_SCAN_PAUSE_S = 10.0


class Round(Protocol):
    """What else is done in every round, for as short as it takes nothing from others."""

    def run(self) -> object:
        """Do a part of it. Raises Unavailable."""


class Sweeper:
    """One round is one call of `sweep`."""

    def __init__(
        self, settings: Settings, work: TaskLifecycle, settler: TaskFinalizer, dead_letters: DeadLetters,
        rounds: Sequence[Round], housekeeping: Housekeeping, monotonic: Callable[[], float],
    ) -> None:  # fmt: skip
        self.settings = settings
        self.kinds = work.kinds
        self.work = work
        self.tables = work.tables
        self.settler = settler
        self.dead_letters = dead_letters
        self.rounds = rounds
        self.housekeeping = housekeeping
        self.liveness = LivenessMonitor(self.tables, settings, work.kinds, monotonic)
        self.watch = UnchangedTimer(monotonic)
        self.outbox_rows = UnchangedTimer(monotonic)
        self.queue_outage = OutageLog("sweeper.queue", monotonic)
        self.monotonic = monotonic
        self.leadership = Leadership(self.tables, "sweeper", settings.lease_s, monotonic)
        self.next_housekeeping = self.next_survey = monotonic()
        self.surveyed: set[str] = set()

    def sweep(self) -> bool:
        """Do a round unless another sweeper leads; return whether this one did."""
        try:
            leads, running = self.leadership.hold(), self._scan_running()
        except Unavailable:
            # While the tables cannot be reached, no row was seen unchanged: what was measured until now does not count.
            self.watch.keep(set())
            self.liveness.reset()
            raise
        if not leads:
            self.surveyed = set()
            return False
        self._outbox()
        depths = self._depths()
        self._process({**self._scan_all(), **running}, depths)
        self._drop_stale_running_rows(running)
        if depths is not None:
            self.dead_letters.collect()
        for each in self.rounds:
            each.run()
        if self.monotonic() >= self.next_housekeeping:
            self.next_housekeeping = self.monotonic() + HOUSEKEEPING_S
            self.housekeeping.run()
        return True

    def release_leadership(self) -> None:
        """Let another sweeper begin at once."""
        self.leadership.release()

    def _outbox(self) -> None:
        """Publish the messages left in the outbox, once their own processes have had time to."""
        outbox_rows = list(rows.scan_all(self.tables, "outbox#"))
        self.outbox_rows.keep({row.key for row in outbox_rows})
        full: set[str] = set()
        for row in outbox_rows:
            queue = rows.load(OutboxMessage, row.value).queue
            if queue in full or self.outbox_rows.unchanged_s(row.key, row.value) < self.settings.renew_s:
                continue
            try:
                self.work.publish_outbox(row.key, row.value)
                REPUBLISHED.labels("unconfirmed").inc()
            except StorageFull:
                full.add(queue)
            except Unavailable:
                return  # The queue cannot be reached: the next round tries again.

    def _depths(self) -> dict[str, int] | None:
        """Return the depths of the queues; None while they cannot be reached, and notifying is of no use."""
        try:
            depths = {queue: self.work.queue.depth(queue) for queue in QUEUES}
        except Unavailable as exc:
            self.queue_outage.unavailable(exc)
            return None
        self.queue_outage.available()
        return depths

    def _scan_running(self) -> StateRows:
        found = self.liveness.scan()
        for ref, raw in found.items():
            self.watch.unchanged_s(rows.task_state_key(ref), raw or b"")
        self.watch.keep({*map(rows.task_state_key, found), *self.surveyed})
        return found

    def _scan_all(self) -> StateRows:
        """Return the control rows of all unfinished tasks. The more there are, the more rarely they are scanned."""
        began = self.monotonic()
        if began < self.next_survey:
            return {}
        found = self.liveness.task_states("active#")
        self.surveyed = set(map(rows.task_state_key, found))
        now = self.monotonic()
        self.next_survey = now + min(SCAN_PAUSE_FACTOR * (now - began), MAX_SCAN_PAUSE_S)
        return found

    def _process(self, found: dict[TaskRef, bytes | None], depths: dict[str, int] | None) -> None:
        """Notify of silent tasks and of tasks whose message was lost; finalize those that are over."""
        # Notify of only as many of each kind as one user may run, the oldest: each end notifies of the next.
        forgotten: dict[tuple[str, str], deque[tuple[TaskRef, bytes]]] = {}
        for ref, raw in found.items():
            key = rows.task_state_key(ref)
            if raw is None:
                self._handle_orphaned_request(ref, key)
                continue
            task_state = rows.load_json(raw)
            age_s = self.watch.unchanged_s(key, raw)
            if task_state["state"] in states.FINAL:
                if age_s >= self.settings.renew_s:
                    self._finalize(ref)
            elif depths is None or age_s < self.settings.lease_s:
                continue
            elif task_state["state"] == states.RUNNING:
                self.work.notify(ref, silent=rows.digest(raw), origin=task_state.get("origin"))
                REPUBLISHED.labels("silent").inc()
                self.watch.again(key, raw)
            elif not depths[queue := self.kinds[ref.kind].queue] and not depths[URGENT[queue]]:
                group = (ref.kind, ref.user_id)
                if group not in forgotten:
                    forgotten[group] = deque(maxlen=self.kinds[ref.kind].max_running(ref.user_id))
                forgotten[group].append((ref, raw))
        for ref, raw in islice(chain.from_iterable(forgotten.values()), MAX_NOTIFICATIONS):
            self.work.notify(ref)
            REPUBLISHED.labels("forgotten").inc()
            self.watch.again(rows.task_state_key(ref), raw)

    def _drop_stale_running_rows(self, running: StateRows) -> None:
        """Delete the `running` rows of tasks that were requeued long ago, or whose claim did not come about."""
        for ref, raw in running.items():
            long = self.watch.unchanged_s(rows.task_state_key(ref), raw or b"") >= self.settings.lease_s
            if long and (raw is None or rows.load_json(raw)["state"] == states.QUEUED):
                self.tables.delete(rows.running_key(ref))

    def _finalize(self, ref: TaskRef) -> None:
        """Finalize a task; a failure, as when its blobs cannot be reached, keeps no other task waiting."""
        try:
            self.settler.finalize(ref)
        except Exception:
            log.exception("sweeper.not_settled", work=ref.path)

    def _handle_orphaned_request(self, ref: TaskRef, key: str) -> None:
        if self.watch.unchanged_s(key, b"") < ORPHAN_AGE_S:
            return
        kind = self.kinds[ref.kind]
        if kind.exists(ref):
            kind.before_queued(ref)
            self.work.enqueue(ref)
        else:
            self.work.unregister(ref)
