"""Deletion of a pipeline with its runs, so that a crash in between leaves nothing. Versions that it made stay."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from core.domain.ids import now
from core.domain.pipelines import Pipeline, Run
from core.pipelines.endings import due_of as run_due_of
from core.pipelines.pipeline_rows import KIND, PipelineRows, due_of, key
from core.pipelines.runs import Runs
from core.storage import due_rows, rows

WHY = "the pipeline was deleted"


class PipelineDeletion:
    """Deletes pipelines. Every step may be done twice.

    Attributes:
        followers: take a user and a pipeline, and delete what hangs on it besides its runs; each may be called twice.
    """

    def __init__(
        self, pipelines: PipelineRows, runs: Runs, followers: Sequence[Callable[[str, str], None]] = ()
    ) -> None:
        self.pipelines = pipelines
        self.runs = runs
        self.tables = pipelines.tables
        self.followers = list(followers)

    def delete(self, user_id: str, id: str, by: str) -> None:
        """Delete a pipeline; its runs that are on are cancelled, with their jobs. Raises NotFound."""
        pipeline = self.pipelines.get(user_id, id)
        erasure = rows.key("erasure", KIND, user_id, id)
        self.tables.put(erasure, rows.dump({**rows.load_json(rows.dump(pipeline)), "deleted_by": by}))
        self.resume(rows.dump(pipeline))
        self.tables.delete(erasure)

    def resume(self, raw: bytes) -> None:
        """Delete what is left of the pipeline whose record is given."""
        pipeline = rows.load(Pipeline, raw)
        user_id, id = pipeline.user_id, pipeline.id

        def marked(found: Pipeline | None) -> Pipeline | None:
            return found and replace(found, deleting=True)

        # The tombstone first: whoever makes a run looks for it after the run is written.
        tombstone = rows.update(self.tables, key(user_id, id), Pipeline, marked) or pipeline
        if (due := due_of(tombstone)) is not None:
            due_rows.delete(self.tables, due)
        for row in rows.scan_all(self.tables, rows.prefix("run", user_id, id)):
            self._delete_run(rows.load(Run, row.value))
        for kind in ("runnumber", "activerun"):
            for row in rows.scan_all(self.tables, rows.prefix(kind, user_id, id)):
                self.tables.delete(row.key)
        for row in rows.scan_all(self.tables, rows.prefix("runtask", user_id)):
            if row.value.startswith(f"{id}/".encode()):
                self.tables.delete(row.key)
        for follower in self.followers:
            follower(user_id, id)
        self.tables.delete(key(user_id, id))

    def _delete_run(self, run: Run) -> None:
        ended = self.runs.end(run, {"by": "the pipeline's deletion", "at": now(), "why": WHY})
        if ended.waits_since is not None:
            due_rows.delete(self.tables, run_due_of(ended))
        self.runs.rows.delete(ended)
