"""The use cases of one process, wired over its three ports."""

from __future__ import annotations

from core.accounts import Accounts
from core.activity import ActivityLog
from core.administration import Administration
from core.audit import AuditLog
from core.checks import Checks
from core.claims import Claims
from core.datasets import Datasets
from core.deadletters import DeadLetters
from core.erase import Eraser
from core.exports import Exports
from core.jobs import Jobs
from core.models import Models
from core.ports import Ports
from core.predictions import Predictions
from core.quotas import QuotaBook
from core.settings import Settings
from core.settle import Settler
from core.sweep import Sweeper
from core.work import Work


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
