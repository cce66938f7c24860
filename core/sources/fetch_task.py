"""The kinds of tasks that a fetcher does for sources: fetch one, try one."""

from __future__ import annotations

from dataclasses import replace

from core.datasets.datasets import profile_ref
from core.datasets.profile_task import ProfileTask
from core.domain import states
from core.domain.ids import now
from core.domain.records import Json, TaskRef, TaskState
from core.domain.sources import FAILED, FETCH, Fetch, Source, parse_fetch_id
from core.errors import failure
from core.notifications.notifications import Notifications
from core.ports import FETCH_QUEUE
from core.sources.source_checks import SOURCE_CHECK, SourceChecks
from core.sources.sources import Sources
from core.tasks.kinds import TaskKind


class FetchTask(TaskKind):
    """Fetch a source. A fetch waits for the end of the one before."""

    name = FETCH
    queue = FETCH_QUEUE
    row_kinds = ("source", "fetch", "fetchprogress", "sourcework")

    def __init__(self, sources: Sources, profile: ProfileTask, notifications: Notifications) -> None:
        self.rows = sources.rows
        self.fetches = sources.fetches
        self.awaited = sources.awaited
        self.deletion = sources.deletion
        self.profile = profile
        self.notifications = notifications

    def missing_input(self, ref: TaskRef) -> Json | None:
        """Return an error if the source was deleted."""
        return None if self.rows.find(ref.user_id, parse_fetch_id(ref.id)[0]) else source_deleted()

    def exists(self, ref: TaskRef) -> bool:
        """Return whether the fetch is to be done."""
        fetch = self.rows.fetch_of(ref)
        return fetch is not None and not fetch.is_over

    def is_ready(self, ref: TaskRef) -> bool:
        """Return whether the fetch before is over; its end notifies of this one."""
        source_id, number = parse_fetch_id(ref.id)
        before = self.rows.fetch(ref.user_id, source_id, number - 1)
        return before is None or self.fetches.shown([before])[0].is_over

    def on_finished(self, ref: TaskRef, task_state: TaskState) -> None:
        """Record a failure, tell the user of it, and notify of what waited for the fetch."""
        fetch = self.rows.fetch_of(ref)
        source = self.rows.find(ref.user_id, parse_fetch_id(ref.id)[0])
        if fetch is None or source is None:
            return
        if task_state.state == states.FAILED and not fetch.is_over:
            error = task_state.error
            fetch = self.rows.settle(
                fetch, lambda found: replace(
                    found, state=FAILED, started_at=task_state.started_at, ended_at=now(), error=error
                ),
            ) or fetch  # fmt: skip
        self.fetches.forget_progress(ref)
        self.awaited.settle(fetch)
        if fetch.state == FAILED:
            self._tell(source, fetch)
        if source.once:
            self._end_once(source, fetch, task_state)
            return
        after = self.rows.fetch(ref.user_id, source.id, fetch.number + 1)
        if after is not None and not after.is_over:
            self.fetches.work.notify(after.ref)

    def retry(self, ref: TaskRef) -> str:
        """Ask for another fetch of the source."""
        fetch = self.fetches.request(ref.user_id, parse_fetch_id(ref.id)[0], {"kind": "retry"})
        return f"fetch {fetch.number} of source {fetch.source_id} was asked for"

    def _tell(self, source: Source, fetch: Fetch) -> None:
        data = {
            "source_id": source.id, "name": source.name, "fetch": fetch.number, "why": fetch.why, "error": fetch.error,
        }  # fmt: skip
        self.notifications.emit(source.user_id, "source.failed", data, id=f"source/{fetch.id}")

    def _end_once(self, source: Source, fetch: Fetch, task_state: TaskState) -> None:
        dataset = self.fetches.datasets.find(source.user_id, fetch.new_dataset_id)
        if fetch.state == FAILED and dataset is not None and not dataset.blob:
            failed = replace(task_state, state=states.FAILED, error=fetch.error)
            self.profile.on_finished(profile_ref(dataset), failed)
        self.deletion.delete_rows(source)


class SourceCheckTask(TaskKind):
    """Try a source."""

    name = SOURCE_CHECK
    queue = FETCH_QUEUE
    row_kinds = (SOURCE_CHECK,)

    def __init__(self, checks: SourceChecks) -> None:
        self.checks = checks

    def missing_input(self, ref: TaskRef) -> Json | None:
        """Return an error if the check was deleted."""
        return None if self.checks.source_of(ref) else source_deleted()


def source_deleted() -> Json:
    """Return the error of a task whose source was deleted."""
    return failure("SOURCE_DELETED", "The source was deleted.", "Make it again, and ask again.")
