"""Exports of models: made by a worker when first requested, kept with the model, awaited by the request.

The api carries no engine, so an export is a short task like any other. Its id follows from the model and the member of
its ensemble, so that repeating the request finds the file.

Besides the files that are downloaded there is one a model that serves it: predictors answer from it once it is there,
and from the engine until then. Nobody waits for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from core.domain.records import UPLOADED, Json, Model, TaskRef
from core.domain.states import SUCCEEDED
from core.errors import Conflict, Invalid, Unavailable
from core.models.decision_rules import rule_of
from core.ports import BlobInfo, Ports
from core.storage import blob_intents, rows
from core.tasks.lifecycle import TaskLifecycle
from core.tasks.on_demand import OnDemandTasks

EXPORT = "export"
"""Name of the kind of task that exports a model."""
Format = Literal["onnx", "mlflow", "serving", "bundle"]
ONNX: Format = "onnx"
MLFLOW: Format = "mlflow"
SERVING: Format = "serving"
BUNDLE: Format = "bundle"
WAIT_S = 20.0
MAX_PARITY = 1e-5
"""Largest difference from the engine's predictions with which a file may serve."""


@dataclass(frozen=True)
class ServingFile:
    """The ONNX file that may serve a model.

    Attributes:
        parity: largest difference from the engine's predictions on the rows it was checked on: of probabilities, or of
            values in units of the target's spread.
    """

    blob: BlobInfo
    parity: float


@dataclass(frozen=True)
class NoServingFile:
    """The verdict that no file will ever serve a model: the engine does.

    Attributes:
        reason: `ONNX_CANNOT_EXPRESS` or `ONNX_DIFFERS`.
        detail: in words.
    """

    reason: str
    detail: str


@dataclass(frozen=True)
class ExportSpec:
    """What is to be exported.

    Attributes:
        member: name of a member of the ensemble, for ONNX; None is all of it.
        format: of the file: to be downloaded, or to serve the model.
        decision: {positive, threshold} by which the file answers labels; None: as it was trained.
    """

    model_id: str
    member: str | None = None
    format: Format = ONNX
    decision: Json | None = None

    def to_json(self) -> Json:
        """Return the row of the request.

        Only ONNX has a member in it: a worker of before the other formats fails for want of one, where it would make
        the wrong file. Likewise one of before decision rules.
        """
        what: Json = {"member": self.member} if self.format == ONNX else {"format": self.format}
        return {"model_id": self.model_id, **what, **({"decision": self.decision} if self.decision else {})}


