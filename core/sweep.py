"""The sweeper: finishes what a crash left unfinished. In every api process and idle worker, one at a time."""

from __future__ import annotations

import secrets
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import chain, islice
from typing import TYPE_CHECKING

import structlog

from core import intents, rows, states
from core.errors import Unavailable
from core.intents import Intent
from core.ports import QUEUES, Row
from core.records import Activity, Credential, WorkRef
from core.work import QUEUE_OF

if TYPE_CHECKING:
    from core.service import Service

log = structlog.get_logger()

# Rows that are not bound to any work are looked at now and then, not every second.
HOUSEKEEPING_S = 60.0
# An announced piece of work whose rows are still missing after this long belongs to a request that died.
STILLBORN_S = 60.0
# Rows that are asked for at once.
LOOKS = 1000
# Forgotten work that is rung for in one round: a queue that lost everything is filled again step by step.
RINGS = 500


class Watch:
    """How long a row has been seen unchanged, on this process's own monotonic clock."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self.monotonic = monotonic
        self.seen: dict[str, tuple[bytes, float]] = {}

    def unchanged_s(self, key: str, value: bytes) -> float:
        """Seconds since this watch first saw the row with these bytes."""
        now = self.monotonic()
        first = self.seen.get(key)
        if first is None or first[0] != value:
            self.seen[key] = (value, now)
            return 0.0
        return now - first[1]

    def again(self, key: str, value: bytes) -> None:
        """Begin to count anew."""
        self.seen[key] = (value, self.monotonic())

    def keep(self, keys: set[str]) -> None:
        """Forget rows that are gone."""
        self.seen = {key: seen for key, seen in self.seen.items() if key in keys}


class Sweeper:
    """One round is one call of `sweep`."""

    def __init__(self, service: Service, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.service = service
        self.tables = service.ports.tables
        self.settings = service.settings
        self.work = service.work
        self.watch = Watch(monotonic)
        self.letters = Watch(monotonic)
        self.erasures = Watch(monotonic)
        self.looked_at: dict[str, str | None] = {}
        self.monotonic = monotonic
        self.name = secrets.token_hex(8)
        self.lease = b""
        self.next_housekeeping = monotonic()

    def sweep(self) -> bool:
        """Do a round where no other sweeper does; True when this one did."""
        try:
            leads, found = self._lead(), self._look()
        except Unavailable:
            # Whoever could not be heard either was not silent: what has been watched until now counts for nothing.
            self.watch.keep(set())
            raise
        if not leads:
            return False
        self._outbox()
        depths = self._depths()
        self._active(found, depths)
        if depths is not None:
            self.service.dead_letters.collect()
        if self.monotonic() >= self.next_housekeeping:
            self.next_housekeeping = self.monotonic() + HOUSEKEEPING_S
            self._erasures()
            self._orphans()
            self._expire()
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
        for row in letters:
            if self.letters.unchanged_s(row.key, row.value) >= self.settings.renew_s and not self.work.post(
                row.key, row.value
            ):
                return  # The queue cannot be reached: the next round tries again.

    def _depths(self) -> dict[str, int] | None:
        """How long the queues are; None while they cannot be reached, and there is no use in ringing."""
        try:
            return {queue: self.service.ports.queue.depth(queue) for queue in QUEUES}
        except Unavailable as exc:
            log.warning("sweeper.queue_unavailable", error=str(exc))
            return None

    def _look(self) -> dict[WorkRef, bytes | None]:
        """The control rows of all work that is not settled. Every sweeper watches them, so that one that begins to
        lead knows what has long been silent: often what died was a worker and the sweeper within it."""
        refs = [WorkRef.parse(row.key.removeprefix("active#")) for row in rows.scan_all(self.tables, "active#")]
        found: dict[WorkRef, bytes | None] = {}
        for start in range(0, len(refs), LOOKS):
            batch = refs[start : start + LOOKS]
            raws = self.tables.get_many([rows.control_key(ref) for ref in batch])
            found |= {ref: raws.get(rows.control_key(ref)) for ref in batch}
        for ref, raw in found.items():
            self.watch.unchanged_s(rows.control_key(ref), raw or b"")
        self.watch.keep({"lease#sweeper", *map(rows.control_key, refs)})
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
                self.work.ring(ref, silent=rows.digest(raw))
                self.watch.again(key, raw)
            elif not depths[QUEUE_OF[ref.kind]]:
                most = self.settings.max_running_jobs if ref.kind == "train" else None
                forgotten.setdefault((ref.kind, ref.user_id), deque(maxlen=most)).append((ref, raw))
        for ref, raw in islice(chain.from_iterable(forgotten.values()), RINGS):
            self.work.ring(ref)
            self.watch.again(rows.control_key(ref), raw)

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
        limit = _before(timedelta(seconds=self.settings.orphan_age_s))
        for row in self._some("intent#"):
            intent = rows.load(Intent, row.value)
            if intent.at <= limit:
                intents.collect(self.tables, self.service.ports.blobs, row.key, intent)

    def _expire(self) -> None:
        """Rows past their time. Expired credentials are refused by value long before they are deleted here."""
        now = _before(timedelta())
        for row in self._some("cred#"):
            credential = rows.load(Credential, row.value)
            if credential.expires_at is not None and credential.expires_at < now:
                self.tables.delete(row.key)
                self.tables.delete(rows.key("usercred", credential.user_id, row.key.removeprefix("cred#")))
        limit = _before(timedelta(days=self.settings.activity_days))
        for row in self._some("activity#"):
            if rows.load(Activity, row.value).at < limit:
                self.tables.delete(row.key)
        limit = _before(timedelta(days=self.settings.idempotency_days))
        for row in self._some("idem#"):
            if rows.load_json(row.value)["at"] < limit:
                self.tables.delete(row.key)

    def _some(self, start: str) -> list[Row]:
        """The next rows below a prefix, round and round: there may be millions, and none is in a hurry."""
        found = self.tables.scan(start, LOOKS, self.looked_at.get(start))
        self.looked_at[start] = found[-1].key if len(found) == LOOKS else None
        return found


def _before(age: timedelta) -> str:
    return (datetime.now(UTC) - age).isoformat(timespec="milliseconds").replace("+00:00", "Z")
