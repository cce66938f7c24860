"""What follows once a run is over, or waits for a person: telling of it, and letting go of what leads to it.

Each step may be done twice; the row `activerun#…` goes last.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

from core.domain.ids import rfc3339
from core.domain.pipelines import ASKING, Run
from core.domain.records import Json
from core.errors import NotFound
from core.history.activity_log import ActivityLog
from core.notifications.notifications import Notifications
from core.pipelines.run_rows import RunRows
from core.storage import due_rows
from core.storage.due_rows import Due, minute_of

DUE_KIND = "run"
"""Kind of what is due for a run that waits for a person."""
MAX_WAIT = timedelta(days=30)
"""How long a run waits for a person."""
KEPT = 1000
"""Runs of one pipeline that are kept, the newest."""


class RunEndings:
    """Ends runs, and parks those that wait."""

    def __init__(self, runs: RunRows, activity: ActivityLog, notifications: Notifications) -> None:
        self.runs = runs
        self.tables = runs.tables
        self.activity = activity
        self.notifications = notifications

    def finish(self, run: Run) -> None:
        """Tell of the end of a run, and let go of it."""
        self._tell(run)
        self.runs.unlink(run)
        if run.waits_since is not None:
            due_rows.delete(self.tables, due_of(run))
        self._delete_old(run)
        self.runs.deactivate(run)

    def _delete_old(self, run: Run) -> None:
        """Delete the run that is one too many by now, if it is over."""
        number = run.number - KEPT
        if number <= 0:
            return
        with suppress(NotFound):
            old = self.runs.get(run.user_id, run.pipeline_id, number)
            if old.is_over:
                self.runs.delete(old)

    def park(self, run: Run) -> None:
        """Tell that a run waits for a person; from here on it costs nothing until somebody answers, or nobody has."""
        due_rows.put(self.tables, due_of(run))
        self._tell(run)
        self.runs.deactivate(run)
        _, found = self.runs.read(run.user_id, run.pipeline_id, run.key)
        if found is not None and found != run:  # Answered just before: then it has something to do.
            self.runs.activate(run)

    def _tell(self, run: Run) -> None:
        once = f"run/{run.id}/{run.state}"
        if run.state != ASKING:
            self.activity.record(run.user_id, f"run.{run.state}", f"run/{run.ref}", once=once)
        self.notifications.emit(
            run.user_id, f"run.{run.state}", notification_data(run), id=once,
            endpoint=run.settings["endpoint"], to=run.settings["notify"],
        )  # fmt: skip


def notification_data(run: Run) -> Json:
    """Return what users are told of a run."""
    known = {name: run.facts.get(name) for name in ("dataset_id", "job_id", "model_id", "version")}
    return {
        "pipeline_id": run.pipeline_id, "pipeline": run.settings["name"], "run": run.number, "state": run.state,
        "why": run.why, "trigger": run.trigger["kind"], "error": run.error, **known,
    }  # fmt: skip


def due_of(run: Run) -> Due:
    """Return the row by which the sweeper finds a run that nobody has answered."""
    since = datetime.fromisoformat(run.waits_since or run.created_at)
    return Due(minute_of(rfc3339(since + MAX_WAIT)), DUE_KIND, run.user_id, f"{run.pipeline_id}/{run.key}")
