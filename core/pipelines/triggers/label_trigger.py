"""Runs that new labels start: once so many have come since the last run of this kind.

The run's key is made of where its labels begin: whoever starts it again, after a crash or at the same moment, finds the
run that is there, and goes on from where that one ended.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from core.domain.endpoints import Endpoint
from core.domain.ids import now
from core.domain.pipelines import Pipeline, Trigger
from core.domain.prediction_ids import least_id
from core.errors import NotFound
from core.pipelines.runs import Runs
from core.requests.labels import KIND, LabelFile
from core.storage import rows

CURSOR = "labelcursor"
BATCH = 200
"""Pipelines that are looked at in a round."""


@dataclass(frozen=True)
class LabelCursor:
    """Up to where labels have started runs: the key of their file."""

    endpoint_id: str
    upto: str


class LabelTriggers:
    """Looks through the pipelines that labels start, some in each round of the sweeper."""

    def __init__(self, runs: Runs) -> None:
        self.runs = runs
        self.tables = runs.tables
        self._looked_at: str | None = None

    def run(self) -> None:
        """Do one round."""
        found = self.tables.scan("pipeline#", BATCH, self._looked_at)
        self._looked_at = found[-1].key if len(found) == BATCH else None
        for row in found:
            pipeline = rows.load(Pipeline, row.value)
            every = max((each.get("every_labels") or 0 for each in pipeline.when), default=0)
            if every and pipeline.enabled and not pipeline.deleting:
                self.look(pipeline, every)

    def look(self, pipeline: Pipeline, every: int) -> None:
        """Start a run if so many labels have come. May be done twice."""
        endpoint = self.runs.endpoints.find(pipeline.user_id, pipeline.endpoint)
        if endpoint is None:
            return
        begin = self._cursor(pipeline, endpoint)
        n, last = self._count(endpoint, begin)
        if n < every:
            return
        why = {"words": f"{n:,} new labels of {endpoint.name!r}", "labels": n, "upto": last}
        trigger = Trigger(f"l{rows.digest(f'{endpoint.id} {begin}')[:32]}", "labels", now(), why)
        with suppress(NotFound):  # The pipeline was deleted in this moment.
            run = self.runs.create(pipeline.user_id, pipeline.id, trigger)
            cursor = LabelCursor(endpoint.id, run.trigger["why"]["upto"])
            self.tables.put(_key(pipeline.user_id, pipeline.id), rows.dump(cursor))
        if self.runs.pipelines.find(pipeline.user_id, pipeline.id) is None:
            self.forget(pipeline.user_id, pipeline.id)

    def forget(self, user_id: str, pipeline_id: str) -> None:
        """Delete what is known of a pipeline that is gone. May be done twice."""
        self.tables.delete(_key(user_id, pipeline_id))

    def _cursor(self, pipeline: Pipeline, endpoint: Endpoint) -> str:
        """Return the key after which labels count: those that came after the pipeline was made."""
        raw = self.tables.get(_key(pipeline.user_id, pipeline.id))
        cursor = None if raw is None else rows.load(LabelCursor, raw)
        if cursor is not None and cursor.endpoint_id == endpoint.id:
            return cursor.upto
        made_ms = int(datetime.fromisoformat(pipeline.created_at).timestamp() * 1000)
        return rows.key(KIND, endpoint.user_id, endpoint.name, least_id(made_ms))

    def _count(self, endpoint: Endpoint, begin: str) -> tuple[int, str]:
        """Return how many labels there are after a key, and the last key."""
        n, last = 0, begin
        for row in rows.scan_all(self.tables, rows.prefix(KIND, endpoint.user_id, endpoint.name), begin):
            file = rows.load(LabelFile, row.value)
            if file.endpoint_id == endpoint.id:
                n, last = n + file.rows, row.key
        return n, last


def _key(user_id: str, pipeline_id: str) -> str:
    return rows.key(CURSOR, user_id, pipeline_id)
