"""The thread of a predictor that has messages predicted, beside HTTP, for all endpoints that want it."""

from __future__ import annotations

import time

import structlog
from flask import Flask

from api.middleware.rate_limits import LIMITS, Limits
from api.scoring.pace import Pace
from api.scoring.scorer import Scorer
from api.serving.serving import EXTENSION, Serving
from core.endpoints.scoring import ScoringName, requests
from core.errors import NotFound, Unavailable
from core.message_ports import HeldMessage
from core.messages.loop import MessageLoop
from core.service import Service

LOOK_S = 1.0
"""Seconds between looks for endpoints that have messages on."""
MAX_MESSAGES = 64
"""Messages taken at once; what waits meanwhile waits for the next turn."""

log = structlog.get_logger(__name__)


class ScoringConsumer:
    """Takes messages, has them answered, and goes on after a broker or tables were away."""

    def __init__(self, service: Service, serving: Serving, limits: Limits) -> None:
        self.service = service
        self.serving = serving
        self.scorer = Scorer(service, serving, service.scoring.queue, limits)
        self.pace = Pace(limits.predictions)
        self.loop = MessageLoop("scoring", self.turn)
        self._names: dict[str, ScoringName] = {}
        self._admitted: list[tuple[ScoringName, HeldMessage]] = []
        self._waiting: list[tuple[ScoringName, HeldMessage]] = []
        """Taken off a queue before its account's limit was known to be reached."""
        self._look_at_s = 0.0

    def start(self) -> None:
        """Start the thread."""
        self.loop.start()

    def stop(self) -> None:
        """Stop once what was taken is answered; call it before the back ends are closed."""
        self.loop.stop()

    def turn(self) -> int:
        """Answer what is there, waiting a little for it; return the number of messages.

        Raises Unavailable: what could not be answered is tried again by the next turn.
        """
        self._look()
        self._admitted = [(whose, held) for whose, held in self._admitted if held.is_held]
        if not self._admitted:
            self._admit()
        by_name: dict[ScoringName, list[HeldMessage]] = {}
        for whose, held in self._admitted:
            by_name.setdefault(whose, []).append(held)
        for whose, messages in by_name.items():
            self.scorer.score(whose, messages)
        n = len(self._admitted)
        self._admitted = []
        return n

    def _admit(self) -> None:
        """Take messages, and leave those of accounts that have reached their limit where they are, or aside."""
        found = [(whose, held) for whose, held in self._waiting if held.is_held]
        self._waiting = []
        if all(self.pace.waits(whose.user_id) for whose, _ in found):
            names = [name for name, whose in self._names.items() if not self.pace.waits(whose.user_id)]
            if names:
                taken = self.service.scoring.queue.take(names, MAX_MESSAGES, LOOK_S)
                found += [(self._names[held.queue], held) for held in taken]
            else:
                self.loop.stopping.wait(LOOK_S)
        for whose, held in found:
            (self._admitted if self.pace.admit(whose.user_id) else self._waiting).append((whose, held))

    def _look(self) -> None:
        if time.monotonic() < self._look_at_s:
            return
        try:
            self._names = {requests(each.name): each for each in self.service.scoring.names() if self._is_on(each)}
        except Unavailable as exc:  # What is known goes on, as for requests.
            log.warning("scoring.tables_away", error=str(exc)[:300])
        self._look_at_s = time.monotonic() + LOOK_S

    def _is_on(self, name: ScoringName) -> bool:
        try:
            endpoint = self.serving.known.endpoint(name.user_id, name.name)
        except NotFound:
            return False
        return endpoint.messages and endpoint.id == name.endpoint_id


def start_scoring(app: Flask, service: Service) -> ScoringConsumer:
    """Start the thread of this app's process."""
    consumer = ScoringConsumer(service, app.extensions[EXTENSION], app.extensions[LIMITS])
    consumer.start()
    return consumer
