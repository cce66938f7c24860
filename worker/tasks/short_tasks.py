"""Do short tasks, in the parent: profiles, checks, stored predictions and exports."""

from __future__ import annotations

from typing import Protocol

from core.datasets.datasets import PROFILE, dataset_deleted
from core.datasets.target_checks import CHECK
from core.domain.records import Dataset, Json
from core.errors import NotFound, failure
from core.models.exports import EXPORT, export_folder
from core.models.models import model_deleted
from core.models.stored_predictions import PREDICT, prediction_folder, prediction_ref
from core.storage import blob_intents, rows
from worker.supervisor import Conduct, TaskFailed, reading


class TaskHandler(Protocol):
    """Do one kind of task."""

    def run(self, conduct: Conduct) -> Json:
        """Do the task that is conducted and return its result. Raises TaskFailed and what any conduct does."""


class ProfileHandler:
    """Profile a dataset. What makes it unusable is written to it, and is no failure of the task."""

    def run(self, conduct: Conduct) -> Json:
        """Write the profile to the dataset, and its report beside it."""
        service, ref = conduct.service, conduct.ref
        dataset = _there(service.datasets.find(ref.user_id, ref.dataset_revision()[0]))
        conduct.fetch(dataset.blob, "data.csv")
        request = {"type": ref.kind, **reading(dataset), "name": dataset.name, "max_rows": service.settings.max_rows}
        try:
            (result,) = conduct.run(request)
        except TaskFailed as exc:
            service.datasets.record_profile(ref, None, exc.error)
            return {"rejected": exc.error["reason"]}
        tables = service.ports.tables
        blob = f"{ref.user_id}/reports/{ref.id}-{conduct.lease.epoch}"
        intent = blob_intents.announce(tables, blob, rows.key("dataset", ref.user_id, dataset.id))
        info = conduct.upload(blob, conduct.folder / result["report"])
        report = {"blob": blob, "size_bytes": info.size_bytes, "sha256": info.sha256}
        service.datasets.record_profile(ref, result["profile"], None, report)
        # Where a newer revision came in between, the intent stays and the sweeper takes the page away.
        if (kept := service.datasets.find(ref.user_id, dataset.id)) and kept.report == report:
            blob_intents.settled(tables, intent)
        return {}


class CheckHandler:
    """Check a dataset against a target."""

    def run(self, conduct: Conduct) -> Json:
        """Return the checks."""
        checks = conduct.service.checks
        dataset = _there(checks.dataset_of(conduct.ref))
        asked = checks.asked(conduct.ref)
        if asked is None:
            raise TaskFailed(failure("CHECK_FORGOTTEN", "This check was deleted.", "Ask again."))
        conduct.fetch(dataset.blob, "data.csv")
        (result,) = conduct.run({"type": conduct.ref.kind, **reading(dataset), "target": asked[1]})
        found: Json = result["checks"]
        return found


class PredictHandler:
    """Predict a dataset with a model and store the CSV."""

    def run(self, conduct: Conduct) -> Json:
        """Return where the CSV is stored."""
        service, ref = conduct.service, conduct.ref
        dataset = _there(service.predictions.dataset_of(ref))
        prediction = service.predictions.find(ref.user_id, ref.id)
        try:
            model = service.models.get(ref.user_id, prediction.model_id if prediction else "")
        except NotFound as exc:
            raise TaskFailed(model_deleted()) from exc
        assert prediction is not None
        conduct.fetch(dataset.blob, "data.csv")
        conduct.fetch(model.blob, "model.nb")
        (result,) = conduct.run({"type": ref.kind, **reading(dataset)})
        blob = f"{prediction_folder(prediction)}{conduct.lease.epoch}"
        intent = blob_intents.announce(service.ports.tables, blob, f"control#{prediction_ref(prediction).path}")
        info = conduct.upload(blob, conduct.folder / result["file"])
        n_rows = (dataset.profile or {}).get("rows")
        return {"blob": blob, "size_bytes": info.size_bytes, "sha256": info.sha256, "rows": n_rows, "intent": intent}


class ExportHandler:
    """Write a model, or one member of it, as ONNX, and store the file."""

    def run(self, conduct: Conduct) -> Json:
        """Return where the file is stored."""
        service, ref = conduct.service, conduct.ref
        asked = service.exports.asked(ref)
        model = service.models.find(ref.user_id, asked[0]) if asked else None
        if asked is None or model is None:
            raise TaskFailed(model_deleted())
        conduct.fetch(model.blob, "model.nb")
        (result,) = conduct.run({"type": ref.kind, "member": asked[1]})
        blob = f"{export_folder(ref.user_id, model.id)}{ref.id}-{conduct.lease.epoch}.onnx"
        blob_intents.announce(service.ports.tables, blob, f"control#{ref.path}")
        info = conduct.upload(blob, conduct.folder / result["file"])
        return {"blob": blob, "size_bytes": info.size_bytes, "sha256": info.sha256}


SHORT_TASKS: dict[str, TaskHandler] = {
    PROFILE: ProfileHandler(),
    CHECK: CheckHandler(),
    PREDICT: PredictHandler(),
    EXPORT: ExportHandler(),
}
"""The handler of each kind of short task; its child serves further tasks afterwards."""


def _there(dataset: Dataset | None) -> Dataset:
    if dataset is None:
        raise TaskFailed(dataset_deleted())
    return dataset
