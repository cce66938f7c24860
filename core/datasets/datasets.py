"""Uploaded CSVs: streamed in, profiled by a worker, corrected, previewed, deleted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, replace

from core.datasets.csv_head import preview_head, sniff_head
from core.datasets.states import DELETING, READY, REJECTED, UPLOADED
from core.domain.ids import new_id, now
from core.domain.records import Dataset, Json, TaskRef
from core.domain.states import FINAL
from core.errors import Conflict, NotFound, RequestError, Unauthorized, column_not_found
from core.limits.quotas import QuotaService
from core.limits.storage_quota import available_bytes, bytes_exceeded, reserve_bytes, stored_bytes_key
from core.ports import BlobInfo, Ports
from core.settings import Settings
from core.storage import blob_intents, rows
from core.storage.idempotency import reserve
from core.storage.rows import Page
from core.storage.streams import file_too_large, limit_bytes, peek
from core.tasks.lifecycle import TaskLifecycle
from csvfile.dialect import Dialect
from csvfile.encoding import HEAD_BYTES

PROFILE = "profile"  # Name of the kind of task that profiles a dataset.


class Datasets:
    """A user's datasets."""

    def __init__(self, ports: Ports, settings: Settings, work: TaskLifecycle, quotas: QuotaService) -> None:
        self.tables = ports.tables
        self.blobs = ports.blobs
        self.settings = settings
        self.work = work
        self.quotas = quotas

    def create(self, user_id: str, name: str, chunks: Iterable[bytes], key: str | None = None) -> Dataset:
        """Store an uploaded CSV with bounded memory; a file whose first MiB shows it unusable is refused before that.

        Args:
            user_id: the owner.
            name: the name that the user sees.
            chunks: the file's bytes, unpacked.
            key: Idempotency-Key; the same key and content return the first dataset again.

        Raises TooLarge FILE_TOO_LARGE, Conflict QUOTA_EXCEEDED, and what `sniff_head` does.
        """
        quotas = self.quotas.for_user_id(user_id)
        most_bytes = available_bytes(self.tables, user_id, quotas)
        chunks = limit_bytes(chunks, self.settings.max_upload_bytes, file_too_large(self.settings.max_upload_bytes))
        head, stream = peek(limit_bytes(chunks, most_bytes, bytes_exceeded(quotas)), HEAD_BYTES)
        sniffed = sniff_head(head, max_columns=self.settings.max_columns)

        mine = new_id()
        blob = f"{user_id}/datasets/{mine}"
        intent = self._announce(blob, user_id, mine)
        info = self.blobs.write(blob, stream)
        try:
            # The account may have been deleted during a long upload, and nothing would ever delete its dataset.
            if self.tables.get(rows.key("user", user_id)) is None:
                raise Unauthorized()
            id, new = reserve(self.tables, user_id, "datasets", key, f"{info.sha256} {name}", mine)
        except RequestError:
            self._undo_upload(blob, intent)
            raise
        if not new:
            if earlier := self.find(user_id, id):
                self._undo_upload(blob, intent)
                if earlier.state == UPLOADED:  # It may have crashed before its profile was enqueued.
                    self.work.enqueue(profile_ref(earlier))
                return earlier
            # The blob is left by an upload that crashed, or by a concurrent one: the row of that id decides.
            intent, before = self._announce(blob, user_id, id), intent
            blob_intents.confirm(self.tables, before)
        try:
            reserve_bytes(self.tables, user_id, id, info.size_bytes, quotas)
        except RequestError:
            self._undo_upload(blob, intent)
            raise
        dataset = Dataset(
            id, user_id, name, UPLOADED, blob, info.size_bytes, info.sha256, now(),
            sniffed.dialect, sniffed.header, {}, sniffed.warnings,
        )  # fmt: skip
        # Register the task before the dataset's row exists: after a crash from here on it still gets profiled.
        self.work.register(profile_ref(dataset))
        if not self.tables.put_if_absent(rows.key("dataset", user_id, id), rows.dump(dataset)):
            self._undo_upload(blob, intent)
            return self.get(user_id, id)
        blob_intents.confirm(self.tables, intent)
        self.work.enqueue(profile_ref(dataset))
        return dataset

    def _announce(self, blob: str, user_id: str, id: str) -> str:
        """Record the intent of the blob and of the row that counts its bytes; they are deleted together."""
        return blob_intents.record(self.tables, blob, rows.key("dataset", user_id, id), stored_bytes_key(user_id, id))

    def _undo_upload(self, blob: str, intent: str) -> None:
        """Undo an upload that was refused."""
        self.blobs.delete(blob)
        blob_intents.confirm(self.tables, intent)

    def find(self, user_id: str, id: str) -> Dataset | None:
        """Return the dataset, None if there is none or it is being deleted."""
        raw = self.tables.get(rows.key("dataset", user_id, id))
        dataset = None if raw is None else rows.load(Dataset, raw)
        return None if dataset is None or dataset.state == DELETING else dataset

    def get(self, user_id: str, id: str) -> Dataset:
        """Return the dataset; raises NotFound."""
        dataset = self.find(user_id, id)
        if dataset is None:
            raise NotFound("dataset", id)
        return dataset

    def page(self, user_id: str, size: int, after: str | None = None) -> Page[Dataset]:
        """Return a page of datasets, newest first."""
        found = rows.page(self.tables, Dataset, rows.prefix("dataset", user_id), size, after)
        return Page([dataset for dataset in found.items if dataset.state != DELETING], found.next)

    def preview(self, dataset: Dataset, count: int) -> Json:
        """Return {columns, rows}: the first rows as strings, as far as the first MiB goes."""
        head = self._head(dataset)
        return preview_head(head, dataset.dialect, count)

    def report(self, dataset: Dataset) -> BlobInfo:
        """Return the HTML page that describes the profile; raises Conflict if there is none."""
        if dataset.state == REJECTED:
            raise Conflict("DATASET_REJECTED", (dataset.error or {}).get("detail", "The file could not be read."))
        if dataset.state == UPLOADED:
            raise Conflict("REPORT_NOT_READY", "The dataset is still being profiled: try again in a moment.")
        if dataset.report is None:
            raise Conflict(
                "REPORT_NOT_AVAILABLE",
                "This dataset has no report: change its column types, or upload it again.",
            )
        return BlobInfo(dataset.report["blob"], dataset.report["size_bytes"], dataset.report["sha256"])

    def content(self, dataset: Dataset, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Stream the bytes as uploaded."""
        return self.blobs.read(dataset.blob, start, end)

    def update(self, user_id: str, id: str, changes: Json) -> Dataset:
        """Apply {name?, delimiter?, encoding?, header?, types?}; any change but the name has it profiled anew."""
        key = rows.key("dataset", user_id, id)

        def correct(dataset: Dataset) -> Dataset:
            changed = self._corrected(dataset, changes)
            if changed.revision != dataset.revision:
                self.work.register(profile_ref(changed))  # A crash from here on still gets it profiled.
                if dataset.report:  # No row will name it, so the sweeper deletes it; present readers can finish.
                    blob_intents.record(self.tables, dataset.report["blob"], key)
            return changed

        changed = self._update(user_id, id, correct)
        if changes.keys() - {"name"}:
            self.work.enqueue(profile_ref(changed))
        return changed

    def _corrected(self, dataset: Dataset, changes: Json) -> Dataset:
        renamed = replace(dataset, name=changes.get("name", dataset.name))
        if not changes.keys() - {"name"}:
            return renamed
        dialect = Dialect(**{k: changes.get(k, v) for k, v in asdict(dataset.dialect).items()})
        head = self._head(dataset)
        sniffed = sniff_head(head, max_columns=self.settings.max_columns, dialect=dialect)
        same = sniffed.header == dataset.header
        types = {**(dataset.types if same else {}), **changes.get("types", {})}
        if unknown := [column for column in types if column not in sniffed.header]:
            raise column_not_found(unknown[0], sniffed.header, [f"types.{column}" for column in unknown])
        return replace(
            renamed, dialect=dialect, header=sniffed.header, warnings=sniffed.warnings, types=types,
            state=UPLOADED, revision=dataset.revision + 1, profile=None, report=None, error=None,
        )  # fmt: skip

    def _head(self, dataset: Dataset) -> bytes:
        return b"".join(self.blobs.read(dataset.blob, 0, min(HEAD_BYTES, dataset.size_bytes)))

    def record_profile(
        self, ref: TaskRef, profile: Json | None, error: Json | None, report: Json | None = None
    ) -> None:
        """Record a worker's profile. It counts only for the revision that was profiled."""
        id, revision = ref.dataset_revision()
        state = READY if error is None else REJECTED

        def record(dataset: Dataset | None) -> Dataset | None:
            if dataset is None or dataset.revision != revision or dataset.state != UPLOADED:
                return None
            return replace(dataset, state=state, profile=profile, report=report, error=error)

        rows.update(self.tables, rows.key("dataset", ref.user_id, id), Dataset, record)

    def _update(self, user_id: str, id: str, alter: Callable[[Dataset], Dataset]) -> Dataset:
        """Write the dataset that `alter` returns. Raises NotFound if there is none, or it is being deleted."""
        updated = rows.update(
            self.tables,
            rows.key("dataset", user_id, id),
            Dataset,
            lambda dataset: alter(dataset) if dataset and dataset.state != DELETING else None,
        )
        if updated is None:
            raise NotFound("dataset", id)
        return updated

    def tasks_using(self, dataset: Dataset) -> list[TaskRef]:
        """Return the unfinished tasks that use the dataset."""
        start = rows.prefix("datasetwork", dataset.user_id, dataset.id)
        refs = [TaskRef.parse(row.key.removeprefix(start)) for row in rows.scan_all(self.tables, start)]
        return [ref for ref, task_state in self.work.states(refs).items() if task_state.state not in FINAL]

    def mark_deleted(self, user_id: str, id: str) -> Dataset:
        """Set the tombstone that every new job re-reads. Raises Conflict while the dataset is in use."""
        before: Dataset

        def mark_deleted(dataset: Dataset) -> Dataset:
            nonlocal before
            # Check before the tombstone too: while it stands, a worker that claims such a task gives it up.
            if self.tasks_using(dataset):
                raise _in_use()
            before = dataset
            return replace(dataset, state=DELETING)

        tombstone = self._update(user_id, id, mark_deleted)
        if self.tasks_using(tombstone):
            rows.compare_and_set(
                self.tables, rows.key("dataset", user_id, id), rows.dump(before), expected=rows.dump(tombstone)
            )
            raise _in_use()
        return before


def _in_use() -> Conflict:
    return Conflict(
        "DATASET_IN_USE", "The dataset is in use by jobs or predictions: wait for them or cancel them first."
    )


def profile_ref(dataset: Dataset) -> TaskRef:
    """Return the reference of the task that profiles this revision of the dataset."""
    return TaskRef(PROFILE, dataset.user_id, f"{dataset.id}-r{dataset.revision}")
