"""Which request work comes from is known wherever it goes: in its row, its message, its log lines, after a takeover."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import structlog

from core.domain.records import TaskRef
from core.observability.request_context import bind_log_context, clear_log_context, current_request_context, log_labels
from core.ports import TRAIN_QUEUE
from core.storage import rows
from tests.unit.core.conftest import World

REF = TaskRef("train", "ada", "job")


@pytest.fixture(autouse=True)
def _in_no_request() -> Iterator[None]:
    structlog.contextvars.clear_contextvars()
    yield
    structlog.contextvars.clear_contextvars()


def test_nobody_asked_for_what_no_request_asked_for() -> None:
    assert current_request_context() == {}


def test_log_lines_of_work_name_it_and_its_request() -> None:
    assert log_labels(REF, {"request_id": "r-1"}, {"job_id": "job"}) == {
        "work": "train#ada#job",
        "job_id": "job",
        "request_id": "r-1",
    }
    assert log_labels(TaskRef("check", "ada", "x"), {}, {}) == {"work": "check#ada#x"}
    with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        log = structlog.get_logger()
        bind_log_context(REF, {"request_id": "r-1"}, {"job_id": "job"})
        log.info("one")
        bind_log_context(TaskRef("check", "ada", "x"), {}, {})
        log.info("two")
        clear_log_context()
        log.info("three")
    assert [(line.get("job_id"), line.get("request_id")) for line in lines] == [
        ("job", "r-1"),
        (None, None),
        (None, None),
    ]


def test_it_is_in_the_message_and_outlives_takeover_and_retry(world: World) -> None:
    dataset = world.upload()
    structlog.contextvars.bind_contextvars(request_id="r-1")
    world.submit(dataset)
    structlog.contextvars.clear_contextvars()
    (message,) = world.messages(TRAIN_QUEUE)
    assert message.origin == {"request_id": "r-1"}
    claimed = world.service.claims.claim(message, "worker-1")
    assert claimed is not None
    assert claimed.task_state.origin == {"request_id": "r-1"}
    world.sweep()
    world.sweep(after_s=world.service.settings.lease_s + 1)
    (silent,) = world.messages(TRAIN_QUEUE)
    assert silent.silent
    assert silent.origin == {"request_id": "r-1"}
    taken = world.service.claims.claim(silent, "worker-2")
    assert taken is not None
    world.service.work.requeue(taken)
    assert world.service.work.state(claimed.ref).origin == {"request_id": "r-1"}  # type: ignore[union-attr]


def test_rows_of_before_have_none(world: World) -> None:
    job = world.submit()
    key = rows.task_state_key(TaskRef("train", world.user.id, job))
    tables = world.service.ports.tables
    task_state = rows.load_json(tables.get(key) or b"")
    del task_state["origin"]
    tables.put(key, rows.dump(task_state))
    claimed = world.claim()
    assert claimed is not None
    assert claimed.task_state.origin == {}
