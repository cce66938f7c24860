"""Measurements of models on labelled datasets: made by a worker, kept as a JSON document and a page.

Evaluations and comparisons are such: each has a record that never changes, a task, and documents once that is done.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import orjson

from core.datasets.datasets import Datasets
from core.datasets.states import check_usable
from core.domain import states
from core.domain.records import Dataset, Json, Model, TaskRef, TaskState
from core.errors import Conflict, NotFound, column_not_found
from core.models.models import Models
from core.models.stored_predictions import check_features
from core.observability.request_context import current_request_context
from core.ports import BlobInfo, Ports
from core.storage import blob_intents, rows
from core.storage.rows import Page
from core.tasks.lifecycle import TaskLifecycle

RESULT, REPORT = "result", "report"
DOCUMENTS = (RESULT, REPORT)
"""Members of a task's result: {blob, size_bytes, sha256} of the JSON, and of the HTML page."""


class Measured(Protocol):
    """The record of a measurement."""

    @property
    def id(self) -> str: ...
    @property
    def user_id(self) -> str: ...
    @property
    def dataset_id(self) -> str: ...
    @property
    def created_at(self) -> str: ...
    @property
    def model_ids(self) -> list[str]: ...


R = TypeVar("R", bound=Measured)


@dataclass(frozen=True)
class MeasurementKind(Generic[R]):
    """What sets one kind of measurement apart.

    Attributes:
        noun: kind of its rows and its erasure, as people call it.
        task: name of the kind of its tasks.
        record_type: of its records.
    """

    noun: str
    task: str
    record_type: type[R]


@dataclass(frozen=True)
class MeasurementView(Generic[R]):
    """A measurement and its state; `task_state.result` is {result, report, …} once it is done."""

    record: R
    task_state: TaskState


