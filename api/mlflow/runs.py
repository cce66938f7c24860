"""Runs: a job is one, and each trial of its search is one nested in it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import orjson

from api.mlflow.filters import Value
from api.mlflow.run_ids import run_id_of
from core.domain import states
from core.domain.records import Dataset, Model
from core.domain.trainings import Job, TrialRow
from core.jobs.job_views import JobView
from core.storage import rows
from vocabulary import METRICS

PARENT_TAG = "mlflow.parentRunId"
BEST_SCORE = "best_score"
MS_PER_S = 1000
_EXPERIMENT_DIGITS = 18
_STATUS = {
    states.QUEUED: "SCHEDULED",
    states.RUNNING: "RUNNING",
    states.STOPPING: "RUNNING",
    states.CANCELLING: "RUNNING",
    states.SUCCEEDED: "FINISHED",
    states.FAILED: "FAILED",
    states.CANCELLED: "KILLED",
}
_TRIAL_STATUS = {"complete": "FINISHED", "pruned": "KILLED", "failed": "FAILED"}


@dataclass(frozen=True)
class Metric:
    """One value of a metric, or of a step of it."""

    key: str
    value: float
    timestamp_ms: int
    step: int = 0


@dataclass(frozen=True)
class Experiment:
    """All runs for one target in datasets of one name."""

    id: str
    name: str
    created_ms: int
    updated_ms: int


@dataclass
class Run:
    """A run. Its metrics are read when they are looked at, as a list of many runs is filtered first."""

    id: str
    experiment_id: str
    attributes: dict[str, Value | None]
    params: dict[str, str]
    tags: dict[str, str]
    load_metrics: Callable[[], list[Metric]]

    @cached_property
    def metrics(self) -> list[Metric]:
        return [metric for metric in self.load_metrics() if math.isfinite(metric.value)]

    def fields(self, kind: str) -> Mapping[str, Value | None]:
        """Return what there is to search by."""
        if kind == "metrics":
            return {metric.key: metric.value for metric in self.metrics}
        kinds: dict[str, Mapping[str, Value | None]] = {
            "params": self.params, "tags": self.tags, "attributes": self.attributes,
        }  # fmt: skip
        return kinds[kind]


def experiment_name(job: Job, dataset: Dataset | None) -> str:
    """Return the name of the experiment that a job belongs to."""
    return f"{dataset.name if dataset else job.dataset_id}/{job.spec['target']}"


def experiment_id(name: str) -> str:
    """Return its id, which follows from its name."""
    return str(int(rows.digest(name)[:15], 16) % 10**_EXPERIMENT_DIGITS).zfill(_EXPERIMENT_DIGITS)


def to_ms(moment: str | None) -> int | None:
    """Return milliseconds since 1970 of a record's time."""
    return None if moment is None else round(datetime.fromisoformat(moment).timestamp() * MS_PER_S)


def artifact_uri(model_id: str | None, run_id: str) -> str:
    """Return where the files of a run are: those of its model."""
    return f"mlflow-artifacts:/models/{model_id}" if model_id else f"mlflow-artifacts:/runs/{run_id}"


def job_run(view: JobView, dataset: Dataset | None, username: str, find_model: Callable[[str], Model | None]) -> Run:
    """Return the run that a job is."""
    job, task_state = view.job, view.task_state
    id, model_id = run_id_of(job.id), (task_state.result or {}).get("model_id")
    name = job.spec.get("name") or f"{job.spec['target']} {job.id}"
    error = task_state.error or {}
    started, ended = to_ms(task_state.started_at or job.created_at), to_ms(task_state.finished_at)
    tags = {
        "mlflow.runName": name,
        "mlflow.user": username,
        "mlflow.source.name": "No Brains ML",
        "nobrains.job_id": job.id,
        "nobrains.dataset_id": job.dataset_id,
        **({"nobrains.model_id": model_id} if model_id else {}),
        **({"nobrains.error": f"{error.get('reason')}: {error.get('detail')}"} if error else {}),
    }
    attributes = _attributes(id, name, username, _STATUS[view.state], (started, ended), artifact_uri(model_id, id))
    at = ended or started or 0
    experiment = experiment_id(experiment_name(job, dataset))
    return Run(id, experiment, attributes, _params(job.spec), tags, lambda: _job_metrics(view, find_model, at))


