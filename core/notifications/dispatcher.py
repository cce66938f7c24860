"""Deliver what is due: each webhook by itself, so that one that hangs holds up none but itself.

A look at a webhook is a turn: it takes the `due_webhook` row away, after it has put one for later that would have
somebody look again if this process ended; it tries what is due, one after the other; and it puts the row of the next
time. A try is counted, and the time of the next one written, before anything is sent: so whatever ends in between is
tried again, and of two processes one has the try.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import structlog

from core.domain.ids import rfc3339
from core.domain.notifications import DELIVERED, EXCHANGE, FAILED, WAITING, Delivery, Notification, Webhook
from core.errors import Unavailable
from core.notifications.channels import Channels, Outcome
from core.notifications.outbox import delivery_key
from core.notifications.webhook_health import WebhookHealth
from core.notifications.webhooks import CONFIRM, Webhooks
from core.observability.metrics import DELIVERY_TRIES
from core.observability.outage_log import OutageLog
from core.ports import Row
from core.storage import rows

RETRY_AFTER_S = (5, 60, 600, 3600, 6 * 3600, 24 * 3600)
"""Seconds after a try that failed until the next one; the first is made at once."""
EXCHANGE_RETRY_AFTER_S = (5, 15, 30, *[60] * 10, *RETRY_AFTER_S[2:])
"""The same for the exchange: a broker that is started anew is back in minutes, and disturbs nobody by being asked."""
TURN_LEASE_S = 120
BATCH = 20
PAUSE_S = 1.0
FAILURE_PAUSE_S = 5.0
"""Seconds until a webhook has its next turn: after a full one, and after a try that failed."""
THREADS = 32
TURNS_PER_USER = 4
POLL_S = 0.5
MAX_ATTEMPTS = 30
"""Tries that a delivery's log keeps."""

log = structlog.get_logger(__name__)


