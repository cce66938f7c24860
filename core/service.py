"""The use cases of one process, wired over its ports."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from core.accounts.accounts import Accounts
from core.accounts.administration import Administration
from core.datasets.check_task import CheckTask
from core.datasets.datasets import Datasets
from core.datasets.profile_task import ProfileTask
from core.datasets.target_checks import TargetChecks
from core.endpoints.announcements import Announcements
from core.endpoints.endpoint_rows import EndpointRows
from core.endpoints.endpoints import Endpoints
from core.endpoints.scoring import ScoringQueues
from core.endpoints.versions import Versions
from core.evaluations.comparisons import Comparisons
from core.evaluations.evaluate_task import EvaluateTask
from core.evaluations.evaluations import Evaluations
from core.evaluations.measurement_task import MeasurementTask
from core.evaluations.measurements import Measurements
from core.events.keys import DUE_KIND as EVENT_DUE
from core.events.upkeep import EventUpkeep
from core.features.feature_rows import DUE_KIND as FEATURES_DUE
from core.features.features import Features
from core.features.features_task import FeaturesTask
from core.history.activity_log import ActivityLog
from core.history.audit_log import AuditLog
from core.jobs.jobs import Jobs
from core.jobs.train_task import TrainTask
from core.limits.quotas import QuotaService
from core.maintenance.account_deletion import AccountDeletion
from core.maintenance.dataset_deletion import DatasetDeletion
from core.maintenance.dead_letters import DeadLetters
from core.maintenance.deletion import CascadeDeleter
from core.maintenance.due_work import DueWork
from core.maintenance.endpoint_deletion import EndpointDeletion
from core.maintenance.housekeeping import Housekeeping
from core.maintenance.model_deletion import ModelDeletion
from core.maintenance.monitor_upkeep import MonitorUpkeep
from core.maintenance.request_logs import RequestLogUpkeep
from core.maintenance.retention import Retention
from core.maintenance.schedule_upkeep import ScheduleUpkeep
from core.maintenance.scheduler import Scheduler
from core.maintenance.source_upkeep import SourceUpkeep
from core.maintenance.sweeper import Sweeper
from core.models.decision_rules import DecisionRules
from core.models.export_task import ExportTask
from core.models.exports import Exports
from core.models.model_check_task import ModelCheckTask
from core.models.models import Models
from core.models.predict_task import PredictTask
from core.models.stored_predictions import Predictions
from core.models.uploaded_models import UploadedModels
from core.monitoring.make_monitoring import make_monitoring
from core.monitoring.monitor_rows import DUE_KIND
from core.monitoring.monitor_task import MonitorTask
from core.notifications.notifications import Notifications
from core.notifications.webhooks import Webhooks
from core.pipelines import endings
from core.pipelines.deletion import PipelineDeletion
from core.pipelines.followups.followup_rows import KIND as FOLLOWUP
from core.pipelines.make_pipelines import Notifying, make_pipelines
from core.pipelines.pipeline_rows import DUE_KIND as PIPELINE_DUE
from core.pipelines.triggers.label_trigger import LabelTriggers
from core.pipelines.triggers.make_triggers import make_triggers
from core.pipelines.triggers.time_trigger import TimeTriggers
from core.pipelines.upkeep import RunUpkeep
from core.ports import Ports
from core.requests.compact_task import CompactTask
from core.requests.compactions import Compactions
from core.requests.gather_task import GatherTask
from core.requests.gatherings import Gatherings
from core.requests.key_erasures import ForgetTask, KeyErasures
from core.requests.label_upkeep import LabelUpkeep
from core.requests.labels import Labels
from core.requests.request_log import RequestLog
from core.secrets.secrets import Secrets
from core.settings import Settings
from core.sources.assemble_task import AssembleTask
from core.sources.assemblies import Assemblies
from core.sources.fetch_task import FetchTask, SourceCheckTask
from core.sources.keyed_sources import make_lookups
from core.sources.make_sources import make_sources
from core.sources.refreshing import DUE_KIND as SOURCE_DUE
from core.sources.refreshing import SourceRefreshes
from core.tasks.claiming import TaskClaimer
from core.tasks.completion import TaskFinalizer
from core.tasks.kinds import TaskKind
from core.tasks.lifecycle import TaskLifecycle


class Service:
    """All use cases of the api and the workers, by noun.

    Attributes:
        kinds: the kinds of tasks by their names; the source of every difference between kinds.
    """

    def __init__(self, ports: Ports, settings: Settings) -> None:
        self.ports = ports
        self.settings = settings
        self.kinds: dict[str, TaskKind] = {}
        self.work = TaskLifecycle(ports.tables, ports.queue, self.kinds)
        self.activity = ActivityLog(ports.tables)
        self.notifications = Notifications(ports.tables, settings)
        self.webhooks = Webhooks(ports.tables, settings, self.notifications)
        self.secrets = Secrets(ports.tables, settings)
        self.accounts = Accounts(ports.tables, settings)
        self.quotas = QuotaService(ports.tables, settings)
        self.datasets = Datasets(ports, settings, self.work, self.quotas)
        self.settler = TaskFinalizer(self.kinds, self.work)
        self.models = Models(ports, self.work, settings.serve_stale_s)
        self.predictions = Predictions(ports, self.work, self.datasets, self.models)
        self.announcements = Announcements(ports.tables, self.notifications)
        endpoint_rows = EndpointRows(ports.tables, self.announcements)
        self.exports = Exports(ports, self.work)
        self.versions = Versions(ports.tables, self.models, self.exports, endpoint_rows)
        self.scoring = ScoringQueues(ports.tables, ports.messages)
        self.requests = RequestLog(ports, settings, endpoint_rows)
        self.labels = Labels(ports, endpoint_rows)
        self.erasures = KeyErasures(ports, self.work, endpoint_rows, self.labels)
        self.gatherings = Gatherings(ports, self.work, self.datasets, self.quotas, endpoint_rows, self.versions)
        self.sources = make_sources(ports, settings, self.datasets, self.gatherings)
        self.jobs = Jobs(ports, self.work, self.datasets, self.settler, self.quotas, self.sources.awaited)
        self.lookups = make_lookups(self.sources, endpoint_rows, self.versions, settings)
        self.compactions = Compactions(ports, self.work, endpoint_rows)
        self.endpoints = Endpoints(ports.tables, self.quotas, endpoint_rows, self.versions, self.scoring)
        self.monitoring = make_monitoring(self.requests, self.labels, self.work, self.notifications, settings)
        self.checks = TargetChecks(ports.tables, self.work, self.datasets)
        self.uploads = UploadedModels(ports, settings, self.work, self.quotas, self.models)
        self.comparisons = Comparisons(ports, self.work, self.datasets, self.models, self.endpoints)
        self.evaluations = Evaluations(ports, self.work, self.datasets, self.models, self.endpoints)
        self.decision_rules = DecisionRules(ports.tables, self.models)
        telling = Notifying(self.activity, self.notifications)
        self.pipelines, self.runs, self.follow_ups = make_pipelines(
            self.jobs, self.comparisons, self.sources, self.monitoring, telling, settings
        )
        self.events = make_triggers(ports, settings, self.quotas, self.runs, self.sources, self.monitoring.reviews)
        self.label_triggers = LabelTriggers(self.runs)
        self.pipeline_deletion = PipelineDeletion(
            self.pipelines.rows, self.runs,
            [self.events.forget, self.label_triggers.forget, self.follow_ups.rows.forget],
        )  # fmt: skip
        self.kinds.update({kind.name: kind for kind in self._make_kinds()})
        self.eraser = self._make_eraser()
        self.audit = AuditLog(ports.tables)
        self.administration = Administration(ports.tables, self.accounts, self.jobs)
        self.claims = TaskClaimer(settings, self.kinds, self.work, self.settler)
        self.dead_letters = DeadLetters(ports, self.kinds, self.work, self.settler)
        labels = LabelUpkeep(self.labels, self.requests.policy)
        logs = RequestLogUpkeep(ports.tables, self.requests, self.compactions)
        self.retention = Retention(ports.tables, settings, self.jobs, self.eraser, self.activity, labels, logs)
        self.sweeper = self.make_sweeper()
        self.scheduler = self.make_scheduler()

    def _make_kinds(self) -> Iterator[TaskKind]:
        """Make each kind of task over the use cases that it ends."""
        profile = ProfileTask(self.datasets, self.activity, self.notifications)
        profile.when_ready.append(self.lookups.on_dataset_ready)
        yield TrainTask(self.ports, self.jobs, self.datasets, self.quotas, self.activity, self.notifications)
        yield profile
        yield CheckTask(self.checks)
        yield PredictTask(self.predictions, self.activity, self.notifications)
        yield ExportTask(self.exports, self.models)
        yield GatherTask(self.gatherings, profile)
        yield ForgetTask(self.erasures, self.activity, self.monitoring.forget_baselines)
        yield CompactTask(self.compactions)
        yield ModelCheckTask(self.uploads, self.activity)
        yield MeasurementTask(self.comparisons, self.activity)
        yield EvaluateTask(self.evaluations, self.activity, self.notifications)
        yield MonitorTask(self.endpoints.rows, self.monitoring.windows, self.monitoring.reviews)
        yield AssembleTask(self.assemblies, profile)
        yield FetchTask(self.sources, profile, self.notifications)
        yield SourceCheckTask(self.sources.checks)
        yield FeaturesTask(self.features)

    @property
    def assemblies(self) -> Assemblies:
        """Datasets that are put together of parts."""
        return self.sources.recorder.assemblies

    @property
    def features(self) -> Features:
        """Rows of sources, by key."""
        return self.lookups.features

    def _make_eraser(self) -> CascadeDeleter:
        """Make what deletes a thing with all that hangs on it."""
        ports = self.ports
        measurements: dict[str, Measurements[Any]] = {
            each.kind.noun: each for each in (self.comparisons, self.evaluations)
        }
        return CascadeDeleter(
            ports.tables, DatasetDeletion(ports, self.datasets, self.checks, measurements, self.assemblies),
            ModelDeletion(
                ports.tables, self.models, self.predictions, self.exports, self.uploads, self.versions.use, measurements
            ),
            self.predictions,
            EndpointDeletion(
                self.endpoints.rows, self.scoring, self.requests, self.labels, self.monitoring, self.pipelines,
                self.lookups,
            ),
            AccountDeletion(ports, self.kinds, self.accounts.throttle, self.scoring),
            {
                "job": self.jobs.resume_deletion, "source": self.sources.deletion.resume,
                "pipeline": self.pipeline_deletion.resume,
                **{noun: each.resume_deletion for noun, each in measurements.items()},
            },
        )  # fmt: skip

    def _make_upkeeps(self) -> list[Callable[[], object]]:
        """Make what the sweeper does in each round of housekeeping, besides its own."""
        events = EventUpkeep(self.events, self.settings.idempotency_days)
        return [
            self.accounts.throttle.sweep, SourceUpkeep(self.sources, self.eraser).run, events.run,
            self.label_triggers.run,
        ]  # fmt: skip

    def make_sweeper(self, monotonic: Callable[[], float] = time.monotonic) -> Sweeper:
        """Make a sweeper that measures time by this clock."""
        housekeeping = Housekeeping(
            self.ports, self.settings, self.eraser, self.retention,
            MonitorUpkeep(self.ports.tables, self.monitoring.pulses), self._make_upkeeps(), monotonic,
        )  # fmt: skip
        handlers = {
            DUE_KIND: self.monitoring.pulses.fire, FOLLOWUP: self.follow_ups.fire, endings.DUE_KIND: self.runs.expire,
            FEATURES_DUE: self.lookups.fire,
        }  # fmt: skip
        rounds = (DueWork(self.ports.tables, handlers, monotonic), RunUpkeep(self.runs, monotonic))
        return Sweeper(self.settings, self.work, self.settler, self.dead_letters, rounds, housekeeping, monotonic)

    def make_scheduler(self, monotonic: Callable[[], float] = time.monotonic, at_once: int = 8) -> Scheduler:
        """Make a scheduler that measures time by this clock, and does so many things at a time."""
        handlers = {
            PIPELINE_DUE: TimeTriggers(self.pipelines.rows, self.runs).fire,
            SOURCE_DUE: SourceRefreshes(self.sources.fetches).fire,
            EVENT_DUE: self.events.firing.fire,
        }
        due = DueWork(self.ports.tables, handlers, monotonic, at_once)
        return Scheduler(self.ports.tables, due, ScheduleUpkeep(self.ports.tables).run, monotonic)
