"""A real child process: tasks, signs of life, and ends."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from csvfile.dialect import Dialect
from tests.waiting import PATIENCE_S
from worker.child_process import ChildDied, ChildProcess
from worker.messages.codec import BadMessage
from worker.messages.from_child import FromChild, ProfileResult, Ready, TaskError
from worker.messages.to_child import CsvOptions, ExportRequest, ProfileRequest, RunTask, Stop
from worker.process_pool import ProcessPool

CSV = CsvOptions(Dialect(), {})


@pytest.fixture
def child() -> Iterator[ChildProcess]:
    made = ChildProcess(1)
    yield made
    made.kill()


def answer(child: ChildProcess) -> FromChild:
    """The next message that is not about being ready."""
    while message := child.receive(PATIENCE_S):
        if not isinstance(message, Ready):
            return message
    raise AssertionError("no answer")


def profile_task(folder: Path, csv: bytes) -> RunTask:
    (folder / "data.csv").write_bytes(csv)
    return RunTask(ProfileRequest(CSV, "d", 1000, []), str(folder), "json", {"request_id": "r-1"})


def test_it_does_one_task_after_another_and_tells_errors_with_their_reason(child: ChildProcess, tmp_path: Path) -> None:
    child.send(profile_task(tmp_path, b"a,b\n1,x\n2,y\n"))
    result = answer(child)
    assert isinstance(result, ProfileResult)
    assert result.profile["rows"] == 2
    child.send(profile_task(tmp_path, b"a,b\n1,x\n2,y,z\n"))
    error = answer(child)
    assert isinstance(error, TaskError)
    assert (error.reason, error.line) == ("ROW_TOO_LONG", 3)
    child.send(profile_task(tmp_path, b"a\n" + b"1\n" * 1001))
    error = answer(child)
    assert isinstance(error, TaskError)
    assert error.reason == "TOO_MANY_ROWS"


def test_its_death_is_told_with_the_signal(child: ChildProcess) -> None:
    os.kill(child.process.pid, signal.SIGSEGV)
    child.process.wait()
    child.reader.join()
    while (message := child.inbox.get()) is not None:
        assert isinstance(message, Ready)
    child.inbox.put(None)
    for _ in range(2):
        with pytest.raises(ChildDied, match="SIGSEGV"):
            child.receive(1.0)
    child.send(Stop())


def test_one_that_hangs_keeps_nobody_waiting(child: ChildProcess) -> None:
    os.kill(child.process.pid, signal.SIGSTOP)
    child.send(RunTask(ExportRequest("x" * 1_000_000), "/nowhere", "json", {}))  # Much more than a pipe holds.
    assert child.alive
    child.kill()
    assert not child.writer.is_alive()


def test_memory_is_seen_and_nothing_is_left_after_a_kill(child: ChildProcess) -> None:
    assert child.receive(PATIENCE_S) == Ready()
    assert child.memory_bytes > 1_000_000
    pid = child.process.pid
    child.kill()
    assert not psutil.pid_exists(pid)
    assert child.memory_bytes == 0


def test_what_is_no_message_is_an_error_of_the_parent(child: ChildProcess) -> None:
    assert child.receive(PATIENCE_S) == Ready()
    child.inbox.put(BadMessage("unknown type 'news'"))
    with pytest.raises(BadMessage, match="'news'"):
        child.receive(1.0)


def test_the_pool_gives_the_same_child_again_unless_it_was_harmed() -> None:
    pool = ProcessPool(1)
    first = pool.acquire()
    pool.release(first, reusable=True)
    second = pool.acquire()
    assert second is first
    pool.release(second, reusable=False)
    third = pool.acquire()
    assert third is not first
    assert not first.alive
    third.kill()
    pool.release(third, reusable=True)
    fourth = pool.acquire()
    assert fourth.alive
    fourth.kill()
    pool.close()
