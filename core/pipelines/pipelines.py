"""Use cases around pipelines: make, find, list, change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from core.domain.ids import new_id, now, wall_clock
from core.domain.pipelines import SETTINGS, Pipeline
from core.domain.records import Json
from core.errors import Conflict, PreconditionFailed
from core.limits.quotas import quota_exceeded
from core.pipelines.pipeline_checks import PipelineChecks
from core.pipelines.pipeline_rows import KIND, PipelineRows, due_of, key
from core.storage import due_rows, rows
from core.storage.idempotency import reserve
from core.storage.rows import Page

CHANGED = (*SETTINGS, "enabled")
TIMES = frozenset({"when", "enabled"})
"""Fields that say when it is started."""

NextTime = Callable[[Pipeline, datetime], str | None]
"""Takes a pipeline and a time; returns the minute after it at which `when` starts the pipeline next."""


class Pipelines:
    """A user's pipelines."""

    def __init__(self, pipelines: PipelineRows, checks: PipelineChecks, next_time: NextTime, most: int) -> None:
        self.rows = pipelines
        self.tables = pipelines.tables
        self.checks = checks
        self.next_time = next_time
        self.most = most

    def create(self, user_id: str, said: Json, idempotency_key: str | None = None) -> Pipeline:
        """Make a pipeline. `said` are its settings by the names of the fields of `Pipeline`.

        The same Idempotency-Key and settings return the first pipeline again. Raises Invalid and NotFound, which name
        the setting at fault, Conflict QUOTA_EXCEEDED or IDEMPOTENCY_KEY_REUSED.
        """
        at = now()
        pipeline = Pipeline(new_id(), user_id, created_at=at, changed_at=at, **_known(said))
        pipeline = self.checks.checked(pipeline)
        id, is_new = reserve(
            self.tables, user_id, "pipelines", idempotency_key, rows.digest(rows.dump(said)), pipeline.id
        )
        if not is_new and (earlier := self.rows.find(user_id, id)):
            return earlier
        pipeline = self._timed(replace(pipeline, id=id))
        if not self.rows.write(pipeline, None):
            return self.rows.get(user_id, id)
        # Counted after the write, so that of many at the same moment none gets through beyond it.
        if len(self.tables.scan(rows.prefix(KIND, user_id), self.most + 1)) > self.most:
            self.tables.delete_if_unchanged(key(user_id, id), rows.dump(pipeline))
            raise quota_exceeded("pipelines", self.most, "Delete a pipeline that is no longer used.")
        return pipeline

    def _timed(self, pipeline: Pipeline) -> Pipeline:
        """Return the pipeline as it is started next; the row by which it is found then is written before its own."""
        at = self.next_time(pipeline, wall_clock()) if pipeline.enabled else None
        timed = replace(pipeline, next_at=at)
        if (due := due_of(timed)) is not None:
            due_rows.put(self.tables, due)
        return timed

    def find(self, user_id: str, id: str) -> Pipeline | None:
        """Return the pipeline, None if there is none."""
        return self.rows.find(user_id, id)

    def get(self, user_id: str, id: str) -> Pipeline:
        """Return the pipeline; raises NotFound."""
        return self.rows.get(user_id, id)

    def page(self, user_id: str, size: int, after: str | None = None) -> Page[Pipeline]:
        """Return a page of pipelines, newest first."""
        return self.rows.page(user_id, size, after)

    def update(self, user_id: str, id: str, changes: Json, if_revision: int | None = None) -> Pipeline:
        """Change settings; what is left out stays. Runs that are on keep the settings that they began with.

        Raises NotFound, Invalid, PreconditionFailed if the revision is another than `if_revision`.
        """
        before: Pipeline = self.rows.get(user_id, id)

        def changed(pipeline: Pipeline) -> Pipeline:
            nonlocal before
            before = pipeline
            if if_revision not in (None, pipeline.revision):
                detail = f"The pipeline {pipeline.name!r} was changed meanwhile. Read it again, then decide again."
                raise PreconditionFailed("CHANGED_MEANWHILE", detail)
            after = replace(pipeline, **_known(changes), revision=pipeline.revision + 1, changed_at=now())
            after = self.checks.checked(after)
            return self._timed(after) if changes.keys() & TIMES else after

        after = self.rows.update(user_id, id, changed)
        left = due_of(before)
        if left is not None and left != due_of(after):
            due_rows.delete(self.tables, left)
        return after

    def check_endpoint_unused(self, user_id: str, endpoint: str) -> None:
        """Raise Conflict ENDPOINT_IN_USE if the models of a pipeline become versions of the endpoint."""
        for pipeline in self.rows.all_of(user_id):
            if pipeline.endpoint == endpoint:
                raise Conflict(
                    "ENDPOINT_IN_USE",
                    f"The pipeline {pipeline.name!r} ({pipeline.id}) feeds this endpoint. Delete the pipeline first, "
                    "or name another endpoint in it.",
                )


def _known(said: Json) -> dict[str, Any]:
    return {name: value for name, value in said.items() if name in CHANGED}
