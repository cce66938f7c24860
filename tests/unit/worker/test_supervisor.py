"""What stands against going on, with a real child, and writes that outlast a short outage."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.domain import states
from core.domain.records import TaskRef
from core.errors import LeaseLost, Unavailable
from core.service import Service
from core.storage import rows
from core.tasks.messages import TaskMessage
from tests.unit.worker.shared import context
from tests.waiting import PATIENCE_S
from worker.child_process import ChildProcess
from worker.errors import Cancelled, Stalled
from worker.lease_keeper import LeaseRenewer
from worker.stop_requests import StopRequests
from worker.supervisor import TaskSupervisor

REF = TaskRef("train", "user", "job")


@pytest.fixture
def supervisor(service: Service, tmp_path: Path) -> Iterator[TaskSupervisor]:
    service.work.enqueue(REF)
    claimed = service.work.claim(TaskMessage(REF), "worker")
    assert claimed is not None
    child = ChildProcess(1)
    with LeaseRenewer(service.work, claimed, service.settings, child.kill_group) as lease:
        stops = StopRequests(service.work, REF, child)
        yield TaskSupervisor(context(service, tmp_path), lease, child, tmp_path, stops)
    child.kill()


def check_for(seconds: float, supervisor: TaskSupervisor) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        supervisor.raise_if_interrupted()
        time.sleep(0.05)


def test_a_child_that_hangs_is_noticed_although_it_is_asked_to_stop(supervisor: TaskSupervisor) -> None:
    message = supervisor.child.receive(PATIENCE_S)
    assert message is not None
    supervisor.service.ports.tables.put(rows.request_key(REF), states.STOP.encode())
    supervisor.service.settings.values["stall_s"] = 3.0  # From here on: it may take longer to come up.
    os.kill(supervisor.child.process.pid, signal.SIGSTOP)
    with pytest.raises(Stalled):
        check_for(PATIENCE_S, supervisor)


def test_a_write_outlasts_an_outage_that_the_lease_outlasts(supervisor: TaskSupervisor) -> None:
    answers = [Unavailable("no tables"), Unavailable("no tables"), None]

    def write() -> str:
        if answer := answers.pop(0):
            raise answer
        return "written"

    assert supervisor.retry_until_written(write) == "written"


def test_a_write_is_given_up_with_the_lease(supervisor: TaskSupervisor) -> None:
    def write() -> None:
        raise Unavailable("no tables")

    supervisor.lease.lost.set()
    with pytest.raises(LeaseLost):
        supervisor.retry_until_written(write)


def test_a_file_whose_upload_landed_without_an_answer_is_there(
    supervisor: TaskSupervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    blobs = supervisor.service.ports.blobs
    (supervisor.folder / "model.nb").write_bytes(b"bundle")
    write = blobs.write

    def lost(*args: object, **kwargs: object) -> None:
        monkeypatch.setattr(blobs, "write", write)
        write(*args, **kwargs)  # type: ignore[arg-type]
        raise Unavailable("no answer")

    monkeypatch.setattr(blobs, "write", lost)
    assert supervisor.upload("user/models/one", supervisor.folder / "model.nb").size_bytes == 6


def test_a_cancellation_stops_an_upload(supervisor: TaskSupervisor) -> None:
    (supervisor.folder / "model.nb").write_bytes(b"bundle")
    supervisor.service.ports.tables.put(rows.request_key(REF), states.CANCEL.encode())
    with pytest.raises(Cancelled):
        supervisor.upload("user/models/one", supervisor.folder / "model.nb")
    assert supervisor.service.ports.blobs.stat("user/models/one") is None