def trial_run(parent: Run, view: JobView, trial: TrialRow) -> Run:
    """Return the run that a trial is, nested in its job's."""
    job = view.job
    id, name = run_id_of(job.id, trial.number), f"{trial.model} {trial.number}"
    status = _TRIAL_STATUS.get(trial.state, "KILLED" if view.task_state.state in states.FINAL else "RUNNING")
    started = to_ms(trial.started_at) or 0
    ended = None if status == "RUNNING" else started + round((trial.fit_s or 0.0) * MS_PER_S)
    tags = {
        "mlflow.runName": name,
        "mlflow.user": parent.tags["mlflow.user"],
        PARENT_TAG: parent.id,
        "nobrains.job_id": job.id,
        "nobrains.trial": str(trial.number),
    }
    user = parent.tags["mlflow.user"]
    attributes = _attributes(id, name, user, status, (started, ended), artifact_uri(None, id))
    params = _params({"model": trial.model, **trial.params})

    def metrics() -> list[Metric]:
        found = {metric_of(view): trial.score, "fit_s": trial.fit_s}
        return [Metric(key, value, ended or started) for key, value in found.items() if value is not None]

    return Run(id, parent.experiment_id, attributes, params, tags, metrics)


def metric_of(view: JobView) -> str:
    """Return the metric that a job's trials are scored by; as requested, until the search has begun."""
    return str((view.progress and view.progress.metric) or view.job.spec.get("metric") or "score")


def best_scores(view: JobView, trials: list[TrialRow]) -> list[Metric]:
    """Return the best score so far, after each trial that was finished."""
    info = METRICS.get(metric_of(view))
    better = min if info is not None and not info.greater_is_better else max
    best: float | None = None
    found = []
    for trial in trials:
        if trial.state == "complete" and trial.score is not None:
            best = trial.score if best is None else better(best, trial.score)
            at = (to_ms(trial.started_at) or 0) + round((trial.fit_s or 0.0) * MS_PER_S)
            found.append(Metric(BEST_SCORE, best, at, trial.number))
    return found


def _job_metrics(view: JobView, find_model: Callable[[str], Model | None], at_ms: int) -> list[Metric]:
    found = []
    if view.progress is not None and view.progress.best_score is not None:
        found.append(Metric(BEST_SCORE, view.progress.best_score, at_ms, view.progress.trials_done))
    model_id = (view.task_state.result or {}).get("model_id")
    model = find_model(model_id) if model_id else None
    scores = model.summary.get("scores", {}) if model else {}
    for metric, score in scores.get("reported", {}).items():
        values = {metric: score.get("mean"), f"{metric}_standard_error": score.get("standard_error")}
        found += [Metric(key, value, at_ms) for key, value in values.items() if value is not None]
    for metric, score in scores.get("baseline", {}).items():
        if score.get("mean") is not None:
            found.append(Metric(f"baseline_{metric}", score["mean"], at_ms))
    return found


def _attributes(
    id: str, name: str, username: str, status: str, period_ms: tuple[int | None, int | None], uri: str
) -> dict[str, Value | None]:
    return {
        "run_id": id, "run_name": name, "user_id": username, "status": status, "start_time": period_ms[0],
        "end_time": period_ms[1], "artifact_uri": uri,
    }  # fmt: skip


def _params(values: Mapping[str, Any]) -> dict[str, str]:
    """Return what was set, each value as a text."""
    return {
        name: value if isinstance(value, str) else orjson.dumps(value).decode()
        for name, value in values.items()
        if value is not None and value != []
    }
