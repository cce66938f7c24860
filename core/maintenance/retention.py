"""Retention: expired objects are deleted, a few in each round of the sweeper.

Each kind has a setting in days; 0 keeps it until its owner deletes it (activity, audit and Idempotency-Keys: for ever).
Expired credentials are refused by value long before they are deleted here.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

import structlog

from core.domain import states
from core.domain.ids import now, timestamp_before
from core.domain.records import Dataset, Model, TaskState
from core.domain.users import Credential
from core.errors import RequestError
from core.history.activity_log import ActivityLog
from core.jobs.events import compact
from core.jobs.jobs import Jobs, train_ref
from core.limits import rate_limit, stream_quota
from core.maintenance.deletion import CascadeDeleter
from core.maintenance.request_logs import RequestLogUpkeep
from core.models.model_upload import REJECTED, ModelUpload
from core.notifications.log import NotificationLog
from core.ports import Row, Tables
from core.requests.label_upkeep import LabelUpkeep
from core.settings import Settings
from core.storage import rows

log = structlog.get_logger()

# Maximum number of rows of each kind to scan in one round: there may be millions, and none is in a hurry.
SCAN_LIMIT = 1000
# Maximum number of datasets, of jobs and of models to delete in one round: each takes several writes.
DELETIONS_PER_ROUND = 50


class RoundRobinScan:
    """Scans the rows below a prefix, a batch at each call, and starts again at the end."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.looked_at: dict[str, str | None] = {}

    def next_batch(self, start: str) -> list[Row]:
        """Return the next rows below the prefix."""
        found = self.tables.scan(start, SCAN_LIMIT, self.looked_at.get(start))
        self.looked_at[start] = found[-1].key if len(found) == SCAN_LIMIT else None
        return found


