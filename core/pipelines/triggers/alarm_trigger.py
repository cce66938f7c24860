"""Runs that alarms of monitors start: one an alarm, of the pipelines that feed its endpoint and wait for its kind."""

from __future__ import annotations

from contextlib import suppress

from core.domain.endpoints import Endpoint
from core.domain.pipelines import Pipeline, Trigger
from core.domain.records import Json
from core.errors import NotFound
from core.monitoring.alarms import SECTIONS
from core.pipelines.runs import Runs


class AlarmTriggers:
    """Starts runs for alarms that begin. Alarms that begin at the same moment start one run."""

    def __init__(self, runs: Runs) -> None:
        self.runs = runs

    def raised(self, endpoint: Endpoint, alarm: Json) -> None:
        """Start the runs for an alarm. May be done twice. Raises Unavailable."""
        for pipeline in self.runs.pipelines.all_of(endpoint.user_id):
            if pipeline.enabled and pipeline.endpoint == endpoint.name and _waits_for(pipeline, alarm["kind"]):
                why = {
                    "words": f"the alarm {alarm['kind']!r} of {endpoint.name!r}: {alarm['detail']}".rstrip(": "),
                    "alarm": {name: alarm[name] for name in ("id", "kind", "since", "began_at", "figures")},
                }
                trigger = Trigger(f"a{alarm['began_at']}", "alarm", alarm["began_at"], why)
                with suppress(NotFound):  # The pipeline was deleted in this moment.
                    self.runs.create(pipeline.user_id, pipeline.id, trigger)


def _waits_for(pipeline: Pipeline, kind: str) -> bool:
    """Return whether a kind of alarm starts the pipeline, by its own name or by that of what it is about."""
    wanted = {name for each in pipeline.when for name in each.get("alarm") or ()}
    return bool(wanted & {kind, SECTIONS.get(kind, kind)})
