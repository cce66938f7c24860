"""Evaluations: a model, or a version of an endpoint, measured on a labelled dataset."""

from __future__ import annotations

from dataclasses import asdict, replace

from core.datasets.datasets import Datasets
from core.domain.evaluations import Evaluation, NewEvaluation
from core.domain.ids import new_id, now
from core.domain.records import Model, TaskRef
from core.endpoints.endpoints import Endpoints
from core.errors import Invalid, column_not_found
from core.evaluations.measurements import MeasurementKind, Measurements, MeasurementView, check_labelled
from core.models.decision_rules import rule_of
from core.models.models import Models
from core.ports import Ports
from core.storage import rows
from core.storage.idempotency import reserve, reserved
from core.storage.rows import Page
from core.tasks.lifecycle import TaskLifecycle

EVALUATE = "evaluate"
"""Name of the kind of task that evaluates a model."""

EvaluationView = MeasurementView[Evaluation]


class Evaluations(Measurements[Evaluation]):
    """A user's evaluations; `task_state.result` of one that is done has a `headline`, too: what lists show."""

    def __init__(
        self, ports: Ports, work: TaskLifecycle, datasets: Datasets, models: Models, endpoints: Endpoints
    ) -> None:
        super().__init__(ports, work, datasets, models, MeasurementKind("evaluation", EVALUATE, Evaluation))
        self.endpoints = endpoints

    def submit(self, user_id: str, new: NewEvaluation, key: str | None = None) -> EvaluationView:
        """Queue an evaluation.

        Args:
            user_id: whose it is.
            new: what is to be measured.
            key: Idempotency-Key; the same key and words return the first evaluation again.

        Raises:
            NotFound: the model, endpoint, version or dataset.
            Invalid: TARGET_NOT_FOUND, MISSING_FEATURE or COLUMN_NOT_FOUND, as far as the columns are known.
            Conflict: DATASET_REJECTED, IDEMPOTENCY_KEY_REUSED.
        """
        digest = rows.digest(rows.dump(asdict(new)))
        known = reserved(self.tables, user_id, "evaluations", key, digest)
        if known and (earlier := self.find(user_id, known)):
            return self.enqueue(earlier)
        model, version = self._model_of(user_id, new)
        dataset = self.datasets.get(user_id, new.dataset_id)
        check_labelled([model], dataset)
        unknown = [name for name in new.slices if name not in dataset.columns]
        if unknown and dataset.is_converted:
            raise column_not_found(unknown[0], dataset.columns, ["slices"])
        if model.summary["target"] in new.slices:
            detail = f"{model.summary['target']!r} is the target: its classes are scored one by one anyway."
            raise Invalid("VALIDATION_FAILED", f"slices: {detail}", [{"field": "slices", "detail": detail}])
        id, _ = reserve(self.tables, user_id, "evaluations", key, digest, new_id())
        record = Evaluation(
            id, user_id, model.id, dataset.id, now(), new.name, list(new.slices), new.pairs, new.endpoint, version,
            rule_of(model),
        )  # fmt: skip
        return self.enqueue(record)

    def _model_of(self, user_id: str, new: NewEvaluation) -> tuple[Model, int | None]:
        """Return the model, and where an endpoint is measured its version's number; with the rule it answers by."""
        if new.endpoint is None:
            return self.models.get(user_id, new.model_id or ""), None
        endpoint, versions = self.endpoints.get(user_id, new.endpoint), self.endpoints.versions
        number, _ = versions.resolve(endpoint, new.version)
        version = versions.of(endpoint, number)
        return replace(self.models.get(user_id, version.model_id), decision=version.decision), number

    def model_of(self, ref: TaskRef) -> Model | None:
        """Return the model of an evaluation, None if it was deleted."""
        evaluation = self.find(ref.user_id, ref.id)
        return self.models.find(ref.user_id, evaluation.model_id) if evaluation else None

    def page_of(
        self, user_id: str, size: int, after: str | None, model_id: str | None = None, dataset_id: str | None = None
    ) -> Page[EvaluationView]:
        """Return a page of evaluations, newest first: all, or those of a model, of a dataset, of both."""

        def is_wanted(evaluation: Evaluation) -> bool:
            return model_id in (None, evaluation.model_id) and dataset_id in (None, evaluation.dataset_id)

        start = rows.prefix(self.kind.noun, user_id)
        found = rows.page_where(self.tables, Evaluation, start, size, after, is_wanted)
        return Page(self.views(found.items), found.next)
