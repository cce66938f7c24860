"""What starts pipelines from outside, put together over the parts of the service that it rests on."""

from __future__ import annotations

from core.domain.pipelines import FETCH
from core.events.events import Events
from core.events.room import Room
from core.events.segments import Segments
from core.limits.quotas import QuotaService
from core.monitoring.reviews import Reviews
from core.pipelines.runs import Runs
from core.pipelines.steps.fetch import FetchStep
from core.pipelines.triggers.alarm_trigger import AlarmTriggers
from core.pipelines.triggers.event_data import EventData
from core.pipelines.triggers.event_runs import EventRuns, PipelineData
from core.ports import Ports
from core.settings import Settings
from core.sources.sources import Sources


def make_triggers(
    ports: Ports, settings: Settings, quotas: QuotaService, runs: Runs, sources: Sources, reviews: Reviews
) -> Events:
    """Return the use cases around events; have alarms start runs, and runs train on the rows of events."""
    reviews.listeners.append(AlarmTriggers(runs).raised)
    segments = Segments(ports, Room(ports.tables, quotas))
    step = runs.machine.steps[FETCH]
    assert isinstance(step, FetchStep)
    step.grow = EventData(segments, step.datasets, sources.recorder.assemblies, sources.rows).grow
    return Events(ports, settings, segments, EventRuns(runs, PipelineData(step.datasets, sources)))
