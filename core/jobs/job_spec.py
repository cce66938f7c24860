"""Checks that a training's specification suits the columns of its dataset."""

from __future__ import annotations

from core.datasets.states import check_usable
from core.domain.records import Dataset, Json
from core.errors import Invalid, column_not_found, failure
from vocabulary import METRICS_BY_TASK


def check_spec(spec: Json, dataset: Dataset) -> None:
    """Raise Conflict if the dataset cannot be used, and Invalid if its columns do not suit `spec`.

    As long as the columns are not known, they are not checked: the task is refused when it is to begin.
    """
    check_usable(dataset)
    if dataset.is_converted:
        check_columns(spec, dataset)
    if dataset.profile:
        check_target(spec, dataset)


def spec_failure(spec: Json, dataset: Dataset) -> Json | None:
    """Return why a job cannot begin whose columns or profile were not known when it was submitted, None if it can."""
    hint = "Submit the job again for columns that are there."
    try:
        if dataset.is_converted and (dataset.original is not None or dataset.origin is not None):
            check_columns(spec, dataset)
        hint = "Submit the job again with what suits the target."
        if dataset.profile:
            check_target(spec, dataset)
    except Invalid as error:
        return failure(error.reason, error.detail, hint)
    return None


def check_columns(spec: Json, dataset: Dataset) -> None:
    """Raise Invalid if the columns do not suit `spec`, the body of POST /jobs.

    A named column may be missing or have two roles, or no column may be left to learn from.
    """
    columns = dataset.columns
    for field, reason in (("target", "TARGET_NOT_FOUND"), ("group_column", "COLUMN_NOT_FOUND"),
                          ("time_column", "COLUMN_NOT_FOUND")):  # fmt: skip
        if spec.get(field) is not None and spec[field] not in columns:
            raise column_not_found(spec[field], columns, [field], reason)
    excluded = spec.get("exclude_columns", [])
    if unknown := [column for column in excluded if column not in columns]:
        raise Invalid(
            "COLUMN_NOT_FOUND", f"There is no column {unknown[0]!r} to exclude.",
            [{"field": "exclude_columns", "detail": f"no column {column!r}"} for column in unknown],
        )  # fmt: skip
    if spec["target"] in excluded:
        raise Invalid("TARGET_EXCLUDED", "The target cannot be excluded.", [{"field": "exclude_columns",
                      "detail": "holds the target"}])  # fmt: skip
    if not set(columns) - {*excluded, spec["target"], spec.get("group_column")}:
        raise Invalid("NO_FEATURES", "No column is left to train on.", [{"field": "exclude_columns",
                      "detail": "leaves no column"}])  # fmt: skip


def check_target(spec: Json, dataset: Dataset) -> None:
    """Raise Invalid if task, metric or models do not suit what the profile says of the target.

    The engine would find it out too, once a worker has read the table; profiles of earlier versions do not say.
    """
    columns = {column["name"]: column for column in (dataset.profile or {})["columns"]}
    known = _as_target(spec["target"], dataset)
    if known is None:
        return
    task, metric = expected_task(spec, known["task"]), spec.get("metric", "auto")
    if task == "binary" and known["task"] != "binary":
        raise _invalid("TARGET_NOT_BINARY", "task", "The target has not two values, which a binary task needs.")
    check_metric(metric, task)
    if spec.get("positive_class") is not None and task != "binary":
        raise _invalid("POSITIVE_CLASS_NOT_BINARY", "positive_class", f"A {task} task has no positive class.")
    if metric == "rmsle" and known.get("has_negatives"):
        detail = "rmsle takes logarithms, and the target has values below 0. Choose rmse or mae."
        raise _invalid("METRIC_NEEDS_NO_NEGATIVES", "metric", detail)
    if metric == "mape" and known.get("has_zeros"):
        detail = "mape divides by the target, and some of its values are 0. Choose mae or rmse."
        raise _invalid("METRIC_NEEDS_NO_ZEROS", "metric", detail)
    left = columns.keys() - {*spec.get("exclude_columns", []), spec["target"], spec.get("group_column")}
    if spec.get("models") == ["text"] and all(columns[name]["type"] != "text" for name in left):
        raise _invalid("MODELS_DO_NOT_SUIT", "models", "The family 'text' needs a column of free text; allow others.")


def expected_task(spec: Json, *known: str | None) -> str:
    """Return the task that a training comes to: the one that is said, else the first that is known, else `auto`."""
    return next((str(task) for task in (spec.get("task"), *known) if task not in (None, "auto")), "auto")


def known_task(target: str, dataset: Dataset) -> str | None:
    """Return the task that `auto` comes to as far as the profile says; None while it says nothing."""
    known = _as_target(target, dataset)
    return None if known is None else str(known["task"])


def _as_target(target: str, dataset: Dataset) -> Json | None:
    columns = (dataset.profile or {}).get("columns", ())
    return next((column.get("as_target") for column in columns if column["name"] == target), None)


def check_metric(metric: str, task: str) -> None:
    """Raise Invalid if the metric does not score such a task."""
    fitting = METRICS_BY_TASK.get(task, ())
    if fitting and metric not in ("auto", *fitting):
        named = ", ".join(fitting)
        raise Invalid(
            "METRIC_DOES_NOT_FIT", f"{metric} does not score a {task} task. Choose one of {named}.",
            [{"field": "metric", "detail": f"not for {task}", "hint": f"one of {named}"}],
        )  # fmt: skip


def _invalid(reason: str, field: str, detail: str) -> Invalid:
    return Invalid(reason, detail, [{"field": field, "detail": "does not suit the target"}])
