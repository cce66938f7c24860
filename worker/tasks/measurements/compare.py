"""Have models compared on a labelled dataset, in the parent: fetch the files, store the documents of the child."""

from __future__ import annotations

from core.domain.comparisons import Comparison
from core.domain.records import UPLOADED, Json, Model
from core.errors import NotFound, RequestError, failure
from core.evaluations.measurements import REPORT, RESULT, check_labelled
from core.models.models import model_deleted
from worker.errors import TaskFailed
from worker.messages.from_child import CompareResult
from worker.messages.to_child import CompareRequest
from worker.supervisor import TaskSupervisor
from worker.tasks.conversion import fetch_csv
from worker.tasks.datasets import existing_dataset
from worker.tasks.measurements.documents import store_documents
from worker.tasks.requests import csv_options

SAID_OF_MODELS = ("target", "task", "metric", "classes", "target_unit", "target_format", "features", "importance",
                  "holdout")  # fmt: skip
"""What a comparison asks of a model's summary before the model is loaded."""


class CompareHandler:
    """Compare models on a dataset."""

    def run(self, supervisor: TaskSupervisor) -> Json:
        """Return where the documents are stored, and what stands in lists."""
        service, ref = supervisor.service, supervisor.ref
        comparisons = service.comparisons
        dataset = existing_dataset(comparisons.dataset_of(ref))
        record = comparisons.find(ref.user_id, ref.id)
        if record is None:
            raise TaskFailed(failure("COMPARISON_DELETED", "This comparison was deleted.", "Ask again."))
        models = [_model(supervisor, id) for id in record.model_ids]
        try:
            check_labelled(models, dataset)
        except RequestError as exc:
            raise TaskFailed(failure(exc.reason, exc.detail)) from exc
        fetch_csv(supervisor, dataset)
        described = [_fetch(supervisor, i, model, record) for i, model in enumerate(models)]
        request = CompareRequest(
            csv_options(dataset),
            described,
            record.metric,
            record.name or dataset.name,
            record.gate,
        )
        result = supervisor.run(request, CompareResult)
        documents = store_documents(supervisor, comparisons, record, {RESULT: result.file, REPORT: result.report})
        return {**documents, **result.brief}


def _model(supervisor: TaskSupervisor, id: str) -> Model:
    try:
        return supervisor.service.models.get(supervisor.ref.user_id, id)
    except NotFound as exc:
        raise TaskFailed(model_deleted()) from exc


def _fetch(supervisor: TaskSupervisor, i: int, model: Model, record: Comparison) -> Json:
    """Bring a model's file, and the digests of its training rows, into the folder; return what the child is told."""
    named = record.models[i]
    name = f"{named['endpoint']}/{named['version']}" if named["endpoint"] else model.name or model.id
    is_uploaded = model.origin == UPLOADED
    file = f"model-{i}.onnx" if is_uploaded else f"model-{i}.nb"
    supervisor.fetch(model.blob, file)
    digests = None
    if model.row_digests is not None:
        digests = f"digests-{i}.npz"
        supervisor.fetch(model.row_digests["blob"], digests)
    said = {field: model.summary[field] for field in SAID_OF_MODELS if field in model.summary}
    return {
        "id": model.id, "name": name, "file": file, "size_bytes": model.size_bytes, "digests": digests,
        "summary": said, "uploaded": model.summary if is_uploaded else None, "decision": named.get("decision"),
    }  # fmt: skip
