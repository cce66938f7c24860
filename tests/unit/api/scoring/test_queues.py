"""Whose the queue of an endpoint is, as long as it takes messages, and how it is reached over HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from api.scoring.consumer import ScoringConsumer
from core.errors import Conflict
from core.ports import Ports
from core.service import Service
from tests.unit.api.scoring.conftest import BY, QUEUE, ROW, answered, send


def test_only_endpoints_with_messages_on_take_them(
    service: Service, ada_id: str, ports: Ports, income: str, consumer: ScoringConsumer
) -> None:
    service.endpoints.patch(ada_id, income, {"messages": False})
    send(ports, [ROW])
    assert consumer.turn() == 0
    assert ports.messages is not None
    assert ports.messages.depth(QUEUE) == 1


def test_a_name_is_one_accounts_until_its_endpoint_is_deleted_with_all_that_waits(
    service: Service, ada_id: str, ports: Ports, income: str
) -> None:
    eve = service.accounts.sign_up("eve", "correct horse").id
    service.endpoints.create(eve, "income", "user/eve")
    with pytest.raises(Conflict, match="another account"):
        service.endpoints.patch(eve, "income", {"messages": True})
    assert not service.endpoints.get(eve, "income").messages
    send(ports, [ROW])
    service.eraser.endpoint(ada_id, "income")
    service.endpoints.patch(eve, "income", {"messages": True})
    assert ports.messages is not None
    assert ports.messages.depth(QUEUE) == 0


def test_an_account_that_is_deleted_leaves_no_queue(service: Service, ada_id: str, ports: Ports, income: str) -> None:
    send(ports, [ROW])
    service.eraser.account(ada_id)
    assert ports.messages is not None
    assert ports.messages.depth(QUEUE) == 0
    assert service.scoring.names() == []


def test_a_locked_account_has_nothing_predicted(service: Service, ada_id: str, income: str) -> None:
    service.accounts.update(ada_id, lambda user: replace(user, locked=True))
    assert service.scoring.names() == []


def test_over_http_rows_are_put_in_and_answers_taken_out_once(
    client: FlaskClient, ada: dict[str, str], income: str, consumer: ScoringConsumer, ports: Ports
) -> None:
    base = f"/api/v1/endpoints/{income}/messages"
    put = client.post(f"{base}?correlation_id=c1", headers=ada, data="size,colour\n2.5,red\n", content_type="text/csv")
    assert put.status_code == 202
    assert client.post(base, headers=ada, data="{", content_type="application/json").status_code == 202
    consumer.turn()
    (item,) = client.post(f"{base}/take", headers=ada).get_json()["items"]
    assert (item["message_id"], item["correlation_id"]) == (put.get_json()["message_id"], "c1")
    assert json.loads(item["body"])["predictions"] == ["yes"]
    assert client.post(f"{base}/take", headers=ada).get_json()["items"] == []
    (dead,) = client.post(f"{base}/take", headers=ada, json={"dead": True}).get_json()["items"]
    assert (dead["reason"], dead["body"]) == ("MALFORMED_JSON", "{")
    assert answered(ports) == []  # These have a queue of their own.


def test_over_http_nothing_is_put_where_messages_are_off(
    client: FlaskClient, ada: dict[str, str], service: Service, ada_id: str, sign_in: Callable[..., dict[str, str]]
) -> None:
    service.endpoints.create(ada_id, "quiet", BY)
    refused = client.post("/api/v1/endpoints/quiet/messages", headers=ada, json=[ROW])
    assert (refused.status_code, refused.get_json()["reason"]) == (409, "MESSAGES_OFF")
    assert client.post("/api/v1/endpoints/quiet/messages", headers=sign_in("eve"), json=[ROW]).status_code == 404
    wrong = client.patch("/api/v1/endpoints/quiet", headers=ada, json={"messages": "yes"})
    assert wrong.status_code == 422
    on = client.patch("/api/v1/endpoints/quiet", headers=ada, json={"messages": True})
    assert on.get_json()["messages"] is True
