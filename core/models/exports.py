"""Exports of models: made by a worker when first requested, kept with the model, awaited by the request.

The api carries no engine, so an export is a short task like any other. Its id follows from the model and the member of
its ensemble, so that repeating the request finds the file.
"""

from __future__ import annotations

from core.domain.records import Json, Model, TaskRef
from core.domain.states import SUCCEEDED
from core.errors import Conflict, Invalid, Unavailable
from core.ports import BlobInfo, Ports
from core.storage import blob_intents, rows
from core.tasks.lifecycle import TaskLifecycle
from core.tasks.on_demand import OnDemandTasks

EXPORT = "export"
"""Name of the kind of task that exports a model."""
WAIT_S = 20.0


class Exports:
    """ONNX files of a user's models."""

    def __init__(self, ports: Ports, work: TaskLifecycle) -> None:
        self.blobs = ports.blobs
        self.tasks = OnDemandTasks(ports.tables, work, EXPORT)

    def onnx(self, model: Model, member: str | None, wait_s: float = WAIT_S) -> BlobInfo:
        """Return the file of the whole ensemble, or of one of its members.

        Raises:
            Invalid: the ensemble has no such member.
            Conflict: it cannot be expressed.
            Unavailable: no worker finished it in time.
        """
        names = [entry["name"] for entry in model.summary.get("leaderboard", []) if entry.get("weight")]
        if member is not None and member not in names:
            raise Invalid(
                "UNKNOWN_MEMBER",
                f"The ensemble has no model {member!r}: it has {', '.join(names)}.",
                [{"field": "model", "detail": "not in the ensemble"}],
            )
        ref = export_ref(model, member)
        # An inexpressible model stays so; an export that a crash broke off is tried again.
        task_state = self.tasks.run(ref, {"model_id": model.id, "member": member}, wait_s, is_final=_is_verdict)
        if task_state is None:
            raise Unavailable("the file is still being prepared: try again")
        if task_state.state != SUCCEEDED or task_state.result is None:
            error = task_state.error or {}
            reason, detail = error.get("reason", "EXPORT_FAILED"), error.get("detail", "The export failed.")
            raise Conflict(reason, f"{detail} {error.get('hint', '')}".strip())
        made = task_state.result
        return BlobInfo(made["blob"], made["size_bytes"], made["sha256"])

    def request_of(self, ref: TaskRef) -> tuple[str, str | None] | None:
        """Return the model's id and the member's name of an export."""
        request = self.tasks.request_of(ref)
        return (request["model_id"], request["member"]) if request else None

    def delete_rows(self, user_id: str, model_id: str) -> None:
        """Delete every export of a model."""
        blob_intents.delete_blobs(self.blobs, export_prefix(user_id, model_id))
        self.tasks.delete(user_id, f"{model_id}-")


def export_ref(model: Model, member: str | None) -> TaskRef:
    """Return the reference of the task that writes the ensemble, or that member, as ONNX."""
    return TaskRef(EXPORT, model.user_id, f"{model.id}-{rows.digest(member or '')[:16]}")


def export_prefix(user_id: str, model_id: str) -> str:
    """Return the prefix of the blobs of a model's exports."""
    return f"{user_id}/exports/{model_id}/"


def _is_verdict(error: Json) -> bool:
    return str(error.get("reason", "")).startswith("ONNX_")
