"""The first step: the dataset that the run trains on, once it is there and read; and whether it is new."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from core.datasets.datasets import Datasets, profile_ref
from core.datasets.states import READY, REJECTED
from core.domain.pipelines import CANCELLED, FAILED, FETCH, SKIPPED, UNCHANGED, Pipeline, Run
from core.domain.records import Dataset, Json
from core.pipelines.outcomes import Outcome, failed
from core.pipelines.run_rows import RunRows
from core.storage import rows

LOOKED_BACK = 200
"""Runs in which the last one that trained is looked for."""
NOT_TRAINED = frozenset({SKIPPED, FAILED, CANCELLED})
"""States of runs whose training, if there was one, counts for nothing."""


Grow = Callable[[Run, Pipeline, Dataset], Dataset]
"""Takes a run, its pipeline and the dataset of that; returns the one to train on, the same each time a run asks."""


class Provider(Protocol):
    """Where the data of some pipelines comes from."""

    def suits(self, data: Json) -> bool:
        """Return whether it provides such data."""

    def provide(self, run: Run, pipeline: Pipeline) -> Dataset | Outcome:
        """Return the dataset, which may still be on its way; or what it waits for, or why there is none.

        The dataset is the same each time the run asks.
        """

    def stop(self, run: Run, pipeline: Pipeline) -> None:
        """Have what it waits for ended."""


class GivenDataset:
    """A dataset of the user's."""

    def __init__(self, datasets: Datasets) -> None:
        self.datasets = datasets

    def suits(self, data: Json) -> bool:
        """Return whether a dataset is named."""
        return bool(data.get("dataset_id"))

    def provide(self, run: Run, pipeline: Pipeline) -> Dataset | Outcome:
        """Return the dataset that is named."""
        id = pipeline.data["dataset_id"]
        dataset = self.datasets.find(run.user_id, id)
        if dataset is None:
            hint = "Name another dataset or a source in the pipeline's data."
            return failed("DATASET_DELETED", f"The dataset {id!r} was deleted.", hint)
        return dataset

    def stop(self, run: Run, pipeline: Pipeline) -> None:
        """Do nothing: the dataset is the user's own."""


class FetchStep:
    """Waits for the dataset, and ends a run that would train on the same data with the same settings again.

    Attributes:
        grow: puts what else there is to the dataset; set by what brings it.
    """

    name = FETCH
    timeout_s = 24 * 3600.0

    def __init__(self, runs: RunRows, datasets: Datasets, providers: list[Provider]) -> None:
        self.runs = runs
        self.datasets = datasets
        self.providers = providers
        self.grow: Grow = lambda run, pipeline, dataset: dataset

    def advance(self, run: Run, pipeline: Pipeline) -> Outcome:
        """Return whether the dataset is ready, and what it is."""
        if "dataset_id" in run.facts:
            dataset = self.datasets.find(run.user_id, run.facts["dataset_id"])
            if dataset is None:
                return failed("DATASET_DELETED", "The dataset was deleted while it was being read.")
        else:
            found = self._provider(pipeline).provide(run, pipeline)
            if isinstance(found, Outcome):
                return found
            dataset = self.grow(run, pipeline, found)
        return self._read(run, pipeline, dataset)

    def _read(self, run: Run, pipeline: Pipeline, dataset: Dataset) -> Outcome:
        ref = f"dataset/{dataset.id}"
        if dataset.state == REJECTED:
            detail = (dataset.error or {}).get("detail", "its file could not be read.")
            return failed("DATASET_REJECTED", f"The dataset {dataset.name!r} cannot be used: {detail}")
        if dataset.state != READY:
            reading = profile_ref(dataset)
            if reading.path not in (run.step or {"tasks": []})["tasks"]:
                self.runs.link(run, reading)
                return Outcome("again", ref=ref, tasks=(reading,), facts={"dataset_id": dataset.id})
            return Outcome("wait", f"It waits until the dataset {dataset.name!r} is read.")
        return self._judge(run, pipeline, dataset, ref)

    def _judge(self, run: Run, pipeline: Pipeline, dataset: Dataset, ref: str) -> Outcome:
        """Return whether it is new; a dataset whose columns got another type is."""
        data = [dataset.sha256, dataset.types, dataset.column_options]
        content = [data, pipeline.job, pipeline.endpoint, pipeline.gate, pipeline.promote, pipeline.as_]
        facts = {"dataset_id": dataset.id, "fingerprint": rows.digest(rows.dump({"of": content}))}
        profile = dataset.profile or {}
        figures = {"rows": profile.get("rows"), "bytes": dataset.size_bytes, "columns": len(dataset.columns)}
        last = self._last_trained(run)
        if pipeline.unless_unchanged and last is not None and last.facts["fingerprint"] == facts["fingerprint"]:
            number = last.facts.get("trained_by", last.number)
            why = f"Data and settings are those that run {number} trained on: there is nothing new to learn."
            return Outcome("end", why, ref, figures, {**facts, "trained_by": number}, state=UNCHANGED)
        why = f"The dataset {dataset.name!r} has {figures['rows'] or 0:,} rows."
        return Outcome("done", why, ref, figures, facts)

    def _last_trained(self, run: Run) -> Run | None:
        """Return the newest run before this one that trained a model, or that says which one did."""
        for looked, other in enumerate(self.runs.newest_first(run.user_id, run.pipeline_id, run.number)):
            if other.state not in NOT_TRAINED and other.facts.keys() & {"model_id", "trained_by"}:
                return other
            if looked == LOOKED_BACK:
                return None
        return None

    def stop(self, run: Run, pipeline: Pipeline) -> None:
        """Have what the provider began ended."""
        self._provider(pipeline).stop(run, pipeline)

    def _provider(self, pipeline: Pipeline) -> Provider:
        return next(each for each in self.providers if each.suits(pipeline.data))
