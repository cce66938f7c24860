"""Endpoints that predict what comes by message, and their queues.

The queue of an endpoint has its name, so a name is one endpoint's of all accounts: whoever enables messages first has
it, by the row `scoring#<name>`, until the endpoint is deleted. The queues are deleted before the row: nobody inherits
what was sent to somebody else.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.domain.endpoints import Endpoint
from core.domain.users import User
from core.errors import Conflict, TooMany, Unavailable
from core.message_ports import DEAD, Message, MessageQueue
from core.ports import Tables
from core.storage import rows

SCORED = "scored"
"""The queue of answers that nobody has named another one for."""
KEPT = "nobrains-answer"
"""Header of messages that came over the API: their answers wait in a queue of the endpoint's own."""
MAX_WAITING = 10_000
"""Messages of an endpoint that may wait when another one is to be put over the API."""


@dataclass(frozen=True)
class ScoringName:
    """Who has a name's queue: this endpoint of this account."""

    name: str
    user_id: str
    endpoint_id: str


class ScoringQueues:
    """The queues of the endpoints that take messages."""

    def __init__(self, tables: Tables, queue: MessageQueue | None) -> None:
        self.tables = tables
        self._queue = queue

    @property
    def queue(self) -> MessageQueue:
        """The queues' port. Raises Unavailable where there is none."""
        if self._queue is None:
            raise Unavailable("This process has no queues of messages.")
        return self._queue

    def reserve(self, endpoint: Endpoint) -> None:
        """Give the endpoint its queues. Raises Conflict MESSAGES_NAME_TAKEN if another endpoint has their names."""
        mine = ScoringName(endpoint.name, endpoint.user_id, endpoint.id)
        if not rows.write_once(self.tables, _key(endpoint.name), rows.dump(mine), None) and self._of(endpoint) is None:
            detail = f"The queue of {endpoint.name!r} is another account's: choose another name for the endpoint."
            raise Conflict("MESSAGES_NAME_TAKEN", detail, [{"field": "messages", "detail": detail}])
        for queue in (requests(endpoint.name), SCORED):
            self.queue.make(queue)

    def names(self) -> list[ScoringName]:
        """Return the names that are reserved, by accounts that are not locked; messages may be off there."""
        found = [rows.load(ScoringName, row.value) for row in rows.scan_all(self.tables, "scoring#")]
        users = self.tables.get_many(list({rows.key("user", each.user_id) for each in found}))
        locked = {key for key, value in users.items() if rows.load(User, value).locked}
        there = users.keys() - locked
        return [each for each in found if rows.key("user", each.user_id) in there]

    def put(self, endpoint: Endpoint, message: Message) -> None:
        """Put a message into the endpoint's queue, as a publisher does. Raises Conflict, TooMany, Unavailable."""
        self._check_on(endpoint)
        if self.queue.depth(requests(endpoint.name)) >= MAX_WAITING:
            raise TooMany("QUEUE_FULL", f"{MAX_WAITING:,} messages wait already: put more in when they are scored.", 5)
        self.queue.publish(requests(endpoint.name), message)

    def take(self, endpoint: Endpoint, *, dead: bool, limit: int) -> list[Message]:
        """Take answers to messages of the API, or dead letters: each is given out once.

        Raises Conflict MESSAGES_OFF, Unavailable.
        """
        self._check_on(endpoint)
        return self.queue.pop(requests(endpoint.name) + DEAD if dead else answers(endpoint.name), limit)

    def forget(self, name: str, user_id: str, endpoint_id: str | None = None) -> None:
        """Delete the queues of a name, then its row, if it is this account's, and not that endpoint's."""
        raw = self.tables.get(_key(name))
        if raw is None:
            return
        mine = rows.load(ScoringName, raw)
        if mine.user_id != user_id or mine.endpoint_id == endpoint_id:
            return
        for queue in (requests(name), answers(name)):
            self.queue.delete(queue)
        self.tables.delete_if_unchanged(_key(name), raw)

    def forget_account(self, user_id: str) -> None:
        """Delete the queues of all names of an account."""
        for row in rows.scan_all(self.tables, "scoring#"):
            self.forget(row.key.removeprefix("scoring#"), user_id)

    def _check_on(self, endpoint: Endpoint) -> None:
        if not endpoint.messages or self._of(endpoint) is None:
            detail = f"The endpoint {endpoint.name!r} takes no messages: PATCH it with messages: true."
            raise Conflict("MESSAGES_OFF", detail)

    def _of(self, endpoint: Endpoint) -> ScoringName | None:
        raw = self.tables.get(_key(endpoint.name))
        found = None if raw is None else rows.load(ScoringName, raw)
        same = found is not None and (found.user_id, found.endpoint_id) == (endpoint.user_id, endpoint.id)
        return found if same else None


def requests(name: str) -> str:
    """Return the queue in which an endpoint's messages wait."""
    return f"score.{name}"


def answers(name: str) -> str:
    """Return the queue in which answers to messages of the API wait."""
    return f"score.{name}.answers"


def _key(name: str) -> str:
    return rows.key("scoring", name)
