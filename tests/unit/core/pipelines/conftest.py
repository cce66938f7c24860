"""A pipeline over a dataset of people, and workers whose part a test plays."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pytest

from core.domain.endpoints import Decision
from core.domain.ids import new_id, now
from core.domain.pipelines import Pipeline, Run, Trigger
from core.domain.records import Dataset, Json, Model
from core.errors import failure
from core.pipelines.triggers.manual_trigger import manual_trigger
from core.storage import rows

if TYPE_CHECKING:
    from tests.unit.core.conftest import World

BY = Decision("user/ada")
JOB: Json = {
    "target": "bought", "task": "auto", "metric": "auto", "time_budget_s": 60, "parallelism": 1, "seed": 0,
    "exclude_columns": [], "models": None, "positive_class": None, "group_column": None, "time_column": None,
    "max_predict_ms": None, "name": None,
}  # fmt: skip
SUMMARY: Json = {
    "task": "binary", "target": "bought", "classes": ["no", "yes"], "metric": "auc",
    "features": [{"name": "age", "type": "number", "required": True}],
    "scores": {"reported": {"auc": {"mean": 0.8125, "standard_error": 0.01}}},
}  # fmt: skip
ROWS_OF_RUNS = ("run", "runnumber", "activerun", "runtask")


class Stand:
    """Ada, her dataset, and what she does with pipelines."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.service = world.service
        self.tables = world.service.ports.tables
        self.user_id = world.user.id
        self.dataset: Dataset = world.upload()

    def pipeline(self, **said: Any) -> Pipeline:
        body = {"name": "Weekly", "endpoint": "income", "data": {"dataset_id": self.dataset.id}, "job": JOB, **said}
        return self.service.pipelines.create(self.user_id, body)

    def start(self, pipeline: Pipeline, *, trigger: Trigger | None = None, **said: Any) -> Run:
        return self.service.runs.create(self.user_id, pipeline.id, trigger or manual_trigger(BY, said))

    def run(self, run: Run) -> Run:
        """Return the run as it is by now."""
        return self.service.runs.get(run.user_id, run.pipeline_id, run.number)

    def finish_training(self, error: str = "", **summary: Any) -> Model | None:
        """Do what a worker does with the job that waits: leave a model, or fail."""
        claimed = self.world.claim()
        assert claimed is not None
        job = self.service.jobs.get(self.user_id, claimed.ref.id)
        if error:
            self.service.work.fail(claimed, failure(error, "It cannot be learned from."))
            self.service.settler.finalize(claimed.ref)
            return None
        id = new_id()
        model = Model(
            id, self.user_id, job.id, job.dataset_id, now(), f"{self.user_id}/models/{id}", 5, "",
            {**SUMMARY, **summary},
        )  # fmt: skip
        self.service.ports.blobs.write(model.blob, iter([b"model"]))
        self.tables.put(rows.key("model", self.user_id, id), rows.dump(model))
        self.service.work.succeed(claimed, {"model_id": id})
        self.service.settler.finalize(claimed.ref)
        return model

    def finish_comparing(self, outcome: str) -> None:
        """Do what a worker does with the comparison that waits: come to this."""
        claimed = next(
            self.service.claims.claim(message, "worker-1")
            for message in self.world.messages("profile") if message.ref.kind == "compare"
        )  # fmt: skip
        assert claimed is not None
        self.service.work.succeed(claimed, {"gate": {"outcome": outcome, "why": f"It is {outcome}."}})
        self.service.settler.finalize(claimed.ref)

    def trained(self, pipeline: Pipeline, **summary: Any) -> Run:
        """Return a run of the pipeline that has got as far as it does by itself."""
        run = self.start(pipeline)
        self.finish_training(**summary)
        return self.run(run)

    @property
    def aliases(self) -> dict[str, int]:
        return self.service.endpoints.get(self.user_id, "income").aliases

    def left(self, *kinds: str) -> list[str]:
        """Return the keys of rows of these kinds, of whomever."""
        return [row.key for kind in kinds for row in rows.scan_all(self.tables, f"{kind}#")]

    def alter(self, run: Run, **changes: Any) -> None:
        """Write a run's row as if it had come to this."""
        _, found = self.service.runs.rows.read(run.user_id, run.pipeline_id, run.key)
        assert found is not None
        key = rows.key("run", run.user_id, run.pipeline_id, run.key)
        self.tables.put(key, rows.dump({**asdict(found), **changes}))


@pytest.fixture
def stand(world: World) -> Stand:
    return Stand(world)
