"""Do short tasks, in the parent: profiles, checks, stored predictions, exports, uploads and measurements of models."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePath

from core.datasets.datasets import PROFILE
from core.datasets.target_checks import CHECK
from core.domain.records import UPLOADED, Dataset, Json
from core.errors import NotFound, RequestError, failure
from core.evaluations.comparisons import COMPARE
from core.evaluations.evaluations import EVALUATE
from core.features.features import FEATURES
from core.models.exports import EXPORT, export_prefix
from core.models.models import model_deleted
from core.models.stored_predictions import PREDICT, check_features, prediction_prefix, prediction_ref
from core.models.uploaded_models import MODEL_CHECK
from core.monitoring.window_rows import MONITOR
from core.requests.compactions import COMPACT
from core.requests.gatherings import GATHER
from core.requests.key_erasures import FORGET
from core.sources.assemblies import ASSEMBLE
from core.storage import blob_intents, rows
from worker.errors import TaskFailed
from worker.messages.from_child import CheckModelResult, CheckResult, ExportResult, PredictResult, ProfileResult
from worker.messages.to_child import (
    CheckModelRequest,
    CheckRequest,
    CsvOptions,
    ExportRequest,
    PredictRequest,
    ProfileRequest,
)
from worker.supervisor import TaskSupervisor
from worker.tasks.assembly import AssembleHandler
from worker.tasks.conversion import convert, fetch_csv
from worker.tasks.datasets import existing_dataset
from worker.tasks.features import FeaturesHandler
from worker.tasks.measurements.compare import CompareHandler
from worker.tasks.measurements.evaluation import EvaluateHandler
from worker.tasks.measurements.monitoring import MonitorHandler
from worker.tasks.request_log.compaction import CompactHandler
from worker.tasks.request_log.forgetting import ForgetHandler
from worker.tasks.request_log.gathering import GatherHandler
from worker.tasks.requests import csv_options
from worker.tasks.task_handler import TaskHandler

SANDBOX_SHARE = 0.6
"""Of the memory of a child, for the process that tries a model: the child itself needs some."""


class ProfileHandler:
    """Profile a dataset. Findings that make it unusable are written to it, and are no failure of the task."""

    def run(self, supervisor: TaskSupervisor) -> Json:
        """Write the profile to the dataset, and its report beside it."""
        service, ref = supervisor.service, supervisor.ref
        dataset = existing_dataset(service.datasets.find(ref.user_id, ref.dataset_revision()[0]))
        if dataset.is_converted:
            fetch_csv(supervisor, dataset)
        try:
            converted = dataset if dataset.is_converted else convert(supervisor, dataset)
            if converted is None:
                return {}
            result = supervisor.run(self._request(converted, service.settings.max_rows), ProfileResult)
        except TaskFailed as exc:
            service.datasets.record_profile(ref, None, exc.error)
            return {"rejected": exc.error["reason"]}
        blob, owner = f"{ref.user_id}/reports/{ref.id}-{supervisor.lease.epoch}", dataset.id
        report, intent = _keep(supervisor, result.report, blob, owner)
        bad_rows, listed = _keep(supervisor, result.bad_rows, f"{blob}-bad-rows", owner)
        service.datasets.record_profile(ref, result.profile, None, report, bad_rows, result.code_types)
        # If a newer revision came in between, the intents stay and the sweeper deletes the files.
        if (kept := service.datasets.find(ref.user_id, dataset.id)) and kept.report == report:
            for each in filter(None, (intent, listed)):
                blob_intents.confirm(service.ports.tables, each)
        return {}

    def _request(self, dataset: Dataset, max_rows: int) -> ProfileRequest:
        # The types of codes are found anew: the user's alone are given.
        csv = replace(csv_options(dataset), column_types=dataset.types)
        return ProfileRequest(csv, dataset.name, max_rows, dataset.warnings, dataset.digit_text)


class CheckHandler:
    """Check a dataset against a target."""

    def run(self, supervisor: TaskSupervisor) -> Json:
        """Return the checks."""
        checks = supervisor.service.checks
        dataset = existing_dataset(checks.dataset_of(supervisor.ref))
        request = checks.request_of(supervisor.ref)
        if request is None:
            raise TaskFailed(failure("CHECK_FORGOTTEN", "This check was deleted.", "Ask again."))
        fetch_csv(supervisor, dataset)
        return supervisor.run(CheckRequest(csv_options(dataset), request[1]), CheckResult).checks


class PredictHandler:
    """Predict a dataset with a model and store the CSV."""

    def run(self, supervisor: TaskSupervisor) -> Json:
        """Return where the CSV is stored."""
        service, ref = supervisor.service, supervisor.ref
        dataset = existing_dataset(service.predictions.dataset_of(ref))
        prediction = service.predictions.find(ref.user_id, ref.id)
        try:
            model = service.models.get(ref.user_id, prediction.model_id if prediction else "")
        except NotFound as exc:
            raise TaskFailed(model_deleted()) from exc
        assert prediction is not None
        fetch_csv(supervisor, dataset)
        is_uploaded = model.origin == UPLOADED
        supervisor.fetch(model.blob, "model.onnx" if is_uploaded else "model.nb")
        try:
            read = service.predictions.read_for(model, dataset)
            check_features(model, read.header)
        except RequestError as exc:
            raise TaskFailed(failure(exc.reason, exc.detail)) from exc
        csv = CsvOptions(read.dialect, dataset.column_types)
        uploaded = model.summary if is_uploaded else None
        result = supervisor.run(
            PredictRequest(csv, read.header, prediction.strict, uploaded, prediction.decision), PredictResult
        )
        blob = f"{prediction_prefix(prediction)}{supervisor.lease.epoch}"
        intent = blob_intents.record(service.ports.tables, blob, f"control#{prediction_ref(prediction).path}")
        info = supervisor.upload(blob, supervisor.folder / result.file)
        return {
            "blob": blob, "size_bytes": info.size_bytes, "sha256": info.sha256, "intent": intent,
            "rows": result.rows, "delimiter": read.dialect.delimiter, "warnings": result.warnings,
        }  # fmt: skip


class ExportHandler:
    """Write a model in another format, and store the file."""

    def run(self, supervisor: TaskSupervisor) -> Json:
        """Return where the file is stored, and how far its predictions are from the engine's."""
        service, ref = supervisor.service, supervisor.ref
        spec = service.exports.spec_of(ref)
        model = service.models.find(ref.user_id, spec.model_id) if spec else None
        if spec is None or model is None:
            raise TaskFailed(model_deleted())
        supervisor.fetch(model.blob, "model.nb")
        result = supervisor.run(ExportRequest(spec.member, spec.format, spec.decision), ExportResult)
        suffix = PurePath(result.file).suffix
        blob = f"{export_prefix(ref.user_id, model.id)}{ref.id}-{supervisor.lease.epoch}{suffix}"
        blob_intents.record(service.ports.tables, blob, f"control#{ref.path}")
        info = supervisor.upload(blob, supervisor.folder / result.file)
        return {
            "blob": blob, "size_bytes": info.size_bytes, "sha256": info.sha256,
            "parity": result.parity, "parity_rows": result.parity_rows,
        }  # fmt: skip


