"""Store the documents that a measurement of models leaves."""

from __future__ import annotations

from typing import Any

from core.domain.records import Json
from core.evaluations.measurements import Measurements
from core.storage import blob_intents, rows
from worker.supervisor import TaskSupervisor


def store_documents(
    supervisor: TaskSupervisor, measurements: Measurements[Any], record: Any, files: dict[str, str]
) -> Json:
    """Store files of the folder as documents of a measurement, announced first.

    Returns:
        `{<name>: {blob, size_bytes, sha256}, <name>_intent}` of each.
    """
    tables, owner = supervisor.service.ports.tables, rows.task_state_key(supervisor.ref)
    stored: Json = {}
    for name, file in files.items():
        blob = f"{measurements.blob_prefix(record)}{supervisor.lease.epoch}-{name}"
        stored[f"{name}_intent"] = blob_intents.record(tables, blob, owner)
        info = supervisor.upload(blob, supervisor.folder / file)
        stored[name] = {"blob": blob, "size_bytes": info.size_bytes, "sha256": info.sha256}
    return stored
