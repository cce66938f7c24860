"""The sweeper's round of every minute: rows and blobs that are not bound to any task."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

from core.domain.ids import timestamp_before
from core.endpoints import announcements
from core.maintenance.deletion import CascadeDeleter
from core.maintenance.monitor_upkeep import MonitorUpkeep
from core.maintenance.retention import Retention
from core.ports import Ports
from core.settings import Settings
from core.storage import blob_intents, rows
from core.storage.blob_intents import Intent
from core.tasks.liveness import UnchangedTimer


class Housekeeping:
    """Resumes deletions, and deletes orphaned blobs and all that has exceeded its retention.

    Args:
        upkeeps: what else is done in each round.
    """

    def __init__(
        self, ports: Ports, settings: Settings, eraser: CascadeDeleter, retention: Retention,
        monitors: MonitorUpkeep, upkeeps: Sequence[Callable[[], object]], monotonic: Callable[[], float],
    ) -> None:  # fmt: skip
        self.tables = ports.tables
        self.blobs = ports.blobs
        self.settings = settings
        self.eraser = eraser
        self.retention = retention
        self.upkeeps = upkeeps
        self.endpoints = monitors.endpoints
        self.monitors = monitors
        self.erasures = UnchangedTimer(monotonic)
        self.announcements = UnchangedTimer(monotonic)

    def run(self) -> None:
        """Do one round."""
        self._resume_deletions()
        self._announce()
        self._delete_orphans()
        self.retention.expire()
        self.monitors.run()
        for upkeep in self.upkeeps:
            upkeep()

    def _resume_deletions(self) -> None:
        """Resume deletions whose process made no progress for a whole lease."""
        found = list(rows.scan_all(self.tables, "erasure#"))
        self.erasures.keep({row.key for row in found})
        for row in found:
            if self.erasures.unchanged_s(row.key, row.value) >= self.settings.lease_s:
                self.eraser.resume(row.key)

    def _announce(self) -> None:
        """Tell of changes of endpoints whose requests ended before they did."""
        found = list(rows.scan_all(self.tables, f"{announcements.KIND}#"))
        self.announcements.keep({row.key for row in found})
        for row in reversed(found):  # Ids sort newest first.
            if self.announcements.unchanged_s(row.key, row.value) >= self.settings.lease_s:
                _, user_id, name, _ = row.key.split("#")
                self.endpoints.announcements.resume(row, self.endpoints.find(user_id, name))

    def _delete_orphans(self) -> None:
        """Delete blobs that were announced long ago and that no row names."""
        limit = timestamp_before(timedelta(seconds=self.settings.orphan_age_s))
        for row in self.retention.rounds.next_batch("intent#"):
            intent = rows.load(Intent, row.value)
            if intent.at <= limit:
                blob_intents.garbage_collect(self.tables, self.blobs, row.key, intent)
