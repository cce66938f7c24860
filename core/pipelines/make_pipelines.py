"""Pipelines, put together over the parts of the service that they rest on."""

from __future__ import annotations

from dataclasses import dataclass

from core.endpoints.endpoints import Endpoints
from core.history.activity_log import ActivityLog
from core.jobs.jobs import Jobs
from core.models.models import Models
from core.notifications.notifications import Notifications
from core.pipelines.endings import RunEndings
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
from core.pipelines.steps.train import TrainStep
from core.pipelines.time_trigger import next_time
from core.schedules.schedule import checked_entry
from core.settings import Settings


@dataclass(frozen=True)
class Notifying:
    """Where it is told what has happened."""

    activity: ActivityLog
    notifications: Notifications


def make_pipelines(
    jobs: Jobs, models: Models, endpoints: Endpoints, telling: Notifying, settings: Settings
) -> tuple[Pipelines, Runs]:
    """Return the use cases around pipelines, and around their runs, which hear of the ends of tasks."""
    tables = jobs.tables
    pipeline_rows, run_rows = PipelineRows(tables), RunRows(tables)
    steps: list[RunStep] = [
        FetchStep(run_rows, jobs.datasets, [GivenDataset(jobs.datasets)]),
        TrainStep(run_rows, jobs, models),
        RegisterStep(endpoints),
        EvaluateStep(),
        DecideStep(),
        PromoteStep(endpoints),
    ]
    ends = RunEndings(run_rows, telling.activity, telling.notifications)
    machine = RunMachine(run_rows, pipeline_rows, {step.name: step for step in steps}, Overlaps(run_rows), ends)
    runs = Runs(run_rows, pipeline_rows, endpoints.rows, machine)
    jobs.settler.listeners.append(runs.on_task_finished)
    return _make_use_cases(pipeline_rows, jobs, endpoints, settings), runs


def _make_use_cases(pipelines: PipelineRows, jobs: Jobs, endpoints: Endpoints, settings: Settings) -> Pipelines:
    checks = PipelineChecks(jobs.tables, jobs.datasets, endpoints, sources=lambda *_: None, cron=checked_entry)
    return Pipelines(pipelines, checks, next_time, settings.max_pipelines)
