"""Checks of a pipeline when it is made or changed: what would end its first run in failure is said now."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from core.datasets.datasets import Datasets
from core.domain.endpoints import CHAMPION, Endpoint
from core.domain.notifications import Webhook
from core.domain.pipelines import Pipeline
from core.domain.records import Dataset, Json
from core.endpoints.creation import check_name
from core.endpoints.endpoints import Endpoints
from core.endpoints.traffic import check_alias
from core.errors import Invalid, NotFound
from core.jobs.job_spec import check_metric, check_spec, expected_task, known_task
from core.monitoring.spans import parse_span
from core.pipelines.gate import wrong_settings
from core.ports import Tables
from core.storage import rows

REASON = "BAD_PIPELINE"
STARTS = ("cron", "event", "alarm", "every_labels")
"""What an entry of `when` has one of."""

DataCheck = Callable[[str, Json], Dataset | None]
"""Takes a user and a pipeline's data; returns the dataset that there is of it, None for one yet to come. Raises."""
WhenCheck = Callable[[Json, str], Json]
"""Takes an entry of `when` and what its fields are called in errors; returns it as it is kept. Raises Invalid."""


class PipelineChecks:
    """Checks pipelines.

    Args:
        tables: the tables.
        datasets: those that pipelines name.
        endpoints: those that pipelines feed.
        sources: checks data that is no dataset.
        cron: checks an entry of `when` that goes by time.
    """

    def __init__(
        self, tables: Tables, datasets: Datasets, endpoints: Endpoints, sources: DataCheck, cron: WhenCheck
    ) -> None:
        self.tables = tables
        self.datasets = datasets
        self.endpoints = endpoints
        self.sources = sources
        self.cron = cron

    def checked(self, pipeline: Pipeline) -> Pipeline:
        """Return the pipeline as it is kept. Raises Invalid, NotFound or Conflict, with the field that is at fault."""
        check_name(pipeline.endpoint)
        endpoint = self.endpoints.find(pipeline.user_id, pipeline.endpoint)
        dataset = self._dataset(pipeline)
        signature = self._signature(endpoint)
        self._check_job(pipeline, dataset, endpoint, signature)
        pipeline = replace(pipeline, when=[self._when(entry, f"when.{n}.") for n, entry in enumerate(pipeline.when)])
        self._check_gate(pipeline, dataset, signature)
        self._check_promotion(pipeline, endpoint)
        self._check_notify(pipeline)
        return pipeline

    def _dataset(self, pipeline: Pipeline) -> Dataset | None:
        data = pipeline.data
        named = [name for name in ("dataset_id", "source_id") if data.get(name)]
        if len(named) != 1:
            raise _bad("data", "Name one of dataset_id and source_id: what its models are trained on.")
        plus = (data.get("plus") or {}).get("endpoint")
        if plus is not None and self.endpoints.find(pipeline.user_id, plus) is None:
            raise _bad("data.plus.endpoint", f"There is no endpoint {plus!r} in your account.")
        if named == ["dataset_id"]:
            if plus is not None:
                raise _bad("data.plus", "Labelled requests are added to a source's data: name a source_id.")
            try:
                return self.datasets.get(pipeline.user_id, data["dataset_id"])
            except NotFound as exc:
                raise _bad("data.dataset_id", exc.detail) from exc
        try:
            return self.sources(pipeline.user_id, data)
        except NotFound as exc:
            raise _bad("data.source_id", exc.detail) from exc

    def _signature(self, endpoint: Endpoint | None) -> Json:
        """Return what callers of the endpoint rely on; nothing while it serves nothing."""
        served = None if endpoint is None else endpoint.aliases.get(CHAMPION)
        return {} if endpoint is None or served is None else self.endpoints.versions.of(endpoint, served).signature

    def _check_job(
        self, pipeline: Pipeline, dataset: Dataset | None, endpoint: Endpoint | None, signature: Json
    ) -> None:  # fmt: skip
        """Check the job as POST /jobs does, and that callers of the endpoint will get what they get now."""
        job = pipeline.job
        if dataset is not None:
            with _fields_of("job"):
                check_spec({**job, "dataset_id": dataset.id}, dataset)
        target = signature.get("target")
        if endpoint is not None and target not in (None, job["target"]):
            detail = f"The endpoint {endpoint.name!r} predicts {target!r}: its callers would get another column."
            raise _bad("job.target", f"{detail} Choose that target, or another endpoint.")
        with _fields_of("job"):
            check_metric(job.get("metric", "auto"), _task(job, signature, dataset))

    def _when(self, entry: Json, where: str) -> Json:
        said = [name for name in STARTS if entry.get(name) is not None]
        if len(said) != 1:
            raise _bad(where.rstrip("."), f"Each entry has one of {', '.join(STARTS)}; this one has {_listed(said)}.")
        if entry.get("at_most") is not None:
            _check_span(entry["at_most"], f"{where}at_most")
        return self.cron(entry, where) if "cron" in said else entry

    def _check_gate(self, pipeline: Pipeline, dataset: Dataset | None, signature: Json) -> None:
        gate = pipeline.gate
        known = set() if dataset is None else set(dataset.columns)
        for n, name in enumerate(gate.get("must_not_worsen") or ()):
            if known and name not in known:
                raise _bad(f"gate.must_not_worsen.{n}", f"There is no column {name[:60]!r}.")
        for field, detail in wrong_settings(gate):
            raise _bad(f"gate.{field}", detail)
        if metric := gate.get("metric"):
            with _fields_of("gate"):
                check_metric(metric, _task(pipeline.job, signature, dataset))
        if test_id := gate.get("test_dataset_id"):
            try:
                self.datasets.get(pipeline.user_id, test_id)
            except NotFound as exc:
                raise _bad("gate.test_dataset_id", exc.detail) from exc

    def _check_promotion(self, pipeline: Pipeline, endpoint: Endpoint | None) -> None:
        with _fields_of("", {"alias": "as"}):
            check_alias(pipeline.as_)
        aliases = {pipeline.as_, *(() if endpoint is None else endpoint.aliases)}
        for field, detail in _wrong_shares(pipeline.traffic or {}, aliases):
            raise _bad(field, detail)
        if pipeline.then and pipeline.as_ == CHAMPION:
            raise _bad("then", f"It makes another alias champion in time: choose one with `as`, not {CHAMPION!r}.")
        for name, span in (("then", "champion_after"), ("guard", "within")):
            if said := getattr(pipeline, name):
                _check_span(said[span], f"{name}.{span}")

    def _check_notify(self, pipeline: Pipeline) -> None:
        if not pipeline.notify:
            return
        start = rows.prefix("webhook", pipeline.user_id)
        known = set()
        for row in rows.scan_all(self.tables, start):
            webhook = rows.load(Webhook, row.value)
            known |= {webhook.id, webhook.url.removeprefix("mailto:")}
        for number, name in enumerate(pipeline.notify):
            if name not in known:
                raise _bad(f"notify.{number}", f"There is no webhook {name[:60]!r} in your account: make it first.")