class Retention:
    """Deletes objects that have exceeded their retention."""

    def __init__(
        self, tables: Tables, settings: Settings, jobs: Jobs, eraser: CascadeDeleter, activity: ActivityLog,
        labels: LabelUpkeep,
        request_logs: RequestLogUpkeep,
    ) -> None:  # fmt: skip
        self.tables = tables
        self.settings = settings
        self.jobs = jobs
        self.eraser = eraser
        self.activity = activity
        self.labels = labels
        self.request_logs = request_logs
        self.notifications = NotificationLog(tables)
        self.rounds = RoundRobinScan(self.tables)
        self.nameless: set[str] = set()

    def expire(self) -> None:
        """Do one round."""
        self._credentials()
        self._expire_by_deadline(f"{rate_limit.KIND}#")
        self._expire_by_deadline(f"{stream_quota.KIND}#")
        for kind, days in (
            ("activity", self.settings.activity_days),
            ("audit", self.settings.audit_days),
            ("idempotency", self.settings.idempotency_days),
            ("notified", self.settings.notification_days),
            ("delivery", self.settings.notification_days),
        ):
            for row in self._expired(f"{kind}#", days):
                self.tables.delete(row.key)
        self.notifications.delete(row.key for row in self._expired("notification#", self.settings.notification_days))
        self._jobs()
        self._models()
        self._rejected_uploads()
        self._datasets()
        self.labels.run(self.rounds.next_batch("endpoint#"))
        self.request_logs.run()

    def _credentials(self) -> None:
        for row in self.rounds.next_batch("cred#"):
            credential = rows.load(Credential, row.value)
            if credential.expires_at is not None and credential.expires_at < now():
                self.tables.delete(row.key)
                self.tables.delete(rows.key("user_credentials", credential.user_id, row.key.removeprefix("cred#")))

    def _expire_by_deadline(self, start: str) -> None:
        """Delete rows whose own deadline has passed."""
        for row in self.rounds.next_batch(start):
            if rows.load_json(row.value)["until"] < time.time():
                self.tables.delete_if_unchanged(row.key, row.value)

    def _expired(self, start: str, days: int) -> list[Row]:
        """Return rows of the next batch whose own time of creation is more than `days` ago; none if that is 0."""
        if not days:
            return []
        limit = timestamp_before(timedelta(days=days))
        return [row for row in self.rounds.next_batch(start) if rows.load_json(row.value)["at"] < limit]

    def _jobs(self) -> None:
        """Delete jobs that ended long ago, and compact the events of those that ended not quite so long ago."""
        job_days, event_days = self.settings.job_days, self.settings.event_days
        index = self.rounds.next_batch("jobs_all#")
        self._drop_dangling_index_entries(index)
        refs = [train_ref(row.value.decode(), row.key.removeprefix("jobs_all#")) for row in index]
        raws = self.tables.get_many([rows.task_state_key(ref) for ref in refs])
        ended = [(ref, _ended_at(raws.get(rows.task_state_key(ref)))) for ref in refs]
        expired = [ref for ref, at in ended if at and job_days and at < timestamp_before(timedelta(days=job_days))]
        self._erase("job", [(ref.user_id, ref.id) for ref in expired], self.jobs.delete)
        for ref, at in ended:
            if at and event_days and at < timestamp_before(timedelta(days=event_days)):
                compact(self.tables, ref.user_id, ref.id)

    def _drop_dangling_index_entries(self, index: list[Row]) -> None:
        """Delete entries of the `jobs_all` index whose job was missing in two consecutive rounds."""
        names = {row.key: rows.key("job", row.value.decode(), row.key.removeprefix("jobs_all#")) for row in index}
        there = self.tables.get_many(list(names.values()))
        lacking = {key for key, name in names.items() if name not in there}
        for key in lacking & self.nameless:
            self.tables.delete(key)
        self.nameless = (self.nameless - names.keys()) | (lacking - self.nameless)

    def _models(self) -> None:
        if not self.settings.job_days:
            return
        limit = timestamp_before(timedelta(days=self.settings.job_days))
        models = [rows.load(Model, row.value) for row in self.rounds.next_batch("model#")]
        expired = [(model.user_id, model.id) for model in models if model.committed and model.created_at < limit]
        self._erase("model", expired, self.eraser.model)

    def _rejected_uploads(self) -> None:
        """Delete what is left of models that were refused, once nobody asks for the verdict again."""
        if not self.settings.idempotency_days:
            return
        limit = timestamp_before(timedelta(days=self.settings.idempotency_days))
        uploads = [rows.load(ModelUpload, row.value) for row in self.rounds.next_batch("model_upload#")]
        rejected = [each for each in uploads if each.state == REJECTED and each.created_at < limit]
        self._erase("model", [(upload.user_id, upload.id) for upload in rejected], self.eraser.model)

    def _datasets(self) -> None:
        if not self.settings.dataset_days:
            return
        limit = timestamp_before(timedelta(days=self.settings.dataset_days))
        datasets = [rows.load(Dataset, row.value) for row in self.rounds.next_batch("dataset#")]
        expired = [(dataset.user_id, dataset.id) for dataset in datasets if dataset.created_at < limit]
        self._erase("dataset", expired, self.eraser.dataset)

    def _erase(self, kind: str, expired: list[tuple[str, str]], delete: Callable[[str, str], None]) -> None:
        """Delete expired objects, (user_id, id), and record each in its owner's activity.

        One that is in use stays until it is not, and takes no other's place in the round.
        """
        deleted = 0
        for user_id, id in expired:
            try:
                delete(user_id, id)
            except RequestError:
                continue
            subject = f"{kind}/{id}"
            log.info("retention.expired", subject=subject, user_id=user_id)
            self.activity.record(user_id, f"{kind}.expired", subject, once=f"expired#{subject}")
            deleted += 1
            if deleted == DELETIONS_PER_ROUND:
                return


def _ended_at(raw: bytes | None) -> str | None:
    """Return when the task ended, None if it has not."""
    task_state = None if raw is None else rows.load(TaskState, raw)
    return task_state.finished_at if task_state is not None and task_state.state in states.FINAL else None
