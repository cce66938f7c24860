from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from backends.queue.local import MAX_DELIVERIES, LocalQueue
from core.errors import Unavailable
from core.ports import TRAIN_QUEUE
from tests.unit.backends.conftest import StartPython

TAKE_AND_HOLD = """
import sys
from pathlib import Path
from backends.queue.local import LocalQueue
queue = LocalQueue(Path(sys.argv[1]))
delivery = queue.receive("train", 10)
print(delivery.body.decode(), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    LocalQueue.initialize(tmp_path / "queue.db")
    return tmp_path / "queue.db"


@pytest.fixture
def queue(path: Path) -> Iterator[LocalQueue]:
    queue = LocalQueue(path)
    yield queue
    queue.close()


def take(queue: LocalQueue) -> bytes | None:
    delivery = queue.receive(TRAIN_QUEUE, 0)
    return None if delivery is None else delivery.body


def test_messages_come_in_order(queue: LocalQueue) -> None:
    for number in range(5):
        queue.publish(TRAIN_QUEUE, b"%d" % number)
    assert [take(queue) for _ in range(6)] == [b"0", b"1", b"2", b"3", b"4", None]


def test_unknown_queue_is_refused(queue: LocalQueue) -> None:
    for call in (
        lambda: queue.publish("nonsense", b""),
        lambda: queue.receive("nonsense", 0),
        lambda: queue.receive_dead_letter("nonsense"),
        lambda: queue.depth("nonsense"),
    ):
        with pytest.raises(ValueError, match="nonsense"):
            call()


def test_messages_outlive_the_process(path: Path, queue: LocalQueue) -> None:
    queue.publish(TRAIN_QUEUE, b"1")
    queue.close()
    again = LocalQueue(path)
    assert take(again) == b"1"
    again.close()


def test_killed_takers_message_is_delivered_again(path: Path, queue: LocalQueue, start_python: StartPython) -> None:
    queue.publish(TRAIN_QUEUE, b"1")
    process = start_python(TAKE_AND_HOLD, path)
    assert process.stdout is not None
    assert process.stdout.readline() == "1\n"
    process.send_signal(signal.SIGSTOP)
    assert take(queue) is None  # stopped, yet alive
    process.kill()
    process.wait()
    assert take(queue) == b"1"


def test_message_given_back_too_often_is_dead(path: Path, queue: LocalQueue) -> None:
    queue.publish(TRAIN_QUEUE, b"poison")
    for _ in range(MAX_DELIVERIES):
        taker = LocalQueue(path)
        assert take(taker) == b"poison"
        taker.close()
    assert take(queue) is None
    dead = queue.receive_dead_letter(TRAIN_QUEUE)
    assert dead is not None
    assert dead.body == b"poison"


def test_message_given_back_is_not_the_old_takers_to_acknowledge(path: Path, queue: LocalQueue) -> None:
    queue.publish(TRAIN_QUEUE, b"1")
    delivery = queue.receive(TRAIN_QUEUE, 0)
    assert delivery is not None
    for file in path.with_name("queue.db-takers").iterdir():
        file.unlink()  # as if this process were dead
    other = LocalQueue(path)
    assert take(other) == b"1"
    delivery.ack()
    delivery.reject()
    other.close()
    assert take(queue) == b"1"


def test_files_of_dead_takers_are_removed(path: Path, start_python: StartPython) -> None:
    first = LocalQueue(path)
    first.publish(TRAIN_QUEUE, b"1")
    process = start_python(TAKE_AND_HOLD, path)
    assert process.stdout is not None
    process.stdout.readline()
    process.kill()
    process.wait()
    second = LocalQueue(path)
    assert list(path.with_name("queue.db-takers").iterdir()) == []
    first.close()
    second.close()


def test_forked_child_takes_under_its_own_name(path: Path, queue: LocalQueue) -> None:
    queue.publish(TRAIN_QUEUE, b"1")
    queue.publish(TRAIN_QUEUE, b"2")
    assert take(queue) == b"1"
    if (pid := os.fork()) == 0:
        try:
            os._exit(int(take(queue) == b"2"))  # dies with its message
        finally:
            os._exit(99)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 1
    assert take(queue) == b"2"
    assert take(queue) is None


def test_close_ends_a_wait(queue: LocalQueue) -> None:
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(queue.receive, TRAIN_QUEUE, 200)
        queue.close()
        with pytest.raises(Unavailable):
            waiting.result()


def test_wiped_queue_is_unavailable_not_empty(path: Path, queue: LocalQueue) -> None:
    path.unlink()
    with pytest.raises(Unavailable, match="deleted or replaced"):
        take(queue)
    with pytest.raises(Unavailable, match="deleted or replaced"):
        queue.publish(TRAIN_QUEUE, b"")
    with pytest.raises(Unavailable, match="deleted or replaced"):
        queue.ping()
