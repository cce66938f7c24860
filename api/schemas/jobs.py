"""Bodies and answers of jobs."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, post_load, validates_schema
from marshmallow.validate import Length, OneOf, Range

from api.context import current_service
from api.schemas.base import Integer, Number, RequestSchema, ResponseSchema, SearchQuery
from api.schemas.datasets import FailureAnswer
from api.schemas.names import NAME
from core.domain.states import STATES
from core.jobs.job_spec import check_metric
from vocabulary import BASELINE, DEFAULT_MAX_PREDICT_MS, DEFAULT_TIME_BUDGET_S, FAMILIES, METRICS_BY_TASK, TASKS

_METRICS = tuple(dict.fromkeys(metric for metrics in METRICS_BY_TASK.values() for metric in metrics))
_FAMILIES = tuple(family for family in FAMILIES if family != BASELINE)


class TrainingBody(RequestSchema):
    """What is trained, whatever on."""

    target = fields.String(required=True, metadata={"description": "The column to predict."})
    name = fields.String(load_default=None, allow_none=True, validate=NAME)
    task = fields.String(load_default="auto", validate=OneOf(["auto", *TASKS]))
    metric = fields.String(load_default="auto", validate=OneOf(["auto", *_METRICS]))
    time_budget_s = Number(load_default=DEFAULT_TIME_BUDGET_S, validate=Range(1))
    parallelism = Integer(
        load_default=1, validate=Range(1, 64), metadata={"description": "Max. workers that share the search."}
    )
    seed = Integer(load_default=0, validate=Range(0, 2**31 - 1))
    exclude_columns = fields.List(fields.String(), load_default=list)
    models = fields.List(
        fields.String(validate=OneOf(_FAMILIES)),
        load_default=None,
        allow_none=True,
        validate=Length(1),
        metadata={"description": "Model families to try; null: all."},
    )
    positive_class = fields.String(
        load_default=None,
        allow_none=True,
        metadata={"description": "The label that binary metrics count; null: as the check says."},
    )
    group_column = fields.String(
        load_default=None,
        allow_none=True,
        metadata={"description": "Rows with the same value are never split between training and validation."},
    )
    time_column = fields.String(
        load_default=None,
        allow_none=True,
        metadata={"description": "Models are validated on later rows than they were trained on."},
    )
    max_predict_ms = Number(
        load_default=DEFAULT_MAX_PREDICT_MS,
        allow_none=True,
        validate=Range(0),
        metadata={
            "description": "Max. prediction time per row of all models of the ensemble, in ms; null or 0: no limit."
        },
    )

    @post_load
    def _lift(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {**data, "max_predict_ms": data["max_predict_ms"] or None}

    @validates_schema
    def _check_training(self, data: dict[str, Any], **_: Any) -> None:
        most = current_service().settings.max_time_budget_s
        if data["time_budget_s"] > most:
            raise ValidationError(f"Must be at most {most} here.", "time_budget_s")
        check_metric(data["metric"], data["task"])


class JobBody(TrainingBody):
    """A training job."""

    dataset_id = fields.String(validate=Length(1, 100), metadata={"description": "Or `source_id`."})
    source_id = fields.String(
        validate=Length(1, 100),
        metadata={"description": "A source: its newest dataset, fetched first where that is older than `max_age_s`."},
    )  # fmt: skip

    @validates_schema
    def _check_data(self, data: dict[str, Any], **_: Any) -> None:
        if ("dataset_id" in data) == ("source_id" in data):
            which = "one of" if "dataset_id" in data else "either"
            raise ValidationError(f"Name {which} dataset_id and source_id: what is to be trained on.", "dataset_id")


class JobQuery(SearchQuery):
    """A filter of jobs."""

    state = fields.String(load_default=None, validate=OneOf(STATES))
    dataset_id = fields.String(load_default=None, validate=Length(1, 100))


class WaitingForAnswer(ResponseSchema):
    """What a queued job waits for."""

    kind = fields.String(attribute="for", data_key="for", metadata={"description": "`data`."})
    detail = fields.String(metadata={"description": "In words."})
    state = fields.String(metadata={"description": "Of the fetch; `profiling` once that is over."})
    source_id = fields.String()
    fetch = fields.Integer(allow_none=True, metadata={"description": "Number of the fetch."})
    bytes = fields.Integer(metadata={"description": "That have come so far."})


class ProgressAnswer(ResponseSchema):
    """The progress of a job."""

    elapsed_s = fields.Float()
    eta_s = fields.Float(
        allow_none=True, metadata={"description": "Seconds left of the time budget, while the job runs."}
    )
    trials_done = fields.Integer()
    best_score = fields.Float(allow_none=True)


class JobAnswer(ResponseSchema):
    """A training job and its state."""

    id = fields.String()
    name = fields.String(allow_none=True)
    dataset_id = fields.String(allow_none=True, metadata={"description": "null until its source is fetched."})
    source_id = fields.String(allow_none=True)
    waiting_for = fields.Nested(
        WaitingForAnswer, allow_none=True, metadata={"description": "Of a queued job whose source is fetched first."}
    )  # fmt: skip
    target = fields.String()
    task = fields.String(metadata={"description": "As requested, until `auto` is resolved."})
    metric = fields.String(metadata={"description": "As requested, until `auto` is resolved."})
    time_budget_s = fields.Raw(metadata={"type": "number"})
    parallelism = fields.Integer()
    seed = fields.Integer()
    exclude_columns = fields.List(fields.String())
    models = fields.List(fields.String(), allow_none=True)
    positive_class = fields.String(allow_none=True)
    group_column = fields.String(allow_none=True)
    time_column = fields.String(allow_none=True)
    max_predict_ms = fields.Float(allow_none=True, metadata={"description": "null: no limit."})
    state = fields.String(validate=OneOf(STATES))
    phase = fields.String(allow_none=True)
    attempt = fields.Integer()
    queue_position = fields.Integer(allow_none=True)
    created_at = fields.String()
    started_at = fields.String(allow_none=True)
    finished_at = fields.String(allow_none=True)
    progress = fields.Nested(ProgressAnswer)
    model_id = fields.String(allow_none=True)
    error = fields.Nested(FailureAnswer, allow_none=True)


class TrialAnswer(ResponseSchema):
    """A trial: one model family with one set of hyperparameters."""

    number = fields.Integer()
    model = fields.String()
    params = fields.Dict()
    score = fields.Float(allow_none=True)
    fit_s = fields.Float(allow_none=True)
    state = fields.String()
    truncated_folds = fields.Integer(metadata={"description": "Folds whose fit time ended early; the score is theirs."})
    started_at = fields.String()
