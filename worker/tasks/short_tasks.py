"""Short work, in the parent: profiles, checks, stored predictions and exports."""

from __future__ import annotations

from core.datasets.datasets import Datasets
from core.domain.records import Dataset, Json, Model
from core.errors import NotFound, failure
from core.models.exports import export_folder
from core.models.stored_predictions import prediction_folder, prediction_ref
from core.storage import blob_intents, rows
from worker.supervisor import Conduct, TaskFailed, reading


def profile(conduct: Conduct, dataset: Dataset) -> Json:
    """Profile the dataset; what makes it unusable is written to it, and is no failure of the work."""
    conduct.fetch(dataset.blob, "data.csv")
    datasets: Datasets = conduct.service.datasets
    most = conduct.service.settings.max_rows
    task = {"type": "profile", **reading(dataset), "name": dataset.name, "max_rows": most}
    try:
        (result,) = conduct.run(task)
    except TaskFailed as exc:
        datasets.record_profile(conduct.ref, None, exc.error)
        return {"rejected": exc.error["reason"]}
    tables, ref = conduct.service.ports.tables, conduct.ref
    blob = f"{ref.user_id}/reports/{ref.id}-{conduct.lease.epoch}"
    intent = blob_intents.announce(tables, blob, rows.key("dataset", ref.user_id, dataset.id))
    info = conduct.upload(blob, conduct.folder / result["report"])
    report = {"blob": blob, "size_bytes": info.size_bytes, "sha256": info.sha256}
    datasets.record_profile(ref, result["profile"], None, report)
    # Where a newer revision came in between, the intent stays and the sweeper takes the page away.
    if (kept := datasets.find(ref.user_id, dataset.id)) and kept.report == report:
        blob_intents.settled(tables, intent)
    return {}


def check(conduct: Conduct, dataset: Dataset) -> Json:
    """Check the dataset against a target."""
    asked = conduct.service.checks.asked(conduct.ref)
    if asked is None:
        raise TaskFailed(failure("CHECK_FORGOTTEN", "This check was deleted.", "Ask again."))
    conduct.fetch(dataset.blob, "data.csv")
    (result,) = conduct.run({"type": "check", **reading(dataset), "target": asked[1]})
    checks: Json = result["checks"]
    return checks


def predict(conduct: Conduct, dataset: Dataset) -> Json:
    """Predict the dataset with a model and store the CSV."""
    service, ref = conduct.service, conduct.ref
    prediction = service.predictions.find(ref.user_id, ref.id)
    try:
        model = service.models.get(ref.user_id, prediction.model_id if prediction else "")
    except NotFound as exc:
        raise TaskFailed(failure("MODEL_DELETED", "The model was deleted.", "Train it again.")) from exc
    assert prediction is not None
    conduct.fetch(dataset.blob, "data.csv")
    conduct.fetch(model.blob, "model.nb")
    (result,) = conduct.run({"type": "predict", **reading(dataset)})
    blob = f"{prediction_folder(prediction)}{conduct.lease.epoch}"
    intent = blob_intents.announce(service.ports.tables, blob, f"control#{prediction_ref(prediction).path}")
    info = conduct.upload(blob, conduct.folder / result["file"])
    n_rows = (dataset.profile or {}).get("rows")
    return {"blob": blob, "size_bytes": info.size_bytes, "sha256": info.sha256, "rows": n_rows, "intent": intent}


def export(conduct: Conduct, model: Model) -> Json:
    """Write the model, or one member of it, as ONNX, and store the file."""
    service, ref = conduct.service, conduct.ref
    asked = service.exports.asked(ref)
    if asked is None:
        raise TaskFailed(failure("MODEL_DELETED", "The model was deleted.", "Train it again."))
    conduct.fetch(model.blob, "model.nb")
    (result,) = conduct.run({"type": "export", "member": asked[1]})
    blob = f"{export_folder(ref.user_id, model.id)}{ref.id}-{conduct.lease.epoch}.onnx"
    blob_intents.announce(service.ports.tables, blob, f"control#{ref.path}")
    info = conduct.upload(blob, conduct.folder / result["file"])
    return {"blob": blob, "size_bytes": info.size_bytes, "sha256": info.sha256}


ERRANDS = {"profile": profile, "check": check, "predict": predict}
