"""What users are told of: once for each event, in order, also when whoever tells of it crashes."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import Any

import pytest

from core.domain.notifications import Delivery, Notification, Webhook
from core.domain.states import CANCEL
from core.errors import Unavailable
from core.notifications.listeners import wants
from core.notifications.log import LAG
from core.notifications.outbox import MAX_WAITING
from core.ports import Row, Tables
from core.storage import rows
from tests.unit.core.conftest import World
from tests.unit.core.endpoints.conftest import BY, Served

USER = "u1"


class FailingTables:
    """Tables that fail at one of the calls that write, and at every later one."""

    def __init__(self, tables: Tables, calls: int) -> None:
        self.tables = tables
        self.calls = calls

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.tables, name)
        if not name.startswith(("put", "delete")):
            return found

        def call(*args: Any) -> Any:
            self.calls -= 1
            if self.calls < 0:
                raise Unavailable("away")
            return found(*args)

        return call


def listen(world: World, *events: str, **more: Any) -> Webhook:
    webhook = Webhook("w1", USER, "https://example.org/", list(events), "now", **more)
    world.service.ports.tables.put(rows.key("webhook", USER, "w1"), rows.dump(webhook))
    return webhook


def log_of(world: World, user_id: str = USER) -> list[Notification]:
    return list(world.service.notifications.log.read(user_id, 0))


def deliveries(world: World) -> list[Delivery]:
    found = rows.scan_all(world.service.ports.tables, rows.prefix("delivery", USER))
    return [rows.load(Delivery, row.value) for row in found]


def below(world: World, kind: str) -> list[Row]:
    return list(rows.scan_all(world.service.ports.tables, f"{kind}#"))


def test_what_is_told_twice_is_told_once(world: World) -> None:
    listen(world, "job.*")
    for _ in range(3):
        world.service.notifications.emit(USER, "job.succeeded", {"job_id": "j1"}, id="job/j1")
    world.service.notifications.emit(USER, "job.failed", {"job_id": "j2"}, id="job/j2")
    assert [(each.seq, each.type) for each in log_of(world)] == [(1, "job.succeeded"), (2, "job.failed")]
    assert [each.type for each in deliveries(world)] == ["job.failed", "job.succeeded"]
    assert len(below(world, "waiting")) == 2


def test_other_users_have_numbers_of_their_own_and_hear_nothing(world: World) -> None:
    listen(world, "*")
    world.service.notifications.emit("u2", "job.succeeded", {}, id="job/j1")
    assert [each.seq for each in log_of(world, "u2")] == [1]
    assert not log_of(world)
    assert not deliveries(world)


@pytest.mark.parametrize("calls", range(9))
def test_a_crash_at_any_write_leaves_it_repeatable(world: World, calls: int) -> None:
    listen(world, "*")
    notifications = world.service.notifications
    real = notifications.tables
    for part in (notifications, notifications.log, notifications.outbox):
        part.tables = FailingTables(real, calls)  # type: ignore[assignment]
    with suppress(Unavailable):
        notifications.emit(USER, "job.succeeded", {}, id="job/j1")
    for part in (notifications, notifications.log, notifications.outbox):
        part.tables = real
    notifications.emit(USER, "job.succeeded", {}, id="job/j1")
    assert len({each.id for each in log_of(world)}) == 1
    (delivery,) = deliveries(world)
    assert [row.key.split("#")[3] for row in below(world, "waiting")] == [delivery.due]
    assert below(world, "due_webhook")


def test_many_who_tell_of_the_same_at_once_make_one_delivery(world: World) -> None:
    listen(world, "*")
    tell = world.service.notifications.emit
    threads = [threading.Thread(target=tell, args=(USER, "job.failed", {}), kwargs={"id": "same"}) for _ in range(8)]
    threads += [threading.Thread(target=tell, args=(USER, "job.failed", {}), kwargs={"id": f"{n}"}) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({each.event_id for each in deliveries(world)}) == len(deliveries(world)) == 9
    assert {each.id for each in log_of(world)} == {each.event_id for each in deliveries(world)}


@pytest.mark.parametrize(
    ("events", "endpoint", "told"),
    [
        (["*"], None, True),
        (["alias.*"], None, True),
        (["alias.set"], "income", True),
        (["alias"], None, False),
        (["alias.*"], "other", False),
        (["job.*", "version.created"], None, False),
        ([], None, False),
    ],
)
def test_who_wants_what(events: list[str], endpoint: str | None, told: bool) -> None:
    webhook = Webhook("w1", USER, "https://example.org/", events, "now", endpoint=endpoint)
    assert wants(webhook, Notification("e", 1, "alias.set", "now", {}, "income")) == told


def test_who_is_named_is_told_whatever_it_wants(world: World) -> None:
    listen(world, "job.*")
    world.service.notifications.emit(USER, "monitor.alarm", {}, id="alarm", endpoint="income", to=["w1"])
    assert [each.type for each in deliveries(world)] == ["monitor.alarm"]
    assert log_of(world)[0].data == {"endpoint": "income"}


@pytest.mark.parametrize("state", [{"disabled": {"reason": "GONE"}}, {"confirmed": False}])
def test_nothing_waits_for_a_webhook_that_is_not_active(world: World, state: dict[str, Any]) -> None:
    listen(world, "*", **state)
    world.service.notifications.emit(USER, "job.succeeded", {}, id="job/j1", to=["w1"])
    assert not deliveries(world)


def test_a_webhook_that_nobody_empties_is_not_filled_without_end(world: World) -> None:
    listen(world, "*")
    for number in range(MAX_WAITING):
        world.service.notifications.outbox.schedule(USER, "w1", f"{number:09d}", "2026-01-01T00:00:00.000Z")
    world.service.notifications.emit(USER, "job.succeeded", {}, id="job/j1", to=["w1"])
    assert not deliveries(world)
    assert len(log_of(world)) == 1


@pytest.mark.parametrize("told", [3, LAG, LAG + 3])
def test_numbers_are_not_given_again_once_the_old_ones_are_gone(world: World, told: int) -> None:
    notifications = world.service.notifications
    for number in range(told):
        notifications.emit(USER, "job.succeeded", {}, id=f"{number}")
    for row in below(world, "notification"):
        old = {**rows.load_json(row.value), "at": "2020-01-01T00:00:00.000Z"}
        world.service.ports.tables.put(row.key, rows.dump(old))
    world.service.retention.expire()
    assert not log_of(world)
    assert notifications.log.last(USER) == told
    notifications.emit(USER, "job.succeeded", {}, id="new")
    assert [each.seq for each in log_of(world)] == [told + 1]


def test_the_number_of_one_that_was_withdrawn_is_not_given_again(world: World) -> None:
    notifications = world.service.notifications
    notifications.emit(USER, "job.succeeded", {}, id="first")
    notifications.log.withdraw(USER, 1)
    notifications.emit(USER, "job.succeeded", {}, id="second")
    assert [each.seq for each in log_of(world)] == [2]


def test_an_event_that_nobody_listens_for_costs_two_durable_writes(world: World) -> None:
    counted = FailingTables(world.service.ports.tables, 1000)
    notifications = world.service.notifications
    for part in (notifications, notifications.log):
        part.tables = counted  # type: ignore[assignment]
    for number in range(2 * LAG):
        notifications.emit(USER, "job.succeeded", {}, id=f"{number}")
    assert 1000 - counted.calls == 2 * 2 * LAG + 2  # Of each, and of where to look for the next number twice.


def test_ends_of_work_are_told_of(world: World) -> None:
    user = world.user.id
    dataset = world.upload()
    job = world.submit(dataset)
    world.service.jobs.request_stop(user, job, CANCEL)
    told = {each.type: each.data for each in log_of(world, user)}
    assert (told["dataset.ready"]["dataset_id"], told["dataset.ready"]["rows"]) == (dataset.id, 3)
    assert (told["job.cancelled"]["job_id"], told["job.cancelled"]["target"]) == (job, "bought")
    assert len(told) == 2


def test_changes_of_an_endpoint_and_its_versions_are_told_of_in_order(served: Served) -> None:
    served.endpoint(versions=2)
    served.promote(2)
    served.service.endpoints.rollback(served.user_id, "income", BY)
    told = log_of(served.world, served.user_id)
    assert [each.type for each in told] == [
        "version.created", "endpoint.create", "version.created", "alias.set", "rollback"
    ]  # fmt: skip
    assert all(each.endpoint == "income" == each.data["endpoint"] for each in told)
    assert (told[3].data["to_version"], told[3].data["by"]) == (2, "user/ada")
    assert not below(served.world, "announcement")


def test_a_change_whose_request_ended_too_soon_is_told_of_by_the_sweeper(served: Served) -> None:
    served.endpoint(versions=2)
    announcements = served.service.announcements
    announcements.end = lambda row, endpoint: None  # type: ignore[method-assign]
    served.promote(2)
    served.version()
    assert [each.type for each in log_of(served.world, served.user_id)][-1] == "version.created"
    for _ in range(2):
        served.world.sweep(after_s=100)
    assert [each.type for each in log_of(served.world, served.user_id)][3:] == ["alias.set", "version.created"]
    assert not below(served.world, "announcement")


def test_a_change_that_was_refused_is_not_told_of(served: Served) -> None:
    served.endpoint()
    before = len(log_of(served.world, served.user_id))
    assert served.is_missing(lambda: served.promote(7))
    assert len(log_of(served.world, served.user_id)) == before
    assert not below(served.world, "announcement")
