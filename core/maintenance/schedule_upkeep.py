"""See to it that what goes by time is found when its time comes: after a backup was restored, or a race at the minute.

Whoever plans a time writes its `due` row first, and then what names it. A scheduler whose clock is fast may look in
between, and delete the row as one that nothing names.
"""

from __future__ import annotations

from core.domain.pipelines import Pipeline
from core.domain.sources import Source
from core.pipelines.pipeline_rows import due_of as due_of_pipeline
from core.ports import Tables
from core.sources.refreshing import due_of as due_of_source
from core.storage import due_rows, rows
from core.storage.due_rows import Due

BATCH = 200


class ScheduleUpkeep:
    """Looks through all pipelines and sources, some in each round."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.looked_at: dict[str, str | None] = {}

    def run(self) -> None:
        """Do one round."""
        pipelines = [rows.load(Pipeline, raw) for raw in self._next("pipeline#")]
        sources = [rows.load(Source, raw) for raw in self._next("source#")]
        self._see_to([due_of_pipeline(each) for each in pipelines if not each.deleting])
        self._see_to([due_of_source(each) for each in sources if not each.deleting])

    def _see_to(self, planned: list[Due | None]) -> None:
        named = {due.key: due for due in planned if due is not None}
        there = self.tables.get_many(list(named)) if named else {}
        for key, due in named.items():
            if key not in there:
                due_rows.put(self.tables, due)

    def _next(self, start: str) -> list[bytes]:
        found = self.tables.scan(start, BATCH, self.looked_at.get(start))
        self.looked_at[start] = found[-1].key if len(found) == BATCH else None
        return [row.value for row in found]
