"""Deletion of objects with many rows and blobs, so that a crash in between loses nothing and leaves nothing.

An erasure is written down first, carried out (each step may be done twice), and then crossed out; the sweeper carries
out those that were interrupted.
"""

from __future__ import annotations

from dataclasses import replace

from core.datasets.datasets import Datasets, profile_ref
from core.datasets.states import DELETING
from core.datasets.target_checks import TargetChecks
from core.domain.records import Dataset, Job, Prediction
from core.errors import Conflict
from core.jobs.jobs import Jobs
from core.limits.storage_quota import stored_bytes_key
from core.maintenance.account_deletion import AccountDeletion
from core.maintenance.model_deletion import ModelDeletion
from core.models.stored_predictions import Predictions
from core.ports import Ports
from core.storage import rows


class CascadeDeleter:
    """Carries out deletions."""

    def __init__(
        self, ports: Ports, datasets: Datasets, checks: TargetChecks, jobs: Jobs, models: ModelDeletion,
        predictions: Predictions, accounts: AccountDeletion,
    ) -> None:  # fmt: skip
        self.tables = ports.tables
        self.blobs = ports.blobs
        self.datasets = datasets
        self.checks = checks
        self.jobs = jobs
        self.models = models
        self.predictions = predictions
        self.accounts = accounts

    def dataset(self, user_id: str, id: str) -> None:
        """Delete a dataset; raises Conflict while it is in use."""
        key = self._record("dataset", user_id, id)
        try:
            self.datasets.mark_deleted(user_id, id)
        except Conflict:
            self.tables.delete(key)
            raise
        self.resume(key)

    def model(self, user_id: str, id: str) -> None:
        """Delete a model with its stored predictions and exports."""
        self.models.check_exists(user_id, id)
        self.resume(self._record("model", user_id, id))

    def prediction(self, user_id: str, id: str, model_id: str | None = None) -> None:
        """Delete stored predictions, of that model if one is given."""
        prediction = self.predictions.get(user_id, id, model_id).prediction
        key = self._record("prediction", user_id, id, rows.dump(prediction))
        self.predictions.unlist(prediction)
        self.resume(key)

    def account(self, user_id: str) -> None:
        """Delete an account with all its data.

        Its running tasks lose their leases and end; the rows that they and requests under way write until then are
        deleted when the sweeper does this again. The audit log keeps the account's id.
        """
        self._record("account", user_id, user_id)
        self.accounts.run(user_id)

    def resume(self, key: str) -> None:
        """Carry out the erasure in an `erasure` row."""
        _, kind, user_id, id = key.split("#")
        if kind == "account":
            if self.accounts.run(user_id):
                return
        elif kind == "dataset":
            self._dataset(user_id, id)
        elif kind == "model":
            self.models.run(user_id, id)
        elif raw := self.tables.get(key):  # The erasure holds the whole record, as the row itself was deleted first.
            if kind == "job":
                self.jobs.delete_rows(rows.load(Job, raw))
            else:
                self.predictions.delete_rows(rows.load(Prediction, raw))
        self.tables.delete(key)

    def _record(self, kind: str, user_id: str, id: str, value: bytes = b"") -> str:
        key = rows.key("erasure", kind, user_id, id)
        self.tables.put(key, value)
        return key

    def _dataset(self, user_id: str, id: str) -> None:
        raw = self.tables.get(rows.key("dataset", user_id, id))
        if raw is None:
            return
        dataset = rows.load(Dataset, raw)
        if dataset.state != DELETING:
            return  # The deletion was never begun.
        self.blobs.delete(dataset.blob)
        for blob in filter(None, (dataset.original, dataset.report, dataset.bad_rows)):
            self.blobs.delete(blob["blob"])
        self.checks.delete_rows(user_id, id)
        for revision in range(1, dataset.revision + 1):
            self.datasets.work.delete_rows(profile_ref(replace(dataset, revision=revision)))
        self.tables.delete(stored_bytes_key(user_id, id))
        self.tables.delete(rows.key("dataset", user_id, id))