class Exports:
    """Files of a user's models in other formats."""

    def __init__(self, ports: Ports, work: TaskLifecycle) -> None:
        self.blobs = ports.blobs
        self.tasks = OnDemandTasks(ports.tables, work, EXPORT)

    def onnx(self, model: Model, member: str | None = None, wait_s: float = WAIT_S) -> BlobInfo:
        """Return the ONNX file of the whole ensemble, or of one of its members, with the model's decision rule.

        That of an uploaded model is the file itself, whose own labels no rule changes.

        Raises:
            Invalid: the ensemble has no such member.
            Conflict: it cannot be expressed.
            Unavailable: no worker finished it in time.
        """
        if model.origin == UPLOADED and member is None:
            return BlobInfo(model.blob, model.size_bytes, model.sha256)  # the file itself
        names = [entry["name"] for entry in model.summary.get("leaderboard", []) if entry.get("weight")]
        if member is not None and member not in names:
            raise Invalid(
                "UNKNOWN_MEMBER",
                f"The ensemble has no model {member!r}: it has {', '.join(names) or 'none that are known'}.",
                [{"field": "model", "detail": "not in the ensemble"}],
            )
        return self._made(export_ref(model, member), ExportSpec(model.id, member, decision=rule_of(model)), wait_s)

    def mlflow(self, model: Model, wait_s: float = WAIT_S) -> BlobInfo:
        """Return the ZIP file of the model directory that MLflow loads.

        Raises:
            Conflict: it cannot be expressed.
            Unavailable: no worker finished it in time.
        """
        if model.origin == UPLOADED:
            raise Conflict(
                "NO_MLFLOW_MODEL",
                "This model was uploaded as ONNX: ask for format=onnx, and wrap it with mlflow.onnx.log_model.",
            )
        return self._made(mlflow_ref(model), ExportSpec(model.id, format=MLFLOW, decision=rule_of(model)), wait_s)

    def bundle(self, model: Model, wait_s: float = WAIT_S) -> BlobInfo:
        """Return the model file that answers by the model's decision rule.

        Raises:
            Unavailable: no worker finished it in time.
        """
        return self._made(bundle_ref(model), ExportSpec(model.id, format=BUNDLE, decision=rule_of(model)), wait_s)

    def _made(self, ref: TaskRef, spec: ExportSpec, wait_s: float) -> BlobInfo:
        # An inexpressible model stays so; an export that a crash broke off is tried again.
        task_state = self.tasks.run(ref, spec.to_json(), wait_s, is_final=_is_verdict)
        if task_state is None:
            raise Unavailable("the file is still being prepared: try again")
        if task_state.state != SUCCEEDED or task_state.result is None:
            error = task_state.error or {}
            reason, detail = error.get("reason", "EXPORT_FAILED"), error.get("detail", "The export failed.")
            raise Conflict(reason, f"{detail} {error.get('hint', '')}".strip())
        return _blob(task_state.result)

    def request(self, model: Model) -> None:
        """Have a worker make the file that serves the model, unless it was made, is being made or cannot be."""
        if model.origin == UPLOADED:  # its own file serves it
            return
        self.tasks.request(serving_ref(model), ExportSpec(model.id, format=SERVING).to_json(), is_final=_is_verdict)

    def ready(self, model: Model) -> ServingFile | None:
        """Return the file that may serve the model, if there is one."""
        found = self.verdict(model)
        return found if isinstance(found, ServingFile) else None

    def verdict(self, model: Model) -> ServingFile | NoServingFile | None:
        """Return what came of making the file that serves the model; None if nothing has yet."""
        task_state = self.tasks.work.state(serving_ref(model))
        if task_state is None:
            return None
        if task_state.state == SUCCEEDED and task_state.result is not None:
            parity = task_state.result.get("parity")  # None in place of an infinite one, which JSON does not have
            if parity is not None and parity <= MAX_PARITY:
                return ServingFile(_blob(task_state.result), parity)
            most = "any amount" if parity is None else f"up to {parity:.2g}"
            return NoServingFile("ONNX_DIFFERS", f"Its predictions differ from the engine's by {most}.")
        error = task_state.error or {}
        return NoServingFile(error["reason"], error["detail"]) if _is_verdict(error) else None

    def spec_of(self, ref: TaskRef) -> ExportSpec | None:
        """Return what a task is to export, None if the model was deleted."""
        request = self.tasks.request_of(ref)
        return ExportSpec(**request) if request else None

    def delete_rows(self, user_id: str, model_id: str) -> None:
        """Delete every export of a model."""
        blob_intents.delete_blobs(self.blobs, export_prefix(user_id, model_id))
        self.tasks.delete(user_id, f"{model_id}-")


def export_ref(model: Model, member: str | None) -> TaskRef:
    """Return the reference of the task that writes the ensemble, or that member, as ONNX."""
    return TaskRef(EXPORT, model.user_id, f"{model.id}-{rows.digest(member or '')[:16]}{_rule_suffix(model)}")


def serving_ref(model: Model) -> TaskRef:
    """Return the reference of the task that writes the file that serves the model."""
    return TaskRef(EXPORT, model.user_id, f"{model.id}-serving")


def mlflow_ref(model: Model) -> TaskRef:
    """Return the reference of the task that writes the model directory that MLflow loads."""
    return TaskRef(EXPORT, model.user_id, f"{model.id}-mlflow{_rule_suffix(model)}")


def bundle_ref(model: Model) -> TaskRef:
    """Return the reference of the task that writes the bundle with the model's decision rule."""
    return TaskRef(EXPORT, model.user_id, f"{model.id}-bundle{_rule_suffix(model)}")


def _rule_suffix(model: Model) -> str:
    rule = rule_of(model)
    return "" if rule is None else f"-{rows.digest(rows.dump(rule))[:16]}"


def export_prefix(user_id: str, model_id: str) -> str:
    """Return the prefix of the blobs of a model's exports."""
    return f"{user_id}/exports/{model_id}/"


def _blob(made: Json) -> BlobInfo:
    return BlobInfo(made["blob"], made["size_bytes"], made["sha256"])


def _is_verdict(error: Json) -> bool:
    return str(error.get("reason", "")).startswith("ONNX_")
