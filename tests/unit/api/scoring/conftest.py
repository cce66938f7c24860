"""An endpoint that takes messages, and what predicts them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask

from api.middleware.rate_limits import LIMITS
from api.scoring.consumer import ScoringConsumer
from api.serving.serving import EXTENSION
from core.message_ports import DEAD, Message
from core.ports import Ports
from core.service import Service
from tests.unit.api.trained import store

QUEUE = "score.income"
ROW = {"size": 2.5, "colour": "red"}
BY = "user/ada"


@pytest.fixture
def income(service: Service, ada_id: str) -> str:
    """An endpoint that takes messages."""
    service.endpoints.create(ada_id, "income", BY, model_id=store(service, ada_id).id)
    service.endpoints.patch(ada_id, "income", {"messages": True})
    return "income"


@pytest.fixture
def consumer(app: Flask, service: Service) -> ScoringConsumer:
    """What a predictor has, without its thread."""
    return ScoringConsumer(service, app.extensions[EXTENSION], app.extensions[LIMITS])


def send(ports: Ports, body: Any, **said: Any) -> None:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    assert ports.messages is not None
    ports.messages.publish(QUEUE, Message(raw, **said))


def answered(ports: Ports, queue: str = "scored") -> list[Message]:
    assert ports.messages is not None
    return ports.messages.pop(queue, 100)


def reasons(ports: Ports) -> list[str]:
    return [dead.headers["nobrains-reason"] for dead in answered(ports, QUEUE + DEAD)]
