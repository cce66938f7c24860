"""What a user is told of a child process that took too much memory, or ended by itself."""

from __future__ import annotations

from core.datasets.datasets import PROFILE
from core.datasets.target_checks import CHECK
from core.domain.records import Json
from core.errors import failure
from core.evaluations.comparisons import COMPARE
from core.evaluations.evaluations import EVALUATE
from core.features.features import FEATURES
from core.models.exports import EXPORT
from core.models.stored_predictions import PREDICT
from core.models.uploaded_models import MODEL_CHECK
from core.monitoring.window_rows import MONITOR
from core.requests.compactions import COMPACT
from core.requests.gatherings import GATHER
from core.requests.key_erasures import FORGET
from core.settings import MIB
from core.sources.assemblies import ASSEMBLE

_ACTIVITIES = {
    PROFILE: "Reading the file", MODEL_CHECK: "Checking the model", EVALUATE: "Evaluating the model",
    COMPARE: "Comparing the models", GATHER: "Gathering the requests", COMPACT: "Putting the requests together",
    ASSEMBLE: "Putting the parts together", FORGET: "Deleting the requests", PREDICT: "Predicting the table",
    CHECK: "Checking the target", EXPORT: "Exporting the model", MONITOR: "Working out the window",
    FEATURES: "Reading the features",
}  # fmt: skip
"""What each kind does but training, which is not listed."""


def signals_of_memory(kind: str) -> tuple[str, ...]:
    """Return the signals by which a child ends for want of memory.

    Those who read files are written in Rust and C++, and abort where Python would raise MemoryError.
    """
    return ("SIGKILL", "SIGABRT") if kind in (PROFILE, ASSEMBLE) else ("SIGKILL",)


def out_of_memory(kind: str, memory_bytes: int) -> Json:
    """Return the error of a task that took too much memory, also at its second try."""
    most = f"{memory_bytes // MIB:,} MiB"
    if kind in _ACTIVITIES:
        detail = f"{_ACTIVITIES[kind]} exceeded the memory limit of {most}."
    else:
        detail = f"Training exceeded the memory limit of {most}, even with half of the rows."
    return failure("OUT_OF_MEMORY", detail, "Use fewer columns or rows, or ask the operator for more memory.")


def crashed(kind: str, exc: Exception) -> Json:
    """Return the error of a task whose process ended by itself more than once."""
    last = f"crashed twice, most recently: {exc or 'no heartbeat'}."
    if kind == PROFILE:
        hint = "Check that the file opens elsewhere, or save it as CSV. The operator's log has the details."
        return failure("FILE_UNREADABLE", f"The process that read the file {last}", hint)
    if kind == MODEL_CHECK:
        return failure("MODEL_CRASHED", f"The process that checked the model {last}", "Export it again.")
    if kind == MONITOR:
        hint = "Ask for the window again. The operator's log has the details."
        return failure("WINDOW_CRASHED", f"The process that worked out the window {last}", hint)
    if kind in (EVALUATE, COMPARE):
        hint = "Measure on fewer rows. The operator's log has the details."
        return failure("EVALUATION_CRASHED", f"{_ACTIVITIES[kind]}: the process {last}", hint)
    if kind in _ACTIVITIES:
        hint = "Ask again, of fewer rows if you can. The operator's log has the details."
        return failure("TASK_CRASHED", f"{_ACTIVITIES[kind]}: the process {last}", hint)
    hint = "Retry with other `models`. The operator's log has the details."
    return failure("TRAINING_CRASHED", f"The training process {last}", hint)
