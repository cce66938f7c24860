"""Uploaded CSVs: streamed in, profiled by a worker, corrected, previewed, deleted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, replace

from core.datasets.column_corrections import ColumnCorrections
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
from csvfile.dialect import REPORT, DialectOptions, options_in
from csvfile.encoding import HEAD_BYTES
from csvfile.sniffer import sniff_footer

PROFILE = "profile"  # Name of the kind of task that profiles a dataset.
TAIL_BYTES = 1 << 16
"""Bytes at the end of a large file in which notes and totals below its table are looked for."""


class Datasets:
    """A user's datasets."""

    def __init__(self, ports: Ports, settings: Settings, work: TaskLifecycle, quotas: QuotaService) -> None:
        self.tables = ports.tables
        self.blobs = ports.blobs
        self.settings = settings
        self.work = work
        self.quotas = quotas

    def create(
        self,
        user_id: str,
        name: str,
        chunks: Iterable[bytes],
        key: str | None = None,
        options: DialectOptions | None = None,
    ) -> Dataset:
        """Store an uploaded CSV with bounded memory; a file whose first MiB shows it unusable is refused before that.

        Args:
            user_id: the owner.
            name: the name that the user sees.
            chunks: the file's bytes, unpacked.
            key: Idempotency-Key; the same key, content and options return the first dataset again.
            options: what the user says of the dialect; the rest is guessed.

        Raises TooLarge FILE_TOO_LARGE, Conflict QUOTA_EXCEEDED, and what `sniff_head` does.
        """
        quotas = self.quotas.for_user_id(user_id)
        most_bytes = available_bytes(self.tables, user_id, quotas)
        chunks = limit_bytes(chunks, self.settings.max_upload_bytes, file_too_large(self.settings.max_upload_bytes))
        head, stream = peek(limit_bytes(chunks, most_bytes, bytes_exceeded(quotas)), HEAD_BYTES)
        given = dict(options or {})
        sniffed = sniff_head(head, max_columns=self.settings.max_columns, given=given)

        mine = new_id()
        blob = f"{user_id}/datasets/{mine}"
        intent = self._announce(blob, user_id, mine)
        info = self.blobs.write(blob, stream)
        try:
            # The account may have been deleted during a long upload, and nothing would ever delete its dataset.
            if self.tables.get(rows.key("user", user_id)) is None:
                raise Unauthorized()
            id, new = reserve(self.tables, user_id, "datasets", key, _content_of(info, name, given), mine)
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
            sniffed.dialect, sniffed.header, {}, sniffed.warnings, options=given,
        )  # fmt: skip
        dataset = self._with_footer(dataset)
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

    def bad_rows(self, dataset: Dataset) -> Json:
        """Return {count, rows: [{line, reason, detail}]}: the rows that were left out, of which the first are listed.

        Raises Conflict if that is not known, or not wanted.
        """
        if dataset.state == REJECTED:
            raise Conflict("DATASET_REJECTED", (dataset.error or {}).get("detail", "The file could not be read."))
        if dataset.state == UPLOADED:
            raise Conflict("REPORT_NOT_READY", "The dataset is still being profiled: ask again in a moment.")
        if dataset.dialect.bad_rows != REPORT:
            raise Conflict(
                "BAD_ROWS_NOT_LISTED",
                "Bad rows are listed where the dataset is read with bad_rows=report: change that to have a list.",
            )
        if dataset.bad_rows is None:
            return {"count": 0, "rows": []}
        found: Json = rows.load_json(b"".join(self.blobs.read(dataset.bad_rows["blob"])))
        return found

    def content(self, dataset: Dataset, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Stream the bytes as uploaded."""
        return self.blobs.read(dataset.blob, start, end)

    def update(self, user_id: str, id: str, changes: Json) -> Dataset:
        """Apply {name?, types?, columns?} and options of the dialect; all but the name has it profiled anew."""
        key = rows.key("dataset", user_id, id)

        def correct(dataset: Dataset) -> Dataset:
            changed = self._corrected(dataset, changes)
            if changed.revision != dataset.revision:
                self.work.register(profile_ref(changed))  # A crash from here on still gets it profiled.
                # No row will name them, so the sweeper deletes them; present readers can finish.
                for blob in filter(None, (dataset.report, dataset.bad_rows)):
                    blob_intents.record(self.tables, blob["blob"], key)
            return changed

        changed = self._update(user_id, id, correct)
        if changes.keys() - {"name"}:
            self.work.enqueue(profile_ref(changed))
        return changed

    def _corrected(self, dataset: Dataset, changes: Json) -> Dataset:
        renamed = replace(dataset, name=changes.get("name", dataset.name))
        if not changes.keys() - {"name"}:
            return renamed
        options = options_in(changes)
        read = self._read_anew(renamed, options) if options else renamed
        corrections = ColumnCorrections.of(dataset, changes, keep=read.header == dataset.header)
        named = corrections.fields()
        if unknown := [column for column in named if column not in read.header]:
            raise column_not_found(unknown[0], read.header, [named[column] for column in unknown])
        return replace(
            read, types=corrections.types, column_options=corrections.options, state=UPLOADED,
            revision=dataset.revision + 1, profile=None, report=None, bad_rows=None, error=None,
        )  # fmt: skip

    def _read_anew(self, dataset: Dataset, options: DialectOptions) -> Dataset:
        """Return the dataset as it is read with these options, and those that its user gave before."""
        before = asdict(dataset.dialect) if dataset.options is None else dataset.options
        given = {**before, **options}
        sniffed = sniff_head(self._head(dataset), max_columns=self.settings.max_columns, given=given)
        read = replace(
            dataset, dialect=sniffed.dialect, header=sniffed.header, warnings=sniffed.warnings, options=given
        )
        return self._with_footer(read)

    def _with_footer(self, dataset: Dataset) -> Dataset:
        """Return the dataset of a large file with what its end shows, as its beginning shows nothing of that."""
        size_bytes = dataset.size_bytes
        if size_bytes < HEAD_BYTES or "skip_footer" in (dataset.options or {}):
            return dataset
        tail = b"".join(self.blobs.read(dataset.blob, size_bytes - TAIL_BYTES, size_bytes))
        count, warnings = sniff_footer(tail, dataset.dialect, len(dataset.header))
        dialect = replace(dataset.dialect, skip_footer=count)
        return replace(dataset, dialect=dialect, warnings=[*dataset.warnings, *warnings])

    def _head(self, dataset: Dataset) -> bytes:
        return b"".join(self.blobs.read(dataset.blob, 0, min(HEAD_BYTES, dataset.size_bytes)))

    def record_profile(
        self,
        ref: TaskRef,
        profile: Json | None,
        error: Json | None,
        report: Json | None = None,
        bad_rows: Json | None = None,
    ) -> None:
        """Record a worker's profile. It counts only for the revision that was profiled."""
        id, revision = ref.dataset_revision()
        state = READY if error is None else REJECTED

        def record(dataset: Dataset | None) -> Dataset | None:
            if dataset is None or dataset.revision != revision or dataset.state != UPLOADED:
                return None
            return replace(dataset, state=state, profile=profile, report=report, error=error, bad_rows=bad_rows)

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


def _content_of(info: BlobInfo, name: str, options: Json) -> str:
    """Return what two uploads under one key must have in common."""
    said = f" {sorted(options.items())}" if options else ""
    return f"{info.sha256} {name}{said}"


def _in_use() -> Conflict:
    return Conflict(
        "DATASET_IN_USE", "The dataset is in use by jobs or predictions: wait for them or cancel them first."
    )


def profile_ref(dataset: Dataset) -> TaskRef:
    """Return the reference of the task that profiles this revision of the dataset."""
    return TaskRef(PROFILE, dataset.user_id, f"{dataset.id}-r{dataset.revision}")
