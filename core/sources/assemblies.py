"""Datasets that are put together of parts: one under another by the names of their columns.

The dataset is there at once, as that of an upload is whose file is still coming in: a worker makes its CSV, and from
there on it is a dataset like any other. What it is made of stands in a row of its own, `assembly#user#dataset`, until
then.

A part is one of

| part | rows of |
|---|---|
| `{dataset_id}` | another dataset, once that was profiled |
| `{blob, format, sheet?, types?, column_options?, intent?}` | a file; one below `parts_prefix` goes once it is used |
| `{segments: [blobs]}` | gzip JSON lines, one object a row |
| `{requests: {endpoint, endpoint_id, from, to, labelled, …}}` | kept requests of an endpoint |
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from core.datasets.datasets import Datasets
from core.datasets.states import UPLOADED
from core.domain.ids import new_id, now
from core.domain.records import Dataset, Json, TaskRef
from core.errors import NotFound
from core.limits.quotas import QuotaService
from core.limits.storage_quota import reserve_bytes, stored_bytes_key, update_bytes
from core.ports import BlobInfo, Ports
from core.storage import blob_intents, rows
from core.storage.idempotency import reserve
from core.tasks.lifecycle import TaskLifecycle
from csvfile.dialect import Dialect
from csvfile.formats import CSV

ASSEMBLE = "assemble"
"""Name of the kind of task that makes the file."""


@dataclass(frozen=True)
class Assembly:
    """What a dataset is to be made of.

    Attributes:
        key_columns: of rows with the same values in these the last one counts; [] for all rows.
    """

    dataset_id: str
    user_id: str
    parts: list[Json]
    key_columns: list[str] = field(default_factory=list)

    @property
    def dataset_ids(self) -> list[str]:
        return [part["dataset_id"] for part in self.parts if "dataset_id" in part]


@dataclass(frozen=True)
class AssembledTable:
    """What is told of the CSV that was made: fields of the dataset's row, and of its origin."""

    header: list[str]
    digit_text: list[int]
    warnings: list[str]
    found: Json


