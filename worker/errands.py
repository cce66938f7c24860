"""Short work, in the parent: profiles, checks and stored predictions."""

from __future__ import annotations

from core import intents
from core.datasets import Datasets
from core.errors import NotFound
from core.predictions import prediction_folder, prediction_ref
from core.records import Dataset, Json
from core.work import failure
from worker.conduct import Conduct, TaskFailed, reading


def profile(conduct: Conduct, dataset: Dataset) -> Json:
    """Profile the dataset; what makes it unusable is written to it, and is no failure of the work."""
    conduct.fetch(dataset.blob, "data.csv")
    datasets: Datasets = conduct.service.datasets
    task = {"type": "profile", **reading(dataset), "max_rows": conduct.service.settings.max_rows}
    try:
        (result,) = conduct.run(task)
    except TaskFailed as exc:
        datasets.record_profile(conduct.ref, None, exc.error)
        return {"rejected": exc.error["reason"]}
    datasets.record_profile(conduct.ref, result["profile"], None)
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
    intent = intents.announce(service.ports.tables, blob, f"control#{prediction_ref(prediction).path}")
    info = conduct.upload(blob, conduct.folder / result["file"])
    rows = (dataset.profile or {}).get("rows")
    return {"blob": blob, "size_bytes": info.size_bytes, "sha256": info.sha256, "rows": rows, "intent": intent}


ERRANDS = {"profile": profile, "check": check, "predict": predict}
