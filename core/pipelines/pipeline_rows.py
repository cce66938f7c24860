"""The rows of pipelines."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from core.domain.pipelines import Pipeline
from core.errors import NotFound
from core.ports import Tables
from core.storage import rows
from core.storage.due_rows import Due
from core.storage.rows import Page

KIND = "pipeline"
DUE_KIND = "pipeline"
"""Kind of what is due for a pipeline that time starts."""


class PipelineRows:
    """Reads and writes them."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables

    def read(self, user_id: str, id: str) -> tuple[bytes | None, Pipeline | None]:
        """Return the row's bytes, and the pipeline if it is there for its user."""
        raw = self.tables.get(key(user_id, id))
        pipeline = None if raw is None else rows.load(Pipeline, raw)
        return raw, None if pipeline is None or pipeline.deleting else pipeline

    def find(self, user_id: str, id: str) -> Pipeline | None:
        """Return the pipeline, None if there is none or it is being deleted."""
        return self.read(user_id, id)[1]

    def get(self, user_id: str, id: str) -> Pipeline:
        """Return the pipeline; raises NotFound."""
        pipeline = self.find(user_id, id)
        if pipeline is None:
            raise NotFound("pipeline", id)
        return pipeline

    def write(self, pipeline: Pipeline, raw: bytes | None) -> bool:
        """Write the pipeline if its row still has these bytes, None for no row; return whether it was written."""
        return rows.write_once(self.tables, key(pipeline.user_id, pipeline.id), rows.dump(pipeline), raw)

    def update(self, user_id: str, id: str, alter: Callable[[Pipeline], Pipeline]) -> Pipeline:
        """Write what `alter` makes of the pipeline. Doing so twice must do no harm. Raises NotFound."""

        def altered(pipeline: Pipeline | None) -> Pipeline:
            if pipeline is None or pipeline.deleting:
                raise NotFound("pipeline", id)
            return alter(pipeline)

        written = rows.update(self.tables, key(user_id, id), Pipeline, altered)
        assert written is not None
        return written

    def page(self, user_id: str, size: int, after: str | None = None) -> Page[Pipeline]:
        """Return a page of pipelines, newest first."""
        found = rows.page(self.tables, Pipeline, rows.prefix(KIND, user_id), size, after)
        return Page([pipeline for pipeline in found.items if not pipeline.deleting], found.next)

    def all_of(self, user_id: str) -> Iterator[Pipeline]:
        """Yield all pipelines of a user, newest first."""
        for row in rows.scan_all(self.tables, rows.prefix(KIND, user_id)):
            pipeline = rows.load(Pipeline, row.value)
            if not pipeline.deleting:
                yield pipeline


def key(user_id: str, id: str) -> str:
    """Return the key of a pipeline's row."""
    return rows.key(KIND, user_id, id)


def due_of(pipeline: Pipeline) -> Due | None:
    """Return the row by which the sweeper finds the pipeline when it is to be started, None for never."""
    return None if pipeline.next_at is None else Due(pipeline.next_at, DUE_KIND, pipeline.user_id, pipeline.id)