class Assemblies:
    """Datasets that are made of parts."""

    def __init__(self, ports: Ports, work: TaskLifecycle, datasets: Datasets, quotas: QuotaService) -> None:
        self.tables = ports.tables
        self.blobs = ports.blobs
        self.work = work
        self.datasets = datasets
        self.quotas = quotas

    def create(
        self, user_id: str, name: str, parts: Sequence[Json], *, key_columns: Sequence[str] = (),
        origin: Json | None = None, idempotency_key: str | None = None, dataset_id: str | None = None,
    ) -> Dataset:  # fmt: skip
        """Make the dataset, and have a worker put it together.

        Args:
            user_id: the owner.
            name: the name that the user sees.
            parts: in order, see above.
            key_columns: of rows with the same values in these the last one counts.
            origin: what the dataset says it was made of.
            idempotency_key: the same key and parts return the first dataset again.
            dataset_id: that the dataset is to have; the same id returns the first dataset again.

        Raises NotFound for a dataset among the parts, Conflict QUOTA_EXCEEDED or IDEMPOTENCY_KEY_REUSED.
        """
        said = rows.digest(rows.dump([list(parts), list(key_columns)]))
        id = dataset_id or reserve(self.tables, user_id, "assembled", idempotency_key, said, new_id())[0]
        if earlier := self.datasets.find(user_id, id):
            if is_awaited(earlier):  # It may have crashed before its task was enqueued.
                self.work.enqueue(assemble_ref(earlier))
            return earlier
        assembly = Assembly(id, user_id, list(parts), list(key_columns))
        ref = TaskRef(ASSEMBLE, user_id, id)
        row, counted = rows.key("dataset", user_id, id), stored_bytes_key(user_id, id)
        intent = blob_intents.record(self.tables, f"{user_id}/datasets/{id}", row, counted, kept_by_owner=True)
        reserve_bytes(self.tables, user_id, id, 0, self.quotas.for_user_id(user_id))
        self.work.register(ref)
        self.tables.put(assembly_key(user_id, id), rows.dump(assembly))
        for base in assembly.dataset_ids:
            self.tables.put(rows.key("datasetwork", user_id, base, ref.path), b"")
        dataset = _new_dataset(id, user_id, name, origin or {"kind": ASSEMBLE})
        if not self.tables.put_if_absent(row, rows.dump(dataset)):
            return self.datasets.get(user_id, id)
        blob_intents.confirm(self.tables, intent)
        self.work.create_if_absent(ref)
        # A tombstone is set before the users of a dataset are counted, and read here after one is written.
        for base in assembly.dataset_ids:
            if self.datasets.find(user_id, base) is None:
                raise NotFound("dataset", base)  # The task finds it too, and ends.
        self.work.enqueue(ref)
        return dataset

    def find(self, ref: TaskRef) -> Assembly | None:
        """Return what a dataset is to be made of; None if it was made, or deleted."""
        raw = self.tables.get(assembly_key(ref.user_id, ref.id))
        return None if raw is None else rows.load(Assembly, raw)

    def dataset_of(self, ref: TaskRef) -> Dataset | None:
        """Return the dataset of a task, None if it was deleted."""
        return self.datasets.find(ref.user_id, ref.id)

    def record(self, ref: TaskRef, file: BlobInfo, table: AssembledTable, reading: Json) -> Dataset | None:
        """Name the file in the dataset's row, unless another worker was quicker; return the dataset that stands.

        Args:
            ref: the task.
            file: the CSV.
            table: what is told of it.
            reading: {types, column_options} of the columns; what the user has said meanwhile prevails.

        Raises QUOTA_EXCEEDED, and None for a dataset that was deleted.
        """
        if self.dataset_of(ref) is None:
            return None
        update_bytes(self.tables, ref.user_id, ref.id, file.size_bytes, self.quotas.for_user_id(ref.user_id))

        def named(dataset: Dataset | None) -> Dataset | None:
            if dataset is None or not is_awaited(dataset):
                return None
            return replace(
                dataset, blob=file.name, size_bytes=file.size_bytes, sha256=file.sha256, original=None,
                dialect=Dialect(), options=vars(Dialect()), header=table.header, digit_text=table.digit_text,
                warnings=table.warnings, types={**reading["types"], **dataset.types},
                column_options={**reading["column_options"], **dataset.column_options},
                origin={**(dataset.origin or {}), **table.found},
            )  # fmt: skip

        written = rows.update(self.tables, rows.key("dataset", ref.user_id, ref.id), Dataset, named)
        return written or self.dataset_of(ref)

    def delete_parts(self, user_id: str, dataset_id: str) -> None:
        """Delete what was there to make the dataset alone: it is made, or deleted, or will never be."""
        ref = TaskRef(ASSEMBLE, user_id, dataset_id)
        assembly = self.find(ref)
        blob_intents.delete_blobs(self.blobs, parts_prefix(user_id, dataset_id))
        if assembly is not None:
            for base in assembly.dataset_ids:
                self.tables.delete(rows.key("datasetwork", user_id, base, ref.path))
            for intent in filter(None, (part.get("intent") for part in assembly.parts)):
                blob_intents.confirm(self.tables, intent)
        self.tables.delete(assembly_key(user_id, dataset_id))


def is_awaited(dataset: Dataset) -> bool:
    """Return whether a worker still has to put the dataset together."""
    return dataset.state == UPLOADED and dataset.origin is not None and not dataset.blob


def assemble_ref(dataset: Dataset) -> TaskRef:
    """Return the reference of the task that puts the dataset together."""
    return TaskRef(ASSEMBLE, dataset.user_id, dataset.id)


def assembly_key(user_id: str, dataset_id: str) -> str:
    """Return the key of the row that says what a dataset is to be made of."""
    return rows.key("assembly", user_id, dataset_id)


def parts_prefix(user_id: str, dataset_id: str) -> str:
    """Return what the names of blobs begin with that are deleted once the dataset is made of them."""
    return f"{user_id}/parts/{dataset_id}/"


def _new_dataset(id: str, user_id: str, name: str, origin: Json) -> Dataset:
    nothing = {"blob": "", "size_bytes": 0, "sha256": "", "format": CSV}
    return Dataset(id, user_id, name, UPLOADED, "", 0, "", now(), options={}, original=nothing, origin=origin)