class Dispatcher:
    """Delivers until it is stopped; any number of processes may do so at the same time."""

    def __init__(
        self, webhooks: Webhooks, channels: Channels, health: WebhookHealth,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:  # fmt: skip
        self.webhooks = webhooks
        self.tables = webhooks.tables
        self.outbox = webhooks.outbox
        self.log = webhooks.notifications.log
        self.channels = channels
        self.health = health
        self.clock = clock
        self.over = threading.Event()
        self.outage = OutageLog("dispatcher")
        self._lock = threading.Lock()
        self._busy: set[tuple[str, str]] = set()

    def stop(self) -> None:
        """Begin nothing new. Safe in a signal handler."""
        self.over.set()

    def run(self, alive: Callable[[], None] = lambda: None) -> None:
        """Deliver until `stop`; what is being sent then is sent. `alive` is called again and again."""
        with ThreadPoolExecutor(THREADS, thread_name_prefix="deliver") as pool:
            while not self.over.is_set():
                alive()
                try:
                    self._start_turns(pool)
                except Unavailable as exc:
                    self.outage.unavailable(exc)
                else:
                    self.outage.available()
                self.over.wait(POLL_S)

    def run_due(self) -> int:
        """Have one turn of each webhook that has something due, in this thread; return how many there were."""
        found = list(self.outbox.due(self._at()))
        for row, user_id, webhook_id in found:
            self._turn(row, user_id, webhook_id)
        return len(found)

    def _start_turns(self, pool: ThreadPoolExecutor) -> None:
        with self._lock:
            per_user = Counter(user_id for user_id, _ in self._busy)
        for row, user_id, webhook_id in self.outbox.due(self._at()):
            key = (user_id, webhook_id)
            with self._lock:
                if len(self._busy) >= THREADS or self.over.is_set():
                    return
                if key in self._busy or per_user[user_id] >= TURNS_PER_USER:
                    continue
                self._busy.add(key)
                per_user[user_id] += 1
            pool.submit(self._turn_of_thread, row, *key)

    def _turn_of_thread(self, row: Row, user_id: str, webhook_id: str) -> None:
        try:
            self._turn(row, user_id, webhook_id)
        except Unavailable as exc:
            self.outage.unavailable(exc)
        except Exception:
            log.exception("dispatcher.failed", user_id=user_id, webhook_id=webhook_id)
        finally:
            with self._lock:
                self._busy.discard((user_id, webhook_id))

    def _turn(self, row: Row, user_id: str, webhook_id: str) -> None:
        again = self.outbox.wake(user_id, webhook_id, self._at(TURN_LEASE_S))
        if not self.tables.delete_if_unchanged(row.key, row.value):
            return  # Another process has this turn; what was put for later finds nothing to do, or what that one left.
        pause_s = self._try_due(user_id, webhook_id)
        if waiting := self.outbox.waiting(user_id, webhook_id, 1):
            self.outbox.wake(user_id, webhook_id, max(waiting[0][0], self._at(pause_s)))
        self.tables.delete(again.key)

    def _try_due(self, user_id: str, webhook_id: str) -> float:
        """Try what is due; return the seconds for which nothing more is to be tried."""
        for due, id in self.outbox.waiting(user_id, webhook_id, BATCH):
            webhook = None if webhook_id == EXCHANGE else self.webhooks.find(user_id, webhook_id)
            if webhook is None and webhook_id != EXCHANGE:
                self.webhooks.forget(user_id, webhook_id)
                return 0.0
            if due > self._at() or self.over.is_set():
                return 0.0
            outcome = self._try(user_id, webhook_id, webhook, due, id)
            if outcome is not None and not outcome.delivered:
                return FAILURE_PAUSE_S
        return PAUSE_S

    def _try(self, user_id: str, webhook_id: str, webhook: Webhook | None, due: str, id: str) -> Outcome | None:
        """Try a delivery if it is to be tried now; None if it is not."""
        key = delivery_key(user_id, webhook_id, id)
        raw = self.tables.get(key)
        delivery = None if raw is None else rows.load(Delivery, raw)
        if raw is None or delivery is None or delivery.state != WAITING or delivery.due != due:
            self.outbox.unschedule(user_id, webhook_id, id, due)
            return None
        notification = self.log.find(user_id, delivery.seq)
        if notification is None or (webhook is not None and not _may_get(webhook, notification)):
            self.tables.put_if_unchanged(key, rows.dump(replace(delivery, state=FAILED)), raw)
            self.outbox.unschedule(user_id, webhook_id, id, due)
            return None
        waits_s = _waits_s(webhook_id)
        wait_s = waits_s[delivery.tries] if delivery.tries < len(waits_s) else TURN_LEASE_S
        begun = replace(delivery, tries=delivery.tries + 1, due=self._at(wait_s))
        self.outbox.schedule(user_id, webhook_id, id, begun.due)
        if not rows.compare_and_set(self.tables, key, rows.dump(begun), raw):
            return None  # Another process has this try.
        self.outbox.unschedule(user_id, webhook_id, id, due)
        at, began_s = self._at(), time.monotonic()
        outcome = self._send(user_id, webhook, notification)
        DELIVERY_TRIES.labels("delivered" if outcome.delivered else "failed").inc()
        self._settle(key, user_id, begun, outcome, _attempt(at, time.monotonic() - began_s, outcome))
        if webhook is not None and notification.type != CONFIRM:
            self.health.record(webhook, outcome, self.clock())
        log.info("webhook.tried", webhook_id=webhook_id, event_id=notification.id, status=outcome.status,
                 delivered=outcome.delivered)  # fmt: skip
        return outcome

    def _send(self, user_id: str, webhook: Webhook | None, notification: Notification) -> Outcome:
        if webhook is not None:
            return self.channels.send(webhook, notification)
        try:
            return self.channels.publish(user_id, notification)
        except Unavailable as exc:
            return Outcome(False, error={"reason": "UNAVAILABLE", "detail": str(exc)})

    def _settle(self, key: str, user_id: str, begun: Delivery, outcome: Outcome, attempt: dict[str, object]) -> None:
        """Write what became of a try. A delivery that its user has begun anew meanwhile goes on."""
        is_over = outcome.delivered or outcome.gone or begun.tries > len(_waits_s(begun.webhook_id))

        def settled(found: Delivery | None) -> Delivery | None:
            if found is None or (found.attempts and found.attempts[-1] == attempt):
                return None
            state = (DELIVERED if outcome.delivered else FAILED) if is_over and found.due == begun.due else found.state
            return replace(found, state=state, attempts=[*found.attempts, attempt][-MAX_ATTEMPTS:])

        rows.update(self.tables, key, Delivery, settled)
        if is_over:
            self.outbox.unschedule(user_id, begun.webhook_id, begun.id, begun.due)

    def _at(self, after_s: float = 0.0) -> str:
        return rfc3339(self.clock() + timedelta(seconds=after_s))


def _waits_s(webhook_id: str) -> tuple[int, ...]:
    return EXCHANGE_RETRY_AFTER_S if webhook_id == EXCHANGE else RETRY_AFTER_S


def _may_get(webhook: Webhook, notification: Notification) -> bool:
    return webhook.is_active or (notification.type == CONFIRM and webhook.disabled is None)


def _attempt(at: str, took_s: float, outcome: Outcome) -> dict[str, object]:
    return {
        "at": at, "status": outcome.status, "error": outcome.error, "answer": outcome.answer,
        "ms": round(1000 * took_s),
    }  # fmt: skip
