"""What a fetcher tells of a fetch: that it begins, that nothing has changed, what has come.

Each may be told twice, as after a crash: the dataset has the id that the fetch was given when it was asked for, and is
created once. What is in its row is what counts, so the fetch is settled by that row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from core.datasets.datasets import Datasets, profile_ref
from core.datasets.upload_format import UploadFormat, inspect_directory, inspect_head, new_dataset
from core.domain.ids import now, rfc3339
from core.domain.records import Dataset, Json, TaskRef
from core.domain.sources import AUTO, ENDPOINT, ORIGIN, READY, UNCHANGED, Fetch, FetchedFile, FetchPlan, Source
from core.errors import BlobMissing, Invalid, RequestError
from core.limits.storage_quota import available_bytes, reserve_bytes, stored_bytes_key
from core.ports import Ports
from core.requests.gatherings import Gatherings, GatherSpec
from core.sources.assemblies import Assemblies, assembly_key, parts_prefix
from core.sources.fetches import Fetches
from core.sources.source_specs import window_minutes
from core.storage import blob_intents, rows
from csvfile.encoding import HEAD_BYTES
from csvfile.formats import ZIP, detect_format


class FetchRecorder:
    """Records fetches as they are done."""

    def __init__(
        self, ports: Ports, fetches: Fetches, datasets: Datasets, assemblies: Assemblies, gatherings: Gatherings
    ) -> None:
        self.tables = ports.tables
        self.blobs = ports.blobs
        self.fetches = fetches
        self.rows = fetches.rows
        self.datasets = datasets
        self.assemblies = assemblies
        self.gatherings = gatherings

    def begin(self, ref: TaskRef) -> FetchPlan | None:
        """Return what is to be fetched, None if there is nothing left to do. Raises what `record` does."""
        fetch = self.rows.fetch_of(ref)
        source = None if fetch is None else self.rows.find(ref.user_id, fetch.source_id)
        if fetch is None or source is None or fetch.is_over:
            return None
        fetch = replace(fetch, started_at=now())
        made = self.datasets.find(ref.user_id, fetch.new_dataset_id)
        if made is not None and (made.blob or not source.once):  # An earlier fetcher got that far, and crashed then.
            self._settle(fetch, made)
            return None
        if source.kind == ENDPOINT:
            self._gather(source, fetch)
            return None
        max_bytes = min(
            self.datasets.settings.max_upload_bytes,
            available_bytes(self.tables, ref.user_id, self.datasets.quotas.for_user_id(ref.user_id)),
        )
        earlier, dataset = next(self.fetches.good(source, fetch.number), (None, None))
        if earlier is None or dataset is None:
            return FetchPlan(source, fetch, max_bytes=max_bytes)
        return FetchPlan(source, fetch, earlier.version, earlier.cursor, dataset.id, max_bytes)

    def announce(self, plan: FetchPlan, epoch: int) -> tuple[str, str]:
        """Announce the file that is coming in; return the name of its blob, and the intent."""
        user_id, id = plan.source.user_id, plan.fetch.new_dataset_id
        owner = rows.key("dataset", user_id, id)
        if plan.source.is_assembled:
            prefix = parts_prefix(user_id, id)
            return f"{prefix}{epoch}", blob_intents.record(self.tables, prefix, owner, assembly_key(user_id, id))
        blob = f"{user_id}/datasets/{id}-{epoch}"
        counted = stored_bytes_key(user_id, id)
        return blob, blob_intents.record(self.tables, blob, owner, counted, kept_by_owner=True)

    def record_unchanged(self, plan: FetchPlan, version: Json | None = None) -> Fetch | None:
        """Record that what is there already is what there is; return the fetch as it stands."""
        return self.rows.settle(
            plan.fetch,
            lambda found: replace(
                found, state=UNCHANGED, started_at=plan.fetch.started_at, ended_at=now(), cursor=plan.cursor,
                dataset_id=plan.base_dataset_id, version={**(plan.since or {}), **(version or {})},
            ),
        )  # fmt: skip

    def record(self, plan: FetchPlan, file: FetchedFile) -> Fetch | None:
        """Make a dataset of what has come, unless nothing has changed; return the fetch as it stands.

        None if the source was deleted meanwhile. Raises Invalid for a file that shows itself unusable, Conflict
        QUOTA_EXCEEDED; the file is dropped then. May be called again, with the same file, after Unavailable.
        """
        source, fetch = plan.source, plan.fetch
        current = self.rows.fetch_of(fetch.ref)
        if current is None or current.is_over or self.rows.find(source.user_id, source.id) is None:
            self._drop_unless_used(plan, file)
            return current
        if plan.base_dataset_id and (file.rows == 0 or self._is_same(plan, file)):
            self._drop(file)
            return self.record_unchanged(plan, file.version)
        try:
            self._check_head(source, file)
            dataset = self._assemble(plan, file) if source.is_assembled else self._store(plan, file)
        except RequestError:
            self._drop_unless_used(plan, file)
            raise
        return self._settle(fetch, dataset)

    def _is_same(self, plan: FetchPlan, file: FetchedFile) -> bool:
        return (plan.since or {}).get("sha256") == file.blob.sha256

    def _drop(self, file: FetchedFile) -> None:
        self.blobs.delete(file.blob.name)
        blob_intents.confirm(self.tables, file.intent)

    def _drop_unless_used(self, plan: FetchPlan, file: FetchedFile) -> None:
        """Drop the file, but for one that a dataset is made of: then this very call was made before."""
        user_id, id = plan.source.user_id, plan.fetch.new_dataset_id
        for key in (rows.key("dataset", user_id, id), assembly_key(user_id, id)):
            raw = self.tables.get(key)
            if raw is not None and f'"{file.blob.name}"'.encode() in raw:
                return
        self._drop(file)

    def _head(self, file: FetchedFile) -> bytes:
        return b"".join(self.blobs.read(file.blob.name, 0, min(HEAD_BYTES, file.blob.size_bytes)))

    def _check_head(self, source: Source, file: FetchedFile) -> None:
        """Raise Invalid for a file that is not what it should be: what a server says in the place of a table."""
        head = self._head(file)
        begin = head[:2000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
        if begin.startswith((b"<!doctype", b"<html", b"<?xml")):
            raise Invalid(
                "NOT_A_TABLE", "What came is a web page (HTML or XML) and no table. Perhaps the address wants a "
                "sign-in, or is that of a page which links to the file.",
            )  # fmt: skip
        if source.format == AUTO:
            return
        is_ = detect_format(head) or "csv"
        found = "xlsx" if is_ == ZIP and source.format == "xlsx" else is_
        if found != source.format and not (source.format == "csv" and found in (ZIP, "gzip")):
            raise Invalid(
                "FORMAT_DIFFERS", f"The source says that it is {source.format}, and what came looks like {found}. "
                "Set the source's format to auto, or to what comes.", [{"field": "format", "detail": f"not {found}"}],
            )  # fmt: skip

    def _store(self, plan: FetchPlan, file: FetchedFile) -> Dataset:
        """Make the file a dataset, as if it had been uploaded."""
        source, fetch = plan.source, plan.fetch
        user_id, id = source.user_id, fetch.new_dataset_id
        base = self.datasets.find(user_id, plan.base_dataset_id) if plan.base_dataset_id else None
        options = dict(base.options or {}) if base is not None and base.original is None else {}
        format = self._inspect(source, file, options)
        reserve_bytes(self.tables, user_id, id, file.blob.size_bytes, self.datasets.quotas.for_user_id(user_id))
        made = new_dataset(id, user_id, source.name, file.blob, format)
        made = replace(self.datasets.files.with_footer(made), origin=origin_of(plan, file))
        made = _read_as(made, file.reading or {}, base)
        self.datasets.work.register(profile_ref(made))

        def written(there: Dataset | None) -> Dataset | None:
            if there is None:
                return None if source.once else made
            return replace(made, name=there.name, created_at=there.created_at) if not there.blob else None

        key = rows.key("dataset", user_id, id)
        if rows.update(self.tables, key, Dataset, written) is None:
            there = self.datasets.find(user_id, id)
            self._drop_unless_used(plan, file)
            if there is None:
                raise Invalid("DATASET_DELETED", "The dataset was deleted while it was fetched.")
            made = there
        blob_intents.confirm(self.tables, file.intent)
        self.datasets.work.enqueue(profile_ref(made))
        return made

    def _inspect(self, source: Source, file: FetchedFile, options: Mapping[str, Any]) -> UploadFormat:
        most = self.datasets.settings.max_columns
        format = inspect_head(self._head(file), max_columns=most, options=options, sheet=source.sheet)
        try:
            return inspect_directory(self.blobs, file.blob, format)
        except BlobMissing as exc:
            raise Invalid("FILE_UNREADABLE", "The file is gone. Fetch it again.") from exc

    def _assemble(self, plan: FetchPlan, file: FetchedFile) -> Dataset:
        """Make a dataset of what there is, if it is appended to that, and the file."""
        source = plan.source
        part = {
            "blob": file.blob.name, "format": file.format or source.format, "sheet": source.sheet,
            "intent": file.intent, **(file.reading or {}),
        }  # fmt: skip
        before = [{"dataset_id": plan.base_dataset_id}] if source.mode == "append" and plan.base_dataset_id else []
        return self.assemblies.create(
            source.user_id, source.name, [*before, part], key_columns=source.key, origin=origin_of(plan, file),
            dataset_id=plan.fetch.new_dataset_id,
        )  # fmt: skip

    def _gather(self, source: Source, fetch: Fetch) -> None:
        """Have the labelled requests of an endpoint gathered: they are in the service already."""
        at = datetime.now(UTC)
        start = at - timedelta(minutes=window_minutes(source.spec["window"]))
        spec = GatherSpec(source.name, start, at, labelled=source.spec["labelled"])
        dataset = self.gatherings.create(
            source.user_id, source.spec["endpoint"], spec, dataset_id=fetch.new_dataset_id,
            about={"source": source.id, "fetch": fetch.number},
        )  # fmt: skip
        self._settle(fetch, dataset)

    def _settle(self, fetch: Fetch, dataset: Dataset) -> Fetch | None:
        about = dataset.origin or {}
        return self.rows.settle(
            fetch,
            lambda found: replace(
                found, state=READY, started_at=fetch.started_at, ended_at=now(), dataset_id=dataset.id,
                version=about.get("version", {}), rows=about.get("rows"), bytes=about.get("bytes", 0),
                cursor=about.get("cursor"),
            ),
        )  # fmt: skip


def origin_of(plan: FetchPlan, file: FetchedFile) -> Json:
    """Return what the dataset says of where it comes from; the fetch is settled by it."""
    source = plan.source
    where: Json = {"url": source.spec["url"]} if source.once else {"source": source.id, "fetch": plan.fetch.number}
    return {
        "kind": ORIGIN, **where, "name": source.name, "etag": file.version.get("etag"), "rows": file.rows,
        "cursor": file.cursor, "bytes": file.blob.size_bytes, "at": rfc3339(datetime.now(UTC)),
        "version": {**file.version, "sha256": file.blob.sha256},
    }  # fmt: skip


def _read_as(dataset: Dataset, reading: Json, base: Dataset | None) -> Dataset:
    """Return the dataset read as its source tells, and as its user has corrected the one before."""
    types = {**reading.get("types", {}), **(base.types if base else {})}
    options = {**reading.get("column_options", {}), **(base.column_options if base else {})}
    if dataset.header:
        types = {name: type for name, type in types.items() if name in dataset.header}
        options = {name: each for name, each in options.items() if name in dataset.header}
    return replace(dataset, types=types, column_options=options)
