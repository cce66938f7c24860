"""The use cases of one process, wired over its three ports."""

from __future__ import annotations

from core.accounts.accounts import Accounts
from core.accounts.administration import Administration
from core.datasets.datasets import Datasets
from core.datasets.target_checks import Checks
from core.history.activity_log import ActivityLog
from core.history.audit_log import AuditLog
from core.jobs.jobs import Jobs
from core.limits.quotas import QuotaBook
from core.maintenance.dead_letters import DeadLetters
from core.maintenance.deletion import Eraser
from core.maintenance.sweeper import Sweeper
from core.models.exports import Exports
from core.models.models import Models
from core.models.stored_predictions import Predictions
from core.ports import Ports
from core.settings import Settings
from core.tasks.claiming import Claims
from core.tasks.completion import Settler
from core.tasks.lifecycle import Work


class Service:
    """Everything the api and the workers do, by noun."""

    def __init__(self, ports: Ports, settings: Settings) -> None:
        self.ports = ports
        self.settings = settings
        self.work = Work(ports.tables, ports.queue)
        self.activity = ActivityLog(ports.tables)
        self.accounts = Accounts(ports.tables, settings)
        self.quotas = QuotaBook(ports.tables, settings)
        self.datasets = Datasets(ports, settings, self.work, self.quotas)
        self.settler = Settler(ports, self.work, self.datasets, self.activity)
        self.jobs = Jobs(ports, self.work, self.datasets, self.settler, self.quotas)
        self.models = Models(ports, self.work)
        self.predictions = Predictions(ports, self.work, self.datasets, self.models)
        self.checks = Checks(ports.tables, self.work, self.datasets)
        self.exports = Exports(ports, self.work)
        self.eraser = Eraser(
            ports, self.datasets, self.jobs, self.models, self.predictions, self.checks, self.exports,
            self.accounts.throttle,
        )  # fmt: skip
        self.audit = AuditLog(ports.tables)
        self.administration = Administration(ports.tables, self.accounts, self.jobs)
        self.claims = Claims(
            settings, self.work, self.settler, self.quotas,
            self.datasets, self.jobs, self.models, self.predictions, self.checks, self.exports,
        )  # fmt: skip
        self.dead_letters = DeadLetters(self)
        self.sweeper = Sweeper(self)
