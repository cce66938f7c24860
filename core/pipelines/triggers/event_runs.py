"""Pipelines as events see them, and the runs that events start."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict

from core.datasets.datasets import Datasets
from core.domain.events import Recipient
from core.domain.ids import now
from core.domain.pipelines import Pipeline, Trigger
from core.domain.records import Dataset, Json
from core.pipelines.runs import Runs
from core.sources.sources import Sources

QUIET_S = 60.0
COLUMNS_REMEMBERED_S = 30.0
MAX_REMEMBERED = 1000


class PipelineData:
    """What is known of the data of pipelines."""

    def __init__(self, datasets: Datasets, sources: Sources) -> None:
        self.datasets = datasets
        self.sources = sources

    def newest(self, pipeline: Pipeline) -> Dataset | None:
        """Return the newest dataset of a pipeline's data, None if there is none yet."""
        if id := pipeline.data.get("dataset_id"):
            return self.datasets.find(pipeline.user_id, id)
        source = self.sources.find(pipeline.user_id, pipeline.data.get("source_id", ""))
        return None if source is None else next(self.sources.fetches.good(source), (None, None))[1]

    def address(self, pipeline: Pipeline) -> str:
        """Return the address that a pipeline's data is read from, "" where it has none."""
        source = self.sources.find(pipeline.user_id, pipeline.data.get("source_id", ""))
        return "" if source is None else source.spec.get("url", "")


class EventRuns:
    """Tells events what their pipelines want, and starts runs for them."""

    def __init__(self, runs: Runs, data: PipelineData) -> None:
        self.runs = runs
        self.pipelines = runs.pipelines
        self.data = data
        self._lock = threading.Lock()
        self._columns: OrderedDict[str, tuple[float, frozenset[str] | None]] = OrderedDict()

    def recipient(self, user_id: str, pipeline_id: str) -> Recipient | None:
        """Return the pipeline, None if there is none."""
        pipeline = self.pipelines.find(user_id, pipeline_id)
        if pipeline is None:
            return None
        wanted = next((each["event"] for each in pipeline.when if each.get("event") is not None), None)
        return Recipient(
            user_id, pipeline_id, pipeline.job.get("target") or "", self._columns_of(pipeline),
            self.data.address(pipeline),
            wanted.get("quiet_s", QUIET_S) if wanted is not None and pipeline.enabled else None,
            (wanted or {}).get("min_new_rows") or 0,
        )  # fmt: skip

    def is_busy(self, user_id: str, pipeline_id: str) -> bool:
        """Return whether a run of it is on; one that waits for a person is not."""
        return any(not run.is_over for run in self.runs.rows.active_of(user_id, pipeline_id))

    def start(self, user_id: str, pipeline_id: str, key: str, why: Json) -> Json:
        """Start a run for events; return the `why` of the run of this key, which may have been there before."""
        run = self.runs.create(user_id, pipeline_id, Trigger(key, "event", now(), {"words": _words(why), **why}))
        return dict(run.trigger["why"])

    def _columns_of(self, pipeline: Pipeline) -> frozenset[str] | None:
        """Return the columns of a pipeline's data as they were some seconds ago; None where there is none yet."""
        now_s = time.monotonic()
        with self._lock:
            known = self._columns.get(pipeline.id)
        if known is not None and now_s - known[0] < COLUMNS_REMEMBERED_S:
            return known[1]
        dataset = self.data.newest(pipeline)
        columns = None if dataset is None or not dataset.header else frozenset(dataset.header)
        with self._lock:
            self._columns[pipeline.id] = (now_s, columns)
            self._columns.move_to_end(pipeline.id)
            if len(self._columns) > MAX_REMEMBERED:
                self._columns.popitem(last=False)
        return columns


def _words(why: Json) -> str:
    """Say in words what has started a run."""
    n, n_rows = why["count"], why["rows"]
    events = "an event" if n == 1 else f"{n:,} events"
    new_rows = f" with {n_rows:,} new rows" if n_rows else ""
    lacking = f", {why['lacking']:,} of them without the target" if why.get("lacking") else ""
    return f"{events}{new_rows}{lacking}"
