"""Deliveries over real connections: signed, tried again as documented, and each webhook by itself."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest

from core.domain.notifications import DELIVERED, FAILED, WAITING
from core.errors import Unavailable
from core.notifications.dispatcher import RETRY_AFTER_S
from core.storage import rows
from tests.unit.core.notifications.conftest import USER, Telling
from tests.unit.core.notifications.receivers import Receiver, receiver
from tests.waiting import wait_for

DAY_S = 24 * 3600


@pytest.fixture
def receive() -> Iterator[Callable[..., Receiver]]:
    with ExitStack() as opened:
        yield lambda *statuses, **more: opened.enter_context(receiver(*statuses, **more))


def test_a_delivery_is_signed_as_the_standard_says(telling: Telling, receive: Callable[..., Receiver]) -> None:
    there = receive()
    webhook, secret = telling.webhook(there.url)
    telling.emit()
    telling.deliver()
    (request,) = there.received
    (notification,) = telling.notifications()
    said = request.verified(secret)
    assert said == {"type": "job.succeeded", "timestamp": notification.at, "data": {"job_id": "job/j1"}}
    (delivery,) = telling.deliveries(webhook)
    assert request.headers["webhook-id"] == delivery.event_id == notification.id
    assert delivery.state == DELIVERED
    assert [each["status"] for each in delivery.attempts] == [200]
    assert not list(rows.scan_all(telling.ports.tables, "waiting#"))
    assert not list(rows.scan_all(telling.ports.tables, "due_webhook#"))


def test_what_fails_is_tried_again_as_documented_with_the_same_id(
    telling: Telling, receive: Callable[..., Receiver]
) -> None:
    there = receive(500)
    webhook, secret = telling.webhook(there.url)
    telling.emit()
    telling.deliver()
    for tries, wait_s in enumerate(RETRY_AFTER_S, 1):
        assert len(there.received) == tries
        telling.deliver(wait_s - 2.0)
        assert len(there.received) == tries, f"try {tries + 1} came too early"
        telling.deliver(2.5)
    assert len(there.received) == 7
    assert len({each.headers["webhook-id"] for each in there.received}) == 1
    assert all(each.verified(secret) for each in there.received[-1:])
    (delivery,) = telling.deliveries(webhook)
    assert (delivery.state, len(delivery.attempts)) == (FAILED, 7)
    telling.deliver(10 * DAY_S)
    assert len(there.received) == 7


def test_a_try_that_succeeds_ends_it(telling: Telling, receive: Callable[..., Receiver]) -> None:
    there = receive(503, 301, 204)
    webhook, _ = telling.webhook(there.url)
    telling.emit()
    telling.deliver()
    assert telling.service.webhooks.get(USER, webhook.id).failing_since is not None
    telling.deliver(6)
    telling.deliver(61)
    telling.deliver(10 * DAY_S)
    (delivery,) = telling.deliveries(webhook)
    assert [each["status"] for each in delivery.attempts] == [503, 301, 204]
    assert delivery.state == DELIVERED
    assert telling.service.webhooks.get(USER, webhook.id).failing_since is None


def test_a_receiver_that_is_gone_is_told_nothing_more(telling: Telling, receive: Callable[..., Receiver]) -> None:
    there = receive(410)
    webhook, _ = telling.webhook(there.url)
    telling.emit()
    telling.emit("job/j2")
    telling.deliver()
    telling.deliver(10 * DAY_S)
    assert len(there.received) == 1
    assert [each.state for each in telling.deliveries(webhook)] == [FAILED, FAILED]
    found = telling.service.webhooks.get(USER, webhook.id)
    assert found.disabled is not None
    assert found.disabled["reason"] == "GONE"


def test_a_day_of_failures_switches_it_off_and_says_so(telling: Telling, receive: Callable[..., Receiver]) -> None:
    there, other = receive(500), receive()
    webhook, _ = telling.webhook(there.url, "job.*")
    telling.webhook(other.url, "webhook.*")
    telling.emit()
    telling.deliver()
    telling.deliver(DAY_S)
    telling.emit("job/j2")
    telling.deliver(1)
    found = telling.service.webhooks.get(USER, webhook.id)
    assert found.disabled is not None
    assert found.disabled["reason"] == "FAILING"
    assert [each.type for each in telling.notifications()].count("webhook.disabled") == 1
    telling.deliver(1)
    assert len(other.received) == 1
    assert telling.service.activity.page(USER, 10).items[0].action == "webhook.disabled"
    before = len(there.received)
    telling.deliver(10 * DAY_S)
    assert len(there.received) == before
    telling.service.webhooks.patch(USER, webhook.id, {"enabled": True})
    assert telling.service.webhooks.get(USER, webhook.id).is_active


def test_a_redirect_inside_is_never_followed(telling: Telling, receive: Callable[..., Receiver]) -> None:
    inside = receive()
    there = receive(302, location=inside.url)
    webhook, _ = telling.webhook(there.url)
    telling.emit()
    telling.deliver()
    assert not inside.received
    (delivery,) = telling.deliveries(webhook)
    assert [each["status"] for each in delivery.attempts] == [302]
    assert delivery.state == WAITING


def test_one_that_hangs_holds_up_none_but_itself(telling: Telling, receive: Callable[..., Receiver]) -> None:
    hanging, well = [receive(0) for _ in range(3)], receive()
    for there in (*hanging, well):
        telling.webhook(there.url)
    for number in range(5):
        telling.emit(f"job/{number}")
    thread = threading.Thread(target=telling.dispatcher.run)
    thread.start()
    wait_for(lambda: len(well.received) == 5)
    assert all(len(there.received) <= 3 for there in hanging)
    telling.dispatcher.stop()
    thread.join()


def test_many_accounts_get_turns_beside_one_with_many_webhooks(
    telling: Telling, receive: Callable[..., Receiver]
) -> None:
    hanging, well = receive(0), receive()
    for _ in range(20):
        telling.webhook(hanging.url)
    telling.emit()
    telling.service.webhooks.create("u2", well.url, ["*"])
    telling.service.notifications.emit("u2", "job.failed", {}, id="j")
    thread = threading.Thread(target=telling.dispatcher.run)
    thread.start()
    wait_for(lambda: well.received)
    telling.dispatcher.stop()
    hanging.over.set()
    thread.join()


def test_who_is_not_there_is_tried_again(telling: Telling, receive: Callable[..., Receiver]) -> None:
    with receiver() as there:
        webhook, _ = telling.webhook(there.url)
    telling.emit()
    telling.deliver()
    (delivery,) = telling.deliveries(webhook)
    assert delivery.attempts[0]["error"]["reason"] == "CONNECTION_FAILED"
    assert delivery.attempts[0]["status"] is None
    assert delivery.state == WAITING


@pytest.mark.parametrize("crash", ["send", "settle"])
def test_a_process_that_ends_in_the_middle_has_it_tried_again(
    telling: Telling, receive: Callable[..., Receiver], monkeypatch: pytest.MonkeyPatch, crash: str
) -> None:
    there = receive()
    webhook, _ = telling.webhook(there.url)
    telling.emit()

    def end(*_: object) -> None:
        raise Unavailable("the process ends here")

    with monkeypatch.context() as patched:
        patched.setattr(telling.dispatcher, f"_{crash}", end)
        with pytest.raises(Unavailable):
            telling.deliver()
    assert [each.state for each in telling.deliveries(webhook)] == [WAITING]
    telling.deliver(200)
    assert {each.headers["webhook-id"] for each in there.received} == {telling.notifications()[0].id}
    assert [each.state for each in telling.deliveries(webhook)] == [DELIVERED]


def test_of_two_dispatchers_one_has_each_try(telling: Telling, receive: Callable[..., Receiver]) -> None:
    there = receive()
    telling.webhook(there.url)
    for number in range(30):
        telling.emit(f"job/{number}")
    threads = [threading.Thread(target=telling.deliver) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    telling.deliver(300)
    telling.deliver(300)
    ids = [each.headers["webhook-id"] for each in there.received]
    assert len(ids) == len(set(ids)) == 30


def test_redelivery_sends_the_same_once_more(telling: Telling, receive: Callable[..., Receiver]) -> None:
    there = receive()
    webhook, secret = telling.webhook(there.url)
    telling.emit()
    telling.deliver()
    (delivery,) = telling.deliveries(webhook)
    telling.service.webhooks.redeliver(USER, webhook.id, delivery.id)
    telling.deliver()
    first, second = there.received
    assert (first.body, first.headers["webhook-id"]) == (second.body, second.headers["webhook-id"])
    assert second.verified(secret)
    (delivery,) = telling.deliveries(webhook)
    assert (delivery.state, len(delivery.attempts)) == (DELIVERED, 2)


def test_a_deleted_webhook_leaves_nothing_and_gets_nothing(telling: Telling, receive: Callable[..., Receiver]) -> None:
    there = receive(500)
    webhook, _ = telling.webhook(there.url)
    telling.emit()
    telling.deliver()
    telling.service.webhooks.delete(USER, webhook.id)
    telling.service.notifications.outbox.add(USER, webhook.id, telling.notifications()[0])
    telling.deliver(DAY_S)
    telling.deliver(DAY_S)
    assert len(there.received) == 1
    left = [row.key for row in rows.scan_all(telling.ports.tables, "") if webhook.id in row.key]
    assert left == []


def test_a_secret_that_no_key_opens_is_said(telling: Telling, receive: Callable[..., Receiver]) -> None:
    there = receive()
    webhook, _ = telling.webhook(there.url)
    other, _ = telling.webhook(there.url, "nothing.here")
    telling.service.webhooks.alter(USER, webhook.id, lambda found: replace(found, secret=other.secret))
    telling.emit()
    telling.deliver()
    (delivery,) = telling.deliveries(webhook)
    assert delivery.attempts[0]["error"]["reason"] == "SECRET_LOST"
    assert not there.received
