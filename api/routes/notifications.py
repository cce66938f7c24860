"""Everything that happens to what is the caller's, as it happens: Server-Sent Events."""

from __future__ import annotations

from typing import Any

from flask import Response

from api.context import current_principal, current_service, current_user
from api.http.blueprint import Blueprint
from api.http.sse import event_stream, last_event_id
from api.routes.events import EventsQuery, listen
from core.domain.notifications import Notification
from core.domain.trainings import Event
from core.notifications.log import NotificationLog

blueprint = Blueprint("notifications", __name__, description="What has happened, of all kinds, as it happens.")


@blueprint.route("/events", methods=["GET"])
@blueprint.arguments(EventsQuery, location="query")
@blueprint.alt_response(200, schema={"type": "string"}, content_type="text/event-stream")
def stream_notifications(query: dict[str, Any]) -> Response:
    """Server-Sent Events: what webhooks are told, from now on or after `Last-Event-ID`; 0 is all that is kept."""
    source = UserEvents(current_user().id, current_service().notifications.log)
    newest = source.start()
    after_seq = last_event_id(query["last_event_id"])
    subscription = listen(source, newest if after_seq is None else after_seq)
    # It is open for hours: a credential that is revoked meanwhile ends it.
    credentials, principal = current_service().accounts.credentials, current_principal()
    return event_stream(
        subscription,
        begin_at=newest if after_seq is None else None,
        check=lambda: credentials.check_alive(principal),
    )


class UserEvents:
    """The notifications of a user; never over."""

    poll_s = 1.0

    def __init__(self, user_id: str, log: NotificationLog) -> None:
        self.key: tuple[str, ...] = ("notifications", user_id)
        self._user_id = user_id
        self._log = log

    def start(self) -> int:
        """Return the number of the newest: few clients want the ones before."""
        return self._log.last(self._user_id)

    def read(self, after_seq: int) -> tuple[list[Event], bool]:
        """Return the notifications after that one."""
        return [_event(each) for each in self._log.read(self._user_id, after_seq)], False


def _event(notification: Notification) -> Event:
    data = {"id": notification.id, "type": notification.type, "data": notification.data}
    return Event(notification.seq, 0, notification.type, notification.at, data)
