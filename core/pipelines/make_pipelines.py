"""Pipelines, put together over the parts of the service that they rest on."""

from __future__ import annotations

from dataclasses import dataclass

from core.evaluations.comparisons import Comparisons
from core.history.activity_log import ActivityLog
from core.jobs.jobs import Jobs
from core.monitoring.monitoring import Monitoring
from core.notifications.notifications import Notifications
from core.pipelines.endings import RunEndings
from core.pipelines.followups.followup_rows import FollowUpRows
from core.pipelines.followups.followups import FollowUps
from core.pipelines.followups.objections import Objections
from core.pipelines.followups.report import FollowUpReport
from core.pipelines.machine import RunMachine
from core.pipelines.outcomes import RunStep
from core.pipelines.overlaps import Overlaps
from core.pipelines.pipeline_checks import PipelineChecks
from core.pipelines.pipeline_rows import PipelineRows
from core.pipelines.pipelines import Pipelines
from core.pipelines.run_rows import RunRows
from core.pipelines.runs import Runs
from core.pipelines.steps.decide import DecideStep
from core.pipelines.steps.evaluate import EvaluateStep
from core.pipelines.steps.fetch import FetchStep, GivenDataset
from core.pipelines.steps.promote import PromoteStep
from core.pipelines.steps.register import RegisterStep
from core.pipelines.steps.source_data import SourceData
from core.pipelines.steps.train import TrainStep
from core.pipelines.triggers.time_trigger import next_time
from core.schedules.schedule import checked_entry
from core.settings import Settings
from core.sources.sources import Sources


@dataclass(frozen=True)
class Notifying:
    """Where it is told what has happened."""

    activity: ActivityLog
    notifications: Notifications


def make_pipelines(
    jobs: Jobs, comparisons: Comparisons, sources: Sources, monitoring: Monitoring, telling: Notifying,
    settings: Settings,
) -> tuple[Pipelines, Runs, FollowUps]:  # fmt: skip
    """Return the use cases around pipelines, around their runs, which hear of the ends of tasks, and what follows."""
    tables, endpoints = jobs.tables, comparisons.endpoints
    pipeline_rows, run_rows = PipelineRows(tables), RunRows(tables)
    report = FollowUpReport(run_rows, telling.notifications)
    follow_ups = FollowUps(FollowUpRows(tables), run_rows, endpoints, Objections(monitoring), report)
    fetched = SourceData(run_rows, sources, sources.recorder.assemblies)
    steps: list[RunStep] = [
        FetchStep(run_rows, jobs.datasets, [GivenDataset(jobs.datasets), fetched]),
        TrainStep(run_rows, jobs, endpoints),
        RegisterStep(endpoints),
        EvaluateStep(run_rows, comparisons, endpoints),
        DecideStep(comparisons.models),
        PromoteStep(endpoints, follow_ups),
    ]
    ends = RunEndings(run_rows, telling.activity, telling.notifications)
    machine = RunMachine(run_rows, pipeline_rows, {step.name: step for step in steps}, Overlaps(run_rows), ends)
    runs = Runs(run_rows, pipeline_rows, endpoints.rows, machine)
    jobs.settler.listeners.append(runs.on_task_finished)
    checks = PipelineChecks(tables, jobs.datasets, endpoints, sources=fetched.find, cron=checked_entry)
    return Pipelines(pipeline_rows, checks, next_time, settings.max_pipelines), runs, follow_ups
