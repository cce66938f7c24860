"""Uploaded CSVs: streamed in, profiled by a worker, corrected, previewed, deleted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from core.datasets.column_corrections import ColumnCorrections
from core.datasets.conversions import Conversions, to_convert_anew
from core.datasets.csv_head import csv_errors_as_invalid
from core.datasets.states import DELETING, READY, REJECTED, UPLOADED, dataset_in_use
from core.datasets.stored_files import StoredFiles
from core.datasets.upload_format import content_of, inspect_directory, inspect_head, new_dataset
from core.domain.ids import new_id
from core.domain.records import Dataset, Json, TaskRef
from core.domain.states import FINAL
from core.errors import NotFound, RequestError, Unauthorized, column_not_found
from core.limits.quotas import Quotas, QuotaService
from core.limits.storage_quota import available_bytes, bytes_exceeded, reserve_bytes, stored_bytes_key
from core.ports import Ports
from core.settings import Settings
from core.storage import blob_intents, rows
from core.storage.idempotency import reserve
from core.storage.rows import Page
from core.storage.streams import file_too_large, limit_bytes, peek
from core.tasks.lifecycle import TaskLifecycle
from csvfile.dialect import DialectOptions, options_in
from csvfile.encoding import HEAD_BYTES
from csvfile.formats import check_options

PROFILE = "profile"  # Name of the kind of task that profiles a dataset.


class Datasets:
    """A user's datasets."""

    def __init__(self, ports: Ports, settings: Settings, work: TaskLifecycle, quotas: QuotaService) -> None:
        self.tables = ports.tables
        self.blobs = ports.blobs
        self.settings = settings
        self.work = work
        self.quotas = quotas
        self.conversions = Conversions(ports.tables, quotas)
        self.files = StoredFiles(ports.blobs, settings.max_columns)

    def create(
        self,
        user_id: str,
        name: str,
        chunks: Iterable[bytes],
        key: str | None = None,
        options: DialectOptions | None = None,
        sheet: str | None = None,
    ) -> Dataset:
        """Store an upload with bounded memory; a file whose first MiB shows it unusable is refused before that.

        Args:
            user_id: the owner.
            name: the name that the user sees.
            chunks: the file's bytes, unpacked.
            key: Idempotency-Key; the same key, content and options return the first dataset again.
            options: what the user says of the dialect; the rest is guessed.
            sheet: of a workbook; None for the first that holds something.

        Raises TooLarge FILE_TOO_LARGE, Conflict QUOTA_EXCEEDED, and what `inspect_head` and `inspect_directory` do.
        """
        quotas = self.quotas.for_user_id(user_id)
        head, stream = peek(self._limited(user_id, chunks, quotas), HEAD_BYTES)
        options = dict(options or {})
        format = inspect_head(head, max_columns=self.settings.max_columns, options=options, sheet=sheet)
        mine = new_id()
        blob = f"{user_id}/datasets/{mine}"
        intent = self._announce(blob, user_id, mine)
        info = self.blobs.write(blob, stream)
        try:
            # The account may have been deleted during a long upload, and nothing would ever delete its dataset.
            if self.tables.get(rows.key("user", user_id)) is None:
                raise Unauthorized()
            format = inspect_directory(self.blobs, info, format)
            id, new = reserve(self.tables, user_id, "datasets", key, content_of(info, name, format), mine)
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
        dataset = self.files.with_footer(new_dataset(id, user_id, name, info, format))
        # Register the task before the dataset's row exists: after a crash from here on it still gets profiled.
        self.work.register(profile_ref(dataset))
        if not self.tables.put_if_absent(rows.key("dataset", user_id, id), rows.dump(dataset)):
            self._undo_upload(blob, intent)
            return self.get(user_id, id)
        blob_intents.confirm(self.tables, intent)
        self.work.enqueue(profile_ref(dataset))
        return dataset

    def _limited(self, user_id: str, chunks: Iterable[bytes], quotas: Quotas) -> Iterator[bytes]:
        """Yield the chunks; raises TooLarge, or Conflict where they exceed what the user may still store."""
        most_bytes = available_bytes(self.tables, user_id, quotas)
        chunks = limit_bytes(chunks, self.settings.max_upload_bytes, file_too_large(self.settings.max_upload_bytes))
        return limit_bytes(chunks, most_bytes, bytes_exceeded(quotas))

    def _announce(self, blob: str, user_id: str, id: str) -> str:
        """Record the intent of the blob and of the row that counts its bytes; they are deleted together."""
        owner, row = rows.key("dataset", user_id, id), stored_bytes_key(user_id, id)
        return blob_intents.record(self.tables, blob, owner, row, kept_by_owner=True)

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

    def update(self, user_id: str, id: str, changes: Json) -> Dataset:
        """Apply {name?, types?, columns?, sheet?} and options of the dialect; all but the name has it profiled anew."""
        key = rows.key("dataset", user_id, id)

        def correct(dataset: Dataset) -> Dataset:
            changed = self._corrected(dataset, changes)
            if changed.revision != dataset.revision:
                self.work.register(profile_ref(changed))  # A crash from here on still gets it profiled.
                # No row will name them, so the sweeper deletes them; present readers can finish.
                for blob in filter(None, (dataset.report, dataset.bad_rows)):
                    blob_intents.record(self.tables, blob["blob"], key)
                if dataset.blob != changed.blob:
                    blob_intents.record(self.tables, dataset.blob, key)
            return changed

        changed = self._update(user_id, id, correct)
        if changes.keys() - {"name"}:
            self.work.enqueue(profile_ref(changed))
            if not changed.is_converted:
                self.conversions.release(changed)
        return changed

    def _corrected(self, dataset: Dataset, changes: Json) -> Dataset:
        renamed = replace(dataset, name=changes.get("name", dataset.name))
        if not changes.keys() - {"name"}:
            return renamed
        options = options_in(changes)
        if "sheet" in changes or not dataset.is_converted:
            return _next_revision(to_convert_anew(renamed, changes))
        with csv_errors_as_invalid():
            check_options(dataset.source_format, None, options)
        read = self.files.read_again(renamed, options) if options else renamed
        corrections = ColumnCorrections.of(dataset, changes, keep=read.header == dataset.header)
        named = corrections.fields()
        if unknown := [column for column in named if column not in read.header]:
            raise column_not_found(unknown[0], read.header, [named[column] for column in unknown])
        return _next_revision(replace(read, types=corrections.types, column_options=corrections.options))

    def record_profile(
        self,
        ref: TaskRef,
        profile: Json | None,
        error: Json | None,
        report: Json | None = None,
        bad_rows: Json | None = None,
        code_types: dict[str, str] | None = None,
    ) -> None:
        """Record a worker's profile. It counts only for the revision that was profiled."""
        id, revision = ref.dataset_revision()
        state = READY if error is None else REJECTED

        def record(dataset: Dataset | None) -> Dataset | None:
            if dataset is None or dataset.revision != revision or dataset.state != UPLOADED:
                return None
            return replace(
                dataset, state=state, profile=profile, report=report, error=error, bad_rows=bad_rows,
                code_types=code_types or {},
            )  # fmt: skip

        written = rows.update(self.tables, rows.key("dataset", ref.user_id, id), Dataset, record)
        if written and not written.is_converted:
            self.conversions.release(written)

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
                raise dataset_in_use()
            before = dataset
            return replace(dataset, state=DELETING)

        tombstone = self._update(user_id, id, mark_deleted)
        if self.tasks_using(tombstone):
            key = rows.key("dataset", user_id, id)
            rows.compare_and_set(self.tables, key, rows.dump(before), expected=rows.dump(tombstone))
            raise dataset_in_use()
        return before


def _next_revision(dataset: Dataset) -> Dataset:
    following = dataset.revision + 1
    return replace(dataset, state=UPLOADED, revision=following, profile=None, report=None, bad_rows=None, error=None)


def profile_ref(dataset: Dataset) -> TaskRef:
    """Return the reference of the task that profiles this revision of the dataset."""
    return TaskRef(PROFILE, dataset.user_id, f"{dataset.id}-r{dataset.revision}")
