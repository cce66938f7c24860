"""The data of a pipeline together with the rows that events have brought it."""

from __future__ import annotations

from core.datasets.datasets import Datasets
from core.domain.ids import derived_id
from core.domain.pipelines import Pipeline, Run
from core.domain.records import Dataset
from core.events.segments import Segments
from core.sources.assemblies import Assemblies
from core.sources.source_rows import SourceRows

MADE_OF = "events"
"""Kind of the origin of such a dataset, and what its id is derived from the run's by."""


class EventData:
    """Puts rows of events below a pipeline's dataset, in the order in which they came."""

    def __init__(self, segments: Segments, datasets: Datasets, assemblies: Assemblies, sources: SourceRows) -> None:
        self.segments = segments
        self.datasets = datasets
        self.assemblies = assemblies
        self.sources = sources

    def grow(self, run: Run, pipeline: Pipeline, base: Dataset) -> Dataset:
        """Return a dataset of the pipeline's own and all rows that have come; the same each time a run asks.

        It is the pipeline's own where none ever came. With the key of its source the last row of a key counts, so that
        a row by an event corrects one of the source.
        """
        id = derived_id(run.id, MADE_OF)
        if (made := self.datasets.find(run.user_id, id)) is not None:
            return made
        taken = self.segments.take(run.user_id, run.pipeline_id)
        if taken is None:
            return base
        source_id = pipeline.data.get("source_id")
        source = None if source_id is None else self.sources.find(run.user_id, source_id)
        origin = {
            "kind": MADE_OF, "pipeline": run.pipeline_id, "run": run.number, "dataset": base.id,
            "rows": taken.newest.total_rows, "segments": taken.newest.number,
        }  # fmt: skip
        dataset = self.assemblies.create(
            run.user_id, f"{pipeline.name} #{run.number}"[:200],
            [{"dataset_id": base.id}, {"segments": taken.blobs}],
            key_columns=() if source is None else source.key, origin=origin, dataset_id=id,
        )  # fmt: skip
        self.segments.advance(run.user_id, run.pipeline_id, taken.newest)
        return dataset
