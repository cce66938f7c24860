"""Windows of an endpoint's requests: asked for, worked out by a worker, worked out again, deleted when they are old.

A window has a row of its own, made once however many ask for it. Each time it is to be worked out its revision grows,
and a task is named after that revision: so what a worker has found counts for what it was asked, once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.domain.endpoints import Endpoint
from core.domain.ids import now, rfc3339
from core.domain.monitoring import Occasion, Window
from core.domain.records import Json, TaskRef
from core.errors import Unavailable
from core.monitoring.window_rows import MONITOR, WindowRows, key_of, parts_of, task_ref
from core.monitoring.window_schedule import WindowSchedule
from core.storage import rows
from core.tasks.lifecycle import TaskLifecycle

SETTLED_AFTER = timedelta(seconds=60)
"""After its end a window is worked out: by then predictors have kept the requests of it."""
BETWEEN_DAYS = 30
"""Days for which windows are kept that lie across those that follow one another."""
MAX_DELETED = 100


@dataclass(frozen=True)
class Worked:
    """What a worker found in a window: `Window` says what each is. `found` is all of it."""

    found: Json
    rows: int
    labelled: int = 0
    sampled: bool = False
    versions: dict[str, int] | None = None
    summary: Json | None = None
    signals: dict[str, bool | None] | None = None
    findings: list[Json] | None = None
    why: str = ""


class Windows:
    """The windows of endpoints, and the tasks that work them out."""

    def __init__(self, window_rows: WindowRows, work: TaskLifecycle) -> None:
        self.rows = window_rows
        self.tables = window_rows.tables
        self.work = work

    def request(
        self, endpoint: Endpoint, start: datetime, end: datetime, occasion: Occasion, *, labels_seen: str = "",
        urgent: bool = False,
    ) -> Window:  # fmt: skip
        """Have a window worked out, unless it is, and nothing has come for it since.

        Args:
            endpoint: whose requests.
            start: the begin.
            end: the end; what is not complete by the time it is worked out is worked out again when asked for.
            occasion: why.
            labels_seen: how far feedback is known now.
            urgent: whether somebody waits for it.
        """
        while True:
            raw, known = self.rows.read(endpoint, start, end)
            window = _requested(endpoint, start, end, occasion, labels_seen) if known is None else known
            if known is not None and _is_outdated(known, occasion, labels_seen):
                window = replace(
                    known, revision=known.revision + 1, state="queued", occasion=occasion, requested_at=now(),
                    labels_seen=labels_seen, error=None,
                )  # fmt: skip
            if occasion == "schedule":
                window = replace(window, scheduled=True)
            if window == known:
                break
            if window.state == "queued":
                self.work.register(task_ref(endpoint, window))  # Before the row: a crash in between leaves it found.
            if self.rows.write(endpoint, window, raw):
                break
        if window.state == "queued":
            self._enqueue(task_ref(endpoint, window), urgent)
        return window

    def note(self, endpoint: Endpoint, start: datetime, end: datetime, count: int, why: str) -> None:
        """Write a scheduled window down that holds too few requests for anything to be worked out."""
        at = now()
        window = replace(
            _requested(endpoint, start, end, "schedule", ""),
            scheduled=True, state="ready", worked_at=at, complete=True, rows=count, why=why,
        )  # fmt: skip
        raw, known = self.rows.read(endpoint, start, end)
        if known is None:
            self.rows.write(endpoint, window, raw)

    def of(self, endpoint: Endpoint, ref: TaskRef) -> Window | None:
        """Return the window that the task is to work out; None if it is gone, or was worked out."""
        _, endpoint_id, start, end, revision = parts_of(ref)
        if endpoint.id != endpoint_id:
            return None
        window = self.rows.find(endpoint, start, end)
        return window if window is not None and (window.revision, window.state) == (revision, "queued") else None

    def record(self, endpoint: Endpoint, window: Window, worked: Worked, at: datetime) -> None:
        """Write what was found in a window; nothing if it is to be worked out anew, or gone."""
        self.rows.write_detail(endpoint, window, worked.found)
        done = replace(
            window, state="ready", worked_at=rfc3339(at), times=window.times + 1, worked_revision=window.revision,
            complete=at >= datetime.fromisoformat(window.end) + SETTLED_AFTER, rows=worked.rows,
            labelled=worked.labelled, sampled=worked.sampled, versions=worked.versions or {},
            summary=worked.summary or {}, signals=worked.signals or {}, findings=worked.findings or [], why=worked.why,
        )  # fmt: skip
        self._alter(endpoint, window, lambda known: replace(done, scheduled=known.scheduled))
        self.rows.delete_details(endpoint, window, but=window.revision)

    def fail(self, endpoint: Endpoint, window: Window, error: Json) -> None:
        """Write that a window could not be worked out."""
        self._alter(endpoint, window, lambda known: replace(known, state="failed", error=error))

    def _alter(self, endpoint: Endpoint, window: Window, alter: Callable[[Window], Window]) -> None:
        def altered(known: Window | None) -> Window | None:
            same = known is not None and known.endpoint_id == endpoint.id and known.revision == window.revision
            return alter(known) if known is not None and same and known.state == "queued" else None

        rows.update(self.tables, key_of(endpoint, window), Window, altered)

    def delete_old(self, endpoint: Endpoint, schedule: WindowSchedule, at: datetime, days: int) -> None:
        """Delete windows whose time is over, some at a time: those that lie across others go first."""
        between = self.rows.older(endpoint, at - timedelta(days=BETWEEN_DAYS), MAX_DELETED)
        old = self.rows.older(endpoint, at - timedelta(days=days), MAX_DELETED) if days else []
        across = [each for each in between if not schedule.is_main(datetime.fromisoformat(each.end)) and each.scheduled]
        self._delete(endpoint, [*across, *old])

    def _delete(self, endpoint: Endpoint, windows: Iterable[Window]) -> None:
        for window in windows:
            self.rows.delete(endpoint, window)
            if window.state == "queued":  # Nobody has had time for it for weeks.
                self.work.delete_rows(task_ref(endpoint, window))

    def delete_tasks(self, user_id: str, name: str, endpoint_id: str) -> None:
        """Delete the tasks of an endpoint that is gone."""
        start = rows.prefix("active", MONITOR, user_id)
        for row in rows.scan_all(self.tables, f"{start}{name}.{endpoint_id}."):
            self.work.delete_rows(TaskRef(MONITOR, user_id, row.key.removeprefix(start)))

    def _enqueue(self, ref: TaskRef, urgent: bool) -> None:
        """Queue the task; while others of its user wait, the end of one of them notifies of it."""
        self.work.create_if_absent(ref)
        waiting = self.tables.scan(rows.prefix("active", MONITOR, ref.user_id), 2)
        if urgent or len(waiting) == 1:
            with suppress(Unavailable):
                self.work.notify(ref)


def _requested(endpoint: Endpoint, start: datetime, end: datetime, occasion: Occasion, labels_seen: str) -> Window:
    return Window(
        endpoint.name, endpoint.user_id, endpoint.id, rfc3339(start), rfc3339(end), now(), occasion=occasion,
        labels_seen=labels_seen,
    )  # fmt: skip


def _is_outdated(window: Window, occasion: Occasion, labels_seen: str) -> bool:
    if window.state == "queued":
        return False
    if window.state == "failed":
        return occasion != "schedule"  # It would fail again: somebody has to want it.
    return not window.complete or (occasion != "schedule" and window.labels_seen != labels_seen)
