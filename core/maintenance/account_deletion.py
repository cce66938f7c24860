"""Deletion of an account with all its data, so that a crash in between loses nothing and leaves nothing."""

from __future__ import annotations

from collections.abc import Mapping

from core.accounts.login_throttle import LoginThrottle
from core.domain.users import Login, User
from core.endpoints.scoring import ScoringQueues
from core.ports import Ports
from core.storage import blob_intents, due_rows, rows
from core.storage.blob_intents import Intent
from core.tasks.kinds import TaskKind

OWN_KINDS = (
    "dataset", "stored_bytes", "model", "activity", "dedup", "key", "user_credentials", "idempotency", "slot",
    "listener", "datasetwork", "stored_model_bytes", "endpoint", "version", "change", "announcement",
    "segment", "requestday", "labels", "pipeline", "run", "runnumber", "runtask", "activerun", "followup",
    "incoming", "unsealed", "eventsegment", "eventcursor", "labelcursor", "stored_event_bytes",
    "webhook", "waiting", "delivery", "notification", "notification_head", "notified",
    "secret",
)  # fmt: skip
"""Kinds of rows, `kind#user_id#...`, that belong to an account, besides those of its tasks."""


class AccountDeletion:
    """Deletes the data of an account. Every step may be done twice."""

    def __init__(
        self, ports: Ports, kinds: Mapping[str, TaskKind], throttle: LoginThrottle, scoring: ScoringQueues
    ) -> None:
        self.tables = ports.tables
        self.blobs = ports.blobs
        self.kinds = kinds
        self.throttle = throttle
        self.scoring = scoring

    def run(self, user_id: str) -> bool:
        """Delete all there is; return whether uploads are still coming in, after which it must run again."""
        uploading = self._intents(user_id)
        # Credentials first: from here on nobody can sign in or make more.
        for row in rows.scan_all(self.tables, rows.prefix("user_credentials", user_id)):
            self.tables.delete(rows.key("cred", row.key.rsplit("#", 1)[1]))
        raw = self.tables.get(rows.key("user", user_id))
        if raw is not None:
            username = rows.load(User, raw).username
            self._release_username(user_id, username)
            self.throttle.reset(username.casefold())
        for row in rows.scan_all(self.tables, rows.prefix("job", user_id)):
            self.tables.delete(rows.key("jobs_all", row.key.rsplit("#", 1)[1]))
        for row in rows.scan_all(self.tables, rows.prefix("pipeline", user_id)):
            self.tables.delete(rows.key("hook", row.key.rsplit("#", 1)[1]))
        self._tasks(user_id)
        self.scoring.forget_account(user_id)
        for kind in OWN_KINDS:
            self._delete_all(rows.prefix(kind, user_id))
        due_rows.delete_of_user(self.tables, user_id)
        for row in rows.scan_all(self.tables, "due_webhook#"):
            if f"#{user_id}#" in row.key:
                self.tables.delete(row.key)
        for row in rows.scan_all(self.tables, "dead_letter#"):
            if f"#{user_id}#" in (rows.load_json(row.value)["work"] or ""):
                self.tables.delete(row.key)
        blob_intents.delete_blobs(self.blobs, f"{user_id}/")
        self.tables.delete(rows.key("user", user_id))
        return uploading

    def _tasks(self, user_id: str) -> None:
        for kind in self.kinds.values():
            for family in ("control", "request", "active", "running", "outbox"):
                self._delete_all(rows.prefix(family, kind.name, user_id))
        for kind in self.kinds.values():
            for row_kind in kind.row_kinds:
                self._delete_all(rows.prefix(row_kind, user_id))

    def _delete_all(self, start: str) -> None:
        after = None
        while found := self.tables.scan(start, after=after):
            self.tables.delete_many([row.key for row in found])
            after = found[-1].key

    def _release_username(self, user_id: str, username: str) -> None:
        """Release the name only while it leads to this account: once freed, it may belong to another account by now."""
        key = rows.key("login", username.casefold())
        raw = self.tables.get(key)
        if raw is not None and rows.load(Login, raw).user_id == user_id:
            self.tables.delete_if_unchanged(key, raw)

    def _intents(self, user_id: str) -> bool:
        """Delete the account's intents but those of uploads, which cannot be stopped; return whether there are any."""
        uploads = False
        for row in rows.scan_all(self.tables, "intent#"):
            intent = rows.load(Intent, row.value)
            if intent.blob.startswith((f"{user_id}/datasets/", f"{user_id}/uploaded-models/")):
                uploads = True
            elif intent.blob.startswith(f"{user_id}/"):
                self.tables.delete(row.key)
        return uploads
