"""Stored predictions: a model's predictions of a whole dataset, made by a worker, kept as a CSV."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass

from core.datasets.csv_head import sniff_for_model, sniff_head
from core.datasets.datasets import Datasets
from core.datasets.states import check_usable
from core.domain import states
from core.domain.ids import new_id, now
from core.domain.records import Dataset, Model, Prediction, TaskRef, TaskState
from core.errors import Conflict, Invalid, NotFound, format_names
from core.models.decision_rules import rule_of
from core.models.models import Models
from core.observability.request_context import current_request_context
from core.ports import BlobInfo, Ports
from core.storage import blob_intents, rows
from core.storage.rows import Page
from core.tasks.lifecycle import TaskLifecycle
from csvfile.encoding import HEAD_BYTES
from csvfile.sniffer import SniffResult

PREDICT = "predict"
"""Name of the kind of task that stores predictions."""


@dataclass(frozen=True)
class PredictionView:
    """Stored predictions and their state.

    `task_state.result` is {blob, size_bytes, sha256, rows, delimiter, warnings} once made.
    """

    prediction: Prediction
    task_state: TaskState


class Predictions:
    """A user's stored predictions."""

    def __init__(self, ports: Ports, work: TaskLifecycle, datasets: Datasets, models: Models) -> None:
        self.tables = ports.tables
        self.blobs = ports.blobs
        self.work = work
        self.datasets = datasets
        self.models = models

    def submit(self, user_id: str, model_id: str, dataset_id: str, *, strict: bool = False) -> PredictionView:
        """Queue the prediction of a dataset; a strict one fails if something in it cannot be used."""
        model = self.models.get(user_id, model_id)
        dataset = self.datasets.get(user_id, dataset_id)
        check_usable(dataset)
        if dataset.is_converted:  # Else it is looked at when the task begins.
            check_features(model, self.read_for(model, dataset).header)
        prediction = Prediction(new_id(), user_id, model.id, dataset.id, now(), strict, rule_of(model))
        ref = prediction_ref(prediction)
        self.work.register(ref)
        self.tables.put(rows.key("datasetwork", user_id, dataset.id, ref.path), b"")
        self.tables.put(rows.key("modelwork", user_id, model.id, prediction.id), b"")
        self.tables.put(rows.key("prediction", user_id, prediction.id), rows.dump(prediction))
        self.work.create_if_absent(ref)
        # As with jobs: the tombstone is set before the users are counted, and read after a user is written.
        if self.datasets.find(user_id, dataset.id) is None:
            self.delete_rows(prediction)
            raise NotFound("dataset", dataset.id)
        if self.models.find(user_id, model.id) is None:
            self.delete_rows(prediction)
            raise NotFound("model", model.id)
        self.work.notify(ref, origin=current_request_context())
        return self.view(prediction)

    def read_for(self, model: Model, dataset: Dataset) -> SniffResult:
        """Return how the dataset is read to be predicted.

        What its user has said holds; the rest is guessed anew, as of a file whose columns the model knows.
        """
        said = asdict(dataset.dialect) if dataset.options is None else dataset.options
        found = {name: getattr(dataset.dialect, name) for name in ("skip_footer", "bad_rows")}
        head = b"".join(self.blobs.read(dataset.blob, 0, min(HEAD_BYTES, dataset.size_bytes)))
        return sniff_for_model(head, model, max_columns=HEAD_BYTES, given={**said, **found})

    def find(self, user_id: str, id: str) -> Prediction | None:
        raw = self.tables.get(rows.key("prediction", user_id, id))
        return None if raw is None else rows.load(Prediction, raw)

    def dataset_of(self, ref: TaskRef) -> Dataset | None:
        """Return the dataset that is predicted, None if it was deleted."""
        prediction = self.find(ref.user_id, ref.id)
        return self.datasets.find(ref.user_id, prediction.dataset_id) if prediction else None

    def get(self, user_id: str, id: str, model_id: str | None = None) -> PredictionView:
        """Return the predictions, of that model if one is given; raises NotFound."""
        prediction = self.find(user_id, id)
        if prediction is None or model_id not in (None, prediction.model_id):
            raise NotFound("prediction", id)
        return self.view(prediction)

    def page(self, user_id: str, model_id: str, size: int, after: str | None = None) -> Page[PredictionView]:
        """Return a page of the model's stored predictions, newest first."""
        start = rows.prefix("modelwork", user_id, model_id)
        found = self.tables.scan(start, size + 1, None if after is None else start + after)
        ids = [row.key.removeprefix(start) for row in found]
        kept = [prediction for id in ids[:size] if (prediction := self.find(user_id, id))]
        return Page([self.view(prediction) for prediction in kept], ids[size - 1] if len(ids) > size else None)

    def view(self, prediction: Prediction) -> PredictionView:
        """Return the predictions and their state."""
        task_state = self.work.state(prediction_ref(prediction))
        return PredictionView(prediction, task_state or TaskState(states.QUEUED, prediction.created_at))

    def blob(self, view: PredictionView) -> BlobInfo:
        """Return the CSV; raises Conflict until it is made."""
        made = view.task_state.result
        if made is None:
            raise Conflict("PREDICTION_NOT_READY", f"These predictions are {view.task_state.state}, not succeeded.")
        return BlobInfo(made["blob"], made["size_bytes"], made["sha256"])

    def delimiter(self, view: PredictionView) -> str:
        """Return the delimiter of the CSV; one that was made before it was kept is sniffed."""
        if kept := (view.task_state.result or {}).get("delimiter"):
            return str(kept)
        blob = self.blob(view)
        head = b"".join(self.blobs.read(blob.name, 0, min(HEAD_BYTES, blob.size_bytes)))
        return sniff_head(head, max_columns=HEAD_BYTES).dialect.delimiter

    def delete_rows(self, prediction: Prediction) -> None:
        """Delete the CSV and every row; last the one by which the model's deletion finds what is left to delete."""
        ref = prediction_ref(prediction)
        # The task first: whoever is at it cannot end it any more, and what he still stores stays announced.
        self.work.delete_rows(ref)
        blob_intents.delete_blobs(self.blobs, prediction_prefix(prediction))
        self.tables.delete(rows.key("datasetwork", prediction.user_id, prediction.dataset_id, ref.path))
        self.unlist(prediction)
        self.tables.delete(rows.key("modelwork", prediction.user_id, prediction.model_id, prediction.id))

    def unlist(self, prediction: Prediction) -> None:
        """Hide them from their user; what is left of them is to be erased."""
        self.tables.delete(rows.key("prediction", prediction.user_id, prediction.id))


def check_features(model: Model, columns: Collection[str], hint: str = "") -> None:
    """Raise Invalid MISSING_FEATURE, with a hint, if a column that the model cannot do without is missing.

    Only the record is read: the request is refused before a bundle is loaded, and by processes without the engine.
    """
    required = [feature["name"] for feature in model.summary["features"] if feature["required"]]
    if missing := [name for name in required if name not in columns]:
        which = (
            f"the column {missing[0]!r}" if len(missing) == 1 else f"{len(missing)} columns: {format_names(missing)}"
        )
        raise Invalid(
            "MISSING_FEATURE",
            f"The rows lack {which}. The model needs {'it' if len(missing) == 1 else 'them'}. {hint}".rstrip(),
            [{"field": name, "detail": "missing", "hint": "add the column"} for name in missing],
        )


def prediction_ref(prediction: Prediction) -> TaskRef:
    """Return the reference of the task that makes the predictions."""
    return TaskRef(PREDICT, prediction.user_id, prediction.id)


def prediction_prefix(prediction: Prediction) -> str:
    """Return the prefix of their blobs, one blob for each epoch that got that far."""
    return f"{prediction.user_id}/predictions/{prediction.id}/"
