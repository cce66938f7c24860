"""Deleting what has many rows and blobs, so that a crash in between loses nothing and leaves nothing.

An erasure is written down first, carried out (each step may be done twice), and then crossed out; the sweeper carries
out what was left.
"""

from __future__ import annotations

from core.accounts.login_throttle import Throttle
from core.datasets.datasets import DELETING, Datasets
from core.datasets.target_checks import Checks
from core.domain.records import Dataset, Job, Model, Prediction, WorkRef
from core.domain.users import Login, User
from core.errors import Conflict
from core.jobs.jobs import Jobs
from core.limits.storage_quota import holding_key
from core.models.exports import Exports
from core.models.models import Models
from core.models.stored_predictions import Predictions
from core.ports import Ports
from core.storage import blob_intents, rows
from core.storage.blob_intents import Intent

OWN_KINDS = (
    "dataset", "holding", "job", "model", "prediction", "activity", "told", "key", "usercred", "idem", "slot",
    "listener", "check", "export", "progress", "trial", "event", "seat", "jobstate", "datasetwork",
    "modelwork",
)  # fmt: skip
WORK_KINDS = ("train", "profile", "check", "predict", "export")


class Eraser:
    """Carries out deletions."""

    def __init__(
        self, ports: Ports, datasets: Datasets, jobs: Jobs, models: Models, predictions: Predictions, checks: Checks,
        exports: Exports, throttle: Throttle,
    ) -> None:  # fmt: skip
        self.tables = ports.tables
        self.blobs = ports.blobs
        self.datasets = datasets
        self.jobs = jobs
        self.models = models
        self.predictions = predictions
        self.checks = checks
        self.exports = exports
        self.throttle = throttle

    def dataset(self, user_id: str, id: str) -> None:
        """Delete a dataset; raises Conflict while it is in use."""
        key = self._write_down("dataset", user_id, id)
        try:
            self.datasets.bury(user_id, id)
        except Conflict:
            self.tables.delete(key)
            raise
        self.resume(key)

    def model(self, user_id: str, id: str) -> None:
        """Delete a model with its stored predictions and exports."""
        self.models.get(user_id, id)
        self.resume(self._write_down("model", user_id, id))

    def prediction(self, user_id: str, id: str, model_id: str | None = None) -> None:
        """Delete stored predictions, of that model where one is given."""
        prediction = self.predictions.get(user_id, id, model_id).prediction
        key = self._write_down("prediction", user_id, id, rows.dump(prediction))
        self.predictions.hide(prediction)
        self.resume(key)

    def account(self, user_id: str) -> None:
        """Delete an account with everything it owns. Work that runs loses its lease and ends; what it and requests
        under way write until then goes when the sweeper does this again. The audit log keeps the account's id."""
        self._write_down("account", user_id, user_id)
        self._account(user_id)

    def resume(self, key: str) -> None:
        """Carry out what an `erasure` row says."""
        _, kind, user_id, id = key.split("#")
        if kind == "account":
            if self._account(user_id):
                return
        elif kind == "dataset":
            self._dataset(user_id, id)
        elif kind == "model":
            self._model(user_id, id)
        elif raw := self.tables.get(key):  # It holds what is needed, for the row itself went first.
            if kind == "job":
                self.jobs.erase(rows.load(Job, raw))
            else:
                self.predictions.erase(rows.load(Prediction, raw))
        self.tables.delete(key)

    def _write_down(self, kind: str, user_id: str, id: str, value: bytes = b"") -> str:
        key = rows.key("erasure", kind, user_id, id)
        self.tables.put(key, value)
        return key

    def _dataset(self, user_id: str, id: str) -> None:
        raw = self.tables.get(rows.key("dataset", user_id, id))
        if raw is None:
            return
        dataset = rows.load(Dataset, raw)
        if dataset.state != DELETING:
            return  # It never came to that.
        self.blobs.delete(dataset.blob)
        if dataset.report:
            self.blobs.delete(dataset.report["blob"])
        self.checks.erase(user_id, id)
        for revision in range(1, dataset.revision + 1):
            self.datasets.work.erase(WorkRef("profile", user_id, f"{id}-r{revision}"))
        self.tables.delete(holding_key(user_id, id))
        self.tables.delete(rows.key("dataset", user_id, id))

    def _model(self, user_id: str, id: str) -> None:
        self.models.bury(user_id, id)
        start = rows.prefix("modelwork", user_id, id)
        for row in rows.scan_all(self.tables, start):
            if prediction := self.predictions.find(user_id, row.key.removeprefix(start)):
                self.predictions.erase(prediction)
            self.tables.delete(row.key)
        self.exports.erase(user_id, id)
        raw = self.tables.get(rows.key("model", user_id, id))
        if raw is not None:
            self.models.erase(rows.load(Model, raw))

    def _free_name(self, user_id: str, username: str) -> None:
        """Only while it leads here: a name that was freed before may be somebody else's by now."""
        key = rows.key("login", username.casefold())
        raw = self.tables.get(key)
        if raw is not None and rows.load(Login, raw).user_id == user_id:
            self.tables.delete_if_unchanged(key, raw)

    def _account(self, user_id: str) -> bool:
        """Erase what there is; whether uploads are still coming in, after which it is to be done again."""
        uploading = self._intents(user_id)
        # Credentials first: from here on nobody can sign in or make more.
        for row in rows.scan_all(self.tables, rows.prefix("usercred", user_id)):
            self.tables.delete(rows.key("cred", row.key.rsplit("#", 1)[1]))
        raw = self.tables.get(rows.key("user", user_id))
        if raw is not None:
            username = rows.load(User, raw).username
            self._free_name(user_id, username)
            self.throttle.forget(username.casefold())
        for row in rows.scan_all(self.tables, rows.prefix("job", user_id)):
            self.tables.delete(rows.key("everyjob", row.key.rsplit("#", 1)[1]))
        for kind in WORK_KINDS:
            for family in ("control", "request", "active", "running", "outbox"):
                for row in rows.scan_all(self.tables, rows.prefix(family, kind, user_id)):
                    self.tables.delete(row.key)
        for kind in OWN_KINDS:
            for row in rows.scan_all(self.tables, rows.prefix(kind, user_id)):
                self.tables.delete(row.key)
        for row in rows.scan_all(self.tables, "dead#"):
            if f"#{user_id}#" in (rows.load_json(row.value)["work"] or ""):
                self.tables.delete(row.key)
        blob_intents.delete(self.blobs, f"{user_id}/")
        self.tables.delete(rows.key("user", user_id))
        return uploading

    def _intents(self, user_id: str) -> bool:
        """Take away the intents of the account but those of uploads, which nothing stops; whether there are such."""
        uploads = False
        for row in rows.scan_all(self.tables, "intent#"):
            intent = rows.load(Intent, row.value)
            if intent.blob.startswith(f"{user_id}/datasets/"):
                uploads = True
            elif intent.blob.startswith(f"{user_id}/"):
                self.tables.delete(row.key)
        return uploads
