"""Deletion of objects with many rows and blobs, so that a crash in between loses nothing and leaves nothing.

An erasure is written down first, carried out (each step may be done twice), and then crossed out; the sweeper carries
out those that were interrupted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from core.domain.ids import new_id
from core.domain.records import Prediction
from core.errors import Conflict
from core.maintenance.account_deletion import AccountDeletion
from core.maintenance.dataset_deletion import DatasetDeletion
from core.maintenance.endpoint_deletion import REQUESTS, EndpointDeletion
from core.maintenance.model_deletion import ModelDeletion
from core.models.stored_predictions import Predictions
from core.ports import Tables
from core.storage import rows


class CascadeDeleter:
    """Carries out deletions."""

    def __init__(
        self, tables: Tables, datasets: DatasetDeletion, models: ModelDeletion, predictions: Predictions,
        endpoints: EndpointDeletion, accounts: AccountDeletion, records: Mapping[str, Callable[[bytes], None]],
    ) -> None:  # fmt: skip
        self.tables = tables
        self.datasets = datasets
        self.models = models
        self.predictions = predictions
        self.endpoints = endpoints
        self.accounts = accounts
        self.records = records
        """What deletes the rest of an object whose own row is gone: its erasure holds the whole record."""

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
        """Delete a model with its stored predictions and exports; raises Conflict while a version uses it."""
        self.models.check_deletable(user_id, id)
        key = self._record("model", user_id, id)
        try:
            self.models.mark_deleted(user_id, id)
        except Conflict:
            self.tables.delete(key)
            raise
        self.models.run(user_id, id)
        self.tables.delete(key)

    def prediction(self, user_id: str, id: str, model_id: str | None = None) -> None:
        """Delete stored predictions, of that model if one is given."""
        prediction = self.predictions.get(user_id, id, model_id).prediction
        key = self._record("prediction", user_id, id, rows.dump(prediction))
        self.predictions.unlist(prediction)
        self.resume(key)

    def endpoint(self, user_id: str, name: str, if_revision: int | None = None) -> None:
        """Delete an endpoint with its versions and its log; their models stay.

        The name can be used again at once. What requests under way write until then is deleted when the sweeper does
        this again. Raises NotFound, and Conflict ENDPOINT_IN_USE while a pipeline feeds it.
        """
        self.endpoints.check_deletable(user_id, name)
        self._record("endpoint", user_id, name, new_id().encode())
        self.endpoints.mark_deleted(user_id, name, if_revision)
        self.endpoints.run(user_id, name)

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
        raw = self.tables.get(key)
        if raw is None:
            return
        if kind == "account":
            if self.accounts.run(user_id):
                return
        elif kind == "dataset":
            self.datasets.run(user_id, id)
        elif kind == "model":
            self._model(user_id, id)
        elif kind == "endpoint":
            self.endpoints.run(user_id, id)
        elif kind == REQUESTS:
            self.endpoints.erase_requests(user_id, id, raw.decode())
        elif kind in self.records:
            self.records[kind](raw)
        else:
            self.predictions.delete_rows(rows.load(Prediction, raw))
        self.tables.delete_if_unchanged(key, raw)  # An endpoint of the same name may be deleted by now, too.

    def _model(self, user_id: str, id: str) -> None:
        try:
            self.models.mark_deleted(user_id, id)
        except Conflict:
            return  # The deletion was never begun, or came too late.
        self.models.run(user_id, id)

    def _record(self, kind: str, user_id: str, id: str, value: bytes = b"") -> str:
        key = rows.key("erasure", kind, user_id, id)
        self.tables.put(key, value)
        return key
