"""Tell a user's programs, mail addresses and page what has happened to what is theirs."""

from __future__ import annotations

from collections.abc import Collection

from core.domain.ids import now
from core.domain.notifications import Notification
from core.domain.records import Json
from core.notifications.listeners import Listeners
from core.notifications.log import NotificationLog
from core.notifications.outbox import Outbox
from core.ports import Tables
from core.settings import Settings
from core.storage import rows


def has_exchange(settings: Settings) -> bool:
    """Return whether notifications are published to an exchange of the broker, too."""
    return settings.queue == "rabbitmq" and bool(settings.events_exchange)


class Notifications:
    """Writes notifications, and has them delivered. Who delivers them is `core.notifications.dispatcher`."""

    def __init__(self, tables: Tables, settings: Settings) -> None:
        self.tables = tables
        self.log = NotificationLog(tables)
        self.outbox = Outbox(tables)
        self.listeners = Listeners(tables, self.outbox, exchange=has_exchange(settings))

    def emit(
        self, user_id: str, type: str, data: Json, *, id: str, endpoint: str | None = None, to: Collection[str] = ()
    ) -> None:
        """Tell of something that has happened.

        It is durable on return. Telling of it again, with the same id, adds nothing; after a crash, or Unavailable, it
        does what was not done. So whoever sees that something has happened tells of it in a step that is repeated until
        it succeeds, such as `TaskKind.on_finished`.

        Args:
            user_id: to whom it has happened.
            type: such as `job.succeeded`.
            data: what is to be known of it; small, for everybody with the right to read.
            id: the caller's own name for this very event, unique to the user.
            endpoint: name of the endpoint that it is about; it becomes `data["endpoint"]`, too.
            to: ids of webhooks, or mail addresses of webhooks, that are told whichever types they want.
        """
        event_id = f"evt_{rows.digest(f'{user_id} {id}')[:32]}"
        key = rows.key("notified", user_id, event_id)
        state = self._state(key)
        if state is not None and state["done"]:
            return
        notification = None if state is None else self.log.find(user_id, state["seq"])
        if notification is None:
            data = data if endpoint is None else {**data, "endpoint": endpoint}
            notification = self.log.append(user_id, Notification(event_id, 0, type, now(), data, endpoint))
        ids = list(self.listeners.of(user_id, notification, to))
        begun: Json = {"seq": notification.seq, "at": notification.at, "done": not ids}
        if state is None and not self.tables.put_if_absent(key, rows.dump(begun)):
            # Somebody else tells of the same at this moment.
            first: int = (self._state(key) or begun)["seq"]
            if first != notification.seq:
                self.log.withdraw(user_id, notification.seq)
                notification = self.log.find(user_id, first) or notification
        for webhook_id in ids:
            self.outbox.add(user_id, webhook_id, notification)
        if ids:
            self.tables.put(key, rows.dump({**begun, "seq": notification.seq, "done": True}))

    def _state(self, key: str) -> Json | None:
        raw = self.tables.get(key)
        return None if raw is None else dict(rows.load_json(raw))
