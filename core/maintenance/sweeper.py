"""The sweeper: finishes what a crash left unfinished. In every api process and idle worker, one at a time."""

from __future__ import annotations

import secrets
import time
from collections import deque
from collections.abc import Callable
from datetime import timedelta
from itertools import chain, islice
from typing import TYPE_CHECKING

import structlog

from core.domain import states
from core.domain.records import Outbox, WorkRef
from core.errors import StorageFull, Unavailable
from core.maintenance.retention import Retention, before
from core.observability.metrics import REPUBLISHED
from core.ports import QUEUES, URGENT
from core.storage import blob_intents, rows
from core.storage.blob_intents import Intent
from core.tasks.lifecycle import QUEUE_OF
from core.tasks.liveness import Found, Lookout
from core.tasks.watch import Watch

if TYPE_CHECKING:
    from core.service import Service

log = structlog.get_logger()

# Rows that are not bound to any work are looked at now and then, not every second.
HOUSEKEEPING_S = 60.0
# An announced piece of work whose rows are still missing after this long belongs to a request that died.
STILLBORN_S = 60.0
# Forgotten work that is rung for in one round: a queue that lost everything is filled again step by step.
RINGS = 500
# After looking through all work, so many times as long is spent on other things.
SURVEY_REST = 10
MOST_REST_S = 10.0