def _task(job: Json, signature: Json, dataset: Dataset | None) -> str:
    """Return the task that a training comes to: what is served tells more than the data do."""
    return expected_task(job, signature.get("task"), None if dataset is None else known_task(job["target"], dataset))


@contextmanager
def _fields_of(inside: str, renamed: Mapping[str, str] | None = None) -> Iterator[None]:
    """Have the fields of an Invalid named as they stand in the pipeline's body."""
    try:
        yield
    except Invalid as exc:
        names = [(renamed or {}).get(entry["field"], entry["field"]) for entry in exc.errors]
        entries = [
            {**entry, "field": f"{inside}.{name}" if inside else name}
            for entry, name in zip(exc.errors, names, strict=True)
        ]
        raise Invalid(exc.reason, exc.detail, entries) from exc


def _check_span(span: str, field: str) -> None:
    try:
        parse_span(span)
    except ValueError as exc:
        raise _bad(field, str(exc)) from exc


def _wrong_shares(traffic: dict[str, float], aliases: set[str]) -> Iterator[tuple[str, str]]:
    for alias, share in traffic.items():
        if alias == CHAMPION:
            yield f"traffic.{alias}", f"{CHAMPION!r} has what the others leave over: it is not named here."
        elif alias not in aliases:
            yield f"traffic.{alias}", f"There is no alias {alias[:60]!r}: name that of `as`, or one of the endpoint's."
        elif not (math.isfinite(share) and 0 < share < 1):
            yield f"traffic.{alias}", f"A share lies between 0 and 1, both excluded; {share:g} does not."
    if sum(traffic.values()) >= 1:
        yield "traffic", "The shares together must be below 1: the rest is the champion's."


def _listed(names: list[str]) -> str:
    return " and ".join(names) or "none"


def _bad(field: str, detail: str) -> Invalid:
    return Invalid(REASON, f"{field}: {detail}", [{"field": field, "detail": detail}])
