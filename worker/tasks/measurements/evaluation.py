"""Have a model measured on a labelled dataset, in the parent."""

from __future__ import annotations

from core.domain.records import UPLOADED, Json, Model
from core.errors import failure
from core.evaluations.measurements import REPORT, RESULT
from core.models.models import model_deleted
from worker.errors import TaskFailed
from worker.messages.from_child import EvaluateResult
from worker.messages.to_child import EvaluateRequest
from worker.supervisor import TaskSupervisor
from worker.tasks.conversion import fetch_csv
from worker.tasks.datasets import existing_dataset
from worker.tasks.measurements.documents import store_documents
from worker.tasks.requests import csv_options


class EvaluateHandler:
    """Evaluate a model."""

    def run(self, supervisor: TaskSupervisor) -> Json:
        """Return where the documents are stored, and what lists say."""
        evaluations, ref = supervisor.service.evaluations, supervisor.ref
        evaluation, model = evaluations.find(ref.user_id, ref.id), evaluations.model_of(ref)
        dataset = existing_dataset(evaluations.dataset_of(ref))
        if evaluation is None:
            raise TaskFailed(failure("EVALUATION_DELETED", "This evaluation was deleted.", "Ask again."))
        if model is None:
            raise TaskFailed(model_deleted())
        fetch_csv(supervisor, dataset)
        _fetch_model(supervisor, model)
        about = {
            "name": evaluation.name, "dataset": dataset.name, "model": model.name or model.id,
            "endpoint": evaluation.endpoint, "version": evaluation.version,
        }  # fmt: skip
        uploaded = model.summary if model.origin == UPLOADED else None
        request = EvaluateRequest(
            csv_options(dataset), evaluation.slices, evaluation.pairs, about, uploaded, evaluation.decision
        )
        result = supervisor.run(request, EvaluateResult)
        files = {RESULT: result.document, REPORT: result.report}
        return {**store_documents(supervisor, evaluations, evaluation, files), "headline": result.headline}


def _fetch_model(supervisor: TaskSupervisor, model: Model) -> None:
    """Copy the model's file into the folder, and what was kept of its training, as far as there is any."""
    supervisor.fetch(model.blob, "model.onnx" if model.origin == UPLOADED else "model.nb")
    if model.row_digests is not None:
        supervisor.fetch(model.row_digests["blob"], "row_digests.npz")
    if model.reference is not None:
        supervisor.fetch(model.reference["blob"], "reference.parquet")
