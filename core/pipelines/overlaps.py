"""Whether a run may begin while others of its pipeline are on, and so soon after them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from core.domain.pipelines import ASKING, SKIPPED, WAITING, Pipeline, Run
from core.monitoring.spans import parse_span
from core.pipelines.run_rows import RunRows

MAX_QUEUED = 100
"""Runs of one pipeline that wait for one another; more are skipped."""
LOOKED_BACK = 1000
"""Runs of a pipeline in which the last one of a kind is looked for."""


@dataclass(frozen=True)
class Verdict:
    """Why a run does not begin; whether it waits, or is skipped."""

    waits: bool
    why: str


class Overlaps:
    """Looks at the other runs of a pipeline. Of two that are new at the same moment the lower number is the first."""

    def __init__(self, runs: RunRows) -> None:
        self.runs = runs

    def judge(self, run: Run, pipeline: Pipeline) -> Verdict | None:
        """Return why the run may not begin now, None if it may."""
        if why := self._too_soon(run, pipeline):
            return Verdict(waits=False, why=why)
        earlier = [other for other in self.runs.active_of(run.user_id, run.pipeline_id) if _is_on(other, run)]
        if not earlier:
            return None
        first = earlier[0]
        if pipeline.overlap == "skip":
            return Verdict(waits=False, why=f"Run {first.number} is still on ({first.state}), and overlap is 'skip'.")
        if len(earlier) > MAX_QUEUED:
            why = f"Run {first.number} is still on ({first.state}), and {MAX_QUEUED} runs wait for it already."
            return Verdict(waits=False, why=why)
        return Verdict(waits=True, why=f"It waits for run {earlier[-1].number}, which is {earlier[-1].state}.")

    def next_waiting(self, over: Run) -> Run | None:
        """Return the run that may begin once this one is over, None if none waits."""
        active = self.runs.active_of(over.user_id, over.pipeline_id)
        waiting = [other for other in active if other.state == WAITING and other.number > 0 and other.key != over.key]
        on = [other for other in active if other.state not in (WAITING, ASKING) and not other.is_over]
        return waiting[0] if waiting and not on else None

    def _too_soon(self, run: Run, pipeline: Pipeline) -> str | None:
        """Return in words that a run of the same kind has begun too short a time ago, None if it has not."""
        kind = run.trigger["kind"]
        spans = [each["at_most"] for each in pipeline.when if _KINDS[kind] in each and each.get("at_most")]
        if not spans:
            return None
        since = datetime.fromisoformat(run.created_at) - timedelta(minutes=parse_span(spans[0]).total_minutes)
        for looked, other in enumerate(self.runs.newest_first(run.user_id, run.pipeline_id, run.number)):
            if looked == LOOKED_BACK or datetime.fromisoformat(other.created_at) <= since:
                return None
            if other.trigger["kind"] == kind and other.state != SKIPPED:
                return f"Run {other.number} was begun by the like at {other.created_at}: at most one in {spans[0]}."
        return None


_KINDS = {"time": "cron", "event": "event", "alarm": "alarm", "labels": "every_labels", "manual": "manual"}
"""What an entry of `when` has that starts runs of a kind."""


def _is_on(other: Run, run: Run) -> bool:
    return 0 < other.number < run.number and not other.is_over and other.state != ASKING