class Sweeper:
    """One round is one call of `sweep`."""

    def __init__(self, service: Service, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.service = service
        self.tables = service.ports.tables
        self.settings = service.settings
        self.work = service.work
        self.lookout = Lookout(self.tables, self.settings, monotonic)
        self.watch = Watch(monotonic)
        self.letters = Watch(monotonic)
        self.erasures = Watch(monotonic)
        self.retention = Retention(service)
        self.monotonic = monotonic
        self.name = secrets.token_hex(8)
        self.lease = b""
        self.next_housekeeping = self.next_survey = monotonic()
        self.surveyed: set[str] = set()

    def sweep(self) -> bool:
        """Do a round where no other sweeper does; True when this one did."""
        try:
            leads, running = self._lead(), self._look()
        except Unavailable:
            # Whoever could not be heard either was not silent: what has been watched until now counts for nothing.
            self.watch.keep(set())
            self.lookout.forget()
            raise
        if not leads:
            self.surveyed = set()
            return False
        self._outbox()
        depths = self._depths()
        self._active({**self._survey(), **running}, depths)
        self._tidy(running)
        if depths is not None:
            self.service.dead_letters.collect()
        if self.monotonic() >= self.next_housekeeping:
            self.next_housekeeping = self.monotonic() + HOUSEKEEPING_S
            self._erasures()
            self._orphans()
            self.retention.expire()
            self.service.accounts.throttle.sweep()
        return True

    def resign(self) -> None:
        """Let another sweeper begin at once."""
        if self.lease:
            self.tables.delete_if_unchanged("lease#sweeper", self.lease)

    def _lead(self) -> bool:
        mine = f"{self.name} {secrets.token_hex(8)}".encode()
        current = self.tables.get("lease#sweeper")
        if current is None:
            won = self.tables.put_if_absent("lease#sweeper", mine)
        elif (
            current == self.lease
            or current.startswith(self.name.encode())
            or self.watch.unchanged_s("lease#sweeper", current) >= self.settings.lease_s
        ):
            won = self.tables.put_if_unchanged("lease#sweeper", mine, current)
        else:
            won = False
        self.lease = mine if won else b""
        return won

    def _outbox(self) -> None:
        """Publish what was promised, once its own process has had time to."""
        letters = list(rows.scan_all(self.tables, "outbox#"))
        self.letters.keep({row.key for row in letters})
        full: set[str] = set()
        for row in letters:
            queue = rows.load(Outbox, row.value).queue
            if queue in full or self.letters.unchanged_s(row.key, row.value) < self.settings.renew_s:
                continue
            try:
                self.work.post(row.key, row.value)
                REPUBLISHED.labels("unconfirmed").inc()
            except StorageFull:
                full.add(queue)
            except Unavailable:
                return  # The queue cannot be reached: the next round tries again.

    def _depths(self) -> dict[str, int] | None:
        """How long the queues are; None while they cannot be reached, and there is no use in ringing."""
        try:
            return {queue: self.service.ports.queue.depth(queue) for queue in QUEUES}
        except Unavailable as exc:
            log.warning("sweeper.queue_unavailable", error=str(exc))
            return None

    def _look(self) -> Found:
        found = self.lookout.look()
        for ref, raw in found.items():
            self.watch.unchanged_s(rows.control_key(ref), raw or b"")
        self.watch.keep({"lease#sweeper", *map(rows.control_key, found), *self.surveyed})
        return found

    def _survey(self) -> Found:
        """The control rows of all work that is not settled. The more there is, the more rarely it is looked through."""
        began = self.monotonic()
        if began < self.next_survey:
            return {}
        found = self.lookout.controls("active#")
        self.surveyed = set(map(rows.control_key, found))
        now = self.monotonic()
        self.next_survey = now + min(SURVEY_REST * (now - began), MOST_REST_S)
        return found

    def _active(self, found: dict[WorkRef, bytes | None], depths: dict[str, int] | None) -> None:
        """Ring for silent and for forgotten work; settle what is over."""
        # Of trainings only as many as one user may run, the oldest: each end rings for the next.
        forgotten: dict[tuple[str, str], deque[tuple[WorkRef, bytes]]] = {}
        for ref, raw in found.items():
            key = rows.control_key(ref)
            if raw is None:
                self._stillborn(ref, key)
                continue
            control = rows.load_json(raw)
            age_s = self.watch.unchanged_s(key, raw)
            if control["state"] in states.FINAL:
                if age_s >= self.settings.renew_s:
                    self._settle(ref)
            elif depths is None or age_s < self.settings.lease_s:
                continue
            elif control["state"] == states.RUNNING:
                self.work.ring(ref, silent=rows.digest(raw), origin=control.get("origin"))
                REPUBLISHED.labels("silent").inc()
                self.watch.again(key, raw)
            elif not depths[QUEUE_OF[ref.kind]] and not depths[URGENT[QUEUE_OF[ref.kind]]]:
                group = (ref.kind, ref.user_id)
                if group not in forgotten:
                    most = self.service.quotas.of(ref.user_id).running_jobs if ref.kind == "train" else None
                    forgotten[group] = deque(maxlen=most)
                forgotten[group].append((ref, raw))
        for ref, raw in islice(chain.from_iterable(forgotten.values()), RINGS):
            self.work.ring(ref)
            REPUBLISHED.labels("forgotten").inc()
            self.watch.again(rows.control_key(ref), raw)

    def _tidy(self, running: Found) -> None:
        """What is said to run and has not for long was handed back, or its claim did not come about."""
        for ref, raw in running.items():
            long = self.watch.unchanged_s(rows.control_key(ref), raw or b"") >= self.settings.lease_s
            if long and (raw is None or rows.load_json(raw)["state"] == states.QUEUED):
                self.tables.delete(rows.running_key(ref))

    def _settle(self, ref: WorkRef) -> None:
        """What cannot be settled now, its blobs out of reach perhaps, keeps nothing else waiting."""
        try:
            self.service.settler.settle(ref)
        except Exception:
            log.exception("sweeper.not_settled", work=ref.path)

    def _stillborn(self, ref: WorkRef, key: str) -> None:
        if self.watch.unchanged_s(key, b"") < STILLBORN_S:
            return
        if self._exists(ref):
            if ref.kind == "train":
                self.service.jobs.open_story(ref)
            self.work.begin(ref)
        else:
            self.work.forget(ref)

    def _exists(self, ref: WorkRef) -> bool:
        if ref.kind == "train":
            return self.service.jobs.find(ref.user_id, ref.id) is not None
        if ref.kind == "profile":
            id, revision = ref.id.rsplit("-r", 1)
            dataset = self.service.datasets.find(ref.user_id, id)
            return dataset is not None and dataset.revision == int(revision)
        if ref.kind == "predict":
            return self.service.predictions.find(ref.user_id, ref.id) is not None
        return False  # A check or an export is asked for again by whoever waits for it.

    def _erasures(self) -> None:
        found = list(rows.scan_all(self.tables, "erasure#"))
        self.erasures.keep({row.key for row in found})
        for row in found:
            if self.erasures.unchanged_s(row.key, row.value) >= self.settings.lease_s:
                self.service.eraser.resume(row.key)

    def _orphans(self) -> None:
        """Blobs that were announced long ago and never named."""
        limit = before(timedelta(seconds=self.settings.orphan_age_s))
        for row in self.retention.rounds.some("intent#"):
            intent = rows.load(Intent, row.value)
            if intent.at <= limit:
                blob_intents.collect(self.tables, self.service.ports.blobs, row.key, intent)