class ModelCheckHandler:
    """Check an uploaded model. What keeps it from being served is written to it, and is no failure of the task."""

    def run(self, supervisor: TaskSupervisor) -> Json:
        """Make the upload a model, or record why it is none."""
        uploads, ref = supervisor.service.uploads, supervisor.ref
        upload = uploads.find_upload(ref.user_id, ref.id)
        if upload is None or upload.deleting:
            raise TaskFailed(model_deleted())
        supervisor.fetch(upload.blob, "model.onnx")
        memory_bytes = int(supervisor.context.memory_bytes * SANDBOX_SHARE)
        try:
            request = CheckModelRequest(upload.said, upload.background, memory_bytes)
            result = supervisor.run(request, CheckModelResult)
        except TaskFailed as exc:
            uploads.reject(ref.user_id, ref.id, exc.error)
            return {"rejected": exc.error["reason"]}
        supervisor.retry_until_written(lambda: uploads.accept(ref.user_id, ref.id, result.summary))
        return {"model_id": ref.id}


SHORT_TASKS: dict[str, TaskHandler] = {
    PROFILE: ProfileHandler(),
    GATHER: GatherHandler(),
    ASSEMBLE: AssembleHandler(),
    FORGET: ForgetHandler(),
    CHECK: CheckHandler(),
    PREDICT: PredictHandler(),
    EXPORT: ExportHandler(),
    FEATURES: FeaturesHandler(),
    MODEL_CHECK: ModelCheckHandler(),
    COMPARE: CompareHandler(),
    EVALUATE: EvaluateHandler(),
    COMPACT: CompactHandler(),
    MONITOR: MonitorHandler(),
}
"""Handler of each kind of short task; its child serves further tasks afterwards."""


def _keep(supervisor: TaskSupervisor, file: str | None, blob: str, dataset_id: str) -> tuple[Json | None, str | None]:
    """Store a file of the child's, if there is one, as a blob that the dataset will name; return it and its intent."""
    if file is None:
        return None, None
    owner = rows.key("dataset", supervisor.ref.user_id, dataset_id)
    intent = blob_intents.record(supervisor.service.ports.tables, blob, owner)
    info = supervisor.upload(blob, supervisor.folder / file)
    return {"blob": blob, "size_bytes": info.size_bytes, "sha256": info.sha256}, intent
