"""Store the model that a training has made."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from core.domain.ids import new_id, now
from core.domain.records import MODEL_DOCUMENTS, Json, Model
from core.domain.trainings import Job
from core.storage import blob_intents, rows
from worker.messages.from_child import TrainResult
from worker.supervisor import TaskSupervisor


def store_model(supervisor: TaskSupervisor, job: Job, result: TrainResult) -> Json:
    """Upload the bundle and its documents and write the model's row, announced first.

    Until the control row names the model it is visible to no user.

    Returns:
        The result for the fenced `succeeded`.
    """
    tables, id, user = supervisor.service.ports.tables, new_id(), job.user_id
    blob, key = f"{user}/models/{id}", rows.key("model", user, id)
    task_state = rows.task_state_key(supervisor.ref)
    intent = supervisor.retry_until_written(lambda: blob_intents.record(tables, blob, task_state, key))
    info = supervisor.upload(blob, supervisor.folder / result.bundle)
    stored: Json = {"model_id": id, "blob": blob, "intent": intent}
    documents: dict[str, Any] = {}
    for kind in MODEL_DOCUMENTS:
        if file := getattr(result, kind):
            stored[kind] = name = f"{blob}-{kind}"
            stored[f"{kind}_intent"] = _announce(supervisor, name, task_state)
            written = supervisor.upload(name, supervisor.folder / file)
            documents[kind] = {"blob": name, "size_bytes": written.size_bytes, "sha256": written.sha256}
    model = Model(id, user, job.id, job.dataset_id, now(), blob, info.size_bytes, info.sha256, result.summary)
    # A training that has a name gives it to its model.
    model = replace(model, **documents, name=job.spec.get("name") or "")
    supervisor.retry_until_written(lambda: tables.put(key, rows.dump(model)))
    return stored


def _announce(supervisor: TaskSupervisor, blob: str, owner: str) -> str:
    tables = supervisor.service.ports.tables
    return str(supervisor.retry_until_written(lambda: blob_intents.record(tables, blob, owner)))
