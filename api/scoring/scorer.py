"""Messages in, answers out: those of one endpoint are predicted in one go where that changes no answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import orjson
import structlog

from api.http.bodies.instances import MAX_INSTANCES
from api.middleware.rate_limits import Limits
from api.scoring.message_rows import JSON, MessageRows, ids_of, read_rows
from api.scoring.permission import check_permission
from api.serving.rows import Rows
from api.serving.serving import Serving
from api.serving.versions.served_version import Part, Predicted, ServedVersion
from core.domain.records import Json
from core.endpoints.scoring import KEPT, SCORED, ScoringName, answers
from core.errors import NotFound, RequestError, StorageFull, Unavailable
from core.message_ports import HeldMessage, Message, MessageQueue
from core.messages.dead_letters import put_aside
from core.observability.metrics import SCORED_MESSAGES
from core.service import Service

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Readable:
    """A message whose rows can be read."""

    held: HeldMessage
    rows: MessageRows
    ids: list[str]


class Scorer:
    """Predicts messages and acknowledges each once its answer, or its dead letter, is safe."""

    def __init__(self, service: Service, serving: Serving, queue: MessageQueue, limits: Limits) -> None:
        self.service = service
        self.serving = serving
        self.queue = queue
        self.limits = limits
        self._counted: dict[int, HeldMessage] = {}
        """By their identity those that count against their keys' limits: what is scored again counts once."""

    def score(self, whose: ScoringName, messages: Sequence[HeldMessage]) -> None:
        """Answer the messages of one endpoint. Raises Unavailable: those that are still held are to be scored again."""
        if not self._exists(whose):
            for held in messages:  # As all else that was in its queue: it may be somebody else's before long.
                held.ack()
            return
        self._counted = {id: held for id, held in self._counted.items() if held.is_held}
        readable = []
        for held in messages:
            try:
                served = self.serving.locate(whose.user_id, whose.name)
                readable.append(self._read(served, held))
            except Unavailable:
                raise
            except Exception as exc:
                self._dead_letter(held, exc)
        for batch in _batches(readable):
            self._answer(self.serving.locate(whose.user_id, whose.name), batch)

    def _exists(self, whose: ScoringName) -> bool:
        try:
            return self.serving.known.endpoint(whose.user_id, whose.name).id == whose.endpoint_id
        except NotFound:
            return False

    def _read(self, served: ServedVersion, held: HeldMessage) -> Readable:
        principal = check_permission(self.service, served.endpoint, held.message)
        if principal is not None and id(held) not in self._counted:
            self.limits.hit_key(principal)
            self._counted[id(held)] = held
        rows = read_rows(
            held.message, served.record, self.serving.columns_read(served), self.service.settings.max_columns
        )
        ids = ids_of(held.message, served.endpoint.id, rows.n) or self.serving.ids.make(rows.n)
        return Readable(held, rows, ids)

    def _answer(self, served: ServedVersion, batch: list[Readable]) -> None:
        together = self._together(served, batch)
        for i, each in enumerate(batch):
            try:
                predicted = together[i] if together else self._predict(served, [each])
            except Unavailable:
                raise
            except Exception as exc:
                self._dead_letter(each.held, exc)
                continue
            document = predicted.to_json(probabilities=each.rows.probabilities)
            if each.rows.warnings:
                document["warnings"] = [*document.get("warnings", ()), *each.rows.warnings]
            self._send(served.endpoint.name, each.held, document)

    def _together(self, served: ServedVersion, batch: list[Readable]) -> list[Predicted] | None:
        """Predict all at once; None if each has to be predicted for itself, as one of them may be what is wrong."""
        if len(batch) == 1 or served.endpoint.traffic.split or any(each.rows.strict for each in batch):
            return None
        try:
            predicted = self._predict(served, batch)
        except Unavailable:
            raise
        except Exception:  # Whose it is shows when each is predicted for itself.
            return None
        return None if predicted.warnings else list(_apart(predicted, [each.rows.n for each in batch]))

    def _predict(self, served: ServedVersion, batch: list[Readable]) -> Predicted:
        names = dict.fromkeys(name for each in batch for name in each.rows.columns)
        columns: dict[str, list[Any]] = {
            name: [cell for each in batch for cell in each.rows.columns.get(name) or [None] * each.rows.n]
            for name in names
        }
        ids = [id for each in batch for id in each.ids]
        only = batch[0].rows
        keys = only.keys if len(batch) == 1 else None
        rows = Rows(columns, len(ids), keys, ids, partial(_without, batch))
        return self.serving.predict(served, rows, strict=len(batch) == 1 and only.strict)

    def _send(self, name: str, held: HeldMessage, document: Json) -> None:
        request = held.message
        answer = Message(
            orjson.dumps({"endpoint": name, **document}), JSON, request.id, "", request.correlation_id,
            {"nobrains-endpoint": name},
        )  # fmt: skip
        try:
            if request.reply_to:
                if not self.queue.reply(request.reply_to, answer):
                    raise RequestError("NO_REPLY_QUEUE", f"You have no queue {request.reply_to[:200]!r}.")
            else:
                self.queue.publish(answers(name) if KEPT in request.headers else SCORED, answer)
        except (RequestError, StorageFull) as exc:
            self._dead_letter(held, exc)
        else:
            held.ack()
            SCORED_MESSAGES.labels("answered").inc()

    def _dead_letter(self, held: HeldMessage, why: Exception) -> None:
        """Put the message aside, with the reason; what only the log may say stays there."""
        if isinstance(why, RequestError):
            reason, detail = why.reason, str(why)
        elif isinstance(why, StorageFull):
            reason, detail = "ANSWERS_FULL", "The queue of answers is full: nobody reads it."
        else:
            log.error("scoring.message_failed", queue=held.queue, message_id=held.message.id[:100], exc_info=why)
            reason, detail = "INTERNAL", "The message could not be predicted; the service's log says why."
        put_aside(self.queue, held, reason, detail)
        SCORED_MESSAGES.labels("dead").inc()


def _without(batch: Sequence[Readable], name: str) -> list[int]:
    """Return the places of the rows that were sent without a column, among the rows of all messages."""
    found: list[int] = []
    begin = 0
    for each in batch:
        lacks = each.rows.lacks
        found += [begin + row for row in (lacks(name) if lacks else ())]
        begin += each.rows.n
    return found


def _batches(messages: Sequence[Readable]) -> Iterator[list[Readable]]:
    """Yield messages of together as many rows as one request may have."""
    batch: list[Readable] = []
    n = 0
    for each in messages:
        # What a message lacks of a column is a warning for that message alone, or an error.
        same = not batch or batch[0].rows.columns.keys() == each.rows.columns.keys()
        if batch and (n + each.rows.n > MAX_INSTANCES or not same):
            yield batch
            batch, n = [], 0
        batch.append(each)
        n += each.rows.n
    if batch:
        yield batch


def _apart(predicted: Predicted, sizes: Sequence[int]) -> Iterator[Predicted]:
    """Yield each message's share of what one version has predicted."""
    begin = 0
    for n in sizes:
        rows = slice(begin, begin + n)
        further = dict(predicted.further)
        if "formatted" in further:
            further["formatted"] = further["formatted"][rows]
        yield replace(
            predicted,
            raw=predicted.raw[rows],
            predictions=predicted.predictions[rows],
            prediction_ids=predicted.prediction_ids[rows],
            further=further,
            parts=[Part(predicted.served, range(n))],
        )
        begin += n