class Measurements(Generic[R]):
    """A user's measurements of one kind."""

    def __init__(
        self, ports: Ports, work: TaskLifecycle, datasets: Datasets, models: Models, kind: MeasurementKind[R]
    ) -> None:
        self.tables = ports.tables
        self.blobs = ports.blobs
        self.work = work
        self.datasets = datasets
        self.models = models
        self.kind = kind

    def enqueue(self, record: R) -> MeasurementView[R]:
        """Store the record and queue its task; raises NotFound if what it measures was deleted meanwhile.

        The same request may be under way elsewhere: then both write the same rows.
        """
        ref = self.ref(record.user_id, record.id)
        self.work.register(ref)
        self.tables.put(self._dataset_use(record), b"")
        for model_id in record.model_ids:
            self.tables.put(self._model_use(record, model_id), b"")
        self.tables.put_if_absent(rows.key(self.kind.noun, record.user_id, record.id), rows.dump(record))
        self.work.create_if_absent(ref)
        # As with jobs: a tombstone is set before the users are counted, and read after a user is written.
        if self.datasets.find(record.user_id, record.dataset_id) is None:
            self.delete_rows(record)
            raise NotFound("dataset", record.dataset_id)
        if gone := [id for id in record.model_ids if self.models.find(record.user_id, id) is None]:
            self.delete_rows(record)
            raise NotFound("model", gone[0])
        self.work.notify(ref, origin=current_request_context())
        return self.view(record)

    def find(self, user_id: str, id: str) -> R | None:
        raw = self.tables.get(rows.key(self.kind.noun, user_id, id))
        return None if raw is None else rows.load(self.kind.record_type, raw)

    def get(self, user_id: str, id: str) -> MeasurementView[R]:
        """Return the measurement and its state; raises NotFound."""
        record = self.find(user_id, id)
        if record is None:
            raise NotFound(self.kind.noun, id)
        return self.view(record)

    def view(self, record: R) -> MeasurementView[R]:
        """Return the measurement and its state."""
        return self.views([record])[0]

    def views(self, records: Sequence[R]) -> list[MeasurementView[R]]:
        """Return many measurements and their states, with one read for all states."""
        refs = [self.ref(record.user_id, record.id) for record in records]
        found = self.work.states(refs)
        return [
            MeasurementView(record, found.get(ref) or TaskState(states.QUEUED, record.created_at))
            for record, ref in zip(records, refs, strict=True)
        ]

    def page(self, user_id: str, size: int, after: str | None = None) -> Page[MeasurementView[R]]:
        """Return a page of measurements, newest first."""
        found = rows.page(self.tables, self.kind.record_type, rows.prefix(self.kind.noun, user_id), size, after)
        return Page(self.views(found.items), found.next)

    def dataset_of(self, ref: TaskRef) -> Dataset | None:
        """Return the dataset that is measured on, None if it was deleted."""
        record = self.find(ref.user_id, ref.id)
        return self.datasets.find(ref.user_id, record.dataset_id) if record else None

    def content(self, view: MeasurementView[R]) -> Json | None:
        """Return what was found, None until it is."""
        made = (view.task_state.result or {}).get(RESULT)
        content: Json | None = None if made is None else orjson.loads(b"".join(self.blobs.read(made["blob"])))
        return content

    def report(self, view: MeasurementView[R]) -> BlobInfo:
        """Return the HTML page; raises Conflict until there is one."""
        made = (view.task_state.result or {}).get(REPORT)
        if made is None:
            detail = f"This {self.kind.noun} is {view.task_state.state}, not succeeded: it has no report."
            raise Conflict("REPORT_NOT_AVAILABLE", detail)
        return BlobInfo(made["blob"], made["size_bytes"], made["sha256"])

    def delete(self, user_id: str, id: str) -> None:
        """Delete a measurement with its documents; a worker that is at it gives it up. Raises NotFound."""
        record = self.get(user_id, id).record
        erasure = rows.key("erasure", self.kind.noun, user_id, id)
        self.tables.put(erasure, rows.dump(record))
        self.tables.delete(rows.key(self.kind.noun, user_id, id))  # From here on its user no longer sees it.
        self.delete_rows(record)
        self.tables.delete(erasure)

    def resume_deletion(self, raw: bytes) -> None:
        """Delete what is left of the measurement whose record is given."""
        self.delete_rows(rows.load(self.kind.record_type, raw))

    def delete_with(self, user_id: str, id: str, found_by: str) -> None:
        """Delete the measurement, if there still is one, because of what it measures.

        The row `found_by`, by which that finds it, is left to be deleted last: after a crash it is found again.
        """
        if (record := self.find(user_id, id)) is not None:
            self.delete_rows(record, found_by)

    def delete_rows(self, record: R, found_by: str = "") -> None:
        """Delete documents and rows but the one that is given; last the record, which knows of the others."""
        # The task first: whoever is at it cannot end it any more, and what he still stores stays announced.
        self.work.delete_rows(self.ref(record.user_id, record.id))
        blob_intents.delete_blobs(self.blobs, self.blob_prefix(record))
        uses = {self._dataset_use(record), *(self._model_use(record, model_id) for model_id in record.model_ids)}
        for key in sorted(uses - {found_by}):
            self.tables.delete(key)
        self.tables.delete(rows.key(self.kind.noun, record.user_id, record.id))

    def ref(self, user_id: str, id: str) -> TaskRef:
        """Return the reference of the task that measures."""
        return TaskRef(self.kind.task, user_id, id)

    def blob_prefix(self, record: R) -> str:
        """Return the prefix of its documents, some for each epoch that got that far."""
        return f"{record.user_id}/{self.kind.noun}s/{record.id}/"

    def _dataset_use(self, record: R) -> str:
        return rows.key("datasetwork", record.user_id, record.dataset_id, self.ref(record.user_id, record.id).path)

    def _model_use(self, record: R, model_id: str) -> str:
        return rows.key("modelwork", record.user_id, model_id, f"{self.kind.task}:{record.id}")


def check_labelled(models: Sequence[Model], dataset: Dataset) -> None:
    """Raise if the dataset cannot be read, or its columns are known and lack what the models read and predict.

    Raises Conflict DATASET_REJECTED, Invalid TARGET_NOT_FOUND or MISSING_FEATURE.
    """
    check_usable(dataset)
    if not dataset.is_converted:
        return  # Its columns are not known yet: the worker looks.
    for model in models:
        target = str(model.summary["target"])
        if target not in dataset.columns:
            raise column_not_found(target, dataset.columns, ["dataset_id"], "TARGET_NOT_FOUND")
        check_features(model, dataset.columns)
