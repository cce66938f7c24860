"""Saying what has followed a promotion: in its run, and to whoever is told of runs. Each may be said twice."""

from __future__ import annotations

from dataclasses import asdict, replace

from core.domain.ids import now
from core.domain.pipelines import Step
from core.domain.records import Json
from core.notifications.notifications import Notifications
from core.pipelines.endings import notification_data
from core.pipelines.followups.followup_rows import FollowUp
from core.pipelines.run_rows import RunRows


class FollowUpReport:
    """Says it."""

    def __init__(self, runs: RunRows, notifications: Notifications) -> None:
        self.runs = runs
        self.notifications = notifications

    def tell(self, found: FollowUp, name: str, type: str, why: str, figures: Json) -> None:
        """Write it down as a step of the run, and tell of it."""
        self.say(found, name, why, figures)
        run = self.runs.read(found.user_id, found.pipeline_id, found.key)[1]
        data = {"pipeline_id": found.pipeline_id, "run": found.number} if run is None else notification_data(run)
        self.notifications.emit(
            found.user_id, type, {**data, "why": why, "figures": figures}, id=f"{type}/{found.change_id}",
            endpoint=found.endpoint, to=found.notify,
        )  # fmt: skip

    def say(self, found: FollowUp, name: str, why: str, figures: Json | None = None) -> None:
        """Write it down as a step of the run, which is over: once, whatever is said."""
        said = f"version/{found.endpoint}/{found.version}"
        while True:
            raw, run = self.runs.read(found.user_id, found.pipeline_id, found.key)
            if raw is None or run is None or any((s["name"], s["why"]) == (name, why) for s in run.steps):
                return
            at = now()
            step = Step(name, "done", at, at, said, figures or {}, why)
            if self.runs.write(replace(run, steps=[*run.steps, asdict(step)], why=why), raw):
                return
