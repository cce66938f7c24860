"""A real child process: tasks, signs of life, and ends."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from worker.child_process import Child, ChildDied
from worker.process_pool import Nursery

DIALECT = {"delimiter": ",", "encoding": "utf-8", "header": True}


@pytest.fixture
def child() -> Iterator[Child]:
    made = Child(1)
    yield made
    made.kill()


def answer(child: Child) -> dict[str, Any]:
    """The next message that is not about being ready."""
    for _ in range(200):
        message = child.receive(0.5)
        if message is not None and message["type"] != "ready":
            return message
    raise AssertionError("no answer")


def profile_task(folder: Path, csv: bytes) -> dict[str, Any]:
    (folder / "data.csv").write_bytes(csv)
    task = {"type": "profile", "folder": str(folder), "dialect": DIALECT, "types": {}, "max_rows": 1000, "name": "d"}
    return {**task, "log": {"format": "json", "names": {"request_id": "r-1"}}}


def test_it_does_one_task_after_another_and_tells_errors_with_their_reason(child: Child, tmp_path: Path) -> None:
    child.send(profile_task(tmp_path, b"a,b\n1,x\n2,y\n"))
    result = answer(child)
    assert result["type"] == "result"
    assert result["profile"]["rows"] == 2
    child.send(profile_task(tmp_path, b"a,b\n1,x\n2,y,z\n"))
    error = answer(child)
    assert (error["type"], error["reason"], error["line"]) == ("error", "ROW_TOO_LONG", 3)
    child.send(profile_task(tmp_path, b"a\n" + b"1\n" * 1001))
    assert answer(child)["reason"] == "TOO_MANY_ROWS"


def test_its_death_is_told_with_the_signal(child: Child) -> None:
    os.kill(child.process.pid, signal.SIGSEGV)
    child.process.wait()
    child.reader.join()
    while (message := child.inbox.get()) is not None:
        assert message["type"] == "ready"
    child.inbox.put(None)
    for _ in range(2):
        with pytest.raises(ChildDied, match="SIGSEGV"):
            child.receive(1.0)
    child.send({"type": "stop"})


def test_one_that_hangs_keeps_nobody_waiting(child: Child) -> None:
    os.kill(child.process.pid, signal.SIGSTOP)
    child.send({"type": "profile", "history": "x" * 1_000_000})  # Much more than a pipe holds.
    assert child.alive
    child.kill()
    assert not child.writer.is_alive()


def test_memory_is_seen_and_nothing_is_left_after_a_kill(child: Child) -> None:
    assert child.receive(60.0) == {"type": "ready"}
    assert child.memory_bytes > 1_000_000
    pid = child.process.pid
    child.kill()
    assert not psutil.pid_exists(pid)
    assert child.memory_bytes == 0


def test_the_nursery_gives_the_same_child_again_unless_it_was_harmed() -> None:
    nursery = Nursery(1)
    first = nursery.take()
    nursery.give_back(first, again=True)
    second = nursery.take()
    assert second is first
    nursery.give_back(second, again=False)
    third = nursery.take()
    assert third is not first
    assert not first.alive
    third.kill()
    nursery.give_back(third, again=True)
    fourth = nursery.take()
    assert fourth.alive
    fourth.kill()
    nursery.close()
