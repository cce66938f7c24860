"""Have models trained and promoted by themselves: pipelines, as the client lists, makes and opens them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...errors import NoBrainsError
from ...types.datasets import Dataset
from ...types.endpoints.endpoints import CHAMPION, EndpointInfo, EndpointVersion
from ...types.jobs import Job
from ...types.models import Model
from ...types.pipelines.pipelines import PipelineInfo, SchedulePreview
from ...types.sources import Source
from .._base import Resource, options_given, resource_path
from ..endpoints.endpoint import Endpoint
from .pipeline import Pipeline, in_json

# What a pipeline takes over of a job: how it was trained, and not what it is called.
JOB_FIELDS = (
    "target", "task", "metric", "time_budget_s", "parallelism", "seed", "exclude_columns", "models", "positive_class",
    "group_column", "time_column", "max_predict_ms",
)  # fmt: skip


class PipelineResource(Resource):
    """Group the calls that find and make pipelines; `Pipeline` has those of one."""

    def pipelines(self) -> Iterator[PipelineInfo]:
        """Yield all pipelines, newest first, each with its newest run."""
        return map(PipelineInfo.from_json, self._transport.fetch_items("/pipelines"))

    def pipeline(self, pipeline: str | PipelineInfo) -> Pipeline:
        """Return the calls of one pipeline. No request is sent yet.

        Args:
            pipeline: Id of the pipeline, or its record.
        """
        return Pipeline(self._transport, pipeline if isinstance(pipeline, str) else pipeline.id)

    def create_pipeline(
        self,
        name: str,
        endpoint: str | EndpointInfo | Endpoint,
        data: Dataset | Source | Mapping[str, Any] | None = None,
        job: Job | Mapping[str, Any] | None = None,
        when: Sequence[Mapping[str, Any]] = (),
        **settings: Any,
    ) -> Pipeline:
        """Make a pipeline. What would end its first run in failure is refused now.

        If the connection breaks, the request is sent again under one Idempotency-Key, so that it makes one pipeline.

        Args:
            name: Its name.
            endpoint: The endpoint that its models become versions of; it is made with the first where there is none.
            data: The source or dataset that it trains on, or {source_id, plus}; None takes those of the training that
                the endpoint's champion is from.
            job: How it trains: a job, to train as that did, or what `train` takes, such as {"target": "y"}. Without a
                target it trains as the endpoint's champion was, but for what is given.
            when: What starts it, as {"cron": "0 3 * * MON", "timezone": "Europe/Rome"}, {"event": {}}, {"alarm":
                ["drift"], "at_most": "1d"} or {"every_labels": 1000}; nothing but a person by default.
            **settings: What else docs/pipelines.md has: `promote`, `gate`, `as_`, `traffic`, `then`, `guard`,
                `unless_unchanged`, `overlap`, `notify`, `enabled`.

        Raises:
            ValidationFailed: A setting is wrong; the error names the field.
            NoBrainsError: The champion was uploaded, so that no training says what to do: give `data` and `job`.
            NotFound: There is no such endpoint, or it serves nothing, and `data` or the target is not given.

        Example:
            >>> endpoint = client.create_endpoint("of-pipelines", model)
            >>> pipeline = client.create_pipeline(
            ...     "Weekly", endpoint, when=[{"cron": "0 3 * * MON", "timezone": "Europe/Rome"}]
            ... )
            >>> pipeline.info().job["target"], pipeline.info().when[0]["words"]
            ('smoker', 'at 03:00 on Monday')
            >>> pipeline.delete()
            >>> endpoint.delete()
        """
        served = endpoint if isinstance(endpoint, str) else endpoint.name
        said = _training(job) if isinstance(job, Job) else dict(job or {})
        rows: Dataset | Source | Job | Mapping[str, Any] | None = data
        if rows is None or "target" not in said:
            champions = self._training_of(served)
            rows = champions if rows is None else rows
            said = said if "target" in said else {**_training(champions), **said}
        body = {
            "name": name,
            "endpoint": served,
            "data": dict(rows) if isinstance(rows, Mapping) else _data_of(rows),
            "job": said,
            "when": [dict(entry) for entry in when],
            **in_json(settings),
        }
        key = {"Idempotency-Key": uuid.uuid4().hex}
        made = PipelineInfo.from_json(self._transport.fetch("POST", "/pipelines", json_body=body, headers=key))
        return Pipeline(self._transport, made.id)

    def preview_schedule(self, cron: str, timezone: str = "UTC") -> SchedulePreview:
        """Say when a cron expression comes, in words and the next five times; nothing is kept.

        Args:
            cron: Minute, hour, day of the month, month and day of the week; or `@daily` and its like.
            timezone: By whose clocks it comes, such as `Europe/Rome`.

        Raises:
            ValidationFailed: It is no such expression, or there is no such time zone; the message says where.

        Example:
            >>> client.preview_schedule("0 3 * * MON", "Europe/Rome").words
            'at 03:00 on Monday'
        """
        body = {"cron": cron, "timezone": timezone}
        return SchedulePreview.from_json(self._transport.fetch("POST", "/pipelines/preview", json_body=body))

    def _training_of(self, endpoint: str) -> Job:
        """Return the training that the champion of an endpoint is from."""
        path = resource_path("endpoints", endpoint, "versions", CHAMPION)
        version = EndpointVersion.from_json(self._transport.fetch("GET", path))
        model = Model.from_json(self._transport.fetch("GET", resource_path("models", version.model_id or "")))
        if model.job_id is None:
            raise NoBrainsError(
                f"The champion of {endpoint} was uploaded, so that no training says what to train on and how: give the "
                f"pipeline its data and its job (at least the target)."
            )
        return Job.from_json(self._transport.fetch("GET", resource_path("jobs", model.job_id)))


def _data_of(data: Dataset | Source | Job) -> dict[str, str]:
    if isinstance(data, Job):
        return {"source_id": data.source_id} if data.source_id else {"dataset_id": data.dataset_id}
    return {"source_id" if isinstance(data, Source) else "dataset_id": data.id}


def _training(job: Job) -> dict[str, Any]:
    said = options_given(**{name: job.raw.get(name) for name in JOB_FIELDS})
    return {**said, "max_predict_ms": job.raw.get("max_predict_ms") or 0}
