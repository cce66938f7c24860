"""Data that a source fetches: what is new enough is taken, else it is fetched first; labelled requests may be added."""

from __future__ import annotations

from datetime import datetime, timedelta

from core.domain.ids import derived_id, rfc3339
from core.domain.pipelines import Pipeline, Run
from core.domain.records import Dataset, Json
from core.domain.sources import FAILED, Fetch
from core.monitoring.spans import parse_span
from core.pipelines.outcomes import Outcome, failed
from core.pipelines.run_rows import RunRows
from core.requests.gatherings import FROM_ALWAYS
from core.sources.assemblies import Assemblies, assemble_ref
from core.sources.sources import Sources

ORIGIN = "run"
"""Kind of origin of a dataset that a run puts together."""


class SourceData:
    """Provides the data of pipelines that name a source."""

    def __init__(self, runs: RunRows, sources: Sources, assemblies: Assemblies) -> None:
        self.runs = runs
        self.sources = sources
        self.assemblies = assemblies

    def suits(self, data: Json) -> bool:
        """Return whether a source is named."""
        return bool(data.get("source_id"))

    def find(self, user_id: str, data: Json) -> Dataset | None:
        """Return the newest dataset of the source that is named, None if there is none yet. Raises NotFound."""
        source = self.sources.get(user_id, data["source_id"])
        return next((dataset for _, dataset in self.sources.fetches.good(source)), None)

    def provide(self, run: Run, pipeline: Pipeline) -> Dataset | Outcome:
        """Return the dataset of a fetch that is new enough, or what it waits for."""
        if (fresh := run.facts.get("fetched")) is not None:
            taken = self.sources.fetches.datasets.find(run.user_id, fresh)
            if taken is None:
                return failed("DATASET_DELETED", "The dataset of the source was deleted meanwhile.", "Run it again.")
            return self._with_requests(run, pipeline, taken)
        if (number := run.facts.get("fetch")) is None:
            return self._begin(run, pipeline)
        fetch = self.sources.fetch_of(run.user_id, pipeline.data["source_id"], number)
        if fetch is None:
            return failed("SOURCE_DELETED", "The source was deleted before it was fetched.", "Name another one.")
        if not fetch.is_over and fetch.state != FAILED:
            return self._wait(fetch)
        dataset = (
            None if fetch.dataset_id is None else self.sources.fetches.datasets.find(run.user_id, fetch.dataset_id)
        )
        if fetch.state == FAILED or dataset is None:
            error = fetch.error or {"reason": "DATASET_DELETED", "detail": "its dataset was deleted."}
            why = f"Fetch {fetch.number} of its source failed: {error['detail']}"
            return failed(error["reason"], why, error.get("hint") or "Mend the source, then run the pipeline again.")
        return self._with_requests(run, pipeline, dataset)

    def _begin(self, run: Run, pipeline: Pipeline) -> Outcome:
        """Return what is taken, the same one from here on: what is new enough, or a fetch."""
        source = self.sources.get(run.user_id, pipeline.data["source_id"])
        fresh = self.sources.fresh_dataset(run.user_id, source.id)
        keys = {"key_columns": list(source.key)}
        if fresh is not None:
            return Outcome("again", facts={"fetched": fresh.id, **keys})
        fetch = self.sources.request_fetch(
            run.user_id, source.id, {"kind": "run", "pipeline_id": run.pipeline_id, "run": run.number},
            key=f"run/{run.id}",
        )  # fmt: skip
        self.runs.link(run, fetch.ref)
        return Outcome("again", facts={"fetch": fetch.number, **keys}, tasks=(fetch.ref,))

    def _wait(self, fetch: Fetch) -> Outcome:
        why = f"It waits for fetch {fetch.number} of its source."
        return Outcome("wait", why, f"fetch/{fetch.source_id}/{fetch.number}", tasks=(fetch.ref,))

    def _with_requests(self, run: Run, pipeline: Pipeline, dataset: Dataset) -> Dataset:
        """Return the dataset, or one of its rows and of the requests that the pipeline adds."""
        plus = pipeline.data.get("plus")
        if not plus:
            return dataset
        until = datetime.fromisoformat(run.created_at)
        since = FROM_ALWAYS
        if plus.get("window"):
            since = rfc3339(until - timedelta(minutes=parse_span(plus["window"]).total_minutes))
        endpoint = self.sources.endpoints.get(run.user_id, plus["endpoint"])
        requests = {
            "endpoint": endpoint.name, "endpoint_id": endpoint.id, "version": None,
            "from": since, "to": rfc3339(until), "labelled": True, "sample": 1.0,
        }  # fmt: skip
        made = self.assemblies.create(
            run.user_id, f"{pipeline.name[:180]} #{run.number}",
            [{"dataset_id": dataset.id}, {"requests": requests}],
            origin={"kind": ORIGIN, "pipeline": run.pipeline_id, "run": run.number, "dataset_id": dataset.id},
            dataset_id=derived_id(run.id, "data"),
        )  # fmt: skip
        self.runs.link(run, assemble_ref(made))
        return made

    def stop(self, run: Run, pipeline: Pipeline) -> None:
        """Do nothing: a fetch may be others', too."""
