"""Comparisons of two to ten models, or versions of endpoints, on one labelled dataset."""

from __future__ import annotations

from collections.abc import Sequence

from core.datasets.datasets import Datasets
from core.domain.comparisons import Comparison
from core.domain.ids import new_id, now
from core.domain.records import Json, Model
from core.endpoints.endpoints import Endpoints
from core.errors import Invalid
from core.evaluations.measurements import MeasurementKind, Measurements, MeasurementView, check_labelled
from core.models.decision_rules import answering, rule_of
from core.models.models import Models
from core.ports import Ports
from core.storage import rows
from core.storage.idempotency import reserve, reserved
from core.tasks.lifecycle import TaskLifecycle
from vocabulary import METRICS, METRICS_BY_TASK

COMPARE = "compare"
"""Name of the kind of task that compares models."""
MIN_MODELS, MAX_MODELS = 2, 10

ComparisonView = MeasurementView[Comparison]


class Comparisons(Measurements[Comparison]):
    """A user's comparisons."""

    def __init__(
        self, ports: Ports, work: TaskLifecycle, datasets: Datasets, models: Models, endpoints: Endpoints
    ) -> None:
        super().__init__(ports, work, datasets, models, MeasurementKind("comparison", COMPARE, Comparison))
        self.endpoints = endpoints

    def submit(self, user_id: str, body: Json, key: str | None = None) -> ComparisonView:
        """Queue a comparison.

        Args:
            user_id: whose it is.
            body: that of POST /comparisons, with defaults filled in: models, versions, dataset_id, name, metric.
            key: Idempotency-Key; the same key and body return the first comparison again.

        Raises:
            NotFound: a model, endpoint, version or the dataset.
            Invalid: MODEL_COUNT, SAME_MODEL_TWICE, MODELS_DIFFER, METRIC_DOES_NOT_FIT, TARGET_NOT_FOUND or
                MISSING_FEATURE.
            Conflict: DATASET_REJECTED, IDEMPOTENCY_KEY_REUSED.
        """
        digest = rows.digest(rows.dump(body))
        known = reserved(self.tables, user_id, "comparisons", key, digest)
        if known and (earlier := self.find(user_id, known)):
            return self.enqueue(earlier)
        named = [{"model_id": id, "endpoint": None, "version": None} for id in body["models"]]
        named += [self._version(user_id, each) for each in body["versions"]]
        _check_count(named)
        models = [self.models.get(user_id, each["model_id"]) for each in named]
        named = [{"decision": rule_of(model), **each} for model, each in zip(models, named, strict=True)]
        check_comparable(models)
        check_metric(models, body["metric"])
        check_labelled(models, self.datasets.get(user_id, body["dataset_id"]))
        id, _ = reserve(self.tables, user_id, "comparisons", key, digest, new_id())
        return self.enqueue(
            Comparison(id, user_id, body["dataset_id"], now(), named, body["name"] or "", body["metric"])
        )

    def _version(self, user_id: str, named: Json) -> Json:
        endpoint = self.endpoints.get(user_id, named["endpoint"])
        number, _ = self.endpoints.versions.resolve(endpoint, str(named["version"]))
        version = self.endpoints.versions.of(endpoint, number)
        found = {"model_id": version.model_id, "endpoint": endpoint.name, "version": number}
        return {**found, "decision": version.decision and answering(version.decision)}


def _check_count(named: Sequence[Json]) -> None:
    if not MIN_MODELS <= len(named) <= MAX_MODELS:
        detail = f"From {MIN_MODELS} to {MAX_MODELS} models can be compared; these are {len(named)}."
        raise Invalid("MODEL_COUNT", detail, [{"field": "models", "detail": detail}])
    ids = [each["model_id"] for each in named]
    if repeated := [id for id in ids if ids.count(id) > 1]:
        detail = f"The model {repeated[0]!r} is named twice, or is the model of two of the versions: name it once."
        raise Invalid("SAME_MODEL_TWICE", detail, [{"field": "models", "detail": "named twice"}])


def check_comparable(models: Sequence[Model]) -> None:
    """Raise Invalid MODELS_DIFFER unless all predict the same target, all as numbers or all as classes."""
    first = models[0]
    for other in models[1:]:
        for what, a, b in (
            ("target", first.summary["target"], other.summary["target"]),
            ("kind of task", *(_kind(each) for each in (first, other))),
        ):
            if a != b:
                raise Invalid(
                    "MODELS_DIFFER",
                    f"The models cannot be compared: {first.id} has the {what} {a!r}, {other.id} has {b!r}.",
                    [{"field": "models", "detail": f"another {what}", "hint": f"Choose models of one {what}."}],
                )


def _kind(model: Model) -> str:
    return "regression" if model.summary["task"] == "regression" else "classification"


def check_metric(models: Sequence[Model], metric: str) -> None:
    """Raise Invalid METRIC_DOES_NOT_FIT if no task of the models is scored by the metric."""
    tasks = {str(model.summary["task"]) for model in models}
    if metric != "auto" and not any(metric in METRICS_BY_TASK[task] for task in tasks):
        fitting = [name for name in METRICS if any(name in METRICS_BY_TASK[task] for task in tasks)]
        detail = f"The metric {metric!r} does not score these models: choose one of {', '.join(fitting)}."
        raise Invalid("METRIC_DOES_NOT_FIT", detail, [{"field": "metric", "detail": "does not fit"}])
